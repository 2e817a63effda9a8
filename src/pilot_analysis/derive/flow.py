"""Who is in which population, and how many people reached each step of the study, by arm."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.derive.days import day_number, day_numbers
from pilot_analysis.schemas.derived import EXCLUSIONS
from pilot_analysis.schemas.issues import QUERY_EXCLUSIONS


def exclusions(
    allocation: pd.DataFrame,
    twice: np.ndarray,
    has_record: np.ndarray,
    has_spell: np.ndarray,
    queried: pd.DataFrame,
    protocol: Protocol,
) -> pd.Series:
    """First exclusion that applies to each case (one row of `allocation` each), empty when analysed.

    `queried` fits schemas.issues.EXCLUDED_CASES; what a query excludes comes after the exclusions of the definitions.
    """
    enrolment = day_numbers(allocation["enrolment_date"])
    dates = protocol.dates
    outside = (enrolment < day_number(dates.enrolment_from)) | (enrolment > day_number(dates.enrolment_until))
    by_query = [
        allocation["case_id"].isin(queried.loc[queried["exclusion"] == name, "case_id"]).to_numpy()
        for name in QUERY_EXCLUSIONS
    ]
    found = np.select([~has_record, twice, outside, ~has_spell, *by_query], EXCLUSIONS, "")
    return pd.Series(pd.array(found, dtype="string")).replace("", pd.NA)


def in_landmark(outcomes: pd.DataFrame, day: int) -> pd.Series:
    """Whether a row of outcomes belongs to the landmark population of `day`: at risk, time > day, entry <= day."""
    return (outcomes["status"] != "not_at_risk") & (outcomes["time"].fillna(-1) > day) & (outcomes["entry"] <= day)


def flow_counts(cases: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Count people per arm and step; steps that nobody reached are left out. Columns arm, endpoint, step, n."""
    steps = [
        _count(cases.assign(endpoint=pd.NA, step="allocated")),
        _count(
            cases[cases["exclusion"].notna()].assign(endpoint=pd.NA, step=lambda rows: "excluded:" + rows["exclusion"])
        ),
        _count(cases[cases["exclusion"].isna()].assign(endpoint=pd.NA, step="itt")),
        _count(outcomes[outcomes["status"] != "not_at_risk"].assign(step="at_risk")),
        _count(
            outcomes.assign(
                step=lambda rows: rows["status"].str.cat(rows["reason"].fillna(""), sep=":").str.rstrip(":")
            )
        ),
    ]
    for name, clock in protocol.clocks.items():
        if clock.day is not None:
            steps.append(_count(outcomes[in_landmark(outcomes, clock.day)].assign(step=name)))
    return pd.concat(steps, ignore_index=True)


def _count(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.astype({"endpoint": "string"})
    counts = rows.groupby(["arm", "endpoint", "step"], dropna=False, sort=True).size()
    return counts.rename("n").reset_index()
