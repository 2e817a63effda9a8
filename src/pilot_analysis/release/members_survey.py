"""People behind the questionnaires: states at waves, scores, answers, and those of whom a scale's reliability is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pilot_analysis.instruments import Instrument
from pilot_analysis.release.basis import Basis
from pilot_analysis.release.people import Chosen, People

_DUE = ("answered", "not_answered", "outside_window")
_MISSING = {"missing": ("missing", "invalid"), "not_applicable": ("not_applicable",)}
Row = Mapping[str, Any]


def survey(people: People, row: Row) -> Basis:
    """The people behind a row of `survey`."""
    if row["measure"] in ("response", "n"):
        return _wave(people, row)
    name = row["term"].partition(".")[0]
    one = _instrument(people, name)
    if row["measure"] in ("mean", "mean_difference"):
        return _mean(people, row, one)
    return _reliability(people, one) if row["measure"] in ("alpha", "omega") else _frequency(people, row, one)


def _wave_of(row: Row) -> int:
    return int(row["time"]) // 7 + 1


def _wave(people: People, row: Row) -> Basis:
    table, wave = people.tables["survey_waves"], _wave_of(row)
    level = people.level(row["group_by"], row["level"])
    states = table["state"].where(table["wave"] == wave)
    said = (f"wave = {wave}", *level.conditions)
    if row["measure"] == "n":
        members = Chosen(people.of(table, states == row["term"]) & level.who, (*said, f"state = {row['term']}"))
        return Basis(members, None, members, tables=("survey_waves", "survey"))
    due = Chosen(people.of(table, states.isin(_DUE)) & level.who, (*said, f"state in {{{', '.join(_DUE)}}}"))
    answered = due.where(people.of(table, states == "answered"), "state = answered")
    return Basis(due, answered if row["status"] == "ok" else None, tables=("survey_waves", "survey"))


def _mean(people: People, row: Row, one: Instrument) -> Basis:
    scores = people.tables["survey"]
    scores = scores[(scores["instrument"] == one.name) & scores["in_window"] & scores["score"].notna()]
    said = (f"instrument = {one.name}", "in_window", "score known")
    if one.asked != "once":
        wave = _wave_of(row)
        scores, said = scores[scores["absent"] & (scores["wave"] == wave)], (*said, "absent", f"wave = {wave}")
    level = people.level(row["group_by"], row["level"])
    return Basis(Chosen(people.of(scores) & level.who, (*said, *level.conditions)), tables=("survey",))


def _reliability(people: People, one: Instrument) -> Basis:
    """Those whose answers are used: a questionnaire with all items answered, in its window."""
    items = people.once(_items, one.name)
    complete = (items["in_window"] & items["value"].notna()).groupby([items["case_id"], items["wave"]])
    said = (f"instrument = {one.name}", "in_window", "all items answered")
    return Basis(Chosen(people.of(items, complete.transform("all")), said), tables=("survey_items", "survey"))


def _frequency(people: People, row: Row, one: Instrument) -> Basis:
    item, _, code = row["term"].partition(".")[2].removesuffix("]").rpartition("[")
    mine, said = people.once(_asked, one.name, item)
    level = people.level(row["group_by"], row["level"])
    said = (f"item = {item}", *said, *level.conditions)
    if code in _MISSING:
        events, delivered = mine["state"].isin(_MISSING[code]), people.once(_delivered, one.name, item)
        members, word = mine if delivered else mine[:0], f"state in {{{', '.join(_MISSING[code])}}}"
    else:
        members = mine[mine["state"] == "answered"]
        events, word = mine["answer"] == float(code), f"answer = {code}"
        said = (*said, "state = answered")
    of = Chosen(people.of(members) & level.who, said)
    has = of.where(people.of(mine, events), word)
    return Basis(of, has if row["status"] == "ok" else None, tables=("survey_items", "survey"))


def _items(people: People, instrument: str) -> pd.DataFrame:
    items = people.tables["survey_items"]
    return items[items["instrument"] == instrument]


def _delivered(people: People, instrument: str, item: str) -> bool:
    items = people.once(_items, instrument)
    return bool((items.loc[items["item"] == item, "state"] != "missing").any())


def _asked(people: People, instrument: str, item: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The answers to an item in the questionnaires whose answers are counted."""
    asked, said = people.once(_counted, instrument)
    return asked[asked["item"] == item], said


def _counted(people: People, instrument: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The questionnaires whose answers are counted."""
    one, items = _instrument(people, instrument), people.once(_items, instrument)
    usable = items[items["in_window"]]
    if one.asked == "every_wave":
        chosen = usable["absent"] & (usable["wave"] == one.frequencies_at)
        return usable[chosen], ("in_window", "absent", f"wave = {one.frequencies_at}")
    waves = usable["wave"]
    if one.asked == "last_wave":
        waves = waves.where(usable["state"] == "answered")
    return usable[usable["wave"] == waves.groupby(usable["case_id"]).transform("max")], ("in_window", "last wave")


def _instrument(people: People, name: str) -> Instrument:
    return next(one for one in people.protocol.instruments.instruments if one.name == name)
