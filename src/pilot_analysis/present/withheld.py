"""A table without deserts: what has no number at all is said in words below the table.

- A section of which no line has a number or words leaves the table, and so do the lines without any of another section
  when there are `MANY`; a note names the section, the lines (or how many of how many, when they are many) and why.
- A table of which nothing is left has no lines, and its only note says why.
- Footnotes that no cell points to are dropped; the others are numbered in the order in which a reader meets them.
"""

from __future__ import annotations

from dataclasses import replace

from pilot_analysis.messages import Messages
from pilot_analysis.present.table import Cell, Row, Table

MANY = 3  # lines without a number that a section may have before they leave the table: fewer read well where they are
LONG = 400  # letters of a note beyond which its lines are counted instead of named


def gathered(table: Table, messages: Messages) -> Table:
    """`table` with what has no number as notes."""
    gone = {name: lines for name in table.sections if (lines := _leaving(_rows(table, name)))}
    left = {id(row) for lines in gone.values() for row in lines}
    kept = [row for row in table.rows if id(row) not in left]
    if table.rows and not kept:
        reasons = " ".join(_reasons(table, table.rows))
        return replace(table, rows=[], notes=[messages.t("table.nothing", reason=reasons)], footnotes=[])
    return _renumbered(replace(table, rows=kept, notes=[*table.notes, *_said(table, gone, messages)]))


def _rows(table: Table, section: str) -> list[Row]:
    return [row for row in table.rows if row.section == section]


def _leaving(rows: list[Row]) -> list[Row]:
    """The lines of a section that leave the table."""
    silent = [row for row in rows if _silent(row)]
    return silent if len(silent) >= MANY or len(silent) == len(rows) else []


def _silent(row: Row) -> bool:
    """Every cell that says something says only that it has no number."""
    return all(cell.note or not cell.text for cell in row.cells[1:])


def _reasons(table: Table, rows: list[Row]) -> tuple[str, ...]:
    notes = dict.fromkeys(cell.note for row in rows for cell in row.cells if cell.note)
    return tuple(table.footnotes[note - 1] for note in sorted(notes))


def _said(table: Table, gone: dict[str, list[Row]], messages: Messages) -> list[str]:
    """A note for each reason, with the sections it is for."""
    by_reason: dict[tuple[str, ...], list[str]] = {}
    for name, rows in gone.items():
        by_reason.setdefault(_reasons(table, rows), []).append(name)
    notes = []
    for reasons, names in by_reason.items():
        parts = [_named(name, gone[name], len(_rows(table, name)), messages) for name in names]
        if len("; ".join(parts)) > LONG:
            parts = [_counted(name, len(gone[name]), len(_rows(table, name)), messages) for name in names]
        notes.append(messages.t("table.left_out", parts="; ".join(parts), reason=" ".join(reasons)))
    return notes


def _named(section: str, rows: list[Row], of: int, messages: Messages) -> str:
    if section and len(rows) == of:
        return _counted(section, len(rows), of, messages)
    lines = ", ".join(row.cells[0].text for row in rows)
    return messages.t("table.lines_left_out", section=section, lines=lines) if section else lines


def _counted(section: str, n: int, of: int, messages: Messages) -> str:
    return messages.t("table.section_left_out", section=section, n=n, of=of).strip()


def _renumbered(table: Table) -> Table:
    """The footnotes that are pointed to, in the order of the lines as shown."""
    lines = [row for name in table.sections for row in _rows(table, name)]
    order = list(dict.fromkeys(cell.note for row in lines for cell in row.cells if cell.note))
    new = {old: place for place, old in enumerate(order, start=1)}
    rows = [replace(row, cells=[_noted(cell, new) for cell in row.cells]) for row in table.rows]
    return replace(table, rows=rows, footnotes=[table.footnotes[old - 1] for old in order])


def _noted(cell: Cell, new: dict[int, int]) -> Cell:
    return replace(cell, note=new[cell.note]) if cell.note else cell
