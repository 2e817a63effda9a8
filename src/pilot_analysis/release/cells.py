"""Which number of people each field of the results store shows: the cells that suppression protects.

- A cell is a set of people counted once: of an arm, of a group, those with an event, those in a state. Every field that
  shows it (`n`, `n_events`, a count, a share) belongs to that one cell, wherever it stands.
- People at risk of one population and group are one cell when they are as many, whatever the endpoint: at-risk sets are
  nested. Merging two different cells that happen to be equal only protects more.
- People of a share without its event are a cell too: nobody prints it, anybody can subtract it.
- Exempt are process counts that a trial must publish: people and events of a population by arm, and in total.
- A row without people has no cell.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

BOTH, ARMS = "both", ("intervention", "control")
UNANSWERED = ("missing", "not_applicable")  # codes of those who were asked and did not reply
CODE = re.compile(r"^(.*)\[([^\]]*)\]$")  # a term such as sex[female]
_CONTRASTS = {"all", "intervention - control", "control - intervention", "intervention / control"}
_WHOLE = {
    "km", "events_per_cell", "logrank", "rmst", "rmst_ratio", "days_not_returned", "days_not_returned_ratio",
    "days_not_returned_adjusted", "days_not_returned_bootstrap", "fine_gray", "ph_test", "minimum_detectable",
    "rerandomisation", "cox_unadjusted", "cox_adjusted", "cox_adjusted_clustered", "cox_adjusted_clustered_t",
    "cox_adjusted_jackknife", "cox_adjusted_bootstrap", "cox_interaction", "cox_interaction_holm",
    "cox_interaction_pooled", "cuminc",
}  # fmt: skip
SHARES = {
    ("adherence", "percent"), ("baseline", "percent"), ("baseline", "n"), ("survey", "frequency"),
    ("survey", "response"), ("fml_availability", "assessed_by_landmark"), ("recovery", "at_work_365_complete"),
    ("recovery", "at_work_365"), ("wage_value", "n_known"), ("cost", "n_known"), ("interview_themes", "interviews"),
    ("intercurrent", "n"),
}  # fmt: skip
_FML = "fml_availability"  # people and events are those of the whole course, on every day
_BY_TERM = {"survey", "adherence", "interview_themes", "organisation", "intercurrent"}  # people differ by term
_SHAPES = {"km", "cuminc", "fml_availability", "relapse"}


class Key(NamedTuple):
    """What a cell counts: `kind` n, events, lack, between, whole or flow; empty where it does not matter."""

    kind: str
    table: str = ""
    endpoint: str = ""
    population: str = ""
    origin: str = ""
    time: float | None = None
    term: str = ""
    group_by: str = ""
    group: str = ""
    arm: str = BOTH


class Table(NamedTuple):
    """Rows of one analysis that differ in the level of a grouping only; which field of theirs."""

    analysis: str
    measure: str
    endpoint: str
    population: str
    origin: str
    time: float | None
    term: str
    field: str
    group_by: str
    arm: str


@dataclass
class Cells:
    """All cells, which fields of which rows show them, and what is known of how they belong together."""

    values: list[float] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    exempt: list[bool] = field(default_factory=list)
    shown: list[tuple[int, str, int]] = field(default_factory=list)  # row, field, cell
    lacking: list[tuple[int, int, int]] = field(default_factory=list)  # people without, with the event, all
    tables: dict[Table, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    clocks: dict[int, set[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(set))
    people: dict[tuple[str, str, str, str], float] = field(default_factory=dict)  # by clock and arm
    ratios: list[tuple[int, int, int]] = field(default_factory=list)  # row of a ratio in a group, events of its arms
    _index: dict[tuple[Key, float], int] = field(default_factory=dict)

    def cell(self, key: Key, value: float, exempt: bool = False) -> int:
        """Number of the cell with this key and value, made when it is new."""
        found = self._index.setdefault((key, value), len(self.keys))
        if found == len(self.keys):
            self.keys.append(key)
            self.values.append(float(value))
            self.exempt.append(exempt)
        return found

    def find(self, key: Key, value: float) -> int | None:
        """Number of the cell with this key and value, if there is one."""
        return self._index.get((key, float(value)))


class Row(NamedTuple):
    """The fields of a row of the results store that say whom it counts."""

    analysis: str
    measure: str
    endpoint: str
    population: str
    origin: str
    group_by: str
    level: str
    unit: str
    term: str
    time: float
    estimate: float
    n: float
    n_events: float

    @property
    def at(self) -> float | None:
        """Time, where people and events are counted by it; nothing instead of what is not even equal to itself."""
        return None if np.isnan(self.time) or self.analysis == _FML else self.time

    @property
    def whole(self) -> bool:
        """Whether people and events are those of the population and endpoint as a whole."""
        return self.analysis in _WHOLE and not self.measure.endswith("_leaving")

    @property
    def shared(self) -> bool:
        """Whether the number is a share, or the count, of the people with the event."""
        return (self.analysis, self.measure) in SHARES

    @property
    def who(self) -> tuple[str, str, str]:
        """Grouping and group, empty for everybody, and arm."""
        base, _, of = self.level.partition(" @ ")
        if of:
            return self.group_by.rpartition("*")[2], of, BOTH
        if base in ARMS:
            return "", "", base
        if base in _CONTRASTS:
            return "", "", BOTH
        arm, _, group = base.partition(":")
        if self.group_by.startswith("arm*") and arm in ARMS:
            return self.group_by.removeprefix("arm*"), group, arm
        return self.group_by, base, BOTH


def find_cells(rows: pd.DataFrame) -> Cells:
    """Cells of the results store (schema ESTIMATES); a row is named by its place in `rows`."""
    cells = Cells()
    texts = [rows[name].astype(object).where(rows[name].notna(), "").to_numpy() for name in Row._fields[:9]]
    numbers = [rows[name].to_numpy("float64", na_value=np.nan) for name in Row._fields[9:]]
    made = [Row(*row) for row in zip(*texts, *numbers, strict=True)]
    for place in sorted(range(len(made)), key=lambda place: not made[place].whole):  # whole populations come first
        row = made[place]
        if row.measure == "interaction":  # of some groups only: its people are not released
            continue
        if row.analysis == "flow" and row.estimate >= 0:  # exempt, and known to everybody
            cells.cell(_key(row, "flow"), row.estimate, exempt=True)
        elif row.analysis not in ("flow", "theory_of_change") and row.level != "published":
            _add(cells, place, row)
    _ratios_of_groups(cells, made)
    _standardised(cells, made)
    return cells


def _standardised(cells: Cells, made: list[Row]) -> None:
    """A standardised difference of shares shows the share of each arm to whoever knows the other."""
    named: dict[str, list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.kind == "events" and key.table == "baseline/share" and key.arm in ARMS:
            named[key.term].append(cell)
    for place, row in enumerate(made):
        if row.measure == "standardised_difference" and CODE.match(row.term):
            cells.shown += [(place, "estimate", cell) for cell in named[row.term]]


def _ratios_of_groups(cells: Cells, made: list[Row]) -> None:
    """Note the ratios within a group, with the events of both arms."""
    named = {key: cell for cell, key in enumerate(cells.keys) if key.kind == "events" and not key.table}
    for place, row in enumerate(made):
        if row.whole and " @ " in row.level and row.estimate >= 0:
            key = _events(row)[0]
            both = [named.get(key._replace(arm=arm)) for arm in ARMS]
            if None not in both:
                cells.ratios.append((place, *both))


def _add(cells: Cells, place: int, row: Row) -> None:
    n = _show(cells, place, row, "n", *_people(cells, row)) if row.n >= 0 else None
    if row.measure == "n_at_risk":  # read off the life tables, but for the events of the whole course beside it
        if row.whole and row.n_events >= 0:
            _show(cells, place, row, "n_events", *_events(row))
        return
    if row.unit == "people" and not row.n_events >= 0 and (row.estimate != row.n or row.analysis == "survey"):
        if row.estimate >= 0:
            _counted(cells, n, _show(cells, place, row, "estimate", _key(row, "events"), row.estimate, False))
        return
    events = _show(cells, place, row, "n_events", *_events(row)) if row.n_events >= 0 else None
    if events is not None and (row.shared or row.analysis == "events_per_cell"):
        cells.shown.append((place, "estimate", events))
        if row.shared and row.unit != "people" and n is not None and not cells.exempt[n]:
            cells.shown.append((place, "estimate", n))  # who knows the share and the event knows the people
    elif n is not None and row.unit == "people" and row.estimate == row.n:
        cells.shown.append((place, "estimate", n))
    if _is_part(row) and not (cells.exempt[n] and cells.exempt[events]):
        _counted(cells, n, events)
    if row.analysis in _SHAPES if row.unit == "probability" else row.measure == "median" and row.analysis != "followup":
        people = None if row.analysis == "fml_availability" else n  # a height in coarse steps tells shares of them only
        told = (people,) if row.unit == "probability" else (people, events)
        cells.shown += [(place, "estimate", of) for of in told if of is not None and not cells.exempt[of]]


def _is_part(row: Row) -> bool:
    """Whether those with the event are some of the people; not of new spells, of which one person may have several."""
    return 0 <= row.n_events <= row.n and not row.measure.startswith("spells_")


def _counted(cells: Cells, n: int | None, events: int) -> None:
    """People of `n` are counted with the event; those without it are a cell too."""
    if n is not None and n != events:
        key = cells.keys[events]._replace(kind="lack", table=f"{cells.keys[events].table} of {n}")
        cells.lacking.append((cells.cell(key, cells.values[n] - cells.values[events]), events, n))


def _show(cells: Cells, place: int, row: Row, name: str, key: Key, value: float, exempt: bool) -> int:
    found = cells.cell(key, value, exempt)
    cells.shown.append((place, name, found))
    if row.whole and name == "n":
        clock = (row.population, row.endpoint, row.origin)
        cells.clocks[found].add(clock)
        if not key.group_by:
            cells.people[(*clock, key.arm)] = value
    if key.group_by:
        term = row.term if row.analysis in ("interview_themes", "organisation") else ""
        about = (row.analysis, row.measure, row.endpoint, row.population, row.origin, row.at, term, name)
        cells.tables[Table(*about, key.group_by, key.arm)][key.group] = found
    return found


def _key(row: Row, kind: str, table: str = "", term: str | None = None) -> Key:
    """The key of a cell that belongs to this table only."""
    about = (table or row.analysis, row.endpoint, row.population, row.origin, row.at)
    return Key(kind, *about, row.term if term is None else term, *row.who)


def _people(cells: Cells, row: Row) -> tuple[Key, float, bool]:
    """Field `n`: the people of the population and group, or those of this table when they are others."""
    group_by, group, arm = row.who
    key = Key("n", population=row.population, group_by=group_by, group=group, arm=arm)
    if row.whole or row.analysis in ("baseline", "cost") or _same_people(cells, row, key):
        return key, row.n, not group_by
    return _key(row, "n", term=_about(row)), row.n, False


def _same_people(cells: Cells, row: Row, key: Key) -> bool:
    """Whether `n` is the people at risk of full return, or of its own endpoint; as many as others is not enough."""
    if key.group_by:
        return cells.find(key, row.n) is not None
    return row.analysis != "survey" and any(
        (population, arm, n) == (row.population, key.arm, row.n) and endpoint in (row.endpoint, "full_rtw")
        for (population, endpoint, _, arm), n in cells.people.items()
    )


def _about(row: Row) -> str:
    """What a term is about: the question of an answer, the stem of a share, nothing where all terms share people."""
    found = CODE.match(row.term)
    if row.analysis == "survey" and found:
        return found[1] + ("+missing" if found[2] in UNANSWERED else "")
    return row.term if row.analysis in _BY_TERM else ""


def _events(row: Row) -> tuple[Key, float, bool]:
    """Field `n_events`: the events of the endpoint, or what this row counts."""
    group_by, group, arm = row.who
    if row.whole:
        key = Key("events", "", row.endpoint, row.population, "", None, "", group_by, group, arm)
        return key, row.n_events, not group_by
    measure = "share" if row.shared else row.measure.removesuffix("_difference")
    if row.analysis == _FML and not row.shared:
        measure = next((exit_ for exit_ in ("return", "leaving") if measure.endswith(f"_{exit_}")), "first")
    return _key(row, "events", f"{row.analysis.removesuffix('_difference')}/{measure}"), row.n_events, False
