"""The trials of validity.py: one trial as arrays, and the true values of what is estimated from it, by summation.

- Clock `d`: days from the first day of absence. People are enrolled on day 14 .. 44 (two to six weeks), still absent;
  the year ends on day 365, so everybody can be seen for 320 days. Return, leaving and censoring are continuous times
  made whole days by rounding up; on one day a return comes before leaving, and leaving before censoring.
- Hazard of return: Gompertz-Makeham in d, times exp(age, male, CAS group, level of the cluster); in the intervention
  arm times exp(log ratio of the cluster) on the days after day 84: the hazards are proportional from the landmark on.
- Log ratio of a cluster: normal, mean `mean_log_ratio`. In days a high ratio gains more than a low one loses; the mean
  is set so that without effect P1's true difference is exactly 0 days.
- Leaving: constant hazard by age, alike in both arms. Censoring: constant hazard from enrolment, independent of all,
  set so that the wanted share of all allocated is censored before return, leaving and the last day (without effect).
- Allocation: individual, in permuted blocks of four within the cluster (the organisation, which is also the stratum).
- Levels and log ratios of the clusters are drawn anew for each trial: the truth is the mean over clusters, too.
- Truth: sums of probabilities over days, people (all covariates), entry days, and Gauss-Hermite nodes of the clusters;
  none of the estimators is used.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.random import SeedSequence, default_rng

SEED, PERMUTATIONS = 20_261_204, 199
COLUMNS = ("p1", "p1_se", "p2", "p2_se", "cox", "cox_se", "p_rerandomised", "n_landmark", "censored")  # per trial
LANDMARK, LAST_DAY = 84, 365
TAU_LANDMARK, TAU_ENROLMENT = LAST_DAY - LANDMARK, 320
ENTRY = np.arange(14, 45)
AGE, AGE_CENTRE = np.arange(25, 65), 46
CAS_GROUPS = ("psychological", "musculoskeletal", "other", "unknown")
CAS_SHARE = np.array([0.38, 0.32, 0.18, 0.12])
CAS_LOG_RATE = np.array([-0.16, 0.14, 0.0, 0.0])
AGE_LOG_RATE, MALE_LOG_RATE, MALE_SHARE = -0.10, 0.10, 0.40
CLUSTER_SD = 0.20  # of the log rate of return
MAKEHAM, GOMPERTZ, GOMPERTZ_DAYS = 0.0016, 0.0060, 60.0
EXIT_RATE, EXIT_AGE_LOG_RATE = 0.0003, 0.30
LOG_RATIO = {"none": 0.0, "planted": float(np.log(1.4))}
BLOCK = np.array([1, 1, 0, 0])
NODES = 7

_DAYS = np.arange(LAST_DAY + 1)
HAZARD = MAKEHAM * _DAYS + GOMPERTZ * GOMPERTZ_DAYS * -np.expm1(-_DAYS / GOMPERTZ_DAYS)  # H(d), average person
HAZARD.setflags(write=False)


class Cell(NamedTuple):
    """One setting of the simulation; `heterogeneity` is the SD over clusters of the log rate ratio of the arms."""

    number: int
    n: int
    clusters: int
    censoring: float
    effect: str
    heterogeneity: float


CELLS = tuple(
    Cell(number, *setting)
    for number, setting in enumerate(
        product((100, 200, 500), (5, 20, 40), (0.10, 0.40, 0.60), ("none", "planted"), (0.0, 0.3))
    )
)


class Trial(NamedTuple):
    """A trial on the clock `d`; arrays of shape (n,), `state` as in `Outcome`, `cas` as in `CAS_GROUPS`."""

    entry: np.ndarray
    time: np.ndarray
    state: np.ndarray
    arm: np.ndarray
    organisation: np.ndarray
    age: np.ndarray
    male: np.ndarray
    cas: np.ndarray


class _Latent(NamedTuple):
    """What censoring does not touch: who takes part, and the log rate ratio and waiting times of each."""

    people: Trial  # without time and state
    rate: np.ndarray
    log_ratio: np.ndarray  # of the intervention for this person, whatever the arm
    wait: np.ndarray  # (3, n) standard exponential: return, leaving, censoring


def simulate(cell: Cell, seed: SeedSequence) -> Trial:
    """Draw one trial of `cell`."""
    latent = draw_people(cell, seed)
    people = latent.people
    returned = return_day(latent, people.arm == 1)
    left = people.entry + _days(latent.wait[1], exit_rate(people.age))
    censored = np.minimum(people.entry + _days(latent.wait[2], censoring_rate(cell.censoring)), LAST_DAY)
    last = np.minimum(left, censored)
    state = np.select([returned <= last, left <= censored], [1, 2], 0)
    return people._replace(time=np.minimum(returned, last), state=state)


def draw_people(cell: Cell, seed: SeedSequence) -> _Latent:
    """Draw clusters, people, allocation and waiting times."""
    rng = default_rng(seed)
    n, clusters = cell.n, cell.clusters
    organisation = _draw(rng, np.linspace(0.5, 1.5, clusters) / clusters, n)
    level, deviation = CLUSTER_SD * rng.standard_normal(clusters), cell.heterogeneity * rng.standard_normal(clusters)
    log_ratio = mean_log_ratio(cell.effect, cell.heterogeneity) + deviation
    people = Trial(
        entry=rng.integers(ENTRY[0], ENTRY[-1] + 1, n),
        time=np.empty(0),
        state=np.empty(0),
        arm=_blocks(rng, organisation, clusters),
        organisation=organisation,
        age=rng.integers(AGE[0], AGE[-1] + 1, n),
        male=(rng.random(n) < MALE_SHARE).astype(np.int64),
        cas=_draw(rng, CAS_SHARE, n),
    )
    rate = np.exp(log_rate(people.age, people.male, people.cas) + level[organisation])
    return _Latent(people, rate, log_ratio[organisation], rng.standard_exponential((3, n)))


def return_day(latent: _Latent, treated: np.ndarray) -> np.ndarray:
    """Day of return if the people marked in `treated` had the intervention; `LAST_DAY` + 1 stands for later."""
    factor = np.where(treated, np.exp(latent.log_ratio), 1.0)
    target, before = HAZARD[latent.people.entry] + latent.wait[0] / latent.rate, HAZARD[LANDMARK]
    return np.searchsorted(HAZARD, np.where(target <= before, target, before + (target - before) / factor))


def log_rate(age, male, cas):
    """Log rate of return against the average person, cluster aside."""
    return AGE_LOG_RATE * (age - AGE_CENTRE) / 10 + MALE_LOG_RATE * (male - MALE_SHARE) + CAS_LOG_RATE[cas]


def exit_rate(age):
    """Hazard of leaving per day."""
    return EXIT_RATE * np.exp(EXIT_AGE_LOG_RATE * (age - AGE_CENTRE) / 10)


def _draw(rng: np.random.Generator, share: np.ndarray, n: int) -> np.ndarray:
    return np.minimum(np.searchsorted(np.cumsum(share), rng.random(n), side="right"), share.size - 1)


def _days(wait: np.ndarray, rate) -> np.ndarray:
    return np.minimum(np.ceil(wait / rate), 10 * LAST_DAY).astype(np.int64)


def _blocks(rng: np.random.Generator, organisation: np.ndarray, clusters: int) -> np.ndarray:
    """Allocate in order of arrival: the k-th person of a cluster has the k-th place of its permuted blocks."""
    size = np.bincount(organisation, minlength=clusters)
    by_cluster = np.argsort(organisation, kind="stable")
    place = np.empty(organisation.size, dtype=np.int64)
    place[by_cluster] = np.arange(organisation.size) - np.repeat(np.cumsum(size) - size, size)
    blocks = np.tile(BLOCK, (clusters, -(-int(size.max()) // BLOCK.size), 1))
    return rng.permuted(blocks, axis=2).reshape(clusters, -1)[organisation, place]


class _Kinds(NamedTuple):
    """Every kind of person: weight, rate of return, hazard of leaving; shape (kinds,)."""

    weight: np.ndarray
    rate: np.ndarray
    exit: np.ndarray


def _normal(sd: float) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES if sd else 1)
    return sd * nodes, weights / weights.sum()


@lru_cache(maxsize=1)
def _kinds() -> _Kinds:
    level, level_share = _normal(CLUSTER_SD)
    age, male, cas, node = (
        one.ravel() for one in np.meshgrid(AGE, [0, 1], np.arange(CAS_SHARE.size), np.arange(level.size), indexing="ij")
    )
    weight = np.where(male, MALE_SHARE, 1 - MALE_SHARE) * CAS_SHARE[cas] * level_share[node] / AGE.size
    return _Kinds(weight, np.exp(log_rate(age, male, cas) + level[node]), exit_rate(age))


@lru_cache(maxsize=1)
def _still_there() -> np.ndarray:
    """Share neither returned nor left by each day, without effect, by entry day: (entries, LAST_DAY + 1), 1 before."""
    kinds, shares = _kinds(), np.ones((ENTRY.size, LAST_DAY + 1))
    for row, entry in enumerate(ENTRY):
        hazard, days = HAZARD[entry:] - HAZARD[entry], _DAYS[entry:] - entry
        shares[row, entry:] = kinds.weight @ np.exp(-np.outer(kinds.rate, hazard) - np.outer(kinds.exit, days))
    return shares


def share_censored(rate: float) -> float:
    """Share of all allocated who are censored at this rate before return, leaving and the last day, without effect."""
    followed = np.exp(-rate * np.maximum(_DAYS - ENTRY[:, None], 0))
    return float((_still_there()[:, 1:-1] * -np.diff(followed, axis=1)[:, :-1]).sum(axis=1).mean())


@lru_cache(maxsize=8)
def censoring_rate(share: float) -> float:
    """Return the hazard of censoring per day that censors `share` of all allocated."""
    from scipy.optimize import brentq

    return float(brentq(lambda rate: share_censored(rate) - share, 0.0, 1.0, xtol=1e-14))


@lru_cache(maxsize=8)
def mean_log_ratio(effect: str, heterogeneity: float) -> float:
    """Return the mean over clusters of the log rate ratio: that of the effect, centred as the module says."""
    if not heterogeneity:
        return LOG_RATIO[effect]
    from scipy.optimize import brentq

    return LOG_RATIO[effect] + float(
        brentq(lambda mean: _differences(0.0, mean, heterogeneity)[0], -0.1, 0.0, xtol=1e-9)
    )


@lru_cache(maxsize=64)
def true_days(cell: Cell) -> tuple[float, float]:
    """Return the true difference in days not returned, intervention minus control, of P1 (landmark) and P2 (enrolment).

    P1 is about those at risk at the landmark, each with the probability of being absent, there and not censored then.
    """
    mean = mean_log_ratio(cell.effect, cell.heterogeneity)
    return _differences(censoring_rate(cell.censoring), mean, cell.heterogeneity)


def _differences(censoring: float, mean: float, sd: float) -> tuple[float, float]:
    kinds, control = _kinds(), _days_back(0.0)
    gained = sum(share * (_days_back(mean + step) - control) for step, share in zip(*_normal(sd), strict=True))
    since = LANDMARK - ENTRY
    absent = np.exp(-np.outer(kinds.rate, HAZARD[LANDMARK] - HAZARD[ENTRY]) - np.outer(kinds.exit, since))
    at_landmark = kinds.weight * (absent @ np.exp(-censoring * since))
    landmark = at_landmark @ gained[:, TAU_LANDMARK] / at_landmark.sum()
    enrolment = kinds.weight @ (absent * gained[:, ENTRY + TAU_ENROLMENT - LANDMARK]).mean(axis=1)
    return 0.0 - float(landmark), 0.0 - float(enrolment)


def _days_back(log_ratio: float) -> np.ndarray:
    """Return expected days back at work up to each day since the landmark, of those at risk there: (kinds, days + 1).

    A return on day j counts from j on, so the days back by day D are the sum over days j < D of P(returned by j).
    """
    kinds = _kinds()
    absent = np.exp(-np.outer(kinds.rate * np.exp(log_ratio), HAZARD[LANDMARK:] - HAZARD[LANDMARK]))
    there = np.exp(-np.outer(kinds.exit, np.arange(TAU_LANDMARK)))
    returned = np.cumsum(-np.diff(absent, axis=1) * there, axis=1)  # by day 1, 2, ... since the landmark
    days = np.zeros(absent.shape)
    days[:, 2:] = np.cumsum(returned, axis=1)[:, :-1]
    return days
