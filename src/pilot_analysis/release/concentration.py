"""Costs that few people make up: dominance and p per cent rules, from the largest contributions.

- Dominance: the largest person makes up more than 50 % of what was seen of a cost, or the two largest more than 75 %.
- p per cent: what is left of the total without the two largest is less than 10 % of the largest one, so that the second
  would know the first to within that.
- The contributions are rows of the store that no rule lets out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

LARGEST, TWO_LARGEST = "share_of_largest", "share_of_two_largest"
_ONE, _TWO, _P = 50.0, 75.0, 10.0  # per cent
_COSTS = ("cost", "organisation")
_KEYS = ["group_by", "level", "term"]


def is_contribution(rows: pd.DataFrame) -> np.ndarray:
    """Rows of the store (schema ESTIMATES) that say what the largest contributions are."""
    return (rows["analysis"].isin(_COSTS) & rows["measure"].isin([LARGEST, TWO_LARGEST])).to_numpy(dtype=bool)


def concentrated(rows: pd.DataFrame, contributions: pd.DataFrame) -> np.ndarray:
    """Rows about costs that few people make up, by the rows `contributions`; shape (rows,)."""
    by = contributions.pivot(index=_KEYS, columns="measure", values="estimate").reindex(columns=[LARGEST, TWO_LARGEST])
    one, two = by[LARGEST], by[TWO_LARGEST].fillna(100.0)
    sensitive = by.index[(one > _ONE) | (two > _TWO) | (100.0 - two < _P / 100.0 * one)]
    means = rows["analysis"].isin(_COSTS) & rows["unit"].eq("euro")
    keys = pd.MultiIndex.from_frame(rows[_KEYS].astype(object))
    return means.to_numpy(dtype=bool) & np.asarray(keys.isin(list(sensitive)))
