"""The report as data, made once (`compose`) and written in each format: HTML, Word, PDF, Excel.

- A document is sections of blocks; what a writer needs to know about a block is in the block, so that no format can
  show another number, caption or alternative text than the next.
- A number is a `Run` or a table `Cell` that knows the result it shows. Nothing here computes or formats a number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from pilot_analysis.config import FORMATS
from pilot_analysis.present.table import Table


@dataclass(frozen=True)
class Run:
    """A piece of a sentence; `result_id` names the result when the piece is a number."""

    text: str
    result_id: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """Sentences; `role` says what they are for (headline, release, answer-main), `formats` who writes them."""

    kind: ClassVar[str] = "paragraph"
    runs: Runs
    role: str = ""
    formats: tuple[str, ...] = FORMATS

    @property
    def text(self) -> str:
        """The sentences without the keys of their numbers."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Bullets:
    """A list of short texts."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """A heading below that of the section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Caption:
    """`Table 3. Outcomes`: the word, the number and the text."""

    word: str
    number: int
    text: str

    @property
    def label(self) -> str:
        """Word and number."""
        return f"{self.word} {self.number}"


@dataclass(frozen=True)
class Figure:
    """A picture as SVG and as PNG, with its caption and what it says to who cannot see it.

    With a `note` there is no picture: the note says why.
    """

    kind: ClassVar[str] = "figure"
    name: str
    caption: Caption
    alt: str
    svg: str
    png: bytes
    note: str = ""


@dataclass(frozen=True)
class Numbers:
    """A table of results; without a caption it is in the workbook only."""

    kind: ClassVar[str] = "numbers"
    name: str
    table: Table
    caption: Caption | None = None

    def shown(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Every number of the table: its name, row and column (counted from 1), the text, and the result."""
        for place, row in enumerate(self.table.rows, start=1):
            for column, cell in enumerate(row.cells, start=1):
                if cell.result_id:
                    yield self.name, str(place), str(column), cell.text, cell.result_id


@dataclass(frozen=True)
class Words:
    """A table of words: a cell is a text or a list of texts; `english` are columns that are so in any language."""

    kind: ClassVar[str] = "words"
    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | tuple[str, ...], ...], ...]
    english: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Verbatim:
    """A file as it is, in English."""

    kind: ClassVar[str] = "verbatim"
    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks below a title that a reader may skip; HTML folds them away."""

    kind: ClassVar[str] = "fold"
    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Bullets | Heading | Figure | Numbers | Words | Verbatim | Fold


@dataclass(frozen=True)
class Section:
    """A chapter: `name` is its anchor."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole report in one language.

    `banner` stands on every page (synthetic data), empty when there is nothing to say; `date` is the day of the data,
    not of making; `words` are the few that only writers need (contents, page, columns of the workbook); `more` are
    tables that no section shows.
    """

    language: str
    title: str
    subtitle: str
    banner: str
    date: dt.date
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    words: dict[str, str] = field(default_factory=dict)
    more: tuple[Numbers, ...] = ()

    def blocks(self) -> Iterator[Block]:
        """Every block in reading order; a fold, then what is in it."""
        for section in self.sections:
            yield from _within(section.blocks)

    @property
    def tables(self) -> list[Numbers]:
        """Tables of results in the order of their numbers, then those without one."""
        return [block for block in self.blocks() if isinstance(block, Numbers)] + list(self.more)

    def shown(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Every number shown: section or table, row and column there, its text, and the result."""
        for section in self.sections:
            for block in _within(section.blocks):
                if isinstance(block, Paragraph):
                    yield from ((section.name, "", "", run.text, run.result_id) for run in block.runs if run.result_id)
        for table in self.tables:
            yield from table.shown()

    @property
    def figures(self) -> list[Figure]:
        """Figures in the order of their numbers."""
        return [block for block in self.blocks() if isinstance(block, Figure)]


def _within(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Fold):
            yield from _within(block.blocks)
