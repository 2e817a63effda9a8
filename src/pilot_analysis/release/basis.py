"""What a row of the results store rests on: its people, those of them with the event, and where they are written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilot_analysis.release.people import Chosen


@dataclass(frozen=True)
class Basis:
    """The people behind a row, as booleans by position in the derived table `cases`.

    `members` are behind `n`, `events` behind `n_events`, `counted` behind an estimate that is itself a number of
    people; `happenings` is `n_events` where it counts what happened rather than people. `tables` are the derived (or
    validated) tables that the row was read from, the one that chose the people first; `endpoint` is that of their
    outcomes.
    """

    members: Chosen
    events: Chosen | None = None
    counted: Chosen | None = None
    happenings: int | None = None
    tables: tuple[str, ...] = ("outcomes",)
    endpoint: str | None = None

    @property
    def n(self) -> int:
        """How many people the row is about."""
        return int(self.members.who.sum())

    @property
    def n_events(self) -> int | None:
        """How many of them have the event, or None where the row has no events."""
        if self.happenings is not None:
            return self.happenings
        return None if self.events is None else int(self.events.who.sum())

    def sets(self) -> dict[str, np.ndarray]:
        """The sets of people of the row by name."""
        parts = {"members": self.members, "events": self.events, "counted": self.counted}
        return {name: part.who for name, part in parts.items() if part is not None}
