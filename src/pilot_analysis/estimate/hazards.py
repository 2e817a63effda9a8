"""Cox models of the arm effect: unadjusted, adjusted, piecewise, and within groups with an interaction test.

- Efron ties, model-based standard errors, exits censored (cause-specific hazards); control is the reference, so a ratio
  above 1 means faster return.
- adjusted: age per 10 years, male, CAS group (reference other), stratified by the design's strata. A CAS group without
  an event has no finite ratio: its term is not estimable, and the others are those of the limit (it becomes a stratum).
- piecewise: separate effects before and after the cut; an event on the cut belongs to the first interval.
- interaction: main effects of the group and one arm effect per group, same strata; likelihood-ratio test against one
  common effect, over the groups with enough events in both arms.
- Not estimable: an arm without an event in the interval; arms never at risk beside each other (in any stratum); no
  variation; separation; no convergence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import LEVELS, Population, no_event_in_an_arm
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.survival import common
from pilot_analysis.models.arithmetic import ratio_interval, wald_p
from pilot_analysis.models.cox import CoxFit, cox, likelihood_ratio
from pilot_analysis.models.cox_columns import usable_columns
from pilot_analysis.models.intervals import restrict
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

RATIO = "intervention / control"
_REFERENCE = "cas_group[other]"
_NEVER_BESIDE = "the arms are never at risk beside each other when an event happens"
_EFRON = "Cox, Efron ties, model-based se, exits censored"


def _events(outcome: Outcome, chosen: np.ndarray) -> int:
    return int((outcome.cause_specific & chosen).sum())


def _no_comparison(outcome: Outcome, arm: np.ndarray, strata: np.ndarray | None = None) -> str | None:
    """Reason when the arms cannot be compared (in no stratum, where arms are whole organisations), else None."""
    reason = no_event_in_an_arm(outcome, arm)
    if reason is None and np.isnan(usable_columns(outcome, arm, ["arm"], strata).limits.get("arm", 0.0)):
        reason = _NEVER_BESIDE
    return reason


def _ratio(fit: CoxFit, column: int, level: float) -> dict[str, float]:
    coefficient, se = float(fit.coef[column]), float(fit.se[column])
    low, high = ratio_interval(coefficient, se, level)
    z = coefficient / se
    return {
        "estimate": float(np.exp(coefficient)),
        "se": se,
        "ci_low": low,
        "ci_high": high,
        "statistic": z,
        "p_value": float(wald_p(coefficient, se)),
    }


def unadjusted_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_unadjusted/hazard_ratio`."""
    rows = Rows(common(population, "cox_unadjusted", measure="hazard_ratio", group_by="arm", level=RATIO, unit="ratio"))
    _add_arm_effect(rows, population.outcome, population.arm, _EFRON + _clock(population), protocol)
    return rows.rows


def piecewise_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_piecewise/hazard_ratio` before and after the cut; `time` is the lower bound of the interval."""
    rows = Rows(common(population, "cox_piecewise", measure="hazard_ratio", group_by="arm", level=RATIO, unit="ratio"))
    cut, end = protocol.piecewise_cut, protocol.thresholds.horizon_days
    for low, high in ((0, cut), (cut, end)):
        outcome, index = restrict(population.outcome, low, high)
        method = f"{_EFRON}; events in ({low}, {high}]{_clock(population)}"
        _add_arm_effect(rows, outcome, population.arm[index], method, protocol, time=float(low))
    return rows.rows


def _clock(population: Population) -> str:
    return "; delayed entry at enrolment" if population.origin == "t0" else ""


def _add_arm_effect(
    rows: Rows, outcome: Outcome, arm: np.ndarray, method: str, protocol: Protocol, **about: Any
) -> None:
    about |= {"method": method, "n": len(arm), "n_events": int(outcome.cause_specific.sum())}
    fit, failure = _fit(outcome, arm[:, None], None)
    if fit is None:
        rows.add_not_estimable(str(failure), **about)
    else:
        rows.add(**_ratio(fit, 0, protocol.thresholds.confidence_level), **about)


def adjusted_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_adjusted/hazard_ratio`: the arm (term empty), then a row per covariate."""
    rows = Rows(common(population, "cox_adjusted", measure="hazard_ratio", unit="ratio"))
    covariates = _covariates(population)
    strata, reasons = _finite(population, covariates)
    columns = {"arm": population.arm} | {term: values for term, values in covariates.items() if term not in reasons}
    columns, reasons = _against_reference(columns, reasons)
    fit, failure = _fit(population.outcome, np.column_stack(list(columns.values())), strata)
    method = f"{_EFRON}{_clock(population)}; adjusted for age, male, CAS group; strata {protocol.design.strata}"
    n_events = int(population.outcome.cause_specific.sum())
    about = {"method": method, "n": len(population.people), "n_events": n_events}
    for term in ("arm", *(term for term in covariates if term != _REFERENCE)):
        keys = (
            {"group_by": "arm", "level": RATIO} if term == "arm" else {"group_by": "all", "level": "all", "term": term}
        )
        if fit is None or term not in columns:
            rows.add_not_estimable(reasons.get(term) or str(failure), **keys, **about)
        else:
            rows.add(**_ratio(fit, list(columns).index(term), protocol.thresholds.confidence_level), **keys, **about)
    return rows.rows


def _fit(outcome: Outcome, design: np.ndarray, strata: np.ndarray | None) -> tuple[CoxFit | None, str | None]:
    reason = _no_comparison(outcome, design[:, 0], strata)
    if reason is None:
        try:
            return cox(outcome, design, strata), None
        except NotEstimable as problem:
            reason = str(problem)
    return None, reason


def _covariates(population: Population) -> dict[str, np.ndarray]:
    """Age, male, and an indicator of every CAS group, the reference included."""
    people = population.people
    groups = {
        f"cas_group[{group}]": (people["cas_group"] == group).to_numpy("float64") for group in LEVELS["cas_group"]
    }
    return {"age_10": people["age_10"].to_numpy("float64"), "male": people["male"].to_numpy("float64"), **groups}


def _finite(population: Population, covariates: dict[str, np.ndarray]) -> tuple[np.ndarray | None, dict[str, str]]:
    """Strata of the model, and which covariates have no finite ratio, with the reason.

    Where a ratio's limit is 0 or infinite, people with and without the characteristic are no longer compared: in the
    limit the characteristic is a stratum. That may take the last comparison from another one, hence the repetition.
    """
    strata, reasons = population.strata, {}
    while True:
        terms = [term for term in covariates if term not in reasons]
        design = (
            np.column_stack([covariates[term] for term in terms]) if terms else np.empty((len(population.people), 0))
        )
        found = usable_columns(population.outcome, design, terms, strata)
        reasons |= found.reasons
        unbounded = [term for term, limit in found.limits.items() if np.isinf(limit)]
        if not unbounded:
            return strata, reasons
        for term in unbounded:
            outer = (
                np.zeros(len(design), dtype="int64") if strata is None else np.unique(strata, return_inverse=True)[1]
            )
            strata = 2 * outer + covariates[term].astype("int64")


def _against_reference(
    columns: dict[str, np.ndarray], reasons: dict[str, str]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Leave the reference CAS group out; without a usable one no group has a ratio, and another takes its place."""
    groups = [term for term in columns if term.startswith("cas_group[")]
    if _REFERENCE in groups:
        return {term: values for term, values in columns.items() if term != _REFERENCE}, reasons
    reason = f"the reference group has no ratio: {reasons.get(_REFERENCE, 'nobody is in it')}"
    hidden = {term: reason for term in groups}
    kept = {
        term if term not in groups else f"{term} (no reference)": values
        for term, values in columns.items()
        if term not in groups[:1]
    }
    return kept, {**hidden, **reasons}


