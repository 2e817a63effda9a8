"""Does recovery last: where a new absence spell begins on the path, and the state on a given day.

- A spell begins on the first day with AO% above 0, and again on every such day that follows at least `merge_gap_days`
  days in a row at AO% 0 (the four-week rule, read from the path: a file left open at AO% 0 counts as work).
- The state on a day is that of the period that holds on it; it is `left` where the case left before that day, and empty
  where the day lies beyond what is known. A case that leaves on the day itself has the state of its path.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.derive.days import latest
from pilot_analysis.schemas.derived import LEFT


def spells_begun(periods: pd.DataFrame, merge_gap_days: int) -> np.ndarray:
    """How many spells have begun from t0 up to each period, shape (periods,).

    `periods` has `case`, `first_day`, `last_day` and `ao_percent`, ordered by case and day; periods of a case touch.
    """
    case, first, last = (periods[name].to_numpy() for name in ("case", "first_day", "last_day"))
    absent = np.flatnonzero(periods["ao_percent"].to_numpy() > 0)
    begins = np.ones(len(absent), dtype=bool)
    same = case[absent][1:] == case[absent][:-1]
    at_work = first[absent][1:] - last[absent][:-1] - 1
    begins[1:] = ~same | (at_work >= merge_gap_days)
    begun = np.zeros(len(periods), dtype="int64")
    begun[absent[begins]] = 1
    total = np.cumsum(begun)
    starts = np.flatnonzero(np.append(True, case[1:] != case[:-1])[: len(case)])
    before = (total - begun)[starts]
    return total - np.repeat(before, np.diff(np.append(starts, len(case))))


def states_on(day: int, periods: pd.DataFrame, last_known: np.ndarray, leaves: np.ndarray) -> np.ndarray:
    """State of each case (by position) on `day` from t0, None where it is not known.

    `periods` as above with `state`; `last_known` (K, days from t0) and `leaves` are by case position.
    """
    cases = np.arange(len(last_known))
    at = latest(
        periods["case"].to_numpy(), periods["first_day"].to_numpy(), cases, np.full(len(cases), day, dtype="int64")
    )
    states = np.append(periods["state"].to_numpy(dtype=object), None)[at]
    return np.where(last_known >= day, states, np.where(leaves, LEFT, None))
