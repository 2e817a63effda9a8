"""Diagnoses and functional limitations (FML), as the occupational health service records them.

- The primary diagnosis known at enrolment decides the CAS group; for the group `unknown` it is recorded later or never.
- Some diagnoses replace an earlier one of another group, a few on the same day (the later row holds), some change after
  enrolment, and some cases have a second or third diagnosis.
- The FML comes late and for about half; in the intervention arm sooner, but only from the first day of the effect on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.schemas.canonical import FML_RUBRICS
from pilot_analysis.synthetic.course import Course
from pilot_analysis.synthetic.frames import canonical_frame, days_to_dates
from pilot_analysis.synthetic.people import People
from pilot_analysis.synthetic.truth import NEVER, Truth

# The letters that a public source confirms; they are not ICD-10 chapters.
LETTERS = np.array([["P", "P", "P", "P"], ["L", "L", "L", "L"], ["A", "H", "N", "R"]], dtype=object)
UNKNOWN = 3
REPLACED_SHARE, SAME_DAY_SHARE = 0.06, 0.006
CHANGED_SHARE = 0.10
NEVER_RECORDED_SHARE = 0.3
SECOND_SHARE, THIRD_SHARE = 0.25, 0.06
FML_NEVER_SHARE, FML_AGAIN_SHARE, FML_AGAIN_DAYS = 0.1, 0.15, 84
FML_VERSION = "2013"
MILD_SHARE, MILD = 0.15, 0.05
# Chance that an item is limited, by group (psychological, musculoskeletal, other) and rubric.
LIMITED = np.array([
    [0.16, 0.14, 0.00, 0.00, 0.00, 0.25],
    [0.00, 0.00, 0.06, 0.16, 0.20, 0.15],
    [0.04, 0.02, 0.05, 0.05, 0.06, 0.30],
])  # fmt: skip


def _codes(rng: np.random.Generator, group: np.ndarray) -> np.ndarray:
    """CAS codes with a letter of the group; the first digit is 1 (a complaint) for about one in six."""
    n = len(group)
    letter = LETTERS[group, rng.integers(0, LETTERS.shape[1], n)]
    first = np.where(rng.random(n) < 1 / 6, 1, rng.integers(2, 8, n))
    return letter + np.char.mod("%03d", first * 100 + rng.integers(0, 100, n)).astype(object)


def _primary_days(people: People, rng: np.random.Generator) -> np.ndarray:
    """Day of the primary diagnosis: up to enrolment for a known group, after it or never for the unknown one."""
    n = len(people)
    known = people.main_start + np.floor(rng.random(n) * (people.entry - people.main_start + 1)).astype(np.int64)
    late = people.entry + rng.integers(1, 91, n)
    late = np.where(rng.random(n) < NEVER_RECORDED_SHARE, NEVER, late)
    return np.where(people.cas_group == UNKNOWN, late, known)


def diagnoses(people: People, course: Course, ids: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return the canonical table of diagnoses, in order of case and day; within a day the row that holds comes last."""
    n = len(people)
    group = np.where(people.cas_group == UNKNOWN, rng.integers(0, 3, n), people.cas_group)
    other_group = (group + rng.integers(1, 3, n)) % 3
    day = _primary_days(people, rng)
    kind = rng.random(n)
    known = people.cas_group != UNKNOWN
    same_day = known & (kind < SAME_DAY_SHARE)
    replaced = known & (kind < REPLACED_SHARE) & (day > people.main_start)
    before = np.where(same_day, day, np.where(replaced, people.main_start + (day - people.main_start) // 2, NEVER))
    after = np.where((rng.random(n) < CHANGED_SHARE) & (day < NEVER), people.entry + rng.integers(91, 181, n), NEVER)
    more = rng.random(n)
    days = np.c_[
        before, day, after, np.where(more < SECOND_SHARE, day, NEVER), np.where(more < THIRD_SHARE, day, NEVER)
    ]
    groups = np.c_[other_group, group, other_group, other_group, rng.integers(0, 3, n)]
    rows, places = np.nonzero((days < NEVER) & (days <= course.last[:, None]))
    order = np.lexsort((places, days[rows, places], rows))
    rows, places = rows[order], places[order]
    columns = {
        "case_id": ids[rows],
        "recorded_on": days_to_dates(people.dates(days[rows, places], rows)),
        "cas_code": _codes(rng, groups[rows, places]),
        "position": np.array([1, 1, 1, 2, 3])[places],
    }
    return canonical_frame("diagnoses", columns)


def _assessment_days(people: People, course: Course, rng: np.random.Generator, truth: Truth) -> np.ndarray:
    """Days of the first and a repeated assessment, shape (cases, 2), while still absent; else NEVER."""
    n = len(people)
    wait = truth.fml_from_day + np.floor(rng.exponential(truth.fml_mean_days, n)).astype(np.int64)
    sooner = truth.effect_from_day + np.floor((wait - truth.effect_from_day) * truth.fml_speed).astype(np.int64)
    first = np.where(people.intervention & (wait >= truth.effect_from_day), sooner, wait)
    first = np.where(rng.random(n) < FML_NEVER_SHARE, NEVER, first)
    again = np.where(rng.random(n) < FML_AGAIN_SHARE, first + FML_AGAIN_DAYS, NEVER)
    days = np.c_[first, again]
    seen = (days < course.full[:, None]) & (days <= course.last[:, None]) & (days >= people.main_start[:, None])
    return np.where(seen, days, NEVER)


def fml(people: People, course: Course, ids: np.ndarray, rng: np.random.Generator, truth: Truth) -> pd.DataFrame:
    """Return the canonical table of assessments; the number of limited items follows the diagnosis."""
    days = _assessment_days(people, course, rng, truth)
    rows, places = np.nonzero(days < NEVER)
    group = np.where(people.cas_group[rows] == UNKNOWN, rng.integers(0, 3, len(rows)), people.cas_group[rows])
    chance = LIMITED[group] * np.where(rng.random(len(rows)) < MILD_SHARE, MILD, 1.0)[:, None]
    items = rng.binomial(np.array(list(FML_RUBRICS.values())), chance)
    hours = np.where(items[:, -1] > 0, rng.integers(2, 6, len(rows)), 1)
    columns = {
        "case_id": ids[rows],
        "assessed_on": days_to_dates(people.dates(days[rows, places], rows)),
        "fml_version": np.full(len(rows), FML_VERSION, dtype=object),
        **{name: items[:, place] for place, name in enumerate(FML_RUBRICS)},
        "hours_per_day_item": hours,
    }
    return canonical_frame("fml", columns)
