"""Aalen-Johansen for an event and its competing exits: who has it by a day, who has not, and for how many days.

- P(event by t) = sum over days of (share with neither before the day) x (share of those at risk with the event).
  Leaving is an end without return: it stays in "not returned". Without competing exits this is Kaplan-Meier.
- Any number of causes: for one of them all others are competing exits, and which they are makes no difference.
- Variance by the infinitesimal jackknife (`influence`), as R `survfit(Surv(time, factor(state)))`; with case weights
  too, whole or not.
- Nothing is extrapolated: where nobody is followed to tau and somebody could still have the event, there is no number.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Mean, probability_interval
from pilot_analysis.models.days import DayTable, count_days
from pilot_analysis.models.influence import at_exit, influence, sum_of_products
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, Outcome
from pilot_analysis.models.product_limit import Curve, area_between, entered_before, refuse_beyond_follow_up


@dataclass(frozen=True)
class Incidence:
    """Probability of having had the event, from 0, stepping on the days in `time`; arrays of shape (days,).

    `n_at_risk` is the risk set of the day itself; counts are sums of weights where there are weights. `se` is NaN where
    the probability is 1; limits are NaN where it is 0 or 1.
    """

    time: np.ndarray
    n_at_risk: np.ndarray
    n_events: np.ndarray
    n_competing: np.ndarray
    n_censored: np.ndarray
    probability: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray


class _Path(NamedTuple):
    """Per day: share still there before it, share of survivors, P(event by it), 1 - that."""

    before: np.ndarray
    event_hazard: np.ndarray
    surviving: np.ndarray
    event_by: np.ndarray
    not_returned: np.ndarray


def cumulative_incidence(outcome: Outcome, cause: int = 1, level: float = 0.95, interval: str = "log-log") -> Incidence:
    """Return the probability of a cause by each day on which somebody leaves; the other causes compete with it.

    Parameters
    ----------
    cause
        State whose probability is asked for, 1 the event; one that never happens has probability 0, standard error 0.
    interval
        Scale of the limits of the incidence itself, as R `conf.type` (`arithmetic.probability_interval`). Ours is
        log(-log) (Choudhury 2002, Stat Med 21:1129-1144); R's own default for several states is "log".

    Raises
    ------
    NotEstimable
        Nobody is in the outcome.
    """
    table = count_days(outcome.about(cause))
    path = _path(table)
    error = _standard_error(table, path)
    se = np.where(path.not_returned > 0, error, np.nan)
    limits = probability_interval(path.event_by, se, level, interval)
    return Incidence(
        table.day, table.at_risk, table.events, table.competing, table.censored, path.event_by, se, *limits
    )  # fmt: skip


def incidence_at(curve: Incidence, day: int) -> tuple[float, float, float, float]:
    """Return probability, standard error, lower and upper limit on a day; NotEstimable when all have left before it."""
    if day > curve.time[-1]:
        raise NotEstimable(f"nobody at risk on day {day}")
    step = np.searchsorted(curve.time, day, side="right") - 1
    if step < 0:
        return 0.0, 0.0, np.nan, np.nan
    return tuple(float(column[step]) for column in (curve.probability, curve.se, curve.ci_low, curve.ci_high))


def not_returned_curve(outcome: Outcome, level: float = 0.95, interval: str = "log-log") -> Curve:
    """Return 1 - P(event by t), a step per day on which somebody leaves; limits on the scale of the height.

    Raises NotEstimable when nobody is in the outcome.
    """
    table = count_days(outcome)
    path = _path(table)
    height = path.not_returned
    se = np.where(height > 0, _standard_error(table, path), np.nan)
    limits = probability_interval(height, se, level, interval)
    return Curve(
        table.day, table.at_risk, table.events, table.competing + table.censored, height, se, *limits
    )  # fmt: skip


def days_not_returned(outcome: Outcome, tau: int) -> Mean:
    """Return the mean number of days not yet returned from 0 to `tau`: the integral of 1 - P(event by t).

    As tau minus the mean time in the event state of R `print(survfit(Surv(time, factor(state))), rmean = tau)`.

    Raises
    ------
    NotEstimable
        Nobody at risk, or nobody at risk on day `tau` while somebody could still have the event.
    """
    table, path, change = _to_tau(outcome, tau)
    return Mean(float(area_between(table.day, path.not_returned, tau).sum()), _root_sum_square(change, table.weight))


def time_lost(outcome: Outcome, tau: int, cause: int = 1) -> Mean:
    """Return the mean number of days from 0 to `tau` lost to a cause: the integral of its cumulative incidence.

    As the mean time in that state of R `print(survfit(Surv(time, factor(state))), rmean = tau)` (Andersen 2013, Stat
    Med 32:5278-5285). Over all causes it adds up to tau minus the mean days with none. Raises as `days_not_returned`.
    """
    table, path, change = _to_tau(outcome.about(cause), tau)
    return Mean(
        float(np.sum(path.before * path.event_hazard * (tau - table.day))), _root_sum_square(change, table.weight)
    )


def influence_days_not_returned(outcome: Outcome, tau: int) -> np.ndarray:
    """Return the derivative of `days_not_returned` with respect to each case's weight, days per case, shape (n,).

    Weighted they add up to 0; the root of the sum of their (weighted) squares is the standard error. Raises as
    `days_not_returned`.
    """
    change = np.zeros(len(outcome))  # who enters on tau or later changes nothing
    change[outcome.entry < tau] = -_to_tau(outcome, tau)[2]
    return change


def _to_tau(outcome: Outcome, tau: int) -> tuple[DayTable, _Path, np.ndarray]:
    """Day table and path up to `tau`, and each case's derivative of the days in the event state, for those in it."""
    seen = entered_before(outcome, tau)
    if len(seen) and seen.time.max() > tau:
        state = np.where(seen.time <= tau, seen.state, CENSORED)
        seen = Outcome(seen.entry, np.minimum(seen.time, tau), state, seen.weight)
    table = count_days(seen)
    path = _path(table)
    refuse_beyond_follow_up(table.day, path.before * path.surviving, tau)
    left = tau - table.day
    gained = path.before * path.event_hazard * left  # days in the event state that an event on this day adds
    later = np.zeros(gained.size)
    later[:-1] = np.cumsum(gained[:0:-1])[::-1]
    passed_on = _per_survivor(path, later)
    return table, path, at_exit(table, influence(table, path.before * left - passed_on, -passed_on))


