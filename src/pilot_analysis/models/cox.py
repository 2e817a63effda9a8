"""Cox regression with Efron's, Breslow's or exact ties, delayed entry, strata and case weights, on whole days.

- Newton's method with step-halving, far beyond R's default tolerance: what is left of the step is rounding.
- A fit is certified: where Newton's decrement times the standard error of every linear predictor is small the maximum
  is near (the likelihood is self-concordant: Bach 2010, Electronic Journal of Statistics 4:384-414). Where that is not
  reached in a few steps `separation` decides whether there is a maximum at all.
- It fails loudly: no event, a column that does not vary among people at risk, collinear columns, separation and no
  convergence all raise NotEstimable.
"""

from dataclasses import dataclass, field

import numpy as np

from pilot_analysis.models.arithmetic import Test, chi_squared_test
from pilot_analysis.models.cox_data import CoxData, prepare
from pilot_analysis.models.cox_ties import Likelihood, blocks, likelihood
from pilot_analysis.models.newton import Maximum, Stuck, inverse, newton, solve
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.separation import separation

_PATIENCE = 9  # steps within which practically every likelihood with a maximum has it
_WIDE = 1e4  # standard error of a linear predictor beyond which a small step is no proof of a maximum
_SINGULAR = 1e-10  # information as a share of the second moments; smallest eigenvalue when scaled to a unit diagonal


@dataclass(frozen=True)
class CoxFit:
    """Log hazard ratios (p,), their covariance (p, p) and standard errors; log partial likelihoods; what was fitted.

    The tests are of all coefficients at once, with p degrees of freedom.
    """

    coef: np.ndarray
    cov: np.ndarray
    se: np.ndarray
    loglik: float
    loglik_null: float
    score_statistic: float
    converged: bool
    iterations: int
    ties: str
    data: CoxData = field(repr=False, compare=False)

    @property
    def score_test(self) -> Test:
        """Score test at 0; with one indicator and exact ties the log-rank test."""
        return self._test(self.score_statistic)

    @property
    def wald_test(self) -> Test:
        """Wald test with the model's covariance."""
        return self._test(self.coef @ solve(self.cov, self.coef))

    @property
    def likelihood_ratio_test(self) -> Test:
        """Likelihood-ratio test against no effect."""
        return self._test(max(2 * (self.loglik - self.loglik_null), 0.0))

    def _test(self, statistic: float) -> Test:
        if not self.coef.size:
            raise NotEstimable("the model has no columns to test")
        return chi_squared_test(statistic, self.coef.size)


def cox(outcome: Outcome, design, strata=None, ties: str = "efron", max_iter: int = 30) -> CoxFit:
    """Fit a proportional hazards model of the event; competing exits count as censored.

    Parameters
    ----------
    outcome
        n cases; entry may be later than the origin; weights as R `coxph(weights=)`.
    design
        Finite numbers, shape (n, p) or (n,); centred here, which changes no coefficient. Without columns only the
        likelihood is of use.
    strata
        Label of the stratum of each case, shape (n,): its own baseline hazard; or None.
    ties
        "efron", "breslow", or "exact" (the discrete conditional likelihood; small sets).
    max_iter
        Newton steps before giving up.

    Raises
    ------
    NotEstimable
        No event; a column that does not vary among people at risk when events happen; collinear columns; a coefficient
        that grows without bound (separation); no convergence; too many ties for "exact".
    """
    data = prepare(outcome, design, strata, ties)
    null = likelihood(data, np.zeros(data.design.shape[1]))
    refuse_singular(null)
    try:
        maximum, covariance = _certified(data, null, max_iter)
    except Stuck:
        reason = separation(data)
        if reason:
            raise NotEstimable(reason) from None
        maximum, covariance = _at_length(data, null, max_iter)
    end = maximum.likelihood
    statistic = maximum.decrements[0]  # of the first step: score' information^-1 score at 0
    return CoxFit(
        coef=maximum.coef,
        cov=covariance,
        se=np.sqrt(covariance.diagonal()),
        loglik=end.value,
        loglik_null=null.value,
        score_statistic=statistic,
        converged=True,
        iterations=maximum.iterations,
        ties=ties,
        data=data,
    )


def likelihood_ratio(big: CoxFit, small: CoxFit, df: int | None = None) -> Test:
    """Test a model against one nested in it, fitted to the same cases; df defaults to the difference in columns."""
    df = big.coef.size - small.coef.size if df is None else df
    if df < 1:
        raise ValueError(f"the models differ by {df} columns")
    return chi_squared_test(max(2 * (big.loglik - small.loglik), 0.0), df)


def refuse_singular(null: Likelihood) -> None:
    """Raise NotEstimable for columns that do not vary or are collinear, seen in the information at 0."""
    diagonal = null.information.diagonal()
    flat = diagonal <= _SINGULAR * np.maximum(null.raw, np.finfo(float).tiny)
    if flat.any():
        columns = ", ".join(str(k + 1) for k in np.flatnonzero(flat))
        raise NotEstimable(f"column {columns} of the model does not vary among people at risk when events happen")
    scale = np.sqrt(diagonal)
    if diagonal.size > 1 and np.linalg.eigvalsh(null.information / scale / scale[:, None])[0] < _SINGULAR:
        raise NotEstimable("columns of the model are collinear among people at risk when events happen")


def _certified(data: CoxData, null: Likelihood, max_iter: int) -> tuple[Maximum, np.ndarray]:
    """Fit in a few steps to a point that proves the maximum, or raise Stuck."""
    maximum = newton(lambda coef: likelihood(data, coef), np.zeros(null.score.size), null, min(max_iter, _PATIENCE))
    covariance = inverse(maximum.likelihood.information)
    widest = max(
        np.einsum("kn,kn->n", covariance @ columns, columns).max(initial=0.0) for columns in blocks(data.design.T)
    )
    if not (widest < _WIDE**2 and np.all(covariance.diagonal() > 0)):  # not positive: rounding of a flat likelihood
        raise Stuck("the likelihood is nearly flat")
    return maximum, covariance


def _at_length(data: CoxData, null: Likelihood, max_iter: int) -> tuple[Maximum, np.ndarray]:
    """Fit a likelihood that is known to have a maximum."""
    try:
        maximum = newton(lambda coef: likelihood(data, coef), np.zeros(null.score.size), null, max_iter)
        return maximum, inverse(maximum.likelihood.information)
    except Stuck as problem:
        raise NotEstimable(str(problem)) from None
