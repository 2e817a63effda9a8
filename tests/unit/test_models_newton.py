"""Newton's method on functions whose maximum is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from pilot_analysis.models.newton import Stuck, inverse, newton, solve

START = np.array([0.0])


def of(value, slope, curvature):
    """A function of one coefficient."""
    return lambda b: SimpleNamespace(
        value=float(value(b[0])), score=np.array([slope(b[0])]), information=np.array([[curvature(b[0])]])
    )


def climbed(function, start, max_iter=30):
    return newton(function, start, function(start), max_iter)


def test_a_parabola_takes_one_step_and_one_to_see_it():
    end = climbed(of(lambda b: -((b - 3) ** 2), lambda b: -2 * (b - 3), lambda b: 2.0), START)
    assert (end.coef[0], end.iterations, end.decrements) == (3.0, 2, [18.0, 0.0])


def test_a_step_too_far_is_halved():
    # -log cosh: from 2 the whole step lands at -11, where it is lower
    end = climbed(of(lambda b: -np.log(np.cosh(b)), lambda b: -np.tanh(b), lambda b: np.cosh(b) ** -2.0), START + 2)
    assert end.coef[0] == pytest.approx(0, abs=1e-12)


def test_no_maximum_is_said():
    with pytest.raises(Stuck, match="no convergence in 7"):
        climbed(of(lambda b: -np.exp(-b), lambda b: np.exp(-b), lambda b: np.exp(-b)), START, 7)
    with pytest.raises(Stuck, match="does not rise"):
        climbed(of(lambda b: b, lambda b: -1.0, lambda b: 1.0), START)
    with pytest.raises(Stuck, match="singular"):
        climbed(of(lambda b: b, lambda b: 1.0, lambda b: 0.0), START)


def test_systems_of_columns_of_any_scale():
    scale = np.array([1e-9, 1.0, 1e9])
    matrix = np.outer(scale, scale) * (np.eye(3) + 0.5)
    right = scale * [1.0, 2.0, 3.0]
    assert matrix @ solve(matrix, right) == pytest.approx(right, rel=1e-12)
    assert (matrix @ inverse(matrix)) * scale / scale[:, None] == pytest.approx(np.eye(3), abs=1e-12)
    with pytest.raises(Stuck, match="singular"):
        solve(np.ones((2, 2)), np.ones(2))
