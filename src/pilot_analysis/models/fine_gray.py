"""Fine-Gray regression: proportional subdistribution hazards, on whole days.

- A case with a competing exit on day s stays in the risk set of a later day t with weight W(t) / W(s), W(t) the chance
  not to be censored before t (Fine and Gray 1999, JASA 94:496-509) and under delayed entry to have entered before t
  (Geskus 2011, Biometrics 67:39-49); see `censoring_weights`. Without delayed entry as R `cmprsk::crr`; with it as
  `coxph` on the rows of R `survival::finegray`, where exits and censorings share no day.
- Breslow ties. The weights depend on group and day only, so risk-set sums are cumulative sums by group and day.
- Sandwich standard errors that count W as estimated, as `crr` does. With several censoring groups a censoring moves W
  of its own group only, as the derivative has it; `crr` 2.2.11 differs there (covariances 1e-3 off at n = 120 to 300).
- Without any competing exit this is Cox's model with Breslow ties and robust errors.
- Fails: no event, a column that does not vary, collinear columns, separation, no convergence, and a gap in the
  follow-up of a censoring group across which competing exits would have to be weighted.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.censoring_weights import CensoringWeights, before_each_day, censoring_weights
from pilot_analysis.models.cox import refuse_singular
from pilot_analysis.models.cox_data import prepare
from pilot_analysis.models.days import EventGrid, days_until, distinct_days, sum_by
from pilot_analysis.models.newton import Maximum, Stuck, inverse, newton
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, EVENT, Outcome
from pilot_analysis.models.separation import separated

_WIDE = 1e4  # standard error of a linear predictor beyond which a small step is no proof of a maximum
_NOTHING = 1e-10  # of the model's standard error: only rounding is left


@dataclass(frozen=True)
class FineGrayFit:
    """Log subdistribution hazard ratios (p,), their sandwich covariance (p, p) and errors; log pseudo-likelihoods.

    `influence` (n, p) is what each case adds to the coefficients; `cov` is the sum of its outer products by cluster.
    """

    coef: np.ndarray
    cov: np.ndarray
    se: np.ndarray
    loglik: float
    loglik_null: float
    converged: bool
    iterations: int
    influence: np.ndarray = field(repr=False)


def fine_gray(outcome: Outcome, design, censoring_group=None, cluster=None, max_iter: int = 30) -> FineGrayFit:
    """Fit a proportional subdistribution hazards model of the event.

    Parameters
    ----------
    outcome
        n cases; every exit that is neither the event nor a censoring competes. Weights count in the risk sets and in
        the censoring distribution; in the sandwich each weighted case is one (as R `coxph(weights=, robust=)`).
    design
        Finite numbers, shape (n, p) or (n,).
    censoring_group
        Label of the group of each case within which censoring (and entry) is alike, shape (n,); None for one group.
    cluster
        Label of the cluster of each case for the sandwich, shape (n,); None for every case by itself.
    max_iter
        Newton steps before giving up.

    Raises
    ------
    NotEstimable
        No event; a column that does not vary among people at risk when events happen; collinear columns; a coefficient
        that grows without bound (separation); no convergence; competing exits that would have to be weighted across
        days on which nobody of their censoring group is followed; a single cluster.
    ValueError
        Shapes that do not fit the outcome, or a design that is not finite.
    """
    data = _prepare(outcome, design, _labels("censoring_group", censoring_group, outcome))
    maximum, bread, loglik_null = _fit(data, max_iter)
    sums = _sums(data, maximum.coef)
    residuals = data.counts[:, None] * (_score_residuals(data, sums) + _through_weights(data, sums))
    influence = residuals @ bread
    labels = np.arange(len(outcome)) if cluster is None else _labels("cluster", cluster, outcome)
    by_cluster = sum_by(labels, influence, int(labels.max()) + 1)
    if len(by_cluster) < 2:
        raise NotEstimable("a single cluster: nothing varies between clusters")
    cov = by_cluster.T @ by_cluster
    if np.any(cov.diagonal() < _NOTHING**2 * bread.diagonal()):
        raise NotEstimable("the clusters do not differ: their sums of score residuals are all zero")
    return FineGrayFit(
        coef=maximum.coef,
        cov=cov,
        se=np.sqrt(np.diag(cov)),
        loglik=maximum.likelihood.value,
        loglik_null=loglik_null,
        converged=True,
        iterations=maximum.iterations,
        influence=influence,
    )


class _Data(NamedTuple):
    """The design on the grid of event days (one stratum), and the weights of those who left by a competing exit."""

    design: np.ndarray  # (n, p), centred
    outcome: Outcome
    counts: np.ndarray
    group: np.ndarray
    grid: EventGrid
    weights: CensoringWeights
    on_event_day: np.ndarray  # positions of the event days among the days of `weights`
    competing: np.ndarray  # positions of the cases who stay in later risk sets
    factor: np.ndarray  # 1 / W at their exit
    reach: np.ndarray  # (groups, event days + 1) W on the event days
    final: np.ndarray  # (groups,) position of the last event day on which the group is followed


class _Likelihood(NamedTuple):
    value: float
    score: np.ndarray
    information: np.ndarray
    raw: np.ndarray  # diagonal of the information before the risk-set means are taken out


class _Sums(NamedTuple):
    """Total risk, risk-set mean and hazard by event day (days, ...), the first row standing for "before"."""

    total: np.ndarray
    mean: np.ndarray
    hazard: np.ndarray
    linear: np.ndarray  # (n,)
    risk: np.ndarray  # (n,) without case weight


def _labels(name: str, labels, outcome: Outcome) -> np.ndarray:
    if labels is None:
        return np.zeros(len(outcome), dtype=np.int64)
    labels = np.asarray(labels)
    if labels.dtype.kind in "Of" and np.any((labels != labels) | (labels == np.array(None))):
        raise ValueError(f"{name} is missing for some cases")
    if labels.shape != outcome.time.shape:
        raise ValueError(f"{name} has shape {labels.shape}, the outcome {len(outcome)} cases")
    return np.unique(labels, return_inverse=True)[1]


def _prepare(outcome: Outcome, design, group: np.ndarray) -> _Data:
    of_cox = prepare(outcome, design, ties="breslow")  # checked and centred
    design, grid = of_cox.design, of_cox.grid
    weights = censoring_weights(outcome, group)
    event_day = distinct_days(outcome.time[grid.happened])
    on_event_day = days_until(weights.day, event_day) - 1
    reach = np.concatenate([np.zeros((len(weights.height), 1)), weights.height[:, on_event_day]], axis=1)
    # A competing exit counts on later event days, as long as its group is followed.
    final = days_until(on_event_day, weights.last) - 1  # (groups,) position of the last such event day, or -1
    kept = np.flatnonzero((outcome.state > EVENT) & (grid.left <= final[group]))
    group_kept, exit_kept = group[kept], weights.exits[kept]
    starts = weights.starts[group_kept, on_event_day[final[group_kept]]]
    if np.any(starts > weights.starts[group_kept, exit_kept]):
        raise NotEstimable("nobody is followed on some days between competing exits and later events")
    factor = 1 / weights.height[group_kept, exit_kept]
    return _Data(design, outcome, outcome.counts, group, grid, weights, on_event_day, kept, factor, reach, final)


def _fit(data: _Data, max_iter: int) -> tuple[Maximum, np.ndarray, float]:
    """Return the maximum, the inverse information there and the likelihood at 0."""
    start = np.zeros(data.design.shape[1])
    null = _likelihood(data, start)
    refuse_singular(null)
    try:
        maximum = newton(lambda coef: _likelihood(data, coef), start, null, max_iter)
        bread = inverse(maximum.likelihood.information)
    except Stuck as problem:
        raise NotEstimable(_separation(data) or str(problem)) from None
    widest = np.einsum("nk,kl,nl->n", data.design, bread, data.design, optimize=True).max(initial=0.0)
    reason = _separation(data) if widest > _WIDE**2 else None
    if reason:
        raise NotEstimable(reason)
    return maximum, bread, null.value


def _separation(data: _Data) -> str | None:
    """Return why there is no maximum: separation looks at who is in which risk set, whatever the weights."""
    outcome, time = data.outcome, data.outcome.time.copy()
    rows = data.competing
    time[rows] = data.weights.day[data.on_event_day[data.final[data.group[rows]]]]
    return separated(Outcome(outcome.entry, time, outcome.state), data.design, ties="breslow")


def _sums(data: _Data, coef: np.ndarray) -> _Sums:
    linear = data.design @ coef
    risk = np.exp(linear)
    values = np.column_stack([np.ones(len(risk)), data.design]) * (data.counts * risk)[:, None]
    total = data.grid.in_risk_set(values)
    days = data.grid.shape[1]
    stay = data.group[data.competing] * days + data.grid.left[data.competing]
    stayed = sum_by(stay, values[data.competing] * data.factor[:, None], days * len(data.reach))
    stayed = before_each_day(np.cumsum(stayed.reshape(len(data.reach), days, -1), axis=1), 0.0)
    total += np.einsum("kd,kdq->dq", data.reach, stayed)
    happened = data.grid.events(data.counts[:, None])[:, 0]
    total[0] = 1.0  # no event belongs to the column before the first event day
    return _Sums(total[:, 0], total[:, 1:] / total[:, :1], happened / total[:, 0], linear, risk)


def _likelihood(data: _Data, coef: np.ndarray) -> _Likelihood:
    """Return the log pseudo-likelihood, its gradient and the observed information at `coef`."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a step too far: halved by the caller
        sums = _sums(data, coef)
        happened, counts = data.grid.happened, data.counts
        events = sums.hazard * sums.total
        value = float(counts[happened] @ sums.linear[happened] - events @ np.log(sums.total))
        score = counts[happened] @ data.design[happened] - events @ sums.mean
        load = counts * sums.risk * _accumulated(data, sums.hazard[:, None])[:, 0]
        second = data.design.T @ (load[:, None] * data.design)
        outer = sums.mean.T @ (events[:, None] * sums.mean)
        return _Likelihood(value, score, second - outer, np.diag(second))


