"""Tables of effects: Cox models, the terms of the adjusted model, and the hierarchy of claims."""

from __future__ import annotations

import re

from pilot_analysis.messages import Messages
from pilot_analysis.present.claims import claims
from pilot_analysis.present.store import RATIO, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table
from pilot_analysis.present.tables_outcome import ENDPOINTS, FAMILIES

_CLOCKS = (
    ("itt", "t0", "t0"),
    ("itt", "enrolment", "enrolment"),
    ("landmark_84", "landmark", "landmark_84"),
    ("landmark_91", "landmark", "landmark_91"),
)
_LEVEL = re.compile(r"cas_group\[(?P<level>.*)\]")


def cox(store: Store, messages: Messages, threshold: int) -> Table:
    """Arm effect as hazard ratio in every model and population, a section per endpoint."""
    t = messages.t
    columns = [t(f"table.column.{name}") for name in ("model", "ratio", "p", "people", "events")]
    sheet = Sheet(messages, t("table.cox.title"), columns, [t("table.cox.note")], threshold)
    for endpoint in ENDPOINTS:
        section = t(f"endpoint_long.{endpoint}")
        for model in ("cox_unadjusted", "cox_adjusted"):
            for population, origin, words in _CLOCKS:
                result = store.get(
                    model, "hazard_ratio", endpoint=endpoint, population=population, origin=origin, level=RATIO
                )
                _effect(sheet, t(f"table.cox.{model}", clock=t(f"clock.{words}")), result, section)
        for result in store.select(analysis="cox_piecewise", measure="hazard_ratio", endpoint=endpoint):
            _effect(sheet, _piece(messages, result, store), result, section)
        for family in FAMILIES:
            _interaction(sheet, store, endpoint, family, section)
    return sheet.table


def _piece(messages: Messages, result: Result, store: Store) -> str:
    """Name of an interval of the piecewise model; `time` is its lower bound, the cut is the largest of them."""
    cut = max(row.time or 0 for row in store.select(analysis="cox_piecewise", endpoint=result.endpoint))
    return messages.t("table.cox.piecewise_before" if result.time == 0 else "table.cox.piecewise_after", cut=int(cut))


def _interaction(sheet: Sheet, store: Store, endpoint: str, family: str, section: str) -> None:
    at = {"endpoint": endpoint, "population": "landmark_84", "group_by": f"arm*{family}"}
    found = {row.group: row for row in store.select(analysis="cox_interaction", measure="hazard_ratio", **at)}
    for level in FAMILIES[family]:
        if level in found:
            name = sheet.messages.t(f"table.cox.within_{family}", group=sheet.messages.t(f"{family}.{level}"))
            _effect(sheet, name, found[level], section)
    test = store.get("cox_interaction", "interaction", level="all", **at)
    value = sheet.cell(test, lambda r: f"χ² = {sheet.messages.number(r.estimate, 2)} (df {int(r.df or 0)})")
    if test.status != "absent":
        _line(sheet, sheet.messages.t(f"table.cox.interaction_{family}"), test, value, section)


def _effect(sheet: Sheet, model: str, result: Result, section: str) -> None:
    if result.status != "absent":
        _line(sheet, model, result, sheet.cell(result, lambda r: ratio_text(sheet.messages, r)), section)


def _line(sheet: Sheet, model: str, result: Result, value: Cell, section: str) -> None:
    p = (
        Cell("") if result.level.startswith(f"{RATIO} @ ") else p_cell(sheet, result)
    )  # only the interaction test has a p value
    counts = [
        Cell(sheet.messages.number(n, 0), result.result_id) if n is not None else Cell("")
        for n in (result.n, result.n_events)
    ]
    sheet.row(model, value, p, *counts, section=section)


def ratio_text(messages: Messages, result: Result) -> str:
    """`1.41 (1.02 to 1.94)`."""
    return f"{messages.number(result.estimate, 2)} ({messages.interval(result.ci_low, result.ci_high, 2)})"


def cox_terms(store: Store, messages: Messages, threshold: int) -> Table:
    """Every term of the adjusted model for full return from day 84."""
    t = messages.t
    sheet = Sheet(
        messages,
        t("table.cox_terms.title"),
        [t(f"table.column.{name}") for name in ("term", "ratio", "p")],
        [t("table.cox_terms.note")],
        threshold,
    )
    for row in store.select(
        analysis="cox_adjusted", measure="hazard_ratio", endpoint="full_rtw", population="landmark_84"
    ):
        value = sheet.cell(row, lambda r: ratio_text(messages, r))
        sheet.row(_term(messages, row.term), value, p_cell(sheet, row))
    return sheet.table


def _term(messages: Messages, term: str) -> str:
    level = _LEVEL.fullmatch(term)
    if level:
        return messages.t("term.cas_group_reference", level=messages.word("cas_group", level["level"]))
    return messages.word("term", term or "arm")


def hierarchy(store: Store, messages: Messages, threshold: int) -> Table:
    """The claims in their fixed order; a test that is not reached has an interval, but no p value and no claim.

    Where nothing was randomised there is no test at all: intervals, and what they describe.
    """
    t = messages.t
    note = t("table.hierarchy.note") if messages.randomised else t("table.hierarchy.note_associated")
    columns = [t(f"table.column.{name}") for name in ("question", "estimate", "p", "claim")]
    title = t("table.hierarchy.title") if messages.randomised else t("table.hierarchy.title_associated")
    sheet = Sheet(messages, title, columns, [note], threshold)
    for name, (result, key) in claims(store, randomised=messages.randomised).items():
        p = Cell("") if key in ("not_tested", "associated") else p_cell(sheet, result)
        sheet.row(t(f"table.hierarchy.{name}"), _difference(sheet, result), p, t(f"table.hierarchy.{key}"))
    return sheet.table


def _difference(sheet: Sheet, result: Result) -> Cell:
    number, interval = sheet.messages.number, sheet.messages.interval
    digits = 0 if result.unit == "euro" else 1
    return sheet.cell(
        result, lambda r: f"{number(r.estimate, digits, signed=True)} ({interval(r.ci_low, r.ci_high, digits)})"
    )


def p_cell(sheet: Sheet, result: Result) -> Cell:
    """The p value of a result; empty without one."""
    if not result.ok or result.p_value is None:
        return Cell("")
    return Cell(sheet.messages.p(result.p_value).removeprefix("p ").removeprefix("= "), result.result_id)
