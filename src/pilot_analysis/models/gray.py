"""Gray's test of K cumulative incidence functions on whole days.

- Compares the subdistribution hazards of the event between groups: a competing exit stays in the risk set, with the
  number at risk inflated to R = n (1 - F(t-)) / S(t-) (Gray 1988, Ann Statist 16:1141-1154).
- Variance of Gray with the tie corrections of R `cmprsk::cuminc`; stratified: scores and variances summed over strata.
- Weights (1 - F(t-))^rho from the pooled cumulative incidence of the stratum.
- Fails: no event, one group, and delayed entry, under which n / S(t-) no longer counts the cases that would be at risk.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Test, chi_squared_test
from pilot_analysis.models.days import EventGrid, sum_by
from pilot_analysis.models.logrank import replicates
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, EVENT, Outcome

_SINGULAR = 1e-10  # smallest eigenvalue of the covariance scaled to a unit diagonal


def gray(outcome: Outcome, group, strata=None, rho: float = 0) -> Test:
    """Test that the groups have one subdistribution hazard of the event.

    Parameters
    ----------
    outcome
        n cases, all followed from the origin; whole-number weights count as replicates of a case.
    group
        Label of the group of each case, shape (n,).
    strata
        Label of the stratum of each case, shape (n,), or None.
    rho
        Power of the weights; 0 is Gray's test as R `cuminc(ftime, fstatus, group, strata, rho)`.

    Raises
    ------
    NotEstimable
        No event; delayed entry; fewer than two groups beside each other when an event happens.
    ValueError
        Labels of another length than the outcome, or weights that are not whole numbers.
    """
    group = np.asarray(group)
    if group.shape != outcome.time.shape:
        raise ValueError(f"group has shape {group.shape}, the outcome {len(outcome)} cases")
    counts = replicates(outcome)
    if not outcome.cause_specific.any():
        raise NotEstimable("no event")
    if np.any(outcome.entry != outcome.entry[0]):
        raise NotEstimable("Gray's test does not allow delayed entry: some cases are followed from a later day on")
    days = _days(outcome, (group[:, None] == np.unique(group)) * counts[:, None], strata)
    observed, expected, covariance = (sum(parts) for parts in zip(*(_stratum(day, rho) for day in days), strict=True))
    free = np.flatnonzero(expected > 0)[1:]  # the scores sum to 0: one group follows from the others
    if not free.size:
        raise NotEstimable("fewer than two groups at risk when events happen")
    score, variance = (observed - expected)[free], covariance[np.ix_(free, free)]
    _refuse_singular(variance)
    return chi_squared_test(score @ np.linalg.solve(variance, score), free.size)


class _Days(NamedTuple):
    """Counts of a stratum by day on which anybody has the event or a competing exit, and group: (days, groups)."""

    at_risk: np.ndarray
    events: np.ndarray
    competing: np.ndarray


def _days(outcome: Outcome, member: np.ndarray, strata) -> list[_Days]:
    grid = EventGrid.of(outcome.with_state(outcome.state != CENSORED), strata)
    cells = grid.shape[0] * grid.shape[1]

    def leave(rows):
        return sum_by(grid.left[rows], member[rows], cells)

    event, competing = outcome.cause_specific, outcome.state > EVENT
    by_day = [sums.reshape(*grid.shape, -1) for sums in (grid.in_risk_set(member), leave(event), leave(competing))]
    left = by_day[1].sum(axis=2) + by_day[2].sum(axis=2) > 0
    return [_Days(*(counts[k, left[k]] for counts in by_day)) for k in range(grid.shape[0])]


def _stratum(days: _Days, rho: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted observed and expected events by group, (groups,), and the covariance of their difference."""
    n, d1, d2 = days
    survival = np.cumprod(1 - _over(d1 + d2, n), axis=0)  # of leaving in any way, by group
    before = _left_limit(survival, 1.0)
    h = _over(n, before)  # Gray's h: the cases that censoring alone would have left
    inflated = h * (1 - _left_limit(np.cumsum(before * _over(d1, n), axis=0), 0.0))
    pooled_h, happened = h.sum(axis=1), d1.sum(axis=1)
    incidence = np.cumsum(_over(happened, pooled_h))
    free_before = 1 - _left_limit(incidence, 0.0)
    weight = free_before**rho

    a = weight[:, None, None] * (h[:, :, None] * np.eye(h.shape[1]) - _over(h[:, :, None] * h[:, None], pooled_h))
    c = np.cumsum(a * _over(happened, pooled_h * free_before)[:, None, None], axis=0)
    # Each exit moves the score of group i by a - t c now, and by t times all of c through the later weights.
    later = c[-1:] - c
    t = np.where(survival > 0, (1 - incidence[:, None]) * _over(1.0, survival), 0.0)
    own = a + (1 - t)[:, None] * later
    tied = _over(np.maximum(happened - 1, 0)[:, None], pooled_h[:, None] * before - 1)
    by_event = (1 - tied) * before * _over(happened[:, None], pooled_h[:, None] * n)
    tied = _over(np.maximum(d2 - 1, 0), n - 1)
    by_competing = np.where(survival > 0, (1 - tied) * before**2 * _over(d2, n**2), 0.0)
    other = t[:, None] * later
    covariance = sum(
        np.einsum("dik,djk,dk->ij", moved, moved, spread, optimize=True)
        for moved, spread in ((own, by_event), (other, by_competing))
    )
    expected = inflated * _over(happened, inflated.sum(axis=1))[:, None]
    return weight @ d1, weight @ expected, covariance


def _left_limit(values: np.ndarray, start: float) -> np.ndarray:
    return np.concatenate([np.full_like(values[:1], start), values[:-1]])


def _over(top, bottom: np.ndarray) -> np.ndarray:
    """Divide by day; 0 where the divisor is 0."""
    bottom = bottom.reshape(bottom.shape + (1,) * (np.ndim(top) - bottom.ndim))
    top, bottom = np.broadcast_arrays(top, bottom)
    return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom != 0)


def _refuse_singular(variance: np.ndarray) -> None:
    diagonal = np.diag(variance)
    if np.all(diagonal > 0):
        scaled = variance / np.sqrt(np.outer(diagonal, diagonal))
        if np.linalg.eigvalsh(scaled)[0] > _SINGULAR:
            return
    raise NotEstimable("too few events to tell the groups apart: the variance of Gray's test is singular")
