"""The AO% path of the people of a population as stays in states: absent, partial, returned, recovered, left.

- Days count from the origin of the population (enrolment, or the landmark day). A stay covers the days from `start` to
  the one before `stop`, and ends in `to_state` on day `stop`; the same state again is an AO% change, or the end of what
  is known.
- Who leaves does so on the last known day K, as in the endpoints: from K on the state is `left`, for good, whatever the
  path says of that day. Everybody else is followed to K and then out of sight, whatever the state.
- Stays end with the day of the horizon: what comes later bears on nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import Population
from pilot_analysis.schemas.derived import STATES as OBSERVED

LEFT = "left"
STATES = (*OBSERVED, LEFT)
ABSENCE = ("absent", "partial")


@dataclass(frozen=True)
class Stays:
    """Stays of people, (stays,): days from the origin, states, person (position), and AO% in the stay."""

    start: np.ndarray
    stop: np.ndarray
    from_state: np.ndarray
    to_state: np.ndarray
    person: np.ndarray
    ao_percent: np.ndarray

    def __len__(self) -> int:
        return self.start.size

    def of(self, chosen: np.ndarray) -> Stays:
        """The stays of some people (boolean by person)."""
        rows = chosen[self.person]
        return Stays(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """Arguments of `models.states`, with three states: absence, work, left."""
        coarse = {name: _coarse(getattr(self, name)) for name in ("from_state", "to_state")}
        return {"start": self.start, "stop": self.stop, **coarse, "case": self.person}

    @property
    def moved(self) -> np.ndarray:
        """Whether the stay ends in another state."""
        return self.from_state != self.to_state

    def followed(self, day: int) -> int:
        """How many people are still followed on a day; who left is not."""
        return int(np.count_nonzero((self.start < day) & (self.stop >= day)))


def _coarse(states: np.ndarray) -> np.ndarray:
    """Absence (absent, partial), work (returned, recovered), left."""
    return np.where(np.isin(states.astype(str), ABSENCE), "absence", np.where(states == LEFT, LEFT, "work"))


def origin_days(population: Population, protocol: Protocol) -> np.ndarray:
    """Day of absence on which the clock of each person starts."""
    landmark = protocol.clocks[population.population].day
    if landmark is None:
        return population.people["entry"].to_numpy("int64")
    return np.full(len(population.people), landmark)


def stays_of(population: Population, periods: pd.DataFrame, protocol: Protocol) -> Stays:
    """Stays from the origin to the horizon; `periods` as schemas.derived."""
    people, origin = population.people, origin_days(population, protocol)
    of_all = pd.Index(people["case_id"]).get_indexer(periods["case_id"])
    periods, person = periods[of_all >= 0], of_all[of_all >= 0]
    known = people["last_known_day"].to_numpy("int64") - origin
    leaves = people["leaves"].to_numpy(dtype=bool)
    first = periods["first_day"].to_numpy("int64") - origin[person]
    last = periods["last_day"].to_numpy("int64") - origin[person]
    rows = np.flatnonzero((last >= 0) & ~(leaves[person] & (first >= known[person])))
    rows = rows[np.lexsort((first[rows], person[rows]))]
    person, start, state = person[rows], np.maximum(first[rows], 0), periods["state"].to_numpy(dtype=object)[rows]
    final = np.append(person[1:] != person[:-1], True)[: rows.size]
    stop = np.where(final, known[person], np.append(start[1:], 0)[: rows.size])
    target = np.where(final, np.where(leaves[person], LEFT, state), np.append(state[1:], LEFT)[: rows.size])
    end = population.horizon + 1  # what is so on the day of the horizon itself is seen then
    stop, target = np.where(stop > end, end, stop), np.where(stop > end, state, target)
    kept = start < stop  # a state that begins on the last known day is where the stay before it ends
    ao = periods["ao_percent"].to_numpy("float64")[rows]
    return Stays(*(column[kept] for column in (start, stop, state, target, person, ao)))
