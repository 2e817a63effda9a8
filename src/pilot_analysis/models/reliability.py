"""Internal consistency of a scale: Cronbach's alpha and McDonald's omega.

- alpha = k / (k - 1) (1 - sum of the item variances / variance of the sum), k items (Cronbach 1951, Psychometrika
  16:297-334); interval by Feldt (1965, Psychometrika 30:357-370): (1 - alpha) / (1 - estimate) is F-distributed with
  n - 1 and (n - 1)(k - 1) degrees of freedom. As R `psych::alpha`, and its Feldt interval.
- omega = (sum of loadings)^2 / ((sum of loadings)^2 + sum of residual variances) of one factor (McDonald 1999, Test
  theory), fitted to the covariances by unweighted least squares of the off-diagonal (`psych::fa` "minres" on
  covariances). Two items determine no factor. With equal loadings omega is alpha.
- omega needs no equal loadings; both need one dimension. Complete answers only.
- Not estimable: fewer than two items (three for omega), fewer than ten people, an item or a sum without variance, a
  residual variance below zero (Heywood case), a factor that is not found in `_MOST` rounds.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.not_estimable import NotEstimable

FEWEST_PEOPLE = 10
_MOST, _CLOSE = 5000, 1e-12


class Alpha(NamedTuple):
    """Alpha with its interval; no unit."""

    estimate: float
    ci_low: float
    ci_high: float


class Factor(NamedTuple):
    """One factor: `loading` and `residual` (variance) by item, in units of the answers."""

    loading: np.ndarray
    residual: np.ndarray


def alpha(values: np.ndarray, level: float = 0.95) -> Alpha:
    """Cronbach's alpha of `values` (people, items), reversed where needed, without empty cells."""
    from scipy.special import fdtri

    n, k = _checked(values, 2)
    covariance = np.cov(values, rowvar=False)
    estimate = k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())
    tail = (1 - level) / 2
    low, high = (1 - (1 - estimate) * fdtri(n - 1, (n - 1) * (k - 1), share) for share in (1 - tail, tail))
    return Alpha(float(estimate), float(low), float(high))


def omega(values: np.ndarray) -> float:
    """McDonald's omega of `values` (people, items), reversed where needed, without empty cells."""
    _checked(values, 3)
    factor = one_factor(np.cov(values, rowvar=False))
    common = factor.loading.sum() ** 2
    return float(common / (common + factor.residual.sum()))


def one_factor(covariance: np.ndarray) -> Factor:
    """The loadings whose products lie closest to the covariances of different items (k, k), and what they leave.

    Each loading in turn is set to its least-squares value given the others, until none moves.
    """
    k = len(covariance)
    spread = np.sqrt(np.diag(covariance))
    apart = (covariance / np.outer(spread, spread)) * (1 - np.eye(k))  # correlations: a start that has no scale
    value, vector = np.linalg.eigh(apart + np.eye(k))
    loading = vector[:, -1] * np.sqrt(value[-1]) * spread * np.sign(vector[:, -1].sum() or 1.0)
    apart = covariance * (1 - np.eye(k))
    for _ in range(_MOST):
        before = loading.copy()
        for item in range(k):
            others = loading @ loading - loading[item] ** 2
            if others <= 0:
                raise NotEstimable("the items have no common factor")
            loading[item] = apart[item] @ loading / others
        if np.abs(loading - before).max() <= _CLOSE * spread.max():
            break
    else:
        raise NotEstimable("the common factor is not determined")
    residual = np.diag(covariance) - loading**2
    if residual.min() < 0:
        raise NotEstimable("an item has a negative residual variance under one factor")
    return Factor(loading, residual)


def _checked(values: np.ndarray, fewest_items: int) -> tuple[int, int]:
    """People and items; raises `NotEstimable` where there are too few, or nothing varies."""
    n, k = values.shape
    if k < fewest_items:
        raise NotEstimable(f"fewer than {fewest_items} items")
    if n < FEWEST_PEOPLE:
        raise NotEstimable(f"fewer than {FEWEST_PEOPLE} people with complete answers")
    if (np.ptp(values, axis=0) == 0).any():
        raise NotEstimable("an item to which everybody gave the same answer")
    if np.ptp(values.sum(axis=1)) == 0:
        raise NotEstimable("everybody has the same sum")
    return n, k
