"""Mean days up to the horizon: by arm, their difference, their ratio, and the difference adjusted for who people are.

- `days_not_returned`: area under 1 - Aalen-Johansen probability of return up to tau; leaving counts as not returned.
- `rmst`: area under Kaplan-Meier up to tau; exits censored.
- `days_not_returned_adjusted`: pseudo-values of the days not returned on arm, age, male, CAS group, organisation;
  without organisation where it determines the arm or leaves fewer than five people per coefficient.
- Not estimable: no event up to tau; fewer than `min_at_risk_at_tau` at risk at tau while some are not yet done; events
  that leave no variance (all on one day); an arm that follows from the covariates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.adjusted import REFERENCE, covariates_of
from pilot_analysis.estimate.hazards import RATIO, ratio
from pilot_analysis.estimate.populations import ARMS, Population
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.survival import NO_EVENT, common
from pilot_analysis.models.arithmetic import Mean, difference, normal_interval, wald_p
from pilot_analysis.models.arithmetic import ratio as ratio_of
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier, n_at_risk_at, rmst
from pilot_analysis.models.pseudo import adjusted_difference, pseudo_days

CONTRAST = "intervention - control"
_NO_SPREAD = 1e-12  # a standard error this small, as a share of tau, is rounding
_OWN = 1e-8  # share of a column that the columns before it must leave
_PEOPLE_PER_COEFFICIENT = 5  # for organisations to be adjusted for: fewer would leave too little to estimate a se from
_KINDS: dict[str, tuple[str, Callable, str]] = {
    "days_not_returned": (
        "mean",
        days_not_returned,
        "area under 1 - Aalen-Johansen probability of return, leaving counts as not returned; "
        "infinitesimal jackknife variance",
    ),
    "rmst": ("rmst", rmst, "area under Kaplan-Meier, exits censored; Greenwood variance"),
}


def arm_means(population: Population, protocol: Protocol, analysis: str) -> list[Mean | str]:
    """Mean of each arm, or the reason why there is none."""
    tau, estimator = population.horizon, _KINDS[analysis][1]
    found: list[Mean | str] = []
    for arm in ARMS:
        outcome = population.outcome_of("arm", arm)
        reason = unsupported(outcome, tau, analysis, protocol.thresholds.min_at_risk_at_tau)
        mean = estimator(outcome, tau) if reason is None else None
        if mean is not None and mean.se <= _NO_SPREAD * tau:
            mean, reason = None, "these events leave no variance to estimate"
        found.append(reason if mean is None else mean)
    return found


def unsupported(outcome: Outcome, tau: int, analysis: str, at_least: int) -> str | None:
    """Why a mean up to tau is not supported by the follow-up; None when it is."""
    if not (outcome.cause_specific & (outcome.time <= tau)).any():
        return NO_EVENT
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


def missing_arms(means: list[Mean | str]) -> str | None:
    """Why there is no contrast of the arms, or None."""
    return "; ".join(f"{arm}: {mean}" for arm, mean in zip(ARMS, means, strict=True) if isinstance(mean, str)) or None


def mean_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`days_not_returned` and `rmst` per arm and their difference."""
    return [
        row
        for analysis in _KINDS
        for row in _means(population, protocol, analysis, arm_means(population, protocol, analysis))
    ]


