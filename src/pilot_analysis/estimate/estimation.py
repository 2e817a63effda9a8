"""The estimation stage as one pure function: derived tables and protocol in, results store and curves out.

- Every number that anything later shows is a row of the store; presentation computes nothing.
- Which rows there are is fixed by the plan, not by the data: what cannot be estimated is a row with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate import ao_curve, description, hazards, survival
from pilot_analysis.estimate.populations import Population, populations
from pilot_analysis.estimate.store import to_store
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.results import CURVES


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
) -> Estimated:
    """Compute every planned result.

    `cases`, `periods`, `outcomes`, `flow` come from derivation; `summary` (table, supplier, file, rows) and `issues`
    from intake. Raises `UserError` when plan and results do not match.
    """
    rows = [*description.flow_rows(flow), *description.baseline_rows(cases), *description.quality_rows(summary, issues)]
    curves = []
    for population in populations(cases, outcomes, protocol):
        rows += _core_rows(population, protocol)
        if population.origin != "t0":
            curves += survival.curve_rows(population, protocol)
            if population.endpoint == "full_rtw":
                rows += ao_curve.ao_curve_rows(population, cases, periods, protocol)
    whole = conform(pd.concat(curves, ignore_index=True), CURVES) if curves else empty_table(CURVES)
    return Estimated(estimates=to_store(rows, protocol), curves=whole)


def _core_rows(population: Population, protocol: Protocol) -> list[dict]:
    """The core set of the specification for one population: curves and means not from t0, piecewise only from t0."""
    rows = [*hazards.unadjusted_rows(population, protocol), *hazards.adjusted_rows(population, protocol)]
    if population.origin == "t0":
        return rows + hazards.piecewise_rows(population, protocol)
    rows += (
        survival.km_rows(population, protocol)
        + survival.mean_rows(population, protocol)
        + survival.logrank_rows(population, protocol)
    )
    if population.is_landmark:
        rows += hazards.interaction_rows(population, protocol)
    return rows
