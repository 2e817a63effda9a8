"""Change of a number after an exposure that comes at different times, beside those not yet exposed on the same day.

- Each exposed person is compared with everyone at risk who is not exposed up to and on that day (the risk set): being
  exposed later never makes somebody unexposed earlier, so no time is immortal (Suissa 2008, Am J Epidemiol 167:492).
- change = after - before of each person; difference = mean over exposed of (own change - mean change of the risk set).
- A person may stand in many risk sets and be exposed later: standard errors by the jackknife over people.
- An exposure on a day with fewer than two people in the risk set has nothing beside it and is left out of `difference`.
- Fails with `NotEstimable` when fewer than two are left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Mean
from pilot_analysis.models.not_estimable import NotEstimable


@dataclass(frozen=True)
class ExposureDay:
    """One day: positions of the people exposed on it and of its risk set, and their changes (same unit)."""

    exposed: np.ndarray
    exposed_change: np.ndarray
    beside: np.ndarray
    beside_change: np.ndarray


class Compared(NamedTuple):
    """Mean change of the exposed, of those beside them, and the difference; numbers of people behind it."""

    exposed: Mean
    beside: Mean
    difference: Mean
    n_exposed: int
    n_beside: int


def compare(days: Sequence[ExposureDay], n_people: int) -> Compared:
    """Compare the exposed with their risk sets; `n_people` is one more than the highest position.

    Raises
    ------
    NotEstimable
        Fewer than two exposed people with a risk set of at least two.
    """
    days = [day for day in days if day.exposed.size and day.beside.size >= 2]
    count = np.array([day.exposed.size for day in days], dtype=float)
    total = count.sum()
    if total < 2:
        raise NotEstimable("fewer than two people with others beside them")
    sums = np.array([day.exposed_change.sum() for day in days])
    means = np.array([day.beside_change.mean() for day in days])
    own, other = np.full(n_people, sums.sum()), np.full(n_people, count @ means)  # sums when a person is left out
    left = np.full(n_people, total)
    seen = np.zeros(n_people, dtype=bool)
    for day, size, mean in zip(days, count, means, strict=True):
        own[day.exposed] -= day.exposed_change
        other[day.exposed] -= mean
        left[day.exposed] -= 1
        other[day.beside] += size * (mean - day.beside_change) / (day.beside.size - 1)
        seen[day.exposed] = seen[day.beside] = True
    whole = (sums.sum() / total, count @ means / total)
    parts = (own[seen] / left[seen], other[seen] / left[seen])
    exposed, beside, difference = (
        Mean(float(value), _jackknife(without))
        for value, without in (*zip(whole, parts, strict=True), (whole[0] - whole[1], parts[0] - parts[1]))
    )
    return Compared(exposed, beside, difference, int(total), np.unique(np.concatenate([d.beside for d in days])).size)


def _jackknife(without: np.ndarray) -> float:
    """Standard error from the values without each person in turn."""
    n = without.size
    return float(np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2)))


def relative_fall(before: np.ndarray, after: np.ndarray) -> Mean:
    """Return the fall of the mean as a percentage of the mean before; standard error by the delta method.

    Raises
    ------
    NotEstimable
        Fewer than two people, or a mean before of 0.
    """
    if before.size < 2:
        raise NotEstimable("fewer than two people")
    if before.sum() == 0:
        raise NotEstimable("the mean before is 0")
    ratio = (before - after).sum() / before.sum()
    spread = (before - after) - ratio * before
    n = before.size
    se = np.sqrt(n / (n - 1) * np.sum(spread**2)) / before.sum()
    return Mean(float(100 * ratio), float(100 * se))
