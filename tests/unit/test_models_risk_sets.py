"""Change after an exposure beside those not yet exposed: by hand, against a slow version, and without immortal time."""

import numpy as np
import pytest

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.risk_sets import ExposureDay, compare, relative_fall


def day(exposed, exposed_change, beside, beside_change):
    return ExposureDay(*(np.array(x, dtype=kind) for x, kind in
                         ((exposed, int), (exposed_change, float), (beside, int), (beside_change, float))))  # fmt: skip


def slow(days, without=None):
    """Means over the exposed of their own change and of that of their risk set, one person at a time."""
    own, other = [], []
    for one in days:
        beside = [x for j, x in zip(one.beside, one.beside_change, strict=True) if j != without]
        for i, x in zip(one.exposed, one.exposed_change, strict=True):
            if i != without:
                own.append(x)
                other.append(np.mean(beside))
    return np.mean(own), np.mean(other), np.mean(own) - np.mean(other)


def test_each_exposed_is_held_against_those_of_the_same_day():
    found = compare([day([0], [30], [1, 2, 3], [0, 10, 20]), day([1], [10], [2, 3], [4, 8])], 4)
    assert found.exposed.estimate == 20
    assert found.beside.estimate == (10 + 6) / 2
    assert found.difference.estimate == 12
    assert (found.n_exposed, found.n_beside) == (2, 3)


def test_the_standard_error_is_the_jackknife_over_people():
    rng = np.random.default_rng(1)
    days = [
        day(np.arange(3 * k, 3 * k + 3), rng.normal(20, 9, 3), np.arange(3 * k + 3, 40), rng.normal(5, 9, 37 - 3 * k))
        for k in range(6)
    ]
    found, people = compare(days, 40), range(40)
    left_out = np.array([slow(days, person) for person in people])
    for place, mean in enumerate(found[:3]):
        assert mean.estimate == pytest.approx(slow(days)[place])
        spread = left_out[:, place] - left_out[:, place].mean()
        assert mean.se == pytest.approx(np.sqrt(39 / 40 * np.sum(spread**2)))


def test_without_others_beside_them_there_is_no_comparison():
    with pytest.raises(NotEstimable):
        compare([day([0, 1], [3, 4], [2], [1])], 3)
    with pytest.raises(NotEstimable):
        compare([day([0], [3], [1, 2], [1, 2])], 3)
    with pytest.raises(NotEstimable):
        compare([], 0)


def test_nobody_gains_from_being_exposed_late():
    """People who fall steadily and are exposed at random, the longer there the likelier: no difference (null)."""
    rng = np.random.default_rng(20210401)
    n, when = 4000, rng.integers(10, 200, 4000)
    gone = rng.geometric(1 / 60, n)  # back at work from that day on
    exposed = np.where(when < gone, when, 10**6)
    path = np.where(np.arange(300) < gone[:, None], 100.0, 0.0)
    days = []
    for at in range(10, 200):
        fall = path[:, at - 1] - path[:, at + 60]
        there = path[:, at - 1] > 0
        one, others = np.flatnonzero(there & (exposed == at)), np.flatnonzero(there & (exposed > at))
        days.append(ExposureDay(one, fall[one], others, fall[others]))
    found = compare(days, n)
    assert abs(found.difference.estimate) < 3 * found.difference.se
    assert found.n_exposed > 500


def test_points_and_percent_are_not_the_same():
    """From 60 to 42 in the mean is 18 points and 30 percent."""
    fall = relative_fall(np.array([80.0, 40.0]), np.array([44.0, 40.0]))
    assert fall.estimate == pytest.approx(100 * 18 / 60)
    with pytest.raises(NotEstimable):
        relative_fall(np.zeros(3), np.zeros(3))
    with pytest.raises(NotEstimable):
        relative_fall(np.array([1.0]), np.array([1.0]))


def test_the_interval_of_a_relative_fall_covers():
    rng = np.random.default_rng(7)
    held = []
    for _ in range(1000):
        before = rng.uniform(20, 100, 60)
        found = relative_fall(before, before * rng.uniform(0.4, 1.0, 60))
        held.append(abs(found.estimate - 30) < 1.96 * found.se)
    assert 0.92 < np.mean(held) < 0.975
