"""What is planted: every parameter of the simulated trial, and the hazards that follow from them.

- The clock is `d`, days from `t0`, the first day of the merged index spell. Everything happens on whole days.
- Full return of a case still absent on day d - 1 happens on day d with probability 1 - exp(-rate * (H(d) - H(d - 1))),
  where H is the integral of a Gompertz-Makeham hazard that falls with time (as found for Dutch absence, doi
  10.1007/s00420-008-0369-2) and `rate` depends on CAS group, age and physician.
- In the intervention arm H grows `effect` times as fast on days from `effect_from_day` on, and is the same before.
- First partial return is a second, independent clock of the same shape, with the same effect from the same day on.
- Leaving has its own hazards, the same in both arms and independent of return given age.
- Answers to questionnaires have nothing to do with return or leaving; one scale is shifted (`questionnaires`).

It fails for days beyond `MAX_DAY`; a clock that has not rung by then never rings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

MAX_DAY = 4000
NEVER = MAX_DAY + 1


@dataclass(frozen=True)
class Organisation:
    """An employer: `share` of all cases, and per physician the log of the rate of return against the average."""

    name: str
    share: float
    physicians: tuple[float, ...]


ORGANISATIONS = (
    Organisation("org_noord", 0.27, (-0.16, -0.04, 0.03, 0.12, 0.20)),
    Organisation("org_oost", 0.24, (-0.10, 0.02, 0.08, -0.05)),
    Organisation("org_zuid", 0.31, (-0.20, -0.08, 0.00, 0.06, 0.11, 0.15)),
    Organisation("org_west", 0.18, (-0.12, 0.05, 0.10)),
)


@dataclass(frozen=True)
class Truth:
    """All parameters of the simulated trial.

    Tuples over CAS groups are in the order psychological, musculoskeletal, other, unknown; the group is the one known
    at enrolment (the group the plan analyses). Rates are per day, shares are probabilities, lengths are days.

    Attributes
    ----------
    organisations : the employers, with the log rate ratios of their physicians (fixed, the same in every trial)
    makeham, gompertz, gompertz_days : hazard of full return at rate 1 on day d:
        makeham + gompertz * exp(-d / gompertz_days)
    effect_from_day : first day on which the intervention multiplies the hazards of full and of first partial return
    effect : that factor by CAS group; 1 is no effect
    cas_share, cas_rate : share of each CAS group, and its rate of return
    age_log_rate : change of the log rate of return per 10 years of age (centre 46)
    partial_rate : hazard of first partial return, as a multiple of that of full return
    partial_before_enrolment : share already back in part on the day of enrolment
    delay_min, delay_shape, delay_scale : days from first day of the spell to enrolment: minimum plus a gamma variable
    late_share, late_days : share enrolled later still, by up to so many days more
    earlier_share, earlier_mean : share with an earlier spell, and its mean length
    earlier_gap : shares of the gap to the index spell: 27 days, 28 days, 3-26 days; the rest 29-200 days
    relapse_share, relapse_mean : share that falls ill again after full return, and the mean length of that spell
    relapse_gap : shares of the gap: 27 days, 28 days, 2-26 days; the rest 29-120 days
    open_share, open_late_share : full return recorded as AO% 0 in a file left open, for good or closed 14-60 days later
    setback_share : share of files left open in which AO% rises again
    employment_end_rate, ill_health_rate, ill_health_from_day, retirement_rate, retirement_age, death_rate : leaving;
        ill health counts from that day on, retirement from that age on
    pregnancy_rate : pregnancy leave of women under 45
    consent_rate, lost_rate : withdrawn consent, and loss to follow-up
    enrolment_shape : enrolment dates follow a Beta(1, shape) over the enrolment window: 1 is uniform, more is earlier
    fml_from_day, fml_mean_days : functional limitations are assessed from that day on, after so many days on average
    fml_speed : in the intervention arm, waiting time for the assessment from `effect_from_day` on, as a factor
    assessment_share, assessment_late_share : intervention arm assessed on days 84-90, or on days 91-119
    regular_share : control arm still absent on days 329-364 that is assessed then
    other_route_share : assessments outside the regular route, by file analysis
    between_share : without an assessment in the first 119 days, share assessed on one of days 122-273 if still absent
    guidance_shift, guidance_shift_week : in the intervention arm, points by which the scale of guidance (1-5) is higher
        in questionnaires from that wave (week of absence) on; no other scale moves
    answer_share, dropout_share : share that answers a questionnaire, and per wave that never answers again
    """

    organisations: tuple[Organisation, ...] = ORGANISATIONS
    makeham: float = 0.0020
    gompertz: float = 0.0158
    gompertz_days: float = 60.0
    effect_from_day: int = 91
    effect: tuple[float, float, float, float] = (2.0, 1.5, 1.2, 1.2)
    cas_share: tuple[float, float, float, float] = (0.38, 0.32, 0.18, 0.12)
    cas_rate: tuple[float, float, float, float] = (0.85, 1.15, 1.05, 1.0)
    age_log_rate: float = -0.10
    partial_rate: float = 1.6
    partial_before_enrolment: float = 0.06
    delay_min: float = 5.0
    delay_shape: float = 2.2
    delay_scale: float = 9.0
    late_share: float = 0.03
    late_days: int = 70
    earlier_share: float = 0.35
    earlier_mean: float = 8.0
    earlier_gap: tuple[float, float, float] = (0.10, 0.12, 0.14)
    relapse_share: float = 0.20
    relapse_mean: float = 24.0
    relapse_gap: tuple[float, float, float] = (0.12, 0.12, 0.36)
    open_share: float = 0.06
    open_late_share: float = 0.08
    setback_share: float = 0.25
    employment_end_rate: float = 0.0009
    ill_health_rate: float = 0.0003
    ill_health_from_day: int = 180
    retirement_rate: float = 0.0020
    retirement_age: int = 63
    death_rate: float = 0.00003
    pregnancy_rate: float = 0.0003
    consent_rate: float = 0.00010
    lost_rate: float = 0.00008
    enrolment_shape: float = 2.2
    fml_from_day: int = 35
    fml_mean_days: float = 85.0
    fml_speed: float = 0.6
    assessment_share: float = 0.86
    assessment_late_share: float = 0.09
    regular_share: float = 0.85
    other_route_share: float = 0.04
    between_share: float = 0.12
    guidance_shift: float = 0.4
    guidance_shift_week: int = 14
    answer_share: float = 0.82
    dropout_share: float = 0.06


DEFAULT_TRUTH = Truth()
# For type I error: nothing that the allocated arm may change, changes.
NULL_TRUTH = replace(DEFAULT_TRUTH, effect=(1.0, 1.0, 1.0, 1.0), fml_speed=1.0, guidance_shift=0.0)


@lru_cache(maxsize=8)
def cumulative_hazard(truth: Truth) -> np.ndarray:
    """H(d) of full return at rate 1 without effect, for d = 0 .. MAX_DAY; shape (MAX_DAY + 1,), no unit."""
    days = np.arange(MAX_DAY + 1)
    early = truth.gompertz * truth.gompertz_days * -np.expm1(-days / truth.gompertz_days)
    hazard = truth.makeham * days + early
    hazard.setflags(write=False)
    return hazard


def with_effect(truth: Truth, day: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """H(day) when the hazard is multiplied by `factor` on days from `effect_from_day` on; arrays that broadcast."""
    hazard = cumulative_hazard(truth)
    before = hazard[truth.effect_from_day - 1]
    here = hazard[day]
    return np.minimum(here, before) + factor * np.maximum(here - before, 0.0)


def first_day(truth: Truth, start: np.ndarray, rate: np.ndarray, factor: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Day of the event of each case that is free of it on day `start`, by inversion of the cumulative hazard.

    `draw` holds standard exponential variables; all arrays have shape (cases,). The day is > `start`; `NEVER` when it
    lies beyond `MAX_DAY`.
    """
    hazard = cumulative_hazard(truth)
    before = hazard[truth.effect_from_day - 1]
    target = with_effect(truth, start, factor) + draw / rate
    unscaled = np.where(target <= before, target, before + (target - before) / factor)
    return np.searchsorted(hazard, unscaled, side="left")
