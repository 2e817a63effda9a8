"""Curves predicted by a Cox fit: baseline hazards, curves standardised over the people in the fit, days from them.

- Hazard jumps are the sums over Efron's (Breslow's) terms of share / risk-set sum, each stratum its own.
- Standardised (g-formula): everybody's column is set to a value, everything else stays; the mean of the predicted
  curves, weighted with the case weights. Columns that are products with the column stay as they are: not for those.
- Standard errors by the infinitesimal jackknife: derivatives with respect to each case's weight, through the hazards,
  the coefficients and who is averaged over. They hold if the model is wrong, and by clusters if asked.
- Cost: cases x event days, in blocks. Nothing is extrapolated beyond the last day at risk of any stratum.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Mean
from pilot_analysis.models.cox import CoxFit
from pilot_analysis.models.cox_errors import cluster_index
from pilot_analysis.models.cox_residuals import RiskSets, dfbeta, risk_sets, row_stratum, while_at_risk
from pilot_analysis.models.days import distinct_days, sum_by
from pilot_analysis.models.not_estimable import NotEstimable

_BLOCK = 4_000_000  # numbers held at a time


class BaselineHazard(NamedTuple):
    """Cumulative hazard and its standard error on each event day, by stratum and day; arrays of shape (cells,)."""

    day: np.ndarray
    stratum: np.ndarray
    hazard: np.ndarray
    se: np.ndarray


class StandardisedCurves(NamedTuple):
    """A curve per value on the event days in `day`: heights and standard errors of shape (values, days).

    `last` is the last day that the follow-up of every stratum supports; curves end there.
    """

    day: np.ndarray
    survival: np.ndarray
    se: np.ndarray
    last: int


class StandardisedDays(NamedTuple):
    """Mean days to `tau` with the column at the first and at the second value, and second - first."""

    first: Mean
    second: Mean
    difference: Mean


def baseline_hazard(fit: CoxFit, at=None) -> BaselineHazard:
    """Return the cumulative hazard of a person with covariates `at` (p,), by default all 0.

    Strata are numbered in the order of their sorted labels; one without events has no rows. The standard error is the
    model's. R `basehaz(fit, centered = FALSE)` and `survfit(fit, newdata)` (std.err).
    """
    data, sets = fit.data, risk_sets(fit.data, fit.coef)
    at = np.zeros(fit.coef.size) if at is None else np.asarray(at, dtype=float)
    if at.shape != fit.coef.shape:
        raise ValueError(f"covariates have shape {at.shape}, the coefficients {fit.coef.shape}")
    person = at - data.centre
    jumps = np.column_stack([sets.hazard, sets.squares[:, 0]]) * np.exp(person @ fit.coef)
    total = np.cumsum(jumps, axis=0)
    start = np.searchsorted(data.stratum, data.stratum, side="left")  # first cell of the stratum
    total -= np.where(start[:, None] > 0, total[start - 1], 0)
    moved = person * total[:, :1] - total[:, 1:-1]
    variance = total[:, -1] * np.exp(person @ fit.coef) + np.einsum("cj,jk,ck->c", moved, fit.cov, moved)
    return BaselineHazard(data.day, data.stratum, total[:, 0], np.sqrt(variance))


def standardised_curves(fit: CoxFit, column: int, values=(0, 1), cluster=None) -> StandardisedCurves:
    """Return the mean predicted curve with a column set to each value.

    Parameters
    ----------
    fit
        Efron's or Breslow's ties; one row per case.
    column
        Number of the column.
    values
        What the column is set to, on its own scale.
    cluster
        Label of the cluster of each case, shape (n,), for the standard errors; None: cases are independent.

    Raises
    ------
    NotEstimable
        Follow-up of a stratum ends before the first event day.
    ValueError
        No such column; cluster labels missing or of another length; exact ties.
    """
    model = _Prediction.of(fit, column)
    last = _last_day(fit)
    day = model.day[model.day <= last]
    if not day.size:
        raise NotEstimable(f"nobody at risk after day {last} in one of the strata")
    index = cluster_index(fit, cluster)
    block = max(1, _BLOCK // len(fit.data.outcome))
    survival, se = np.empty((2, len(values), day.size))
    for k, value in enumerate(values):
        for low in range(0, day.size, block):
            chosen = np.eye(model.day.size)[:, low : min(low + block, day.size)]
            survival[k, low : low + block], change = _functionals(model, value, chosen)
            se[k, low : low + block] = np.sqrt((sum_by(index, change, int(index.max()) + 1) ** 2).sum(axis=0))
    return StandardisedCurves(day, survival, se, last)


def standardised_days(fit: CoxFit, column: int, tau: int, values=(0, 1), cluster=None) -> StandardisedDays:
    """Return the mean days to the event up to `tau`, the area below the standardised curves, at two values.

    Parameters as in `standardised_curves`. Raises NotEstimable when the follow-up of a stratum ends before `tau`.
    """
    last = _last_day(fit)
    if tau <= 0:
        raise ValueError(f"tau must be above 0, not {tau}")
    if tau > last:
        raise NotEstimable(f"nobody at risk on day {tau} in one of the strata; its follow-up ends on day {last}")
    model = _Prediction.of(fit, column)
    edges = np.minimum(np.append(model.day, tau), tau)
    index = cluster_index(fit, cluster)
    area, change = zip(*(_functionals(model, value, np.diff(edges)[:, None]) for value in values), strict=True)
    first, second = (float(edges[0] + each[0]) for each in area)
    by_cluster = sum_by(index, np.column_stack([*change, change[1] - change[0]]), int(index.max()) + 1)
    se = np.sqrt((by_cluster**2).sum(axis=0)).tolist()
    return StandardisedDays(Mean(first, se[0]), Mean(second, se[1]), Mean(second - first, se[2]))


class _Prediction(NamedTuple):
    """What predictions with any value of the column have in common."""

    fit: CoxFit
    column: int
    sets: RiskSets
    day: np.ndarray  # (days,) all event days
    rows: list[np.ndarray]  # of each stratum
    hazard: list[np.ndarray]  # of each stratum: (days, q) cumulated hazard, and hazard x mean
    dfbeta: np.ndarray  # (n, p)

    @classmethod
    def of(cls, fit: CoxFit, column: int) -> "_Prediction":
        if not 0 <= column < fit.coef.size:
            raise ValueError(f"there is no column {column}")
        data, sets = fit.data, risk_sets(fit.data, fit.coef)
        stratum, day = row_stratum(data), distinct_days(data.day)
        rows = np.split(np.argsort(stratum, kind="stable"), np.cumsum(np.bincount(stratum))[:-1])
        hazard = []
        for number in range(len(rows)):
            cells = np.flatnonzero(data.stratum == number)
            daily = np.zeros((day.size, sets.hazard.shape[1]))
            daily[np.searchsorted(day, data.day[cells])] = sets.hazard[cells]
            hazard.append(np.cumsum(daily, axis=0))
        return cls(fit, column, sets, day, rows, hazard, dfbeta(fit))


def _functionals(model: _Prediction, value: float, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sums over days of weights (days, m) x standardised curve, (m,), and each case's influence, (n, m)."""
    data, coef = model.fit.data, model.fit.coef
    own, hazards = np.empty((len(data.weight), weights.shape[1])), np.empty((data.day.size, weights.shape[1]))
    by_coef = np.zeros((coef.size, weights.shape[1]))
    share = data.weight / data.weight.sum()
    for number, (rows, hazard) in enumerate(zip(model.rows, model.hazard, strict=True)):
        through = np.zeros((weights.shape[0], 1 + coef.size))  # share x risk x (1, covariates) x curve, summed
        for some in np.array_split(rows, 1 + rows.size * model.day.size // _BLOCK):
            person = data.design[some]
            person[:, model.column] = value - data.centre[model.column]
            risk = np.exp(person @ coef)
            curve = np.exp(-np.outer(risk, hazard[:, 0]))
            own[some] = curve @ weights
            through += curve.T @ ((share[some] * risk)[:, None] * np.column_stack([np.ones(some.size), person]))
        by_coef += (through[:, :1] * hazard[:, 1:] - through[:, 1:] * hazard[:, :1]).T @ weights
        # A jump on a day lowers the curve from that day on.
        after = -np.cumsum((through[:, :1] * weights)[::-1], axis=0)[::-1]
        cells = data.stratum == number
        hazards[cells] = after[np.searchsorted(model.day, data.day[cells])]
    total = share @ own
    change = share[:, None] * (own - total) + model.dfbeta @ by_coef
    return total, change + data.weight[:, None] * _through_hazards(model, hazards)


def _through_hazards(model: _Prediction, effect: np.ndarray) -> np.ndarray:
    """Derivative with respect to case weights of the sum over cells of effect (cells, m) x jump, at fixed coef."""
    data, sets = model.fit.data, model.sets
    happened = data.grid.happened
    change = -sets.risk[:, None] * while_at_risk(data, effect * sets.squares[:, :1])
    # An event adds to the jump of its day, and weighs less and less in Efron's terms.
    total = np.add.reduceat(data.share, data.first)
    per_event = (sets.hazard[:, 0] / total)[data.own] + sets.risk[happened] * sets.squares[data.own, 1]
    change[happened] += per_event[:, None] * effect[data.own]
    return change


def _last_day(fit: CoxFit) -> int:
    """Last day on which somebody is at risk in every stratum."""
    stratum = row_stratum(fit.data)
    last = np.full(int(stratum.max()) + 1, np.iinfo(np.int64).min)
    np.maximum.at(last, stratum, fit.data.outcome.time)
    return int(last.min())
