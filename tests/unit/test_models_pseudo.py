"""Pseudo-values of the days not returned and their regression."""

import numpy as np
import pytest

from pilot_analysis.models.arithmetic import difference
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.pseudo import adjusted_difference, pseudo_days

TAU = 12


def simulated(seed: int, n: int, causes: int = 3) -> tuple[Outcome, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    outcome = Outcome.of(0, rng.integers(1, 20, n), rng.integers(0, causes, n))
    return outcome, np.arange(n) % 2, rng.normal(size=n)


def design(*columns) -> np.ndarray:
    return np.column_stack([np.ones(len(columns[0])), *columns])


def test_without_censoring_they_are_the_days_of_each_case():
    outcome = Outcome.of(0, [3, 5, 9, 12, 15, 4], [1, 1, 2, 1, 1, 2])
    assert pseudo_days(outcome, TAU) == pytest.approx([3, 5, 12, 12, 12, 12], rel=1e-13)


def test_their_mean_is_the_days_not_returned():
    outcome, _, _ = simulated(31, 50)
    assert pseudo_days(outcome, TAU).mean() == pytest.approx(days_not_returned(outcome, TAU).estimate, rel=1e-13)
    weighted = Outcome(outcome.entry, outcome.time, outcome.state, np.linspace(0.3, 2, 50))
    mean = np.average(pseudo_days(weighted, TAU), weights=weighted.weight)
    assert mean == pytest.approx(days_not_returned(weighted, TAU).estimate, rel=1e-13)


def test_they_approach_the_jackknife():
    outcome, _, _ = simulated(32, 400)
    all_of_them = days_not_returned(outcome, TAU).estimate
    without = [days_not_returned(outcome.take(np.arange(400) != case), TAU).estimate for case in range(400)]
    jackknife = 400 * all_of_them - 399 * np.array(without)
    assert np.abs(pseudo_days(outcome, TAU) - jackknife).max() < 0.05  # days; the values range over 15


def test_within_arms_the_arm_alone_gives_the_difference_of_the_days():
    outcome, arm, _ = simulated(33, 60)
    pseudo = np.empty(60)
    for k in (0, 1):
        pseudo[arm == k] = pseudo_days(outcome.take(arm == k), TAU)
    expected = difference(*(days_not_returned(outcome.take(arm == k), TAU) for k in (1, 0)))
    assert adjusted_difference(pseudo, design(arm), 1, "HC0") == pytest.approx(expected, rel=1e-12)


def test_standard_errors_from_their_definition():
    outcome, arm, age = simulated(34, 40)
    pseudo, x = pseudo_days(outcome, TAU), design(arm, age)
    inverse = np.linalg.inv(x.T @ x)
    residual, leverage = pseudo - x @ inverse @ x.T @ pseudo, np.diag(x @ inverse @ x.T)
    squares = {"HC0": 1, "HC1": 40 / 37, "HC2": 1 / (1 - leverage), "HC3": 1 / (1 - leverage) ** 2}
    for small, factor in squares.items():
        covariance = inverse @ (x.T * (residual**2 * factor)) @ x @ inverse
        found = adjusted_difference(pseudo, x, 1, small)
        assert found == pytest.approx(((inverse @ x.T @ pseudo)[1], covariance[1, 1] ** 0.5), rel=1e-11)
    assert adjusted_difference(pseudo, x, 1) == adjusted_difference(pseudo, x, 1, "HC3")


def test_a_case_alone_in_its_level_adds_nothing():
    outcome, arm, age = simulated(35, 40)
    pseudo, others = pseudo_days(outcome, TAU), np.arange(40) != 7
    alone = adjusted_difference(pseudo, design(arm, age, ~others), 1)
    assert alone == pytest.approx(adjusted_difference(pseudo[others], design(arm, age)[others], 1), rel=1e-11)


def test_what_the_data_do_not_support():
    pseudo, arm = np.arange(6.0), np.arange(6) % 2
    for column in (np.ones(6), 1 - arm, 0 * arm):
        with pytest.raises(NotEstimable, match="determined by the others"):
            adjusted_difference(pseudo, design(arm, column), 1)
    with pytest.raises(NotEstimable, match="2 coefficients from 2 cases"):
        adjusted_difference(pseudo[:2], design(arm[:2]), 1)
    with pytest.raises(NotEstimable, match="follow-up ends on day 5"):
        pseudo_days(Outcome.of(0, [3, 5], [1, 0]), TAU)


def test_what_is_a_bad_call():
    pseudo, arm = np.arange(6.0), np.arange(6) % 2
    with pytest.raises(ValueError, match="HC4"):
        adjusted_difference(pseudo, design(arm), 1, "HC4")
    with pytest.raises(ValueError, match="shape"):
        adjusted_difference(pseudo[:5], design(arm), 1)
    with pytest.raises(ValueError, match="finite"):
        adjusted_difference(pseudo, design(arm * np.nan), 1)
