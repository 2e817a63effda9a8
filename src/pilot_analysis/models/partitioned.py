"""Mean of an amount that accumulates over time when follow-up ends early: partitioned inverse-probability weighting.

- As Bang and Tsiatis 2000 (Biometrika 87:329-343), partitioned estimator: in each interval the amounts of those seen
  through it count with one over the chance to be seen so far; a mean per interval, and the sum of these means.
- The chance is that of two things together, both counted since the day on which watching a case began (`start`:
  enrolment). The cut-off is known for every case, whatever became of it, so its part is simply the share of the group
  (organisation) that could be watched so long. Being lost before the cut-off is the product-limit chance not to be lost
  before the day, within `loss_group`. Counted since the origin instead, late enrolment would pass for a late cut-off:
  who enrols late is seen to a later day and, still absent then, costs more. Where the cut-off ends nobody's year in a
  group, its chance is 1.
- Somebody after whose last day nothing is to come (`complete`) is seen through every later interval, with amount 0.
- Weights are scaled to their sum in each interval, so that a constant amount has that constant as its mean.
- Standard error: root of the summed squares of the derivatives to each case's weight, those through the estimated
  chances included (infinitesimal jackknife).

It fails (`NotEstimable`) where nobody chosen is seen through an interval. A group of which nobody could be seen so long
counts in no later interval: `least_seen` says how near that is, and the caller decides.
"""

from dataclasses import dataclass

import numpy as np

from pilot_analysis.models.not_estimable import NotEstimable


@dataclass(frozen=True)
class Watched:
    """How long cases could be and were watched, in whole days from the origin; arrays of shape (n,).

    `limit` is the last day that could be seen, `last` the last that was; `start` the day on which watching began, from
    which chances count; `ends` (intervals,) are the days by which each interval is over: it is seen through when `last`
    is that day or later.
    """

    limit: np.ndarray
    last: np.ndarray
    complete: np.ndarray
    group: np.ndarray
    loss_group: np.ndarray
    ends: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, limit, last, complete, group, loss_group, ends, start=0) -> "Watched":
        """Check and build; labels of groups may be anything. Raises ValueError when last > limit or ends fall."""
        limit, last, ends, start = (np.asarray(days, dtype=np.int64) for days in (limit, last, ends, start))
        if np.any(last > limit):
            raise ValueError(f"{np.count_nonzero(last > limit)} cases were seen beyond the last day that can be seen")
        if ends.size == 0 or np.any(np.diff(ends) <= 0):
            raise ValueError("intervals must end one after the other")
        codes = (np.unique(np.asarray(label), return_inverse=True)[1] for label in (group, loss_group))
        return cls(limit, last, np.asarray(complete, dtype=bool), *codes, ends, np.broadcast_to(start, last.shape))

    def __len__(self) -> int:
        return self.last.size

    @property
    def horizon(self) -> int:
        """The day on which the last interval is over."""
        return int(self.ends[-1])

    @property
    def lost(self) -> np.ndarray:
        """Whose follow-up ended before the cut-off and the horizon, with more to come."""
        return ~self.complete & (self.last < np.minimum(self.limit, self.horizon))

    @property
    def needed(self) -> np.ndarray:
        """Day up to which a case must be seen for each interval to be known of it: (n, intervals)."""
        return np.where(self.complete[:, None], np.minimum(self.last[:, None], self.ends), self.ends)

    @property
    def known(self) -> np.ndarray:
        """Whether each interval is known of each case: (n, intervals)."""
        return self.last[:, None] >= self.needed

    @property
    def room(self) -> np.ndarray:
        """How many days each case could be watched, from 0 on (n,); all there are where no year of the group is cut."""
        cut = np.bincount(self.group, weights=self.limit < self.horizon) > 0
        return np.where(cut[self.group], self.limit - self._zero, self.span)

    @property
    def stayed(self) -> np.ndarray:
        """How many days each case was watched, up to the horizon: (n,)."""
        return np.minimum(self.last, self.horizon) - self._zero

    @property
    def due(self) -> np.ndarray:
        """How many days each case must be watched for each interval to be known of it: (n, intervals)."""
        return np.maximum(self.needed - self._zero[:, None], 0)

    @property
    def span(self) -> int:
        """How many days to keep account of: 0 .. the most that can be due."""
        return int(np.max(self.horizon - self._zero, initial=0)) + 1

    @property
    def _zero(self) -> np.ndarray:
        """Day that counts as 0: `start`, and earlier where for some follow-up or the year had ended by then."""
        return self.start + int(np.min(np.minimum(self.last, self.horizon) - self.start, initial=0))


@dataclass(frozen=True)
class PartitionedMeans:
    """Means of several amounts, their standard errors (amounts,), and derivatives to case weights (n, amounts)."""

    estimate: np.ndarray
    se: np.ndarray
    influence: np.ndarray


def least_seen(watched: Watched) -> float:
    """Return the smallest share, over groups, of cases that could be seen to the horizon."""
    if not len(watched):
        return 0.0
    size = np.bincount(watched.group)
    return float((np.bincount(watched.group, weights=watched.limit >= watched.horizon) / size).min())


