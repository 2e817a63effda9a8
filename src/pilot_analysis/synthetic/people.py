"""Who is in the trial: people, work, diagnosis group, enrolment, allocation.

- Cases enrol days to weeks after their spell began, and only while absent: the course of each case is drawn from its
  enrolment on, given that it is absent then.
- An earlier spell that ended less than 28 days before belongs to the index spell, so t0 and with it `entry` move back.
- Allocation is 1:1 in random blocks of four within the organisation, in order of enrolment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilot_analysis.synthetic.truth import Truth

ENROLMENT_FROM = np.datetime64("2021-04-01")
CUTOFF = np.datetime64("2022-12-31")
# Without calendar censoring everybody is seen for a year and the 27 days that confirm a sustained return.
LAST_COMPLETE_T0 = CUTOFF - np.timedelta64(365 + 31, "D")
MERGE_GAP = 28
BLOCK = 4
JOB_GROUPS = ("administratief", "uitvoerend", "leidinggevend", "specialist")
JOB_SHARE = (0.30, 0.46, 0.09, 0.15)
JOB_WAGE = (0.95, 0.90, 1.40, 1.20)
DEPARTMENTS = ("cliëntenzorg", "kantoor", "techniek", "logistiek")
REGIONS = ("noord", "oost", "zuid", "west", "midden")
SEX_LEVELS = ("female", "male", "other", "unknown")
SEX_SHARE = (0.555, 0.43, 0.005, 0.01)
MEAN_WAGE = 176.0
WAGE_SD_LOG = 0.24


@dataclass(frozen=True)
class People:
    """One entry per case in every array, shape (cases,); whole numbers unless said, days counted from t0.

    `earlier_start`, `earlier_return` and `main_start` are days from t0 (negative before it); `earlier_start` equals
    `earlier_return` where there is no earlier spell. `rate` is the rate of return (float), `factor` the effect that
    holds for the case (float; 1 in the control arm).
    """

    organisation: np.ndarray
    physician: np.ndarray
    intervention: np.ndarray
    cas_group: np.ndarray
    sex: np.ndarray
    age: np.ndarray
    job_group: np.ndarray
    department: np.ndarray
    region: np.ndarray
    contract_fte: np.ndarray
    daily_wage: np.ndarray
    t0: np.ndarray
    entry: np.ndarray
    main_start: np.ndarray
    earlier_start: np.ndarray
    earlier_return: np.ndarray
    rate: np.ndarray
    factor: np.ndarray

    def __len__(self) -> int:
        return len(self.t0)

    def dates(self, day: np.ndarray, case: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Calendar dates of days counted from t0 of the cases `case`."""
        return self.t0[case] + day.astype("timedelta64[D]")


def gaps(rng: np.random.Generator, n: int, shares: tuple[float, float, float], low: int, high: int) -> np.ndarray:
    """Draw days between two spells: exactly 27, exactly 28, `low`-26 (with these shares), else 29-`high`."""
    kind = np.searchsorted(np.cumsum(shares), rng.random(n), side="right")
    short, long = rng.integers(low, MERGE_GAP - 1, n), rng.integers(MERGE_GAP + 1, high + 1, n)
    return np.choose(kind, [np.full(n, MERGE_GAP - 1), np.full(n, MERGE_GAP), short, long])


def lengths(rng: np.random.Generator, n: int, mean: float) -> np.ndarray:
    """Draw lengths of spells in whole days, at least 1, with the given mean."""
    return rng.geometric(1.0 / mean, n)


def allocate(rng: np.random.Generator, organisation: np.ndarray, enrolled: np.ndarray) -> np.ndarray:
    """Allocate to intervention (True) or control: random blocks of four within organisation, in order of enrolment."""
    n = len(organisation)
    draw = rng.random(n)
    order = np.lexsort((draw, enrolled, organisation))
    place = _place_within(organisation[order])
    block = np.empty(n, dtype=np.int64)
    block[order] = organisation[order] * (n + 1) + place // BLOCK
    shuffled = np.lexsort((rng.random(n), block))
    flip = rng.random(n) < 0.5
    first = np.arange(n) - _place_within(block[shuffled])
    arm = np.empty(n, dtype=bool)
    arm[shuffled] = (_place_within(block[shuffled]) + flip[first]) % 2 == 0
    return arm


def _place_within(sorted_key: np.ndarray) -> np.ndarray:
    """0, 1, 2, ... within each run of equal keys."""
    start = np.r_[True, sorted_key[1:] != sorted_key[:-1]] if len(sorted_key) else np.zeros(0, dtype=bool)
    index = np.arange(len(sorted_key))
    return index - np.maximum.accumulate(np.where(start, index, 0))


