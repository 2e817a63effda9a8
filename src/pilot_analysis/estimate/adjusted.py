"""The Cox model adjusted for who people are: fitted once per population, used by every row that rests on it.

- Arm, age per 10 years, male, CAS group (reference other), strata of the design; Efron ties, exits censored.
- A CAS group without an event has no finite ratio: its term is not estimable, and the others are those of the limit (it
  becomes a stratum). A covariate that follows from the others is left out, as R does; the others do not change.
- clustered: the same coefficients with the sandwich of score residuals by cluster; who has no cluster is one alone.
- Not estimable: what makes the arms incomparable (`hazards`); an arm that follows from the covariates; for clustered
  errors no clusters, one cluster, or clusters of which fewer than two bear on the term.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.hazards import RATIO, clock_of, fit_or_reason, no_comparison, ratio
from pilot_analysis.estimate.populations import LEVELS, Population
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.survival import common
from pilot_analysis.models.cox import CoxFit
from pilot_analysis.models.cox_columns import usable_columns
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.redundancy import redundant_columns

REFERENCE = "cas_group[other]"
GROUPS = tuple(f"cas_group[{group}]" for group in LEVELS["cas_group"])
TERMS = ("arm", "age_10", "male", *(term for term in GROUPS if term != REFERENCE))
_NO_SPREAD = 1e-6  # a robust error this small beside the model's is rounding: one cluster has all there is to say
_MOST_REFITS = 100  # clusters of the jackknife, which fits without each in turn


@dataclass(frozen=True)
class AdjustedModel:
    """The fit (None: `failure` says why), its columns in order, and why terms are no column."""

    fit: CoxFit | None
    failure: str | None
    columns: Mapping[str, np.ndarray]
    reasons: Mapping[str, str]
    strata: np.ndarray | None

    def why_not(self, term: str) -> str | None:
        """Reason for not giving a number for `term`, or None."""
        if self.fit is None:
            return self.reasons.get(term) or self.failure
        return None if term in self.columns else self.reasons[term]

    def position(self, term: str) -> int:
        """Column of `term` in the fit."""
        return list(self.columns).index(term)


def adjusted_model(population: Population) -> AdjustedModel:
    """Fit the adjusted model of one population, leaving out what has no finite ratio of its own."""
    covariates = covariates_of(population)
    strata, reasons = _finite(population, covariates)
    columns = {"arm": population.arm} | {term: values for term, values in covariates.items() if term not in reasons}
    columns, reasons = _against_reference(columns, reasons)
    names = [*(name for name in columns if name != "arm"), "arm"]  # the arm last: it may not follow from the others
    design = np.column_stack([columns[name] for name in names])
    redundant = {names[place] for place in redundant_columns(population.outcome, design, strata)}
    reasons = dict.fromkeys(redundant, "this characteristic follows from the others in the model") | reasons
    columns = {name: values for name, values in columns.items() if name == "arm" or name not in redundant}
    failure = no_comparison(population.outcome, population.arm, strata)
    if failure is None and "arm" in redundant:
        failure = "the arm follows from the other characteristics in the model"
    fit = None
    if failure is None:
        fit, failure = fit_or_reason(population.outcome, np.column_stack(list(columns.values())), strata)
    reasons.pop("arm", None)
    return AdjustedModel(fit, failure, columns, reasons, strata)


def covariates_of(population: Population) -> dict[str, np.ndarray]:
    """Age, male, and an indicator of every CAS group, the reference included."""
    people = population.people
    groups = people["cas_group"].to_numpy(dtype=object)
    members = {f"cas_group[{group}]": (groups == group).astype("float64") for group in LEVELS["cas_group"]}
    return {"age_10": people["age_10"].to_numpy("float64"), "male": people["male"].to_numpy("float64"), **members}


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
        reasons |= {term: _unnamed(term, reason) for term, reason in found.reasons.items()}
        unbounded = [term for term, limit in found.limits.items() if np.isinf(limit)]
        if not unbounded:
            return strata, reasons
        for term in unbounded:
            outer = (
                np.zeros(len(design), dtype="int64") if strata is None else np.unique(strata, return_inverse=True)[1]
            )
            strata = 2 * outer + covariates[term].astype("int64")


def _unnamed(term: str, reason: str) -> str:
    """The row names the term; its reason need not."""
    return reason.replace(f"level {term}", "this level").replace(term, "this characteristic")


def _against_reference(
    columns: dict[str, np.ndarray], reasons: dict[str, str]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Leave the reference CAS group out; without a usable one no group has a ratio, and another takes its place."""
    groups = [term for term in columns if term in GROUPS]
    if REFERENCE in groups:
        return {term: values for term, values in columns.items() if term != REFERENCE}, reasons
    nobody = reasons.get(REFERENCE, "nobody").startswith("nobody")
    reason = "nobody is in the reference group" if nobody else "the reference group has no ratio"
    hidden = {term: reason for term in groups}
    kept = {
        term if term not in groups else f"{term} (no reference)": values
        for term, values in columns.items()
        if term not in groups[:1]
    }
    return kept, {**hidden, **reasons}


