"""Aalen-Johansen for an event and its competing exits: who has not returned yet, and for how many days.

- P(event by t) = sum over days of (share with neither before the day) x (share of those at risk with the event).
  Leaving is an end without return: it stays in "not returned". Without competing exits this is Kaplan-Meier.
- Variance by the infinitesimal jackknife: the sum over cases of the squared derivative of the estimate with respect to
  the case's weight, as R `survfit(Surv(time, factor(state)))`; exact under ties and delayed entry.
- A case changes the hazards only through its exit and the days it was at risk, so the derivatives of all cases follow
  from cumulative sums by day: the cost is linear in cases plus days.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Mean, log_log_interval
from pilot_analysis.models.days import DayTable, count_days
from pilot_analysis.models.outcome import CENSORED, Outcome
from pilot_analysis.models.product_limit import Curve, area_between, refuse_beyond_follow_up


class _Path(NamedTuple):
    """Per day: share still there before it, hazards of event and competing exit, share of survivors, P(event by it)."""

    before: np.ndarray
    event_hazard: np.ndarray
    competing_hazard: np.ndarray
    surviving: np.ndarray
    event_by: np.ndarray
    not_returned: np.ndarray


class _Influence(NamedTuple):
    """Derivatives with respect to a case's weight: `jump` by state and exit day, minus `drift` while at risk."""

    jump: np.ndarray  # (3, days)
    drift: np.ndarray  # (days + 1,), cumulated


def not_returned_curve(outcome: Outcome, level: float = 0.95) -> Curve:
    """Return 1 - P(event by t), a step per day on which somebody leaves; log(-log) limits.

    Raises NotEstimable when nobody is in the outcome.
    """
    table = count_days(outcome)
    path = _path(table)
    # Derivative of P(event by t): P - P(event by t) Q, both sums over the days up to t.
    passed_on = _per_survivor(path, path.event_by)
    p = _influence(table, path, path.before + passed_on, passed_on)
    q = _influence(table, path, *[_per_survivor(path, np.ones(table.day.size))] * 2)
    squares = [_sum_of_products(table, outcome.state, a, b) for a, b in ((p, p), (p, q), (q, q))]
    variance = squares[0] - 2 * path.event_by * squares[1] + path.event_by**2 * squares[2]
    height = path.not_returned
    se = np.where(height > 0, np.sqrt(np.maximum(variance, 0)), np.nan)
    limits = log_log_interval(height, se, level)
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
    table = count_days(outcome)
    path = _path(table)
    refuse_beyond_follow_up(table.day, path.before * path.surviving, tau)
    seen = outcome.take(outcome.entry < tau)
    seen = Outcome(
        seen.entry, np.minimum(seen.time, tau), np.where(seen.time <= tau, seen.state, CENSORED), seen.weight
    )
    table = count_days(seen)
    path = _path(table)
    left = tau - table.day
    gained = path.before * path.event_hazard * left  # days in the event state that an event on this day adds
    later = np.concatenate([np.cumsum(gained[::-1])[::-1][1:], [0.0]])
    passed_on = _per_survivor(path, later)
    influence = _influence(table, path, path.before * left - passed_on, -passed_on)
    variance = np.sum(_at_exit(table, seen.state, influence) ** 2)
    return Mean(float(area_between(table.day, path.not_returned, tau).sum()), float(np.sqrt(variance)))


def _path(table: DayTable) -> _Path:
    event, competing = table.events / table.at_risk, table.competing / table.at_risk
    still = (table.at_risk - table.events - table.competing) / table.at_risk
    before = np.concatenate([[1.0], np.cumprod(still)[:-1]])
    # Still there or left, rather than 1 - returned: exactly 0 when everybody returned.
    not_returned = before * still + np.cumsum(before * competing)
    return _Path(before, event, competing, still, np.cumsum(before * event), not_returned)


def _per_survivor(path: _Path, value: np.ndarray) -> np.ndarray:
    # Where nobody survives the day nothing follows it, and any finite number will do.
    return np.divide(value, path.surviving, out=np.zeros(value.size), where=path.surviving > 0)


def _influence(table: DayTable, path: _Path, on_event: np.ndarray, on_competing: np.ndarray) -> _Influence:
    """Sum over days of on_event d(event hazard) + on_competing d(competing hazard)."""
    jump = np.stack([np.zeros(table.day.size), on_event, on_competing]) / table.at_risk
    daily = (on_event * path.event_hazard + on_competing * path.competing_hazard) / table.at_risk
    return _Influence(jump, np.concatenate([[0.0], np.cumsum(daily)]))


def _at_exit(table: DayTable, state: np.ndarray, influence: _Influence) -> np.ndarray:
    spent = influence.drift[table.exit_index + 1] - influence.drift[table.entry_index]
    return influence.jump[state, table.exit_index] - spent


def _sum_of_products(table: DayTable, state: np.ndarray, a: _Influence, b: _Influence) -> np.ndarray:
    """For each day, the sum over cases of a x b as they stand at the end of that day."""
    days = table.day.size

    def by_day(index, value=None):
        return np.cumsum(np.bincount(index, weights=value, minlength=days))

    def still_there(value=None):
        return by_day(table.entry_index, value) - by_day(table.exit_index, value)

    gone = by_day(table.exit_index, _at_exit(table, state, a) * _at_exit(table, state, b))
    at_a, at_b = a.drift[table.entry_index], b.drift[table.entry_index]
    end_a, end_b = a.drift[1:], b.drift[1:]
    staying = still_there() * end_a * end_b - end_a * still_there(at_b) - end_b * still_there(at_a)
    return gone + staying + still_there(at_a * at_b)
