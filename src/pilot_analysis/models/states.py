"""Aalen-Johansen for people who move between any number of states: share in each state by day, days in each state.

- Rows are stays: under observation in a state over start < day <= stop, then on to another state or, where it is the
  same one, out of sight or into the next row. Delayed entry and gaps are allowed.
- Share in the states after a day = share before it x (moves of the day among those at risk in each state). It needs no
  Markov property for the shares (Datta and Satten 2001, Stat Probab Lett 55:403-411), only independent censoring.
- Shares start as those of the people at risk on the first day on which anybody moves, as R.
- Variance by the infinitesimal jackknife per case, as R `survfit(Surv(start, stop, state) ~ 1, id = , istate = )`:
  cases are independent, rows of one case are not.
- Nothing is extrapolated: no days in states to a tau where a share of more than one person of all sits in a state in
  which nobody is followed any more.
- Where people within a state differ (in AO%, in how long they are back): share in the state on a day x mean value among
  those observed in it that day. So few states will do, and none is left without people at the end.
- Cost: cases x days with a move x states squared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Mean
from pilot_analysis.models.days import sum_by
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


@dataclass(frozen=True)
class Occupation:
    """Shares in the states, stepping on the days in `day` (days on which somebody moves); arrays (days, states).

    Before the first of them the shares are `initial` with standard error `initial_se`, (states,). `n_at_risk` is by
    state, a sum of weights where there are weights. `days`, (states,), and their covariance are those from 0 to `tau`.
    """

    states: tuple
    last: int  # last day on which anybody is under observation
    day: np.ndarray
    n_at_risk: np.ndarray
    probability: np.ndarray
    se: np.ndarray
    initial: np.ndarray
    initial_se: np.ndarray
    tau: int | None = None
    days: np.ndarray | None = None
    days_cov: np.ndarray | None = None


class _Stays(NamedTuple):
    """Rows as positions: of the state they are in, of the one they move to, of the case; weight by case."""

    start: np.ndarray
    stop: np.ndarray
    origin: np.ndarray
    target: np.ndarray
    case: np.ndarray
    weight: np.ndarray
    states: tuple

    @property
    def moved(self) -> np.ndarray:
        return self.origin != self.target

    def at_risk(self, day: int) -> np.ndarray:
        return np.flatnonzero((self.start < day) & (self.stop >= day))


def state_occupation(start, stop, from_state, to_state, case, weight=None, tau: int | None = None) -> Occupation:
    """Return the share of people in each state by day, and with `tau` the mean days spent in each from 0 to `tau`.

    Parameters
    ----------
    start, stop
        Whole days, shape (rows,): under observation in `from_state` on the days start < day <= stop.
    from_state, to_state
        Labels of states (numbers or strings), shape (rows,): a move to `to_state` on day `stop`; the same label: none.
    case
        Labels of the people, shape (rows,).
    weight
        Case weights above 0, shape (rows,), the same in all rows of a case.
    tau
        Horizon in days; None for shares only.

    Raises
    ------
    NotEstimable
        Nobody is observed; or, on day `tau`, nobody is followed in states that hold people who could still move.
    ValueError
        Shapes that differ, days that are not whole, overlapping rows of a case, a row that starts where another left
        off but in another state, weights that differ within a case, a tau not above 0.
    """
    if tau is not None and tau <= 0:
        raise ValueError(f"tau must be above 0, not {tau}")
    stays = _checked(start, stop, from_state, to_state, case, weight)
    size, last = len(stays.states), int(stays.stop.max())
    day = np.unique(stays.stop[stays.moved])
    share, change = _initial(stays, int(day[0]) if day.size else last)
    initial, initial_se = share, _errors(change, stays.weight)
    area, area_change, since = np.zeros(size), np.zeros_like(change), 0
    at_risk, shares, errors = (np.zeros((day.size, size)) for _ in range(3))
    for k, today in enumerate(day):
        until = np.clip(today, 0, tau) if tau else 0
        area, area_change, since = area + (until - since) * share, area_change + (until - since) * change, until
        share, change, at_risk[k] = _step(stays, today, share, change)
        shares[k], errors[k] = share, _errors(change, stays.weight)
    occupation = Occupation(stays.states, last, day, at_risk, shares, errors, initial, initial_se)
    if tau is None:
        return occupation
    _refuse_unfollowed(stays, occupation_at(occupation, min(tau, last))[0], tau)
    weighted = stays.weight[:, None] * (area_change + (tau - since) * change)
    mean = area + (tau - since) * share
    return replace(occupation, tau=tau, days=mean, days_cov=weighted.T @ weighted)


def occupation_at(occupation: Occupation, day: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares in the states on a day and their standard errors; NotEstimable after the last day observed."""
    if day > occupation.last:
        raise NotEstimable(f"nobody at risk on day {day}")
    step = np.searchsorted(occupation.day, day, side="right") - 1
    if step < 0:
        return occupation.initial, occupation.initial_se
    return occupation.probability[step], occupation.se[step]


