"""Mean AO% per week and arm: people followed through the whole week, whatever their state.

- Week w covers days 7(w-1) .. 7w-1 from the origin; somebody counts when the last day of the week is known.
- Mean over people of their mean AO% in the week, with a t interval; people count from enrolment (landmark) onwards.
- Weeks run up to the horizon of the clock. Fewer than two people: not estimable.
- People who leave are not followed further, so this describes those still in employment; S5 widens it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import ARMS, Population
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import t_quantile

METHOD = "mean over people of the week's mean AO%, people followed through the week; t interval"


def ao_curve_rows(
    population: Population, cases: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol
) -> list[dict[str, Any]]:
    """Rows `ao_curve/mean` of one population; `population` is that of `full_rtw`, whose people are still absent."""
    rows = Rows(
        {
            "analysis": "ao_curve",
            "measure": "mean",
            "endpoint": "ao_percent",
            "population": population.population,
            "origin": population.origin,
            "group_by": "arm",
            "unit": "points",
            "method": METHOD,
        }
    )
    people = population.people
    landmark = protocol.clocks[population.population].day
    origin = people["entry"].to_numpy("int64") if landmark is None else np.full(len(people), landmark)
    known = people["last_known_day"].to_numpy("int64") - origin
    n_weeks = (population.horizon + 1) // 7
    weekly = weekly_means(periods, people["case_id"], origin, n_weeks)
    for arm in ARMS:
        in_arm = (people["arm"] == arm).to_numpy()
        for week in range(n_weeks):
            values = weekly[in_arm & (known >= 7 * week + 6), week]
            _add_week(rows, arm, week, values, protocol.thresholds.confidence_level)
    return rows.rows


def _add_week(rows: Rows, arm: str, week: int, values: np.ndarray, level: float) -> None:
    about = {"level": arm, "time": 7.0 * week, "n": len(values)}
    if len(values) < 2:
        rows.add_not_estimable("fewer than two people followed through this week", **about)
        return
    mean, se = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    reach = t_quantile(len(values) - 1, level) * se
    if se == 0:  # everybody alike: no interval rather than one without width
        rows.add(estimate=mean, se=se, **about)
    else:
        rows.add(estimate=mean, se=se, ci_low=max(0.0, mean - reach), ci_high=min(100.0, mean + reach), **about)


def weekly_means(periods: pd.DataFrame, case_ids: pd.Series, origin: np.ndarray, n_weeks: int) -> np.ndarray:
    """Mean AO% of each person (row) in each week (column) from `origin` (days from t0); unknown days count as 0."""
    position = pd.Index(case_ids).get_indexer(periods["case_id"])
    rows = periods[position >= 0]
    position = position[position >= 0]
    first = rows["first_day"].to_numpy("int64") - origin[position]
    last = rows["last_day"].to_numpy("int64") - origin[position]
    ao = rows["ao_percent"].to_numpy("float64")
    means = np.empty((len(case_ids), n_weeks))
    for week in range(n_weeks):
        days = np.minimum(last, 7 * week + 6) - np.maximum(first, 7 * week) + 1
        means[:, week] = np.bincount(position, weights=np.clip(days, 0, None) * ao / 7, minlength=len(case_ids))
    return means
