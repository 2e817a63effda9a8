"""Proportional hazards: the score test of effects that change over time, and what they look like.

- Each column gets a partner, the column times g(day), with coefficient 0; the test is the score test of the partners
  at the fitted model, with the exact information (R `cox.zph` since 3.0; the older test on scaled Schoenfeld residuals
  takes the variance as constant and may be far off).
- The information of the partners needs the sums over risk sets weighted with 1, g and g^2: linear in the rows.
- `effect_over_time` is one Newton step from the fitted model to one in which a column has an effect per interval.
- Not estimable: a time function that does not vary over the event days, a column that varies on one event day only.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Test, chi_squared_test
from pilot_analysis.models.cox import CoxFit
from pilot_analysis.models.cox_residuals import event_sums, information, risk_sets
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier

_SINGULAR = 1e-10  # smallest eigenvalue of the information scaled to a unit diagonal
_LEAST_EVENTS = 10  # of an interval: its estimate shows no single person


class EffectOverTime(NamedTuple):
    """Effect (coefficient) of a column per interval (low, high] of days; arrays of shape (intervals,)."""

    low: np.ndarray
    high: np.ndarray
    n_events: np.ndarray
    estimate: np.ndarray
    se: np.ndarray


def proportional_hazards(fit: CoxFit, groups=None, transform="km") -> list[Test]:
    """Test whether effects are constant over time: a test for each group of columns, and last the global test.

    Parameters
    ----------
    fit
        Efron's or Breslow's ties.
    groups
        Lists of column numbers tested together (the levels of one variable); None: each column by itself.
    transform
        g(day): "km" (1 - Kaplan-Meier just before the day, without weights and strata), "identity", "rank" (of all
        exits, ties averaged), "log", or a function of an array of days.

    Raises
    ------
    NotEstimable
        The time function does not vary over event days, or a column varies among people at risk only where it does not.
    ValueError
        An unknown transform or column; log with a day at or before 0; exact ties.

    R `cox.zph(fit, transform, terms = TRUE)`; Grambsch and Therneau 1994, as implemented since survival 3.0.
    """
    data, p = fit.data, fit.coef.size
    if not p:
        raise NotEstimable("the model has no columns to test")
    groups = [[k] for k in range(p)] if groups is None else [sorted(set(group)) for group in groups]
    if any(not group or min(group) < 0 or max(group) >= p for group in groups):
        raise ValueError(f"groups of columns must hold numbers from 0 to {p - 1}")
    effect = _standardised(_of_day(data.outcome, data.day, transform), np.bincount(data.own))
    sets = risk_sets(data, fit.coef)
    score = effect @ event_sums(data, sets)
    plain, cross, square = (information(data, sets, effect**power) for power in (0, 1, 2))
    both = np.block([[plain, cross], [cross, square]])
    return [_score_test(both, score, np.array(group)) for group in [*groups, range(p)]]


def effect_over_time(fit: CoxFit, column: int, bins, least: int = _LEAST_EVENTS) -> EffectOverTime:
    """Return the log hazard ratio of a column per interval of days, the other effects held constant over time.

    One Newton step from the constant effect: R `coxph(init = coef, iter.max = 1)` after `survSplit`. It is the mean of
    scaled Schoenfeld residuals, with the variance of the interval instead of the average one.

    Parameters
    ----------
    fit
        Efron's or Breslow's ties.
    column
        Number of the column.
    bins
        Increasing days that cut the follow-up into intervals (low, high], or how many intervals with about equally many
        events. Intervals with fewer than `least` events are joined to the next, the last to the one before.
    least
        Fewest events of an interval.

    Raises
    ------
    NotEstimable
        Fewer than `least` events; in an interval the column does not vary among people at risk.
    """
    data, p = fit.data, fit.coef.size
    if not 0 <= column < p:
        raise ValueError(f"there is no column {column}")
    cuts = _cuts(data.day[data.own], bins, least)
    place = np.searchsorted(cuts, data.day, side="left")
    sets = risk_sets(data, fit.coef)
    sums, others = event_sums(data, sets), np.delete(np.arange(p), column)
    inside = [(place == k).astype(float) for k in range(cuts.size + 1)]
    parts = [information(data, sets, each) for each in inside]
    score = np.concatenate([np.zeros(p - 1), [each @ sums[:, column] for each in inside]])
    across = np.column_stack([part[others, column] for part in parts])
    own = np.diag([part[column, column] for part in parts])
    both = np.block([[sum(parts)[np.ix_(others, others)], across], [across.T, own]])
    inverse = _inverse(both, "the column does not vary among people at risk in an interval of time")
    step, variance = (inverse @ score)[p - 1 :], np.diag(inverse)[p - 1 :]
    low, high = np.concatenate([[data.outcome.entry.min()], cuts]), np.concatenate([cuts, [data.outcome.time.max()]])
    events = np.bincount(np.searchsorted(cuts, data.day[data.own], side="left"), minlength=low.size)
    return EffectOverTime(low, high, events, fit.coef[column] + step, np.sqrt(variance))


def _of_day(outcome: Outcome, day: np.ndarray, transform) -> np.ndarray:
    """Return the function of time on each day."""
    if callable(transform):
        return np.asarray(transform(day), dtype=float)
    if transform == "identity":
        return day.astype(float)
    if transform == "log":
        if day.min() <= 0:
            raise ValueError("the logarithm needs days above 0")
        return np.log(day)
    if transform == "rank":
        times = np.sort(outcome.time)
        return (np.searchsorted(times, day, side="left") + np.searchsorted(times, day, side="right") + 1) / 2
    if transform == "km":
        curve = kaplan_meier(Outcome(outcome.entry, outcome.time, outcome.state))
        return 1 - np.concatenate([[1.0], curve.survival])[np.searchsorted(curve.time, day, side="left")]
    raise ValueError(f"the transform is km, identity, rank, log or a function, not {transform}")


def _standardised(values: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Centre and scale over events: no test changes, and the information is well conditioned."""
    centred = values - np.average(values, weights=events)
    spread = np.sqrt(np.average(centred**2, weights=events))
    if not np.all(np.isfinite(values)) or spread <= 1e-12 * np.abs(values).max():
        raise NotEstimable("the function of time does not vary over the days with events")
    return centred / spread