def days_in_states(occupation: Occupation, per_day: Mapping) -> Mean:
    """Return the mean weighted days in states from 0 to tau; {"absent": 1, "partial": 0.5}: others count 0."""
    if occupation.days is None:
        raise ValueError("no days in states: state_occupation was called without tau")
    unknown = set(per_day) - set(occupation.states)
    if unknown:
        raise ValueError(f"no such states: {', '.join(sorted(map(str, unknown)))}")
    value = np.array([per_day.get(state, 0.0) for state in occupation.states], dtype=float)
    return Mean(float(value @ occupation.days), float(np.sqrt(max(value @ occupation.days_cov @ value, 0.0))))


@dataclass(frozen=True)
class ValuedOccupation:
    """Means over people of values that differ within states, for the days 0 .. tau: (days, values); `days`, (values,).

    `mean[d]` is that of day d, `days` the sum over the days 0 .. tau - 1, or None where `why_no_days` says why not.
    """

    mean: np.ndarray
    se: np.ndarray
    days: np.ndarray | None
    days_se: np.ndarray
    why_no_days: str | None


def values_by_day(start, stop, from_state, to_state, case, value, tau: int, weight=None) -> ValuedOccupation:
    """Return the mean over people of values per day, where people within a state differ in them.

    A day gives: over the states, share in the state x mean value among those observed in it that day (the last known
    mean where nobody is). A state in which nobody is observed any more (`left`) has value 0. Without censoring this is
    the mean of everybody's own values. Variance: infinitesimal jackknife of both factors.

    Parameters
    ----------
    start, stop, from_state, to_state, case, weight
        As in `state_occupation`; on day d somebody is in the row with start <= d < stop.
    value
        Values per day of each row, shape (rows, values): 1 for those who count, AO%/100, ...
    tau
        Horizon in days.

    Raises
    ------
    NotEstimable
        Nobody is observed.
    ValueError
        As in `state_occupation`.
    """
    if tau <= 0:
        raise ValueError(f"tau must be above 0, not {tau}")
    stays, value = _checked(start, stop, from_state, to_state, case, weight), np.asarray(value, dtype=float)
    size, count = len(stays.states), value.shape[1]
    moves = set(stays.stop[stays.moved].tolist())
    share, change = _initial(stays, min(moves, default=int(stays.stop.max())))
    held_mean, total_change = np.zeros((size, count)), np.zeros((stays.weight.size, count))
    mean, se = np.zeros((tau + 1, count)), np.zeros((tau + 1, count))
    for today in range(tau + 1):
        if today in moves:
            share, change, _ = _step(stays, today, share, change)
        rows = stays.at_risk(today + 1)
        origin, people = stays.origin[rows], stays.case[rows]
        held = np.bincount(origin, stays.weight[people], minlength=size)
        seen = sum_by(origin, value[rows] * stays.weight[people][:, None], size)
        held_mean = np.divide(seen, held[:, None], out=held_mean, where=held[:, None] > 0)
        of_day = change @ held_mean
        of_day[people] += (share[origin] / held[origin])[:, None] * (value[rows] - held_mean[origin])
        mean[today], se[today] = share @ held_mean, _errors(of_day, stays.weight)
        if today < tau:
            total_change += of_day
    try:
        _refuse_unfollowed(stays, share, tau)
    except NotEstimable as problem:
        return ValuedOccupation(mean, se, None, np.zeros(count), str(problem))
    return ValuedOccupation(mean, se, mean[:tau].sum(axis=0), _errors(total_change, stays.weight), None)


