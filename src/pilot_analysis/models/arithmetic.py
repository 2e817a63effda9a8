"""Normal and chi-squared arithmetic shared by the estimators.

- Intervals: estimate -+ z se; for ratios the same on the log scale; for probabilities log(-log) or another scale.
- p values are two-sided: of a Wald statistic from the normal, of a test from the chi-squared distribution.
- `scipy.special` is used instead of `scipy.stats`, which takes a second to import.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.not_estimable import NotEstimable

INTERVALS = ("plain", "log", "log-log", "logit", "arcsin")


class Mean(NamedTuple):
    """A mean and its standard error, both in days."""

    estimate: float
    se: float


class Ratio(NamedTuple):
    """A ratio and the standard error of its logarithm; interval: `ratio_interval(np.log(estimate), se)`."""

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


def t_quantile(df: float, level: float) -> float:
    """Return t such that -t .. t holds `level` (a share, 0.95) of Student's t with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + level / 2))


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
    return probability_interval(probability, se, level, "log-log")


def probability_interval(
    probability: np.ndarray, se: np.ndarray, level: float = 0.95, scale: str = "log-log"
) -> tuple[np.ndarray, np.ndarray]:
    """Return limits of probabilities on a scale, cut off at 0 and 1; NaN where a probability is 0 or 1.

    Scales as R `survfit(conf.type = )`: plain, log, log-log, logit, arcsin. At 0 and 1 the standard error says nothing;
    R gives the degenerate limits 1 and 1 on some scales there, and NA on others.

    Raises
    ------
    ValueError
        Unknown scale, or a level that is not between 0 and 1.
    """
    if scale not in INTERVALS:
        raise ValueError(f"an interval is one of {', '.join(INTERVALS)}, not {scale!r}")
    inside = (probability > 0) & (probability < 1)
    p, spread = np.where(inside, probability, np.nan), normal_quantile(level) * np.where(inside, se, np.nan)
    if scale == "plain":
        return np.maximum(p - spread, 0), np.minimum(p + spread, 1)
    if scale == "log":
        return p * np.exp(-spread / p), np.minimum(p * np.exp(spread / p), 1)
    if scale == "log-log":
        cumulated = -np.log(p)
        spread = spread / (p * cumulated)
        return np.exp(-cumulated * np.exp(spread)), np.exp(-cumulated * np.exp(-spread))
    if scale == "logit":
        odds, spread = p / (1 - p), spread / (p * (1 - p))
        low, high = odds * np.exp(-spread), odds * np.exp(spread)
        return low / (1 + low), 1 / (1 + 1 / high)
    angle, spread = np.arcsin(np.sqrt(p)), spread / (2 * np.sqrt(p * (1 - p)))
    return np.sin(np.maximum(angle - spread, 0)) ** 2, np.sin(np.minimum(angle + spread, np.pi / 2)) ** 2


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


def ratio(first: Mean, second: Mean) -> Ratio:
    """Return first / second of two independent means, standard error of the logarithm by the delta method.

    Raises
    ------
    NotEstimable
        A mean is 0.
    """
    if not (first.estimate > 0 and second.estimate > 0):
        raise NotEstimable("a mean is 0 days: no ratio")
    se = np.hypot(first.se / first.estimate, second.se / second.estimate)
    return Ratio(first.estimate / second.estimate, float(se))
