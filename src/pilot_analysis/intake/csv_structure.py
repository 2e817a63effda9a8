"""Where the records of a CSV file begin and end, found with array operations before any cell is read.

- A quote counts only around a whole field; inside it a quote is doubled, and delimiters and line ends are text.
- Lines are physical lines of the file, so that a person finds the place in an editor.
- After a misplaced quote, reading goes on at the next line, so that several faults are found in one run (at most ten).
- Fails on nothing: what is wrong comes back as marks on the records.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NEWLINE, _QUOTE = 10, 34
_MOST_STRAY = 10


@dataclass(frozen=True)
class Structure:
    """One entry per record: first byte, byte after the last, first line, number of fields, misplaced quote."""

    start: np.ndarray
    end: np.ndarray
    line: np.ndarray
    fields: np.ndarray
    stray: np.ndarray


def structure(content: bytes, delimiter: str) -> Structure:
    r"""Records of `content`, UTF-8 text with line ends `\n`; `delimiter` is one ASCII character."""
    buffer = np.frombuffer(content, dtype=np.uint8)
    newlines = np.flatnonzero(buffer == _NEWLINE)
    quotes, bad = _sound_quotes(buffer, np.flatnonzero(buffer == _QUOTE), newlines, ord(delimiter))
    marks = np.flatnonzero((buffer == _NEWLINE) | (buffer == ord(delimiter)))
    marks = marks[_outside(marks, quotes)] if len(quotes) else marks
    last = np.flatnonzero(buffer[marks] == _NEWLINE)  # places of the line ends among the marks
    breaks = marks[last]
    start = np.concatenate(([0], breaks + 1))
    end = np.concatenate((breaks, [len(buffer)]))
    fields = np.diff(np.append(last, len(marks)), prepend=-1)
    if start[-1] == len(buffer):  # the file ends with a line end: nothing follows it
        start, end, fields = start[:-1], end[:-1], fields[:-1]
    line = np.searchsorted(newlines, start) + 1 if len(quotes) else np.arange(1, len(start) + 1)
    stray = np.zeros(len(start), dtype=bool)
    for first, until in bad:
        stray |= (start >= first) & (start <= until)
    return Structure(start, end, line, fields, stray)


def _outside(places: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    return np.searchsorted(quotes, places) % 2 == 0


def _sound_quotes(
    buffer: np.ndarray, quotes: np.ndarray, newlines: np.ndarray, delimiter: int
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Quotes that hold, and the byte ranges of lines in which a quote is misplaced."""
    bad: list[tuple[int, int]] = []
    while len(quotes):
        first = _first_misplaced(buffer, quotes, delimiter)
        if first is None:
            break
        outside = newlines[_outside(newlines, quotes)]
        before = outside[outside < quotes[first]]
        start = int(before[-1]) + 1 if len(before) else 0
        # An unclosed quote swallows what follows: only its own line is given up. A later fault gives up all lines
        # from the begin of its record.
        until = start if first == len(quotes) - 1 and len(quotes) % 2 else quotes[first]
        place = np.searchsorted(newlines, until)
        last = int(newlines[place]) if place < len(newlines) else len(buffer)
        bad.append((start, last))
        gone = (quotes >= start) & (quotes <= last)
        quotes = quotes[~gone] if len(bad) < _MOST_STRAY else quotes[quotes < start]
        if len(bad) == _MOST_STRAY:
            bad[-1] = (start, len(buffer))
            break
    return quotes, bad


def _first_misplaced(buffer: np.ndarray, quotes: np.ndarray, delimiter: int) -> int | None:
    opening = np.arange(len(quotes)) % 2 == 0
    before = np.where(quotes > 0, buffer[quotes - 1], _NEWLINE)
    after = np.where(quotes < len(buffer) - 1, buffer[np.minimum(quotes + 1, len(buffer) - 1)], _NEWLINE)
    good_before = (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    good_after = (after == delimiter) | (after == _NEWLINE) | (after == _QUOTE)
    wrong = np.flatnonzero(np.where(opening, ~good_before, ~good_after))
    if len(wrong):
        return int(wrong[0])
    return len(quotes) - 1 if len(quotes) % 2 else None
