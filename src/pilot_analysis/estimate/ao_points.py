"""AO% at the named weeks of absence (6, 13, 26, 52) by arm, and its change since the start of week 13.

- Week w is days 7(w-1) .. 7w-1 of absence. People count who were enrolled by its first day (from the landmark: all) and
  followed through it, whatever their state: AO% 0 after return, and who left is not followed.
- `mean`: mean over people of their mean AO% in the week; `change`: of that minus their AO% on the landmark day. Unit is
  points: percentage points of contract hours, never a per cent of anything.
- t intervals; the arms are compared without assuming equal spread (Welch).
- Not estimable: fewer than two people in an arm, no spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.ao_curve import weekly_means
from pilot_analysis.estimate.means import CONTRAST
from pilot_analysis.estimate.populations import ARMS, Population
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import t_quantile

_MEAN = "mean over people of the week's mean AO%, people enrolled by its first day and followed through it; t interval"
_CHANGE = "mean over people of the week's mean AO% less AO% on day {day}, people followed through the week; t interval"
_DIFFERENCE = "; difference by Welch"
_FEW = "fewer than two people followed through this week"


def ao_points_rows(population: Population, periods: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """Rows `ao_points` of `full_rtw` from t0 (everybody) or from a landmark; `time` is the week's first day there."""
    people, start = population.people, protocol.clocks[population.population].day
    arm = people["arm"].to_numpy()
    zero = np.zeros(len(people), dtype="int64")
    weekly = weekly_means(periods, people["case_id"], zero, max(protocol.ao_weeks))
    before = None if start is None else _ao_on(periods, people["case_id"], start)
    keys = {"population": population.population, "origin": population.origin, "group_by": "arm", "unit": "points"}
    rows = Rows({"analysis": "ao_points", "endpoint": "ao_percent", **keys})
    level = protocol.thresholds.confidence_level
    for week, time, seen in named_weeks(population, protocol):
        sides = [seen & (arm == name) for name in ARMS]
        values = weekly[:, week - 1]
        _compare(rows, "mean", [values[side] for side in sides], level, time=time, method=_MEAN)
        if before is not None:
            method = _CHANGE.format(day=start)
            _compare(rows, "change", [(values - before)[side] for side in sides], level, time=time, method=method)
    return rows.rows


def named_weeks(population: Population, protocol: Protocol) -> Iterator[tuple[int, float, np.ndarray]]:
    """Each named week from the origin: its number, its first day on the clock, and who counts in it, (people,)."""
    people, first = population.people, protocol.clocks[population.population].day or 0
    known, entry = (people[name].to_numpy("int64") for name in ("last_known_day", "entry"))
    for week in protocol.ao_weeks:
        day = 7 * (week - 1)
        if day >= first:
            yield week, float(day - first), (known >= day + 6) & (entry <= max(day, first))


def mean_of(values: np.ndarray, level: float, bounds: tuple[float, float]) -> dict[str, float]:
    """Mean of at least two values with its t interval within `bounds`; without spread no interval."""
    mean, se = float(values.mean()), _error(values)
    reach = t_quantile(len(values) - 1, level) * se
    interval = {"ci_low": max(bounds[0], mean - reach), "ci_high": min(bounds[1], mean + reach)} if se else {}
    return {"estimate": mean, "se": se, **interval}


def _ao_on(periods: pd.DataFrame, case_ids: pd.Series, day: int) -> np.ndarray:
    """AO% of each person on a day of absence."""
    there = periods[(periods["first_day"] <= day) & (periods["last_day"] >= day)]
    return there.set_index("case_id")["ao_percent"].reindex(case_ids).to_numpy("float64")


def _compare(rows: Rows, measure: str, sides: list[np.ndarray], level: float, **about: Any) -> None:
    """Rows of each arm and of their difference, from the values of people by arm."""
    bounds = (0.0, 100.0) if measure == "mean" else (-100.0, 100.0)
    for arm, values in zip(ARMS, sides, strict=True):
        at = {"measure": measure, "level": arm, "n": len(values), **about}
        if len(values) < 2:
            rows.add_not_estimable(_FEW, **at)
            continue
        rows.add(**mean_of(values, level, bounds), **at)
    method = about.pop("method") + _DIFFERENCE
    at = {"measure": f"{measure}_difference", "level": CONTRAST, "n": sum(map(len, sides)), "method": method, **about}
    thin = [f"{arm}: {_FEW}" for arm, values in zip(ARMS, sides, strict=True) if len(values) < 2]
    if thin:
        rows.add_not_estimable("; ".join(thin), **at)
    elif max(map(_error, sides)) <= 1e-9:
        rows.add_not_estimable("no spread in either arm, or an arm is empty", **at)
    else:
        rows.add(**_welch(*sides, level), **at)


def _welch(first: np.ndarray, second: np.ndarray, level: float) -> dict[str, float]:
    from scipy.special import stdtr

    parts = [_error(values) ** 2 for values in (first, second)]
    se = float(np.sqrt(sum(parts)))
    df = sum(parts) ** 2 / sum(part**2 / (len(v) - 1) for part, v in zip(parts, (first, second), strict=True))
    estimate = float(first.mean() - second.mean())
    reach = t_quantile(df, level) * se
    return {
        "estimate": estimate,
        "se": se,
        "ci_low": estimate - reach,
        "ci_high": estimate + reach,
        "statistic": estimate / se,
        "df": float(df),
        "p_value": float(2 * stdtr(df, -abs(estimate / se))),
    }


def _error(values: np.ndarray) -> float:
    """Standard error of a mean; 0 where only rounding differs."""
    se = float(values.std(ddof=1) / np.sqrt(len(values)))
    return se if se > 1e-12 else 0.0