def ratio_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`days_not_returned_ratio/mean_ratio` and `rmst_ratio/rmst_ratio`: the same means, intervention over control."""
    return [
        row
        for analysis in _KINDS
        for row in _ratio(population, protocol, analysis, arm_means(population, protocol, analysis))
    ]


def _counts(outcome: Outcome) -> dict[str, int]:
    return {"n": len(outcome), "n_events": int(outcome.cause_specific.sum())}


def _means(population: Population, protocol: Protocol, analysis: str, means: list[Mean | str]) -> list[dict[str, Any]]:
    measure, _, method = _KINDS[analysis]
    level = protocol.thresholds.confidence_level
    rows = Rows(
        common(population, analysis, group_by="arm", time=float(population.horizon), unit="days", method=method)
    )
    for arm, mean in zip(ARMS, means, strict=True):
        about = {"measure": measure, "level": arm, **_counts(population.outcome_of("arm", arm))}
        if isinstance(mean, str):
            rows.add_not_estimable(mean, **about)
            continue
        low, high = normal_interval(mean.estimate, mean.se, level)
        rows.add(estimate=mean.estimate, se=mean.se, ci_low=low, ci_high=high, **about)
    about = {"measure": f"{measure}_difference", "level": CONTRAST, **_counts(population.outcome)}
    reason = missing_arms(means)
    if reason:
        rows.add_not_estimable(reason, **about)
    else:
        rows.add(**_contrast(difference(*means), level), **about)
    return rows.rows


def _contrast(found: Mean, level: float) -> dict[str, float]:
    low, high = normal_interval(found.estimate, found.se, level)
    return {
        "estimate": found.estimate,
        "se": found.se,
        "ci_low": low,
        "ci_high": high,
        "statistic": found.estimate / found.se,
        "p_value": float(wald_p(found.estimate, found.se)),
    }


def _ratio(population: Population, protocol: Protocol, analysis: str, means: list[Mean | str]) -> list[dict[str, Any]]:
    measure, _, method = _KINDS[analysis]
    rows = Rows(
        common(
            population,
            f"{analysis}_ratio",
            measure=f"{measure}_ratio",
            group_by="arm",
            level=RATIO,
            time=float(population.horizon),
            unit="ratio",
            method=f"ratio, interval on the log scale, of: {method}",
            **_counts(population.outcome),
        )
    )
    reason = missing_arms(means)
    if reason is None:
        try:
            found = ratio_of(*means)
        except NotEstimable as problem:
            reason = str(problem).partition(": ")[0]
    if reason:
        rows.add_not_estimable(reason)
    else:
        rows.add(**ratio(np.log(found.estimate), found.se, protocol.thresholds.confidence_level))
    return rows.rows


def adjusted_days_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`days_not_returned_adjusted/mean_difference`: with organisations where these leave the arm, else without."""
    method = (
        "least squares of pseudo-values of days not returned (within arms), HC3 se; adjusted for age, male, CAS group"
    )
    rows = Rows(
        common(
            population,
            "days_not_returned_adjusted",
            measure="mean_difference",
            group_by="arm",
            level=CONTRAST,
            time=float(population.horizon),
            unit="days",
            **_counts(population.outcome),
        )
    )
    reason = missing_arms(arm_means(population, protocol, "days_not_returned"))
    if reason is None:
        try:
            found, used = _adjusted_difference(population)
        except NotEstimable as problem:
            reason = str(problem)
        else:
            if found.se <= _NO_SPREAD * population.horizon:
                reason = "these events leave no variance to estimate"
    if reason:
        rows.add_not_estimable(reason, method=method)
    else:
        rows.add(**_contrast(found, protocol.thresholds.confidence_level), method=method + used)
    return rows.rows


def _adjusted_difference(population: Population) -> tuple[Mean, str]:
    """Adjusted difference of the arms, and what `method` says of organisations."""
    pseudo = np.empty(len(population.outcome))
    for side in (0, 1):
        chosen = population.arm == side
        pseudo[chosen] = pseudo_days(population.outcome.take(chosen), population.horizon)
    people = [values for term, values in covariates_of(population).items() if term != REFERENCE]
    organisation = population.people["organisation"].to_numpy(dtype=object)
    places = [(organisation == place).astype("float64") for place in np.unique(organisation.astype(str))[1:]]
    for columns, used in (([*people, *places], ", organisation"), (people, "; without organisation")):
        design = _independent([np.ones(pseudo.size), *columns])
        with_arm = _independent([*design.T, population.arm])
        enough = len(pseudo) >= _PEOPLE_PER_COEFFICIENT * with_arm.shape[1]
        if with_arm.shape[1] > design.shape[1] and (enough or columns is people):
            return adjusted_difference(pseudo, with_arm, with_arm.shape[1] - 1), used
    raise NotEstimable("the arm follows from the other characteristics in the model")


def _independent(columns: list[np.ndarray]) -> np.ndarray:
    """Columns that are not linear in those before them, shape (n, kept)."""
    basis, kept = np.empty((len(columns[0]), 0)), []
    for column in columns:
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        if np.linalg.norm(left) > _OWN * np.linalg.norm(column):
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
            kept.append(column)
    return np.column_stack(kept) if kept else basis
