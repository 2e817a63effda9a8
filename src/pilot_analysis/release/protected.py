"""The protected life table: curves, errors and numbers at risk from counts between cuts, and nothing else.

- Counts of the event are those between its cuts. Another exit is spread evenly between its own cuts, which may be
  fewer, and after its last cut nobody more is counted: fewer than the threshold are not placed.
- Between two cuts who goes out of sight counts for half (actuarial); the exits that are told apart compete
  (Aalen-Johansen, or Kaplan-Meier with all but the event out of sight). Errors by the delta method, interval by
  interval (Greenwood's formula where one exit is left); limits on the log(-log) scale.
- Between two cuts heights lie on a straight line: milestones and medians are read there, where the interval is not
  wider than `WIDEST` days.

Everything shown is a function of counts that each hold enough people, so it tells no more than those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilot_analysis.release.ends import EVENT, OUT, Ends

WIDEST = 119  # days between two cuts beyond which a straight line says too little of a day in between
_HALF = 0.5


@dataclass(frozen=True)
class LifeTable:
    """`days` of the cuts from 0, (cuts + 1,); people still there after each; exits between two, (cuts,).

    `cuts` are the days at which each exit was counted.
    `share` of those who go out of sight counts as having had an exit that is not told apart (`hidden`).
    """

    n: int
    days: np.ndarray
    at_risk: np.ndarray
    exits: dict[str, np.ndarray]
    cuts: dict[str, list[int]]
    hidden: tuple[str, ...] = ()
    share: float = 0.0

    @property
    def told(self) -> tuple[str, ...]:
        """The exits that are told apart, the event first."""
        return tuple(name for name in self.exits if name != OUT)

    def last_day(self, least: int) -> float:
        """The last whole day on which enough people are at risk."""
        if self.at_risk[-1] >= least:
            return float(self.days[-1])
        return float(np.floor(np.interp(-least, -self.at_risk, self.days)))


@dataclass(frozen=True)
class Heights:
    """A curve on the days of a table: estimates, standard errors and limits, (cuts + 1,)."""

    days: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def on(self, day: float) -> tuple[float, float] | None:
        """Height and its error on a day; None beyond the last cut, or in an interval that is too wide to read."""
        after = int(np.searchsorted(self.days, day))
        if after == len(self.days) or (self.days[after] != day and self.days[after] - self.days[after - 1] > WIDEST):
            return None
        return tuple(float(np.interp(day, self.days, column)) for column in (self.estimate, self.se))

    def until(self, day: float) -> Heights:
        """The curve up to a day, with a point there."""
        if day >= self.days[-1]:
            return self
        days = np.append(self.days[self.days < day], day)
        columns = (np.interp(days, self.days, column) for column in (self.estimate, self.se, self.low, self.high))
        return Heights(days, *columns)

    def reaches(self, column: np.ndarray, height: float = _HALF) -> float | None:
        """The day on which a column first is on the other side of `height` than at the start; None as in `on`."""
        side = np.sign(column[0] - height)
        passed = np.flatnonzero((column - height) * side <= 0)
        if not passed.size or self.days[passed[0]] - self.days[passed[0] - 1] > WIDEST:
            return None
        k = passed[0]
        within = (column[k - 1] - height) / (column[k - 1] - column[k])
        return float(self.days[k - 1] + within * (self.days[k] - self.days[k - 1]))


def life_table(ends: Ends, cut: dict[str, list[int]], hidden: tuple[str, ...] = (), share: float = 0.0) -> LifeTable:
    """The table of one level on the cuts of its grid; `ends` has the exits of `cut`."""
    days = np.array([0, *cut[EVENT]])
    so_far = {}
    for name, counts in ends.upto.items():
        at = cut.get(name, [])
        so_far[name] = np.interp(days, [0, *at], [0, *(counts[day] for day in at)])
    at_risk = ends.n - sum(so_far.values())
    exits = {name: np.diff(counts) for name, counts in so_far.items()}
    return LifeTable(ends.n, days, at_risk, exits, cut, hidden, share)


def joined(tables: list[LifeTable]) -> LifeTable:
    """The table of people of several levels on one grid."""
    first = tables[0]
    exits = {name: sum(table.exits[name] for table in tables) for name in first.exits}
    people = sum(table.n for table in tables)
    at_risk = sum(table.at_risk for table in tables)
    return LifeTable(people, first.days, at_risk, exits, first.cuts, first.hidden, first.share)


def kaplan_meier(table: LifeTable, level: float) -> Heights:
    """Share without the event where nobody leaves otherwise."""
    out = sum(counts for name, counts in table.exits.items() if name != EVENT)
    height, se = _chain(table.at_risk, {EVENT: table.exits[EVENT]}, out, None)
    return _heights(table.days, height, se, level)


def incidence(table: LifeTable, level: float, name: str = EVENT) -> Heights:
    """Probability of an exit by each cut, the others that are known competing (Aalen-Johansen)."""
    return _heights(table.days, *_compete(table, name), level)


def not_returned(table: LifeTable, level: float) -> Heights:
    """One minus the probability of the event."""
    height, se = _compete(table, EVENT)
    return _heights(table.days, 1 - height, se, level)


def _compete(table: LifeTable, name: str) -> tuple[np.ndarray, np.ndarray]:
    causes = {exit_: counts for exit_, counts in table.exits.items() if exit_ != OUT}
    causes["not told apart"] = table.share * table.exits[OUT]
    return _chain(table.at_risk, causes, (1 - table.share) * table.exits[OUT], name)


def _chain(
    at_risk: np.ndarray, causes: dict[str, np.ndarray], out: np.ndarray, name: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Share of those still there (`name` None) or with an exit after each interval, and its standard error."""
    still, had, spread = 1.0, 0.0, np.zeros((2, 2))
    found = [(1.0 if name is None else 0.0, 0.0)]
    for k in range(len(out)):
        exposed = at_risk[k] - out[k] / 2
        own = causes[name][k] / exposed if name else 0.0
        gone = sum(counts[k] for counts in causes.values()) / exposed
        step = np.array([[1 - gone, 0.0], [own, 1.0]])
        chance = np.array([[gone * (1 - gone), -own * (1 - gone)], [-own * (1 - gone), own * (1 - own)]])
        spread = step @ spread @ step.T + still**2 / exposed * chance
        still, had = still * (1 - gone), had + still * own
        at = 0 if name is None else 1
        found.append(((still, had)[at], float(np.sqrt(max(spread[at, at], 0.0)))))
    height, se = np.array(found).T
    return height, se


def _heights(days: np.ndarray, height: np.ndarray, se: np.ndarray, level: float) -> Heights:
    return Heights(days, height, se, *limits(height, se, level))


def limits(height: np.ndarray, se: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits on the log(-log) scale; the height itself where it is 0 or 1 or has no error."""
    from scipy.special import ndtri

    inside = (height > 0) & (height < 1) & (se > 0)
    p, error = np.where(inside, height, _HALF), np.where(inside, se, 0.0)
    reach = np.exp(ndtri(0.5 + level / 2) * error / (p * -np.log(p)))
    return np.where(inside, p**reach, height), np.where(inside, p ** (1 / reach), height)
