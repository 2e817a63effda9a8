"""Normal and chi-squared arithmetic against textbook values."""

import numpy as np
import pytest

from pilot_analysis.models.arithmetic import (
    Mean,
    chi_squared_test,
    difference,
    log_log_interval,
    normal_interval,
    normal_quantile,
    ratio_interval,
    wald_p,
)


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
