"""Complementary suppression: no protected cell of a table that adds up can be worked out from what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pilot_analysis.release.secondary import Problem, feasible_range, withhold

THRESHOLD = 10


def table(counts: list[list[int]]) -> tuple[list[dict[int, float]], np.ndarray]:
    """Equations and values of a table with margins: inner cells, then row totals, column totals, the whole."""
    inner = np.array(counts, dtype=float)
    rows, columns = inner.shape
    values = np.concatenate([inner.ravel(), inner.sum(axis=1), inner.sum(axis=0), [inner.sum()]])
    total, last = rows * columns, rows * columns + rows + columns
    equations = [{**{r * columns + c: 1.0 for c in range(columns)}, total + r: -1.0} for r in range(rows)]
    equations += [{**{r * columns + c: 1.0 for r in range(rows)}, total + rows + c: -1.0} for c in range(columns)]
    equations.append({**{total + r: 1.0 for r in range(rows)}, last: -1.0})
    return equations, values


def problem(equations: list[dict[int, float]], values: np.ndarray, costs: np.ndarray | None = None) -> Problem:
    costs = np.ones(len(values)) if costs is None else costs
    return Problem(equations, values, np.minimum(values, 1.0), costs, THRESHOLD)


def protected(values: np.ndarray) -> np.ndarray:
    return (values > 0) & (values < THRESHOLD)


def attacked(
    equations: list[dict[int, float]], values: np.ndarray, hidden: np.ndarray, cell: int
) -> tuple[float, float]:
    """Least and most of a cell for an attacker, written without the code under test."""
    left, right = np.zeros((len(equations), len(values))), np.zeros(len(equations))
    for row, equation in enumerate(equations):
        for of, coefficient in equation.items():
            left[row, of] = coefficient
    bounds = [(1 if hide else value, None if hide else value) for hide, value in zip(hidden, values, strict=True)]
    goal = np.eye(len(values))[cell]
    low, high = (linprog(sign * goal, A_eq=left, b_eq=right, bounds=bounds, method="highs") for sign in (1, -1))
    assert low.status == 0
    return np.ceil(low.fun - 1e-6), np.inf if high.status == 3 else np.floor(-high.fun + 1e-6)


tables = st.integers(2, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.one_of(st.integers(0, 12), st.integers(0, 60)), min_size=columns, max_size=columns),
        min_size=2,
        max_size=4,
    )
)


@settings(max_examples=120, deadline=None)
@given(tables)
def test_no_protected_cell_is_recovered_and_zeros_are_shown(counts):
    equations, values = table(counts)
    few = protected(values)
    hidden = withhold(problem(equations, values), few, np.zeros(len(values), dtype=bool))
    assert hidden[few].all()
    assert not hidden[values == 0].any()
    for cell in np.flatnonzero(few):
        low, high = attacked(equations, values, hidden, cell)
        assert high - low >= THRESHOLD


@settings(max_examples=60, deadline=None)
@given(tables)
def test_a_table_without_small_cells_is_shown_whole(counts):
    equations, values = table([[20 * count for count in row] for row in counts])
    hidden = withhold(problem(equations, values), protected(values), np.zeros(len(values), dtype=bool))
    assert not hidden.any()


@settings(max_examples=60, deadline=None)
@given(tables)
def test_ranges_are_those_of_an_independent_attacker(counts):
    equations, values = table(counts)
    few = protected(values)
    for cell in np.flatnonzero(few):
        low, high = feasible_range(problem(equations, values), few, int(cell))
        least, most = attacked(equations, values, few, cell)
        assert low == pytest.approx(least, abs=1)
        assert high >= min(most, values[cell] + 2 * THRESHOLD) - 1


def test_without_complementary_suppression_the_cell_is_what_the_others_leave():
    equations, values = table([[3, 20], [30, 40]])
    few = protected(values)
    assert feasible_range(problem(equations, values), few, 0) == (3.0, 3.0)


def test_the_cheapest_cells_go():
    equations, values = table([[3, 20, 25], [30, 40, 45]])
    costs = np.ones(len(values))
    costs[1], costs[6:] = 5.0, 100.0  # dear: the second cell of the first row, and every total
    hidden = withhold(problem(equations, values, costs), protected(values), np.zeros(len(values), dtype=bool))
    assert hidden[[0, 2, 3, 5]].all()
    assert not hidden[1]
    assert not hidden[6:].any()


def test_what_may_never_be_withheld_stays():
    equations, values = table([[3, 20], [30, 40]])
    costs = np.full(len(values), np.inf)
    hidden = withhold(problem(equations, values, costs), protected(values), np.zeros(len(values), dtype=bool))
    assert np.flatnonzero(hidden).tolist() == [0]


def test_numbers_that_contradict_their_sums_are_no_table():
    equations, values = table([[3, 20], [30, 40]])
    values[-3:] = 500.0
    few = protected(values)
    few[[1, 2]] = True
    with pytest.raises(ValueError, match="contradict"):
        withhold(problem(equations, values), few, np.zeros(len(values), dtype=bool))


def test_the_same_problem_has_the_same_answer():
    equations, values = table([[3, 20, 9], [30, 4, 40], [12, 13, 14]])
    once, again = (
        withhold(problem(equations, values), protected(values), np.zeros(len(values), dtype=bool)) for _ in range(2)
    )
    assert np.array_equal(once, again)


def test_for_what_follows_from_numbers_that_stay_no_more_is_withheld_than_beside_it():
    equations, values = table([[3, 20, 25], [30, 40, 45], [50, 60, 70]])
    costs = np.ones(len(values))
    costs[[1, 2, *range(9, 16)]] = np.inf  # the rest of the first row, and every total
    hidden = withhold(problem(equations, values, costs), protected(values), np.zeros(len(values), dtype=bool))
    assert hidden[0]
    assert hidden.sum() <= 3  # one more in its column, whatever good that does


def test_a_sum_that_leaves_its_withheld_parts_no_room_is_closed():
    equations, values = [{0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0, 4: -1.0}], np.array([3.0, 6.0, 2.0, 13.0, 24.0])
    costs = np.array([1.0, 1.0, 1.0, 1.0, np.inf])
    hidden = withhold(problem(equations, values, costs), protected(values), np.zeros(5, dtype=bool))
    assert hidden.tolist() == [True, True, True, True, False]


def test_what_equals_a_withheld_number_goes_with_it():
    """Two of 103 and 97 are published to differ by 6; withheld for that, the first may not be read off its twin."""
    values = np.array([103.0, 97.0, 6.0, 103.0, 10.0, 4.0])
    equations = [{0: 1.0, 1: -1.0, 2: -1.0}, {0: 1.0, 3: -1.0}, {2: 1.0, 5: 1.0, 4: -1.0}]
    costs = np.array([1.0, 2.0, 0.0, 1.0, np.inf, 0.0])
    apart = np.array([False, False, True, False, False, True])
    hidden = withhold(problem(equations, values, costs), apart, apart)
    assert hidden[0] == hidden[3]
    assert hidden[0] or hidden[1]


def test_a_margin_widens_ranges_that_have_room_and_drags_nothing_else_along():
    """Of 31 people 5 and 10 are withheld: each can be 1 .. 14; a margin of 5 needs the other 16 too."""
    equations, values = [{0: 1.0, 1: 1.0, 2: 1.0, 3: -1.0}], np.array([5.0, 10.0, 16.0, 31.0])
    few, costs = values == 5, np.array([1.0, 1.0, 1.0, np.inf])
    start = np.array([True, True, False, False])
    assert withhold(problem(equations, values, costs), few, start).tolist() == [True, True, False, False]
    assert withhold(problem(equations, values, costs), few, start, margin=5).tolist() == [True, True, True, False]
    costs[2] = np.inf
    assert not withhold(problem(equations, values, costs), few, start, margin=5)[2]
