"""Simulate a trial: the canonical tables of `n` cases, ready for derivation, from a seed and a known truth.

- People are drawn first, then their course given absence at enrolment, then what each supplier would record of it.
- Each part has its own stream of random numbers, so that more detail in one leaves the others as they were.
- The same seed gives the same tables with the pinned version of numpy; another version may draw differently.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import SeedSequence

from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.synthetic.absence import absence_spells, ao_percent
from pilot_analysis.synthetic.course import EXITS, Course, draw_course
from pilot_analysis.synthetic.frames import canonical_empty, canonical_frame, days_to_dates, pseudonyms, words
from pilot_analysis.synthetic.guidance import ad_activities, costs
from pilot_analysis.synthetic.interviews import interview_themes
from pilot_analysis.synthetic.medical import diagnoses, fml
from pilot_analysis.synthetic.people import DEPARTMENTS, JOB_GROUPS, REGIONS, SEX_LEVELS, People, draw_people
from pilot_analysis.synthetic.questionnaires import ad_survey, employee_survey
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, Truth

# New streams go to the end: a stream is known by its place.
STREAMS = (
    "people", "course", "ao_percent", "diagnoses", "fml", "ad_activities", "costs", "ad_between", "employee_survey",
    "ad_survey", "interviews",
)  # fmt: skip


def _generators(seed: int | SeedSequence) -> dict[str, np.random.Generator]:
    # Built from the key, not by spawn(): spawning changes the sequence, and a second call would then differ.
    root = seed if isinstance(seed, SeedSequence) else SeedSequence(seed)
    return {
        name: np.random.default_rng(SeedSequence(root.entropy, spawn_key=(*root.spawn_key, place)))
        for place, name in enumerate(STREAMS)
    }


def simulate_latent(
    n_cases: int, seed: int | SeedSequence, truth: Truth = DEFAULT_TRUTH, calendar: bool = True
) -> tuple[People, Course]:
    """People and their course behind `simulate_trial` with the same arguments, latent times included."""
    rng = _generators(seed)
    people = draw_people(n_cases, rng["people"], truth, calendar)
    return people, draw_course(people, rng["course"], truth, calendar)


def _allocation(people: People, truth: Truth, ids: np.ndarray) -> pd.DataFrame:
    names = words(tuple(one.name for one in truth.organisations), people.organisation)
    columns = {
        "case_id": ids,
        "organisation": names,
        "cluster_id": names + "-ba" + (people.physician + 1).astype(str).astype(object),
        "enrolment_date": days_to_dates(people.dates(people.entry)),
        "arm": np.where(people.intervention, "intervention", "control").astype(object),
    }
    return canonical_frame("allocation", columns)


def _cases(people: People, course: Course, ids: np.ndarray) -> pd.DataFrame:
    ended = course.exit_reason >= 0
    columns = {
        "case_id": ids,
        "department": words(DEPARTMENTS, people.department),
        "region": words(REGIONS, people.region),
        "job_group": words(JOB_GROUPS, people.job_group),
        "sex": words(SEX_LEVELS, people.sex),
        "birth_year": people.t0.astype("datetime64[Y]").astype(np.int64) + 1970 - people.age,
        "contract_fte": people.contract_fte,
        "daily_wage_eur": people.daily_wage,
        "followup_end_date": days_to_dates(people.dates(course.last), ended),
        "followup_end_reason": words(EXITS, course.exit_reason),
    }
    return canonical_frame("cases", columns)


def simulate_trial(
    n_cases: int,
    seed: int | SeedSequence,
    truth: Truth = DEFAULT_TRUTH,
    calendar: bool = True,
    questionnaires: bool = True,
) -> dict[str, pd.DataFrame]:
    """Simulate the canonical tables of a trial of `n_cases`, each fitting its schema in `schemas.canonical`.

    With `calendar` enrolment runs from 2021-04-01 to 2022-12-31 and the data cut-off of 2022-12-31 ends follow-up;
    without, everybody is seen for at least 396 days unless they leave, and nobody is censored for other reasons.
    Without `questionnaires` (for many or large trials) their tables are empty and the others the same. Nothing is dated
    after the last known day of a case.
    """
    rng = _generators(seed)
    people, course = simulate_latent(n_cases, seed, truth, calendar)
    ids = pseudonyms(n_cases)
    made = {
        "allocation": _allocation(people, truth, ids),
        "cases": _cases(people, course, ids),
        "absence_spells": absence_spells(people, course, ids),
        "ao_percent": ao_percent(people, course, ids, rng["ao_percent"], truth),
        "diagnoses": diagnoses(people, course, ids, rng["diagnoses"]),
        "fml": fml(people, course, ids, rng["fml"], truth),
        "ad_activities": ad_activities(people, course, ids, rng["ad_activities"], rng["ad_between"], truth),
        "costs": costs(people, course, ids, rng["costs"]),
        "interview_themes": interview_themes(people, rng["interviews"], truth),
    }
    if questionnaires:
        made["employee_survey"] = employee_survey(people, course, ids, rng["employee_survey"], truth)
        made["ad_survey"] = ad_survey(people, course, ids, rng["ad_survey"], truth)
    return {name: made[name] if name in made else canonical_empty(name) for name in TABLES}
