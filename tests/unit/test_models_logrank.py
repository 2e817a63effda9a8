"""Log-rank tests against sums over days in fractions."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.logrank import logrank
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


def two_group_statistic(outcome: Outcome, group: np.ndarray, strata: np.ndarray, rho: int = 0, gamma: int = 0) -> F:
    """The definition, for group 1 against group 0, in fractions and in loops."""
    deviation = variance = F(0)
    for stratum in set(strata):
        inside = strata == stratum
        survival = F(1)
        for day in range(int(outcome.time.max()) + 1):
            at_risk = inside & (outcome.entry < day) & (outcome.time >= day)
            happened = at_risk & (outcome.time == day) & (outcome.state == 1)
            n, d, n1, d1 = (int(x.sum()) for x in (at_risk, happened, at_risk & (group == 1), happened & (group == 1)))
            if not d:
                continue
            weight = survival**rho * (1 - survival) ** gamma
            deviation += weight * (d1 - F(d * n1, n))
            if n > 1:
                variance += weight**2 * F(d * n1 * (n - n1) * (n - d), n * n * (n - 1))
            survival *= F(n - d, n)
    return deviation**2 / variance


def simulated(seed: int, n: int, late: bool) -> tuple[Outcome, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    entry = rng.integers(0, 5, n) if late else np.zeros(n, int)
    outcome = Outcome.of(entry, entry + rng.integers(1, 9, n), rng.integers(0, 3, n))
    return outcome, rng.integers(0, 2, n), rng.integers(0, 3, n)


def test_by_hand():
    # Day 1: 2 of 6 events, one of them in group 1 (3 at risk); day 2: 1 of 4, in group 1 (2 at risk);
    # day 3: 1 of 2, in group 0 (1 at risk in each).
    outcome = Outcome.of(0, [1, 1, 2, 2, 3, 5], [1, 1, 1, 0, 1, 0])
    group = np.array([1, 0, 1, 0, 0, 1])
    deviation = (1 - F(2, 2)) + (1 - F(1, 2)) + (0 - F(1, 2))
    variance = F(2 * 3 * 3 * 4, 6 * 6 * 5) + F(1, 4) + F(1, 4)
    assert logrank(outcome, group).statistic == pytest.approx(float(deviation**2 / variance), abs=1e-15)
    assert logrank(outcome, group).p_value == pytest.approx(1.0)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("rho", "gamma"), [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("stratified", [False, True])
def test_ties_strata_weights_and_delayed_entry(late, rho, gamma, stratified):
    outcome, group, strata = simulated(21 + late, 30, late)
    strata = strata if stratified else np.zeros_like(strata)
    expected = two_group_statistic(outcome, group, strata, rho, gamma)
    found = logrank(outcome, group, strata, rho=rho, gamma=gamma)
    assert found.statistic == pytest.approx(float(expected), rel=1e-12)
    assert found.df == 1


def test_events_on_days_0_and_1():
    outcome = Outcome.of(-1, [0, 0, 1, 2, 3, 3], [1, 1, 1, 1, 1, 0])
    group = np.array([0, 1, 1, 0, 1, 0])
    strata = np.zeros(6)
    for gamma in (0, 1):
        expected = two_group_statistic(outcome, group, strata, gamma=gamma)
        assert logrank(outcome, group, gamma=gamma).statistic == pytest.approx(float(expected), rel=1e-13)


def test_chi_squared_p_value():
    outcome, group, _ = simulated(23, 200, False)
    found = logrank(outcome, group)
    assert 0 < found.p_value < 1
    from math import erfc, sqrt

    assert found.p_value == pytest.approx(erfc(sqrt(found.statistic / 2)), rel=1e-12)  # one degree of freedom


def test_order_of_groups_and_a_group_without_events_change_nothing():
    outcome, group, _ = simulated(24, 60, False)
    three = group + 2 * (np.arange(60) % 7 == 0)
    three = np.where(three > 2, 2, three)
    state = np.where(three == 2, 0, outcome.state)
    outcome = Outcome(outcome.entry, outcome.time, state)
    one = logrank(outcome, three)
    other = logrank(outcome, np.array(["z", "m", "a"])[three])
    assert one.df == 2
    assert one.statistic == pytest.approx(other.statistic, rel=1e-12)


def test_a_group_that_left_before_the_first_event_takes_no_degree_of_freedom():
    outcome = Outcome.of(0, [1, 3, 4, 5, 6], [0, 1, 1, 1, 0])
    assert logrank(outcome, [2, 0, 1, 0, 1]).df == 1


def test_whole_weights_are_replicates_and_others_are_refused():
    outcome, group, strata = simulated(25, 60, late=True)
    times = 1 + np.arange(60) % 3
    rows = np.repeat(np.arange(60), times)
    weighted = Outcome.of(outcome.entry, outcome.time, outcome.state, times)
    found = logrank(weighted, group, strata, rho=1, gamma=0.5)
    repeated = logrank(outcome.take(rows), group[rows], strata[rows], rho=1, gamma=0.5)
    assert found.statistic == pytest.approx(repeated.statistic, rel=1e-13)
    with pytest.raises(ValueError, match="whole-number weights"):
        logrank(Outcome.of(outcome.entry, outcome.time, outcome.state, times / 2), group)


@pytest.mark.parametrize(
    ("time", "state", "group", "text"),
    [
        ([3, 4], [0, 2], [0, 1], "no event"),
        ([3, 4], [1, 1], [0, 0], "fewer than two groups"),
        ([1, 3], [0, 1], [0, 1], "fewer than two groups"),
    ],
)
def test_not_estimable(time, state, group, text):
    with pytest.raises(NotEstimable, match=text):
        logrank(Outcome.of(0, time, state), group)


def test_groups_that_are_never_at_risk_together():
    outcome = Outcome.of([0, 0, 4, 4], [2, 3, 6, 7], [1, 1, 1, 1])
    with pytest.raises(NotEstimable, match="never at risk on the same day"):
        logrank(outcome, [0, 0, 1, 1])
