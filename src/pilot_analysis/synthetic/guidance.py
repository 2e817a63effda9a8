"""What labour experts did and what guidance cost, in the simulated trial.

- Intervention: most cases still absent are assessed in week 13 (days 84-90), some later, some never; 44 % of them
  again, as in the business case.
- Control: most cases still absent in weeks 48-52 (days 329-364), and a few earlier by file check.
- Some of those not assessed by day 119, of either arm, are assessed in months 4-9 (days 122-273). Who is, is chance.
- Physicians and case managers charge at fixed intervals while the case is absent; some cases are replaced.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.synthetic.course import Course
from pilot_analysis.synthetic.frames import canonical_frame, days_to_dates
from pilot_analysis.synthetic.people import People
from pilot_analysis.synthetic.truth import NEVER, Truth

EARLY, LATE, BETWEEN, REGULAR = (84, 91), (91, 120), (122, 274), (329, 365)
ACTIVITY = np.array(["early_assessment", "regular_assessment", "reassessment", "file_check"], dtype=object)
ASSESSMENT_EUR = 1000.0
HOURS = np.array([8.0, 8.0, 8.0, 3.0])
COST = np.array([ASSESSMENT_EUR, ASSESSMENT_EUR, ASSESSMENT_EUR, 375.0])
REASSESSED_SHARE = 0.44
CONTROL_CHECK_SHARE = 0.02
CONSULT_DAYS, CONSULT_EUR = 42, 140.0
MANAGER_DAYS, MANAGER_EUR = 91, 210.0
REPLACED_SHARE, REPLACEMENT_EUR = 0.2, 200.0
VISITS = 9


def _first_assessment(people: People, rng: np.random.Generator, truth: Truth) -> np.ndarray:
    n = len(people)
    kind = rng.random(n)
    week13 = np.maximum(rng.integers(*EARLY, n), people.entry + 1)
    later = np.maximum(rng.integers(*LATE, n), people.entry + 1)
    some = truth.assessment_share + truth.assessment_late_share
    early = np.where(kind < truth.assessment_share, week13, np.where(kind < some, later, NEVER))
    regular = np.where(kind < truth.regular_share, rng.integers(*REGULAR, n), NEVER)
    return np.where(people.intervention, early, regular)


def _assessed_between(
    people: People, course: Course, first: np.ndarray, rng: np.random.Generator, truth: Truth
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cases assessed in months 4-9 among those without an early one (`first`), the day, and the route."""
    n = len(people)
    chosen = (rng.random(n) < truth.between_share) & (~people.intervention | (first == NEVER))
    day, other = rng.integers(*BETWEEN, n), rng.random(n) < truth.other_route_share
    case = np.flatnonzero(chosen & (day > people.entry) & course.absent_on(day))
    return case, day[case], np.where(other[case], "file_analysis", "regular")


def ad_activities(
    people: People,
    course: Course,
    ids: np.ndarray,
    rng: np.random.Generator,
    rng_between: np.random.Generator,
    truth: Truth,
) -> pd.DataFrame:
    """Return the canonical table of labour-expert activities; 4 % outside the regular route, by file analysis.

    Assessments in months 4-9 come last and from `rng_between`: without them the other rows are the same.
    """
    n = len(people)
    first = _first_assessment(people, rng, truth)
    again = np.where(people.intervention & (rng.random(n) < REASSESSED_SHARE), first + rng.integers(42, 71, n), NEVER)
    check = np.where(
        ~people.intervention & (rng.random(n) < CONTROL_CHECK_SHARE), people.entry + rng.integers(30, 121, n), NEVER
    )
    days = np.c_[first, again, check]
    days = np.where(course.absent_on(days, np.arange(n)[:, None]), days, NEVER)
    rows, places = np.nonzero(days < NEVER)
    kind = np.where(places == 0, np.where(people.intervention[rows], 0, 1), places + 1)
    route = np.where((rng.random(len(rows)) < truth.other_route_share) | (places == 2), "file_analysis", "regular")
    case, day, between_route = _assessed_between(people, course, first, rng_between, truth)
    day, rows = np.append(days[rows, places], day), np.append(rows, case)
    kind, route = np.append(kind, np.zeros(len(case), dtype=kind.dtype)), np.append(route, between_route)
    columns = {
        "case_id": ids[rows],
        "performed_on": days_to_dates(people.dates(day, rows)),
        "activity": ACTIVITY[kind],
        "route": route.astype(object),
        "hours": HOURS[kind],
        "cost_eur": COST[kind],
    }
    return canonical_frame("ad_activities", columns)


def costs(people: People, course: Course, ids: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return the canonical table of other costs: physician, case manager, and for some a replacement, while absent."""
    n = len(people)
    visit = np.arange(VISITS)
    consult = people.main_start[:, None] + 21 + CONSULT_DAYS * visit
    manager = people.main_start[:, None] + 30 + MANAGER_DAYS * visit[:4]
    replaced = people.main_start[:, None] + 60 + 30 * visit[:4]
    replaced = np.where(rng.random((n, 1)) < REPLACED_SHARE, replaced, NEVER)
    days = np.hstack([consult, manager, replaced])
    kind = np.repeat([0, 1, 2], [consult.shape[1], manager.shape[1], replaced.shape[1]])
    amount = np.array([CONSULT_EUR, MANAGER_EUR, 0.0])[kind] + (kind == 2) * REPLACEMENT_EUR * rng.integers(
        5, 22, (n, 1)
    )
    rows, places = np.nonzero(course.absent_on(days, np.arange(n)[:, None]))
    order = np.lexsort((places, days[rows, places], rows))
    rows, places = rows[order], places[order]
    columns = {
        "case_id": ids[rows],
        "incurred_on": days_to_dates(people.dates(days[rows, places], rows)),
        "category": np.array(["occupational_physician", "case_manager", "replacement"], dtype=object)[kind[places]],
        "amount_eur": amount[rows, places],
    }
    return canonical_frame("costs", columns)
