"""The typed tables as checks see them, with what several checks need: spells in order, limits, t0 per person.

- A cell that could not be read is never used: its row takes no part in checks on that column.
- Dates of a person are looked up by the person's number, in arrays; no step loops over people.
- `check` registers a function of the tables that gives the rows its rule objects to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pilot_analysis.intake.assemble import BAD, PERSON
from pilot_analysis.intake.findings import Origin
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import DATE, arrow_texts

NO_DAY = np.datetime64("NaT", "ns")


@dataclass
class Tables:
    """Typed tables with origin and line, the plan, the tables of which rows were lost, and the files by origin.

    Each table with people gets a column `person`, the number of its case_id over all tables (-1: none), because
    integers compare much faster than text.
    """

    frames: dict[str, pd.DataFrame]
    protocol: Any
    incomplete: frozenset[str] = frozenset()
    origins: Sequence[Origin] = ()

    def __post_init__(self) -> None:
        names = [name for name, table in TABLES.items() if "case_id" in table.key]
        # Arrow encodes millions of texts in half the time that pandas takes.
        every = pa.chunked_array([arrow_texts(self.frames[name]["case_id"]) for name in names])
        numbers = every.dictionary_encode().combine_chunks().indices.fill_null(-1).to_numpy().astype("int64")
        ends = np.cumsum([len(self.frames[name]) for name in names])
        parts = zip(names, np.split(numbers, ends[:-1]), strict=True)
        self.frames = {**self.frames, **{name: self.frames[name].assign(**{PERSON: part}) for name, part in parts}}

    def rows(self, table: str, *columns: str) -> pd.DataFrame:
        """Rows of `table` whose cells in `columns` could all be read."""
        frame = self.frames[table]
        for flag in (BAD + column for column in columns):
            if flag in frame.columns:
                frame = frame[~frame[flag]]
        return frame

    def filled(self, table: str, *columns: str) -> pd.DataFrame:
        """Rows of `table` whose cells in `columns` are all there."""
        frame = self.frames[table]
        for column in columns:
            there = frame[PERSON] >= 0 if column == "case_id" else frame[column].notna()
            frame = frame if there.all() else frame[there]
        return frame

    def whole(self, table: str) -> bool:
        """Whether every row of `table` was read, and whose it is."""
        return table not in self.incomplete and BAD + "case_id" not in self.frames[table].columns

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Readable spells in order of person and first day, one per key, on a new index."""
        rows = self.rows("absence_spells", "return_date").dropna(subset=["case_id", "first_absence_date"])
        rows = rows.drop_duplicates([PERSON, "first_absence_date"])
        return rows.sort_values([PERSON, "first_absence_date"], kind="stable", ignore_index=True)

    @cached_property
    def unread_spells(self) -> np.ndarray:
        """Numbers of the people one of whose spells could not be read."""
        rows = self.frames["absence_spells"]
        return rows.drop(index=self.rows("absence_spells", *TABLES["absence_spells"].columns).index)[PERSON].unique()

    @cached_property
    def limits(self) -> pd.DataFrame:
        """Per person, by number: data cut-off, end of follow-up, enrolment, t0 and year of birth; empty = unknown.

        `t0` is the first day of the merged spell at enrolment; unknown without one, or when spells could not be read.
        """
        highest = [int(frame[PERSON].max()) for frame in self.frames.values() if PERSON in frame and len(frame)]
        dates = self.protocol.dates
        unknown = dict.fromkeys(("end", "enrolment", "t0"), NO_DAY) | {"birth_year": np.nan}
        first = {"cutoff": np.datetime64(dates.data_cutoff, "ns")}
        limits = pd.DataFrame(first | unknown, index=range(max(highest, default=-1) + 1))
        allocation = self.filled("allocation", "case_id").drop_duplicates(PERSON)
        for name, day in dates.data_cutoff_per_organisation.items():
            limits.loc[allocation.loc[allocation["organisation"] == name, PERSON], "cutoff"] = np.datetime64(day, "ns")
        ends = self.filled("cases", "case_id", "followup_end_date").drop_duplicates(PERSON)
        limits.loc[ends[PERSON], "end"] = ends["followup_end_date"].to_numpy()
        births = self.filled("cases", "case_id", "birth_year").drop_duplicates(PERSON)
        limits.loc[births[PERSON], "birth_year"] = births["birth_year"].to_numpy("float64")
        enrolled = allocation.dropna(subset=["enrolment_date"])
        limits.loc[enrolled[PERSON], "enrolment"] = enrolled["enrolment_date"].to_numpy()
        limits.loc[enrolled[PERSON], "t0"] = self._t0(enrolled)
        limits.loc[self.unread_spells[self.unread_spells >= 0], "t0"] = NO_DAY
        return limits

    def _t0(self, enrolled: pd.DataFrame) -> np.ndarray:
        """First day of the merged spell that one of whose delivered spells covers the day of enrolment."""
        spells = self.spells
        if spells.empty or "absence_spells" in self.incomplete:
            return np.full(len(enrolled), NO_DAY)
        place = spell_on(spells, enrolled[PERSON], enrolled["enrolment_date"])
        person, first = spells[PERSON], spells["first_absence_date"]
        gap = first - spells["return_date"].shift()
        apart = person.ne(person.shift()) | ~(gap < pd.Timedelta(days=self.protocol.thresholds.merge_gap_days))
        start = first.where(apart).ffill().to_numpy()
        return np.where(place >= 0, start[np.maximum(place, 0)], NO_DAY)

    def of(self, rows: pd.DataFrame, limit: str) -> pd.Series:
        """The column `limit` of `limits` for the person of each of `rows`."""
        return pd.Series(self.limits[limit].to_numpy()[rows[PERSON]], index=rows.index)

    @cached_property
    def ao_outside(self) -> tuple[pd.DataFrame, np.ndarray]:
        """AO% rows on days that no delivered spell covers, and which of them are above 0 after a return."""
        rows = self.filled("ao_percent", "case_id", "valid_from")
        if "absence_spells" in self.incomplete:
            return rows.head(0), np.zeros(0, dtype=bool)
        rows = rows[~rows[PERSON].isin(self.unread_spells)]
        rows = rows[spell_on(self.spells, rows[PERSON], rows["valid_from"]) < 0]
        begun = last_spell(self.spells, rows[PERSON], rows["valid_from"]) >= 0
        return rows, begun & (rows["ao_percent"] > 0).to_numpy(dtype=bool)

    def dated(self) -> Iterator[tuple[pd.DataFrame, str]]:
        """Rows of people and the column, for every date column of every table."""
        for name, table in TABLES.items():
            for column, entry in table.schema.columns.items():
                if str(entry.dtype) == DATE:
                    yield self.filled(name, "case_id", column), column


