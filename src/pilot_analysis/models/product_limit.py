"""Kaplan-Meier with Greenwood's variance: curve, milestones, median, restricted mean.

- As R `survfit(Surv(time, event) ~ 1, conf.type = "log-log")`; delayed entry as `Surv(entry, time, event)`.
- Competing exits count as censored here; `competing` counts them as what they are.
- Nothing is extrapolated: beyond the last day on which anybody is at risk there is no number, unless the curve is 0.
"""

from dataclasses import dataclass

import numpy as np

from pilot_analysis.models.arithmetic import Mean, log_log_interval
from pilot_analysis.models.days import at_risk_on, count_days
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

_SAME = float(np.sqrt(np.finfo(float).eps))  # heights this close are one height, as in R's quantile.survfit


@dataclass(frozen=True)
class Curve:
    """A curve that starts at 1 and steps on the days in `time`; arrays of shape (days,).

    `n_at_risk` is the risk set of the day itself; `n_censored` counts everybody who leaves without the event; `se` is
    that of the height and NaN where the height is 0; limits are NaN where it is 0 or 1.
    """

    time: np.ndarray
    n_at_risk: np.ndarray
    n_events: np.ndarray
    n_censored: np.ndarray
    survival: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray


def kaplan_meier(outcome: Outcome, level: float = 0.95) -> Curve:
    """Return the product-limit curve of the time to the event, a step per day on which somebody leaves.

    Standard error by Greenwood, log(-log) limits. Raises NotEstimable when nobody is in the outcome.
    """
    table = count_days(outcome)
    survival = np.cumprod(1 - table.events / table.at_risk)
    relative = np.sqrt(np.cumsum(_greenwood(table.at_risk, table.events)))
    se = np.where(survival > 0, survival * relative, np.nan)
    limits = log_log_interval(survival, se, level)
    return Curve(
        table.day, table.at_risk, table.events, table.competing + table.censored, survival, se, *limits
    )  # fmt: skip


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
    """Return the day on which the curve passes a half, and its limits; NaN where a curve stays above a half.

    As R `quantile(survfit, 0.5)` (Brookmeyer and Crowley 1982): where the curve is exactly a half over an interval, the
    middle of that interval. Unlike R, a half missed by rounding only counts as a half.
    """
    return tuple(_day_of_half(curve.time, column) for column in (curve.survival, curve.ci_low, curve.ci_high))


def rmst(outcome: Outcome, tau: int) -> Mean:
    """Return the restricted mean time to the event in days: the area below the curve from 0 to `tau`.

    Variance: sum over event days of (area from that day to tau)^2 d / (n (n - d)), as R `print(survfit, rmean = tau)`.

    Raises
    ------
    NotEstimable
        Nobody at risk, or nobody at risk on day `tau` while the curve is above 0.
    """
    table = count_days(outcome)
    survival = np.cumprod(1 - table.events / table.at_risk)
    refuse_beyond_follow_up(table.day, survival, tau)
    area = area_between(table.day, survival, tau)
    remaining = np.cumsum(area[::-1])[::-1]
    variance = np.sum(remaining[1:] ** 2 * _greenwood(table.at_risk, table.events))
    return Mean(float(remaining[0]), float(np.sqrt(variance)))


def area_between(day: np.ndarray, height: np.ndarray, tau: int) -> np.ndarray:
    """Return the area below a step curve before its first step and after each step, from 0 to `tau`: (days + 1,)."""
    edges = np.concatenate([[0], np.clip(day, 0, tau), [tau]])
    return np.diff(edges) * np.concatenate([[1.0], height])


def refuse_beyond_follow_up(day: np.ndarray, still_there: np.ndarray, tau: int) -> None:
    """Raise NotEstimable when nobody is followed to `tau` and the curve is above 0; R would extend its last value."""
    if tau <= 0:
        raise ValueError(f"tau must be above 0, not {tau}")
    if day[-1] < tau and still_there[-1] > 0:
        raise NotEstimable(f"nobody at risk on day {tau}; follow-up ends on day {day[-1]}")


def _greenwood(at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
    # When all at risk have the event the curve is 0: nothing is left below it, and R too counts no variance.
    left = at_risk - events
    return np.divide(events, at_risk * left, out=np.zeros(events.size), where=left > 0)


def _day_of_half(time: np.ndarray, height: np.ndarray) -> float:
    """R's findq: the first height at or below a half, and the first clearly below it; the middle of the two days."""
    day, fallen = np.concatenate([[0], time]), np.concatenate([[0.0], 1 - height])
    _, first = np.unique(fallen, return_index=True, equal_nan=True)
    first = np.sort(first)  # one row per height, the earliest; then, as R's approx does, in order of height
    day, fallen = day[first], fallen[first]
    at, below = (_smallest_from(fallen, 0.5 + shift) for shift in (-_SAME, _SAME))
    if at is None:
        return float("nan")
    if abs(fallen[-1] - 0.5) < _SAME:
        return float(day[at] + time[-1]) / 2
    return float("nan") if below is None else float(day[at] + day[below]) / 2


def _smallest_from(values: np.ndarray, bound: float) -> int | None:
    reached = np.flatnonzero(values >= bound)  # NaN compares false
    return int(reached[np.argmin(values[reached])]) if reached.size else None