def _accumulated(data: _Data, increments: np.ndarray) -> np.ndarray:
    """Sum increments per event day (days, q) over the days of each case, weighted after a competing exit: (n, q)."""
    plain = np.cumsum(increments, axis=0)
    sums = plain[data.grid.left] - plain[data.grid.entered]
    weighted = np.cumsum(data.reach[:, :, None] * increments, axis=1)
    group, rows = data.group[data.competing], data.competing
    sums[rows] += data.factor[:, None] * (weighted[group, -1] - weighted[group, data.grid.left[rows]])
    return sums


def _score_residuals(data: _Data, sums: _Sums) -> np.ndarray:
    """What each case adds to the score at the estimate, with the weights W as known: (n, p)."""
    load = _accumulated(data, sums.hazard[:, None])
    spent = data.design * load - _accumulated(data, sums.mean * sums.hazard[:, None])
    residuals = -sums.risk[:, None] * spent
    happened = data.grid.happened
    residuals[happened] += data.design[happened] - sums.mean[data.grid.left[happened]]
    return residuals


def _through_weights(data: _Data, sums: _Sums) -> np.ndarray:
    """What each case adds to the score by moving W, through its censoring and its entry: (n, p)."""
    weights, rows = data.weights, data.competing
    groups, days = weights.height.shape
    columns = np.column_stack([np.ones(len(data.design)), data.design])
    cell = data.group[rows] * days + weights.exits[rows]
    kept = sum_by(cell, columns[rows] * (data.counts[rows] * sums.risk[rows] * data.factor)[:, None], groups * days)
    kept = before_each_day(np.cumsum(kept.reshape(groups, days, -1), axis=1), 0.0)  # competing exits before the day
    ahead = np.zeros((groups, days, columns.shape[1]))  # what is still to come on that day and later
    ahead[:, data.on_event_day] = (
        data.reach[:, 1:, None] * (np.column_stack([np.ones(len(sums.mean)), sums.mean]) * sums.hazard[:, None])[1:]
    )
    ahead = np.cumsum(ahead[:, ::-1], axis=1)[:, ::-1]
    pull = kept[:, :, 1:] * ahead[:, :, :1] - kept[:, :, :1] * ahead[:, :, 1:]
    censoring = pull * weights.leave[:, :, None]
    entering = np.concatenate([pull[:, 1:], np.zeros_like(pull[:, :1])], axis=1) * weights.arrive[:, :, None]
    expected = np.cumsum(censoring * weights.gone[:, :, None], axis=1)
    expected_entry = before_each_day(np.cumsum(entering * weights.come[:, :, None], axis=1), 0.0)
    group, left, entered = data.group, weights.exits, weights.entries
    censored = (data.outcome.state == CENSORED)[:, None]
    by_censoring = censored * censoring[group, left] - expected[group, left] + expected[group, entered]
    return by_censoring - entering[group, entered] + expected_entry[group, left] - expected_entry[group, entered]
