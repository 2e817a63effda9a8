"""Costs that few people make up: dominance and p per cent rules, from the largest contributions.

- Dominance: the largest person makes up more than so much of what was seen of a cost, or the two largest do.
- p per cent: what is left of the total without the two largest is less than p % of the largest one, so that the second
  would know the first to within that.
- The limits are the plan's (thresholds of the protocol).
- The contributions are rows of the store that no rule lets out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pilot_analysis.config import Thresholds

LARGEST, TWO_LARGEST = "share_of_largest", "share_of_two_largest"
_COSTS = ("cost", "organisation")
_KEYS = ["group_by", "level", "term"]


@dataclass(frozen=True)
class Concentration:
    """How much of a cost one person, and two, may make up, and p of the p per cent rule; all in per cent."""

    largest: float = 50.0
    two_largest: float = 75.0
    p: float = 10.0

    def sensitive(self, one: pd.Series, two: pd.Series) -> pd.Series:
        """Whether so much by the largest person, and by the two largest together, is too much."""
        return (one > self.largest) | (two > self.two_largest) | (100.0 - two < self.p / 100.0 * one)


def of_costs(thresholds: Thresholds) -> Concentration:
    """The limits of the plan."""
    return Concentration(
        thresholds.release_largest_percent, thresholds.release_two_largest_percent, thresholds.release_p_percent
    )


class Costs(NamedTuple):
    """The largest contributions to each cost (rows of the store), and how large they may be."""

    contributions: pd.DataFrame
    limits: Concentration


def is_contribution(rows: pd.DataFrame) -> np.ndarray:
    """Rows of the store (schema ESTIMATES) that say what the largest contributions are."""
    return (rows["analysis"].isin(_COSTS) & rows["measure"].isin([LARGEST, TWO_LARGEST])).to_numpy(dtype=bool)


def concentrated(
    rows: pd.DataFrame, contributions: pd.DataFrame, limits: Concentration = Concentration()
) -> np.ndarray:
    """Rows about costs that few people make up, by the rows `contributions`; shape (rows,)."""
    by = contributions.pivot(index=_KEYS, columns="measure", values="estimate").reindex(columns=[LARGEST, TWO_LARGEST])
    by = by[by[LARGEST].notna()]  # a cost that nobody has is nobody's
    one, two = by[LARGEST], by[TWO_LARGEST].fillna(100.0)
    sensitive = by.index[limits.sensitive(one, two)]
    means = rows["analysis"].isin(_COSTS) & rows["unit"].eq("euro")
    keys = pd.MultiIndex.from_frame(rows[_KEYS].astype(object))
    return means.to_numpy(dtype=bool) & np.asarray(keys.isin(list(sensitive)))
