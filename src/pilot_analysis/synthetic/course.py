"""What happens to each case: return, partial return, relapse, leaving, and what of it can be seen.

- Full and first partial return are drawn from the hazards of `truth`, given absence on the day of enrolment.
- The first of the exits ends follow-up; nothing dated after the last known day is delivered. A return on that very
  day is delivered, and wins over leaving.
- AO% steps depend on the past only: they never look ahead to the return, so no arm can differ before the effect begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilot_analysis.synthetic.people import CUTOFF, SEX_LEVELS, People, gaps, lengths
from pilot_analysis.synthetic.truth import NEVER, Truth, first_day

EXITS = (
    "employment_end", "ill_health_retirement", "retirement", "death", "pregnancy_leave", "consent_withdrawn",
    "lost_to_followup",
)  # fmt: skip
COMPETING = 4
PREGNANCY_AGE = 45
CLOSED, CLOSED_LATE, LEFT_OPEN = 0, 1, 2


@dataclass(frozen=True)
class Course:
    """One entry per case in every array, whole days from t0; shape (cases,).

    `full` and `partial` are latent (seen only up to `last`); `partial` may lie after `full` and is then not seen.
    `exit_reason` indexes `EXITS`, -1 where follow-up lasts to the data cut-off; `last` is the last known day.
    `file` says how the return is recorded, `closed_on` when the file is closed. `relapse_start` is `NEVER` where there
    is none.
    """

    full: np.ndarray
    partial: np.ndarray
    last: np.ndarray
    exit_reason: np.ndarray
    file: np.ndarray
    closed_on: np.ndarray
    relapse_start: np.ndarray
    relapse_return: np.ndarray

    def absent_on(self, day: np.ndarray, case: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Whether the case is known to be absent, in full or in part, and not yet back once, on `day`."""
        return (day < self.full[case]) & (day <= self.last[case])


def draw_course(people: People, rng: np.random.Generator, truth: Truth, calendar: bool = True) -> Course:
    """Draw the course of every case from enrolment on; without `calendar` only leaving ends follow-up in the year."""
    n = len(people)
    full = first_day(truth, people.entry, people.rate, people.factor, rng.exponential(size=n))
    partial = _partial(people, rng, truth)
    last, reason = _exits(people, rng, truth, calendar)
    kind = rng.random(n)
    file = np.where(
        kind < truth.open_share,
        LEFT_OPEN,
        np.where(kind < truth.open_share + truth.open_late_share, CLOSED_LATE, CLOSED),
    )
    closed_on = np.choose(file, [full, full + rng.integers(14, 61, n), np.full(n, NEVER)])
    again = (rng.random(n) < truth.relapse_share) & (file != LEFT_OPEN)
    relapse_start = np.where(again, closed_on + gaps(rng, n, truth.relapse_gap, 2, 120), NEVER)
    relapse_return = relapse_start + lengths(rng, n, truth.relapse_mean)
    return Course(full, partial, last, reason, file, closed_on, relapse_start, relapse_return)


def _partial(people: People, rng: np.random.Generator, truth: Truth) -> np.ndarray:
    n = len(people)
    later = first_day(truth, people.entry, people.rate * truth.partial_rate, people.factor, rng.exponential(size=n))
    span = people.entry - people.main_start
    earlier = people.main_start + 1 + np.floor(rng.random(n) * span).astype(np.int64)
    return np.where(rng.random(n) < truth.partial_before_enrolment, earlier, later)


def exit_rates(truth: Truth, age: np.ndarray) -> tuple[np.ndarray, float]:
    """Hazard per day of leaving: from enrolment on, shape (cases,), and what is added from `ill_health_from_day` on."""
    retiring = np.where(age >= truth.retirement_age, truth.retirement_rate, 0.0)
    return truth.employment_end_rate + truth.death_rate + retiring, truth.ill_health_rate


def _exits(people: People, rng: np.random.Generator, truth: Truth, calendar: bool) -> tuple[np.ndarray, np.ndarray]:
    """Last known day and the exit that made it so (-1: the data cut-off)."""
    n = len(people)
    fertile = (people.sex == SEX_LEVELS.index("female")) & (people.age < PREGNANCY_AGE)
    rates = np.zeros((n, len(EXITS)))
    rates[:, 0], rates[:, 1], rates[:, 3] = truth.employment_end_rate, truth.ill_health_rate, truth.death_rate
    rates[:, 2] = np.where(people.age >= truth.retirement_age, truth.retirement_rate, 0.0)
    if calendar:
        rates[:, 4] = np.where(fertile, truth.pregnancy_rate, 0.0)
        rates[:, 5], rates[:, 6] = truth.consent_rate, truth.lost_rate
    start = np.repeat(people.entry[:, None], len(EXITS), axis=1)
    start[:, 1] = np.maximum(start[:, 1], truth.ill_health_from_day)
    draws = rng.exponential(size=rates.shape)
    wait = np.full(rates.shape, float(NEVER))
    np.divide(draws, rates, out=wait, where=rates > 0)
    day = start + np.minimum(np.ceil(wait), NEVER).astype(np.int64)
    cutoff = (CUTOFF - people.t0).astype(np.int64)
    first = day.min(axis=1)
    return np.minimum(first, cutoff), np.where(first <= cutoff, day.argmin(axis=1), -1)