def term_keys(term: str) -> dict[str, str]:
    """Keys of a model term: the arm is the contrast itself, any other a `term`."""
    return {"group_by": "arm", "level": RATIO} if term == "arm" else {"group_by": "all", "level": "all", "term": term}


def _start(population: Population, analysis: str, protocol: Protocol, error: str) -> Rows:
    adjusted = f"adjusted for age, male, CAS group; strata {protocol.design.strata}"
    return Rows(
        common(
            population,
            analysis,
            measure="hazard_ratio",
            unit="ratio",
            method=f"Cox, Efron ties, {error}, exits censored{clock_of(population)}; {adjusted}",
            n=len(population.people),
            n_events=int(population.outcome.cause_specific.sum()),
        )
    )


def adjusted_rows(population: Population, protocol: Protocol, model: AdjustedModel) -> list[dict[str, Any]]:
    """`cox_adjusted/hazard_ratio`: the arm (term empty), then a row per covariate."""
    rows = _start(population, "cox_adjusted", protocol, "model-based se")
    for term in TERMS:
        reason = model.why_not(term)
        if reason:
            rows.add_not_estimable(reason, **term_keys(term))
            continue
        column, level = model.position(term), protocol.thresholds.confidence_level
        rows.add(**ratio(model.fit.coef[column], model.fit.se[column], level), **term_keys(term))
    return rows.rows


def clustered_rows(population: Population, protocol: Protocol, model: AdjustedModel) -> list[dict[str, Any]]:
    """`cox_adjusted_clustered` (a row per term), and its small-cluster variants (the arm only)."""
    clusters, problem = _clusters(population)
    count = len(np.unique(clusters))
    alone = int(population.people["cluster_id"].isna().sum())
    about = f"{count} clusters" + (", people without one each their own" if alone and not problem else "")
    if count < protocol.thresholds.min_clusters and not problem:
        about += f"; fewer than {protocol.thresholds.min_clusters} clusters: not reliable"
    variants = {
        "cox_adjusted_clustered": (TERMS, "none", "sandwich of score residuals by cluster_id", None),
        "cox_adjusted_clustered_t": (
            ("arm",),
            "g/(g-1)",
            "sandwich by cluster_id times G/(G - 1), t with G - 1 degrees of freedom",
            count - 1,
        ),
        "cox_adjusted_jackknife": (
            ("arm",),
            "jackknife",
            "jackknife over cluster_id, t with G - 1 degrees of freedom",
            count - 1,
        ),
    }
    made = []
    for analysis, (terms, small, error, df) in variants.items():
        rows = _start(population, analysis, protocol, f"{error}, {about}" if not problem else error)
        _add_clustered(rows, model, terms, problem, (clusters, small, df), protocol)
        made += rows.rows
    return made


def _clusters(population: Population) -> tuple[np.ndarray, str | None]:
    """Cluster of each person, numbered, and why they cannot be used; who has none is a cluster alone."""
    given = population.people["cluster_id"]
    labels = given.where(given.notna(), [f"\N{SOLIDUS}{row}" for row in range(len(given))]).to_numpy(dtype=object)
    clusters = np.unique(labels.astype(str), return_inverse=True)[1]
    if given.isna().all():
        return clusters, "no cluster_id was delivered" if len(given) else "nobody at risk"
    return clusters, "there is a single cluster" if len(np.unique(clusters)) < 2 else None


def _add_clustered(
    rows: Rows, model: AdjustedModel, terms: tuple[str, ...], problem: str | None, how: tuple, protocol: Protocol
) -> None:
    clusters, small, df = how
    if small == "jackknife" and df is not None and df >= _MOST_REFITS:
        problem = problem or f"the jackknife is for at most {_MOST_REFITS} clusters"
    errors = None
    if model.fit is not None and not problem:
        try:
            errors = robust(model.fit, clusters, small)
        except NotEstimable as found:
            problem = str(found).partition(": ")[0]
    for term in terms:
        reason = model.why_not(term) or problem
        if reason is None:
            column = model.position(term)
            coefficient, se = model.fit.coef[column], float(errors.se[column])
            if se <= _NO_SPREAD * model.fit.se[column]:
                reason = "fewer than two clusters bear on this ratio"
        if reason:
            rows.add_not_estimable(reason, **term_keys(term))
        else:
            rows.add(**ratio(coefficient, se, protocol.thresholds.confidence_level, df), **term_keys(term))