def batch_partitioned_means(
    amount: np.ndarray, watched: Watched, chosen: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return weighted means of many resamples at once.

    Parameters
    ----------
    amount
        What each case has in each interval, (n, intervals, amounts), any unit; what lies beyond `last` is 0.
    chosen
        Whose mean is wanted, (n,) booleans; the chances are estimated from everybody.
    weights
        How often each case is in each resample, (replicates, n).

    Returns
    -------
    Means in the unit of the amounts, (replicates, amounts); NaN where nobody chosen is seen through an interval.
    """
    could, kept = _chances(watched, weights)
    due, known = watched.due, watched.known
    means = np.zeros((len(weights), amount.shape[2]))
    for place in range(watched.ends.size):
        rows = np.flatnonzero(chosen & known[:, place])
        day = due[rows, place]
        chance = could[:, watched.group[rows], day] * kept[:, watched.loss_group[rows], day]
        share = np.divide(weights[:, rows], chance, out=np.zeros(chance.shape), where=chance > 0)
        total = share.sum(axis=1)
        scale = np.divide(1.0, total, out=np.full(total.shape, np.nan), where=total > 0)
        means += scale[:, None] * (share @ amount[rows, place])
    return means


def partitioned_means(amount: np.ndarray, watched: Watched, chosen: np.ndarray) -> PartitionedMeans:
    """Return the means of the chosen with their standard errors; parameters as in `batch_partitioned_means`.

    Raises
    ------
    NotEstimable
        Nobody chosen is seen through an interval.
    """
    everybody = np.ones((1, len(watched)))
    could, kept = (chance[0] for chance in _chances(watched, everybody))
    due, known = watched.due, watched.known & chosen[:, None]
    if not known.any(axis=0).all():
        raise NotEstimable("nobody is seen through every interval")
    chance = could[watched.group[:, None], due] * kept[watched.loss_group[:, None], due]
    share = np.divide(1.0, chance, out=np.zeros(chance.shape), where=known)
    share /= share.sum(axis=0)
    mean = np.einsum("nj,njm->jm", share, amount)
    part = share[:, :, None] * (amount - mean)  # derivative to each case's own weight, the chances as they are
    influence = part.sum(axis=1)
    for which in range(amount.shape[2]):
        influence[:, which] -= _through_cutoffs(part[:, :, which], watched)
        influence[:, which] -= _through_losses(part[:, :, which], watched)
    return PartitionedMeans(mean.sum(axis=0), np.sqrt((influence**2).sum(axis=0)), influence)


def _chances(watched: Watched, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By replicate, group and days watched: share that could be watched so long; chance not to be lost before."""
    span, room, stayed = watched.span, watched.room, watched.stayed
    could = np.empty((len(weights), watched.group.max(initial=0) + 1, span))
    for group in range(could.shape[1]):
        rows = np.flatnonzero(watched.group == group)
        seen = _from(_on(room[rows], weights[:, rows], span))
        could[:, group] = _over(seen, weights[:, rows].sum(axis=1)[:, None])
    kept = np.ones((len(weights), watched.loss_group.max(initial=0) + 1, span))
    for group in range(kept.shape[1]):
        rows = np.flatnonzero(watched.loss_group == group)
        gone = rows[watched.lost[rows]]
        at_risk = _from(_on(stayed[rows], weights[:, rows], span))
        lost = _on(stayed[gone], weights[:, gone], span)
        kept[:, group, 1:] = np.cumprod(1 - _over(lost, at_risk), axis=1)[:, :-1]
    return could, kept


def _on(day: np.ndarray, weights: np.ndarray, span: int) -> np.ndarray:
    """Sum of weights (replicates, cases) by day (cases,), the last for that day and later: (replicates, span)."""
    place = np.arange(len(weights))[:, None] * span + np.minimum(day, span - 1)
    return np.bincount(place.ravel(), weights.ravel(), len(weights) * span).reshape(-1, span)


def _from(by_day: np.ndarray) -> np.ndarray:
    """Sum over each day and those after it."""
    return by_day[:, ::-1].cumsum(axis=1)[:, ::-1]


def _by_day(part: np.ndarray, watched: Watched, label: np.ndarray) -> np.ndarray:
    """Sum of `part` (n, intervals) by group and days due: (groups, span)."""
    span = watched.span
    place = (label[:, None] * span + watched.due * watched.known).ravel()
    return np.bincount(place, weights=part.ravel(), minlength=(label.max(initial=0) + 1) * span).reshape(-1, span)


def _through_cutoffs(part: np.ndarray, watched: Watched) -> np.ndarray:
    """Derivative of the mean to each case's weight through the shares that could be seen."""
    by_day = _by_day(part, watched, watched.group)
    days, room = np.arange(watched.span), watched.room
    result = np.zeros(len(watched))
    for group in range(len(by_day)):
        rows = np.flatnonzero(watched.group == group)
        seen = _from(_on(room[rows], np.ones((1, rows.size)), days.size))[0]
        cumulated = np.cumsum(_over(by_day[group], seen))
        result[rows] = cumulated[np.minimum(room[rows], days[-1])] - by_day[group].sum() / rows.size
    return result


def _through_losses(part: np.ndarray, watched: Watched) -> np.ndarray:
    """Derivative of the mean to each case's weight through the chance not to be lost."""
    by_day = _by_day(part, watched, watched.loss_group)
    days, watching = np.arange(watched.span), watched.stayed
    result = np.zeros(len(watched))
    for group in range(len(by_day)):
        rows = np.flatnonzero(watched.loss_group == group)
        later = by_day[group].sum() - np.cumsum(by_day[group])
        at_risk = _from(_on(watching[rows], np.ones((1, rows.size)), days.size))[0]
        lost = np.bincount(watching[rows][watched.lost[rows]], minlength=days.size)
        stayed = _over(later, at_risk - lost)
        cumulated = np.cumsum(stayed - _over(later, at_risk))
        until = watching[rows]
        result[rows] = cumulated[until] - watched.lost[rows] * stayed[until]
    return result


def _over(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float))
    return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom > 0)
