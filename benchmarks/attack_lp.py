"""Feasible ranges: the least and the most that each unknown can be, by linear programming (HiGHS).

- First the limits are passed along the relations: what that makes narrow enough is narrow.
- One programme is solved for all parts of the book at once; parts that share no relation do not disturb each other.
- Every feasible point proves that a range is at least so wide. Points with the goals of all cells that are not yet
  proved are found first, in directions drawn by chance from a fixed seed; only what they leave is solved one by one,
  in its own part.
- People are whole: a range is from the least whole number in it to the most.
- Fails with `ValueError` when nothing is feasible: then the intruder's arithmetic contradicts itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attack_book import Book
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

_SLACK, _ROUNDS, _PASSES = 1e-6, 8, 12
_MOST = 4000.0  # people: far more than any trial here has
_FAR = 40.0  # above the least of a cell that is sought: wide enough to prove its range
Span = tuple[float, float]


class Ranges:
    """The programme of a book, and what is known so far of the ranges of its cells."""

    def __init__(self, book: Book) -> None:
        self.size = len(book.low)
        self.low, self.high = np.array(book.low), np.minimum(book.high, _MOST)
        entries = [
            (row, cell, value) for row, (terms, _, _) in enumerate(book.relations) for cell, value in terms.items()
        ]
        self.rows, self.cells, self.values = (np.array(column) for column in zip(*entries, strict=True))
        shape = (len(book.relations), self.size)
        self.matrix = csr_array((self.values, (self.rows, self.cells)), shape=shape, dtype="float64")
        limits = np.array([limits for _, *limits in book.relations], dtype=float)
        self.least, self.most = limits[:, 0], limits[:, 1]
        self._pass_on()
        open_ = self.high - self.low > _SLACK
        moving = self.matrix * open_[None, :]
        _, self.part = connected_components(csr_array(moving.T @ moving), directed=False)
        self.seen_low, self.seen_high = np.full(self.size, np.inf), np.full(self.size, -np.inf)

    def _pass_on(self) -> None:
        """Narrow the limits of every cell by those of the others in each of its relations."""
        down = np.where(self.values > 0, self.values, 0), np.where(self.values < 0, self.values, 0)
        for _ in range(_PASSES):
            low, high = self.low[self.cells], self.high[self.cells]
            smallest, largest = down[0] * low + down[1] * high, down[0] * high + down[1] * low
            sums = [np.bincount(self.rows, weights=of, minlength=len(self.least)) for of in (smallest, largest)]
            rest_low, rest_high = sums[0][self.rows] - smallest, sums[1][self.rows] - largest
            one, other = (self.least[self.rows] - rest_high), (self.most[self.rows] - rest_low)
            ends = np.sort(np.stack([one / self.values, other / self.values]), axis=0)
            np.maximum.at(self.low, self.cells, ends[0])
            np.minimum.at(self.high, self.cells, ends[1])
        if (self.low > self.high + 1e-4).any():
            raise ValueError("nothing is feasible")
        self.low, self.high = np.minimum(self.low, self.high), np.maximum(self.low, self.high)

    def narrow(self, wanted: Sequence[int], least: float) -> dict[int, Span]:
        """Those of the `wanted` cells whose range is narrower than `least`, with that range in whole people."""
        wanted = np.array(sorted(wanted), dtype=int)
        known = _width(self.low[wanted], self.high[wanted]) < least - _SLACK
        found = {int(cell): _whole(self.low[cell], self.high[cell]) for cell in wanted[known]}
        waiting, rng = wanted[~known], np.random.default_rng(0)
        for turn in range(_ROUNDS):
            if waiting.size:
                direction = np.zeros(self.size)
                signs = np.ones(waiting.size) if turn < 2 else rng.choice([-1.0, 1.0], waiting.size)
                direction[waiting] = signs * (1 if turn % 2 else -1)
                self._solve(direction, np.arange(self.size))
                waiting = self._unproved(waiting, least)
        for cell in waiting:
            span = self._range(int(cell), least)
            if span is not None:
                found[int(cell)] = span
        return found

    def _unproved(self, cells: np.ndarray, least: float) -> np.ndarray:
        return cells[_width(self.seen_low[cells], self.seen_high[cells]) < least - _SLACK]

    def _range(self, cell: int, least: float) -> Span | None:
        one = np.array([cell])
        for sign in (1.0, -1.0):
            if not self._unproved(one, least).size:
                return None
            direction = np.zeros(self.size)
            direction[cell] = sign
            self._solve(direction, np.flatnonzero(self.part == self.part[cell]))
        return _whole(self.seen_low[cell], self.seen_high[cell]) if self._unproved(one, least).size else None

    def _solve(self, direction: np.ndarray, cells: np.ndarray) -> None:
        """The feasible point furthest against `direction` of some whole parts; its values are noted."""
        low, high, goal = self.low[cells], self.high[cells], direction[cells]
        mine = self.matrix[:, cells]
        touched = np.diff(mine.indptr) > 0
        # Cells that are known move to the other side.
        outside = self.matrix @ np.where(np.isin(np.arange(self.size), cells), 0.0, self.low)
        mine, least, most = mine[touched], (self.least - outside)[touched], (self.most - outside)[touched]
        same = least == most
        above, below = ~same & np.isfinite(most), ~same & np.isfinite(least)
        loose, limits = vstack([mine[above], -mine[below]], format="csr"), np.append(most[above], -least[below])
        top = np.where(goal != 0, np.minimum(high, low + _FAR), high)
        found = linprog(
            goal, A_eq=mine[same], b_eq=least[same], A_ub=loose, b_ub=limits, bounds=np.column_stack([low, top]),
            method="highs",
        )  # fmt: skip
        if found.status != 0:
            raise ValueError(f"nothing is feasible: {found.message}")
        self.seen_low[cells] = np.minimum(self.seen_low[cells], found.x)
        self.seen_high[cells] = np.maximum(self.seen_high[cells], found.x)


def _width(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where(high >= low, np.floor(high + _SLACK) - np.ceil(low - _SLACK), -1.0)


def _whole(low: float, high: float) -> Span:
    return float(np.ceil(low - _SLACK)), float(np.floor(high + _SLACK))