def _checked(start, stop, from_state, to_state, case, weight) -> _Stays:
    from_state, to_state, case = map(np.asarray, (from_state, to_state, case))
    rows = Outcome.of(start, stop, np.zeros(from_state.shape, dtype=int), weight)  # whole days, start before stop
    if not len(rows):
        raise NotEstimable("nobody at risk")
    if not from_state.shape == to_state.shape == case.shape:
        raise ValueError(f"unequal lengths: states {from_state.shape}, {to_state.shape}, cases {case.shape}")
    states, position = np.unique(np.concatenate([from_state, to_state]), return_inverse=True)
    origin, target = position.reshape(2, -1)
    case = np.unique(case, return_inverse=True)[1]
    order = np.lexsort((rows.entry, case))
    same = np.diff(case[order]) == 0
    gap = (rows.entry[order][1:] - rows.time[order][:-1])[same]
    if np.any(gap < 0):
        raise ValueError(f"{np.count_nonzero(gap < 0)} rows overlap another row of the same case")
    if np.any((gap == 0) & (origin[order][1:] != target[order][:-1])[same]):
        raise ValueError("a row starts when another of the same case stops, but in another state")
    by_case = np.zeros(int(case.max()) + 1)
    by_case[case] = rows.counts
    if np.any(by_case[case] != rows.counts):
        raise ValueError("weights differ within a case")
    return _Stays(rows.entry, rows.time, origin, target, case, by_case, tuple(states.tolist()))


def _initial(stays: _Stays, day: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the people at risk on a day, and the derivative of each with respect to each case's weight."""
    rows = stays.at_risk(day)
    size, weight = len(stays.states), stays.weight[stays.case[rows]]
    share = np.bincount(stays.origin[rows], weight, minlength=size) / weight.sum()
    change = np.zeros((stays.weight.size, size))
    change[stays.case[rows]] = (np.eye(size)[stays.origin[rows]] - share) / weight.sum()
    return share, change


def _step(stays: _Stays, day: int, share: np.ndarray, change: np.ndarray) -> tuple:
    """Shares and derivatives after the moves of a day, and the people at risk in each state."""
    rows = stays.at_risk(day)
    origin, case = stays.origin[rows], stays.case[rows]
    size, weight = share.size, stays.weight[case]
    move = np.eye(size)[np.where(stays.stop[rows] == day, stays.target[rows], origin)] - np.eye(size)[origin]
    at_risk = np.bincount(origin, weight, minlength=size)
    per_person = np.divide(1.0, at_risk, out=np.zeros(size), where=at_risk > 0)
    hazard = sum_by(origin, move * weight[:, None], size) * per_person[:, None]
    onward = np.eye(size) + hazard
    change = change @ onward
    change[case] += (share * per_person)[origin][:, None] * (move - hazard[origin])
    return share @ onward, change, at_risk


def _errors(change: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.sqrt(weight**2 @ change**2)


def _refuse_unfollowed(stays: _Stays, share: np.ndarray, tau: int) -> None:
    """Raise where people, more than one of all of them, sit in states in which nobody is followed to tau."""
    followed, size = stays.at_risk(tau), len(stays.states)
    left = np.bincount(stays.origin, minlength=size) > 0  # states that somebody was ever seen in and could leave
    alone = left & (np.bincount(stays.origin[followed], minlength=size) == 0)
    if share[alone].sum() > (1 / stays.weight.size if followed.size else 1e-12):
        names = ", ".join(str(stays.states[k]) for k in np.flatnonzero(alone & (share > 0)))
        raise NotEstimable(f"nobody at risk on day {tau} in {names}")
