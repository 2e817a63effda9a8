"""Aalen-Johansen against fractions by hand, and its variance against derivatives taken another way."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.competing import days_not_returned, not_returned_curve
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier, rmst

# Seven people. Day 2: return and leaving; day 4: two returns; day 5: censored; day 6: leaving; day 9: return.
SEVEN = Outcome.of(0, [2, 2, 4, 4, 5, 6, 9], [1, 2, 1, 1, 0, 2, 1])
RETURNED = [F(1, 7), F(1, 7) + F(5, 7) * F(2, 5), F(3, 7), F(3, 7), F(3, 7) + F(3, 7) * F(1, 2)]


def simulated(seed: int, n: int, late: bool) -> Outcome:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    entry = rng.integers(0, 6, n) if late else np.zeros(n, int)
    return Outcome.of(entry, entry + rng.integers(1, 15, n), rng.integers(0, 3, n))


def naive_event_by(outcome: Outcome, weights: np.ndarray, day: int):
    """P(event by day) with a weight per case, from the definition."""
    still, returned = 1, 0
    for today in range(1, day + 1):
        at_risk = weights[(outcome.entry < today) & (outcome.time >= today)].sum()
        if not at_risk:
            continue
        event, leaving = (weights[(outcome.time == today) & (outcome.state == k)].sum() / at_risk for k in (1, 2))
        returned = returned + still * event
        still = still * (1 - event - leaving)
    return returned


def influence_variance(outcome: Outcome, functional) -> float:
    """Sum of squared derivatives with respect to the case weights, each by the complex-step method."""
    squares = []
    for case in range(len(outcome)):
        weights = np.ones(len(outcome), complex)
        weights[case] += 1e-30j
        squares.append((functional(weights).imag / 1e-30) ** 2)
    return float(np.sum(squares))


def test_curve_by_hand():
    curve = not_returned_curve(SEVEN)
    assert curve.time.tolist() == [2, 4, 5, 6, 9]
    assert curve.survival == pytest.approx([float(1 - p) for p in RETURNED], rel=1e-13)
    assert curve.n_at_risk.tolist() == [7, 5, 3, 2, 1]
    assert curve.n_events.tolist() == [1, 2, 0, 0, 0 + 1]
    assert curve.n_censored.tolist() == [1, 0, 1, 1, 0]


def test_mean_by_hand_counts_leaving_as_not_returned():
    mean = 2 + 2 * (1 - RETURNED[0]) + 5 * (1 - RETURNED[1]) + 1 * (1 - RETURNED[4])
    assert RETURNED[1] == F(3, 7)
    assert days_not_returned(SEVEN, 10).estimate == pytest.approx(float(mean), rel=1e-13)


@pytest.mark.parametrize("late", [False, True])
def test_standard_error_of_the_curve_is_the_infinitesimal_jackknife(late):
    outcome = simulated(11, 40, late)
    curve = not_returned_curve(outcome)
    for row in range(0, curve.time.size - 1, 3):
        day = curve.time[row]
        variance = influence_variance(outcome, lambda weights, day=day: naive_event_by(outcome, weights, day))
        assert curve.se[row] == pytest.approx(variance**0.5, rel=1e-11)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("tau", [7, 12])
def test_standard_error_of_the_mean_is_the_infinitesimal_jackknife(late, tau):
    outcome = simulated(12, 30, late)

    def days_returned(weights):
        return sum(naive_event_by(outcome, weights, day) for day in range(1, tau))

    mean = days_not_returned(outcome, tau)
    assert mean.estimate == pytest.approx(tau - days_returned(np.ones(30)), rel=1e-12)
    assert mean.se == pytest.approx(influence_variance(outcome, days_returned) ** 0.5, rel=1e-11)


def test_without_competing_exits_it_is_kaplan_meier():
    outcome = simulated(13, 60, False)
    outcome = Outcome(outcome.entry, outcome.time, outcome.state % 2)
    ours, theirs = not_returned_curve(outcome), kaplan_meier(outcome)
    for column in ("survival", "se", "ci_low", "ci_high"):
        assert getattr(ours, column) == pytest.approx(getattr(theirs, column), rel=1e-11, nan_ok=True)
    assert days_not_returned(outcome, 12) == pytest.approx(rmst(outcome, 12), rel=1e-12)


def test_everybody_returned_is_exactly_zero():
    curve = not_returned_curve(Outcome.of(0, [1, 2, 3], [1, 1, 1]))
    assert curve.survival[-1] == 0
    assert np.isnan([curve.se[-1], curve.ci_low[-1]]).all()


def test_after_the_last_exit_the_curve_is_known_when_nobody_is_left():
    outcome = Outcome.of(0, [3, 5], [1, 2])
    assert days_not_returned(outcome, 9).estimate == pytest.approx(3 + 6 * 0.5)
    with pytest.raises(NotEstimable, match="follow-up ends on day 5"):
        days_not_returned(Outcome.of(0, [3, 5], [1, 0]), 9)


def test_one_person_and_nobody():
    assert days_not_returned(Outcome.of(0, [4], [1]), 9) == (4.0, 0.0)
    assert days_not_returned(Outcome.of(0, [4], [2]), 9) == (9.0, 0.0)
    with pytest.raises(NotEstimable, match="nobody"):
        days_not_returned(Outcome.of([], [], []), 9)


def test_horizon_before_the_first_exit():
    assert days_not_returned(SEVEN, 1) == (1.0, 0.0)
