"""Shares of people and medians of whole days, with intervals that hold in small groups.

- A share: Wilson's score interval without continuity correction, as R `prop.test(correct = FALSE)$conf.int` (Wilson
  1927, J Am Stat Assoc 22:209-212); it never leaves 0 and 1.
- A median: the order statistics whose ranks follow from the binomial distribution with chance 1/2 (Conover 1999,
  section 3.2): at least the level, whatever the distribution. Too few values for that: no limit.
- Fails with `NotEstimable` when there is nobody.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import normal_quantile
from pilot_analysis.models.not_estimable import NotEstimable


class Interval(NamedTuple):
    """A number and its limits in its own unit; NaN where there is no limit."""

    estimate: float
    low: float
    high: float


def share(count: int, n: int, level: float = 0.95) -> Interval:
    """Return the share `count` / `n` (between 0 and 1) with Wilson's interval.

    Raises
    ------
    NotEstimable
        `n` is 0.
    ValueError
        `count` is not between 0 and `n`.
    """
    if n == 0:
        raise NotEstimable("nobody to count")
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no share")
    z2 = normal_quantile(level) ** 2
    share, widened = count / n, 1 + z2 / n
    middle = (share + z2 / (2 * n)) / widened
    reach = np.sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n) / widened
    low = 0.0 if count == 0 else middle - reach
    high = 1.0 if count == n else middle + reach
    return Interval(share, float(low), float(high))


def median(values: np.ndarray, level: float = 0.95) -> Interval:
    """Return the median of `values`, shape (n,), with its distribution-free interval; NotEstimable without values."""
    from scipy.special import bdtr

    ordered = np.sort(np.asarray(values, dtype=float))
    n = ordered.size
    if n == 0:
        raise NotEstimable("nobody to count")
    below = bdtr(np.arange(n // 2), n, 0.5)  # chance of at most k values below the true median
    rank = int(np.count_nonzero(below <= (1 - level) / 2))
    limits = (ordered[rank - 1], ordered[n - rank]) if rank else (np.nan, np.nan)
    return Interval(float(np.median(ordered)), float(limits[0]), float(limits[1]))
