"""Tables of the business case: the amounts by daily wage, and what each assumption does to them.

Months and daily wages are read from the terms and levels of the store, so another plan shows its own.
"""

from __future__ import annotations

import re

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table

_MONTHS = re.compile(r"(?P<kind>(?:wage|ao_fall)_months?)_(?P<first>\d+)(?:_(?P<last>\d+))?")
_LEVELS = ("low", "high")


def business_case(store: Store, messages: Messages, threshold: int) -> Table:
    """Amounts per employee in euro, a row per term, a column per daily wage."""
    t, rows = messages.t, store.select(analysis="business_case")
    levels = list(dict.fromkeys(row.level for row in rows))
    columns = [t("table.business_case.amount")]
    columns += [t("table.business_case.daily_wage", wage=_wage(messages, level)) for level in levels]
    notes = [t(f"table.business_case.{name}") for name in ("note", "replacement", "unquantified")]
    sheet = Sheet(messages, t("table.business_case.title"), columns, notes, threshold)
    found = {(row.term, row.level): row for row in rows}
    for term in dict.fromkeys(row.term for row in rows):
        sheet.row(term_name(messages, term), *(_euro(sheet, found.get((term, level))) for level in levels))
    return sheet.table


def sensitivity(store: Store, messages: Messages, threshold: int) -> Table:
    """Each assumption as assumed, low and high, and what its low and high value give, in euro."""
    t = messages.t
    names = ("assumption", "base", "low", "high", "net_low", "net_high", "replacement_low", "replacement_high")
    columns = [t(f"table.business_case.column.{name}") for name in names]
    note = [t("table.business_case.sensitivity_note")]
    sheet = Sheet(messages, t("table.business_case.sensitivity"), columns, note, threshold)
    rows = store.select(analysis="business_case_sensitivity")
    found = {(row.measure, row.term, row.level): row for row in rows}
    for term in dict.fromkeys(row.term for row in rows):
        values = [found.get(("assumption", term, level)) for level in ("base", *_LEVELS)]
        amounts = [found.get((name, term, level)) for name in ("net_mean", "replacement_total") for level in _LEVELS]
        cells = [sheet.cell(row, lambda r: plain(messages, r.estimate)) if row else Cell("") for row in values]
        sheet.row(t(f"business_case.assumption.{term}"), *cells, *(_euro(sheet, row) for row in amounts))
    return sheet.table


def observed(store: Store, messages: Messages, threshold: int) -> Table:
    """What was assumed beside what was observed, per employee, at both shares of wage paid."""
    t = messages.t
    measures = ("assumed", "observed", "observed_reduced")
    columns = [t("table.business_case.amount"), *(t(f"table.business_case.column.{name}") for name in measures)]
    sheet = Sheet(
        messages, t("table.business_case.observed"), columns, [t("table.business_case.observed_note")], threshold
    )
    rows = store.select(analysis="business_case_observed")
    found = {(row.measure, row.term): row for row in rows}
    for term in dict.fromkeys(row.term for row in rows):
        cells = [_with_interval(sheet, found.get((measure, term))) for measure in measures]
        sheet.row(term_name(messages, term), *cells)
    return sheet.table


def _with_interval(sheet: Sheet, result: Result | None) -> Cell:
    """Euro to the whole, points to one decimal, with the interval if there is one."""
    if result is None:
        return Cell("")
    number, interval = sheet.messages.number, sheet.messages.interval
    digits = 1 if result.unit == "points" else 0

    def text(found: Result) -> str:
        limits = "" if found.ci_low is None else f" ({interval(found.ci_low, found.ci_high, digits)})"
        return number(found.estimate, digits) + limits

    return sheet.cell(result, text)


def term_name(messages: Messages, term: str) -> str:
    """Words for a term; those of months name them."""
    months = _MONTHS.fullmatch(term)
    if not months:
        return messages.t(f"business_case.term.{term}")
    return messages.t(f"business_case.term.{months['kind']}", first=months["first"], last=months["last"])


def plain(messages: Messages, value: float) -> str:
    """A number without needless decimals."""
    return messages.number(value, 0 if float(value).is_integer() else 1)


def _wage(messages: Messages, level: str) -> str:
    value = float(level.partition("=")[2])
    return messages.number(value, 0 if value.is_integer() else 2)


def _euro(sheet: Sheet, result: Result | None) -> Cell:
    return sheet.cell(result, lambda r: sheet.messages.number(r.estimate, 2)) if result else Cell("")
