"""Table of lasting recovery: at work on day 365 and new spells as allocated; relapse among those who returned."""

from __future__ import annotations

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table, part_of
from pilot_analysis.present.tables_outcome import share_cell

_RETURNED = {"endpoint": "sustained_rtw", "population": "returned"}


def recovery(store: Store, messages: Messages, threshold: int) -> Table:
    """Shares in per cent, their difference in percentage points, spells per case; relapse has no difference."""
    t = messages.t
    columns = [t("table.column.outcome"), *(t(f"table.column.{arm}") for arm in ARMS), t("table.column.difference")]
    columns.append(t("table.recovery.together"))
    notes = [t("table.recovery.note"), t("table.recovery.note_relapse")]
    sheet = Sheet(messages, t("table.recovery.title"), columns, notes, threshold)
    _as_allocated(sheet, store)
    _relapse(sheet, store)
    return sheet.table


def _as_allocated(sheet: Sheet, store: Store) -> None:
    messages, section = sheet.messages, sheet.messages.t("table.recovery.allocated")
    for measure in ("at_work_365", "at_work_365_complete"):
        arms = [_row(store, measure, arm) for arm in ARMS]
        cells = [*(share_cell(sheet, row) for row in arms), _points(sheet, _row(store, f"{measure}_difference"))]
        sheet.row(messages.t(f"table.recovery.{measure}"), *cells, "", section=section)
    known = [
        sheet.cell(_row(store, "state_known_365", arm), lambda r: part_of(messages, r.estimate, r.n)) for arm in ARMS
    ]
    sheet.row(messages.t("table.recovery.state_known_365"), *known, "", "", section=section)
    spells = [*(_row(store, "spells_per_case", arm) for arm in ARMS), _row(store, "spells_per_case_difference")]
    header = messages.t("table.recovery.spells_per_case", day=int(spells[0].time or 0))
    sheet.row(header, *(_spells(sheet, row) for row in spells), "", section=section)


def _row(store: Store, measure: str, level: str = DIFFERENCE) -> Result:
    """The row of this measure and level, whatever its clock; an absent one when there is none."""
    found = store.select(analysis="recovery", measure=measure, level=level)
    return found[0] if found else store.get("recovery", measure, population="itt", level=level)


def _points(sheet: Sheet, result: Result) -> Cell:
    messages = sheet.messages
    return sheet.cell(
        result,
        lambda r: messages.t(
            "table.recovery.points",
            value=messages.number(100 * r.estimate, 0, signed=True),
            interval=messages.interval(r.ci_low, r.ci_high, 0, scale=100),
        ),
    )


def _spells(sheet: Sheet, result: Result) -> Cell:
    messages, signed = sheet.messages, result.level == DIFFERENCE
    return sheet.cell(
        result,
        lambda r: f"{messages.number(r.estimate, 2, signed=signed)} ({messages.interval(r.ci_low, r.ci_high, 2)})",
    )


def _relapse(sheet: Sheet, store: Store) -> None:
    section = sheet.messages.t("table.recovery.relapse")
    rows = store.select(analysis="relapse", measure="probability", level=ARMS[0])
    for measure in ("probability", "probability_leaving_censored"):
        for time in sorted(row.time for row in rows if row.time is not None):
            at = {"time": time, **_RETURNED}
            arms = [share_cell(sheet, store.get("relapse", measure, level=arm, **at)) for arm in ARMS]
            together = store.get("relapse", measure, group_by="all", level="all", **at)
            header = sheet.messages.t(f"table.recovery.{measure}", day=int(time))
            sheet.row(header, *arms, "", share_cell(sheet, together), section=section)
