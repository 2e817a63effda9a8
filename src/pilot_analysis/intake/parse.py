"""From cells to typed values: text, number, whole number, date; and the values that are translated before.

- Numbers have the declared decimal sign and nothing else: no thousands signs, no percent signs.
- Dates have the declared format (default YYYY-MM-DD), years of four digits; `excel` reads serial numbers of the 1900
  system. A date with a time of day keeps the day, which is told. Years from 1800 to 2261.
- Format and decimal sign concern text only; cells with a type keep it. 123.0 in a text column is `123`.
- A cell that cannot be read gives None beside a mark, never an exception.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.intake.cells import Cells, as_text, flags

ISO = "%Y-%m-%d"
KINDS = {"string": "text", "datetime64[ns]": "date", "float64": "number", "Int64": "whole"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DIRECTIVES = {name: f"(?P<{name}>[0-9]{{1,2}})" for name in "dmHMS"} | {"Y": "(?P<Y>[0-9]{4})"}
_EXCEL_DAY_0 = dt.date(1899, 12, 30)
_EXCEL_LAST = 2_958_465  # 9999-12-31
_YEARS = range(1800, 2262)


@dataclass(frozen=True)
class Notation:
    """How text is written: decimal sign, date format (None = ISO)."""

    decimal: str = "."
    date_format: str | None = None

    @property
    def date_words(self) -> str:
        """The date format in words for an issue."""
        if self.date_format == "excel":
            return "a date, or an Excel serial number"
        return f"a date as {self.date_format or 'YYYY-MM-DD'}, with a year of four digits"


@dataclass(frozen=True)
class Parsed:
    """Typed values per row, which rows could not be read, and which had a time of day."""

    values: Any
    failed: np.ndarray
    timed: np.ndarray


def number(cell: Any, notation: Notation) -> float | None:
    """A finite number, or None."""
    if isinstance(cell, str):
        if notation.decimal == ",":
            cell = "x" if "." in cell else cell.replace(",", ".")
        value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    else:
        value = float(cell) if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) else math.nan
    return value if math.isfinite(value) else None


def whole(cell: Any, notation: Notation) -> int | None:
    """A whole number below 2**53, or None; `8,0` is whole."""
    value = number(cell, notation)
    return int(value) if value is not None and value == int(value) and abs(value) < 2**53 else None


def day(cell: Any, notation: Notation) -> dt.date | None:
    """A calendar date, or None. Dates beyond what a table can hold (year 9999) are returned too."""
    if isinstance(cell, dt.datetime):
        return cell.date() if cell.tzinfo is None else None
    if isinstance(cell, dt.date):
        return cell
    if notation.date_format == "excel":
        serial = number(cell, notation)
        return (
            _EXCEL_DAY_0 + dt.timedelta(days=int(serial))
            if serial is not None and 61 <= serial <= _EXCEL_LAST
            else None
        )
    match = _matched(cell, notation)
    try:
        return dt.date(int(match["Y"]), int(match["m"]), int(match["d"])) if match else None
    except ValueError:
        return None


def _matched(cell: Any, notation: Notation) -> re.Match[str] | None:
    return _date_pattern(notation.date_format).fullmatch(cell) if isinstance(cell, str) else None


def _has_time(cell: Any, notation: Notation) -> bool:
    """Whether a cell that is a date also has a time of day other than midnight."""
    if isinstance(cell, dt.datetime):
        return cell.time() != dt.time()
    if isinstance(cell, dt.date):
        return False
    if notation.date_format == "excel":
        serial = number(cell, notation)
        return serial is not None and serial != int(serial)
    match = _matched(cell, notation)
    clock = [text for name, text in match.groupdict().items() if name in "HMS" and text] if match else []
    return any(int(text) for text in clock)


@cache
def _date_pattern(date_format: str | None) -> re.Pattern[str]:
    if date_format is None:
        return re.compile(r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
    parts = re.split(r"%(.)", date_format)
    seen: set[str] = set()
    pattern = ""
    glued = any(literal == "" for literal in parts[2:-1:2])  # %Y%m%d: without signs between them days have two digits
    for place, part in enumerate(parts):
        repeated = part in seen
        pattern += (
            re.escape(part)
            if place % 2 == 0
            else _DIRECTIVES[part]
            if part in _DIRECTIVES and not repeated
            else "[0-9]{1,2}"
        )
        seen |= {part} if place % 2 else set()
    return re.compile(pattern.replace("{1,2}", "{2}") if glued else pattern)


def _storable(cell: Any, notation: Notation) -> dt.date | None:
    date = day(cell, notation)
    return date if date is not None and date.year in _YEARS else None


READERS: dict[str, Callable[[Any, Notation], Any]] = {
    "text": lambda cell, _: as_text(cell), "number": number, "whole": whole, "date": _storable,
}  # fmt: skip


def parse(cells: Cells, kind: str, notation: Notation) -> Parsed:
    """Typed values of a column of `kind` (text, number, whole, date): string, float64, Int64 or datetime64[ns]."""
    if kind == "text" and cells.plain:
        none = np.zeros(len(cells), dtype=bool)
        return Parsed(pd.array(cells.values, dtype="string").take(cells.codes), none, none)
    read = READERS[kind]
    distinct = [None if cell is None else read(cell, notation) for cell in cells.values]
    failed = flags(value is None and cell is not None for value, cell in zip(distinct, cells.values, strict=True))
    timed = np.zeros(len(distinct), dtype=bool)
    if kind == "date":
        timed = ~failed & flags(cell is not None and _has_time(cell, notation) for cell in cells.values)
    if kind == "text":
        typed = pd.array([pd.NA if value is None else value for value in distinct], dtype="string")
    elif kind == "whole":
        typed = pd.array([pd.NA if value is None else value for value in distinct], dtype="Int64")
    elif kind == "number":
        typed = np.array([math.nan if value is None else value for value in distinct], dtype="float64")
    else:
        typed = np.array(["NaT" if value is None else value for value in distinct], dtype="datetime64[D]").astype(
            "datetime64[ns]"
        )
    return Parsed(typed.take(cells.codes), cells.rows(failed), cells.rows(timed))
