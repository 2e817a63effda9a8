"""The partial likelihood of a Cox model, its gradient and information, under three ways to see tied events.

- Efron (1977): the l-th of d events on a day sees the risk set less l/d of those who have the event that day. Breslow
  (1974): all see the whole risk set. Case weights as R `coxph(weights=)`: tied events share their mean weight.
- Risk-set sums are cumulative sums over the grid of strata x event days. The information needs no risk-set matrices:
  it is X' diag(r H) X, H the hazard cumulated while at risk, less the outer products of the risk-set means.
- exact: the conditional likelihood of discrete time (Cox 1972): of all sets of d among those at risk, the one that had
  the event; R `coxph(ties = "exact")`. By recursion over people (Gail, Lubin and Rubinstein 1981), divided by the
  number of sets so that nothing overflows. It costs cases x cells x ties x columns squared, and is refused where that
  is too much.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.cox_data import CoxData
from pilot_analysis.models.not_estimable import NotEstimable

_BLOCK = 1 << 16  # rows at a time: fits the cache and spares memory
_MOST_WORK = 1e10  # numbers touched by one evaluation of the exact likelihood: about ten seconds


class Likelihood(NamedTuple):
    """Log partial likelihood, gradient (p,), observed information (p, p), and the moments it is less than (p,)."""

    value: float
    score: np.ndarray
    information: np.ndarray
    raw: np.ndarray


class RiskSums(NamedTuple):
    """Sums of weighted risk x (1, columns) over everyone at risk and over the tied events: (1 + p, cells) each."""

    everyone: np.ndarray
    tied: np.ndarray


def likelihood(data: CoxData, coef: np.ndarray) -> Likelihood:
    """Return the log partial likelihood and its derivatives at `coef`; not finite where `coef` is far too large."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a step too far: halved by the caller
        return (_exact if data.ties == "exact" else _efron)(data, coef)


def risk_sums(data: CoxData, rows) -> RiskSums:
    """Sum an iterable of rows (n,), each already multiplied by its weighted risk, over risk sets and tied events."""
    grid, cells = data.grid, data.grid.shape[0] * data.grid.shape[1]
    everyone, tied = [], []
    for row in rows:
        change = np.bincount(grid.left, row, cells)
        if grid.late.size:
            change -= np.bincount(grid.entered[grid.late], row[grid.late], cells)
        everyone.append(change)
        if data.cell.size > data.used.size:
            tied.append(np.bincount(data.own, row[grid.happened], data.used.size))
    backwards = np.array(everyone).reshape(-1, *grid.shape)[:, :, ::-1].cumsum(axis=2)
    sums = backwards[:, :, ::-1].reshape(len(everyone), cells)[:, data.used]
    return RiskSums(sums, np.array(tied) if tied else np.zeros_like(sums))


def _efron(data: CoxData, coef: np.ndarray) -> Likelihood:
    """Return Efron's or Breslow's likelihood: they differ in the terms that `data` holds."""
    happened, columns = data.grid.happened, data.design.T
    linear = coef @ columns
    risk = np.exp(linear)
    risk *= data.weight
    everyone, tied = risk_sums(data, _with_columns(risk, columns))
    terms = everyone[0, data.cell] - data.fraction * tied[0, data.cell]
    weight = data.weight[happened]
    value = float(weight @ linear[happened] - data.share @ np.log(terms))
    # A term's mean is (everyone - fraction x tied) / term: sums of means and of their outer products need only
    # these five sums per cell, whatever the number of ties.
    inverse, lessened = 1 / terms, data.fraction / terms
    once, twice = data.share * inverse, data.share * lessened
    a, b, aa, ab, bb = np.add.reduceat(
        [once, twice, once * inverse, once * lessened, twice * lessened], data.first, axis=1
    )
    whole, part = everyone[1:], tied[1:]
    score = columns[:, happened] @ weight - whole @ a + part @ b
    cross = (whole * ab) @ part.T
    outer = (whole * aa) @ whole.T - cross - cross.T + (part * bb) @ part.T
    load = _hazard_while_at_risk(data, a)
    load *= risk
    load[happened] -= risk[happened] * b[data.own]  # Efron: tied events weigh less and less
    second = _crossed(columns, load)
    return Likelihood(value, score, second - outer, np.diag(second))


