"""Kaplan-Meier with Greenwood's variance: curve, milestones, quantiles, restricted mean, follow-up.

- As R `survfit(Surv(time, event) ~ 1, conf.type = "log-log")`; delayed entry as `Surv(entry, time, event)`.
- Competing exits count as censored here; `competing` counts them as what they are.
- Case weights as R: whole weights are numbers of people (Greenwood); others give the infinitesimal jackknife
  (`influence`), the sum over cases of (weight x derivative) squared. Without weights the two are equal.
- Nothing is extrapolated: beyond the last day on which anybody is at risk there is no number, unless the curve is 0.
"""

from dataclasses import dataclass

import numpy as np

from pilot_analysis.models.arithmetic import Mean, probability_interval
from pilot_analysis.models.days import DayTable, at_risk_on, count_days
from pilot_analysis.models.influence import Influence, at_exit, influence, sum_of_products
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, EVENT, Outcome

_SAME = float(np.sqrt(np.finfo(float).eps))  # heights this close are one height, as in R's quantile.survfit


@dataclass(frozen=True)
class Curve:
    """A curve that starts at 1 and steps on the days in `time`; arrays of shape (days,).

    `n_at_risk` is the risk set of the day itself; `n_censored` counts everybody who leaves without the event;
    both are sums of weights where there are weights. `se` is that of the height and NaN where the height is 0; limits
    are NaN where it is 0 or 1.
    """

    time: np.ndarray
    n_at_risk: np.ndarray
    n_events: np.ndarray
    n_censored: np.ndarray
    survival: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray


def kaplan_meier(outcome: Outcome, level: float = 0.95, interval: str = "log-log") -> Curve:
    """Return the product-limit curve of the time to the event, a step per day on which somebody leaves.

    Parameters
    ----------
    interval
        Scale of the limits, as R `conf.type`: plain, log, log-log, logit, arcsin (`arithmetic.probability_interval`).

    Raises
    ------
    NotEstimable
        Nobody is in the outcome.
    """
    table = count_days(outcome)
    survival = _survival(table)
    if _whole_weights(table):
        relative = np.sqrt(np.cumsum(_greenwood(table)))
    else:
        change = _log_change(table)
        relative = np.sqrt(np.maximum(sum_of_products(table, change, change), 0))
    se = np.where(survival > 0, survival * relative, np.nan)
    limits = probability_interval(survival, se, level, interval)
    return Curve(
        table.day, table.at_risk, table.events, table.competing + table.censored, survival, se, *limits
    )  # fmt: skip


def follow_up(outcome: Outcome, level: float = 0.95, interval: str = "log-log") -> Curve:
    """Return the reverse Kaplan-Meier curve: the share whose follow-up, had nothing ended it, lasts beyond each day.

    Being lost or reaching the end of observation is the event. The event and every competing exit end a follow-up that
    was complete, so they count as censored; on a tied day they leave after those lost, as in R
    `survfit(Surv(time, state == 0))` (Schemper and Smith 1996, Control Clin Trials 17:343-346). `median` of it is the
    median follow-up.
    """
    return kaplan_meier(outcome.with_state(np.where(outcome.state == CENSORED, EVENT, CENSORED)), level, interval)


def survival_at(curve: Curve, day: int) -> tuple[float, float, float, float]:
    """Return height, standard error, lower and upper limit of a curve on a day.

    Raises NotEstimable when everybody has left before that day.
    """
    if day > curve.time[-1]:
        raise NotEstimable(f"nobody at risk on day {day}")
    step = np.searchsorted(curve.time, day, side="right") - 1
    if step < 0:
        return 1.0, 0.0, np.nan, np.nan
    return tuple(float(column[step]) for column in (curve.survival, curve.se, curve.ci_low, curve.ci_high))


def n_at_risk_at(outcome: Outcome, day: int) -> int:
    """Return how many people are at risk on a day: entry < day <= time."""
    return at_risk_on(outcome, day)


def median(curve: Curve) -> tuple[float, float, float]:
    """Return the day on which the curve passes a half, and its limits; NaN where a curve stays above a half."""
    return quantile(curve, 0.5)


def quantile(curve: Curve, p: float) -> tuple[float, float, float]:
    """Return the day by which a share `p` has had the event, and its limits; NaN where a curve never falls so far.

    As R `quantile(survfit, p)` (Brookmeyer and Crowley 1982): where the curve is exactly 1 - p over an interval, the
    middle of that interval. Unlike R, a height missed by rounding only counts as reached.
    """
    if not 0 < p < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not {p}")
    return tuple(_day_of(curve.time, column, p) for column in (curve.survival, curve.ci_low, curve.ci_high))


