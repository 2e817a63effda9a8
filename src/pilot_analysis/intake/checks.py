"""Checks across rows and tables. Each is a function of the tables and the plan that gives the rows it objects to.

- `CHECKS` lists them by rule; rule texts and severities are in `rules.py`.
- A cell that could not be read is never used: its row takes no part in checks on that column.
- Where rows of a table were lost (a file that could not be read), checks that would blame others for it are left out.
- All are array operations, linear but for one sort per table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.intake.assemble import BAD, PERSON
from pilot_analysis.intake.findings import Findings
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import DATE


@dataclass
class Tables:
    """Typed tables with origin and line, the plan, and the tables of which rows were lost.

    Each table with people gets a column `person`, the number of its case_id over all tables (-1: none), because
    integers compare much faster than text.
    """

    frames: dict[str, pd.DataFrame]
    protocol: Any
    incomplete: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        names = [name for name, table in TABLES.items() if "case_id" in table.key]
        every = pd.concat([self.frames[name]["case_id"] for name in names], ignore_index=True)
        numbers = pd.factorize(every)[0]
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

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Readable spells in order of person and first day, one per key, on a new index."""
        rows = self.rows("absence_spells", "return_date").dropna(subset=["case_id", "first_absence_date"])
        rows = rows.drop_duplicates([PERSON, "first_absence_date"])
        return rows.sort_values([PERSON, "first_absence_date"], kind="stable", ignore_index=True)

    @cached_property
    def limits(self) -> pd.DataFrame:
        """Data cut-off and end of follow-up (empty = none) for each number of a person."""
        highest = [int(frame[PERSON].max()) for frame in self.frames.values() if PERSON in frame and len(frame)]
        dates = self.protocol.dates
        none = {"cutoff": np.datetime64(dates.data_cutoff, "ns"), "end": np.datetime64("NaT", "ns")}
        limits = pd.DataFrame(none, index=range(max(highest, default=-1) + 1))
        allocation = self.filled("allocation", "case_id").drop_duplicates(PERSON)
        for name, day in dates.data_cutoff_per_organisation.items():
            limits.loc[allocation.loc[allocation["organisation"] == name, PERSON], "cutoff"] = np.datetime64(day, "ns")
        ends = self.filled("cases", "case_id", "followup_end_date").drop_duplicates(PERSON)
        limits.loc[ends[PERSON], "end"] = ends["followup_end_date"].to_numpy()
        return limits


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


def run_checks(tables: Tables, findings: Findings) -> None:
    """Run every check; what they find goes to `findings`."""
    for rule, function in CHECKS.items():
        for hit in function(tables):
            findings.add_rows(rule, hit.rows, hit.column, **({"expected": hit.expected} if hit.expected else {}))


@check("duplicate_key")
def duplicate_keys(tables: Tables) -> Iterator[Hit]:
    """Rows that share the key of their table; allocation and diagnoses have rules of their own."""
    for name, table in TABLES.items():
        if name not in ("allocation", "diagnoses"):
            rows = tables.filled(name, *table.key)
            yield Hit(rows[rows.duplicated(_by_person(table.key), keep=False)], table.key[0])


@check("enrolled_twice")
def enrolled_twice(tables: Tables) -> Iterator[Hit]:
    """People with several allocation rows."""
    rows = tables.filled("allocation", "case_id")
    yield Hit(rows[rows.duplicated(PERSON, keep=False)], "case_id")


@check("allocation_contradicts")
def allocation_contradicts(tables: Tables) -> Iterator[Hit]:
    """People whose allocation rows differ in arm or organisation."""
    for column in ("arm", "organisation"):
        rows = tables.filled("allocation", "case_id", column)
        several = rows.drop_duplicates([PERSON, column])
        several = several.loc[several.duplicated(PERSON, keep=False), PERSON]
        yield Hit(rows[rows[PERSON].isin(several)], column)


@check("identical_diagnosis")
def identical_diagnosis(tables: Tables) -> Iterator[Hit]:
    """Diagnoses that repeat an earlier row in every column."""
    columns = TABLES["diagnoses"].columns
    rows = tables.filled("diagnoses", *columns)
    yield Hit(rows[rows.duplicated(_by_person(columns), keep="first")], None)


