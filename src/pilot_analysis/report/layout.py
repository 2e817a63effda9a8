"""How wide the columns of a table are on a page of A4, upright or turned: the same answer for Word and for PDF.

- A column is never narrower than its longest word; what is left goes to the columns where it saves most lines. Headers
  may take three lines.
- Upright and in full size first; turned when rows would else take more than two lines on average, or a word would
  not fit; smaller type when that is still so.
- Widths come from numbers of letters and a mean width of a letter, not from a font: they are good, not exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilot_analysis.present.table import Table
from pilot_analysis.report.document import Words

UPRIGHT, TURNED = 170.0, 257.0  # mm of text on A4 with margins of 20 mm
PICTURE = 150.0  # mm: two curves on a page
MARGIN = 20.0
_LETTER = 0.56  # width of a digit of Arial in parts of the size of the type; letters are a little less
_PADDING = 7.0  # points beside the text of a cell
_LINES = 2.0  # more lines than this on average, and the page is turned
_TRIES = ((False, 9.0), (False, 8.0), (True, 9.0), (True, 8.0), (True, 7.0))
_FEW, _MORE_LINES = 4, 2.5  # so few columns may be higher before the page is turned: a card has some long texts
_WORDS = ((False, 8.0), (False, 7.0))  # a table of words stays with its heading
_POINTS = 72 / 25.4
_PIECES = 40
_STRETCH = 1.5  # a small table does not fill the page
_BOLD = 1.2  # how much wider bold letters are
_HEADER = 3  # lines that a header may take


@dataclass(frozen=True)
class Layout:
    """Whether the page is turned, the size of the type in points, and the width of each column in mm."""

    turned: bool
    points: float
    widths: tuple[float, ...]


def unbroken(text: str) -> str:
    """`text` in which what stands in brackets stays on one line."""
    head, bracket, rest = text.partition("(")
    inner, close, tail = rest.partition(")")
    return head + bracket + inner.replace(" ", "\N{NO-BREAK SPACE}") + close + tail if close else text


def of_numbers(table: Table) -> Layout:
    """Layout of a table of results; one without lines is its caption and notes, on an upright page."""
    shown = [[row.cells[0].text, *(unbroken(c.text) + "¹" * bool(c.note) for c in row.cells[1:])] for row in table.rows]
    lines = _LINES if len(table.columns) > _FEW else _MORE_LINES
    return _layout([list(table.columns), *shown], _TRIES if table.rows else _TRIES[:1], lines)


def of_words(block: Words) -> Layout:
    """Layout of a table of words."""
    rows = [[cell if isinstance(cell, str) else " ".join(cell) for cell in row] for row in block.rows]
    return _layout([list(block.columns), *rows], _WORDS)


def _layout(lines: Sequence[Sequence[str]], tries: Sequence[tuple[bool, float]], most: float = _LINES) -> Layout:
    best: Layout | None = None
    for turned, points in tries:
        room = (TURNED if turned else UPRIGHT) * _POINTS
        shares, fits = _shares(lines, (room - _PADDING * len(lines[0])) / (_LETTER * points))
        widths = tuple((share * _LETTER * points + _PADDING) / _POINTS for share in shares)
        best = Layout(turned, points, widths)
        if fits and _mean_lines(lines, shares) <= most:
            break
    assert best is not None
    return best


def _shares(lines: Sequence[Sequence[str]], room: float) -> tuple[list[float], bool]:
    """Letters for each column, and whether every word fits."""
    columns = list(zip(*lines, strict=True))
    least = [max(_BOLD * _longest(head), *(_longest(text) for text in rest), 1) + 0.5 for head, *rest in columns]
    most = [
        max(low, len(head) / _HEADER, *(len(text) for text in rest))
        for low, (head, *rest) in zip(least, columns, strict=True)
    ]
    if sum(least) > room:
        return [room * low / sum(least) for low in least], False
    if sum(most) <= room:
        return [high * min(room / sum(most), _STRETCH) for high in most], True
    return _spread(columns, least, room), True


def _longest(text: str) -> int:
    return max(len(word) for word in text.split(" "))


def _spread(columns: list[tuple[str, ...]], least: list[float], room: float) -> list[float]:
    """Give what is left, a little at a time, to the column that makes the table shorter by most.

    The height of a row is that of its fullest cell, not rounded to lines, so that each little counts.
    """
    long = np.array([[len(head) / _HEADER, *(len(text) for text in rest)] for head, *rest in columns], dtype=float)
    shares = np.array(least)
    piece = (room - shares.sum()) / _PIECES
    for _ in range(_PIECES):
        high = long / shares[:, None]
        fullest = high.max(axis=0)
        others = [np.delete(high, k, axis=0).max(axis=0, initial=1.0) for k in range(len(shares))]
        saved = [
            (np.maximum(fullest, 1) - np.maximum(others[k], long[k] / (shares[k] + piece))).sum()
            for k in range(len(shares))
        ]
        if max(saved) <= 0:
            break
        shares[int(np.argmax(saved))] += piece
    shares *= room / shares.sum()
    return [float(share) for share in shares]


def _mean_lines(lines: Sequence[Sequence[str]], shares: list[float]) -> float:
    tall = [max(math.ceil(len(text) / share) for text, share in zip(line, shares, strict=True)) for line in lines[1:]]
    return sum(tall) / len(tall) if tall else 1.0