def _earlier(rng: np.random.Generator, n: int, truth: Truth) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start and end of an earlier spell and start of the main one, in days from t0."""
    has = rng.random(n) < truth.earlier_share
    length, gap = lengths(rng, n, truth.earlier_mean), gaps(rng, n, truth.earlier_gap, 3, 200)
    merged = has & (gap < MERGE_GAP)
    start = np.where(merged | ~has, 0, -(gap + length))
    back = np.where(merged, length, np.where(has, -gap, 0))
    return start, back, np.where(merged, length + gap, 0)


def _delay(rng: np.random.Generator, n: int, truth: Truth) -> np.ndarray:
    usual = truth.delay_min + rng.gamma(truth.delay_shape, truth.delay_scale, n)
    late = (rng.random(n) < truth.late_share) * rng.uniform(0.5, 1.0, n) * truth.late_days
    return np.floor(usual + late).astype(np.int64)


def _physicians(rng: np.random.Generator, n: int, truth: Truth) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Organisation, physician within it, and the log rate ratio of that physician."""
    organisation = rng.choice(len(truth.organisations), n, p=[one.share for one in truth.organisations])
    sizes = np.array([len(one.physicians) for one in truth.organisations])
    table = np.full((len(sizes), sizes.max()), np.nan)
    for row, one in enumerate(truth.organisations):
        table[row, : sizes[row]] = one.physicians
    physician = np.floor(rng.random(n) * sizes[organisation]).astype(np.int64)
    return organisation, physician, table[organisation, physician]


def _t0(rng: np.random.Generator, entry: np.ndarray, truth: Truth, calendar: bool) -> np.ndarray:
    n = len(entry)
    if calendar:
        span = (CUTOFF - ENROLMENT_FROM).astype(int) + 1
        enrolled = np.floor(rng.beta(1.0, truth.enrolment_shape, n) * span).astype("timedelta64[D]")
        return ENROLMENT_FROM + enrolled - entry.astype("timedelta64[D]")
    span = (LAST_COMPLETE_T0 - ENROLMENT_FROM).astype(int) + 1
    return ENROLMENT_FROM + rng.integers(0, span, n).astype("timedelta64[D]")


def draw_people(n: int, rng: np.random.Generator, truth: Truth, calendar: bool = True) -> People:
    """Draw `n` cases with everything that is fixed on the day of enrolment, allocation included.

    With `calendar` enrolment falls in 2021-04-01 .. 2022-12-31; without, early enough that the data cut-off ends
    nobody's year.
    """
    organisation, physician, effect_of_physician = _physicians(rng, n, truth)
    cas_group = rng.choice(4, n, p=truth.cas_share)
    age = np.clip(np.rint(rng.normal(46, 11, n)), 20, 66).astype(np.int64)
    job = rng.choice(len(JOB_GROUPS), n, p=JOB_SHARE)
    earlier_start, earlier_return, main_start = _earlier(rng, n, truth)
    entry = main_start + _delay(rng, n, truth)
    t0 = _t0(rng, entry, truth, calendar)
    intervention = allocate(rng, organisation, (t0 + entry.astype("timedelta64[D]")).astype(np.int64))
    log_rate = np.log(truth.cas_rate)[cas_group] + truth.age_log_rate * (age - 46) / 10 + effect_of_physician
    wage_of_job = np.array(JOB_WAGE)[job] / np.dot(JOB_SHARE, JOB_WAGE)
    noise = np.exp(rng.normal(-(WAGE_SD_LOG**2) / 2, WAGE_SD_LOG, n))
    return People(
        organisation=organisation,
        physician=physician,
        intervention=intervention,
        cas_group=cas_group,
        sex=rng.choice(len(SEX_LEVELS), n, p=SEX_SHARE),
        age=age,
        job_group=job,
        department=rng.choice(len(DEPARTMENTS), n),
        region=np.where(rng.random(n) < 0.7, organisation, len(REGIONS) - 1),
        contract_fte=rng.choice([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], n, p=[0.04, 0.08, 0.12, 0.09, 0.17, 0.15, 0.35]),
        daily_wage=np.round(MEAN_WAGE * wage_of_job * noise, 2),
        t0=t0,
        entry=entry,
        main_start=main_start,
        earlier_start=earlier_start,
        earlier_return=earlier_return,
        rate=np.exp(log_rate),
        factor=np.where(intervention, np.array(truth.effect)[cas_group], 1.0),
    )
