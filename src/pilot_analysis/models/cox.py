"""Cox regression with Efron's ties, delayed entry and strata, on whole days.

- Every tied event is a term of its own: the l-th of d events on a day sees the risk set less l/d of those who have the
  event that day (Efron 1977), as R `coxph(ties = "efron")`.
- Risk-set sums are cumulative sums over the grid of strata x event days. The information needs no risk-set matrices:
  it is X' diag(r H) X, H the hazard cumulated while at risk, less the outer products of the risk-set means.
- Newton's method with step-halving, far beyond R's default tolerance. It fails loudly: no event, a column that does
  not vary among people at risk, collinear columns, separation and no convergence all raise NotEstimable.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Test, chi_squared_test
from pilot_analysis.models.days import EventGrid, sum_by
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

_SMALL_STEP = 1e-16  # Newton decrement, in squared standard errors: the step taken then leaves only rounding
_SINGULAR = 1e-10  # smallest eigenvalue of the information scaled to a unit diagonal
_FLAT = 1e-6  # a likelihood that no longer rises while the coefficients still move: separation


@dataclass(frozen=True)
class CoxFit:
    """Log hazard ratios (p,), their covariance (p, p) and standard errors; log partial likelihoods."""

    coef: np.ndarray
    cov: np.ndarray
    se: np.ndarray
    loglik: float
    loglik_null: float
    converged: bool
    iterations: int


class _Data(NamedTuple):
    """The design on the grid of strata x event days, and what Efron's terms need."""

    design: np.ndarray  # (n, p), centred
    ones: np.ndarray  # (n, 1 + p): a column of ones and the design
    grid: EventGrid
    used: np.ndarray  # the cells with events
    own: np.ndarray  # for each event row: position of its cell in `used`
    cell: np.ndarray  # (events,) the same, sorted
    first: np.ndarray  # position in `cell` of the first event of each used cell
    fraction: np.ndarray  # (events,) l/d


class _Likelihood(NamedTuple):
    value: float
    score: np.ndarray
    information: np.ndarray
    raw: np.ndarray  # diagonal of the information before the risk-set means are taken out


def cox(outcome: Outcome, design, strata=None, max_iter: int = 30) -> CoxFit:
    """Fit a proportional hazards model of the event; competing exits count as censored.

    Parameters
    ----------
    outcome
        n cases; entry may be later than the origin.
    design
        Finite numbers, shape (n, p) or (n,); centred here, which changes no coefficient. Without columns only the
        likelihood is of use.
    strata
        Label of the stratum of each case, shape (n,): its own baseline hazard; or None.
    max_iter
        Newton steps before giving up.

    Raises
    ------
    NotEstimable
        No event; a column that does not vary among people at risk when events happen; collinear columns; a coefficient
        that grows without bound (separation); no convergence.
    """
    data = _prepare(outcome, _checked_design(design, outcome), strata)
    now = null = _likelihood(data, np.zeros(data.design.shape[1]))
    _refuse_singular(null)
    coef = np.zeros(data.design.shape[1])
    for iteration in range(1, max_iter + 1):
        step = _solve(now.information, now.score)
        decrement = float(now.score @ step)
        furthest = float(np.abs(data.design @ step).max(initial=0.0))
        new_coef, new = _halved(data, coef, step, now.value)
        coef, now = new_coef, new
        if decrement <= _SMALL_STEP and furthest < 1e-4:
            covariance = _inverse(now.information)
            se = np.sqrt(np.diag(covariance))
            return CoxFit(coef, covariance, se, now.value, null.value, True, iteration)
    if abs(decrement) < _FLAT:
        raise NotEstimable("a coefficient grows without bound: the model separates events from the others at risk")
    raise NotEstimable(f"no convergence in {max_iter} iterations")


def likelihood_ratio(big: CoxFit, small: CoxFit, df: int | None = None) -> Test:
    """Test a model against one nested in it, fitted to the same cases; df defaults to the difference in columns."""
    df = big.coef.size - small.coef.size if df is None else df
    if df < 1:
        raise ValueError(f"the models differ by {df} columns")
    return chi_squared_test(max(2 * (big.loglik - small.loglik), 0.0), df)


def _checked_design(design, outcome: Outcome) -> np.ndarray:
    design = np.asarray(design, dtype=float)
    design = design[:, None] if design.ndim == 1 else design
    if design.ndim != 2 or len(design) != len(outcome):
        raise ValueError(f"the design has shape {design.shape}, the outcome {len(outcome)} cases")
    if not np.all(np.isfinite(design)):
        raise ValueError("the design has missing or infinite values")
    if not outcome.cause_specific.any():
        raise NotEstimable("no event")
    return design - design.mean(axis=0)


