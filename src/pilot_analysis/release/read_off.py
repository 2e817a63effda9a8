"""Rows of the results store that are read off the protected life tables: milestones, medians, numbers at risk.

- Probabilities and limits are rounded to a step that holds at least one person, days are whole, people rounded to 5.
- What no table gives is suppressed: a milestone after the last cut or in an interval too wide to read, an exit that is
  not told apart, a level without a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.release.ends import EVENT
from pilot_analysis.release.families import Level
from pilot_analysis.release.protected import Heights, LifeTable, incidence, joined, kaplan_meier, limits
from pilot_analysis.schemas.canonical import ARMS

BASE = 5
_STEPS = ((1000, 0.001, 3), (100, 0.01, 2), (50, 0.02, 2), (0, 0.05, 2))  # from so many people on: step, decimals
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_events")
_COURSE = {"km": "return", "cuminc": "return", "relapse": "relapse", "fml_availability": "first_fml"}
_EXIT = {
    ("cuminc", "cumulative_incidence"): EVENT,
    ("cuminc", "cumulative_incidence_leaving"): "leaving",
    ("relapse", "probability"): EVENT,
    ("fml_availability", "cumulative_incidence"): EVENT,
    ("fml_availability", "cumulative_incidence_return"): "return",
    ("fml_availability", "cumulative_incidence_leaving"): "leaving",
}
_ALSO = {("km", "survival"), ("km", "median"), ("relapse", "probability_leaving_censored")}
_ALSO |= {("fml_availability", "median"), ("fml_availability", "difference")}
READ = set(_EXIT) | _ALSO | {(analysis, "n_at_risk") for analysis in ("km", "relapse", "fml_availability")}
Tables = Mapping[Level, LifeTable]


def rounded_people(count: float) -> float:
    """A number of people to the nearest 5."""
    return float(BASE * np.floor(count / BASE + 0.5))


def round_share(share: float | np.ndarray, n: int) -> float | np.ndarray:
    """A probability (or its error) among `n` people, to a round step that holds at least one of them."""
    step, places = next(found for found in _STEPS if n >= found[0])[1:]
    rounded = np.round(np.round(np.asarray(share, dtype=float) / step) * step, places)
    return rounded if rounded.ndim else float(rounded)


def is_read(rows: pd.DataFrame) -> np.ndarray:
    """Which rows of the store are read off the tables."""
    keys = pd.MultiIndex.from_frame(rows[["analysis", "measure"]].astype(object))
    return np.asarray(keys.isin(list(READ)))


def table_of(row: Mapping[str, Any], tables: Tables, level: str | None = None) -> LifeTable | None:
    """The table behind a row, or of another level of its grouping."""
    course = _COURSE[row["analysis"]]
    key = Level(course, row["endpoint"], row["population"], row["group_by"], level or row["level"])
    return tables.get(key)


def read_row(row: Mapping[str, Any], tables: Tables, least: int, confidence: float) -> dict[str, float] | None:
    """The numbers of one row of the store; None where the tables do not give them."""
    if row["measure"] == "difference":
        return _difference(row, tables, least, confidence)
    table = table_of(row, tables)
    exit_ = _EXIT.get((row["analysis"], row["measure"]), EVENT)
    if table is None or exit_ not in table.told:
        return None
    if row["measure"] == "median":
        found = _median(row, table, least, confidence)
    elif row["time"] > table.last_day(least):
        found = None
    elif row["measure"] == "n_at_risk":
        found = {"estimate": rounded_people(float(np.interp(row["time"], table.days, table.at_risk)))}
    else:
        found = _probability(_curve(row, table, confidence), row["time"], table.n, confidence)
    return None if found is None else _counts(table, exit_) | found


def _counts(table: LifeTable, exit_: str) -> dict[str, float]:
    """People, and those of them with an exit."""
    return {"n": rounded_people(table.n), "n_events": rounded_people(float(table.exits[exit_].sum()))}


def _curve(row: Mapping[str, Any], table: LifeTable, confidence: float) -> Heights:
    exit_ = _EXIT.get((row["analysis"], row["measure"]))
    if exit_ is not None:
        return incidence(table, confidence, exit_)
    curve = kaplan_meier(table, confidence)
    if row["analysis"] == "km":
        return curve
    return Heights(curve.days, 1 - curve.estimate, curve.se, 1 - curve.high, 1 - curve.low)


def _probability(curve: Heights, day: float, n: int, confidence: float) -> dict[str, float] | None:
    found = curve.on(day)
    if found is None:
        return None
    low, high = (float(limit[0]) for limit in limits(np.array([found[0]]), np.array([found[1]]), confidence))
    numbers = {"estimate": found[0], "se": found[1], "ci_low": low, "ci_high": high}
    return {name: round_share(number, n) for name, number in numbers.items()}


def _median(row: Mapping[str, Any], table: LifeTable, least: int, confidence: float) -> dict[str, float] | None:
    curve = kaplan_meier(table, confidence) if row["analysis"] == "km" else incidence(table, confidence)
    sides = (curve.low, curve.high) if row["analysis"] == "km" else (curve.high, curve.low)
    middle, low, high = (_seen(curve.reaches(side), table.last_day(least)) for side in (curve.estimate, *sides))
    return None if np.isnan(middle) else {"estimate": middle, "ci_low": low, "ci_high": high}


def _seen(day: float | None, last: float) -> float:
    return np.nan if day is None or day > last else float(round(day))


def _difference(row: Mapping[str, Any], tables: Tables, least: int, confidence: float) -> dict[str, float] | None:
    """Difference of the arms in the probability of the event, with Wald's interval."""
    from scipy.special import ndtri

    both = [table_of(row, tables, arm) for arm in ARMS]
    if any(table is None or row["time"] > table.last_day(least) for table in both):
        return None
    found = [incidence(table, confidence).on(row["time"]) for table in both]
    if any(height is None for height in found):
        return None
    estimate, se = found[0][0] - found[1][0], float(np.hypot(found[0][1], found[1][1]))
    reach = float(ndtri(0.5 + confidence / 2)) * se
    numbers = {"estimate": estimate, "se": se, "ci_low": estimate - reach, "ci_high": estimate + reach}
    together = _counts(joined(both), EVENT)
    return together | {name: round_share(number, both[0].n) for name, number in numbers.items()}
