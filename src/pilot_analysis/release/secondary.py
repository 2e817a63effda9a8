"""Complementary suppression: more cells are withheld until no protected one can be worked out from those shown.

- What an attacker can know of a withheld cell is its feasible range: the least and the most it can be, given every
  shown cell and every equation between cells, by linear programming (HiGHS). A protected cell whose range is narrower
  than the threshold counts as recovered.
- Shown cells are taken as known exactly, although they are released rounded: intervals, errors and curves beside them
  may give back what rounding took. So rounding is a margin on top.
- Repeatedly, the cheapest shown cell that the recovery rests on (a dual price that is not zero) is withheld. To
  withhold more only widens a range, so that what is protected once stays so, and it ends.
- Withheld cells that equations tie together are a part; all parts are solved in one pair of programmes, for one cell of
  each, or for many at once. Two feasible points prove a range, so that a pair serves many cells. What a single sum
  gives away needs no programme.
- What stays recovered with everything else withheld follows from what may never be withheld (a process count that is
  published): for its sake only sums that hold it are seen to, so that rounding at least is a margin.
- Fails with `ValueError` when numbers contradict their own equations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

_SLACK = 1e-6
_ENOUGH = 20  # the part of them that has to be proven to go on
_NEAR = 4  # equations away from a cell: most that follows from published counts follows from so near
_TURNS, _AGAIN = 8, 10  # programmes for many cells at once, and after how many for one


@dataclass(frozen=True)
class Problem:
    """Cells and their equations, each a mapping of cells to coefficients that sum to zero.

    `least` is what is known of a withheld cell anyhow; a cell with an infinite cost is never withheld.
    """

    equations: list[dict[int, float]]
    values: np.ndarray
    least: np.ndarray
    costs: np.ndarray
    threshold: float
    of_cell: dict[int, list[int]] = field(init=False, repr=False)
    same: dict[int, list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note which equations hold each cell, and which cells equal it by one of them."""
        found: dict[int, list[int]] = {}
        same: dict[int, list[int]] = {}
        for number, equation in enumerate(self.equations):
            for cell in equation:
                found.setdefault(cell, []).append(number)
            if len(equation) == 2 and not sum(equation.values()):
                one, other = equation
                same.setdefault(one, []).append(other)
                same.setdefault(other, []).append(one)
        object.__setattr__(self, "of_cell", found)
        object.__setattr__(self, "same", same)


@dataclass(frozen=True)
class _Part:
    """Withheld cells that equations tie together, the one looked at first, and these equations."""

    cells: list[int]
    rows: list[int]


@dataclass(frozen=True)
class _Ranges:
    """Least and most of all cells of all parts that came up, and how far each equation matters."""

    low: dict[int, float]
    high: dict[int, float]
    duals: dict[int, float]

    def width(self, cell: int) -> float:
        """How wide the range of a cell is at least; of the cell looked at first exactly, unless wide enough."""
        return float(np.floor(self.high[cell] + _SLACK) - np.ceil(self.low[cell] - _SLACK))  # people are whole


