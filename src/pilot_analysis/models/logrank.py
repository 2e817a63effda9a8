"""Log-rank tests of K groups on whole days.

- Exact hypergeometric variance under ties; stratified: observed minus expected and variance summed over strata
  (Mantel 1966; R `survdiff(Surv(time, event) ~ group + strata(s), rho)`).
- Fleming-Harrington weights S(t-)^rho (1 - S(t-))^gamma from the pooled Kaplan-Meier curve of the stratum.
- Whole-number weights of an outcome count as replicates of a case; the hypergeometric variance knows no others.
- Delayed entry is allowed (`survdiff` refuses it; the score test of `coxph(ties = "exact")` agrees).
"""

import numpy as np

from pilot_analysis.models.arithmetic import Test, chi_squared_test
from pilot_analysis.models.days import EventGrid
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


def logrank(outcome: Outcome, group, strata=None, rho: float = 0, gamma: float = 0) -> Test:
    """Test that the groups have one hazard of the event.

    Parameters
    ----------
    outcome
        n cases; competing exits count as censored.
    group
        Label of the group of each case, shape (n,).
    strata
        Label of the stratum of each case, shape (n,), or None.
    rho, gamma
        Powers of the Fleming-Harrington weights; 0, 0 is the log-rank test.

    Raises
    ------
    NotEstimable
        No event, or fewer than two groups ever at risk beside each other when an event happens.
    ValueError
        Labels of another length than the outcome, or weights that are not whole numbers.
    """
    group = np.asarray(group)
    if group.shape != outcome.time.shape:
        raise ValueError(f"group has shape {group.shape}, the outcome {len(outcome)} cases")
    grid = EventGrid.of(outcome, strata)
    member = (group[:, None] == np.unique(group)) * replicates(outcome)[:, None]
    # (strata, event days, groups), without the column "before the first event day".
    at_risk, events = (sums.reshape(*grid.shape, -1)[:, 1:] for sums in (grid.in_risk_set(member), grid.events(member)))
    if not events.any():
        raise NotEstimable("no event")
    weight = _weights(at_risk.sum(axis=2), events.sum(axis=2), rho, gamma)
    happens = events.sum(axis=2) > 0
    observed, expected, covariance = _moments(at_risk[happens], events[happens], weight[happens])
    compared = expected > 0
    if np.count_nonzero(compared) < 2:
        raise NotEstimable("fewer than two groups at risk when events happen")
    free = np.flatnonzero(compared)[1:]  # the deviations sum to 0: one group follows from the others
    deviation, variance = (observed - expected)[free], covariance[np.ix_(free, free)]
    if np.linalg.matrix_rank(variance, hermitian=True) < free.size:
        raise NotEstimable("the groups are never at risk on the same day when an event happens")
    return chi_squared_test(deviation @ np.linalg.solve(variance, deviation), free.size)


def replicates(outcome: Outcome) -> np.ndarray:
    """Return how often each case counts, shape (n,); raise ValueError when the weights are not whole numbers."""
    if outcome.weight is None:
        return np.ones(len(outcome))
    if np.any(outcome.weight != np.rint(outcome.weight)):
        raise ValueError("this test takes whole-number weights only: replicates of cases")
    return outcome.weight


def _weights(at_risk: np.ndarray, events: np.ndarray, rho: float, gamma: float) -> np.ndarray:
    if rho == gamma == 0:
        return np.ones(at_risk.shape)
    hazard = np.divide(events, at_risk, out=np.zeros(at_risk.shape), where=at_risk > 0)
    survival = np.cumprod(1 - hazard, axis=1)
    before = np.concatenate([np.ones((len(survival), 1)), survival[:, :-1]], axis=1)
    return before**rho * (1 - before) ** gamma  # 0 ** 0 is 1, as it should


def _moments(at_risk: np.ndarray, events: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted observed and expected events by group, and the covariance of their difference."""
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / n[:, None]
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag(spread @ share) - share.T @ (spread[:, None] * share)
    return weight @ events, (weight * d) @ share, covariance