@check("cas_letter_unlisted")
def cas_letter_unlisted(tables: Tables) -> Iterator[Hit]:
    """Codes whose letter the codelist does not list; without a codelist there is nothing to compare with."""
    rows = tables.filled("diagnoses", "cas_code")
    if tables.protocol.cas_letters:
        yield Hit(rows[~rows["cas_code"].str[0].isin(list(tables.protocol.cas_letters))], "cas_code")


@check("orphan")
def orphans(tables: Tables) -> Iterator[Hit]:
    """Rows of people whom allocation does not list."""
    allocation = tables.frames["allocation"]
    if "allocation" in tables.incomplete or allocation.empty or BAD + "case_id" in allocation.columns:
        return
    for name, table in TABLES.items():
        if "case_id" in table.key and name != "allocation":
            rows = tables.filled(name, "case_id")
            yield Hit(rows[~rows[PERSON].isin(allocation[PERSON])], "case_id")


@check("no_case_record")
def no_case_record(tables: Tables) -> Iterator[Hit]:
    """Allocated people without a row in cases."""
    if "cases" not in tables.incomplete and BAD + "case_id" not in tables.frames["cases"].columns:
        rows = tables.filled("allocation", "case_id")
        yield Hit(rows[~rows[PERSON].isin(tables.frames["cases"][PERSON])], "case_id")


@check("return_before_absence")
def return_before_absence(tables: Tables) -> Iterator[Hit]:
    """Spells that end before they begin."""
    rows = tables.filled("absence_spells", "first_absence_date", "return_date")
    yield Hit(rows[rows["return_date"] < rows["first_absence_date"]], "return_date")


@check("spells_overlap")
def spells_overlap(tables: Tables) -> Iterator[Hit]:
    """Spells that begin while an earlier spell of the same person lasts; an open spell lasts for good."""
    spells = tables.spells
    ends = spells["return_date"].fillna(pd.Timestamp.max)
    latest = ends.groupby(spells[PERSON], sort=False).cummax().shift()
    later = spells[PERSON].eq(spells[PERSON].shift())
    yield Hit(spells[later & (spells["first_absence_date"] < latest)], "first_absence_date")


@check("ao_outside_spell")
def ao_outside_spell(tables: Tables) -> Iterator[Hit]:
    """AO% rows on days that no delivered spell covers."""
    if "absence_spells" in tables.incomplete:
        return
    delivered = tables.frames["absence_spells"]
    unread = delivered.drop(index=tables.rows("absence_spells", "case_id", "first_absence_date", "return_date").index)
    rows = tables.filled("ao_percent", "case_id", "valid_from")
    rows = rows[~rows[PERSON].isin(unread[PERSON])]
    spell = _spell_on(tables.spells, rows[PERSON], rows["valid_from"])
    yield Hit(rows[spell < 0], "valid_from")


@check("followup_end_incomplete")
def followup_end_incomplete(tables: Tables) -> Iterator[Hit]:
    """A follow-up end with a date but no reason, or the reverse."""
    rows = tables.rows("cases", "followup_end_date", "followup_end_reason")
    date, reason = rows["followup_end_date"].notna(), rows["followup_end_reason"].notna()
    yield Hit(rows[date & ~reason], "followup_end_reason")
    yield Hit(rows[reason & ~date], "followup_end_date")


@check("age_out_of_range")
def age_out_of_range(tables: Tables) -> Iterator[Hit]:
    """Age at t0: year of t0 minus year of birth. Somebody without a spell at enrolment is judged at enrolment."""
    limits = tables.protocol.thresholds
    rows = tables.filled("cases", "case_id", "birth_year")
    age = rows[PERSON].map(_t0_year(tables)) - rows["birth_year"].astype("float64")
    wrong = (age < limits.age_min) | (age > limits.age_max)
    yield Hit(
        rows[wrong], "birth_year", f"an age of {limits.age_min} to {limits.age_max} years at the first absence day"
    )


