"""Residuals of a Cox fit, and the sums over risk sets that every quantity after the fit needs.

- With dH the hazard of a cell (stratum x event day) and xbar the mean of the risk set, a row's score residual is
  d (x - xbar) - r (x H - A): H is the hazard cumulated while at risk, A the cumulated xbar dH. Efron's ties enter per
  term: the events of a day weigh 1 - l/d in the l-th of their d terms.
- Sums over cells cost nothing beside the rows: time and memory are linear in the rows, whatever the ties.
- As R `residuals.coxph`. Score residuals sum to zero over cases (weighted): a fit that did not converge would show.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.cox import CoxFit
from pilot_analysis.models.cox_data import CoxData
from pilot_analysis.models.cox_ties import blocks, risk_sums
from pilot_analysis.models.days import sum_by


class RiskSets(NamedTuple):
    """Sums over the terms of each cell at given coefficients; q = 1 + p columns, the first for a constant 1.

    With f the fraction of a term, h its hazard (share / sum over its risk set) and m its mean of (1, design).
    """

    risk: np.ndarray  # (n,) exp(linear predictor), without the case weight
    hazard: np.ndarray  # (cells, q) sum of h m: the first column is the jump of the baseline hazard
    lessened: np.ndarray  # (cells, q) sum of f h m: what tied events are spared
    mean: np.ndarray  # (cells, p) mean of m over the terms
    whole: np.ndarray  # (cells, p) sums of the design over the risk set
    part: np.ndarray  # (cells, p) sums of the design over the tied events
    squares: np.ndarray  # (cells, 3) sums of h^2, f h^2, f^2 h^2, each over the share


class Schoenfeld(NamedTuple):
    """A row per event, ordered by stratum and day: day, number of the stratum, position of the case, residuals."""

    day: np.ndarray
    stratum: np.ndarray
    case: np.ndarray
    residual: np.ndarray


def risk_sets(data: CoxData, coef: np.ndarray) -> RiskSets:
    """Sum over the risk sets at `coef` (p,). Raises ValueError for exact ties, whose terms are not of this form."""
    if data.ties == "exact":
        raise ValueError("residuals need Efron's or Breslow's ties")
    columns = data.design.T
    risk = np.exp(coef @ columns)
    weighted = data.weight * risk
    sums = risk_sums(data, (weighted if k < 0 else weighted * columns[k] for k in range(-1, len(columns))))
    everyone, tied = sums.everyone.T, sums.tied.T
    term = everyone[data.cell, 0] - data.fraction * tied[data.cell, 0]
    per_cell = np.column_stack([data.share, data.share * data.fraction]) / term[:, None]
    a, b = np.add.reduceat(per_cell, data.first).T
    twice = np.column_stack([per_cell, per_cell[:, 1] * data.fraction]) / term[:, None]
    squares = np.add.reduceat(twice, data.first)
    aa, ab, bb = squares.T[:, :, None]
    whole, part = everyone[:, 1:], tied[:, 1:]
    total = np.add.reduceat(data.share, data.first)
    return RiskSets(
        risk=risk,
        hazard=np.column_stack([a, aa * whole - ab * part]),
        lessened=np.column_stack([b, ab * whole - bb * part]),
        mean=(a[:, None] * whole - b[:, None] * part) / total[:, None],
        whole=whole,
        part=part,
        squares=squares,
    )


def while_at_risk(data: CoxData, increments: np.ndarray) -> np.ndarray:
    """Sum increments (cells, ...) over the cells in which each row is at risk: (n, ...)."""
    grid, more = data.grid, increments.shape[1:]
    cumulated = np.zeros((grid.shape[0] * grid.shape[1], *more))
    cumulated[data.used] = increments
    cumulated = np.cumsum(cumulated.reshape(*grid.shape, *more), axis=1).reshape(cumulated.shape)
    total = cumulated[grid.left]
    if grid.late.size:
        total[grid.late] -= cumulated[grid.entered[grid.late]]
    return total


def row_stratum(data: CoxData) -> np.ndarray:
    """Return the number of the stratum of each row, as in `data.stratum`: (n,)."""
    return data.grid.left // data.grid.shape[1]


def martingale(fit: CoxFit) -> np.ndarray:
    """Return events less expected events of each row, shape (n,): R `residuals(fit, "martingale")`."""
    residual = -_expected(fit.data, risk_sets(fit.data, fit.coef), 0)
    residual[fit.data.grid.happened] += 1
    return residual


def score_residuals(fit: CoxFit) -> np.ndarray:
    """Return each row's contribution to the score, shape (n, p), without case weight: R `residuals(fit, "score")`.

    Raises ValueError for a fit with exact ties, as do the other residuals.
    """
    return np.array(list(score_columns(fit))).reshape(fit.data.design.T.shape).T


def score_columns(fit: CoxFit) -> Iterator[np.ndarray]:
    """Give the score residuals a column (n,) at a time: whoever sums them need not hold them all."""
    data, sets = fit.data, risk_sets(fit.data, fit.coef)
    happened, expected = data.grid.happened, _expected(data, sets, 0)
    for k, column in enumerate(data.design.T):
        residual = _expected(data, sets, k + 1)
        residual -= column * expected
        residual[happened] += column[happened] - sets.mean[data.own, k]
        yield residual


def dfbeta(fit: CoxFit) -> np.ndarray:
    """Return how much each row moves the coefficients, shape (n, p): weight x score residual x covariance.

    The infinitesimal jackknife, R `residuals(fit, "dfbeta")`.
    """
    return score_residuals(fit) @ fit.cov * fit.data.weight[:, None]


def schoenfeld(fit: CoxFit) -> Schoenfeld:
    """Return covariates of each event less the mean of its risk set: R `residuals(fit, "schoenfeld")`."""
    data, sets = fit.data, risk_sets(fit.data, fit.coef)
    order = np.argsort(data.own, kind="stable")
    case, cell = data.grid.happened[order], data.own[order]
    return Schoenfeld(data.day[cell], data.stratum[cell], case, data.design[case] - sets.mean[cell])


def scaled_schoenfeld(fit: CoxFit) -> Schoenfeld:
    """Return Schoenfeld residuals scaled to estimates of the coefficient on that day (Grambsch and Therneau 1994).

    Residual x covariance x events + coefficient: R `residuals(fit, "scaledsch")`.
    """
    plain = schoenfeld(fit)
    return plain._replace(residual=plain.residual @ fit.cov * plain.day.size + fit.coef)


def event_sums(data: CoxData, sets: RiskSets) -> np.ndarray:
    """Return the score of each cell, shape (cells, p): sums of weight x Schoenfeld residual."""
    weight = data.weight[data.grid.happened]
    sums = sum_by(data.own, weight[:, None] * data.design[data.grid.happened], data.used.size)
    return sums - np.bincount(data.own, weight, data.used.size)[:, None] * sets.mean


def information(data: CoxData, sets: RiskSets, effect: np.ndarray) -> np.ndarray:
    """Return the information summed over cells, each times `effect` (cells,): (p, p)."""
    load = while_at_risk(data, effect * sets.hazard[:, 0])
    load[data.grid.happened] -= (effect * sets.lessened[:, 0])[data.own]
    load *= data.weight * sets.risk
    aa, ab, bb = (effect[:, None] * sets.squares).T[:, :, None]
    cross = sets.whole.T @ (ab * sets.part)
    outer = sets.whole.T @ (aa * sets.whole) - cross - cross.T + sets.part.T @ (bb * sets.part)
    pairs = zip(blocks(data.design.T), blocks(load[None]), strict=True)
    return sum((columns * own) @ columns.T for columns, own in pairs) - outer


def _expected(data: CoxData, sets: RiskSets, column: int) -> np.ndarray:
    """Risk x hazard while at risk, (n,): expected events (column 0), or with the mean of each cell as a factor."""
    expected = while_at_risk(data, sets.hazard[:, column])
    expected[data.grid.happened] -= sets.lessened[data.own, column]
    expected *= sets.risk
    return expected