def withhold(problem: Problem, protected: np.ndarray, withheld: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """Which cells to withhold, as booleans, so that no cell of `protected` is recovered; `withheld` are so anyhow.

    Ranges become wider than the threshold by `margin` where they can.
    """
    hidden = withheld | protected
    waiting = {int(cell) for cell in np.flatnonzero(protected) if int(cell) in problem.of_cell}
    most = hidden | ((problem.costs < np.inf) & (problem.values > 0))
    hopeless = _hopeless(problem, most, waiting)
    waiting -= hopeless
    _close(problem, hidden, waiting | hopeless)
    wider = replace(problem, threshold=problem.threshold + margin)
    roomy = _proven_together(wider, most, waiting) if margin else set()
    _hide(problem, hidden, waiting)
    _hide(wider, hidden, roomy)
    return hidden


def _hide(problem: Problem, hidden: np.ndarray, waiting: set[int]) -> None:
    """Add cells to `hidden` until none that waits is recovered."""
    waiting, rounds = set(waiting), 0
    while waiting:
        if rounds % _AGAIN == 0:
            waiting -= _proven_together(problem, hidden, waiting)
        rounds += 1
        if not waiting:
            break
        parts = _parts(problem, hidden, waiting)
        found = _ranges(problem, hidden, parts, {part.cells[0]: 1.0 for part in parts})
        waiting -= _proven(problem, found, waiting)
        for part in parts:
            first = part.cells[0]
            if first in waiting:
                more = _cheapest(problem, part, found, hidden)
                if more is None:  # nothing is left that could hide it
                    waiting.remove(first)
                else:
                    hidden[more] = True
        _close(problem, hidden, waiting)


def _proven_together(problem: Problem, hidden: np.ndarray, waiting: set[int]) -> set[int]:
    """The cells that wait of which a range is wide enough, many at a time: half as large as can be, half as small."""
    found: set[int] = set()
    for turn in range(_TURNS):
        left = sorted(waiting - found)
        if not left:
            break
        goals = {cell: 1.0 if number >> turn & 1 else -1.0 for number, cell in enumerate(left)}
        proven = _proven(problem, _ranges(problem, hidden, _parts(problem, hidden, set(left)), goals), set(left))
        found |= proven
        if len(proven) <= len(left) // _ENOUGH:
            break
    return found


def _close(problem: Problem, hidden: np.ndarray, waiting: set[int]) -> None:
    """Withhold one more of each sum in which all withheld cells are on one side and together too few to hide one."""
    todo = sorted({row for cell in waiting for row in problem.of_cell[cell]})
    while todo:
        changed: set[int] = set()
        for row in todo:
            if _loose(problem, hidden, row) is not None and any(cell in waiting for cell in problem.equations[row]):
                near = {twin for cell in problem.equations[row] for twin in (cell, *problem.same.get(cell, ()))}
                able = _able(problem, hidden, near)
                if able:
                    more = _best(problem, able, problem.threshold)
                    for cell in _twins(problem, hidden, more):
                        hidden[cell] = True
                        changed |= {row, *problem.of_cell[cell]}
        todo = sorted(changed)


def _twins(problem: Problem, hidden: np.ndarray, cell: int) -> set[int]:
    """The cell and all shown ones that equal it by an equation of their own: one would tell the other."""
    found, todo = {cell}, [cell]
    while todo:
        new = set(_able(problem, hidden, problem.same.get(todo.pop(), ()))) - found
        found |= new
        todo += new
    return found


def _loose(problem: Problem, hidden: np.ndarray, row: int) -> float | None:
    """How much the withheld cells of a sum can change, where that is less than the threshold; else None."""
    told = [cell for cell in problem.equations[row] if any(not hidden[twin] for twin in problem.same.get(cell, ()))]
    cells = [(cell, value) for cell, value in problem.equations[row].items() if hidden[cell] and cell not in told]
    if not cells or len({value > 0 for _, value in cells}) > 1:
        return None
    slack = sum(abs(value) * (problem.values[cell] - problem.least[cell]) for cell, value in cells)
    return slack if slack < problem.threshold - _SLACK else None


def _proven(problem: Problem, found: _Ranges, waiting: set[int]) -> set[int]:
    """The cells that wait of which the range is wide enough."""
    return {cell for cell in waiting & found.low.keys() if found.width(cell) >= problem.threshold - _SLACK}


def _hopeless(problem: Problem, most: np.ndarray, waiting: set[int]) -> set[int]:
    """The cells that stay recovered with all else (`most`) withheld: they follow from what may never be withheld."""
    found = {cell for cell in waiting if any(_loose(problem, most, row) is not None for row in problem.of_cell[cell])}
    waiting = waiting - found
    waiting -= _proven_together(problem, most, waiting)
    found |= {cell for cell in sorted(waiting) if _narrow_nearby(problem, most, cell)}
    waiting -= found
    while waiting:  # one by one
        parts = _parts(problem, most, waiting)
        goals = {part.cells[0]: 1.0 for part in parts}
        proven = _proven(problem, _ranges(problem, most, parts, goals), waiting)
        found |= goals.keys() - proven
        waiting = waiting - proven - found
    return found


def _narrow_nearby(problem: Problem, hidden: np.ndarray, cell: int) -> bool:
    """Whether the equations near a cell are enough to recover it: all of them leave no wider range."""
    near = _part(problem, hidden, cell, rounds=_NEAR)
    most = _ranges(problem, hidden, [near], {cell: 1.0}, signs=(-1.0,)).high[cell]
    return float(np.floor(most + _SLACK) - problem.least[cell]) < problem.threshold - _SLACK


def feasible_range(problem: Problem, hidden: np.ndarray, cell: int) -> tuple[float, float]:
    """The least and the most that the withheld `cell` can be; the most is capped where it is far from the truth."""
    found = _ranges(problem, hidden, [_part(problem, hidden, cell)], {cell: 1.0})
    return found.low[cell], found.high[cell]


def _parts(problem: Problem, hidden: np.ndarray, waiting: set[int]) -> list[_Part]:
    """The parts that hold a cell that waits for proof, which comes first in its part."""
    parts: list[_Part] = []
    seen: set[int] = set()
    for cell in sorted(waiting):
        if cell not in seen:
            parts.append(_part(problem, hidden, cell))
            seen.update(parts[-1].cells)
    return parts


def _part(problem: Problem, hidden: np.ndarray, cell: int, rounds: float = np.inf) -> _Part:
    """The cells tied to a cell, and their equations; with `rounds` only those so many equations away."""
    cells, rows = {cell: None}, dict.fromkeys(problem.of_cell.get(cell, []))
    todo = list(rows)
    while todo and rounds > 0:
        reached = [other for row in todo for other in problem.equations[row] if hidden[other] and other not in cells]
        cells |= dict.fromkeys(reached)
        rounds -= 1
        todo = [row for row in dict.fromkeys(row for other in reached for row in problem.of_cell[other])
                if row not in rows] if rounds > 0 else []  # fmt: skip
        rows |= dict.fromkeys(todo)
    return _Part(list(cells), list(rows))


def _ranges(
    problem: Problem,
    hidden: np.ndarray,
    parts: list[_Part],
    goals: Mapping[int, float],
    signs: tuple[float, ...] = (1.0, -1.0),
) -> _Ranges:
    """Range of a goal that is alone in its part, and what came up of the other cells on the way.

    `goals` are the cells to make as small and as large as can be, the other way round where their weight is negative;
    with one of the `signs` only the one.
    """
    cells = [cell for part in parts for cell in part.cells]
    rows = [row for part in parts for row in part.rows]
    truth, least = problem.values[cells], problem.least[cells]
    low, high, duals = truth.copy(), truth.copy(), np.zeros(len(rows))
    left, right = _equations(problem, cells, rows)
    goal = np.array([goals.get(cell, 0.0) for cell in cells])
    # A cap far above the truth keeps the programme bounded and is wide enough to prove a range.
    most = np.where(goal != 0, truth + 2 * problem.threshold, np.inf)
    for sign in signs:
        bounds = np.column_stack([least, most])
        found = linprog(sign * goal, A_eq=left, b_eq=right, bounds=bounds, method="highs")
        if found.status != 0:
            raise ValueError(f"numbers contradict their equations: {found.message}")
        low, high = np.minimum(low, found.x), np.maximum(high, found.x)
        duals += np.abs(found.eqlin.marginals)
    return _Ranges(*(dict(zip(cells, of.tolist(), strict=True)) for of in (low, high)),
                   dict(zip(rows, duals.tolist(), strict=True)))  # fmt: skip


def _equations(problem: Problem, cells: list[int], rows: list[int]) -> tuple[csr_array, np.ndarray]:
    """Coefficients of the withheld cells of all parts, and what the shown cells leave for them."""
    place = {cell: number for number, cell in enumerate(cells)}
    entries: list[tuple[int, int, float]] = []
    right = np.zeros(len(rows))
    for number, row in enumerate(rows):
        for cell, coefficient in problem.equations[row].items():
            if cell in place:
                entries.append((number, place[cell], coefficient))
            else:
                right[number] -= coefficient * problem.values[cell]
    down, across, values = (np.array(of) for of in zip(*entries, strict=True)) if entries else ([], [], [])
    return csr_array((values, (down, across)), shape=(len(rows), len(cells)), dtype="float64"), right


def _cheapest(problem: Problem, part: _Part, found: _Ranges, hidden: np.ndarray) -> int | None:
    """The cheapest shown cell with people in it, of the equations the recovery rests on, else of any in the part."""
    need = problem.threshold - found.width(part.cells[0])
    resting = [row for row in part.rows if found.duals[row] > _SLACK]
    for rows in (resting, part.rows):
        able = _able(problem, hidden, {cell for row in rows for cell in problem.equations[row]})
        if able:
            return _best(problem, able, need)
    return None


def _able(problem: Problem, hidden: np.ndarray, near: Iterable[int]) -> list[int]:
    """The shown cells that may be withheld."""
    return [cell for cell in near if not hidden[cell] and problem.values[cell] > 0 and problem.costs[cell] < np.inf]


def _best(problem: Problem, able: list[int], need: float) -> int:
    """The cheapest, of those rather one with enough people, and the smallest."""
    return min(able, key=lambda of: (problem.costs[of], problem.values[of] < need, problem.values[of], of))
