"""Milestones, medians and tests of time to return: km, logrank.

- `km`: Kaplan-Meier, exits censored; at milestones and the median, by arm, CAS group and (landmarks) FML group.
- `logrank`: plain, stratified by the design's strata, and Fleming-Harrington (0, 1).
- Not estimable: a level without an event; a milestone with nobody at risk; a median that the curve does not reach.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import Population, levels_of, no_event_in_an_arm
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.logrank import logrank
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier, median, n_at_risk_at, survival_at

_KM_METHOD = "Kaplan-Meier, exits censored; Greenwood se; log-log interval"
_MEDIAN_METHOD = "first day on which the Kaplan-Meier curve is at most 0.5; limits from the log-log interval"
NO_EVENT = "no event in this level"


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
            _km_level(rows, population.outcome_of(group_by, level), group_by, level, protocol)
    return rows.rows


def _km_level(rows: Rows, outcome: Outcome, group_by: str, level: str, protocol: Protocol) -> None:
    n_events = int(outcome.cause_specific.sum())
    about = {"group_by": group_by, "level": level, "n": len(outcome), "n_events": n_events}
    curve = kaplan_meier(outcome, protocol.thresholds.confidence_level) if n_events else None
    for day in protocol.milestones:
        at_risk = n_at_risk_at(outcome, day)
        survival = {"measure": "survival", "time": float(day), "unit": "probability", "method": _KM_METHOD, **about}
        if n_events == 0 or at_risk == 0:
            rows.add_not_estimable("nobody at risk at this milestone" if at_risk == 0 else NO_EVENT, **survival)
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
        rows.add_not_estimable("the curve stays above a half" if n_events else NO_EVENT, **about)
    else:
        rows.add(estimate=middle, ci_low=low, ci_high=high, **about)


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
