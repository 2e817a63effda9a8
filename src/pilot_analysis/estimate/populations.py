"""Populations and clocks: who is at risk, from when, until when, for each endpoint.

- `itt` from enrolment: everyone at risk, time since enrolment.
- `itt` from t0: everyone at risk, entering at enrolment (delayed entry); for Cox models only, early risk sets are tiny.
- `landmark_84`, `landmark_91`: those with time > day and entry <= day, time since that day.
- The FML group is the one known by the landmark day, else by enrolment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.schemas.derived import CAS_GROUPS, FML_GROUPS

STATE = {"censored": 0, "event": 1, "competing": 2}
ARMS = ("intervention", "control")
LEVELS = {"arm": ARMS, "cas_group": CAS_GROUPS, "fml_group": FML_GROUPS}


@dataclass(frozen=True)
class Population:
    """One endpoint in one population on one clock: an outcome, and a row of characteristics per person."""

    endpoint: str
    population: str
    origin: str
    horizon: int
    outcome: Outcome
    people: pd.DataFrame
    strata: np.ndarray | None

    @property
    def arm(self) -> np.ndarray:
        """1.0 for intervention, 0.0 for control, by person."""
        return (self.people["arm"] == "intervention").to_numpy("float64")

    @property
    def is_landmark(self) -> bool:
        """Whether time starts at a landmark."""
        return self.origin == "landmark"

    def subset(self, chosen: np.ndarray) -> Population:
        """The same for a part of the people (boolean by person)."""
        return replace(
            self,
            outcome=self.outcome.take(chosen),
            people=self.people[chosen].reset_index(drop=True),
            strata=None if self.strata is None else self.strata[chosen],
        )

    def within(self, group_by: str, level: str) -> Population:
        """The people of one level; the levels of `a*b` are written `x:y`."""
        return self.subset(self._in(group_by, level))

    def outcome_of(self, group_by: str, level: str) -> Outcome:
        """The outcome of the people of one level."""
        return self.outcome.take(self._in(group_by, level))

    def _in(self, group_by: str, level: str) -> np.ndarray:
        chosen = np.ones(len(self.people), dtype=bool)
        for name, value in zip(group_by.split("*"), level.split(":"), strict=True):
            chosen &= self.people[name].to_numpy() == value
        return chosen


def no_event_in_an_arm(outcome: Outcome, arm: np.ndarray) -> str | None:
    """Reason when an arm has no event, else None; `arm` is 1 for intervention and 0 for control."""
    without = [
        name for name, side in (("intervention", 1), ("control", 0)) if not outcome.cause_specific[arm == side].any()
    ]
    return f"no event in arm {' and '.join(without)}" if without else None


def levels_of(group_by: str) -> list[str]:
    """All levels of a grouping in their fixed order, also those without people: keys stay stable."""
    first, *others = (LEVELS[name] for name in group_by.split("*"))
    levels = list(first)
    for more in others:
        levels = [f"{left}:{right}" for left in levels for right in more]
    return levels


def populations(cases: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol) -> Iterator[Population]:
    """Yield every population of every endpoint of the protocol, in a fixed order."""
    people = cases.set_index("case_id")
    for endpoint in protocol.endpoints:
        rows = outcomes[(outcomes["endpoint"] == endpoint) & (outcomes["status"] != "not_at_risk")]
        entry, time = rows["entry"].to_numpy("int64"), rows["time"].to_numpy("int64")
        state = rows["status"].map(STATE).to_numpy("int64")
        who = people.loc[rows["case_id"]].reset_index()
        for name, clock in protocol.clocks.items():
            if clock.day is None:
                yield _population(
                    endpoint, name, "enrolment", clock.horizon, np.zeros_like(entry), time - entry, state, who, protocol
                )
                yield _population(
                    endpoint, name, "t0", protocol.thresholds.horizon_days, entry, time, state, who, protocol
                )
                continue
            chosen = (time > clock.day) & (entry <= clock.day)
            members = who[chosen].reset_index(drop=True)
            since = time[chosen] - clock.day
            yield _population(
                endpoint, name, "landmark", clock.horizon, np.zeros_like(since), since, state[chosen], members, protocol
            )


def _population(
    endpoint: str,
    name: str,
    origin: str,
    horizon: int,
    entry: np.ndarray,
    time: np.ndarray,
    state: np.ndarray,
    who: pd.DataFrame,
    protocol: Protocol,
) -> Population:
    known = name.removeprefix("landmark_") if origin == "landmark" else "enrolment"
    people = who.assign(fml_group=who[f"fml_group_{known}"], age_10=who["age"].astype("float64") / 10)
    strata = None
    if protocol.design.strata != "none":
        strata = people[protocol.design.strata].fillna("unknown").to_numpy(dtype=object)
    return Population(endpoint, name, origin, horizon, Outcome.of(entry, time, state), people, strata)