@check("after_data_cutoff")
def after_data_cutoff(tables: Tables) -> Iterator[Hit]:
    """Dates after the data cut-off, but not so far that the run stops. Late enrolment is an exclusion."""
    for rows, column, late, _ in _dated(tables):
        if column == "enrolment_date":
            continue
        yield Hit(rows[(late > 0) & (late <= tables.protocol.dates.stop_after_cutoff_days)], column)


@check("after_followup_end")
def after_followup_end(tables: Tables) -> Iterator[Hit]:
    """Dates up to the data cut-off, but after the end of the person's follow-up."""
    for rows, column, late, after_end in _dated(tables):
        if column == "enrolment_date":
            continue
        yield Hit(rows[(late <= 0) & after_end], column)


@check("far_past_cutoff")
def far_past_cutoff(tables: Tables) -> Iterator[Hit]:
    """Dates more than `stop_after_cutoff_days` past the data cut-off."""
    days = tables.protocol.dates.stop_after_cutoff_days
    for rows, column, late, _ in _dated(tables):
        yield Hit(rows[late > days], column, f"dates at most {days} days past the cut-off")


def _by_person(key: Sequence[str]) -> list[str]:
    return [PERSON if column == "case_id" else column for column in key]


def _moments(people: pd.Series, dates: pd.Series) -> np.ndarray:
    """One sortable integer per person and day; 2**20 days are more than any calendar here has."""
    return people.to_numpy("int64") * 2**20 + dates.to_numpy().astype("datetime64[D]").astype("int64") + 2**19


def _spell_on(spells: pd.DataFrame, people: pd.Series, dates: pd.Series) -> np.ndarray:
    """For each person and date the place in `spells` (sorted) of the delivered spell that covers it, or -1."""
    if spells.empty:
        return np.full(len(people), -1)
    starts = _moments(spells[PERSON], spells["first_absence_date"])
    place = np.searchsorted(starts, _moments(people, dates), side="right") - 1
    found = np.maximum(place, 0)
    same = (place >= 0) & (spells[PERSON].to_numpy()[found] == people.to_numpy())
    back = spells["return_date"].to_numpy()[found]
    return np.where(same & (np.isnat(back) | (dates.to_numpy() < back)), place, -1)


def _t0_year(tables: Tables) -> pd.Series:
    """Year of t0 per person: of the first day of the merged spell at enrolment, else of enrolment."""
    enrolled = tables.filled("allocation", "case_id", "enrolment_date").drop_duplicates(PERSON)
    year = enrolled["enrolment_date"].dt.year.to_numpy("float64", copy=True)
    spells = tables.spells
    place = _spell_on(spells, enrolled[PERSON], enrolled["enrolment_date"])
    if len(spells):
        person, first = spells[PERSON], spells["first_absence_date"]
        gap = first - spells["return_date"].shift()
        apart = person.ne(person.shift()) | ~(gap < pd.Timedelta(days=tables.protocol.thresholds.merge_gap_days))
        start = first.where(apart).ffill().dt.year.to_numpy("float64")
        year = np.where(place >= 0, start[np.maximum(place, 0)], year)
    return pd.Series(year, index=enrolled[PERSON].to_numpy())


def _dated(tables: Tables) -> Iterator[tuple[pd.DataFrame, str, np.ndarray, np.ndarray]]:
    """For every date column: rows, column, days past the cut-off, and whether past the end of follow-up."""
    for name, table in TABLES.items():
        for column, entry in table.schema.columns.items():
            if str(entry.dtype) == DATE:
                rows = tables.filled(name, "case_id", column)
                day = rows[column].to_numpy()
                limits = tables.limits
                late = (day - limits["cutoff"].to_numpy()[rows[PERSON]]) // np.timedelta64(1, "D")
                yield rows, column, late, day > limits["end"].to_numpy()[rows[PERSON]]


def check_required(tables: Tables, delivered: frozenset[str], findings: Findings) -> None:
    """Required tables must be there, with rows unless a header is enough."""
    for name, table in TABLES.items():
        if not table.required or name in tables.incomplete:
            continue
        if name not in delivered:
            findings.add("table_missing", table=name, expected="the table" if table.header_only else None)
        elif not table.header_only and tables.frames[name].empty:
            file = next((origin.file for origin in findings.origins if origin.table == name), None)
            findings.add("table_empty", table=name, file=file)
