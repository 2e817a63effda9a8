"""Normal and chi-squared arithmetic shared by the estimators.

- Intervals: estimate -+ z se; for ratios the same on the log scale; for probabilities log(-log).
- p values are two-sided: of a Wald statistic from the normal, of a test from the chi-squared distribution.
- `scipy.special` is used instead of `scipy.stats`, which takes a second to import.
"""

from typing import NamedTuple

import numpy as np


class Mean(NamedTuple):
    """A mean and its standard error, both in days."""

    estimate: float
    se: float


class Test(NamedTuple):
    """A chi-squared test: statistic, degrees of freedom, p value."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    statistic: float
    df: int
    p_value: float


def normal_quantile(level: float) -> float:
    """Return z such that -z .. z holds `level` (a share, 0.95) of the standard normal distribution."""
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise ValueError(f"a level of confidence lies between 0 and 1, not {level}")
    return float(ndtri(0.5 + level / 2))


def normal_interval(estimate, se, level: float = 0.95) -> tuple:
    """Return the limits estimate -+ z se; numbers or arrays."""
    z = normal_quantile(level)
    return estimate - z * se, estimate + z * se


def ratio_interval(log_estimate, se, level: float = 0.95) -> tuple:
    """Return the limits of a ratio whose logarithm has standard error `se`; numbers or arrays."""
    low, high = normal_interval(log_estimate, se, level)
    return np.exp(low), np.exp(high)


def log_log_interval(probability: np.ndarray, se: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return log(-log) limits of probabilities; NaN where a probability is 0 or 1.

    As `survival:::survfit_confint(conf.type = "log-log")` (Kalbfleisch and Prentice 1980).
    """
    inside = (probability > 0) & (probability < 1)
    p, error = np.where(inside, probability, np.nan), np.where(inside, se, np.nan)
    cumulated = -np.log(p)
    spread = normal_quantile(level) * error / (p * cumulated)
    return np.exp(-cumulated * np.exp(spread)), np.exp(-cumulated * np.exp(-spread))


def wald_p(estimate, se):
    """Return the two-sided p value of estimate / se; numbers or arrays."""
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(estimate / se))


def chi_squared_test(statistic: float, df: int) -> Test:
    """Return the test with its upper tail probability."""
    from scipy.special import chdtrc

    return Test(float(statistic), int(df), float(chdtrc(df, statistic)))


def difference(first: Mean, second: Mean) -> Mean:
    """Return first - second of two independent means."""
    return Mean(first.estimate - second.estimate, float(np.hypot(first.se, second.se)))