def _with_columns(risk: np.ndarray, columns: np.ndarray):
    """Give the risk, then the risk times each column, in one array: new ones would cost more than the product."""
    yield risk
    product = np.empty_like(risk)
    for column in columns:
        yield np.multiply(risk, column, out=product)


def blocks(columns: np.ndarray):
    """Give columns X' (p, n) a block of rows at a time."""
    return (columns[:, k : k + _BLOCK] for k in range(0, columns.shape[1], _BLOCK))


def _crossed(columns: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Return X' diag(load) X for columns X' (p, n)."""
    parts = zip(blocks(columns), blocks(load[None]), strict=True)
    return sum((part * own) @ part.T for part, own in parts)


def _hazard_while_at_risk(data: CoxData, increments: np.ndarray) -> np.ndarray:
    daily = np.zeros(data.grid.shape)
    daily.flat[data.used] = increments
    cumulated = np.cumsum(daily, axis=1).ravel()
    hazard = cumulated[data.grid.left]
    if data.grid.late.size:
        hazard[data.grid.late] -= cumulated[data.grid.entered[data.grid.late]]
    return hazard


def _exact(data: CoxData, coef: np.ndarray) -> Likelihood:
    """Return the conditional likelihood of discrete time."""
    from scipy.special import gammaln

    happened, design = data.grid.happened, data.design
    linear = design @ coef
    size, events = _sizes(data), np.bincount(data.own)
    scale = risk_sums(data, [np.exp(linear)]).everyone[0] / size
    mean, slope, curve = _mean_of_sets(data, np.exp(linear), scale, events)
    slope, curve = slope / mean[:, None], curve / mean[:, None, None]
    sets = gammaln(size + 1) - gammaln(events + 1) - gammaln(size - events + 1)
    value = float(linear[happened].sum() - (np.log(mean) + events * np.log(scale) + sets).sum())
    second = curve.sum(axis=0)
    return Likelihood(
        value, design[happened].sum(axis=0) - slope.sum(axis=0), second - slope.T @ slope, np.diag(second)
    )


def _sizes(data: CoxData) -> np.ndarray:
    return np.rint(risk_sums(data, [np.ones(len(data.design))]).everyone[0])


def _mean_of_sets(data: CoxData, risk: np.ndarray, scale: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return for each cell the mean of the product of risks / scale over sets of d at risk, and its derivatives.

    With m people seen, the mean over sets of k is (1 - k/m) times that of k without the last one, plus k/m times the
    risk of the last one times the mean over sets of k - 1 without.
    """
    p = data.design.shape[1]
    cells, most = events.size, int(events.max())
    begin = np.searchsorted(data.used, data.grid.entered, side="right")
    end = np.searchsorted(data.used, data.grid.left, side="right")
    if float((end - begin).sum()) * most * (1 + p + p * p) > _MOST_WORK:
        raise NotEstimable("too many tied events for exact ties")
    mean, slope, curve = np.zeros((cells, most + 1)), np.zeros((cells, most + 1, p)), np.zeros((cells, most + 1, p, p))
    mean[:, 0] = 1
    seen, chosen = np.zeros(cells), np.arange(1, most + 1)
    for i in np.flatnonzero(begin < end):
        now, x = slice(begin[i], end[i]), data.design[i]
        seen[now] += 1
        last = chosen / seen[now, None]
        keep, last = np.maximum(1 - last, 0), last * (risk[i] / scale[now, None])
        moved = slope[now, :-1] + x * mean[now, :-1, None]
        bent = curve[now, :-1] + x[:, None] * moved[..., None, :] + slope[now, :-1, :, None] * x
        mean[now, 1:] = keep * mean[now, 1:] + last * mean[now, :-1]
        slope[now, 1:] = keep[..., None] * slope[now, 1:] + last[..., None] * moved
        curve[now, 1:] = keep[..., None, None] * curve[now, 1:] + last[..., None, None] * bent
    own = np.arange(cells), events
    return mean[own], slope[own], curve[own]
