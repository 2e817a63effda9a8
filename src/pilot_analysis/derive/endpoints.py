"""Endpoints: time, status, reason and the extract row that decided, for each case.

- `partial_rtw`, `full_rtw`: first day after enrolment with AO% < 100, AO% = 0 (or <= 5 as a sensitivity).
- `sustained_rtw`: first day after enrolment that starts a run of `sustained_days` at AO% 0, the whole run known. A run
  that began by the enrolment day and lasts long enough is a return before enrolment: not at risk. Because a return in
  the last days cannot be confirmed, nobody is at risk after K - (sustained_days - 1), also those without a return.
- Order: not at risk; event; competing when the case leaves; censored. An event on the last day wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.derive.days import FAR, latest
from pilot_analysis.derive.path import runs_at_work

SOURCE = ["source_file", "source_line", "source_column"]


@dataclass(frozen=True)
class Returns:
    """First return of each case (by position): day (`FAR` = none), its period, and whether it held at enrolment."""

    day: np.ndarray
    period: np.ndarray
    already: np.ndarray
    already_period: np.ndarray


def endpoint_rows(endpoint: str, cases: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """One row per analysed case: `case`, `time`, `status`, `reason`, and the source of the decision.

    `cases` is indexed by position with entry, last_known_day, followup, leaves, followup_reason, ended_by_case,
    cases_file/_line, allocation_file/_line; `periods` comes from `ao_periods`.
    """
    entry, last_known = cases["entry"].to_numpy(), cases["last_known_day"].to_numpy()
    horizon = protocol.thresholds.horizon_days
    if endpoint == "sustained_rtw":
        returns = _sustained_returns(periods, entry, protocol.thresholds.sustained_days)
        limit = np.minimum(horizon, last_known - (protocol.thresholds.sustained_days - 1))
    else:
        returns = _returns(periods, entry, _highest_ao(endpoint, protocol))
        limit = np.minimum(horizon, last_known)
    leaving_day = np.where(cases["leaves"].to_numpy(), last_known, FAR)
    too_short = np.minimum(horizon, last_known) <= entry
    event = returns.day <= limit
    competing = ~event & (leaving_day < FAR)
    time = np.where(event, returns.day, np.where(competing, leaving_day, limit))
    not_at_risk = too_short | returns.already | (time <= entry)
    status = np.select([not_at_risk, event, competing], ["not_at_risk", "event", "competing"], "censored")
    ended_by_horizon = limit == horizon
    rows = pd.DataFrame({"case": np.arange(len(cases)), "time": time, "status": status})
    rows["reason"] = _reasons(status, returns.already & ~too_short, ended_by_horizon, cases["followup_reason"])
    by_case = cases["ended_by_case"].to_numpy() & ~event & ~returns.already & (competing | ~ended_by_horizon)
    return pd.concat([rows, _sources(rows, returns, by_case, cases, periods)], axis="columns")


def _highest_ao(endpoint: str, protocol: Protocol) -> float:
    """Largest AO% at which the endpoint's state holds; below 100 counts as partial return, however little."""
    limits = {
        "partial_rtw": np.nextafter(100.0, 0.0),
        "full_rtw": 0.0,
        "full_rtw_ao5": protocol.thresholds.sensitivity_ao_percent,
    }
    return limits[endpoint]


def _returns(periods: pd.DataFrame, entry: np.ndarray, limit: float) -> Returns:
    runs = runs_at_work(periods, limit)
    return _first_after(runs, entry)


def _sustained_returns(periods: pd.DataFrame, entry: np.ndarray, sustained_days: int) -> Returns:
    runs = runs_at_work(periods)
    return _first_after(runs[runs["end"] - runs["start"] + 1 >= sustained_days], entry)


def _first_after(runs: pd.DataFrame, entry: np.ndarray) -> Returns:
    """The first run that starts after entry, and the run that holds on the entry day."""
    case = runs["case"].to_numpy()
    later = runs[runs["start"].to_numpy() > entry[case]].drop_duplicates("case")
    holds = runs[(runs["start"].to_numpy() <= entry[case]) & (entry[case] <= runs["end"].to_numpy())]
    day, period = np.full(len(entry), FAR), np.full(len(entry), -1)
    day[later["case"]], period[later["case"]] = later["start"], later["first_period"]
    already, already_period = np.zeros(len(entry), dtype=bool), np.full(len(entry), -1)
    already[holds["case"]], already_period[holds["case"]] = True, holds["first_period"]
    return Returns(day, period, already, already_period)


def _reasons(status: np.ndarray, already: np.ndarray, by_horizon: np.ndarray, followup_reason: pd.Series) -> pd.Series:
    ended = np.where(by_horizon, "end_of_year", followup_reason.to_numpy(dtype=object))
    reason = np.select(
        [status == "event", (status == "not_at_risk") & already, status == "not_at_risk", status == "competing"],
        ["", "already_returned", "followup_before_enrolment", followup_reason.to_numpy(dtype=object)],
        ended,
    )
    return pd.Series(reason, dtype="string").replace("", pd.NA)


def _sources(
    rows: pd.DataFrame, returns: Returns, by_case: np.ndarray, cases: pd.DataFrame, periods: pd.DataFrame
) -> pd.DataFrame:
    """File, line, column of the row that decided: of the path, of the case's end of follow-up, or of its allocation."""
    reason = rows["reason"].to_numpy(dtype=object, na_value="")
    at_end = _period_at(periods, rows["case"].to_numpy(), rows["time"].to_numpy())
    event, already = rows["status"].to_numpy() == "event", reason == "already_returned"
    period = np.select([event, already], [returns.period, returns.already_period], at_end)
    by_allocation = (reason == "followup_before_enrolment") & ~by_case
    path = (
        period.clip(0) if len(periods) else np.empty(0, dtype="int64")
    )  # a case without a path has one of the two below
    source = periods[SOURCE].take(path).reset_index(drop=True).reindex(range(len(rows)))
    for chosen, prefix, column in (
        (by_case, "cases", "followup_end_date"),
        (by_allocation, "allocation", "enrolment_date"),
    ):
        source.loc[chosen, "source_file"] = cases.loc[chosen, f"{prefix}_file"].array
        source.loc[chosen, "source_line"] = cases.loc[chosen, f"{prefix}_line"].array
        source.loc[chosen, "source_column"] = column
    return source


def _period_at(periods: pd.DataFrame, case: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Row of the period that holds on `day` of `case`; -1 when the path does not reach it."""
    return latest(periods["case"].to_numpy(), periods["first_day"].to_numpy(), case, np.maximum(day, 0))
