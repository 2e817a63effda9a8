"""People behind the guidance process: contacts with labour experts, steps of the law, the first FML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pilot_analysis.release.basis import Basis
from pilot_analysis.release.people import NEVER, Chosen, People
from pilot_analysis.schemas.canonical import ASSESSMENTS

Row = Mapping[str, Any]
_TABLES = ("process", "guidance")


def _adherence(people: People, row: Row) -> Basis | None:
    if row["level"] == "published":
        return None
    level = people.level(row["group_by"], row["level"])
    of = Chosen(people.analysed & level.who, ("exclusion empty", *level.conditions))
    has, of = _what(people, row["term"], of)
    if row["measure"] == "median":
        return Basis(has, tables=_TABLES)
    events = has if row["status"] == "ok" else None
    tables = (*_TABLES, "periods") if row["term"].startswith(("law", "window")) else _TABLES
    return Basis(of, events, tables=tables)


def _what(people: People, term: str, of: Chosen) -> tuple[Chosen, Chosen]:
    """Those of `of` to whom it happened, and of whom the share is."""
    name, _, value = term.removesuffix("]").partition("[")
    if name in ("contact", "assessment"):
        known = people.days("process", f"first_{name}_day") < NEVER
        return of.where(known, f"first_{name}_day known"), of
    if name == "timing":
        return of.where(people.lookup("process", "timing") == value, f"timing = {value}"), of
    if name == "window":
        first, last = people.protocol.weeks[value]
        of = _absent_on(people, of, first, last)
        return of.where(_had(people, ASSESSMENTS, first, last), f"an assessment on a day in {first}..{last}"), of
    if name == "route":
        of = of.where(people.days("process", "first_contact_day") < NEVER, "first_contact_day known")
        return of.where(people.lookup("process", "first_contact_route") == value, f"first_contact_route = {value}"), of
    if name == "other_route":
        return of.where(people.lookup("process", "other_route", False).astype(bool), "other_route"), of
    if name == "activity":
        return of.where(_had(people, (value,), 0, NEVER), f"activity = {value}"), of
    if name == "reassessed":
        of = of.where(people.days("process", "first_assessment_day") < NEVER, "first_assessment_day known")
        return of.where(people.lookup("process", "reassessed", False).astype(bool), "reassessed"), of
    return _law(people, name, int(value.removeprefix("week_")), of)


def _law(people: People, name: str, week: int, of: Chosen) -> tuple[Chosen, Chosen]:
    """A step of the law: who is still absent then of those followed, and for whom of these it was taken."""
    day = 7 * week - 1
    absent = _absent_on(people, of, day, day)
    if name == "law_done":
        done = people.days("process", "first_physician_day") <= day
        return absent.where(done, f"first_physician_day <= {day}"), absent
    followed = (people.number("entry", NEVER) <= day) & (people.number("last_known_day") >= day)
    return absent, of.where(followed, f"entry <= {day}", f"last_known_day >= {day}")


def _absent_on(people: People, of: Chosen, day: int, known_until: int) -> Chosen:
    seen = (people.number("entry", NEVER) <= day) & (people.number("last_known_day") >= known_until)
    absent = seen & (np.nan_to_num(people.ao_on(day)) > 0)
    return of.where(absent, f"entry <= {day}", f"last_known_day >= {known_until}", f"AO% > 0 on day {day}")


def _had(people: People, activities: tuple[str, ...], first: int, last: int) -> np.ndarray:
    rows = people.tables["guidance"]
    return people.of(rows, rows["activity"].isin(activities) & (rows["day"] >= first) & (rows["day"] <= last))


def _fml(people: People, row: Row) -> Basis:
    level = people.level(row["group_by"], row["level"])
    if row["measure"] == "assessed_by_landmark":
        day = people.landmark(row["population"])
        members = people.population("full_rtw", row["population"]).where(level.who, *level.conditions)
        events = members.where(people.days("process", "first_fml_day") <= day, f"first_fml_day <= {day}")
        events = events if row["status"] == "ok" else None
        return Basis(members, events, tables=("process", "outcomes"), endpoint="full_rtw")
    waiting, since = _waiting(people, row["population"])
    members = waiting.where(level.who, *level.conditions)
    counted = None
    if row["measure"] == "n_at_risk":
        counted = members.where(since >= row["time"], f"days since the origin >= {row['time']:g}")
    return Basis(members, _fml_events(people, row, members), counted, tables=("process",))


def _waiting(people: People, population: str) -> tuple[Chosen, np.ndarray]:
    """Those who wait for a first FML from the origin on, and how many days."""
    status, time = people.lookup("process", "fml_status"), people.days("process", "fml_time", -1)
    waiting = Chosen(people.analysed & (status != "not_at_risk"), ("fml_status != not_at_risk",))
    day = people.landmark(population)
    if day is None:
        return waiting, time - people.number("entry", 0)
    there = (people.number("entry", NEVER) <= day) & (time > day)
    return waiting.where(there, f"entry <= {day}", f"fml_time > {day}"), time - day


def _fml_events(people: People, row: Row, members: Chosen) -> Chosen | None:
    status, reason = people.lookup("process", "fml_status"), people.lookup("process", "fml_reason")
    if row["measure"].endswith("_return"):
        return members.where(reason == "full_rtw", "fml_reason = full_rtw")
    if row["measure"].endswith("_leaving"):
        left = (status == "competing") & (reason != "full_rtw")
        return members.where(left, "fml_status = competing", "fml_reason != full_rtw")
    return members.where(status == "event", "fml_status = event")


ANALYSES = {"adherence": _adherence, "fml_availability": _fml}
