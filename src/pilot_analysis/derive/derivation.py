"""The derivation stage as one pure function: validated tables and protocol in, derived tables out.

- One row per allocated person (the first enrolment where there are several), with the first exclusion that applies.
- t0 from the index spell; K, F and leaving; the AO% path as periods; endpoints; groups known at enrolment and landmark.
- Nothing here reads or writes files, and no step loops over cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.derive import flow, path
from pilot_analysis.derive.adherence import guidance_rows, process_rows
from pilot_analysis.derive.cost import cost_intervals
from pilot_analysis.derive.days import FAR, day_numbers, to_dates
from pilot_analysis.derive.endpoints import endpoint_rows
from pilot_analysis.derive.followup import follow_up
from pilot_analysis.derive.groups import cas_groups, fml_groups
from pilot_analysis.derive.lasting import spells_begun, states_on
from pilot_analysis.derive.spells import index_spells, merged_spells
from pilot_analysis.derive.survey import Surveys, survey_tables
from pilot_analysis.derive.wage_value import wage_values
from pilot_analysis.schemas import derived as schemas
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.issues import EXCLUDED_CASES

_RECORD = [
    "sex",
    "birth_year",
    "department",
    "region",
    "job_group",
    "contract_fte",
    "daily_wage_eur",
    "followup_end_date",
    "followup_end_reason",
]


@dataclass(frozen=True)
class Derived:
    """The derived tables; `sensitivity` has outcomes of the sensitivity endpoints in the same shape as `outcomes`."""

    cases: pd.DataFrame
    periods: pd.DataFrame
    outcomes: pd.DataFrame
    sensitivity: pd.DataFrame
    flow: pd.DataFrame
    guidance: pd.DataFrame
    process: pd.DataFrame
    costs: pd.DataFrame
    wage_values: pd.DataFrame
    surveys: Surveys


# Columns are shared until they change: without it each of the many small steps would copy tables of millions of rows.
@pd.option_context("mode.copy_on_write", True)
def derive(tables: dict[str, pd.DataFrame], protocol: Protocol) -> Derived:
    """Derive paths, outcomes, groups and flow from the validated tables of one delivery.

    `tables` holds the canonical tables by name (schemas.canonical), and `excluded_cases` (schemas.issues; absent =
    nobody) where queries exclude people; the result fits schemas.derived.
    """
    everyone = _everyone(tables, protocol)
    analysed = everyone[everyone["exclusion"].isna()].reset_index(drop=True)
    case_ids = pd.Index(analysed["case_id"])
    spells = merged_spells(tables["absence_spells"], case_ids, protocol.thresholds.merge_gap_days)
    last_known = analysed["last_known_day"].to_numpy(dtype="int64")
    periods = path.ao_periods(spells, tables["ao_percent"], case_ids, analysed["t0_day"].to_numpy(), last_known)
    outcomes = _outcomes(protocol.endpoints, analysed, periods, protocol)
    states = path.with_states(periods, protocol.thresholds.sustained_days)
    states["spell"] = spells_begun(states, protocol.thresholds.merge_gap_days)
    guidance = guidance_rows(tables["ad_activities"], analysed)
    return Derived(
        cases=_cases(everyone, analysed, states, outcomes, protocol),
        periods=conform(states.assign(case_id=case_ids.take(states["case"])), schemas.PERIODS),
        outcomes=outcomes,
        sensitivity=_outcomes(schemas.SENSITIVITY_ENDPOINTS, analysed, periods, protocol),
        flow=conform(flow.flow_counts(everyone, outcomes, protocol), schemas.FLOW),
        guidance=guidance,
        process=process_rows(guidance, tables["fml"], tables["costs"], analysed, outcomes, protocol),
        costs=cost_intervals(analysed, periods, tables, protocol),
        wage_values=wage_values(tables["ao_percent"], spells, analysed),
        surveys=survey_tables(tables, analysed, periods, protocol.instruments),
    )


def _everyone(tables: dict[str, pd.DataFrame], protocol: Protocol) -> pd.DataFrame:
    """One row per allocated person: allocation, case record, exclusion, t0, follow-up, groups."""
    allocation = tables["allocation"].reset_index(drop=True)
    allocation["twice"] = allocation["case_id"].duplicated(keep=False)
    first = allocation.sort_values("enrolment_date", kind="stable").drop_duplicates("case_id").index.sort_values()
    allocation = allocation.loc[first].reset_index(drop=True)
    case_ids = pd.Index(allocation["case_id"])
    enrolment = day_numbers(allocation["enrolment_date"])
    records = tables["cases"].drop_duplicates("case_id").set_index("case_id")
    record = records.reindex(case_ids).reset_index(drop=True)
    spells = merged_spells(tables["absence_spells"], case_ids, protocol.thresholds.merge_gap_days)
    index = index_spells(spells, enrolment)
    has_spell = index["t0"].to_numpy() < FAR
    everyone = allocation.rename(columns={"source_file": "allocation_file", "source_line": "allocation_line"})
    everyone[_RECORD] = record[_RECORD]
    everyone["cases_file"], everyone["cases_line"] = record["source_file"], record["source_line"]
    has_record = case_ids.isin(records.index)
    queried = tables.get("excluded_cases", empty_table(EXCLUDED_CASES))
    everyone["exclusion"] = flow.exclusions(
        allocation, allocation["twice"].to_numpy(), has_record, has_spell, queried, protocol
    ).array
    included = everyone["exclusion"].isna().to_numpy()
    everyone["t0_day"] = np.where(included, index["t0"], FAR)
    everyone["t0"] = to_dates(everyone["t0_day"].to_numpy(), included)
    everyone["entry"] = pd.array(np.maximum(0, enrolment - index["t0"].to_numpy()), dtype="Int64")
    everyone["earlier_spells"] = pd.array(index["earlier_spells"], dtype="Int64")
    followed = follow_up(everyone, everyone["t0_day"].to_numpy(), protocol)
    return pd.concat(
        [everyone, followed, _known_groups(tables, case_ids, enrolment, everyone["t0_day"].to_numpy(), protocol)],
        axis="columns",
    )


def _known_groups(
    tables: dict[str, pd.DataFrame], case_ids: pd.Index, enrolment: np.ndarray, t0: np.ndarray, protocol: Protocol
) -> pd.DataFrame:
    """CAS group at enrolment, and FML group at enrolment and at each landmark."""
    parts = [cas_groups(tables["diagnoses"], case_ids, enrolment, protocol.cas_letters)]
    limits = {
        "enrolment": enrolment,
        "84": t0 + protocol.clocks["landmark_84"].day,
        "91": t0 + protocol.clocks["landmark_91"].day,
    }
    for name, limit in limits.items():
        known = fml_groups(tables["fml"], case_ids, np.where((t0 < FAR) | (name == "enrolment"), limit, -1))
        parts.append(known.rename(columns=lambda column, name=name: f"{column}_{name}"))
    return pd.concat(parts, axis="columns")


def _outcomes(
    endpoints: tuple[str, ...], analysed: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol
) -> pd.DataFrame:
    """Outcome rows of all endpoints, ordered by case and endpoint."""
    cases = analysed.assign(entry=analysed["entry"].astype("int64"))
    parts = []
    for number, endpoint in enumerate(endpoints):
        rows = endpoint_rows(endpoint, cases, periods, protocol)
        parts.append(rows.assign(endpoint=endpoint, number=number))
    rows = pd.concat(parts, ignore_index=True).sort_values(["case", "number"], kind="stable", ignore_index=True)
    about = cases.loc[
        rows["case"], ["case_id", "organisation", "cluster_id", "arm", "t0", "t0_day", "entry", "cas_group"]
    ]
    outcomes = pd.concat([about.reset_index(drop=True), rows], axis="columns")
    event = outcomes["status"].to_numpy() == "event"
    outcomes["event_date"] = to_dates((outcomes["t0_day"] + outcomes["time"]).to_numpy(dtype="int64"), event)
    outcomes["time"] = outcomes["time"].astype("Int64").where(outcomes["status"] != "not_at_risk")
    return conform(outcomes, schemas.OUTCOMES)


def _cases(
    everyone: pd.DataFrame, analysed: pd.DataFrame, periods: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol
) -> pd.DataFrame:
    """One row per allocated person; what needs a path is empty for those excluded."""
    included = everyone["exclusion"].isna()
    cases = everyone.copy()
    cases["male"] = (cases["sex"] == "male").astype("Int64").where(cases["sex"].notna())
    cases["age"] = (cases["t0"].dt.year - cases["birth_year"]).astype("Int64")
    for name in ("entry", "last_known_day", "cutoff_day", "followup"):
        cases[name] = cases[name].astype("Int64").where(included)
    cases["earlier_spells"] = cases["earlier_spells"].where(included)
    cases["leaves"] = cases["leaves"] & included
    cases["followup_reason"] = cases["followup_reason"].astype("string").where(included)
    sums = _days_lost(analysed, periods, protocol).reindex(cases["case_id"]).reset_index(drop=True)
    cases["ao_days"] = sums["ao_days"].array
    cases["ao_days_complete"] = sums["ao_days_complete"].eq(True).array
    cases["state_at_horizon"] = _states_at_horizon(analysed, periods, protocol).reindex(cases["case_id"]).array
    cases["relapse_day"] = _relapse_days(analysed, periods, outcomes).reindex(cases["case_id"]).array
    return conform(cases, schemas.CASES)


def _days_lost(analysed: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """AO-weighted days over 0 .. F-1; complete only when the year was seen or the case retired or died."""
    followup = analysed["followup"].to_numpy(dtype="int64")
    left = analysed["leaves"] & analysed["followup_reason"].isin(["retirement", "death"])
    complete = (followup == protocol.thresholds.horizon_days) | left.to_numpy()
    lost = pd.Series(path.ao_weighted_days(periods, followup)).where(analysed["last_known_day"] >= 0)
    return pd.DataFrame({"ao_days": lost.to_numpy(), "ao_days_complete": complete}, index=analysed["case_id"])


def _states_at_horizon(analysed: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol) -> pd.Series:
    """State on the last day of the year, by case id; empty where it is not known."""
    found = states_on(
        protocol.thresholds.horizon_days,
        periods,
        analysed["last_known_day"].to_numpy(dtype="int64"),
        analysed["leaves"].to_numpy(dtype=bool),
    )
    return pd.Series(found, index=analysed["case_id"].to_numpy(), dtype="string")


def _relapse_days(analysed: pd.DataFrame, periods: pd.DataFrame, outcomes: pd.DataFrame) -> pd.Series:
    """First day with AO% > 0 after a confirmed sustained return, by case id."""
    confirmed = outcomes[(outcomes["endpoint"] == "sustained_rtw") & (outcomes["status"] == "event")]
    position = pd.Index(analysed["case_id"]).get_indexer(confirmed["case_id"])
    returned = np.full(len(analysed), FAR)
    returned[position] = confirmed["time"].to_numpy(dtype="int64")
    case = periods["case"].to_numpy()
    after = periods[(periods["first_day"].to_numpy() > returned[case]) & (periods["ao_percent"].to_numpy() > 0)]
    first = after.drop_duplicates("case").set_index("case")["first_day"]
    return pd.Series(first.to_numpy(), index=analysed["case_id"].to_numpy()[first.index], dtype="Int64")
