"""Kaplan-Meier against tables worked by hand in fractions."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier, median, n_at_risk_at, rmst, survival_at

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
