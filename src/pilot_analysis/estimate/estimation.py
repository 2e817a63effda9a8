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
    adherence,
    adjusted,
    ao_curve,
    ao_over_time,
    business_case,
    business_case_observed,
    competing,
    cost_effect,
    curves,
    description,
    diagnostics,
    fml_availability,
    hazards,
    intercurrent,
    means,
    organisation,
    recovery,
    relapse,
    resampled,
    subgroups,
    survival,
    themes,
    theory_of_change,
    timing,
)
from pilot_analysis.estimate import survey as questionnaires
from pilot_analysis.estimate.populations import Population, populations
from pilot_analysis.estimate.store import to_store
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.derived import GUIDANCE, PROCESS
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
    costs: pd.DataFrame,
    summary: pd.DataFrame,
    issues: pd.DataFrame,
    protocol: Protocol,
    resampling: Resampling = _DEFAULT,
    progress: Callable[[str, int, int], None] | None = None,
    survey: pd.DataFrame | None = None,
    survey_items: pd.DataFrame | None = None,
    survey_waves: pd.DataFrame | None = None,
    guidance: pd.DataFrame | None = None,
    process: pd.DataFrame | None = None,
    interview_themes: pd.DataFrame | None = None,
    wage_values: pd.DataFrame | None = None,
) -> Estimated:
    """Compute every planned result.

    `cases`, `periods`, `outcomes`, `flow`, `costs`, `guidance`, `process`, `wage_values` come from derivation;
    `summary` (table, supplier, file, rows), `issues`, `interview_themes` from intake; what may be None has no rows;
    `progress(what, done, total)` is called as work goes on. Raises `UserError` when plan and results do not match.
    """
    rows = [*description.flow_rows(flow), *description.baseline_rows(cases), *description.quality_rows(summary, issues)]
    rows += business_case.business_case_rows(protocol.business_case)
    rows += business_case.sensitivity_rows(protocol.business_case)
    rows += questionnaires.survey_rows(protocol, survey, survey_items, survey_waves)
    rows += _process_rows(cases, guidance, process, interview_themes, periods, outcomes, protocol)
    rows += organisation.organisation_rows(cases, outcomes, costs, protocol)
    rows += recovery.recovery_rows(cases, periods, protocol)
    rows += relapse.relapse_rows(cases, outcomes, protocol)
    drawn, tell = relapse.relapse_curves(cases, outcomes, protocol), progress or _silent
    drawn += fml_availability.fml_curves(process, protocol)
    planned = list(populations(cases, outcomes, protocol))
    for place, population in enumerate(planned):
        tell("populations", place, len(planned))
        model = adjusted.adjusted_model(population)
        rows += _core_rows(population, protocol, model)
        over_time, states = ao_over_time.ao_over_time(population, periods, protocol, wage_values)
        rows, drawn = rows + over_time, drawn + states
        if population.origin != "t0":
            drawn += curves.curve_rows(population, protocol, model)
            if population.endpoint == "full_rtw":
                rows += ao_curve.ao_curve_rows(population, cases, periods, protocol)
        if resampled.is_resampled(population):
            rows += business_case_observed.observed_rows(population, cases, periods, costs, protocol)
            allocations, samples = partial(tell, "allocations drawn"), partial(tell, "bootstrap samples")
            rows += resampled.rerandomisation_rows(population, protocol, resampling, allocations)
            rows += resampled.bootstrap_rows(population, protocol, resampling, model, samples)
    tell("populations", len(planned), len(planned))
    rows += cost_effect.all_rows(cases, costs, protocol, resampling, partial(tell, "bootstrap samples"))
    whole = conform(pd.concat(drawn, ignore_index=True), CURVES) if drawn else empty_table(CURVES)
    return Estimated(estimates=to_store([*rows, *theory_of_change.theory_rows(rows, protocol)], protocol), curves=whole)


def _process_rows(
    cases: pd.DataFrame,
    guidance: pd.DataFrame | None,
    process: pd.DataFrame | None,
    interview_themes: pd.DataFrame | None,
    periods: pd.DataFrame,
    outcomes: pd.DataFrame,
    protocol: Protocol,
) -> list[dict]:
    """Guidance process and intercurrent events; a table that is not given counts as delivered without rows."""
    guidance = empty_table(GUIDANCE) if guidance is None else guidance
    process = empty_table(PROCESS) if process is None else process
    interviews = empty_table(TABLES["interview_themes"].schema) if interview_themes is None else interview_themes
    return [
        *adherence.adherence_rows(process, guidance, periods, protocol),
        *fml_availability.fml_rows(process, outcomes, protocol),
        *timing.timing_rows(process, outcomes, periods, protocol),
        *themes.theme_rows(interviews),
        *intercurrent.intercurrent_rows(cases, outcomes, process, guidance, periods, protocol),
    ]


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
