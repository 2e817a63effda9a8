"""People behind AO% over time: states, days, weekly means, models, wage values, and its fall after an assessment.

- Members come from the population of `full_rtw`, followed as far as the number asks, by the periods of their path.
- A person visited a state when the path, up to the horizon or to leaving, ever held it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pilot_analysis.release.basis import Basis
from pilot_analysis.release.people import NEVER, Chosen, People
from pilot_analysis.schemas.derived import LEFT

_WEEK = 7
_PERIOD = 28  # days of an observation of the models
_PEOPLE_PER_COEFFICIENT = 5
_PATH = ("periods", "outcomes")
Row = Mapping[str, Any]


def _followed(people: People, row: Row) -> tuple[Chosen, np.ndarray, np.ndarray]:
    """People of the population and level, day of origin, and last known day since it."""
    chosen = people.population("full_rtw", row["population"])
    level = people.level(row["group_by"], row["level"], row["population"])
    origin = people.origin(row["population"], row["origin"])
    return chosen.where(level.who, *level.conditions), origin, people.number("last_known_day") - origin


def _days(people: People, row: Row) -> Basis:
    members, _, _ = _followed(people, row)
    events = members.where(people.endpoint("full_rtw").has("event"), "status = event")
    return Basis(members, events, tables=_PATH, endpoint="full_rtw")


def _occupation(people: People, row: Row) -> Basis:
    members, _, known = _followed(people, row)
    if row["measure"] == "n_at_risk":
        day = row["time"]
        counted = members.where(known >= day, f"last_known_day since the origin >= {day:g}")
        return Basis(members, None, counted, tables=_PATH, endpoint="full_rtw")
    visited = visitors(people, row["population"], row["origin"], row["term"])
    return Basis(members, members.where(visited, f"state = {row['term']}, ever"), tables=_PATH, endpoint="full_rtw")


def visitors(people: People, population: str, origin: str, state: str) -> np.ndarray:
    """Who was ever in a state between the origin and the day after the horizon; from leaving on the state is `left`."""
    periods, start = people.tables["periods"], people.origin(population, origin)
    end = people.protocol.clocks[population].horizon + 1
    known, leaves = people.number("last_known_day") - start, people.flag("leaves")
    if state == LEFT:
        return leaves & (known <= end)
    who = people.ids.get_indexer(periods["case_id"])
    first = periods["first_day"].to_numpy("int64") - start[who]
    last = periods["last_day"].to_numpy("int64") - start[who]
    seen = (last >= 0) & (np.maximum(first, 0) <= end) & ~(leaves[who] & (first >= known[who]))
    seen &= periods["state"].eq(state).to_numpy(dtype=bool)
    return np.bincount(who[seen], minlength=len(people.cases)) > 0


def _curve(people: People, row: Row) -> Basis:
    members, _, known = _followed(people, row)
    end = row["time"] + _WEEK - 1
    return Basis(
        members.where(known >= end, f"last_known_day since the origin >= {end:g}"), tables=_PATH, endpoint="full_rtw"
    )


def _named_week(people: People, row: Row) -> tuple[Chosen, int]:
    """Who counts in a named week of absence, and the first day of that week from t0."""
    members, _, _ = _followed(people, row)
    first = people.landmark(row["population"]) or 0
    first = 0 if row["origin"] == "t0" else first
    day = int(row["time"]) + first
    there = (people.number("last_known_day") >= day + _WEEK - 1) & (people.number("entry", NEVER) <= max(day, first))
    return members.where(there, f"last_known_day >= {day + _WEEK - 1}", f"entry <= {max(day, first)}"), day


def _points(people: People, row: Row) -> Basis:
    return Basis(_named_week(people, row)[0], tables=_PATH, endpoint="full_rtw")


def _wage_value(people: People, row: Row) -> Basis:
    members, day = _named_week(people, row)
    table = people.tables["wage_values"]
    until = day + _WEEK - 1
    has = members.where(people.of(table, table["day"] <= until), f"a wage value on a day <= {until}")
    tables = ("wage_values", *_PATH)
    if row["measure"] == "mean":
        return Basis(has, tables=tables, endpoint="full_rtw")
    return Basis(members, has if len(table) else None, has, tables=tables, endpoint="full_rtw")


def _model(people: People, row: Row) -> Basis:
    """Those followed through a first period of four weeks; where organisation is in the model nobody alone in one."""
    members, _, known = _followed(people, row)
    members = members.where(known >= _PERIOD - 1, f"last_known_day since the origin >= {_PERIOD - 1}")
    place, arm = people.column("organisation")[members.who], people.column("arm")[members.who]
    names, sizes = np.unique(place.astype(str), return_counts=True)
    shared = names[sizes >= 2]
    inside = np.isin(people.column("organisation").astype(str), shared)
    mixed = any(len(set(arm[place == name])) > 1 for name in names)
    enough = (members.who & inside).sum() >= _PEOPLE_PER_COEFFICIENT * (len(shared) + 1)
    if mixed and enough and len(shared) > 1:
        members = members.where(inside, "organisation shared by two or more")
    return Basis(members, tables=_PATH, endpoint="full_rtw")


def _timing(people: People, row: Row) -> Basis | None:
    """The assessed of a window with a known course, and those still absent beside them on the same days."""
    if row["measure"] == "published_fall":
        return None
    first, last = people.protocol.timing.windows[row["level"]]
    after, on = people.protocol.timing.after_days, people.days("process", "first_assessment_day")
    said = (f"first_assessment_day in {first}..{last}", "entry < that day", "no full return up to that day")
    assessed, known, exposed, beside = (np.zeros(len(people.cases), dtype=bool) for _ in range(4))
    back, entry = _first_return(people), people.number("entry", NEVER)
    for day in np.unique(on[people.analysed & (on >= max(first, 1)) & (on <= last)]):
        at_risk = people.analysed & (entry < day) & (back > day) & np.isfinite(people.ao_on(int(day) - 1))
        course = at_risk & np.isfinite(people.ao_on(int(day) - 1 + after))
        others = course & (on > day)
        assessed |= at_risk & (on == day)
        known |= course & (on == day)
        if others.sum() >= 2 and (course & (on == day)).any():
            exposed |= course & (on == day)
            beside |= others
    tables = ("process", "periods", "outcomes")
    if row["measure"] == "assessed":
        counted = Chosen(assessed, said)
        return Basis(counted, None, counted, tables=tables, endpoint="full_rtw")
    said = (*said, f"AO% known {after - 1} days after that day")
    estimable = row["status"] == "ok"
    if row["measure"] == "difference_points" and estimable:
        return Basis(Chosen(exposed, (*said, "others beside them")), tables=tables, endpoint="full_rtw")
    if row["measure"] == "fall_points_not_assessed" and estimable:
        said = (f"first_assessment_day after a day in {first}..{last} of somebody assessed", *said[1:])
        return Basis(Chosen(beside, said), tables=tables, endpoint="full_rtw")
    return Basis(Chosen(known, said), tables=tables, endpoint="full_rtw")


def _first_return(people: People) -> np.ndarray:
    """Day of the first full return; never is far away, already back at enrolment is day 0."""
    found = people.endpoint("full_rtw")
    return np.select([found.has("event"), found.has("not_at_risk", "None")], [found.time, 0], NEVER)


ANALYSES = {
    "ao_days": _days,
    "state_occupation": _occupation,
    "ao_curve": _curve,
    "ao_points": _points,
    "ao_gee": _model,
    "ao_mixed": _model,
    "wage_value": _wage_value,
    "timing": _timing,
}
