"""Shares with Wilson's interval and medians with limits from order statistics, against numbers of R and by hand."""

import numpy as np
import pytest

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.proportions import median, share


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [  # prop.test(count, n, correct = FALSE)$conf.int
        (10, 100, 0.0552291371, 0.1743656615),
        (96, 100, 0.9016292856, 0.9843366960),
        (3, 10, 0.1077912674, 0.6032218525),
        (0, 20, 0.0, 0.1611251581),
        (20, 20, 0.8388748419, 1.0),
    ],
)
def test_a_share_has_the_interval_of_wilson(count, n, low, high):
    found = share(count, n)
    assert found.estimate == pytest.approx(count / n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_the_limits_are_the_shares_that_a_score_test_just_keeps():
    count, n, z = 7, 40, 1.959963984540054
    for limit in share(count, n)[1:]:
        assert abs(count / n - limit) / np.sqrt(limit * (1 - limit) / n) == pytest.approx(z)


def test_nobody_has_no_share_and_no_median():
    with pytest.raises(NotEstimable):
        share(0, 0)
    with pytest.raises(NotEstimable):
        median(np.array([]))
    with pytest.raises(ValueError, match="no share"):
        share(3, 2)


def test_ten_values_have_the_second_and_ninth_as_limits():
    """P(at most 1 of 10 below the median) = 11/1024 = 0.011, P(at most 2) = 0.055: rank 2 and 9."""
    found = median(np.arange(10.0, 0.0, -1.0))
    assert found == (5.5, 2.0, 9.0)


def test_five_values_are_too_few_for_limits():
    found = median(np.array([3, 1, 2, 5, 4]))
    assert found.estimate == 3
    assert np.isnan([found.low, found.high]).all()


def test_the_limits_hold_the_median_as_often_as_they_say():
    rng = np.random.default_rng(20210401)
    for n in (6, 11, 30):
        held = [low <= np.log(2) <= high for _, low, high in (median(rng.exponential(size=n)) for _ in range(2000))]
        assert np.mean(held) > 0.94
