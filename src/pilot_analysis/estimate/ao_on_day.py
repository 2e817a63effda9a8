"""AO% of each person on a day, read from the periods of the daily path; NaN where the day is not known."""

from __future__ import annotations

import numpy as np
import pandas as pd

_SPAN = np.int64(2**26)  # days are below it


class AoPath:
    """The paths of some people, in the order of `case_ids`; `periods` fits schemas.derived.PERIODS."""

    def __init__(self, periods: pd.DataFrame, case_ids: pd.Series):
        position = pd.Index(case_ids).get_indexer(periods["case_id"])
        rows = periods[position >= 0]
        key = position[position >= 0] * _SPAN + rows["first_day"].to_numpy("int64")
        order = np.argsort(key, kind="stable")
        self._key = key[order]
        self._last = rows["last_day"].to_numpy("int64")[order]
        self._ao = rows["ao_percent"].to_numpy("float64")[order]
        self._people = np.arange(len(case_ids), dtype="int64")

    def on(self, day: int) -> np.ndarray:
        """AO% on `day` (days from t0) by person, in percent of contract hours."""
        if day < 0 or not self._key.size:
            return np.full(self._people.size, np.nan)
        at = np.searchsorted(self._key, self._people * _SPAN + day, side="right") - 1
        found = (at >= 0) & (self._key[at] // _SPAN == self._people) & (self._last[at] >= day)
        return np.where(found, self._ao[at], np.nan)