def _prepare(outcome: Outcome, design: np.ndarray, strata) -> _Data:
    grid = EventGrid.of(outcome, strata)
    used, own, count = np.unique(grid.left[grid.happened], return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count
    cell = np.repeat(np.arange(used.size), count)
    return _Data(
        design=design,
        ones=np.column_stack([np.ones(len(design)), design]),
        grid=grid,
        used=used,
        own=own,
        cell=cell,
        first=first,
        fraction=(np.arange(cell.size) - first[cell]) / count[cell],
    )


def _likelihood(data: _Data, coef: np.ndarray) -> _Likelihood:
    """Return the log partial likelihood, its gradient and the observed information at `coef`."""
    happened = data.grid.happened
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a step too far: halved by the caller
        linear = data.design @ coef
        risk = np.exp(linear)
        weighted = data.ones * risk[:, None]
        everyone = data.grid.in_risk_set(weighted)[data.used]
        tied = sum_by(data.own, weighted[happened], data.used.size)
        terms = everyone[data.cell, 0] - data.fraction * tied[data.cell, 0]
        value = float(linear[happened].sum() - np.log(terms).sum())
        # A term's mean is (everyone - fraction x tied) / term: sums of means and of their outer products need only
        # these five sums per cell, whatever the number of ties.
        inverse, lessened = 1 / terms, data.fraction / terms
        a, b, aa, ab, bb = (
            np.add.reduceat(term, data.first)
            for term in (inverse, lessened, inverse**2, inverse * lessened, lessened**2)
        )
        whole, part = everyone[:, 1:], tied[:, 1:]
        score = data.design[happened].sum(axis=0) - a @ whole + b @ part
        cross = whole.T @ (ab[:, None] * part)
        outer = whole.T @ (aa[:, None] * whole) - cross - cross.T + part.T @ (bb[:, None] * part)
        load = risk * _hazard_while_at_risk(data, a)
        load[happened] -= risk[happened] * b[data.own]  # Efron: tied events weigh less and less
        second = data.design.T @ (load[:, None] * data.design)
        return _Likelihood(value, score, second - outer, np.diag(second))


def _hazard_while_at_risk(data: _Data, increments: np.ndarray) -> np.ndarray:
    daily = np.zeros(data.grid.shape)
    daily.flat[data.used] = increments
    cumulated = np.cumsum(daily, axis=1).ravel()
    return cumulated[data.grid.left] - cumulated[data.grid.entered]


def _halved(data: _Data, coef: np.ndarray, step: np.ndarray, value: float) -> tuple[np.ndarray, _Likelihood]:
    """Take the step, or as much of it as does not lower the likelihood by more than rounding."""
    for _ in range(40):
        new = _likelihood(data, coef + step)
        if np.all(np.isfinite(new.information)) and new.value >= value - 1e-10 * (1 + abs(value)):
            return coef + step, new
        step = step / 2
    raise NotEstimable("the likelihood does not rise in the direction of Newton's step")


def _refuse_singular(null: _Likelihood) -> None:
    diagonal = np.diag(null.information)
    flat = diagonal <= _SINGULAR * np.maximum(null.raw, np.finfo(float).tiny)
    if flat.any():
        columns = ", ".join(str(k + 1) for k in np.flatnonzero(flat))
        raise NotEstimable(f"column {columns} of the model does not vary among people at risk when events happen")
    if diagonal.size and np.linalg.eigvalsh(null.information / np.sqrt(np.outer(diagonal, diagonal)))[0] < _SINGULAR:
        raise NotEstimable("columns of the model are collinear among people at risk when events happen")


def _solve(information: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve after scaling to a unit diagonal: columns may be years, euros or indicators."""
    diagonal = np.diag(information)
    if np.any(diagonal <= 0):
        raise NotEstimable("a coefficient grows without bound: the model separates events from the others at risk")
    scale = 1 / np.sqrt(diagonal)
    scaled = information * np.outer(scale, scale)
    try:
        return (scale * np.linalg.solve(scaled, scale * right if right.ndim == 1 else scale[:, None] * right).T).T
    except np.linalg.LinAlgError:
        raise NotEstimable("the information of the model is singular") from None


def _inverse(information: np.ndarray) -> np.ndarray:
    inverse = _solve(information, np.eye(len(information)))
    return (inverse + inverse.T) / 2
