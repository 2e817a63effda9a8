"""Cases grouped by whole day: the risk sets that all estimators share.

- A grid is the sorted distinct days on which somebody leaves (event, competing exit or censoring).
- The risk set of a day is everybody with entry < day <= time: people entered minus people gone, two cumulative sums.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, COMPETING, EVENT, Outcome

_WIDE = 100  # days of span per day counted beyond which sorting takes less memory


class DayTable(NamedTuple):
    """Sums of the weights per day, shape (days,), counts without weights; and where each case sits, shape (n,)."""

    day: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    competing: np.ndarray  # every cause from 2 on
    censored: np.ndarray
    after_events: np.ndarray  # at risk less events: exactly 0 where everybody at risk had the event
    after_exits: np.ndarray  # at risk less events and competing exits, exactly 0 likewise
    exit_index: np.ndarray  # the case's exit day
    entry_index: np.ndarray  # its first day at risk
    kind: np.ndarray  # its state, with all competing causes as one
    weight: np.ndarray | None


def distinct_days(days: np.ndarray) -> np.ndarray:
    """Return the sorted distinct values of whole days: counted where their span is short, else sorted."""
    if not days.size:
        return days
    first, last = days.min(), days.max()
    if last - first > _WIDE * days.size:
        return np.unique(days)
    return np.flatnonzero(np.bincount(days - first)) + first


def days_until(grid: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return for each of `days` how many days of the grid are on or before it; looked up where their span is short."""
    if days.size and (first := days.min()) + days.size > (last := days.max()):
        return np.searchsorted(grid, np.arange(first, last + 1), side="right")[days - first]
    return np.searchsorted(grid, days, side="right")


def count_days(outcome: Outcome) -> DayTable:
    """Group an outcome by the days on which somebody leaves.

    Raises
    ------
    NotEstimable
        Nobody is in the outcome.
    """
    if not len(outcome):
        raise NotEstimable("nobody at risk")
    first = outcome.time.min()
    left = np.bincount(outcome.time - first) > 0
    day, rank = np.flatnonzero(left) + first, np.cumsum(left)  # a look-up by day: quicker than searching
    exits, entries = rank[outcome.time - first] - 1, np.zeros(len(outcome), dtype=np.int64)
    late = np.flatnonzero(outcome.entry >= first)
    entries[late] = rank[outcome.entry[late] - first]
    kind = np.minimum(outcome.state, COMPETING)
    at_risk, by_kind, *after = _counted(day.size, kind, exits, entries, None)
    if outcome.weight is not None:
        heads = after
        at_risk, by_kind, *after = _counted(day.size, kind, exits, entries, outcome.weight)
        for rest, people in zip(after, heads, strict=True):
            rest[people == 0] = 0.0  # sums of weights are rounded, heads are not
    sums = (by_kind[k] for k in (EVENT, COMPETING, CENSORED))
    return DayTable(day, at_risk, *sums, *after, exits, entries, kind, outcome.weight)


def _counted(days: int, kind: np.ndarray, exits: np.ndarray, entries: np.ndarray, weight: np.ndarray | None) -> tuple:
    """At risk, exits by kind, at risk less events, at risk less events and competing exits."""
    by_kind = np.bincount(kind * days + exits, weight, minlength=3 * days).reshape(3, days)
    # Entry may fall after the last exit of others, never after one's own: index `days` stays empty.
    change = by_kind.sum(axis=0)
    change[:-1] -= np.bincount(entries, weight, minlength=days)[1:]
    at_risk = np.cumsum(change[::-1])[::-1]  # from the end, where risk sets are small and rounding would show
    after_events = at_risk - by_kind[EVENT]
    return at_risk, by_kind, after_events, after_events - by_kind[COMPETING]


def at_risk_on(outcome: Outcome, day: int) -> int:
    """Return how many people are at risk on a day: entry < day <= time."""
    return int(np.count_nonzero((outcome.entry < day) & (outcome.time >= day)))


class EventGrid(NamedTuple):
    """Cases on the grid of strata x event days: at risk in the cells of their stratum after `entered`, up to `left`.

    Cells are numbered row by row; the first column of the grid stands for "before the first event day".
    """

    shape: tuple[int, int]  # strata, event days + 1
    left: np.ndarray  # (n,) cell of the last event day up to exit: for an event, its own day
    entered: np.ndarray  # (n,) cell of the last event day up to entry
    late: np.ndarray  # positions of the cases that enter on or after the first event day
    happened: np.ndarray  # positions of the cases with the event

    @classmethod
    def of(cls, outcome: Outcome, strata=None) -> "EventGrid":
        """Place the cases; `strata` are labels of shape (n,) or None."""
        stratum = np.zeros(len(outcome), dtype=np.int64)
        if strata is not None:
            stratum = np.unique(np.asarray(strata), return_inverse=True)[1]
        if stratum.shape != outcome.time.shape:
            raise ValueError(f"strata have shape {stratum.shape}, the outcome {len(outcome)} cases")
        happened = np.flatnonzero(outcome.cause_specific)
        day = distinct_days(outcome.time[happened])
        shape = (int(stratum.max(initial=0)) + 1, day.size + 1)
        start, position = stratum * shape[1], days_until(day, outcome.entry)
        return cls(
            shape, start + days_until(day, outcome.time), start + position, np.flatnonzero(position > 0), happened
        )

    def in_risk_set(self, values: np.ndarray) -> np.ndarray:
        """Sum rows of values (n, q) over the risk set of each cell: (cells, q)."""
        cells = self.shape[0] * self.shape[1]
        change = sum_by(self.left, values, cells)
        if self.late.size:
            change -= sum_by(self.entered[self.late], values[self.late], cells)
        change = change.reshape(*self.shape, -1)
        return np.cumsum(change[:, ::-1], axis=1)[:, ::-1].reshape(cells, -1)

    def events(self, values: np.ndarray) -> np.ndarray:
        """Sum rows of values (n, q) over the events of each cell: (cells, q)."""
        return sum_by(self.left[self.happened], values[self.happened], self.shape[0] * self.shape[1])


def sum_by(index: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    """Sum rows of values (n, q) by index into (length, q)."""
    columns = values.shape[1]
    flat = (index[:, None] * columns + np.arange(columns)).ravel()
    return np.bincount(flat, weights=values.ravel(), minlength=length * columns).reshape(length, columns)
