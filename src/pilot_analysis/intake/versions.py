"""Keeps the last version of each key, and takes out what was withdrawn.

- The key is the canonical key of the table; versions are compared as numbers when every version of the source is one,
  else as text; several version columns count in the order given; of equal versions the last row wins.
- `withdrawn` looks at the winner: a withdrawn winner removes its key.
- A row without a usable key, which is an error anyway, replaces nothing and is replaced by nothing.
"""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd

from pilot_analysis.intake.cells import as_text
from pilot_analysis.intake.parse import Notation, number


def version_ranks(versions: list[str | None], decimal: str) -> np.ndarray:
    """Ranks of versions (text), equal for equal versions; empty ranks lowest."""
    distinct = [version for version in pd.unique(np.asarray(versions, dtype=object)) if version is not None]
    order: dict[str, float | str | Decimal] = {version: version for version in distinct}
    if all(number(version, Notation(decimal)) is not None for version in distinct):
        # Decimal, because numbers of mutations can be longer than a float holds.
        order = {version: Decimal(version.replace(decimal, ".")) for version in distinct}
    places = {value: place for place, value in enumerate(sorted(set(order.values())), start=1)}
    ranks = {version: places[value] for version, value in order.items()}
    return np.fromiter((ranks.get(version, 0) for version in versions), dtype="int64", count=len(versions))


def latest(frame: pd.DataFrame, key: list[str], ranks: list[np.ndarray]) -> np.ndarray:
    """Which rows of `frame` are the last version of their key."""
    if not ranks:
        return np.ones(len(frame), dtype=bool)
    codes = frame.groupby(key, sort=False, dropna=True).ngroup().to_numpy()
    # lexsort: the last key counts most; position breaks ties in favour of the last row.
    order = np.lexsort((np.arange(len(frame)), *reversed(ranks), codes))
    last = np.append(codes[order][1:] != codes[order][:-1], True) if len(frame) else np.zeros(0, dtype=bool)
    keep = np.zeros(len(frame), dtype=bool)
    keep[order[last]] = True
    return keep | (codes < 0)


def text_version(cell: object) -> str | None:
    """A version as text; an empty or undefined one is None."""
    return None if cell is None or (isinstance(cell, float) and math.isnan(cell)) else as_text(cell)
