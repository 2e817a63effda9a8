"""Aalen-Johansen against fractions by hand, and its variance against derivatives taken another way."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.competing import (
    cumulative_incidence,
    days_not_returned,
    incidence_at,
    influence_days_not_returned,
    not_returned_curve,
    time_lost,
)
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


def three_causes(seed: int, n: int = 40, late: bool = False, weighted: bool = False) -> Outcome:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    entry = rng.integers(0, 6, n) if late else np.zeros(n, int)
    weight = rng.uniform(0.2, 3, n) if weighted else None
    return Outcome.of(entry, entry + rng.integers(1, 15, n), rng.integers(0, 4, n), weight)


def naive_event_by(outcome: Outcome, weights: np.ndarray, day: int, cause: int = 1):
    """P(cause by day) with a weight per case, from the definition."""
    still, returned = 1, 0
    for today in range(1, day + 1):
        at_risk = weights[(outcome.entry < today) & (outcome.time >= today)].sum()
        if not at_risk:
            continue
        exits = (outcome.time == today) & (outcome.state > 0)
        event = weights[exits & (outcome.state == cause)].sum() / at_risk
        leaving = weights[exits & (outcome.state != cause)].sum() / at_risk
        returned = returned + still * event
        still = still * (1 - event - leaving)
    return returned


def derivatives(outcome: Outcome, functional) -> np.ndarray:
    """Derivatives with respect to the case weights, each by the complex-step method."""
    found = []
    for case in range(len(outcome)):
        weights = outcome.counts.astype(complex)
        weights[case] += 1e-30j
        found.append(functional(weights).imag / 1e-30)
    return np.array(found)


def influence_variance(outcome: Outcome, functional) -> float:
    """Sum over cases of (weight x derivative) squared."""
    return float(np.sum((outcome.counts * derivatives(outcome, functional)) ** 2))


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


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_incidence_of_each_of_three_causes(late, weighted):
    outcome = three_causes(14, 40, late, weighted)
    for cause in (1, 2, 3):
        curve = cumulative_incidence(outcome, cause)
        for row in range(0, curve.time.size - 1, 4):
            day = curve.time[row]

            def by_then(weights, day=day, cause=cause):
                return naive_event_by(outcome, weights, day, cause)

            assert curve.probability[row] == pytest.approx(by_then(outcome.counts), rel=1e-12)
            assert curve.se[row] == pytest.approx(influence_variance(outcome, by_then) ** 0.5, rel=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
def test_time_lost_to_each_cause(weighted):
    outcome = three_causes(15, 40, True, weighted)
    for cause in (1, 2, 3):

        def lost(weights, cause=cause):
            return sum(naive_event_by(outcome, weights, day, cause) for day in range(1, 12))

        mean = time_lost(outcome, 12, cause)
        assert mean.estimate == pytest.approx(lost(outcome.counts), rel=1e-12)
        assert mean.se == pytest.approx(influence_variance(outcome, lost) ** 0.5, rel=1e-10)


def test_the_causes_add_up():
    outcome = three_causes(16)
    neither = kaplan_meier(outcome.with_state(np.minimum(outcome.state, 1)))
    curves = [cumulative_incidence(outcome, cause) for cause in (1, 2, 3)]
    assert sum(curve.probability for curve in curves) == pytest.approx(1 - neither.survival, rel=1e-12)
    lost = sum(time_lost(outcome, 12, cause).estimate for cause in (1, 2, 3))
    assert lost == pytest.approx(12 - rmst(outcome.with_state(np.minimum(outcome.state, 1)), 12).estimate, rel=1e-12)
    not_returned = days_not_returned(outcome, 12)
    assert not_returned == pytest.approx((12 - time_lost(outcome, 12).estimate, time_lost(outcome, 12).se), rel=1e-12)
    assert not_returned_curve(outcome).survival == pytest.approx(1 - curves[0].probability, rel=1e-12)
    assert not_returned_curve(outcome).se == pytest.approx(curves[0].se, rel=1e-12)


def test_incidence_by_hand():
    curve = cumulative_incidence(SEVEN, 2)
    left = [F(1, 7), F(1, 7), F(1, 7), F(1, 7) + F(3, 7) * F(1, 2), F(1, 7) + F(3, 7) * F(1, 2)]
    assert curve.probability == pytest.approx([float(p) for p in left], rel=1e-13)
    assert (curve.n_events.tolist(), curve.n_competing.tolist()) == ([1, 0, 0, 1, 0], [1, 2, 0, 0, 1])
    assert incidence_at(curve, 1)[:2] == (0.0, 0.0)
    assert incidence_at(curve, 7) == tuple(
        column[3] for column in (curve.probability, curve.se, curve.ci_low, curve.ci_high)
    )
    with pytest.raises(NotEstimable, match="nobody at risk on day 10"):
        incidence_at(curve, 10)


def test_a_cause_that_never_happens_and_one_that_is_none():
    curve = cumulative_incidence(SEVEN, 5)
    assert curve.probability.tolist() == curve.se.tolist() == [0.0] * 5
    assert np.isnan(curve.ci_low).all()
    assert time_lost(SEVEN, 9, 5) == (0.0, 0.0)
    with pytest.raises(ValueError, match="a cause is"):
        cumulative_incidence(SEVEN, 0)


@pytest.mark.parametrize("weighted", [False, True])
def test_influence_on_the_days_not_returned(weighted):
    outcome = three_causes(17, 40, True, weighted)
    found = influence_days_not_returned(outcome, 5)
    assert np.count_nonzero(outcome.entry >= 5) > 0
    assert found[outcome.entry >= 5].tolist() == [0.0] * np.count_nonzero(outcome.entry >= 5)

    def not_returned(weights):
        return -sum(naive_event_by(outcome, weights, day) for day in range(1, 5))

    assert found == pytest.approx(derivatives(outcome, not_returned), rel=1e-9, abs=1e-13)
    assert np.sum(outcome.counts * found) == pytest.approx(0, abs=1e-12)
    assert np.sum((outcome.counts * found) ** 2) ** 0.5 == pytest.approx(days_not_returned(outcome, 5).se, rel=1e-12)


def test_everybody_censored_or_tied_on_one_day():
    censored = Outcome.of(0, [4, 6], [0, 0])
    assert days_not_returned(censored, 6) == (6.0, 0.0)
    assert cumulative_incidence(censored).probability.tolist() == [0.0, 0.0]
    tied = cumulative_incidence(Outcome.of(0, [5] * 4, [1, 2, 0, 1]))
    assert tied.probability.tolist() == [0.5]
    assert tied.se[0] == pytest.approx((0.5 * 0.5 / 4) ** 0.5)
    everybody = cumulative_incidence(Outcome.of(0, [5, 5], [1, 1]))
    assert everybody.probability.tolist() == [1.0]
    assert np.isnan([everybody.se[0], everybody.ci_low[0]]).all()


def test_nobody_at_risk_on_the_horizon_although_somebody_enters_later():
    with pytest.raises(NotEstimable, match="follow-up ends on day 6"):
        days_not_returned(Outcome.of([0, 0, 30], [4, 6, 40], [1, 0, 0]), 20)
    with pytest.raises(ValueError, match="above 0"):
        time_lost(SEVEN, 0)
