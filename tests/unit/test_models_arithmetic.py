"""Normal and chi-squared arithmetic against textbook values."""

import numpy as np
import pytest

from pilot_analysis.models.arithmetic import (
    INTERVALS,
    Mean,
    chi_squared_test,
    difference,
    log_log_interval,
    normal_interval,
    normal_quantile,
    probability_interval,
    ratio,
    ratio_interval,
    wald_p,
)
from pilot_analysis.models.not_estimable import NotEstimable

SCALES = {
    "plain": lambda p: p,
    "log": np.log,
    "log-log": lambda p: np.log(-np.log(p)),
    "logit": lambda p: np.log(p / (1 - p)),
    "arcsin": lambda p: np.arcsin(np.sqrt(p)),
}


def test_quantiles():
    assert normal_quantile(0.95) == pytest.approx(1.959963984540054, rel=1e-15)
    assert normal_quantile(0.99) == pytest.approx(2.5758293035489004, rel=1e-14)
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(95)


def test_intervals():
    assert normal_interval(10.0, 2.0) == pytest.approx((6.080072030919892, 13.919927969080108))
    low, high = ratio_interval(np.log(2), 0.5)
    assert low * high == pytest.approx(4)  # symmetric on the log scale
    assert high / 2 == pytest.approx(np.exp(0.979981992270027))


def test_log_log_limits_are_within_0_and_1_and_absent_at_the_ends():
    low, high = log_log_interval(np.array([0.0, 0.02, 0.98, 1.0]), np.array([np.nan, 0.05, 0.05, 0.0]))
    assert np.isnan(low[[0, 3]]).all()
    assert np.isnan(high[[0, 3]]).all()
    assert np.all((low[1:3] > 0) & (low[1:3] < [0.02, 0.98]) & (high[1:3] > [0.02, 0.98]) & (high[1:3] < 1))


def test_p_values_are_two_sided():
    assert wald_p(-1.959963984540054, 1.0) == pytest.approx(0.05, rel=1e-13)
    assert chi_squared_test(3.841458820694124, 1).p_value == pytest.approx(0.05, rel=1e-12)
    assert chi_squared_test(5.991464547107979, 2).p_value == pytest.approx(0.05, rel=1e-12)


def test_difference_of_independent_means():
    assert difference(Mean(10.0, 3.0), Mean(12.0, 4.0)) == (-2.0, 5.0)


@pytest.mark.parametrize("scale", INTERVALS)
def test_limits_lie_z_standard_errors_away_on_their_scale(scale):
    probability, se = np.array([0.3, 0.5, 0.8]), np.array([0.05, 0.1, 0.02])
    transformed = SCALES[scale](probability)
    steepness = SCALES[scale](probability + 1e-30j).imag / 1e-30
    low, high = probability_interval(probability, se, 0.9, scale)
    assert np.abs(SCALES[scale](low) - transformed) == pytest.approx(1.6448536269514722 * se * np.abs(steepness))
    assert np.abs(SCALES[scale](high) - transformed) == pytest.approx(1.6448536269514722 * se * np.abs(steepness))
    assert np.all((low < probability) & (probability < high))


@pytest.mark.parametrize("scale", INTERVALS)
def test_limits_stay_within_0_and_1_and_are_absent_at_the_ends(scale):
    low, high = probability_interval(np.array([0.0, 0.02, 0.98, 1.0]), np.array([0.0, 0.2, 0.2, 0.0]), 0.95, scale)
    assert np.isnan([low[[0, 3]], high[[0, 3]]]).all()
    assert np.all((low[1:3] >= 0) & (high[1:3] <= 1) & (low[1:3] < high[1:3]))


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="log-log"):
        probability_interval(np.array([0.5]), np.array([0.1]), 0.95, "loglog")


def test_ratio_of_independent_means():
    result = ratio(Mean(10.0, 3.0), Mean(20.0, 8.0))
    assert result == (0.5, pytest.approx(0.5))  # hypot(0.3, 0.4)
    with pytest.raises(NotEstimable, match="0 days"):
        ratio(Mean(1.0, 1.0), Mean(0.0, 0.0))
