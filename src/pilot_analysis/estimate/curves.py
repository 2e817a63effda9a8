"""Whole curves, a row per day on which something happens, with the numbers at risk that disclosure control needs.

- `km` of every level that has people; `not_returned` (1 - Aalen-Johansen), `cuminc` and `cuminc_leaving` by arm.
- `standardised` by arm (landmark_84): share not returned, exits censored, if everybody were in that arm (g-formula of
  the adjusted model); the numbers at risk are those of the arm.
- `effect_over_time`: the adjusted ratio of the arm per interval of at least `min_events_per_bin` events (se on the log
  scale); `time` is where the interval starts.
- A curve that the data do not support is absent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.adjusted import AdjustedModel
from pilot_analysis.estimate.competing import EXITS
from pilot_analysis.estimate.hazards import RATIO
from pilot_analysis.estimate.populations import ARMS, Population, levels_of
from pilot_analysis.estimate.survival import common, groupings
from pilot_analysis.models.arithmetic import log_log_interval, ratio_interval
from pilot_analysis.models.competing import cumulative_incidence, not_returned_curve
from pilot_analysis.models.cox_curves import standardised_curves
from pilot_analysis.models.cox_ph import EffectOverTime, effect_over_time
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier

_MOST_INTERVALS = 6  # of effect_over_time: more would show chance
_WIDEST = 3.0  # standard error of a log ratio beyond which an interval says nothing: limits a factor 300 away


def curve_rows(population: Population, protocol: Protocol, model: AdjustedModel) -> list[pd.DataFrame]:
    """All curves of one population."""
    level = protocol.thresholds.confidence_level
    return [
        *_observed(population, level),
        *_standardised(population, model, level),
        *_over_time(population, protocol, model),
    ]


def _observed(population: Population, level: float) -> list[pd.DataFrame]:
    curves = []
    for group_by in groupings(population):
        for name in levels_of(group_by):
            outcome = population.outcome_of(group_by, name)
            if len(outcome) == 0:
                continue
            about = {"group_by": group_by, "level": name}
            curve = kaplan_meier(outcome, level)
            curves.append(_frame(population, "km", curve, curve.survival, 1.0, **about))
            if group_by == "arm":
                curve = not_returned_curve(outcome, level)
                curves.append(_frame(population, "not_returned", curve, curve.survival, 1.0, **about))
                for cause, (ending, _) in EXITS.items():
                    curve = cumulative_incidence(outcome, cause, level)
                    gone = curve.n_competing + curve.n_censored
                    curves.append(
                        _frame(population, f"cuminc{ending}", curve, curve.probability, 0.0, n_censored=gone, **about)
                    )
    return curves


def _frame(
    population: Population, analysis: str, curve: Any, height: np.ndarray, start: float, **about: Any
) -> pd.DataFrame:
    """The curve with its start: everybody at risk, nothing has happened."""
    frame = pd.DataFrame(
        {
            "time": curve.time.astype("float64"),
            "estimate": height,
            "se": curve.se,
            "ci_low": curve.ci_low,
            "ci_high": curve.ci_high,
            "n_at_risk": curve.n_at_risk,
            "n_events": curve.n_events,
            "n_censored": about.pop("n_censored", curve.n_censored),
        }
    )
    return _with_start(frame[frame["time"] > 0], start, int(frame["n_at_risk"].iloc[0])).assign(
        **common(population, analysis, **about)
    )


def _with_start(frame: pd.DataFrame, start: float, n: int) -> pd.DataFrame:
    nothing = {"n_at_risk": n, "n_events": 0, "n_censored": 0}
    first = {"time": 0.0, "estimate": start, "se": 0.0, "ci_low": start, "ci_high": start, **nothing}
    return pd.concat([pd.DataFrame([first]), frame], ignore_index=True)


def _standardised(population: Population, model: AdjustedModel, level: float) -> list[pd.DataFrame]:
    if population.population != "landmark_84" or model.fit is None:
        return []
    try:
        found = standardised_curves(model.fit, 0, (1, 0))
    except NotEstimable:
        return []
    curves = []
    for place, arm in enumerate(ARMS):
        outcome = population.outcome_of("arm", arm)
        height, se = found.survival[place], found.se[place]
        low, high = log_log_interval(height, se, level)
        frame = pd.DataFrame(
            {"time": found.day.astype("float64"), "estimate": height, "se": se, "ci_low": low, "ci_high": high}
        ).assign(**_counts(outcome, found.day - 1, found.day))
        about = common(population, "standardised", group_by="arm", level=arm)
        curves.append(_with_start(frame, 1.0, len(outcome)).assign(**about))
    return curves


def _counts(outcome: Outcome, low: np.ndarray, high: np.ndarray) -> dict[str, np.ndarray]:
    """At risk right after day `low`, and how they end in (low, high]."""

    def upto(times: np.ndarray, day: np.ndarray) -> np.ndarray:
        return np.searchsorted(np.sort(times), day, side="right")

    event = outcome.cause_specific
    ends = {
        name: upto(outcome.time[chosen], high) - upto(outcome.time[chosen], low)
        for name, chosen in (("n_events", event), ("n_censored", ~event))
    }
    return {"n_at_risk": upto(outcome.entry, low) - upto(outcome.time, low), **ends}


def _determined(model: AdjustedModel, intervals: int, least: int) -> EffectOverTime | None:
    """The effect in as many intervals as leave each a ratio: one without returns in an arm has none."""
    if model.fit is None:
        return None
    for count in range(intervals, 0, -1):
        try:
            found = effect_over_time(model.fit, 0, count, least)
        except NotEstimable:
            continue
        if found.se.max() < _WIDEST:
            return found
    return None


def _over_time(population: Population, protocol: Protocol, model: AdjustedModel) -> list[pd.DataFrame]:
    least = protocol.thresholds.min_events_per_bin
    intervals = min(_MOST_INTERVALS, int(population.outcome.cause_specific.sum()) // least)
    found = _determined(model, intervals, least)
    if found is None:
        return []
    low, high = ratio_interval(found.estimate, found.se, protocol.thresholds.confidence_level)
    start, ratio = found.low.astype("float64"), np.exp(found.estimate)
    frame = pd.DataFrame({"time": start, "estimate": ratio, "se": found.se, "ci_low": low, "ci_high": high})
    frame = frame.assign(**_counts(population.outcome, found.low, found.high))
    return [frame.assign(**common(population, "effect_over_time", group_by="arm", level=RATIO))]
