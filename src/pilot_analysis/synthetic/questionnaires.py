"""Questionnaires of the simulated trial: a planted shift of one scale, no shift of the others, and drop-out.

- Waves 6, 10, 14, ... 50 while absent and enrolled on the first day of the week; completed within ten days, before the
  return. At every wave some do not answer, and some of those who answered never do so again.
- Every answer is a base, drawn between the lowest code and one below the highest, plus 0 or 1 with probability
  `STEP`. From the planted week on the intervention arm adds the planted shift to that probability in the scale of
  guidance: its mean is then exactly that many points higher, whatever the scale does with its ends. A trait of the
  person makes answers alike; it has nothing to do with return, so people still absent differ by the same amount.
- Some answers are left out, and in the scale of guidance some "do not apply" (9).
- Waves are drawn one after the other: what an effect changes later leaves earlier questionnaires as they were. Only
  what somebody wanted otherwise moves, because it is asked in the last one.
- Labour experts answer once: in week 14 or week 50 of those still absent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.schemas.canonical import PROVENANCE
from pilot_analysis.synthetic.course import Course
from pilot_analysis.synthetic.frames import NO_HASH, SOURCE, days_to_dates
from pilot_analysis.synthetic.people import People
from pilot_analysis.synthetic.truth import Truth

WAVES = np.arange(6, 51, 4)
AD_WEEK = {True: 14, False: 50}
GUIDANCE = ("support", "options", "plan", "heard", "say", "together", "contradictory", "timely")
WANTED = ("ad_earlier", "ad_later", "employer_contact", "physician_contact", "clear_plan", "tasks_adapted", "more_say",
          "nothing")  # fmt: skip
DISTRESS = (17, 19, 20, 22, 25, 26, 29, 31, 32, 36, 37, 38, 39, 41, 47, 48)
AD_COOPERATION = ("reachable", "information", "agreement", "roles")
AD_YES_NO = (
    "ad_fml_available", "ad_physician_consulted", "ad_finding_own_job", "ad_finding_adapted_job",
    "ad_finding_other_job", "ad_finding_second_track", "ad_factor_tasks", "ad_factor_hours", "ad_factor_employer",
    "ad_factor_motivation", "ad_factor_conflict", "ad_factor_private", "ad_factor_treatment", "ad_factor_physician",
)  # fmt: skip
# Columns, lowest and highest code, and which are worded the other way round.
SCALES = {
    "work_ability": (("was_1",), 0, 10, ()),
    "rtw_self_efficacy": (tuple(f"rtwse_{k}" for k in range(1, 12)), 1, 6, (1, 5, 8)),
    "guidance": (tuple(f"guidance_{name}" for name in GUIDANCE), 1, 5, (6,)),
    "distress": (tuple(f"dkl_{number}" for number in DISTRESS), 0, 4, ()),
}
STEP = 0.25
LEFT_OUT, NOT_APPLICABLE = 0.03, 0.04
WANTED_SHARE, YES_SHARE = 0.3, 0.4
DELAY = 10  # days between the first day of the week and the answer, at most


def employee_survey(
    people: People, course: Course, ids: np.ndarray, rng: np.random.Generator, truth: Truth
) -> pd.DataFrame:
    """Return the canonical table of the employee survey with all items, by case and wave."""
    n = len(people)
    day = 7 * (WAVES - 1)
    due = course.absent_on(day[None, :], np.arange(n)[:, None]) & (people.entry[:, None] <= day[None, :])
    answers = rng.random((n, len(WAVES))) < truth.answer_share
    gone = np.cumsum(rng.random((n, len(WAVES))) < truth.dropout_share, axis=1) > 0
    delay = rng.integers(0, DELAY + 1, (n, len(WAVES)))
    trait = rng.normal(size=n)
    wanted = rng.random((n, len(WANTED))) < WANTED_SHARE
    given = due & answers & ~gone
    columns = [_wave(np.flatnonzero(given[:, place]), week, people, trait, rng, truth)
               for place, week in enumerate(WAVES)]  # fmt: skip
    place, person = np.nonzero(given.T)
    order = np.lexsort((place, person))
    place, person = place[order], person[order]
    items = {name: np.concatenate([part[name] for part in columns])[order] for name in columns[0]}
    last = np.append(person[1:] != person[:-1], True)[: len(person)]
    for number, item in enumerate(WANTED):
        items[f"wanted_{item}"] = np.where(last, wanted[person, number], np.nan)
    done = np.minimum(day[place] + delay[person, place], np.minimum(course.last, course.full - 1)[person])
    about = {"case_id": ids[person], "wave_week": WAVES[place], "completed_on": people.dates(done, person)}
    return _frame("employee_survey", about, items)


def _wave(
    person: np.ndarray, week: int, people: People, trait: np.ndarray, rng: np.random.Generator, truth: Truth
) -> dict[str, np.ndarray]:
    """Answers of `person` to the scales in the wave of `week`, by column."""
    mood = trait[person] + 0.5 * rng.normal(size=len(person))
    moved = people.intervention[person] & (week >= truth.guidance_shift_week)
    columns: dict[str, np.ndarray] = {}
    for name, (items, low, high, reverse) in SCALES.items():
        shift = moved * (truth.guidance_shift if name == "guidance" else 0.0)
        values = _answers(mood - (name == "distress"), len(items), low, high, shift, rng)
        values[:, list(reverse)] = low + high - values[:, list(reverse)]
        if name == "guidance":
            values[rng.random(values.shape) < NOT_APPLICABLE] = 9
        values[rng.random(values.shape) < LEFT_OUT] = np.nan
        columns |= dict(zip(items, values.T, strict=True))
    return columns


def ad_survey(people: People, course: Course, ids: np.ndarray, rng: np.random.Generator, truth: Truth) -> pd.DataFrame:
    """Return the canonical table of the questionnaire of labour experts with all items."""
    n = len(people)
    week = np.where(people.intervention, AD_WEEK[True], AD_WEEK[False])
    day = 7 * (week - 1)
    answers, delay = rng.random(n) < truth.answer_share, rng.integers(0, DELAY + 1, n)
    person = np.flatnonzero(course.absent_on(day) & (people.entry <= day) & answers)
    values = _answers(rng.normal(size=n), len(AD_COOPERATION), 1, 5, np.zeros(n), rng)[person]
    columns = dict(zip((f"ad_coop_{name}" for name in AD_COOPERATION), values.T, strict=True))
    columns |= {name: (rng.random(n) < YES_SHARE).astype(float)[person] for name in AD_YES_NO}
    done = np.minimum(day + delay, course.last)[person]
    about = {"case_id": ids[person], "timing_week": week[person], "completed_on": people.dates(done, person)}
    return _frame("ad_survey", about, columns)


def _answers(
    trait: np.ndarray, items: int, low: int, high: int, shift: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Codes (people, items): a base that follows the trait, plus 0 or 1."""
    wide = (high - 1 - low) / 2
    noise = rng.normal(size=(len(trait), items))
    base = np.rint(low + wide + wide / 2.5 * (trait[:, None] + noise)).clip(low, high - 1)
    return base + (rng.random((len(trait), items)) < STEP + shift[:, None])


def _frame(name: str, about: dict[str, np.ndarray], items: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = len(about["case_id"])
    about = {**about, "completed_on": days_to_dates(about["completed_on"])}
    provenance = dict(zip(PROVENANCE, (f"{SOURCE}/{name}", np.arange(1, rows + 1), NO_HASH), strict=True))
    frame = pd.DataFrame({**about, **items, **provenance})
    whole = {column: "Int64" for column in ("wave_week", "timing_week", "source_line") if column in frame}
    return frame.astype({"case_id": "string", "source_file": "string", "delivery_hash": "string", **whole})
