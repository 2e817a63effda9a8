"""The true values that the planted parameters imply, by integration over days instead of simulation of outcomes.

- Given rate and entry, the probabilities of return and of leaving on each day are exact products of the hazards in
  `truth`; only the mix of people is sampled, and both arms are evaluated on the same people.
- Each case counts with its probability of still being absent and followed on the landmark day.
- This is the estimand of the plan: leaving counts as not returned. `rmst` is the same without leaving.
- A landmark after the first day of the effect conditions on part of the effect: the arms differ in who is at risk, and
  each is weighted by its own probabilities, as in the plan. It fails where nobody can be at risk at the landmark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import SeedSequence

from pilot_analysis.schemas.derived import CAS_GROUPS
from pilot_analysis.synthetic.course import exit_rates
from pilot_analysis.synthetic.people import People
from pilot_analysis.synthetic.trial import simulate_latent
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, Truth, with_effect

LAST_DAY = 365
CHUNK = 5_000


@dataclass(frozen=True)
class Expected:
    """Mean days per arm, their difference (intervention minus control), and its standard error from sampling people."""

    intervention: float
    control: float
    difference: float
    se: float


def _cumulative_exit(truth: Truth, age: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Cumulated hazard of leaving up to each day; shape (cases, days)."""
    steady, ill_health = exit_rates(truth, age)
    return steady[:, None] * days + ill_health * np.maximum(days - truth.ill_health_from_day, 0)


def case_days(
    truth: Truth, people: People, factor: np.ndarray, landmark: int, leaving: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Per case the probability of being at risk at the landmark, and the expected days not returned until day 365.

    `factor` is the effect that holds for each case; shapes (cases,). With `leaving` an exit counts as not returned,
    else exits do not exist.
    """
    days = np.arange(landmark, LAST_DAY)
    here = people.entry[:, None]
    hazard = with_effect(truth, days[None, :], factor[:, None]) - with_effect(truth, here, factor[:, None])
    absent = np.exp(-people.rate[:, None] * hazard)
    exits = _cumulative_exit(truth, people.age, days) if leaving else np.zeros(absent.shape)
    start = _cumulative_exit(truth, people.age, people.entry[:, None])
    at_risk = (people.entry <= landmark) * absent[:, 0] * np.exp(start[:, 0] - exits[:, 0] if leaving else 0.0)
    followed = np.exp(exits[:, :1] - exits)
    returns = (absent[:, :-1] - absent[:, 1:]) / absent[:, :1] * followed[:, :-1]
    not_returned = 1 - np.cumsum(returns, axis=1)
    return at_risk, 1 + not_returned.sum(axis=1)


def _arm_values(truth: Truth, people: People, landmark: int, leaving: bool) -> tuple[np.ndarray, np.ndarray]:
    """Weights and expected days of every case under intervention and under control; shapes (cases, 2)."""
    parts = []
    for first in range(0, len(people), CHUNK):
        some = People(**{name: values[first : first + CHUNK] for name, values in vars(people).items()})
        effect = np.array(truth.effect)[some.cas_group]
        arms = [case_days(truth, some, factor, landmark, leaving) for factor in (effect, np.ones(len(some)))]
        parts.append(np.array(arms))
    joined = np.concatenate(parts, axis=2)
    return joined[:, 0].T, joined[:, 1].T


def expected_days(
    truth: Truth = DEFAULT_TRUTH,
    n_people: int = 50_000,
    seed: int | SeedSequence = 1,
    landmark: int = 84,
    leaving: bool = True,
    cas_group: str | None = None,
) -> Expected:
    """Integrate the true mean days not yet returned between day `landmark` and day 365, by arm, among people at risk.

    `leaving=True` is the truth of `days_not_returned` (P1 at landmark 84), `leaving=False` that of `rmst`; `cas_group`
    restricts it to one group. The standard error comes from `n_people` sampled people.
    """
    people, _ = simulate_latent(n_people, seed, truth, calendar=False)
    if cas_group is not None:
        inside = people.cas_group == CAS_GROUPS.index(cas_group)
        people = People(**{name: values[inside] for name, values in vars(people).items()})
    weight, days = _arm_values(truth, people, landmark, leaving)
    mean = (weight * days).sum(axis=0) / weight.sum(axis=0)
    residual = weight * (days - mean) / weight.mean(axis=0)
    spread = (residual[:, 0] - residual[:, 1]).std(ddof=1) / np.sqrt(len(people))
    return Expected(float(mean[0]), float(mean[1]), float(mean[0] - mean[1]), float(spread))
