"""What says how far results carry: constancy of effects, events behind each cell, detectable effects, follow-up.

- `ph_test`: score test of an effect that changes with 1 - Kaplan-Meier (`cox.zph`), per term and for the whole model.
- `events_per_cell`: events of arm x group, which the people and events of the row repeat.
- `minimum_detectable`: (z of the confidence level + z of the power) x se of the estimate it stands beside: the smallest
  effect that a study with this se would find with that power. It says nothing about the effect that was found.
- `followup`: median time until follow-up ends otherwise than by return or leaving (reverse Kaplan-Meier).
- Not estimable: what its result is not; a model or curve that the data do not support.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.adjusted import TERMS, AdjustedModel
from pilot_analysis.estimate.hazards import Fitted
from pilot_analysis.estimate.populations import ARMS, Population, levels_of
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.survival import common
from pilot_analysis.models.arithmetic import Test, normal_quantile
from pilot_analysis.models.cox import CoxFit
from pilot_analysis.models.cox_ph import proportional_hazards
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED
from pilot_analysis.models.product_limit import follow_up, median

_DETECTABLE = {  # analysis and measure -> measure of the detectable effect
    ("days_not_returned", "mean_difference"): "difference",
    ("cox_adjusted", "hazard_ratio"): "hazard_ratio",
    ("cox_interaction", "hazard_ratio"): "hazard_ratio",
}
_KEPT = ("endpoint", "population", "origin", "group_by", "level", "time", "unit", "n", "n_events")


def ph_rows(
    population: Population, protocol: Protocol, unadjusted: Fitted, model: AdjustedModel
) -> list[dict[str, Any]]:
    """`ph_test`: `ph_unadjusted` (arm, global) and `ph_adjusted` (arm, covariates, global)."""
    method = "score test of effect x (1 - Kaplan-Meier) in the fitted Cox model, as cox.zph"
    rows = Rows(
        common(
            population,
            "ph_test",
            level="all",
            unit="statistic",
            method=method,
            n=len(population.people),
            n_events=int(population.outcome.cause_specific.sum()),
        )
    )
    _add_ph(rows, "ph_unadjusted", unadjusted.fit, unadjusted.failure, {"arm": [0]}, {})
    groups = {"arm": [], "age_10": [], "male": [], "cas_group": []}
    for place, term in enumerate(model.columns):
        groups[term.partition("[")[0]].append(place)
    reasons = {term: model.why_not(term) for term in TERMS}
    absent = {name: reasons.get(name) or "no CAS group has a ratio" for name, columns in groups.items() if not columns}
    _add_ph(rows, "ph_adjusted", model.fit, model.failure, groups, absent)
    return rows.rows


def _add_ph(
    rows: Rows,
    measure: str,
    fit: CoxFit | None,
    failure: str | None,
    groups: dict[str, list[int]],
    absent: dict[str, str],
) -> None:
    """A row per group of columns, and the global one; `absent` says why a group has no columns."""
    present = [name for name in groups if name not in absent]
    tests: dict[str, Test] = {}
    if fit is not None:
        try:
            found = proportional_hazards(fit, [groups[name] for name in present])
            tests = dict(zip([*present, "global"], found, strict=True))
        except NotEstimable as problem:
            failure = str(problem)
    for name in [*groups, "global"]:
        about = {"measure": measure, "group_by": "arm" if name == "arm" else "all"}
        about |= {} if name == "arm" else {"term": name}
        if name in tests:
            test = tests[name]
            rows.add(estimate=test.statistic, statistic=test.statistic, df=test.df, p_value=test.p_value, **about)
        else:
            rows.add_not_estimable(str(failure or absent[name]), **about)


def cell_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`events_per_cell/events`: events by arm and CAS group, at landmarks also by arm and FML group."""
    rows = Rows(common(population, "events_per_cell", measure="events", unit="events", method="count"))
    for group_by in ("arm*cas_group", *(["arm*fml_group"] if population.is_landmark else [])):
        for level in levels_of(group_by):
            outcome = population.outcome_of(group_by, level)
            events = int(outcome.cause_specific.sum())
            rows.add(group_by=group_by, level=level, estimate=float(events), n=len(outcome), n_events=events)
    return rows.rows


def follow_up_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`followup/median` by arm; `n_events` counts whose follow-up ended without return or leaving."""
    method = "reverse Kaplan-Meier: median time to the end of follow-up, returns and other exits censored"
    rows = Rows(common(population, "followup", measure="median", group_by="arm", unit="days", method=method))
    for arm in ARMS:
        outcome = population.outcome_of("arm", arm)
        ended = int((outcome.state == CENSORED).sum())
        about = {"level": arm, "n": len(outcome), "n_events": ended}
        found = (np.nan,) * 3
        if ended:
            found = median(follow_up(outcome, protocol.thresholds.confidence_level))
        if np.isnan(found[0]):
            rows.add_not_estimable("the curve stays above a half" if len(outcome) else "nobody in this arm", **about)
        else:
            rows.add(estimate=found[0], ci_low=found[1], ci_high=found[2], **about)
    return rows.rows


def detectable_rows(results: Iterable[dict[str, Any]], protocol: Protocol) -> list[dict[str, Any]]:
    """`minimum_detectable` beside each difference in days not returned and each adjusted ratio of the arm."""
    reach = normal_quantile(protocol.thresholds.confidence_level) + normal_quantile(2 * protocol.thresholds.power - 1)
    share = f"{protocol.thresholds.power:.0%} power"
    made = []
    for result in results:
        measure = _DETECTABLE.get((result["analysis"], result["measure"]))
        if measure is None or result["term"]:
            continue
        as_ratio = "" if measure == "difference" else ", as a ratio"
        method = f"(z + z of {share}) x se of {result['analysis']}{as_ratio}"
        rows = Rows({"analysis": "minimum_detectable", "measure": measure, "method": method})
        about = {name: result[name] for name in _KEPT}
        if result["status"] != "ok":
            rows.add_not_estimable(result["reason"], **about)
        else:
            effect = reach * result["se"]
            rows.add(estimate=float(effect if measure == "difference" else np.exp(effect)), **about)
        made += rows.rows
    return made
