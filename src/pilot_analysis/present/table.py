"""A table as text: cells that know their result, sections, footnotes; written as CSV or as HTML.

- A cell whose result has no number shows a sign and a footnote with the reason. A withheld count shows `×`;
  any other withheld number shows the sign, because it may be people, events or a complement that are few.
- CSV keeps the words of the language and repeats the section in a column; the true minus sign becomes a hyphen, so
  that a spreadsheet reads it as a number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from pilot_analysis.messages import Messages
from pilot_analysis.messages.catalogue import MINUS
from pilot_analysis.present.store import Result

_TEXT = Markup(' class="text"')


@dataclass(frozen=True)
class Cell:
    """Text of one cell, the result it shows (empty for words), and the number of its footnote (0 for none)."""

    text: str
    result_id: str = ""
    note: int = 0


@dataclass(frozen=True)
class Row:
    """One line of a table; the first cell is its header."""

    cells: list[Cell]
    section: str = ""


@dataclass
class Table:
    """A table ready to show: `columns` are headers, `footnotes` are numbered from 1, `notes` are not."""

    title: str
    columns: list[str]
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)

    @property
    def sections(self) -> list[str]:
        """Sections in order of appearance; a table without sections has one, empty."""
        return list(dict.fromkeys(row.section for row in self.rows))

    @property
    def text_columns(self) -> set[int]:
        """Columns that hold words rather than numbers, the row header included."""
        return {0} | {k for row in self.rows for k, cell in enumerate(row.cells) if _words(cell)}


def _words(cell: Cell) -> bool:
    return bool(cell.text) and not cell.result_id and not cell.text[0].isdigit()


class Sheet:
    """Builds a table: turns results into cells and collects the footnotes of those that have no number."""

    def __init__(self, messages: Messages, title: str, columns: list[str], notes: list[str], threshold: int):
        self.messages = messages
        self.threshold = threshold
        self.table = Table(title, columns, notes=notes)

    def cell(self, result: Result, text: Callable[[Result], str]) -> Cell:
        """`text(result)` when there is a number, else the sign and its footnote; empty for an absent result."""
        if result.ok:
            return Cell(text(result), result.result_id)
        if result.status == "absent":
            return Cell("")
        if result.status == "suppressed":
            note = self._note(self.messages.t("table.note_suppressed", n=self.threshold))
            counted = result.analysis in ("flow", "quality") or result.measure == "n_at_risk"
            sign = self.messages.t("sign.suppressed", n=self.threshold) if counted else self.messages.t("sign.none")
            return Cell(sign, result.result_id, note)
        reason = self.messages.reason(result.reason) if result.reason else self.messages.t("reason.absent")
        return Cell(self.messages.t("sign.none"), result.result_id, self._note(reason))

    def _note(self, reason: str) -> int:
        text = reason[:1].upper() + reason[1:].rstrip(".") + "."
        if text not in self.table.footnotes:
            self.table.footnotes.append(text)
        return self.table.footnotes.index(text) + 1

    def row(self, header: str, *cells: Cell | str, section: str = "") -> None:
        """Add a line unless every cell is empty."""
        found = [cell if isinstance(cell, Cell) else Cell(cell) for cell in cells]
        if any(cell.text for cell in found):
            self.table.rows.append(Row([Cell(header), *found], section))


def part_of(messages: Messages, part: float | None, whole: float | None) -> str:
    """`10 of 150` people; only the part where the whole was withheld."""
    shown = messages.number(part, 0)
    return shown if whole is None else messages.t("table.part_of", part=shown, whole=messages.number(whole, 0))


def share_of(messages: Messages, result: Result, interval: str = "") -> str:
    """`7% (4 to 12; 10 of 150)`: a share, its interval if any, and its people where both numbers are known."""
    known = result.n is not None and result.n_events is not None
    counted = part_of(messages, result.n_events, result.n) if known else ""
    detail, percent = "; ".join(filter(None, [interval, counted])), messages.number(result.estimate, 0)
    return messages.t("table.share", percent=percent, detail=detail) if detail else f"{percent}%"


def to_csv(table: Table) -> str:
    """The table as CSV text (comma, quoted where needed): headers, rows, the section as first column if any."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    named = table.sections != [""]
    writer.writerow(["", *table.columns] if named else table.columns)
    for row in table.rows:
        cells = [cell.text.replace(MINUS, "-") + (f" [{cell.note}]" if cell.note else "") for cell in row.cells]
        writer.writerow([row.section, *cells] if named else cells)
    for number, text in enumerate(table.footnotes, start=1):
        writer.writerow([f"[{number}] {text}"])
    return out.getvalue()


def to_html(table: Table, caption: str) -> Markup:
    """The table as an HTML fragment with scopes on every header and `data-result-id` on every number.

    A table without lines is its caption and its notes.
    """
    notes = [Markup("<sup>{}</sup> {}").format(k, text) for k, text in enumerate(table.footnotes, start=1)]
    foot = Markup("").join(Markup("<p>{}</p>").format(note) for note in [*table.notes, *notes])
    if not table.rows:
        return Markup('<p class="caption">{}</p><div class="nothing">{}</div>').format(Markup(caption), foot)
    words = table.text_columns
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_TEXT if k in words else "", name)
        for k, name in enumerate(table.columns)
    )
    bodies = Markup("").join(_body(table, section) for section in table.sections)
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table><caption>{}</caption>'
        '<thead><tr>{}</tr></thead>{}</table></div><div class="notes">{}</div>'
    ).format(table.title, Markup(caption), head, bodies, foot)


def _body(table: Table, section: str) -> Markup:
    words = table.text_columns
    rows = Markup("").join(_line(row, words) for row in table.rows if row.section == section)
    title = Markup("")
    if section:
        title = Markup('<tr class="section"><th scope="rowgroup" colspan="{}">{}</th></tr>').format(
            len(table.columns), section
        )
    return Markup("<tbody>{}{}</tbody>").format(title, rows)


def _line(row: Row, words: set[int]) -> Markup:
    head, *cells = row.cells
    inner = Markup("").join(_data(cell, _TEXT if k in words else Markup("")) for k, cell in enumerate(cells, start=1))
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(head.text, inner)


def _data(cell: Cell, side: Markup) -> Markup:
    note = Markup("<sup>{}</sup>").format(cell.note) if cell.note else Markup("")
    if not cell.result_id:
        return Markup("<td{}>{}{}</td>").format(side, cell.text, note)
    # An interval stays on one line; in a narrow column it goes below its number.
    number, bracket, rest = cell.text.partition(" (")
    text = Markup('{} <span class="whole">({}</span>').format(number, rest) if bracket else cell.text
    key = escape(cell.result_id)
    return Markup('<td{0} data-result-id="{1}" title="{1}">{2}{3}</td>').format(side, key, text, note)
