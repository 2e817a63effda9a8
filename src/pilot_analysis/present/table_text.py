"""A table as plain text for a terminal: names to the left, numbers to the right, notes wrapped below."""

from __future__ import annotations

import textwrap

from pilot_analysis.present.table import Row, Table

WIDTH = 96  # characters of a line of notes


def to_text(table: Table) -> str:
    """`table` with its title, sections and notes; ends with a line break."""
    lines = [table.columns, *([_shown(row, k) for k in range(len(row.cells))] for row in table.rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(table.columns))]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    body: list[str] = []
    for section in table.sections:
        body += [section] if section else []
        body += [_line([_shown(r, k) for k in range(len(r.cells))], widths) for r in table.rows if r.section == section]
    numbered = [f"[{number}] {text}" for number, text in enumerate(table.footnotes, start=1)]
    notes = [textwrap.fill(note, WIDTH) for note in (*table.notes, *numbered)]
    return "\n".join([table.title, rule, _line(table.columns, widths), rule, *body, rule, *notes]) + "\n"


def _shown(row: Row, place: int) -> str:
    cell = row.cells[place]
    return cell.text + (f" [{cell.note}]" if cell.note else "")


def _line(cells: list[str], widths: list[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]).rstrip()
