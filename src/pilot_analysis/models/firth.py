"""Firth's correction of a Cox model: finite estimates under separation and with few events.

- The log partial likelihood plus half the log determinant of its information (Jeffreys' prior): Firth 1993, Biometrika
  80:27-38; Heinze and Schemper 2001, Biometrics 57:114-119 (R `coxphf`, which has Breslow's ties).
- The gradient of the penalty needs the third moments of the risk sets, taken in the metric of the inverse information
  alone, so that cost stays linear in cases.
- Wald intervals are poor here: use `profile_interval`, and `profile_test` for a p value. Standard errors are those of
  the information at the estimate, as `coxphf`.
- It fails where there is no event, where columns do not vary or are collinear among people at risk.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Test, chi_squared_test, normal_quantile
from pilot_analysis.models.cox import refuse_singular
from pilot_analysis.models.cox_data import CoxData, prepare
from pilot_analysis.models.cox_ties import likelihood, risk_sums
from pilot_analysis.models.newton import Maximum, Stuck, inverse, newton
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

_MOST_STEPS = 200
_WIDTH = 1e-5  # of differences of the score, in standard errors
_WIDEST = 60.0  # standard errors searched for a limit


@dataclass(frozen=True)
class FirthFit:
    """Log hazard ratios (p,), covariance (p, p) and standard errors; penalised log likelihood at them and at 0."""

    coef: np.ndarray
    cov: np.ndarray
    se: np.ndarray
    loglik: float
    loglik_null: float
    iterations: int
    ties: str
    data: CoxData = field(repr=False, compare=False)


class _Penalised(NamedTuple):
    value: float
    score: np.ndarray
    information: np.ndarray


def cox_firth(outcome: Outcome, design, strata=None, ties: str = "efron") -> FirthFit:
    """Fit a Cox model by penalised likelihood.

    Parameters
    ----------
    outcome, design, strata
        As for `cox`.
    ties
        "efron" or "breslow" (as `coxphf`).

    Raises
    ------
    NotEstimable
        No event; columns that do not vary or are collinear among people at risk; no convergence.
    """
    if ties == "exact":
        raise ValueError("Firth's correction is not made for exact ties")
    data = prepare(outcome, design, strata, ties)
    start = np.zeros(data.design.shape[1])
    refuse_singular(likelihood(data, start))
    null = _penalised(data, start)
    end = _maximum(data, start, np.arange(start.size))
    covariance = inverse(likelihood(data, end.coef).information)
    se = np.sqrt(covariance.diagonal())
    return FirthFit(end.coef, covariance, se, end.likelihood.value, null.value, end.iterations, ties, data)


def profile_test(fit: FirthFit, column: int, value: float = 0.0) -> Test:
    """Penalised likelihood-ratio test that the coefficient of `column` is `value`; the others are fitted anew."""
    at = _profile(fit, column, value, fit.coef)[0]
    return chi_squared_test(max(2 * (fit.loglik - at), 0.0), 1)


def profile_interval(fit: FirthFit, column: int, level: float = 0.95) -> tuple[float, float]:
    """Return the values of a coefficient that the penalised likelihood-ratio test does not reject.

    Raises
    ------
    NotEstimable
        A limit lies further than 60 standard errors from the estimate.
    """
    return _limit(fit, column, level, -1.0), _limit(fit, column, level, 1.0)


def _limit(fit: FirthFit, column: int, level: float, side: float) -> float:
    from scipy.optimize import brentq

    target, step = fit.loglik - normal_quantile(level) ** 2 / 2, side * fit.se[column]
    others = fit.coef

    def above(steps: float) -> float:
        nonlocal others
        value, others = _profile(fit, column, fit.coef[column] + steps * step, others)
        return value - target

    far = 1.0
    while above(far) > 0:
        far *= 2
        if far > _WIDEST:
            raise NotEstimable("the penalised likelihood does not bound the coefficient")
    return float(fit.coef[column] + step * brentq(above, 0, far, xtol=1e-12, rtol=1e-14))


def _profile(fit: FirthFit, column: int, value: float, others: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the highest penalised likelihood with one coefficient fixed, and where it is."""
    start = others.copy()
    start[column] = value
    free = np.delete(np.arange(start.size), column)
    if not free.size:
        return _penalised(fit.data, start).value, start
    end = _maximum(fit.data, start, free)
    start[free] = end.coef
    return end.likelihood.value, start


def _maximum(data: CoxData, start: np.ndarray, free: np.ndarray) -> Maximum:
    """Climb from `start` along the free coefficients."""

    def at(coef: np.ndarray) -> _Penalised:
        whole = start.copy()
        whole[free] = coef
        value, score, information = _penalised(data, whole)
        return _Penalised(value, score[free], information[np.ix_(free, free)])

    def evaluate(coef: np.ndarray) -> _Penalised:
        """With the curvature of the penalty too: the information alone can overstep for ever."""
        here = at(coef)
        if not np.isfinite(here.value):
            return here
        widths = _WIDTH / np.sqrt(here.information.diagonal())
        curvature = np.array([here.score - at(coef + step).score for step in np.diag(widths)]) / widths[:, None]
        curvature = (curvature + curvature.T) / 2
        return here._replace(information=curvature) if np.linalg.eigvalsh(curvature)[0] > 0 else here

    try:
        return newton(evaluate, start[free], evaluate(start[free]), _MOST_STEPS)
    except Stuck as problem:
        raise NotEstimable(f"Firth's correction: {problem}") from None


def _penalised(data: CoxData, coef: np.ndarray) -> _Penalised:
    """Return the penalised likelihood, its gradient, and the information of the likelihood itself."""
    plain = likelihood(data, coef)
    sign, log_determinant = np.linalg.slogdet(plain.information)
    if not sign > 0:  # a step too far: halved by the caller
        return _Penalised(-np.inf, plain.score, plain.information)
    bend = _third_moments(data, coef, inverse(plain.information))
    return _Penalised(plain.value + float(log_determinant) / 2, plain.score + bend / 2, plain.information)


def _third_moments(data: CoxData, coef: np.ndarray, metric: np.ndarray) -> np.ndarray:
    """Return trace(V dI/db) for each coefficient b: sums over terms of E[(x - m) (x - m)' V (x - m)], m = E[x]."""
    columns = data.design.T
    risk = data.weight * np.exp(coef @ columns)
    turned = metric @ columns
    length = np.einsum("kn,kn->n", columns, turned)  # x' V x
    p = len(columns)
    pairs = [(j, k) for j in range(p) for k in range(j, p)]
    rows = [risk, *(risk * columns), risk * length, *(risk * length * columns)]
    rows += [risk * columns[j] * columns[k] for j, k in pairs]
    everyone, tied = risk_sums(data, rows)
    terms = everyone[:, data.cell] - data.fraction * tied[:, data.cell]
    mean, square, cube = np.split(terms[1 : 2 * p + 2] / terms[0], [p, p + 1])
    products = np.empty((p, p, terms.shape[1]))
    for row, (j, k) in zip(terms[2 * p + 2 :], pairs, strict=True):
        products[j, k] = products[k, j] = row / terms[0]
    # E[(x-m) (x-m)'V(x-m)] = E[x x'Vx] - 2 E[xx'] V m - m E[x'Vx] + 2 m m'Vm
    along = metric @ mean
    bend = cube - 2 * np.einsum("jkt,kt->jt", products, along) - mean * square
    return (bend + 2 * mean * np.einsum("kt,kt->t", mean, along)) @ data.share