def rmst(outcome: Outcome, tau: int) -> Mean:
    """Return the restricted mean time to the event in days: the area below the curve from 0 to `tau`.

    Variance: sum over event days of (area from that day to tau)^2 d / (n (n - d)), as R `print(survfit, rmean = tau)`;
    with weights that are not whole, by the infinitesimal jackknife.

    Raises
    ------
    NotEstimable
        Nobody at risk, or nobody at risk on day `tau` while the curve is above 0.
    """
    table = count_days(entered_before(outcome, tau))
    survival = _survival(table)
    refuse_beyond_follow_up(table.day, survival, tau)
    area = area_between(table.day, survival, tau)
    remaining = np.cumsum(area[::-1])[::-1]
    if _whole_weights(table):
        variance = np.sum(remaining[1:] ** 2 * _greenwood(table))
    else:
        variance = np.sum((table.weight * at_exit(table, _log_change(table, remaining[1:]))) ** 2)
    return Mean(float(remaining[0]), float(np.sqrt(variance)))


def entered_before(outcome: Outcome, tau: int) -> Outcome:
    """Return the cases that say something about the days up to `tau`: those who enter before it.

    Raises ValueError unless tau is above 0.
    """
    if tau <= 0:
        raise ValueError(f"tau must be above 0, not {tau}")
    early = outcome.entry < tau
    return outcome if early.all() else outcome.take(early)


def area_between(day: np.ndarray, height: np.ndarray, tau: int) -> np.ndarray:
    """Return the area below a step curve before its first step and after each step, from 0 to `tau`: (days + 1,)."""
    edges = np.concatenate([[0], np.minimum(np.maximum(day, 0), tau), [tau]])
    return np.diff(edges) * np.concatenate([[1.0], height])


def refuse_beyond_follow_up(day: np.ndarray, still_there: np.ndarray, tau: int) -> None:
    """Raise NotEstimable when nobody is followed to `tau` and the curve is above 0; R would extend its last value."""
    if day[-1] < tau and still_there[-1] > 0:
        raise NotEstimable(f"nobody at risk on day {tau}; follow-up ends on day {day[-1]}")


def _survival(table: DayTable) -> np.ndarray:
    factor = 1 - table.events / table.at_risk
    factor[table.after_events == 0] = 0.0  # exactly, whatever the weights add up to
    return np.cumprod(factor)


def _whole_weights(table: DayTable) -> bool:
    return table.weight is None or bool(np.all(table.weight == np.floor(table.weight)))


def _greenwood(table: DayTable) -> np.ndarray:
    # When all at risk have the event the curve is 0: nothing is left below it, and R too counts no variance.
    left = table.after_events
    return np.divide(table.events, table.at_risk * left, out=np.zeros(left.size), where=left > 0)


def _log_change(table: DayTable, per_day: np.ndarray | float = 1.0) -> Influence:
    """Minus the derivative of the sum over days of per_day x log(1 - hazard)."""
    left = table.after_events
    per_survivor = np.divide(table.at_risk, left, out=np.zeros(left.size), where=left > 0)
    return influence(table, per_survivor * per_day, np.zeros(left.size))


def _day_of(time: np.ndarray, height: np.ndarray, p: float) -> float:
    """R's findq: the first height at or below 1 - p, and the first clearly below it; the middle of the two days."""
    day, fallen = np.concatenate([[0], time]), np.concatenate([[0.0], 1 - height])
    _, first = np.unique(fallen, return_index=True, equal_nan=True)
    first = np.sort(first)  # one row per height, the earliest; then, as R's approx does, in order of height
    day, fallen = day[first], fallen[first]
    at, below = (_smallest_from(fallen, p + shift) for shift in (-_SAME, _SAME))
    if at is None:
        return float("nan")
    if abs(fallen[-1] - p) < _SAME:
        return float(day[at] + time[-1]) / 2
    return float("nan") if below is None else float(day[at] + day[below]) / 2


def _smallest_from(values: np.ndarray, bound: float) -> int | None:
    reached = np.flatnonzero(values >= bound)  # NaN compares false
    return int(reached[np.argmin(values[reached])]) if reached.size else None
