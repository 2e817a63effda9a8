"""Absence spells and AO% rows of the simulated cases, as an employer registers them.

- Up to three delivered spells per case: an earlier one, the one of the trial, a relapse. They never overlap.
- AO% goes down a ladder of steps (80, 60, 50, 40, 25, ...) from the first partial return, now and then up again, and
  ends with the spell, or with a row of 0 in a file that stays open.
- Every AO% row lies inside its spell, no two share a date, and nothing is dated after the last known day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.synthetic.course import CLOSED, LEFT_OPEN, Course
from pilot_analysis.synthetic.frames import canonical_frame, days_to_dates
from pilot_analysis.synthetic.people import People
from pilot_analysis.synthetic.truth import NEVER, Truth

LADDER = np.array([80.0, 70.0, 60.0, 50.0, 40.0, 25.0, 20.0, 10.0])
STEPS = 6
STEP_DAYS = (14, 43)
STEP_UP_SHARE = 0.08
SHORT_SPELL = 8
HALF_SHARE = 0.3
WAGE_VALUE_ORGANISATION = 1


def _spell_arrays(people: People, course: Course) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Case, first day and return day of every possible spell, in the order earlier, trial, relapse."""
    case = np.tile(np.arange(len(people)), 3)
    first = np.r_[people.earlier_start, people.main_start, course.relapse_start]
    back = np.r_[people.earlier_return, course.closed_on, course.relapse_return]
    return case, first, back


def absence_spells(people: People, course: Course, ids: np.ndarray) -> pd.DataFrame:
    """Return the canonical table of spells; a return after the last known day is not known yet."""
    case, first, back = _spell_arrays(people, course)
    keep = (back > first) & (first <= course.last[case])
    known = (back <= course.last[case]) & (back < NEVER)
    order = np.lexsort((first, case))
    keep = order[keep[order]]
    # Days that never come would overflow the calendar; they are missing anyway.
    back, first = np.where(known, back, 0), np.where(first < NEVER, first, 0)
    columns = {
        "case_id": ids[case],
        "first_absence_date": days_to_dates(people.dates(first, case)),
        "return_date": days_to_dates(people.dates(back, case), known),
    }
    return canonical_frame("absence_spells", columns, keep)


def _ladder(people: People, course: Course, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Days and AO% of the steps after first partial return, shape (cases, STEPS); a step not taken has day NEVER."""
    n = len(people)
    wait = rng.integers(*STEP_DAYS, (n, STEPS))
    wait[:, 0] = 0
    move = np.where(rng.random((n, STEPS)) < STEP_UP_SHARE, -1, 1)
    move[:, 0] = rng.integers(0, 4, n)
    rung = np.clip(np.cumsum(move, axis=1), 0, len(LADDER) - 1)
    taken = np.arange(STEPS) < rng.integers(1, STEPS + 1, n)[:, None]
    changed = np.c_[np.ones(n, dtype=bool), rung[:, 1:] != rung[:, :-1]]
    day = course.partial[:, None] + np.cumsum(wait, axis=1)
    seen = taken & changed & (day < course.full[:, None])
    return np.where(seen, day, NEVER), LADDER[rung]


def _zeros(course: Course, rng: np.random.Generator, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """Days and AO% after return in a file left open: 0, for some a setback to 50 that ends at 0; shape (cases, 3)."""
    n = len(course.full)
    open_file = course.file != CLOSED
    setback = (course.file == LEFT_OPEN) & (rng.random(n) < truth.setback_share)
    again = course.full + rng.integers(5, 61, n)
    over = again + rng.integers(7, 43, n)
    day = np.c_[
        np.where(open_file, course.full, NEVER), np.where(setback, again, NEVER), np.where(setback, over, NEVER)
    ]
    return day, np.broadcast_to([0.0, 50.0, 0.0], day.shape)


def _halves(people: People, course: Course, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Days and AO% half-way in some earlier spells and relapses: 50; shape (cases, 2)."""
    first = np.c_[people.earlier_start, course.relapse_start]
    back = np.c_[people.earlier_return, course.relapse_return]
    some = (back - first >= SHORT_SPELL) & (first < NEVER) & (rng.random(first.shape) < HALF_SHARE)
    return np.where(some, (first + back) // 2, NEVER), np.full(first.shape, 50.0)


def ao_percent(people: People, course: Course, ids: np.ndarray, rng: np.random.Generator, truth: Truth) -> pd.DataFrame:
    """Return the canonical table of AO% rows; one organisation also records the wage value."""
    parts = _ladder(people, course, rng), _zeros(course, rng, truth), _halves(people, course, rng)
    day = np.hstack([days for days, _ in parts])
    percent = np.hstack([values for _, values in parts])
    rows, places = np.nonzero((day < NEVER) & (day <= course.last[:, None]))
    day, percent = day[rows, places], percent[rows, places]
    order = np.lexsort((day, rows))
    rows, day, percent = rows[order], day[order], percent[order]
    value = np.clip(100 - percent - rng.integers(0, 3, len(rows)) * 5, 0, 100)
    columns = {
        "case_id": ids[rows],
        "valid_from": days_to_dates(people.dates(day, rows)),
        "ao_percent": percent,
        "wage_value_percent": np.where(people.organisation[rows] == WAGE_VALUE_ORGANISATION, value, np.nan),
    }
    return canonical_frame("ao_percent", columns)
