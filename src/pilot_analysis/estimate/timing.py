"""Fall of AO% after an assessment by a labour expert, by how long the absence had lasted; observational.

- The first assessment is an event in time. AO% `after_days` after the day before it is set against AO% on that day
  before, among those enrolled before it and still absent: no full return up to and including the day itself.
- Beside it, on the same days and by the same rule, those not assessed up to and on that day (some are later): no time
  is immortal. Asking it of the day before only would let the others return on the day itself, and the assessed not; a
  second absence, which is short, would stand beside a first. Who is assessed early differs in other ways too;
  differences are no effects.
- A fall is before minus after: above 0 AO% fell. `fall_points` is in percentage points of AO%; `fall_percent` is the
  same in per cent of the mean AO% before.
- `published_fall`: what the Phase I report prints of Hulleman and Brinkman (2016), in the unit that it prints; it
  writes both per cent and percentage points for one number.
- Not estimable: fewer than two assessments with a known course in the window; no others beside them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.ao_on_day import AoPath
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import Mean, t_quantile
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.risk_sets import ExposureDay, compare, relative_fall

NONE_IN_WINDOW = "fewer than two assessments with a known course in this period"
NONE_BESIDE = "nobody still absent and not yet assessed beside them"
_KNOWN = "people assessed in this period whose course is known long enough after it"
_MEAN = f"mean over {_KNOWN}; t interval, within what is possible"
_BESIDE = "mean over the assessed of the mean fall of those still absent and not yet assessed up to and on the same day"
_POSSIBLE = {  # limits of AO% and its falls; a t interval of few people would go beyond
    "ao_before": (0.0, 100.0),
    "ao_after": (0.0, 100.0),
    "fall_points": (-100.0, 100.0),
    "fall_percent": (-math.inf, 100.0),
    "fall_points_not_assessed": (-100.0, 100.0),
    "difference_points": (-200.0, 200.0),
}
_NO_SPREAD = 1e-9  # points or percent: a standard error this small is rounding


class Published(NamedTuple):
    """A fall of AO% as the report prints it."""

    level: str
    term: str
    estimate: float
    unit: str
    source: str


_REPORT = "Phase I report (2020) of Hulleman and Brinkman (2016)"
PUBLISHED = (
    Published("months_4_6", "as_printed", 29.0, "percent", f"{_REPORT}, 3.5.2: '29%' after 4-6 months"),
    Published("months_6_9", "as_printed", 30.0, "percent", f"{_REPORT}, 4.2.1: '30%' after 6 months"),
    Published("months_10_12", "as_printed", 33.0, "percent", f"{_REPORT}, 3.5.2: '33%' after 10-12 months"),
    Published("all", "file_study_2014", 29.9, "percent", f"{_REPORT}, 3.2: '29,9%' in 2014"),
    Published("all", "file_study_2015", 33.4, "percent", f"{_REPORT}, 3.2: '33,4%' in 2015"),
    Published("all", "as_printed", 30.0, "points", f"{_REPORT}, 3.3: '30 procentpunt', after 4 or 12 months"),
)


class Window(NamedTuple):
    """One period: AO% before and after of the assessed whose course is known, all assessed, and the days to compare."""

    before: np.ndarray
    after: np.ndarray
    assessed: int
    days: list[ExposureDay]


def timing_rows(
    process: pd.DataFrame, outcomes: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol
) -> list[dict[str, Any]]:
    """All rows of `timing`; `process`, `outcomes` and `periods` are those of derivation."""
    rows = Rows(
        {"analysis": "timing", "endpoint": "ao_percent", "population": "itt", "origin": "t0", "group_by": "ad_timing"}
    )
    path, back = AoPath(periods, process["case_id"]), _first_return(process, outcomes)
    for name, (first, last) in protocol.timing.windows.items():
        window = _window(process, path, back, first, last, protocol.timing.after_days)
        _add_assessed(rows, name, window, protocol)
        _add_beside(rows, name, window, len(process), protocol)
    for item in PUBLISHED:
        rows.add(
            level=item.level, measure="published_fall", term=item.term, unit=item.unit, estimate=item.estimate,
            method=item.source,
        )  # fmt: skip
    return rows.rows


def _first_return(process: pd.DataFrame, outcomes: pd.DataFrame) -> np.ndarray:
    """Day of the first full return of each person: never is far away, already back at enrolment is day 0."""
    full = outcomes[outcomes["endpoint"] == "full_rtw"].set_index("case_id").reindex(process["case_id"])
    day = full["time"].where(full["status"] == "event", 10**6).where(full["status"] != "not_at_risk", 0)
    return day.fillna(0).to_numpy("int64")


def _window(process: pd.DataFrame, path: AoPath, back: np.ndarray, first: int, last: int, after_days: int) -> Window:
    """Everyone's fall from the day before each day of assessment, split into assessed and not yet assessed."""
    entry = process["entry"].to_numpy("int64")
    assessed_on = process["first_assessment_day"].fillna(10**6).to_numpy("int64")
    before, after, days, assessed = [np.empty(0)], [np.empty(0)], [], 0
    for day in range(max(first, 1), last + 1):
        if not (assessed_on == day).any():
            continue
        start, end = path.on(day - 1), path.on(day - 1 + after_days)
        at_risk = (entry < day) & (back > day) & np.isfinite(start)
        assessed += int((at_risk & (assessed_on == day)).sum())
        known = at_risk & np.isfinite(end)
        exposed, beside = np.flatnonzero(known & (assessed_on == day)), np.flatnonzero(known & (assessed_on > day))
        before.append(start[exposed])
        after.append(end[exposed])
        fall = start - end
        days.append(ExposureDay(exposed, fall[exposed], beside, fall[beside]))
    return Window(np.concatenate(before), np.concatenate(after), assessed, days)


