"""Cox regression for many resamples at once, from integer case weights.

- A weight says how often a case is in the resample, so a case with the event and weight 3 is three tied events: Efron's
  terms run over the repeated ties, and the coefficients equal those of `cox` on the repeated rows.
- Cases are sorted once, by stratum and falling day; risk-set sums are cumulative sums along that order (a late entry is
  a row of its own, taken off). Second moments need no risk sets: X' diag(load) X is one matrix product.
- Newton's method for the resamples that are still moving, from the coefficients of the cases as they are.
- Fails where `cox` does: no event, a column without variation, collinear columns, separation, no convergence. Here, and
  only here, that is a row of NaN with `converged` False: the caller counts them.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.batch import whole_weights
from pilot_analysis.models.outcome import Outcome

_BLOCK = 30_000  # cases x resamples in a block; some twenty arrays of this size have to fit into the cache
_SMALL_STEP = 1e-12  # Newton decrement, in squared standard errors: convergence is quadratic, the step is still taken
_FURTHEST = 1e-4  # largest change of a linear predictor in the last step: under separation it stays near 1
_WIDEST = 30.0  # range of linear predictors, a ratio of hazards of 1e13: beyond it sums are rounding, so separation
_SINGULAR = 1e-10  # share of a column's information that the columns before it leave


class _Plan(NamedTuple):
    """Rows in order of stratum and falling day; cells are the days with events of a stratum, in the same order."""

    case: np.ndarray  # (m,) case of each row
    sign: np.ndarray  # (m,) 1 at exit, -1 at a late entry
    x: np.ndarray  # (p, m)
    products: np.ndarray  # (m, p (p + 1) / 2)
    cell: np.ndarray  # (m,)
    last: np.ndarray  # (cells,) last row of each cell
    strata: list[tuple[slice, slice]]  # rows and cells of each stratum
    event: np.ndarray  # (events,) rows with the event
    first: np.ndarray  # (cells,) the first of these in each cell
    others: list[tuple[np.ndarray, np.ndarray]]  # the second of these, and so on: cells that have one, and their rows


class _Ties(NamedTuple):
    """Efron's terms of a block: one per event, counting repeats, in order of resample and cell."""

    filled: np.ndarray  # cells with an event, of all resamples
    first: np.ndarray  # first term of each filled cell
    place: np.ndarray  # (terms,) cell of each term
    fraction: np.ndarray  # (terms,) l/d
    resample: np.ndarray  # first term of each resample
    events: np.ndarray  # (B, p) sum of the design over the events