@dataclass(frozen=True)
class Hit:
    """Rows of one table that a rule objects to, and the column concerned; `expected` where the plan sets it."""

    rows: pd.DataFrame
    column: str | None
    expected: str | None = None


Check = Callable[[Tables], Iterator[Hit]]
CHECKS: dict[str, Check] = {}


def check(rule: str) -> Callable[[Check], Check]:
    """Register a function as the check of `rule`."""

    def register(function: Check) -> Check:
        CHECKS[rule] = function
        return function

    return register


def by_person(key: Sequence[str]) -> list[str]:
    """The columns of a key with the person's number instead of the pseudonym."""
    return [PERSON if column == "case_id" else column for column in key]


def last_spell(spells: pd.DataFrame, people: pd.Series, dates: pd.Series) -> np.ndarray:
    """For each person and date the place in `spells` (sorted) of the last spell begun by then, or -1."""
    if spells.empty:
        return np.full(len(people), -1)
    starts = _moments(spells[PERSON], spells["first_absence_date"])
    place = np.searchsorted(starts, _moments(people, dates), side="right") - 1
    same = (place >= 0) & (spells[PERSON].to_numpy()[np.maximum(place, 0)] == people.to_numpy())
    return np.where(same, place, -1)


def spell_on(spells: pd.DataFrame, people: pd.Series, dates: pd.Series) -> np.ndarray:
    """For each person and date the place in `spells` (sorted) of the delivered spell that covers it, or -1."""
    place = last_spell(spells, people, dates)
    if spells.empty:
        return place
    back = spells["return_date"].to_numpy()[np.maximum(place, 0)]
    return np.where((place >= 0) & (np.isnat(back) | (dates.to_numpy() < back)), place, -1)


def _moments(people: pd.Series, dates: pd.Series) -> np.ndarray:
    """One sortable integer per person and day; 2**20 days are more than any calendar here has."""
    return people.to_numpy("int64") * 2**20 + dates.to_numpy().astype("datetime64[D]").astype("int64") + 2**19