def _add_assessed(rows: Rows, name: str, window: Window, protocol: Protocol) -> None:
    """The assessed themselves: how many, AO% before and after, fall in points and in per cent."""
    level, n = protocol.thresholds.confidence_level, window.before.size
    rows.add(
        measure="assessed", level=name, unit="people", estimate=float(window.assessed), n=window.assessed,
        method="enrolled before, and still absent on the day of, a first assessment in this period",
    )  # fmt: skip
    numbers = {
        "ao_before": (window.before, "points", _MEAN),
        "ao_after": (window.after, "points", _MEAN),
        "fall_points": (window.before - window.after, "points", _MEAN),
    }
    for measure, (values, unit, method) in numbers.items():
        about = {"measure": measure, "level": name, "unit": unit, "method": method, "n": n}
        if n < 2:
            rows.add_not_estimable(NONE_IN_WINDOW, **about)
        else:
            mean = Mean(float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)))
            rows.add(**_numbers(measure, mean, n, level), **about)
    method = f"fall of the mean AO% in per cent of the mean AO% before, {_KNOWN}; delta method; t interval, at most 100"
    about = {"measure": "fall_percent", "level": name, "unit": "percent", "method": method, "n": n}
    if n < 2:
        rows.add_not_estimable(NONE_IN_WINDOW, **about)
    else:
        rows.add(**_numbers("fall_percent", relative_fall(window.before, window.after), n, level), **about)


def _add_beside(rows: Rows, name: str, window: Window, n_people: int, protocol: Protocol) -> None:
    """Those not yet assessed on the same days, and the difference."""
    level = protocol.thresholds.confidence_level
    measures = {"fall_points_not_assessed": _BESIDE, "difference_points": f"assessed minus: {_BESIDE}"}
    try:
        found = compare(window.days, n_people)
    except NotEstimable:
        for measure, method in measures.items():
            reason = NONE_IN_WINDOW if window.before.size < 2 else NONE_BESIDE
            rows.add_not_estimable(
                reason, measure=measure, level=name, unit="points", method=method, n=window.before.size
            )
        return
    for (measure, method), mean, n in zip(
        measures.items(), (found.beside, found.difference), (found.n_beside, found.n_exposed), strict=True
    ):
        about = {
            "measure": measure,
            "level": name,
            "unit": "points",
            "method": f"{method}; jackknife over people; t interval, within what is possible",
            "n": n,
        }
        rows.add(**_numbers(measure, mean, found.n_exposed, level), **about)


def _numbers(measure: str, mean: Mean, n: int, level: float) -> dict[str, float]:
    """Estimate, standard error and t interval within what is possible; no interval where everybody is alike."""
    if mean.se <= _NO_SPREAD:
        return {"estimate": mean.estimate}
    reach = t_quantile(n - 1, level) * mean.se
    least, most = _POSSIBLE[measure]
    limits = {"ci_low": max(least, mean.estimate - reach), "ci_high": min(most, mean.estimate + reach)}
    return {"estimate": mean.estimate, "se": mean.se, **limits}
