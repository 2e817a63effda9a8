"""Estimators for many resamples at once, from integer case weights.

- A weight says how often a case is in the resample: every result equals that of the estimator on the repeated rows.
- Means in days need only counts by day and state, so a batch of resamples is a few array operations on (B, days).
- Without delayed entry the derivatives of Aalen-Johansen are orthogonal between days, so its infinitesimal-jackknife
  variance is a sum over days of multinomial variances (`days_from_counts`). Delayed entry is refused.
- Resamples are dealt with in blocks that stay in the cache: memory does not grow with their number.
- A resample that supports no number gives NaN, here only: the caller counts them.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.days import days_until, distinct_days
from pilot_analysis.models.outcome import CENSORED, EVENT, Outcome

BLOCK = 20_000  # numbers in one array of a block: larger arrays leave the cache and are fetched anew from the system


class DayCells(NamedTuple):
    """Where each case is counted: events by day, then competing exits by day, then censoring by days survived."""

    left: np.ndarray  # (days,) from each day with an event or competing exit to tau
    cell: np.ndarray  # (n,)
    cells: int

    @classmethod
    def of(cls, outcome: Outcome, tau: int) -> "DayCells":
        """Group an outcome up to day `tau`; ValueError under delayed entry or when it has weights of its own."""
        if outcome.weight is not None or np.any(outcome.entry != 0):
            raise ValueError("resamples take cases without weights of their own, all at risk from day 0")
        if tau <= 0:
            raise ValueError(f"tau must be above 0, not {tau}")
        leaves = (outcome.state != CENSORED) & (outcome.time < tau)
        day = distinct_days(outcome.time[leaves])
        survived = days_until(day, outcome.time)
        censored = 2 * day.size + np.where(outcome.time < tau, survived, day.size + 1)
        exits = survived - 1 + np.where(outcome.state == EVENT, 0, day.size)
        return cls(tau - day, np.where(leaves, exits, censored), 3 * day.size + 2)


def batch_days_not_returned(outcome: Outcome, weights, tau: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean number of days not yet returned in each resample, as `days_not_returned`.

    Parameters
    ----------
    outcome
        n cases, all with entry 0, without weights.
    weights
        How often each case is in each resample: whole numbers from 0, shape (B, n).
    tau
        End of the restricted mean, in days.

    Returns
    -------
    Means in days and their variances, each of shape (B,); NaN where the resample is empty, or where nobody in it is
    followed to `tau` while somebody could still have the event.
    """
    weights = whole_weights(weights, len(outcome))
    place = DayCells.of(outcome, tau)
    mean, variance = np.empty(len(weights)), np.empty(len(weights))
    size = max(1, BLOCK // max(place.cells, len(outcome), 1))
    for start in range(0, len(weights), size):
        rows = slice(start, start + size)
        mean[rows], variance[rows] = days_from_counts(_weighted_counts(place, weights[rows]), place.left, tau)
    return mean, variance


def whole_weights(weights, n: int) -> np.ndarray:
    """Return weights as an array (B, n); ValueError when they are not counts of n cases."""
    weights = np.asarray(weights)
    if weights.ndim != 2 or weights.shape[1] != n:
        raise ValueError(f"weights have shape {weights.shape}, the outcome {n} cases")
    if weights.dtype.kind not in "biu" or weights.min(initial=0) < 0:
        raise ValueError("the weights of a resample are whole numbers from 0: how often each case was drawn")
    return weights


def batch_rmst(outcome: Outcome, weights, tau: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the restricted mean time to the event in each resample, as `rmst`: competing exits count as censored.

    Parameters, result and errors as of `batch_days_not_returned`.
    """
    return batch_days_not_returned(outcome.with_state(outcome.cause_specific), weights, tau)


def pick_counts(place: DayCells, picks: np.ndarray) -> np.ndarray:
    """Count the cases drawn, positions of shape (B, drawn), by cell: (B, cells)."""
    index = place.cell[picks]
    index += np.arange(len(picks))[:, None] * place.cells
    return np.bincount(index.ravel(), minlength=len(picks) * place.cells).reshape(-1, place.cells)


def days_from_counts(counts: np.ndarray, left: np.ndarray, tau: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the days not yet returned from counts by cell, (B, cells); NaN: not estimable."""
    days = left.size
    events, followed = counts[:, :days], counts[:, -1]
    leaving = events + counts[:, days : 2 * days]
    going = leaving + counts[:, 2 * days + 1 : -1]  # on each day or before the next
    if days:
        going[:, -1] += followed
    at_risk = np.cumsum(going[:, ::-1], axis=1)[:, ::-1].astype(float)
    staying = at_risk - leaving
    per_case = 1 / np.maximum(at_risk, 1)
    there = np.cumprod(staying * per_case, axis=1)
    reach = np.full(staying.shape, left, dtype=float)  # share still there before the day x days from it to tau
    reach[:, 1:] *= there[:, :-1]
    gained = reach * events
    gained *= per_case
    onwards = np.zeros((len(counts), days + 1))
    np.cumsum(gained[:, ::-1], axis=1, out=onwards[:, -2::-1])
    # Var = sum [reach gained - onwards^2] / n + (onwards after the day)^2 / staying: multinomial, day by day.
    spread = reach * gained
    onwards_squared = onwards**2
    spread -= onwards_squared[:, :-1]
    spread *= per_case
    spread += onwards_squared[:, 1:] / np.maximum(staying, 1)  # where nobody stays nothing follows
    mean, variance = tau - onwards[:, 0], np.maximum(spread.sum(axis=1), 0)
    unseen = np.flatnonzero(followed == 0)
    all_left = np.any((leaving[unseen] > 0) & (staying[unseen] == 0), axis=1)
    unseen = unseen[~all_left]
    mean[unseen] = variance[unseen] = np.nan
    return mean, variance


def _weighted_counts(place: DayCells, weights: np.ndarray) -> np.ndarray:
    index = np.arange(len(weights))[:, None] * place.cells + place.cell
    counted = np.bincount(index.ravel(), weights=weights.ravel(), minlength=len(weights) * place.cells)
    return counted.reshape(-1, place.cells)
