"""How a file writes its dates, numbers and missing values, as far as the cells prove it.

- A date format counts as proven when every cell fits it and no other; days above 12 tell day and month apart.
- Only what at least three people (rows, where people are not known) share is ever repeated: see `frequent`.
- Fails on years of two digits and on formats that change within the file; both are said.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.intake.cells import Cells, as_text
from pilot_analysis.intake.parse import Notation, day

FEWEST = 3
MISSING = frozenset(
    {"-", "--", "#", ".", "?", "x", "nvt", "n.v.t.", "n.v.t", "nb", "n.b.", "na", "n/a", "null", "nan", "none",
     "onbekend", "leeg", "(leeg)", "geen", "unknown", "missing"}
)  # fmt: skip
_CLEARLY_MISSING = frozenset({"-", "--", "#", ".", "?", "n.v.t.", "nvt", "n.v.t", "n/a", "null", "nan", "(leeg)"})
_DAYS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d")
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
_SERIALS = range(20_000, 60_000)


def texts_of(cells: Cells) -> list[str]:
    """The distinct cells as text without blanks around them, empty ones left out."""
    return [text for value in cells.values if (text := (as_text(value) or "").strip())]


def frequent(cells: Cells, people: Cells | None) -> dict[str, bool]:
    """Each distinct text, and whether at least three people (rows, if people are not known) have it."""
    text = pd.Series([(as_text(value) or "").strip() for value in cells.values], dtype=object).to_numpy()[cells.codes]
    rows = pd.DataFrame({"text": text, "person": np.arange(len(cells)) if people is None else people.codes})
    counts = rows[rows["text"] != ""].groupby("text", sort=True)["person"].nunique()
    return {str(value): bool(count >= FEWEST) for value, count in counts.items()}


def is_missing(text: str) -> bool:
    """Whether this text commonly means a missing value."""
    return text.casefold() in MISSING


def clearly_missing(text: str) -> bool:
    """Whether this text hardly ever means anything else."""
    return text.casefold() in _CLEARLY_MISSING


def _far(date: dt.date | None) -> bool:
    return date is not None and date.year >= 2900


def far_dates(cells: Cells, date_format: str | None) -> list[str]:
    """The cells, as text, with a date so far away that it means open."""
    notation = Notation(date_format=date_format)
    far = {as_text(value) for value in cells.values if value is not None and _far(day(value, notation))}
    return sorted(text.strip() for text in far if text)


def holds_dates(cells: Cells) -> bool:
    """Whether most distinct cells are dates in some notation."""
    found = [value for value in cells.values if value is not None and not is_missing(str(value).strip())]
    typed = sum(isinstance(value, dt.date) for value in found)
    text = sum(re.match(r"\s*(\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}|\d{4}[-/]\d{1,2}[-/]\d{1,2})", str(value)) is not None
               for value in found if isinstance(value, str))  # fmt: skip
    return bool(found) and 2 * (typed + text) > len(found)


def holds_numbers(cells: Cells) -> bool:
    """Whether most distinct cells are numbers in some notation."""
    found = [text for text in texts_of(cells) if not is_missing(text)]
    numbers = sum(re.fullmatch(r"[+-]?[\d.]*,?\d+%?", text) is not None for text in found)
    return bool(found) and 2 * numbers > len(found)


def decimal_sign(columns: Iterable[Cells]) -> tuple[str | None, str | None]:
    """The decimal sign that the numbers written as text prove (None: no sign occurs), and what is doubtful about it."""
    written = [text for cells in columns for text in texts_of(_only_text(cells))]
    comma = any(re.fullmatch(r"[+-]?[\d.]*\d,\d+%?", text) for text in written)
    point = any(re.fullmatch(r"[+-]?\d+\.\d+%?", text) for text in written)
    if any("%" in text for text in written):
        return ("," if comma else "."), "cells with a percent sign are not read as numbers"
    if any(
        re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?|[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+", text) for text in written
    ):
        return ("," if comma else "."), "signs between thousands are not read; or is the decimal sign another one?"
    if comma and point:
        return ",", "numbers with a comma and numbers with a point occur"
    return ("," if comma else "." if point else None), None


def date_notation(columns: Sequence[Cells]) -> tuple[str | None, str | None]:
    """The `date_format` of date columns (None: ISO, or dates with a type), and what is doubtful about it."""
    values = [value for cells in columns for value in cells.values if value is not None]
    written = [text for cells in columns for text in texts_of(_only_text(cells)) if not is_missing(text)]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if written and all(re.fullmatch(r"\d{5}(\.\d+)?", text) and int(float(text)) in _SERIALS for text in written):
        return "excel", "numbers of five digits, perhaps serial numbers of Excel (1 = 1900-01-01)"
    if numbers and not written:
        serial = all(int(value) in _SERIALS for value in numbers)
        return ("excel", None) if serial else (None, "numbers where dates were expected")
    return _written_dates(written) if written else (None, None)


def _written_dates(written: list[str]) -> tuple[str | None, str | None]:
    signs = sorted({sign for text in written[:200] for sign in re.findall(r"\d([-/. ])\d", text)}) or [""]
    forms = [form.format(sign) + time for sign in signs for form in _DAYS for time in _TIMES]
    fits = {form: sum(day(text, Notation(date_format=form)) is not None for text in written) for form in forms}
    best = max(fits.values())
    chosen = [form for form in forms if fits[form] == best]
    doubt = None
    if best < len(written):
        doubt = f"{len(written) - best} of {len(written)} different dates do not fit the format"
        if any(re.fullmatch(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}", text) for text in written):
            doubt += "; years of two digits are not read"
    elif len(chosen) > 1:
        doubt = "no day above 12 occurs: is the day first, or the month?"
    if 2 * best < len(written):
        return None, "dates in a notation that is not known here"
    return (None if chosen[0] == "%Y-%m-%d" else chosen[0]), doubt


def _only_text(cells: Cells) -> Cells:
    keep: list[Any] = [value if isinstance(value, str) else None for value in cells.values]
    return Cells(np.array([*keep, None], dtype=object)[:-1], cells.codes)