def _score_test(both: np.ndarray, score: np.ndarray, group: np.ndarray) -> Test:
    """Score test of the partners of a group beside all columns, whose own score is zero."""
    p = score.size
    rows = np.concatenate([np.arange(p), p + group])
    inverse = _inverse(both[np.ix_(rows, rows)], "a column varies among people at risk on too few event days")
    chosen = score[group]
    return chi_squared_test(float(chosen @ inverse[p:, p:] @ chosen), group.size)


def _inverse(matrix: np.ndarray, reason: str) -> np.ndarray:
    diagonal = np.diag(matrix)
    if np.all(diagonal > 0):
        scale = 1 / np.sqrt(diagonal)
        value, vector = np.linalg.eigh(matrix * np.outer(scale, scale))
        if value[0] > _SINGULAR:
            return (vector / value) @ vector.T * np.outer(scale, scale)
    raise NotEstimable(reason)


def _cuts(day: np.ndarray, bins, least: int) -> np.ndarray:
    """Days that cut the follow-up so that every interval has at least `least` events."""
    if day.size < least:
        raise NotEstimable(f"{day.size} events, fewer than {least}")
    if np.ndim(bins) == 0:
        if bins < 1:
            raise ValueError(f"the number of intervals is at least 1, not {bins}")
        wanted = np.sort(day)[np.linspace(0, day.size, int(bins) + 1)[1:-1].astype(int)]
    else:
        wanted = np.asarray(bins, dtype=float)
        if np.any(np.diff(wanted) <= 0):
            raise ValueError("the days that cut the follow-up must increase")
    kept, done = [], 0
    for cut in np.unique(wanted):
        upto = int(np.count_nonzero(day <= cut))
        if upto - done >= least and day.size - upto >= least:
            kept.append(cut)
            done = upto
    return np.array(kept)
