"""People behind the questionnaires: states at waves, scores, answers, and those of whom a scale's reliability is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
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
    wave = _wave_of(row)
    states = people.once(_states, wave)
    level = people.level(row["group_by"], row["level"])
    said = (f"wave = {wave}", *level.conditions)
    if row["measure"] == "n":
        members = Chosen((states == row["term"]) & level.who, (*said, f"state = {row['term']}"))
        return Basis(members, None, members, tables=("survey_waves", "survey"))
    due = Chosen(np.isin(states, _DUE) & level.who, (*said, f"state in {{{', '.join(_DUE)}}}"))
    answered = due.where(states == "answered", "state = answered")
    return Basis(due, answered if row["status"] == "ok" else None, tables=("survey_waves", "survey"))


def _states(people: People, wave: int) -> np.ndarray:
    """The state of everybody at a wave, as text."""
    table = people.tables["survey_waves"]
    return people.values(table[table["wave"] == wave], "state", "").astype("U32")


def _mean(people: People, row: Row, one: Instrument) -> Basis:
    who, said = people.once(_scored, one.name, None if one.asked == "once" else _wave_of(row))
    level = people.level(row["group_by"], row["level"])
    return Basis(Chosen(who & level.who, (*said, *level.conditions)), tables=("survey",))


def _scored(people: People, instrument: str, wave: int | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Who has a score, at a wave while absent where there are waves."""
    scores = people.tables["survey"]
    scores = scores[(scores["instrument"] == instrument) & scores["in_window"] & scores["score"].notna()]
    said = (f"instrument = {instrument}", "in_window", "score known")
    if wave is not None:
        scores, said = scores[scores["absent"] & (scores["wave"] == wave)], (*said, "absent", f"wave = {wave}")
    return people.of(scores), said


def _reliability(people: People, one: Instrument) -> Basis:
    """Those whose answers are used: a questionnaire with all items answered, in its window."""
    items = people.once(_items, one.name)
    complete = (items["in_window"] & items["value"].notna()).groupby([items["case_id"], items["wave"]])
    said = (f"instrument = {one.name}", "in_window", "all items answered")
    return Basis(Chosen(people.of(items, complete.transform("all")), said), tables=("survey_items", "survey"))


class _Answers(NamedTuple):
    """Answers to an item: whose each is (by position), its state and value, and the conditions that chose them."""

    whose: np.ndarray
    state: np.ndarray
    value: np.ndarray
    said: tuple[str, ...]

    def of(self, chosen: np.ndarray, n_people: int) -> np.ndarray:
        """Who gave one of the chosen answers."""
        return np.bincount(self.whose[chosen], minlength=n_people) > 0


def _frequency(people: People, row: Row, one: Instrument) -> Basis:
    item, _, code = row["term"].partition(".")[2].removesuffix("]").rpartition("[")
    mine: _Answers = people.once(_answers, one.name)[item]
    level = people.level(row["group_by"], row["level"])
    said = (f"item = {item}", *mine.said, *level.conditions)
    if code in _MISSING:
        chosen, word = np.isin(mine.state, _MISSING[code]), f"state in {{{', '.join(_MISSING[code])}}}"
        counted = np.full(len(mine.whose), item in people.once(_delivered, one.name))
    else:
        counted, chosen = mine.state == "answered", mine.value == float(code)
        said, word = (*said, "state = answered"), f"answer = {code}"
    of = Chosen(mine.of(counted, len(people.cases)) & level.who, said)
    has = of.where(mine.of(chosen, len(people.cases)), word)
    return Basis(of, has if row["status"] == "ok" else None, tables=("survey_items", "survey"))


def _items(people: People, instrument: str) -> pd.DataFrame:
    items = people.tables["survey_items"]
    return items[items["instrument"] == instrument]


def _delivered(people: People, instrument: str) -> frozenset[str]:
    """Items of which anybody's answer was delivered."""
    items = people.once(_items, instrument)
    return frozenset(items.loc[items["state"] != "missing", "item"].unique())


def _answers(people: People, instrument: str) -> dict[str, _Answers]:
    """The answers to each item in the questionnaires whose answers are counted."""
    asked, said = people.once(_counted, instrument)
    whose = people.ids.get_indexer(asked["case_id"])
    asked, whose = asked[whose >= 0], whose[whose >= 0]
    states, values = asked["state"].to_numpy(dtype="U32"), asked["answer"].to_numpy("float64", na_value=np.nan)
    rows = asked.groupby("item", sort=False).indices
    return {item: _Answers(whose[mine], states[mine], values[mine], said) for item, mine in rows.items()}


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