def _root_sum_square(change: np.ndarray, weight: np.ndarray | None) -> float:
    change = change if weight is None else weight * change
    return float(np.sqrt(change @ change))


def _standard_error(table: DayTable, path: _Path) -> np.ndarray:
    # Derivative of P(event by t): P - P(event by t) Q, both sums over the days up to t.
    passed_on = _per_survivor(path, path.event_by)
    p = influence(table, path.before + passed_on, passed_on)
    q = influence(table, *[_per_survivor(path, np.ones(table.day.size))] * 2)
    squares = [sum_of_products(table, a, b) for a, b in ((p, p), (p, q), (q, q))]
    variance = squares[0] - 2 * path.event_by * squares[1] + path.event_by**2 * squares[2]
    return np.sqrt(np.maximum(variance, 0))


def _path(table: DayTable) -> _Path:
    event, competing = table.events / table.at_risk, table.competing / table.at_risk
    still = table.after_exits / table.at_risk
    before = np.ones(still.size)
    np.cumprod(still[:-1], out=before[1:])
    # Still there or left, rather than 1 - returned: exactly 0 when everybody returned.
    not_returned = before * still + np.cumsum(before * competing)
    return _Path(before, event, still, np.cumsum(before * event), not_returned)


def _per_survivor(path: _Path, value: np.ndarray) -> np.ndarray:
    # Where nobody survives the day nothing follows it, and any finite number will do.
    return np.divide(value, path.surviving, out=np.zeros(value.size), where=path.surviving > 0)
