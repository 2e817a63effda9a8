"""Keeps the last version of each key, and takes out what was withdrawn.

- The key is the canonical key of the table; versions are compared as numbers when every version of the source is one,
  else as text; several version columns count in the order given; of equal versions the last row wins.
- `withdrawn` looks at the winner: a withdrawn winner removes its key. Without `latest_by` all versions are equal, but
  only keys with a withdrawn row have versions at all: elsewhere a key that occurs twice stays a fault.
- A row without a usable key, which is an error anyway, replaces nothing and is replaced by nothing.
- Text versions that are dates with the day or month first sort wrongly; `dates_as_text` finds them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.intake.cells import Cells, Labelled, as_text, flags, trimmed
from pilot_analysis.intake.parse import Notation, number

_DAY_FIRST = re.compile(r"[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{4}\b.*")


def version_ranks(parts: Sequence[Cells], decimal: str) -> list[np.ndarray]:
    """Ranks of the versions in each of `parts` (one per file), equal for equal versions; empty ranks lowest.

    `decimal` is the decimal sign of versions that are text.
    """
    listed = [[_plain(cell) for cell in trimmed(part)[0].values] for part in parts]
    found = [cell for cells in listed for cell in cells if cell is not None]
    numeric = all(number(cell, Notation(decimal)) is not None for cell in found)
    ordered = [[_ordered(cell, numeric, decimal) for cell in cells] for cells in listed]
    distinct = sorted({value for values in ordered for value in values if value is not None})
    places = {value: place for place, value in enumerate(distinct, start=1)}
    ranks = (np.array([places.get(value, 0) for value in values], dtype="int64") for values in ordered)
    return [rank.take(part.codes) for rank, part in zip(ranks, parts, strict=True)]


def _ordered(cell: Any, numeric: bool, decimal: str) -> Any:
    if cell is None or not numeric:
        return as_text(cell)
    # Decimal, because numbers of mutations can be longer than a float holds.
    return Decimal(cell.replace(decimal, ".") if isinstance(cell, str) else str(cell))


def _plain(cell: Any) -> Any:
    return cell.code if isinstance(cell, Labelled) else cell


def dates_as_text(cells: Cells) -> np.ndarray:
    """Rows whose version is text with a date that does not begin with the year; none unless all versions are such."""
    distinct = [_plain(cell) for cell in trimmed(cells)[0].values]
    filled = [cell for cell in distinct if cell is not None]
    dates = bool(filled) and all(isinstance(cell, str) and _DAY_FIRST.fullmatch(cell) for cell in filled)
    return cells.rows(flags(dates and cell is not None for cell in distinct))


def marked(cells: Cells, marks: Sequence[str]) -> np.ndarray:
    """Rows whose cell is one of `marks`; of an SPSS code its label or the code."""
    wanted = {mark.strip() for mark in marks}
    return cells.rows(
        flags(
            as_text(cell) in wanted or (isinstance(cell, Labelled) and as_text(cell.code) in wanted)
            for cell in trimmed(cells)[0].values
        )
    )


def latest(frame: pd.DataFrame, key: list[str], ranks: list[np.ndarray], withdrawn: np.ndarray) -> np.ndarray:
    """Which rows of `frame` are the last version of their key; `withdrawn` marks rows that withdraw theirs."""
    if not ranks and not withdrawn.any():
        return np.ones(len(frame), dtype=bool)
    codes = frame.groupby(key, sort=False, dropna=True).ngroup().to_numpy()
    # lexsort: the last key counts most; position breaks ties in favour of the last row.
    order = np.lexsort((np.arange(len(frame)), *reversed(ranks), codes))
    last = np.append(codes[order][1:] != codes[order][:-1], True) if len(frame) else np.zeros(0, dtype=bool)
    keep = np.zeros(len(frame), dtype=bool)
    keep[order[last]] = True
    if not ranks:
        keep |= ~np.isin(codes, codes[withdrawn])
    return keep | (codes < 0)
