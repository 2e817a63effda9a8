"""The estimation stage as one pure function: derived tables and protocol in, results store and curves out.

- Every number that anything later shows is a row of the store; presentation computes nothing.
- Which rows there are is fixed by the plan, not by the data: what cannot be estimated is a row with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from pilot_analysis.config import Protocol, Resampling
from pilot_analysis.estimate import (
    adjusted,
    ao_curve,
    competing,
    curves,
    description,
    diagnostics,
    hazards,
    means,
    resampled,
    subgroups,
    survival,
)
from pilot_analysis.estimate.populations import Population, populations
from pilot_analysis.estimate.store import to_store
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.results import CURVES

_DEFAULT = Resampling()
_EVERYBODY_FROM_THE_START = (
    survival.km_rows,
    survival.logrank_rows,
    means.mean_rows,
    means.ratio_rows,
    means.adjusted_days_rows,
    competing.cuminc_rows,
    competing.fine_gray_rows,
    competing.leaving_rows,
    diagnostics.cell_rows,
    diagnostics.follow_up_rows,
)


@dataclass(frozen=True)
class Estimated:
    """The results store and the whole curves (schemas.results)."""

    estimates: pd.DataFrame
    curves: pd.DataFrame


def estimate(
    cases: pd.DataFrame,
    periods: pd.DataFrame,
    outcomes: pd.DataFrame,
    flow: pd.DataFrame,
    summary: pd.DataFrame,
    issues: pd.DataFrame,
    protocol: Protocol,
    resampling: Resampling = _DEFAULT,
    progress: Callable[[str, int, int], None] | None = None,
) -> Estimated:
    """Compute every planned result.

    `cases`, `periods`, `outcomes`, `flow` come from derivation; `summary` (table, supplier, file, rows) and `issues`
    from intake; `progress(what, done, total)` is called as work goes on. Raises `UserError` when plan and results do
    not match.
    """
    rows = [*description.flow_rows(flow), *description.baseline_rows(cases), *description.quality_rows(summary, issues)]
    drawn, tell = [], progress or _silent
    planned = list(populations(cases, outcomes, protocol))
    for place, population in enumerate(planned):
        tell("populations", place, len(planned))
        model = adjusted.adjusted_model(population)
        rows += _core_rows(population, protocol, model)
        if population.origin != "t0":
            drawn += curves.curve_rows(population, protocol, model)
            if population.endpoint == "full_rtw":
                rows += ao_curve.ao_curve_rows(population, cases, periods, protocol)
        if resampled.is_resampled(population):
            allocations, samples = partial(tell, "allocations drawn"), partial(tell, "bootstrap samples")
            rows += resampled.rerandomisation_rows(population, protocol, resampling, allocations)
            rows += resampled.bootstrap_rows(population, protocol, resampling, model, samples)
    tell("populations", len(planned), len(planned))
    whole = conform(pd.concat(drawn, ignore_index=True), CURVES) if drawn else empty_table(CURVES)
    return Estimated(estimates=to_store(rows, protocol), curves=whole)


def _silent(what: str, done: int, total: int) -> None:
    pass


def _core_rows(population: Population, protocol: Protocol, model: adjusted.AdjustedModel) -> list[dict]:
    """The rows of one population: Cox models everywhere, piecewise from t0 only, all else where all start at day 0."""
    unadjusted = hazards.unadjusted_model(population)
    rows = [
        *hazards.unadjusted_rows(population, protocol, unadjusted),
        *adjusted.adjusted_rows(population, protocol, model),
        *adjusted.clustered_rows(population, protocol, model),
        *diagnostics.ph_rows(population, protocol, unadjusted, model),
    ]
    if population.origin == "t0":
        rows += hazards.piecewise_rows(population, protocol)
    else:
        for build in _EVERYBODY_FROM_THE_START:
            rows += build(population, protocol)
    if population.is_landmark:
        rows += hazards.interaction_rows(population, protocol)
        rows += subgroups.family_rows(rows, protocol)
    return rows + diagnostics.detectable_rows(rows, protocol)
