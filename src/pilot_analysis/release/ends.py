"""How people end their waiting, day by day: what the protected life table is made from.

- A course is one kind of waiting with its exits: for return (`km`, with `cuminc_leaving`), for relapse, for an FML.
- Of each exit it counts who has had it up to and including a day; on the last day of the course nobody goes out of
  sight: who is still there then has been followed to the end.
- A level of which only Kaplan-Meier is known (a group) has one other exit, `out`: leaving and going out of sight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

EVENT, OUT = "event", "out"
COURSES = {  # course -> curve that counts the event, and curves that count the other exits
    "return": ("km", {"leaving": "cuminc_leaving"}),
    "relapse": ("relapse", {"leaving": "relapse_leaving"}),
    "first_fml": (
        "fml_availability",
        {"return": "fml_availability_return", "leaving": "fml_availability_leaving"},
    ),
}
Key = tuple[str, str]  # group_by, level


@dataclass(frozen=True)
class Ends:
    """People of one level: `upto[exit]` have had an exit by each day, shape (last + 2,), the last place whenever."""

    n: int
    upto: dict[str, np.ndarray]

    def together(self, name: str, *others: str) -> Ends:
        """The same people with some exits counted as one, `name`."""
        joined = {name, *others}
        kept = {exit_: counts for exit_, counts in self.upto.items() if exit_ not in joined}
        return Ends(self.n, kept | {name: sum(self.upto[exit_] for exit_ in joined)})

    def closed(self) -> Ends:
        """The same people as if whoever is still there on the last day went out of sight before its end."""
        out = self.upto[OUT].copy()
        out[-2] = out[-1]
        return Ends(self.n, self.upto | {OUT: out})

    def at_risk(self, day: int) -> int:
        """Who is still there after a day."""
        return self.n - int(sum(counts[day] for counts in self.upto.values()))


def add(levels: list[Ends]) -> Ends:
    """People of several levels of which nobody is in two."""
    return Ends(sum(e.n for e in levels), {name: sum(e.upto[name] for e in levels) for name in levels[0].upto})


def without(whole: Ends, levels: list[Ends]) -> Ends:
    """The people of `whole` who are in none of `levels`; `whole` may know more exits."""
    plain = whole.together(OUT, *(name for name in whole.upto if name != EVENT))
    parts = [e.together(OUT, *(name for name in e.upto if name != EVENT)) for e in levels]
    left = {name: counts - sum(e.upto[name] for e in parts) for name, counts in plain.upto.items()}
    return Ends(whole.n - sum(e.n for e in parts), left)


def ends_of(curves: pd.DataFrame, course: str) -> dict[Key, Ends]:
    """The levels of one course of one population; `curves` are its rows (schema CURVES)."""
    main, others = COURSES[course]
    here = curves[curves["analysis"].isin([main, *others.values()])]
    if not len(here):
        return {}
    last = int(here["time"].max())
    tables = {key: table for key, table in here.groupby(["analysis", "group_by", "level"], sort=False)}
    found = {}
    for (analysis, *key), table in tables.items():
        if analysis == main:
            exits = {name: tables.get((curve, *key)) for name, curve in others.items()}
            of_arm = any(exit_ is not None for exit_ in exits.values())
            found[tuple(key)] = _ends(table, exits if of_arm else {}, last)
    return found


def _ends(main: pd.DataFrame, others: dict[str, pd.DataFrame | None], last: int) -> Ends:
    n = int(main["n_at_risk"].iloc[main["time"].to_numpy().argmin()])
    counted = {EVENT: _by_day(main, "n_events", last)}
    counted |= {name: _by_day(table, "n_events", last) for name, table in others.items()}
    out = _by_day(main, "n_censored", last) - sum(counted[name] for name in others)
    upto = {name: np.append(np.cumsum(counts), counts.sum()) for name, counts in counted.items()}
    seen = np.cumsum(out)
    seen[last] -= out[last]
    return Ends(n, upto | {OUT: np.append(seen, n - sum(counts[-1] for counts in upto.values()))})


def _by_day(table: pd.DataFrame | None, column: str, last: int) -> np.ndarray:
    if table is None:
        return np.zeros(last + 1, dtype="int64")
    days = table["time"].to_numpy("int64")
    return np.bincount(days, weights=table[column].to_numpy("int64"), minlength=last + 1).astype("int64")
