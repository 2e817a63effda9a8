"""Curves, means and tests of time to return: km, days_not_returned, rmst, logrank.

- `km`: Kaplan-Meier, exits censored; at milestones and the median, by arm, CAS group and (landmarks) FML group.
- `days_not_returned`: area under 1 - Aalen-Johansen probability of return up to tau; leaving counts as not returned.
- `rmst`: area under Kaplan-Meier up to tau; exits censored.
- `logrank`: plain, stratified by the design's strata, and Fleming-Harrington (0, 1).
- Not estimable: a level without an event (a mean: up to tau); fewer than `min_at_risk_at_tau` at risk at tau while some
  are not yet done; events that leave no variance (all on one day); a milestone with nobody at risk; a median that the
  curve does not reach.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import ARMS, Population, levels_of, no_event_in_an_arm
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import difference, normal_interval, wald_p
from pilot_analysis.models.competing import days_not_returned, not_returned_curve
from pilot_analysis.models.logrank import logrank
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier, median, n_at_risk_at, rmst, survival_at

CONTRAST = "intervention - control"
_KM_METHOD = "Kaplan-Meier, exits censored; Greenwood se; log-log interval"
_MEDIAN_METHOD = "first day on which the Kaplan-Meier curve is at most 0.5; limits from the log-log interval"
_NO_EVENT = "no event in this level"
_NO_SPREAD = 1e-12  # a standard error this small, as a share of tau, is rounding


def groupings(population: Population) -> tuple[str, ...]:
    """Groupings whose curves are shown: the FML group only at landmarks."""
    by_cas = ("arm", "cas_group", "arm*cas_group")
    return (*by_cas, "fml_group", "arm*fml_group") if population.is_landmark else by_cas


def common(population: Population, analysis: str, **more: Any) -> dict[str, Any]:
    """The keys that the rows of one analysis in one population share."""
    return {
        "analysis": analysis,
        "endpoint": population.endpoint,
        "population": population.population,
        "origin": population.origin,
        **more,
    }


def km_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """Survival and number at risk at the milestones, and the median, of every level of every grouping."""
    rows = Rows(common(population, "km"))
    for group_by in groupings(population):
        for level in levels_of(group_by):
            _km_level(rows, population.within(group_by, level).outcome, group_by, level, protocol)
    return rows.rows


def _km_level(rows: Rows, outcome: Outcome, group_by: str, level: str, protocol: Protocol) -> None:
    n_events = int(outcome.cause_specific.sum())
    about = {"group_by": group_by, "level": level, "n": len(outcome), "n_events": n_events}
    curve = kaplan_meier(outcome, protocol.thresholds.confidence_level) if n_events else None
    for day in protocol.milestones:
        at_risk = n_at_risk_at(outcome, day)
        survival = {"measure": "survival", "time": float(day), "unit": "probability", "method": _KM_METHOD, **about}
        if n_events == 0 or at_risk == 0:
            rows.add_not_estimable("nobody at risk at this milestone" if at_risk == 0 else _NO_EVENT, **survival)
        else:
            estimate, se, low, high = survival_at(curve, day)
            rows.add(estimate=estimate, se=se, ci_low=low, ci_high=high, **survival)
        rows.add(
            measure="n_at_risk",
            time=float(day),
            unit="people",
            method="time >= milestone",
            estimate=float(at_risk),
            **about,
        )
    middle, low, high = median(curve) if n_events else (np.nan,) * 3
    about |= {"measure": "median", "unit": "days", "method": _MEDIAN_METHOD}
    if np.isnan(middle):
        rows.add_not_estimable("the curve stays above a half" if n_events else _NO_EVENT, **about)
    else:
        rows.add(estimate=middle, ci_low=low, ci_high=high, **about)


def mean_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`days_not_returned` and `rmst` per arm and their difference."""
    return [
        *_means(
            population,
            protocol,
            "days_not_returned",
            "mean",
            days_not_returned,
            "area under 1 - Aalen-Johansen probability of return, leaving counts as not returned; "
            "infinitesimal jackknife variance",
        ),
        *_means(
            population, protocol, "rmst", "rmst", rmst, "area under Kaplan-Meier, exits censored; Greenwood variance"
        ),
    ]