def batch_cox(outcome: Outcome, design, weights, strata=None, max_iter: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Fit the same proportional hazards model, with Efron's ties, to each resample.

    Parameters
    ----------
    outcome
        n cases without weights of their own; entry may be late.
    design
        Finite numbers, shape (n, p) or (n,).
    weights
        How often each case is in each resample: whole numbers from 0, shape (B, n).
    strata
        Label of the stratum of each case, shape (n,), or None.
    max_iter
        Newton steps before giving up.

    Returns
    -------
    Log hazard ratios (B, p), and whether the fit converged (B,); the coefficients are NaN where it did not.
    """
    weights, design = whole_weights(weights, len(outcome)), np.asarray(design, dtype=float)
    design = design[:, None] if design.ndim == 1 else design
    if outcome.weight is not None:
        raise ValueError("resamples take cases without weights of their own")
    if design.ndim != 2 or len(design) != len(outcome) or not np.all(np.isfinite(design)):
        raise ValueError(f"the design has to be finite numbers of {len(outcome)} cases; its shape is {design.shape}")
    coef, converged = np.full((len(weights), design.shape[1]), np.nan), np.zeros(len(weights), dtype=bool)
    plan = _plan(outcome, design - design.mean(axis=0), strata)
    if not plan.event.size:
        return coef, converged
    start, usable = _fit(plan, np.ones((1, len(outcome)), dtype=np.int64), np.zeros(design.shape[1]), max_iter)
    start = start[0] if usable[0] else np.zeros(design.shape[1])
    size = max(1, _BLOCK // plan.case.size)
    for low in range(0, len(weights), size):
        rows = slice(low, low + size)
        coef[rows], converged[rows] = _fit(plan, weights[rows], start, max_iter)
    return coef, converged


def _plan(outcome: Outcome, design: np.ndarray, strata) -> _Plan:
    stratum = np.zeros(len(outcome), dtype=np.int64)
    if strata is not None:
        stratum = np.unique(np.asarray(strata), return_inverse=True)[1]
    latest = int(outcome.time.max(initial=0))
    span = latest - int(outcome.entry.min(initial=0)) + 1
    happened = np.flatnonzero(outcome.cause_specific)
    exits, entries = (stratum * span + latest - day for day in (outcome.time, outcome.entry))
    used = np.unique(exits[happened])
    case = np.concatenate([np.arange(len(outcome))] * 2)
    key = np.concatenate([exits, entries])  # the last event day up to exit, and up to entry, is the next key in use
    cell = np.searchsorted(used, key)
    seen = np.flatnonzero(cell < used.size)
    seen = seen[used[cell[seen]] // span == stratum[case[seen]]]
    rows = seen[np.argsort(cell[seen], kind="stable")]
    sign, case, cell = np.where(rows < len(outcome), 1.0, -1.0), case[rows], cell[rows]
    event = np.flatnonzero(outcome.cause_specific[case] & (sign > 0))
    tied = np.bincount(cell[event], minlength=used.size)
    first = np.cumsum(tied) - tied
    later = [np.flatnonzero(tied > rank) for rank in range(1, tied.max(initial=0))]
    column, other = np.triu_indices(design.shape[1])
    bounds = np.concatenate([np.flatnonzero(np.diff(used // span, prepend=-1)), [used.size]])
    edge = np.searchsorted(cell, bounds)
    return _Plan(
        case=case,
        sign=sign,
        x=np.ascontiguousarray(design[case].T),
        products=design[case][:, column] * design[case][:, other],
        cell=cell,
        last=np.searchsorted(cell, np.arange(used.size), side="right") - 1,
        strata=[(slice(*edge[k : k + 2]), slice(*bounds[k : k + 2])) for k in range(bounds.size - 1)],
        event=event,
        first=event[first],
        others=[(own, event[first[own] + rank]) for rank, own in enumerate(later, start=1)],
    )


def _fit(plan: _Plan, weights: np.ndarray, start: np.ndarray, max_iter: int) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method; a step that lowers a likelihood is halved until it does not."""
    result = np.full((len(weights), start.size), np.nan)
    moving = np.flatnonzero(weights[:, plan.case[plan.event]].any(axis=1))
    count, ties = _counted(plan, weights[moving])
    coef, step = np.tile(start, (moving.size, 1)), np.zeros((moving.size, start.size))
    best = np.full(moving.size, -np.inf)
    widest = np.abs(plan.x).max(axis=1, initial=0.0)
    for _ in range(max_iter):
        if not moving.size:
            break
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a step too far: halved
            value, score, information, raw = _likelihood(plan, count, ties, coef + step)
            rises = value >= best - 1e-10 * (1 + np.abs(best))  # NaN does not
            rises |= np.isneginf(best) & np.isfinite(value)
        coef[rises] += step[rises]
        best[rises] = value[rises]
        newton, sound = _solved(information, raw, score)
        step = np.where(rises[:, None], newton, step / 2)
        done = rises & ((score * step).sum(axis=1) <= _SMALL_STEP) & (np.abs(step) @ widest < _FURTHEST) & sound
        done[done] = _range(coef[done] @ plan.x, count[done] != 0) < _WIDEST
        result[moving[done]] = coef[done] + step[done]
        keep = ~done & (sound | ~rises) & ~np.isneginf(best)
        if not keep.all():
            moving, coef, step, best = moving[keep], coef[keep], step[keep], best[keep]
            count, ties = _counted(plan, weights[moving])
    return result, ~np.isnan(result).any(axis=1)


def _counted(plan: _Plan, weights: np.ndarray) -> tuple[np.ndarray, _Ties]:
    """Signed weight of each row, (B, m), and Efron's terms."""
    count = weights[:, plan.case] * plan.sign
    events = count[:, plan.event]
    tied = _over_events(plan, count).astype(np.int64)
    filled = np.flatnonzero(tied)
    size = tied.ravel()[filled]
    first = np.cumsum(size) - size
    fraction = (np.arange(size.sum()) - np.repeat(first, size)) / np.repeat(size, size)
    total = tied.sum(axis=1)
    sums = events @ plan.x[:, plan.event].T
    return count, _Ties(filled, first, np.repeat(filled, size), fraction, np.cumsum(total) - total, sums)


def _likelihood(plan: _Plan, count: np.ndarray, ties: _Ties, coef: np.ndarray):
    """Log partial likelihood (B,), score (B, p), information (B, p, p) and its part before means are taken out."""
    risk = coef @ plan.x
    np.exp(risk, out=risk)
    risk *= count
    sums, cells = _risk_sums(plan, risk), plan.last.size
    everyone, tied = sums[:, 0, :cells].ravel(), sums[:, 0, cells:].ravel()  # `tied` is negative
    terms = everyone[ties.place] + ties.fraction * tied[ties.place]
    value = (ties.events * coef).sum(axis=1) - np.add.reduceat(np.log(terms), ties.resample)
    inverse = 1 / terms
    lessened = ties.fraction * inverse
    a, b, aa, ab, bb = (
        _by_cell(ties, term, risk.shape[0], cells)
        for term in (inverse, lessened, inverse * inverse, inverse * lessened, lessened * lessened)
    )
    moments = sums[:, 1:]
    score = ties.events - np.matmul(moments, np.concatenate([a, b], axis=1)[:, :, None])[:, :, 0]
    whole, part = moments[:, :, :cells], moments[:, :, cells:]
    loaded = np.empty(moments.shape)
    np.add(aa[:, None] * whole, ab[:, None] * part, out=loaded[:, :, :cells])
    np.add(ab[:, None] * whole, bb[:, None] * part, out=loaded[:, :, cells:])
    outer = np.matmul(moments, loaded.transpose(0, 2, 1))
    hazard = np.empty(a.shape)
    for _, own in plan.strata:
        np.cumsum(a[:, own][:, ::-1], axis=1, out=hazard[:, own][:, ::-1])
    load = risk * hazard[:, plan.cell]
    load[:, plan.event] -= risk[:, plan.event] * b[:, plan.cell[plan.event]]  # tied events weigh less and less
    second = np.empty(outer.shape)
    column, other = np.triu_indices(coef.shape[1])
    second[:, column, other] = second[:, other, column] = load @ plan.products
    return value, score, second - outer, np.einsum("bjj->bj", second)


def _risk_sums(plan: _Plan, risk: np.ndarray) -> np.ndarray:
    """Sums of risk x (1, design) per cell over the risk set, and less those over the events: (B, 1 + p, 2 cells)."""
    cells = plan.last.size
    sums = np.empty((len(risk), 1 + len(plan.x), 2 * cells))
    running = np.empty(risk.shape)
    for k in range(1 + len(plan.x)):
        weighted = risk * plan.x[k - 1] if k else risk
        for rows, _ in plan.strata:
            np.cumsum(weighted[:, rows], axis=1, out=running[:, rows])
        sums[:, k, :cells] = running[:, plan.last]
        np.negative(_over_events(plan, weighted), out=sums[:, k, cells:])
    return sums


def _over_events(plan: _Plan, values: np.ndarray) -> np.ndarray:
    """Sum values of the rows (B, m) over the events of each cell: (B, cells)."""
    total = values[:, plan.first]
    for cell, row in plan.others:
        total[:, cell] += values[:, row]
    return total


def _by_cell(ties: _Ties, term: np.ndarray, resamples: int, cells: int) -> np.ndarray:
    total = np.zeros(resamples * cells)
    total[ties.filled] = np.add.reduceat(term, ties.first)
    return total.reshape(resamples, cells)


def _range(values: np.ndarray, present: np.ndarray) -> np.ndarray:
    low = np.min(values, axis=1, where=present, initial=np.inf)
    return np.max(values, axis=1, where=present, initial=-np.inf) - low


def _solved(information: np.ndarray, raw: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps (B, p), by elimination after scaling to a unit diagonal; and where there is one."""
    diagonal = np.einsum("bjj->bj", information)
    sound = np.all(diagonal > _SINGULAR * np.maximum(raw, np.finfo(float).tiny), axis=1)
    scale = 1 / np.sqrt(np.where(sound[:, None], diagonal, 1))
    matrix = np.where(sound[:, None, None], information * scale[:, :, None] * scale[:, None], np.eye(score.shape[1]))
    right = score * scale
    for k in range(score.shape[1]):  # symmetric and positive: no pivoting needed
        sound &= matrix[:, k, k] > _SINGULAR
        factor = matrix[:, k + 1 :, k] / np.where(sound, matrix[:, k, k], 1)[:, None]
        matrix[:, k + 1 :] -= factor[:, :, None] * matrix[:, k : k + 1]
        right[:, k + 1 :] -= factor * right[:, k : k + 1]
    step = np.zeros(score.shape)
    for k in reversed(range(score.shape[1])):
        known = np.einsum("bj,bj->b", matrix[:, k, k + 1 :], step[:, k + 1 :])
        step[:, k] = (right[:, k] - known) / np.where(sound, matrix[:, k, k], 1)
    return step * scale, sound
