"""Kaplan-Meier against tables worked by hand in fractions."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import (
    follow_up,
    kaplan_meier,
    median,
    n_at_risk_at,
    quantile,
    rmst,
    survival_at,
)

# Eight people. Day 2: two events; day 3: one event, one censored; day 5: one leaves for another reason; day 7: one
# event; days 9 and 10: censored.
EIGHT = Outcome.of(0, [2, 2, 3, 3, 5, 7, 9, 10], [1, 1, 1, 0, 2, 1, 0, 0])
SURVIVAL = [F(3, 4), F(5, 8), F(5, 8), F(5, 12), F(5, 12), F(5, 12)]
GREENWOOD = F(2, 8 * 6) + F(1, 6 * 5) + F(1, 3 * 2)  # up to day 7


def test_curve_by_hand():
    curve = kaplan_meier(EIGHT)
    assert curve.time.tolist() == [2, 3, 5, 7, 9, 10]
    assert curve.n_at_risk.tolist() == [8, 6, 4, 3, 2, 1]
    assert curve.n_events.tolist() == [2, 1, 0, 1, 0, 0]
    assert curve.n_censored.tolist() == [0, 1, 1, 0, 1, 1]
    assert curve.survival == pytest.approx([float(s) for s in SURVIVAL], rel=1e-14)
    assert curve.se[3] == pytest.approx(float(SURVIVAL[3]) * float(GREENWOOD) ** 0.5, rel=1e-14)


def test_limits_on_the_log_minus_log_scale():
    curve = kaplan_meier(EIGHT)
    height, spread = float(SURVIVAL[3]), 1.959963984540054 * float(GREENWOOD) ** 0.5
    cumulated = -np.log(height)
    assert curve.ci_low[3] == pytest.approx(np.exp(-cumulated * np.exp(spread / cumulated)), rel=1e-13)
    assert curve.ci_high[3] == pytest.approx(np.exp(-cumulated * np.exp(-spread / cumulated)), rel=1e-13)
    wider = kaplan_meier(EIGHT, level=0.99)
    assert np.all(wider.ci_low < curve.ci_low)


def test_milestones():
    curve = kaplan_meier(EIGHT)
    assert survival_at(curve, 1) == (1.0, 0.0, pytest.approx(np.nan, nan_ok=True), pytest.approx(np.nan, nan_ok=True))
    assert survival_at(curve, 2)[0] == pytest.approx(0.75, rel=1e-14)  # an event on the milestone counts
    assert survival_at(curve, 6)[0] == pytest.approx(0.625, rel=1e-14)
    assert [n_at_risk_at(EIGHT, day) for day in (2, 3, 10, 11)] == [8, 6, 1, 0]
    with pytest.raises(NotEstimable, match="nobody at risk on day 11"):
        survival_at(curve, 11)


def test_restricted_mean_by_hand():
    # 1 to day 2, 3/4 to day 3, 5/8 to day 7, 5/12 to day 10
    after_7 = F(5, 12) * 3
    after_3 = F(5, 8) * 4 + after_7
    after_2 = F(3, 4) + after_3
    variance = after_2**2 * F(2, 48) + after_3**2 * F(1, 30) + after_7**2 * F(1, 6)
    mean = rmst(EIGHT, 10)
    assert mean.estimate == pytest.approx(float(2 + after_2), rel=1e-14)
    assert mean.se == pytest.approx(float(variance) ** 0.5, rel=1e-13)
    assert rmst(EIGHT, 2) == (2.0, 0.0)  # an event on the horizon takes no time away
    assert rmst(EIGHT, 1) == (1.0, 0.0)


def test_no_mean_beyond_the_follow_up_unless_the_curve_is_zero():
    with pytest.raises(NotEstimable, match="follow-up ends on day 10"):
        rmst(EIGHT, 11)
    all_events = Outcome.of(0, [1, 2, 3], [1, 1, 1])
    assert rmst(all_events, 50).estimate == pytest.approx(2.0, rel=1e-14)
    with pytest.raises(ValueError, match="above 0"):
        rmst(EIGHT, 0)


def test_median_is_the_middle_where_the_curve_is_exactly_a_half():
    assert median(kaplan_meier(Outcome.of(0, [1, 2, 5, 9], [1, 1, 1, 1])))[0] == 3.5
    # 34 events one after the other: a half up to rounding, which must not decide
    assert kaplan_meier(Outcome.of(0, range(1, 35), [1] * 34)).survival[16] != 0.5
    assert median(kaplan_meier(Outcome.of(0, range(1, 35), [1] * 34)))[0] == 17.5
    # a half until the end of follow-up: the middle between that day and the last one
    assert median(kaplan_meier(Outcome.of(0, [1, 2, 9, 9], [1, 1, 0, 0])))[0] == 5.5


def test_median_of_a_curve_that_jumps_over_a_half_and_of_one_that_stays_above():
    assert median(kaplan_meier(Outcome.of(0, [3, 3, 8], [1, 1, 1])))[0] == 3.0
    middle, low, high = median(kaplan_meier(Outcome.of(0, [1, 9, 9, 9], [1, 0, 0, 0])))
    assert np.isnan([middle, high]).all()
    assert low == 1.0  # the lower limit of the curve does fall below a half


def test_curve_that_reaches_zero():
    curve = kaplan_meier(Outcome.of(0, [1, 2], [1, 1]))
    assert curve.survival.tolist() == [0.5, 0.0]
    assert curve.se[0] == pytest.approx(0.125**0.5, rel=1e-14)
    assert np.isnan([curve.se[1], curve.ci_low[1], curve.ci_high[1]]).all()


def test_everybody_censored():
    outcome = Outcome.of(0, [4, 6], [0, 2])
    curve = kaplan_meier(outcome)
    assert curve.survival.tolist() == [1.0, 1.0]
    assert curve.se.tolist() == [0.0, 0.0]
    assert np.isnan(curve.ci_low).all()
    assert rmst(outcome, 6) == (6.0, 0.0)


def test_one_person():
    outcome = Outcome.of(0, [4], [1])
    assert kaplan_meier(outcome).survival.tolist() == [0.0]
    assert median(kaplan_meier(outcome))[0] == 4.0
    assert rmst(outcome, 9) == (4.0, 0.0)


def test_delayed_entry_by_hand():
    # risk sets: day 3 {1, 2}, day 5 {2, 3}, day 6 {3, 4}
    curve = kaplan_meier(Outcome.of([0, 1, 3, 5], [3, 5, 6, 6], [1, 1, 1, 0]))
    assert curve.n_at_risk.tolist() == [2, 2, 2]
    assert curve.survival == pytest.approx([0.5, 0.25, 0.125], rel=1e-14)


def weighted(seed: int, weights, late: bool = False, n: int = 40) -> Outcome:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    entry = rng.integers(0, 6, n) if late else np.zeros(n, int)
    return Outcome.of(entry, entry + rng.integers(1, 15, n), rng.integers(0, 3, n), weights(rng, n))


def uneven(rng, n):
    return rng.uniform(0.2, 3, n)


def naive_survival(outcome: Outcome, weights: np.ndarray, day: int):
    height = 1
    for today in range(1, day + 1):
        at_risk = weights[(outcome.entry < today) & (outcome.time >= today)].sum()
        if at_risk:
            height = height * (1 - weights[(outcome.time == today) & (outcome.state == 1)].sum() / at_risk)
    return height


def jackknife_variance(outcome: Outcome, functional) -> float:
    """Sum over cases of (weight x derivative with respect to the weight) squared, by the complex-step method."""
    total = 0.0
    for case, weight in enumerate(outcome.counts):
        moved = outcome.counts.astype(complex)
        moved[case] += 1e-30j
        total += (weight * functional(moved).imag / 1e-30) ** 2
    return total


@pytest.mark.parametrize("late", [False, True])
def test_whole_weights_are_numbers_of_people(late):
    outcome = weighted(21, lambda rng, n: rng.integers(1, 4, n), late)
    repeated = outcome.take(np.repeat(np.arange(40), outcome.weight.astype(int)))
    repeated = Outcome(repeated.entry, repeated.time, repeated.state)
    ours, theirs = kaplan_meier(outcome), kaplan_meier(repeated)
    for column in ("time", "n_at_risk", "n_events", "n_censored", "survival", "se", "ci_low", "ci_high"):
        assert getattr(ours, column) == pytest.approx(getattr(theirs, column), rel=1e-12, nan_ok=True)
    assert rmst(outcome, 12) == pytest.approx(rmst(repeated, 12), rel=1e-12)


@pytest.mark.parametrize("late", [False, True])
def test_other_weights_give_the_infinitesimal_jackknife(late):
    outcome = weighted(22, uneven, late)
    curve = kaplan_meier(outcome)
    for row in range(0, curve.time.size - 1, 3):
        day = curve.time[row]
        assert curve.survival[row] == pytest.approx(naive_survival(outcome, outcome.weight, day), rel=1e-12)
        variance = jackknife_variance(outcome, lambda weights, day=day: naive_survival(outcome, weights, day))
        assert curve.se[row] == pytest.approx(variance**0.5, rel=1e-11)

    def area(weights):
        return sum(naive_survival(outcome, weights, day) for day in range(12))

    mean = rmst(outcome, 12)
    assert mean.estimate == pytest.approx(area(outcome.weight), rel=1e-12)
    assert mean.se == pytest.approx(jackknife_variance(outcome, area) ** 0.5, rel=1e-11)


def test_equal_weights_change_nothing():
    outcome = weighted(23, lambda rng, n: None)
    halved = Outcome(outcome.entry, outcome.time, outcome.state, np.full(40, 0.5))
    for column in ("survival", "se", "ci_low", "ci_high"):
        ours, theirs = getattr(kaplan_meier(halved), column), getattr(kaplan_meier(outcome), column)
        assert ours == pytest.approx(theirs, rel=1e-12, nan_ok=True)
    assert rmst(halved, 12) == pytest.approx(rmst(outcome, 12), rel=1e-12)


def test_a_curve_with_weights_reaches_exactly_zero():
    curve = kaplan_meier(Outcome.of(0, [1, 2, 2, 2], [1, 1, 1, 1], [0.7, 0.1, 0.2, 0.3]))
    assert curve.survival[-1] == 0
    assert np.isnan(curve.se[-1])


def test_days_without_an_event_leave_the_limits_as_they_are():
    curve = kaplan_meier(Outcome.of(0, [2, 3, 4, 5, 6, 7], [1, 0, 0, 1, 0, 0], uneven(np.random.default_rng(5), 6)))
    for column in (curve.se, curve.ci_low, curve.ci_high):
        assert len(set(column.tolist())) == 2


def test_quantiles_by_hand():
    curve = kaplan_meier(EIGHT)
    assert quantile(curve, 0.25)[0] == 2.5  # exactly 3/4 from day 2 to day 3
    assert quantile(curve, 0.3)[0] == 3.0
    assert quantile(curve, 0.5)[:2] == median(curve)[:2] == (7.0, 2.0)
    assert np.isnan(quantile(curve, 0.9)[0])
    for p in (0, 1, 50):
        with pytest.raises(ValueError, match="between 0 and 1"):
            quantile(curve, p)


def test_the_scale_moves_the_limits_of_a_quantile_only():
    plain, other = (quantile(kaplan_meier(EIGHT, 0.8, scale), 0.5) for scale in ("plain", "log-log"))
    assert plain[0] == other[0] == 7.0
    assert plain[1:] != other[1:]
    with pytest.raises(ValueError, match="an interval is one of"):
        kaplan_meier(EIGHT, interval="linear")


def test_follow_up_by_hand():
    # Lost on days 3, 9 and 10, with 6, 2 and 1 at risk; returns and leaving end a complete follow-up.
    curve = follow_up(EIGHT)
    assert curve.n_events.tolist() == [0, 1, 0, 0, 1, 1]
    heights = [F(1), F(5, 6), F(5, 6), F(5, 6), F(5, 12), F(0)]
    assert curve.survival == pytest.approx([float(height) for height in heights], rel=1e-14)
    assert median(curve)[0] == 9.0


def test_nobody_at_risk_on_the_horizon_although_somebody_enters_later():
    late = Outcome.of([0, 0, 30], [4, 6, 40], [1, 0, 0])
    with pytest.raises(NotEstimable, match="follow-up ends on day 6"):
        rmst(late, 20)
    with pytest.raises(NotEstimable, match="nobody at risk"):
        rmst(Outcome.of([30], [40], [1]), 20)


def test_all_tied_on_one_day():
    tied = kaplan_meier(Outcome.of(0, [5] * 4, [1, 1, 1, 0]))
    assert (tied.survival.tolist(), tied.n_at_risk.tolist()) == ([0.25], [4])
    assert tied.se[0] == pytest.approx((0.25 * 0.75 / 4) ** 0.5)
