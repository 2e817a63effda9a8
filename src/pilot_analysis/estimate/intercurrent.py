"""Intercurrent events counted: how many people, by allocated arm, had each event for which an estimand has a strategy.

- In the population of P1 (still absent when week 13 begins) up to the return, leaving or the end of what is known; and
  of everyone analysed over the whole year. `estimate` is the count, `n` those to whom it could happen. Labour experts
  are counted in the first only: everybody who is due one in week 13 is in it.
- `no_or_late_ad`: no contact with a labour expert up to the last day of the window of the intervention arm, of those in
  that arm enrolled and absent when the window opens and followed to its end: nobody else was due one.
- `early_ad_in_control`: contact before the window of the control arm opens, of that arm.
- `leaving`; `relapse` (absent again after the first full return, of those who returned); `pregnancy_leave` and
  `consent_withdrawn` where they ended follow-up.
- Not estimable: labour experts, where no activities were delivered; an event for which nobody is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.adherence import NO_ACTIVITIES, NOBODY
from pilot_analysis.estimate.ao_on_day import AoPath
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.store import Rows

_ENDPOINT = "full_rtw"
_MAIN = "landmark_84"
_ARM = {"no_or_late_ad": "intervention", "early_ad_in_control": "control"}  # events of labour experts: of one arm
_METHODS = {
    "no_or_late_ad": "no contact with a labour expert by day {last}, of those enrolled, absent on day {first} and "
    "followed to day {last}",
    "early_ad_in_control": "contact with a labour expert before day {control}",
    "leaving": "left for another reason than return",
    "relapse": "absent again after the first full return, of those who returned",
    "pregnancy_leave": "follow-up ended by pregnancy leave",
    "consent_withdrawn": "follow-up ended by withdrawn consent",
}


@dataclass(frozen=True)
class _People:
    """Everyone analysed in one order: case, outcome of full return, day of first contact, and later absence."""

    cases: pd.DataFrame
    outcome: pd.DataFrame
    contact: np.ndarray
    due: np.ndarray
    relapsed: np.ndarray

    @property
    def time(self) -> np.ndarray:
        """Day of return, leaving or end of what is known; NaN for those not at risk."""
        return self.outcome["time"].to_numpy("float64", na_value=np.nan)

    def ended_by(self, status: str, reason: str | None = None) -> np.ndarray:
        """Whose outcome has this status, and this reason if given."""
        found = self.outcome["status"].eq(status)
        return (found if reason is None else found & self.outcome["reason"].eq(reason)).fillna(False).to_numpy(bool)


def intercurrent_rows(
    cases: pd.DataFrame,
    outcomes: pd.DataFrame,
    process: pd.DataFrame,
    guidance: pd.DataFrame,
    periods: pd.DataFrame,
    protocol: Protocol,
) -> list[dict[str, Any]]:
    """All rows of `intercurrent`; the tables are those of derivation."""
    people = _people(cases, outcomes, process, periods, protocol)
    keys = {"analysis": "intercurrent", "measure": "n", "group_by": "arm", "unit": "people"}
    day = protocol.clocks[_MAIN].day
    absent = (people.time > day) & (people.cases["entry"].to_numpy("float64", na_value=np.nan) <= day)
    first, last = protocol.weeks["assessment_intervention"]
    days = {"first": first, "last": last, "control": protocol.weeks["assessment_control"][0]}
    rows: list[dict[str, Any]] = []
    for population, origin, endpoint, chosen, events in (
        (_MAIN, "landmark", _ENDPOINT, absent, _until_return(people, days)),
        ("itt", "t0", "none", np.ones(len(absent), dtype=bool), _whole_year(people, protocol)),
    ):
        made = Rows({**keys, "population": population, "origin": origin, "endpoint": endpoint})
        for event, (had, could) in events.items():
            _count(made, people, event, had & chosen, could & chosen, days, guidance.empty)
        rows += made.rows
    return rows


def _people(
    cases: pd.DataFrame, outcomes: pd.DataFrame, process: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol
) -> _People:
    analysed = cases[cases["exclusion"].isna()].reset_index(drop=True)
    ids = analysed["case_id"]
    outcome = outcomes[outcomes["endpoint"] == _ENDPOINT].set_index("case_id").reindex(ids)
    contact = process.set_index("case_id")["first_contact_day"].reindex(ids).to_numpy("float64", na_value=np.nan)
    first, last = protocol.weeks["assessment_intervention"]
    due = (analysed["entry"] <= first) & (analysed["last_known_day"] >= last)
    due = due.fillna(False).to_numpy(bool) & (AoPath(periods, ids).on(first) > 0)
    returned = outcome["time"].where(outcome["status"].eq("event")).dropna()
    later = periods[(periods["ao_percent"] > 0) & (periods["first_day"] > periods["case_id"].map(returned))]
    return _People(analysed, outcome, contact, due, ids.isin(later["case_id"]).to_numpy())


def _until_return(people: _People, days: dict[str, int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By event: who had it before the outcome was known, and to whom it could happen; booleans by person."""
    everyone = np.ones(len(people.cases), dtype=bool)
    return {
        **_contacts(people, days),
        "leaving": (people.ended_by("competing"), everyone),
        "relapse": (people.relapsed, people.ended_by("event")),
        "pregnancy_leave": (people.ended_by("censored", "pregnancy_leave"), everyone),
        "consent_withdrawn": (people.ended_by("censored", "consent_withdrawn"), everyone),
    }


def _whole_year(people: _People, protocol: Protocol) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The same over all days up to the horizon, whatever happened before."""
    everyone, cases = np.ones(len(people.cases), dtype=bool), people.cases
    reason = cases["followup_reason"].where(cases["last_known_day"] < protocol.thresholds.horizon_days)
    by = {name: reason.eq(name).fillna(False).to_numpy(bool) for name in ("pregnancy_leave", "consent_withdrawn")}
    return {
        "leaving": (cases["leaves"].fillna(False).to_numpy(bool), everyone),
        "relapse": (people.relapsed, people.ended_by("event")),
        **{name: (had, everyone) for name, had in by.items()},
    }


def _contacts(people: _People, days: dict[str, int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    arm = people.cases["arm"].to_numpy(dtype=object)
    early = (people.contact < days["control"]) & (people.contact <= people.time)
    return {
        "no_or_late_ad": (people.due & ~(people.contact <= days["last"]), people.due & (arm == "intervention")),
        "early_ad_in_control": (early, arm == "control"),
    }


def _count(
    rows: Rows, people: _People, event: str, had: np.ndarray, could: np.ndarray, days: dict[str, int], unknown: bool
) -> None:
    """A row per arm to which the event could happen at all."""
    for arm in ARMS:
        if _ARM.get(event, arm) != arm:
            continue
        of = could & people.cases["arm"].eq(arm).to_numpy(bool)
        count, n = int((had & of).sum()), int(of.sum())
        about = {"term": event, "level": arm, "n": n, "method": _METHODS[event].format(**days)}
        not_delivered = unknown and event in _ARM
        if not_delivered or n == 0:
            rows.add_not_estimable(NO_ACTIVITIES if not_delivered else NOBODY, **about)
            continue
        rows.add(estimate=float(count), n_events=count, **about)
