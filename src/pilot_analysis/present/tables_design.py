"""Tables about the data and the design: data quality, flow of cases, baseline characteristics by arm."""

from __future__ import annotations

import re

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table

_LEVEL = re.compile(r"(?P<name>\w+)\[(?P<level>.*)\]")
_FLOW_HEADS = ("excluded", "competing", "censored", "not_at_risk")
_FLOW_ORDER = (
    "allocated",
    "excluded",
    "itt",
    "not_at_risk",
    "at_risk",
    "event",
    "competing",
    "censored",
    "landmark_84",
    "landmark_91",
)
_ENDPOINT_ORDER = ("none", "full_rtw", "partial_rtw", "sustained_rtw")


def quality(store: Store, messages: Messages, threshold: int) -> Table:
    """Rows read by table and findings by severity and rule, queries with their decision; counts of rows, not people."""
    t = messages.t
    sheet = Sheet(
        messages,
        t("table.quality.title"),
        [t("table.column.what"), t("table.column.rows")],
        [t("table.quality.note")],
        threshold,
    )
    found = {row.term: row for row in store.select(analysis="quality")}
    heads = {"rows": "rows", "issues:stop": "stop", "issues:query": "query", "issues:note": "note_rows"}
    for prefix, head in heads.items():
        rows = {term.removeprefix(prefix + ":"): row for term, row in found.items() if term.startswith(prefix + ":")}
        section = t(f"table.quality.{head}")
        for name, row in rows.items():
            label = messages.word("quality_table", name) if prefix == "rows" else _finding(messages, name)
            sheet.row(label, _count(sheet, row), section=section)
        if not rows:
            sheet.row(t("table.quality.none"), "0", section=section)
    return sheet.table


def _finding(messages: Messages, name: str) -> str:
    """Words for a rule, or for `rule:decision`."""
    rule, _, decision = name.partition(":")
    words = messages.word("rule", rule)
    return f"{words} ({messages.word('decision', decision)})" if decision else words


def _count(sheet: Sheet, row: Result) -> Cell:
    return sheet.cell(row, lambda r: sheet.messages.number(r.estimate, 0))


def flow(store: Store, messages: Messages, threshold: int) -> Table:
    """People at each step by arm; first the common part, then one section per endpoint."""
    t = messages.t
    columns = [t("table.column.step"), *(t(f"table.column.{arm}") for arm in ARMS), t("table.column.all")]
    sheet = Sheet(messages, t("table.flow.title"), columns, [t("table.flow.note")], threshold)
    rows = store.select(analysis="flow")
    by_key = {(row.endpoint, row.term, row.level): row for row in rows}
    for endpoint, term in sorted({(row.endpoint, row.term) for row in rows}, key=_flow_place):
        cells = [
            _count(sheet, by_key[endpoint, term, level]) if (endpoint, term, level) in by_key else Cell("")
            for level in (*ARMS, "all")
        ]
        section = "" if endpoint == "none" else t(f"endpoint_long.{endpoint}")
        sheet.row(_step(messages, term, endpoint), *cells, section=section)
    return sheet.table


def _flow_place(step: tuple[str, str]) -> tuple:
    """Place of (endpoint, term) in the table; what is not in the fixed order comes last, by name."""
    endpoint, term = step
    kind = term.partition(":")[0]
    places = [
        order.index(name) if name in order else len(order)
        for name, order in ((endpoint, _ENDPOINT_ORDER), (kind, _FLOW_ORDER))
    ]
    return (*places, term)


def _step(messages: Messages, term: str, endpoint: str) -> str:
    kind, _, reason = term.partition(":")
    if kind in _FLOW_HEADS:
        return (
            f"{messages.t(f'flow.{kind}')} {messages.word('flow_reason', reason)}"
            if reason
            else messages.t(f"flow.{kind}")
        )
    key = f"table.flow.step.{kind}"
    return messages.t(key, endpoint=messages.word("endpoint", endpoint)) if key in messages else kind


def baseline(store: Store, messages: Messages, threshold: int) -> Table:
    """Mean (sd) or number (percent) by arm with the standardised difference, in the order of the store."""
    t = messages.t
    columns = [t("table.column.characteristic"), *(t(f"table.column.{arm}") for arm in ARMS), t("table.column.smd")]
    sheet = Sheet(messages, t("table.baseline.title"), columns, [t("table.baseline.note")], threshold)
    for term in dict.fromkeys(row.term for row in store.select(analysis="baseline")):
        part = _LEVEL.fullmatch(term)
        name, level = (part["name"], part["level"]) if part else (term, "")
        smd = store.get(
            "baseline", "standardised_difference", population="itt", origin="none", level=DIFFERENCE, term=term
        )
        cells = [_level(sheet, store, term, arm) if part else _mean(sheet, store, term, arm) for arm in ARMS]
        header = messages.word(name, level) if part else messages.word("term", name)
        sheet.row(
            header,
            *cells,
            sheet.cell(smd, lambda r: messages.number(r.estimate, 2)),
            section=messages.word("term", name) if part else "",
        )
    return sheet.table


def _get(store: Store, measure: str, term: str, arm: str) -> Result:
    return store.get("baseline", measure, population="itt", origin="none", level=arm, term=term)


def _mean(sheet: Sheet, store: Store, term: str, arm: str) -> Cell:
    sd, number = _get(store, "sd", term, arm), sheet.messages.number
    digits = 2 if term in ("contract_fte", "earlier_spells") else 1
    spread = f" ({number(sd.estimate, digits)})" if sd.ok else ""
    return sheet.cell(_get(store, "mean", term, arm), lambda r: number(r.estimate, digits) + spread)


def _level(sheet: Sheet, store: Store, term: str, arm: str) -> Cell:
    share, number = _get(store, "percent", term, arm), sheet.messages.number
    percent = f" ({number(share.estimate, 0)}%)" if share.ok else ""
    return sheet.cell(_get(store, "n", term, arm), lambda r: number(r.estimate, 0) + percent)
