"""Weights that keep a case with a competing exit in later risk sets, on whole days.

- A case that left on day s counts on a later day t with W(t) / W(s): W(t) is the product-limit chance not to be
  censored before t, times that to have entered before t (Geskus 2011, Biometrics 67:39-49), within groups of cases.
- Who has an exit on a day is at risk of censoring that day, as in R `cmprsk::crr`. R's `survival::finegray` counts them
  as gone: the two agree where exits and censorings share no day.
- It fails where a group is not followed on some days in between: nothing is known of W across them. W then starts anew,
  and `starts` tells; the caller refuses to go across.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.days import days_until, distinct_days
from pilot_analysis.models.outcome import CENSORED, Outcome


class CensoringWeights(NamedTuple):
    """W by censoring group and day on which anybody enters or leaves, and what its estimate rests on."""

    day: np.ndarray
    height: np.ndarray  # (groups, days) W, up to a factor between days with nobody at risk; 0 after the last day
    last: np.ndarray  # (groups,) position of the last day on which anybody leaves
    starts: np.ndarray  # (groups, days) how often before that day the risk set filled from nothing
    gone: np.ndarray  # (groups, days) share censored of those at risk
    leave: np.ndarray  # (groups, days) 1 / number at risk of censoring
    come: np.ndarray  # (groups, days) share that entered that day of those at risk right after it
    arrive: np.ndarray  # (groups, days) 1 / number at risk right after it who had entered before
    exits: np.ndarray  # (n,) position of the day of exit
    entries: np.ndarray  # (n,) position of the day of entry


def censoring_weights(outcome: Outcome, group: np.ndarray) -> CensoringWeights:
    """Return W by group.

    Parameters
    ----------
    outcome
        n cases, at least one.
    group
        Number of the group of each case from 0 on, shape (n,), none of them empty.
    """
    day = distinct_days(np.concatenate([outcome.entry, outcome.time]))
    shape = (int(group.max()) + 1, day.size)
    exits, entries = (days_until(day, when) - 1 for when in (outcome.time, outcome.entry))

    def by_day(index, value):
        sums = np.bincount(group * shape[1] + index, weights=value, minlength=shape[0] * shape[1])
        return sums.reshape(shape)

    def flows(value):
        left, entered = by_day(exits, value), by_day(entries, value)
        after = np.cumsum(entered - left, axis=1)
        return entered, after, by_day(exits, value * (outcome.state == CENSORED)), before_each_day(after, 0.0)

    entered, after, censored, at_risk = flows(outcome.counts)
    # People are counted too: sums of weights are rounded.
    people_entered, people_after, people_censored, people = flows(np.ones(len(outcome)))
    all_censored = people_censored == people
    gone = np.where(all_censored, people > 0, _over(censored, at_risk, people > 0))
    # Where everybody at risk is new nothing is known of the days before: W starts anew.
    new = (people_entered > 0) & (people_after == people_entered)
    beside = (people_entered > 0) & ~new & (people_after > 0)
    come = _over(entered, after, beside)
    uncensored = before_each_day(np.cumprod(np.where(all_censored, 1.0, 1 - gone), axis=1), 1.0)
    in_time = np.cumprod((1 - come)[:, ::-1], axis=1)[:, ::-1]
    last = np.array([np.flatnonzero(row)[-1] for row in by_day(exits, None)])
    return CensoringWeights(
        day=day,
        height=np.where(np.arange(day.size) > last[:, None], 0.0, uncensored * in_time),
        last=last,
        starts=before_each_day(np.cumsum(new, axis=1), 0),
        gone=gone,
        leave=_over(1.0, at_risk, people > 0),
        come=come,
        arrive=_over(1.0, after - entered, beside),
        exits=exits,
        entries=entries,
    )


def before_each_day(values: np.ndarray, start: float) -> np.ndarray:
    """Return values of (groups, days, ...) as they stand before each day."""
    return np.concatenate([np.full_like(values[:, :1], start), values[:, :-1]], axis=1)


def _over(top, bottom: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros(bottom.shape), where=where)