def interaction_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_interaction`: arm effect within each CAS and FML group, and the likelihood-ratio interaction test."""
    rows = Rows(common(population, "cox_interaction"))
    for name in ("cas_group", "fml_group"):
        _add_interaction(rows, population, name, protocol)
    return rows.rows


def _add_interaction(rows: Rows, population: Population, name: str, protocol: Protocol) -> None:
    groups, least = LEVELS[name], protocol.thresholds.min_events_per_arm_in_group
    values, arm = population.people[name].to_numpy(dtype=object), population.arm
    counts = {
        group: [_events(population.outcome, (values == group) & (arm == side)) for side in (1, 0)] for group in groups
    }
    enough = [group for group in groups if min(counts[group]) >= least]
    part = population.subset(np.isin(values, enough))
    model = f"arm effect per {name}, main effects of {name}, strata {protocol.design.strata}"
    method = f"{_EFRON}; {model}; groups with {least} events per arm"
    reason, fit = None, None
    try:
        fit, test = _interaction_fit(part, name, enough)
    except NotEstimable as problem:
        reason = str(problem)
    for group in groups:
        about = {
            "measure": "hazard_ratio",
            "group_by": f"arm*{name}",
            "level": f"{RATIO} @ {group}",
            "unit": "ratio",
            "method": method,
            "n": int((values == group).sum()),
            "n_events": sum(counts[group]),
        }
        if group not in enough:
            rows.add_not_estimable(f"fewer than {least} events in an arm of this group", **about)
        elif fit is None:
            rows.add_not_estimable(str(reason), **about)
        else:
            rows.add(**_ratio(fit, enough.index(group), protocol.thresholds.confidence_level), **about)
    about = {
        "measure": "interaction",
        "group_by": f"arm*{name}",
        "level": "all",
        "unit": "statistic",
        "method": f"likelihood-ratio test; {method}",
        "n": len(part.people),
        "n_events": int(part.outcome.cause_specific.sum()),
    }
    if fit is None or test is None:
        rows.add_not_estimable(reason or f"fewer than two groups with {least} events per arm", **about)
    else:
        rows.add(estimate=test.statistic, statistic=test.statistic, df=test.df, p_value=test.p_value, **about)


def _interaction_fit(part: Population, name: str, groups: list[str]) -> tuple[CoxFit | None, Any]:
    """Fit one arm effect per group, and test it against a common one; (None, None) without groups, no test with one."""
    if not groups:
        return None, None
    values, arm = part.people[name].to_numpy(dtype=object), part.arm
    members = np.column_stack([(values == group).astype("float64") for group in groups])
    main = members[:, 1:]
    fit = cox(part.outcome, np.column_stack([members * arm[:, None], main]), part.strata)
    if len(groups) < 2:
        return fit, None
    common_effect = cox(part.outcome, np.column_stack([arm, main]), part.strata)
    return fit, likelihood_ratio(fit, common_effect, len(groups) - 1)
