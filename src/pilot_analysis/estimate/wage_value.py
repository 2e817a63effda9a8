"""Wage value (loonwaarde) at the named weeks of absence by arm, where it was delivered; never pooled with AO%.

- The wage value of somebody in a week is the latest one delivered on a day of absence up to the week's last day.
- `n_known`: how many have one, of the people who count for AO% in that week (ao_points): enrolled by its first day and
  followed through it, whatever their state. `mean`: mean over those with one, with a t interval, in percent of wage.
- Descriptive, without a difference of the arms: who has a wage value is chosen after allocation, by employers who
  record it; nothing is said of the others.
- Not estimable: none delivered at all, fewer than two people with one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.ao_points import mean_of, named_weeks
from pilot_analysis.estimate.populations import ARMS, Population
from pilot_analysis.estimate.store import Rows

_MEAN = "mean over people of the latest wage value delivered by the week's end, of those with one; t interval"
_KNOWN = "people with a wage value delivered by the week's end, of those enrolled by its first day and followed through"
NOT_DELIVERED = "no wage value was delivered on a day of absence"
_FEW = "fewer than two people with a wage value"


def wage_value_rows(population: Population, wage_values: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """Rows `wage_value` of `full_rtw` from t0 (everybody) or from a landmark; `time` is the week's first day there.

    `wage_values` fits schemas.derived.WAGE_VALUES.
    """
    keys = {"population": population.population, "origin": population.origin, "group_by": "arm"}
    rows, arm = Rows({"analysis": "wage_value", "endpoint": "wage_value", **keys}), population.people["arm"].to_numpy()
    for week, time, seen in named_weeks(population, protocol):
        values = latest_values(wage_values, population.people["case_id"], 7 * week - 1)
        for name in ARMS:
            followed = values[seen & (arm == name)]
            has_one = followed[~np.isnan(followed)]
            known = {"measure": "n_known", "unit": "people", "method": _KNOWN, "n": len(followed)}
            mean = {"measure": "mean", "unit": "percent", "method": _MEAN, "n": len(has_one)}
            at = {"level": name, "time": time}
            if wage_values.empty:
                for about in (known, mean):
                    rows.add_not_estimable(NOT_DELIVERED, **at, **about)
                continue
            rows.add(estimate=float(len(has_one)), n_events=len(has_one), **at, **known)
            if len(has_one) < 2:
                rows.add_not_estimable(_FEW, **at, **mean)
            else:
                rows.add(**mean_of(has_one, protocol.thresholds.confidence_level, (0.0, 100.0)), **at, **mean)
    return rows.rows


def latest_values(wage_values: pd.DataFrame, case_ids: pd.Series, until: int) -> np.ndarray:
    """Latest wage value of each person up to day `until` of absence, (people,), in percent of wage; NaN without one."""
    by_then = wage_values[wage_values["day"] <= until].sort_values(["case_id", "day"])
    latest = by_then.drop_duplicates("case_id", keep="last").set_index("case_id")["wage_value_percent"]
    return latest.reindex(case_ids).to_numpy("float64", na_value=np.nan)
