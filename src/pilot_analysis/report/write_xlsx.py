"""Every table in one workbook: a sheet each, named as its CSV file, behind a sheet of contents.

- Numbers have the decimals and signs of the report, in the notation of the reader's own machine; text as shown is in
  that of the language. `sheet` says which columns there are.
- The file has the day of the data, not of making, and is the same for the same input.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pilot_analysis.report.document import Document, Numbers, Words
from pilot_analysis.report.sheet import Column, Sheet, Value, of_numbers, of_words
from pilot_analysis.report.spoken import Number

_TOP = 3  # rows above the first of the table: title, banner, header
_LONGEST = 60  # letters of the widest column
_NAME = 31  # letters of a name of a sheet, at most


def write(document: Document) -> bytes:
    """The workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    known = {"title": document.title, "subject": document.subtitle, "comments": document.banner}
    day = dt.datetime.combine(document.date, dt.time())
    book.set_properties({**known, "author": "pilot_analysis", "created": day})
    writer = _Workbook(book, document)
    words = [block for block in document.blocks() if isinstance(block, Words)]
    writer.contents([*document.tables, *words])
    for table in document.tables:
        writer.table(table, of_numbers(table.table, document.language, document.words))
    for block in words:
        writer.table(block, of_words(block))
    book.close()
    return out.getvalue()


class _Workbook:
    """Writes sheets with the formats of one book."""

    def __init__(self, book: xlsxwriter.Workbook, document: Document) -> None:
        self.book, self.document = book, document
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._text = self.form(text_wrap=True, valign="top")
        self._head = self.form(bold=True, text_wrap=True, valign="top", bottom=1)
        self._title = self.form(bold=True, font_size=13)
        self._warning = self.form(bold=True, font_color="#7A2E00")
        self._key = self.form(font_color="#767676", font_size=8, valign="top")

    def form(self, **look: Any) -> Format:
        """The format with this look, made once."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]

    def contents(self, tables: list[Numbers | Words]) -> None:
        """Title, what holds for all sheets, and a link to each."""
        words, document = self.document.words, self.document
        sheet = self.book.add_worksheet(words["contents"][:_NAME])
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, document.title, self._title)
        sheet.write_string(1, 0, document.banner, self._warning)
        about = [document.subtitle, *document.facts, *words["workbook"].split("\n")]
        for line, text in enumerate(about, start=2):
            sheet.write_string(line, 0, text)
        line = 3 + len(about)
        sheet.write_row(line, 0, [words["sheet"], words["contents"]], self._head)
        for place, table in enumerate(tables, start=line + 1):
            sheet.write_url(place, 0, f"internal:'{table.name[:_NAME]}'!A1", string=table.name)
            sheet.write_string(place, 1, _title(table))

    def table(self, table: Numbers | Words, made: Sheet) -> None:
        """The sheet of a table: title, header, rows, notes."""
        sheet = self.book.add_worksheet(table.name[:_NAME])
        sheet.write_string(0, 0, _title(table), self._title)
        sheet.write_string(1, 0, self.document.banner, self._warning)
        for place, column in enumerate(made.columns):
            sheet.write_string(_TOP - 1, place, column.header, self._head)
            sheet.set_column(place, place, _width(column, [row[place] for row in made.rows]))
        for line, row in enumerate(made.rows, start=_TOP):
            for place, value in enumerate(row):
                self._value(sheet, line, place, value, made.columns[place])
        sheet.freeze_panes(_TOP, 1)
        if made.rows:
            sheet.autofilter(_TOP - 1, 0, _TOP - 1 + len(made.rows), len(made.columns) - 1)
        for line, note in enumerate(_notes(table), start=_TOP + 1 + len(made.rows)):
            sheet.write_string(line, 0, note)

    def _value(self, sheet: Worksheet, line: int, place: int, value: Value, column: Column) -> None:
        if isinstance(value, Number):
            sheet.write_number(line, place, value.value, self.form(num_format=value.form, valign="top"))
        elif value is not None:
            sheet.write_string(line, place, value, self._key if column.key else self._text)


def _title(table: Numbers | Words) -> str:
    if isinstance(table, Words):
        return table.title
    return f"{table.caption.label}. {table.caption.text}" if table.caption else table.table.title


def _notes(table: Numbers | Words) -> list[str]:
    if isinstance(table, Words):
        return []
    return [*table.table.notes, *(f"[{k}] {text}" for k, text in enumerate(table.table.footnotes, start=1))]


def _width(column: Column, values: list[Value]) -> float:
    """Letters that the column needs; a long header wraps, a key runs on."""
    if column.key:
        return 14
    longest = max((len(value) if isinstance(value, str) else 9 for value in values if value is not None), default=8)
    return min(max(longest + 1, len(column.header) / 3, 9), _LONGEST)
