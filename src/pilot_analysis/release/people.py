"""The people of a run as arrays: who is in which population and level, and what their AO% was on a day.

- Everything is by position in the derived table `cases`: whoever was allocated, analysed or not.
- A condition is written as an analyst would type it on the derived tables (`time > 84`), beside the people it chooses.
- The rules are those of the definitions, written a second time: the estimates do not use this module, so that people
  counted here and numbers computed there check each other.

It fails with `KeyError` on an endpoint or grouping that the derived tables do not have.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol

T = TypeVar("T")
NEVER = 10**6  # a day that nobody reaches
_SPAN = np.int64(2**26)  # days are below it


@dataclass(frozen=True)
class Chosen:
    """Some people (boolean by position in `cases`) and the conditions that choose them."""

    who: np.ndarray
    conditions: tuple[str, ...] = ()

    def where(self, who: np.ndarray, *conditions: str) -> Chosen:
        """Those of them for whom `who` holds too."""
        return Chosen(self.who & who, (*self.conditions, *conditions))


@dataclass(frozen=True)
class Endpoint:
    """Outcomes of one endpoint by person: status as text (empty without one), time (-1 when empty)."""

    status: np.ndarray
    time: np.ndarray

    def has(self, *statuses: str) -> np.ndarray:
        """Whose status is one of these."""
        return np.isin(self.status, statuses)


class People:
    """The derived tables (by name, schemas.derived) seen from the people; `tables` may lack what was not delivered."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], protocol: Protocol):
        self.tables, self.protocol = tables, protocol
        self.cases = tables["cases"].reset_index(drop=True)
        self.ids = pd.Index(self.cases["case_id"])
        self.analysed = self.cases["exclusion"].isna().to_numpy(dtype=bool)
        self.everyone = np.ones(len(self.cases), dtype=bool)
        self.column, self.level, self.once = cache(self._column), cache(self._level), cache(self._once)
        self.endpoint = cache(self._endpoint)
        self.population = cache(self._population)
        self.ao_on = cache(self._ao_on)
        self.lookup = cache(self._lookup)

    def _once(self, make: Callable[..., T], *about: Hashable) -> T:
        """What `make(people, *about)` gives, made once."""
        return make(self, *about)

    def _column(self, name: str) -> np.ndarray:
        """A column of `cases` as text."""
        return self.cases[name].astype(object).where(self.cases[name].notna(), "").to_numpy(dtype=object)

    def number(self, name: str, missing: int = -1) -> np.ndarray:
        """A column of `cases` as whole numbers."""
        return self.cases[name].astype("Int64").fillna(missing).to_numpy("int64")

    def flag(self, name: str) -> np.ndarray:
        """A column of `cases` that is true or false."""
        return self.cases[name].to_numpy(dtype=bool)

    def of(self, table: pd.DataFrame, rows: np.ndarray | pd.Series | None = None) -> np.ndarray:
        """Who has a row in `table`, or in the chosen rows of it."""
        chosen = table if rows is None else table[rows]
        return self.ids.isin(chosen["case_id"])

    def values(self, table: pd.DataFrame, name: str, missing: object = None) -> np.ndarray:
        """A column of a table with one row per person, by person."""
        found = table.set_index("case_id")[name].astype(object).reindex(self.ids)
        return found.where(found.notna(), missing).to_numpy(dtype=object)

    def days(self, table: str, name: str, missing: int = NEVER) -> np.ndarray:
        """A column of whole numbers of a table with one row per person, by person."""
        return self.lookup(table, name, missing).astype("int64")

    def _lookup(self, table: str, name: str, missing: object = None) -> np.ndarray:
        return self.values(self.tables[table], name, missing)

    def arm(self, name: str) -> np.ndarray:
        """Who was allocated to an arm."""
        return self.column("arm") == name

    def _endpoint(self, name: str) -> Endpoint:
        rows = self.tables["outcomes"]
        rows = rows[rows["endpoint"] == name]
        if rows.empty and len(self.tables["outcomes"]):
            raise KeyError(name)
        return Endpoint(self.values(rows, "status", "").astype("U16"), self.values(rows, "time", -1).astype("int64"))

    def _population(self, endpoint: str, name: str) -> Chosen:
        """Everyone at risk of an endpoint, of a landmark those still waiting on its day and enrolled by then."""
        found = self.endpoint(endpoint)
        at_risk = found.has("event", "competing", "censored")
        chosen = Chosen(at_risk, (f"endpoint = {endpoint}", "status != not_at_risk"))
        day = self.landmark(name)
        if day is None:
            return chosen
        waiting = (found.time > day) & (self.number("entry", NEVER) <= day)
        return chosen.where(waiting, f"time > {day}", f"entry <= {day}")

    def landmark(self, population: str) -> int | None:
        """Day from t0 on which the clock of a population starts; None = enrolment."""
        return self.protocol.clocks[population].day

    def origin(self, population: str, origin: str) -> np.ndarray:
        """Day from t0 on which time starts, by person."""
        if origin == "t0":
            return np.zeros(len(self.cases), dtype="int64")
        day = self.landmark(population)
        return self.number("entry", 0) if day is None else np.full(len(self.cases), day)

    def group(self, name: str, population: str) -> np.ndarray:
        """Values of a grouping; that of the FML is the one known at the population's landmark, else at enrolment."""
        if name != "fml_group":
            return self.column(name)
        day = self.landmark(population)
        return self.column(f"fml_group_{'enrolment' if day is None else day}")

    def _level(self, group_by: str, level: str, population: str = "itt") -> Chosen:
        """The people of a level; of a contrast or a test everybody, or everybody of the group it is made in."""
        _, _, inside = level.partition(" @ ")
        if inside:
            names, values = group_by.split("*")[1:], [inside]
        elif group_by == "all" or level == "all" or " - " in level or " / " in level:
            return Chosen(self.everyone)
        else:
            names, values = group_by.split("*"), level.split(":")
        chosen = Chosen(self.everyone)
        for name, value in zip(names, values, strict=True):
            chosen = chosen.where(self.group(name, population) == value, f"{name} = {value}")
        return chosen

    def _ao_on(self, day: int) -> np.ndarray:
        """AO% on a day from t0, by person; NaN where it is not known."""
        key, last, ao = self._path
        if day < 0 or not key.size:
            return np.full(len(self.cases), np.nan)
        me = np.arange(len(self.cases), dtype="int64")
        at = np.searchsorted(key, me * _SPAN + day, side="right") - 1
        found = (at >= 0) & (key[at] // _SPAN == me) & (last[at] >= day)
        return np.where(found, ao[at], np.nan)

    @property
    def _path(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not hasattr(self, "_sorted"):
            periods = self.tables["periods"]
            key = self.ids.get_indexer(periods["case_id"]) * _SPAN + periods["first_day"].to_numpy("int64")
            order = np.argsort(key, kind="stable")
            ends, ao = periods["last_day"].to_numpy("int64"), periods["ao_percent"].to_numpy("float64")
            self._sorted = (key[order], ends[order], ao[order])
        return self._sorted