def _means(
    population: Population, protocol: Protocol, analysis: str, measure: str, estimator: Callable, method: str
) -> list[dict[str, Any]]:
    tau, level = population.horizon, protocol.thresholds.confidence_level
    rows = Rows(common(population, analysis, group_by="arm", time=float(tau), unit="days", method=method))
    found, counts = [], []
    for arm in ARMS:
        outcome = population.within("arm", arm).outcome
        counts.append((len(outcome), int(outcome.cause_specific.sum())))
        about = {"measure": measure, "level": arm, "n": counts[-1][0], "n_events": counts[-1][1]}
        reason = _unsupported(outcome, tau, analysis, protocol.thresholds.min_at_risk_at_tau)
        mean = estimator(outcome, tau) if reason is None else None
        if mean is not None and mean.se <= _NO_SPREAD * tau:
            mean, reason = None, "these events leave no variance to estimate"
        found.append((mean, reason))
        if mean is None:
            rows.add_not_estimable(str(reason), **about)
            continue
        low, high = normal_interval(mean.estimate, mean.se, level)
        rows.add(estimate=mean.estimate, se=mean.se, ci_low=low, ci_high=high, **about)
    about = {
        "measure": f"{measure}_difference",
        "level": CONTRAST,
        "n": counts[0][0] + counts[1][0],
        "n_events": counts[0][1] + counts[1][1],
    }
    missing = [f"{arm}: {reason}" for arm, (mean, reason) in zip(ARMS, found, strict=True) if mean is None]
    if missing:
        rows.add_not_estimable("; ".join(missing), **about)
        return rows.rows
    (first, _), (second, _) = found
    estimate, se = difference(first, second)
    low, high = normal_interval(estimate, se, level)
    rows.add(
        estimate=estimate,
        se=se,
        ci_low=low,
        ci_high=high,
        statistic=estimate / se,
        p_value=float(wald_p(estimate, se)),
        **about,
    )
    return rows.rows


def _unsupported(outcome: Outcome, tau: int, analysis: str, at_least: int) -> str | None:
    """Why a mean up to tau is not supported by the follow-up; None when it is."""
    if not (outcome.cause_specific & (outcome.time <= tau)).any():
        return _NO_EVENT
    at_risk = n_at_risk_at(outcome, tau)
    if at_risk >= at_least:
        return None
    # Whoever left is done for days_not_returned, and censored for rmst: the curve is 0 when nobody is left waiting.
    done = (1, 2) if analysis == "days_not_returned" else (1,)
    waiting = Outcome.of(outcome.entry, outcome.time, np.isin(outcome.state, done).astype("int64"))
    curve = kaplan_meier(waiting)
    if (curve.survival[curve.time <= tau] == 0).any():
        return None
    return f"fewer than {at_least} at risk at day {tau} and the curve is not yet 0"


def logrank_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """Log-rank tests of the arms: plain, stratified, Fleming-Harrington (0, 1)."""
    outcome, arm = population.outcome, population.people["arm"].to_numpy(dtype=object)
    rows = Rows(
        common(
            population,
            "logrank",
            group_by="arm",
            level="all",
            unit="statistic",
            n=len(arm),
            n_events=int(outcome.cause_specific.sum()),
        )
    )
    kinds = {
        "logrank": ("log-rank, hypergeometric variance", {}),
        "logrank_stratified": (f"log-rank stratified by {protocol.design.strata}", {"strata": population.strata}),
        "logrank_fh_0_1": ("Fleming-Harrington rho 0, gamma 1, pooled left-continuous Kaplan-Meier", {"gamma": 1}),
    }
    for measure, (method, options) in kinds.items():
        reason = no_event_in_an_arm(outcome, population.arm)
        if measure == "logrank_stratified" and population.strata is None:
            reason = "the design declares no strata"
        if reason is None:
            try:
                test = logrank(outcome, arm, **options)
            except NotEstimable as problem:
                reason = str(problem)
        if reason:
            rows.add_not_estimable(reason, measure=measure, method=method)
            continue
        rows.add(
            measure=measure,
            method=method,
            estimate=test.statistic,
            statistic=test.statistic,
            df=test.df,
            p_value=test.p_value,
        )
    return rows.rows


def curve_rows(population: Population, protocol: Protocol) -> list[pd.DataFrame]:
    """Whole curves: Kaplan-Meier of every level that has people, and 1 - Aalen-Johansen by arm."""
    curves = []
    level = protocol.thresholds.confidence_level
    for group_by in groupings(population):
        for name in levels_of(group_by):
            outcome = population.within(group_by, name).outcome
            if len(outcome) == 0:
                continue
            about = common(population, "km", group_by=group_by, level=name)
            curves.append(_curve_frame(kaplan_meier(outcome, level), len(outcome)).assign(**about))
            if group_by == "arm":
                curves.append(
                    _curve_frame(not_returned_curve(outcome, level), len(outcome)).assign(
                        **about | {"analysis": "not_returned"}
                    )
                )
    return curves


def _curve_frame(curve: Any, n: int) -> pd.DataFrame:
    """The curve with its start: everybody at risk, nobody returned."""
    frame = pd.DataFrame(
        {
            "time": curve.time.astype("float64"),
            "estimate": curve.survival,
            "se": curve.se,
            "ci_low": curve.ci_low,
            "ci_high": curve.ci_high,
            "n_at_risk": curve.n_at_risk,
            "n_events": curve.n_events,
            "n_censored": curve.n_censored,
        }
    )
    start = pd.DataFrame(
        {
            "time": [0.0],
            "estimate": [1.0],
            "se": [0.0],
            "ci_low": [1.0],
            "ci_high": [1.0],
            "n_at_risk": [n],
            "n_events": [0],
            "n_censored": [0],
        }
    )
    return pd.concat([start, frame[frame["time"] > 0]], ignore_index=True)
