"""Scores and waves of the questionnaires, by case.

- An answer counts when it is a code of the instrument; "does not apply", an empty cell and any other number are no
  answers, never zero. Codes are recoded, then reversed (low + high - answer), then summed or averaged.
- A score needs `minimum_answered` answers; a sum with missing items is the mean of those answered times the number of
  items.
- The day of a questionnaire is that of completion, else the first day of its week; it is in its window or not, and the
  person is absent (AO% > 0) on it or not. Questionnaires of labour experts have weeks instead of a window.
- Every analysed case has a state at every planned wave, so that response and attrition add up to everyone.
- Columns that the codebook does not declare are not read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.derive.days import FAR, day_numbers, latest
from pilot_analysis.instruments import SURVEYS, Instrument, Instruments, Waves
from pilot_analysis.schemas import derived as schemas
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import conform, empty_table

ANSWERED, NOT_APPLICABLE, MISSING, INVALID = range(len(schemas.ITEM_STATES))
_ABOUT = ["case_id", "arm", "survey", "wave", "in_window", "absent"]


@dataclass(frozen=True)
class Surveys:
    """Scores, answers and states at waves (schemas SURVEY, SURVEY_ITEMS, SURVEY_WAVES)."""

    scores: pd.DataFrame
    items: pd.DataFrame
    waves: pd.DataFrame


@dataclass(frozen=True)
class Scored:
    """Answers of one instrument: `state` and `value` (rows, items), `n_answered` and `score` (rows)."""

    state: np.ndarray
    value: np.ndarray
    n_answered: np.ndarray
    score: np.ndarray


def survey_tables(
    tables: dict[str, pd.DataFrame], people: pd.DataFrame, periods: pd.DataFrame, instruments: Instruments
) -> Surveys:
    """Score what was delivered of the analysed people.

    `people` has case_id, arm, t0, entry, last_known_day (days from t0); `periods` is the AO% path by position in it.
    """
    path = _Path(periods)
    scores, items = [empty_table(schemas.SURVEY)], [empty_table(schemas.SURVEY_ITEMS)]
    for survey in SURVEYS:
        table = tables.get(survey, empty_table(TABLES[survey].schema))
        rows = _questionnaires(table, survey, people, path, instruments.waves)
        for one in instruments.of(survey):
            answers = rows.reindex(columns=[item.name for item in one.items])
            found = scored(one, answers.to_numpy(dtype="float64", na_value=np.nan))
            scores.append(_scores(rows, one, found))
            items.append(_items(rows, one, answers, found))
    frames = {"scores": (scores, schemas.SURVEY), "items": (items, schemas.SURVEY_ITEMS)}
    made = {name: _stacked(parts, schema) for name, (parts, schema) in frames.items()}
    return Surveys(**made, waves=_waves(made["items"], people, path, instruments.waves))


def scored(one: Instrument, answers: np.ndarray) -> Scored:
    """Score `answers` (rows, items), codes as delivered and NaN where empty."""
    answered = np.isin(answers, one.codes)
    state = np.select(
        [answered, np.isin(answers, one.not_applicable), np.isnan(answers)],
        [ANSWERED, NOT_APPLICABLE, MISSING],
        INVALID,
    )
    value = np.where(answered, answers, np.nan)
    for code, instead in one.recode.items():
        value[answers == code] = instead
    reverse = np.array([item.reverse for item in one.items])
    value[:, reverse] = sum(one.scored_range) - value[:, reverse]
    n_answered = answered.sum(axis=1)
    enough = (n_answered >= one.minimum_answered) & (one.scoring != "none")
    mean = np.nansum(value, axis=1) / np.maximum(n_answered, 1)
    score = mean * len(one.items) if one.scoring == "sum" else mean
    return Scored(state, value, n_answered, np.where(enough, score, np.nan))


class _Path:
    """AO% of people (by position) on a day; NaN before t0 and after the last known day."""

    def __init__(self, periods: pd.DataFrame):
        self.case, self.day = periods["case"].to_numpy("int64"), periods["first_day"].to_numpy("int64")
        self.last = periods["last_day"].to_numpy("int64")
        self.ao_percent = periods["ao_percent"].to_numpy("float64")

    def on(self, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """AO% of `person` on `day` (days from t0)."""
        at = latest(self.case, self.day, person, np.clip(day, 0, FAR))
        known = (at >= 0) & (day >= 0) & (day <= np.append(self.last, -1)[at])
        return np.where(known, np.append(self.ao_percent, np.nan)[at], np.nan)


def _questionnaires(table: pd.DataFrame, survey: str, people: pd.DataFrame, path: _Path, waves: Waves) -> pd.DataFrame:
    """The delivered rows of analysed cases with their arm, day, window and whether the person was absent."""
    week = SURVEYS[survey]
    person = pd.Index(people["case_id"]).get_indexer(table["case_id"])
    rows, person = table[person >= 0].reset_index(drop=True), person[person >= 0]
    wave = rows[week].to_numpy("int64")
    planned = 7 * (wave - 1)
    t0 = day_numbers(people["t0"])[person]
    day = np.where(rows["completed_on"].notna(), day_numbers(rows["completed_on"]) - t0, planned)
    ao = path.on(person, day)
    arm = people["arm"].to_numpy(dtype=object)[person]
    if survey == "employee_survey":
        low, high = waves.window
        within = np.isin(wave, waves.weeks) & (day - planned >= low) & (day - planned <= high)
    else:
        limits = np.array([waves.ad_weeks[name] for name in arm], dtype="int64").reshape(-1, 2)
        within = (wave >= limits[:, 0]) & (wave <= limits[:, 1])
    followed = (day >= 0) & (day <= people["last_known_day"].to_numpy("int64")[person])
    about = {"arm": arm, "survey": survey, "wave": wave, "day": day, "absent": ao > 0}
    return rows.drop(columns=week).assign(**about, in_window=within & followed)


def _scores(rows: pd.DataFrame, one: Instrument, found: Scored) -> pd.DataFrame:
    about = rows[[*_ABOUT, "day", "source_file", "source_line"]]
    return about.assign(instrument=one.name, n_answered=found.n_answered, score=found.score)


def _items(rows: pd.DataFrame, one: Instrument, answers: pd.DataFrame, found: Scored) -> pd.DataFrame:
    """A row per questionnaire and item."""
    size, number = len(rows), len(one.items)
    long = rows[_ABOUT].take(np.repeat(np.arange(size), number)).reset_index(drop=True)
    states = np.array(schemas.ITEM_STATES, dtype=object)[found.state.ravel()]
    answer = answers.to_numpy(dtype="float64", na_value=np.nan).ravel()
    return long.assign(
        instrument=one.name,
        item=np.tile([item.name for item in one.items], size),
        state=states,
        answer=np.where(states == "answered", answer, np.nan),
        value=found.value.ravel(),
    )


def _stacked(parts: list[pd.DataFrame], schema) -> pd.DataFrame:
    filled = [part for part in parts if len(part)] or parts[:1]
    return conform(pd.concat(filled, ignore_index=True), schema)


def _waves(items: pd.DataFrame, people: pd.DataFrame, path: _Path, waves: Waves) -> pd.DataFrame:
    """State of everyone at every planned wave."""
    person = np.repeat(np.arange(len(people)), len(waves.weeks))
    wave = np.tile(np.array(waves.weeks, dtype="int64"), len(people))
    day = 7 * (wave - 1)
    last = people["last_known_day"].to_numpy("int64")[person]
    absent = path.on(person, day) > 0
    enrolled = people["entry"].to_numpy("int64")[person] <= day
    due = enrolled & absent & (day <= last)
    given = items[(items["survey"] == "employee_survey") & (items["state"] == "answered")]
    in_time, ever = (_has(rows, people, person, wave) for rows in (given[given["in_window"]], given))
    state = np.select(
        [due & in_time, due & ever, due, in_time, day > last, ~enrolled],
        ["answered", "outside_window", "not_answered", "unasked", "left", "not_enrolled"],
        "at_work",
    )
    about = people[["case_id", "arm"]].take(person).reset_index(drop=True)
    return conform(about.assign(wave=wave, day=day, state=state), schemas.SURVEY_WAVES)


def _has(rows: pd.DataFrame, people: pd.DataFrame, person: np.ndarray, wave: np.ndarray) -> np.ndarray:
    """Whether `rows` has one of this person and wave."""
    place = pd.Index(people["case_id"]).get_indexer(rows["case_id"])
    return np.isin(person * 1000 + wave, place * 1000 + rows["wave"].to_numpy("int64"))
