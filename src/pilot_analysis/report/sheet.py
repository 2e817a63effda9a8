"""A table as rows of a worksheet: numbers as numbers, the text as shown where it says more, and the key of each result.

- A column of which every cell is one number stays one column. Any other column of results keeps its text as shown and
  has its numbers beside it: the limits of an interval by name, all others in the order of the text.
- Behind them the key. A column without results holds numbers only when all its cells do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pilot_analysis.present.table import Cell, Table
from pilot_analysis.report.document import Words
from pilot_analysis.report.spoken import Number, Spoken, only_number, spoken

Value = str | Number | None


@dataclass(frozen=True)
class Column:
    """A column of the sheet: its header, and whether it holds keys."""

    header: str
    key: bool = False


@dataclass
class Sheet:
    """What a worksheet holds; headers are unique."""

    columns: list[Column] = field(default_factory=list)
    rows: list[list[Value]] = field(default_factory=list)

    def add(self, columns: list[Column], values: list[list[Value]]) -> None:
        """Put columns to the right, `values` by row."""
        for column in columns:
            known = {other.header for other in self.columns}
            names = (column.header, *(f"{column.header} ({k})" for k in range(2, 99)))
            self.columns.append(Column(next(name for name in names if name not in known), column.key))
        for line, more in zip(self.rows, values, strict=True):
            line += more


def of_numbers(table: Table, language: str, words: dict[str, str]) -> Sheet:
    """The sheet of a table of results; sections are its first column."""
    made = Sheet(rows=[[] for _ in table.rows])
    if table.sections != [""]:
        made.add([Column(words["section"])], [[row.section or None] for row in table.rows])
    for place, header in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows]
        if any(cell.result_id for cell in cells):
            made.add(*_results(header, cells, language, words))
        else:
            made.add([Column(header)], _plain([cell.text for cell in cells], language))
    return made


def of_words(block: Words) -> Sheet:
    """The sheet of a table of words; several texts of a cell stand below each other."""
    rows = [[text if isinstance(text, str) else "\n".join(text) for text in row] for row in block.rows]
    return Sheet([Column(name) for name in block.columns], rows)


def _plain(texts: list[str], language: str) -> list[list[Value]]:
    numbers = [only_number(text, language) for text in texts]
    if all(number or not text for number, text in zip(numbers, texts, strict=True)):
        return [[number] for number in numbers]
    return [[text or None] for text in texts]


def _results(
    header: str, cells: list[Cell], language: str, words: dict[str, str]
) -> tuple[list[Column], list[list[Value]]]:
    keys = [cell.result_id or None for cell in cells]
    shown = [cell.text + (f" [{cell.note}]" if cell.note else "") or None for cell in cells]
    read = [spoken(cell.text, language) for cell in cells]
    alone = [only_number(cell.text, language) for cell in cells]
    key = Column(f"{header}: {words['key']}", key=True)
    if all(number or not _any(found) for number, found in zip(alone, read, strict=True)):
        values = [[number or text, k] for number, text, k in zip(alone, shown, keys, strict=True)]
        return [Column(header), key], values
    most = max(len(found.numbers) for found in read)
    limits = any(found.low or found.high for found in read)
    names = [f"{words['number']} {k}" for k in range(1, most + 1)] if most > 1 else [words["number"]] * most
    names += [words["low"], words["high"]] if limits else []
    values = [
        [text, *_padded(found, most), *([found.low, found.high] if limits else []), k]
        for text, found, k in zip(shown, read, keys, strict=True)
    ]
    heads = [words["shown"], *names]
    return [*(Column(f"{header}: {name}") for name in heads), key], values


def _any(found: Spoken) -> bool:
    return bool(found.numbers or found.low or found.high)


def _padded(found: Spoken, most: int) -> list[Value]:
    return [*found.numbers, *[None] * (most - len(found.numbers))]
