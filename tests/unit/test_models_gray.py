"""Gray's test against numbers of R `cmprsk::cuminc` (2.2.11) and by hand."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.gray import gray
from pilot_analysis.models.logrank import logrank
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

TIME = np.array([2, 3, 4, 2, 2, 1, 1, 3, 4, 2, 2, 2, 2, 4, 4, 2, 2, 1, 1, 3, 1, 3, 3, 1])
STATE = np.array([1, 1, 0, 2, 2, 1, 2, 0, 0, 2, 1, 0, 1, 2, 1, 0, 0, 1, 0, 0, 1, 1, 0, 2])
GROUP = np.array([0, 1, 1, 2, 2, 1, 2, 1, 1, 1, 1, 2, 0, 0, 1, 0, 1, 2, 0, 0, 2, 1, 1, 2])
STRATUM = np.array([2, 0, 1, 1, 2, 2, 0, 0, 1, 0, 0, 2, 2, 0, 1, 0, 0, 2, 0, 0, 0, 2, 1, 2])


def simulated(seed: int, n: int, groups: int = 2) -> tuple[Outcome, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    outcome = Outcome.of(0, rng.integers(1, 12, n), rng.integers(0, 4, n))
    return outcome, rng.integers(0, groups, n), rng.integers(0, 3, n)


@pytest.mark.parametrize(
    ("stratified", "rho", "first", "second"),
    [
        (False, 0, 0.1342665638685908, 8.257100719582574),
        (False, 1, 0.2432607208006843, 8.344786982530263),
        (True, 0, 0.2146510447848435, 9.065840543742794),
        (True, 1, 0.299558634072787, 9.294285850343496),
    ],
)
def test_three_groups_with_heavy_ties_as_in_r(stratified, rho, first, second):
    outcome = Outcome.of(0, TIME, STATE)
    for cause, expected in ((1, first), (2, second)):
        found = gray(outcome.about(cause), GROUP, STRATUM if stratified else None, rho)
        assert found.statistic == pytest.approx(expected, rel=1e-13)
        assert found.df == 2


def test_by_hand():
    # Group a: event on day 1, competing exit on day 2, censored on day 4. Group b: competing exit on day 1, event on 3.
    # Day 1: risk sets of 3 and 2. Day 3: in a, 1 at risk stands for 1 (1 - 1/3) / (1/3) = 2; in b, 1 at risk stands
    # for 1 / (1/2) = 2. So a is expected to have 3/5 and then 1/2 of an event.
    outcome = Outcome.of(0, [1, 2, 4, 1, 3], [1, 2, 0, 2, 1])
    score = 1 - F(3, 5) - F(1, 2)
    # Gray's variance, per exit: the pooled incidence is 1/5 after day 1 and 1/5 + 1/(3 + 2) = 2/5 after day 3.
    a1, a3 = F(3 * 2, 5), F(3 * 2, 5)  # h_a h_b / (h_a + h_b)
    later1 = a3 * F(1, 5) / (1 - F(1, 5))  # what day 3 adds to the sum of a dF / (h (1 - F))
    variance = F(0)
    for survival, at_risk in ((F(2, 3), 3), (F(1, 2), 2)):  # events on day 1, by group; the other one's a is negative
        t = (1 - F(1, 5)) / survival
        variance += (a1 + (1 - t) * later1) ** 2 / (5 * at_risk)
    variance += ((1 - F(1, 5)) / F(1, 2) * later1) ** 2 / F(2) ** 2  # competing exit of b on day 1
    variance += ((1 - F(1, 5)) / F(1, 3) * later1) ** 2 * F(2, 3) ** 2 / F(2) ** 2  # of a on day 2
    variance += a3**2 * F(1, 3) / 5 + a3**2 * F(1, 2) / 5  # events on day 3
    assert gray(outcome, list("aaabb")).statistic == pytest.approx(float(score**2 / variance), rel=1e-13)


def test_the_name_and_order_of_groups_and_cases_change_nothing():
    outcome, group, strata = simulated(31, 150, groups=4)
    found = gray(outcome, group, strata)
    order = np.random.default_rng(1).permutation(150)
    other = gray(outcome.take(order), np.array(["z", "b", "y", "a"])[group[order]], strata[order])
    assert other.statistic == pytest.approx(found.statistic, rel=1e-12)
    assert found.df == other.df == 3


def test_whole_weights_are_replicates_and_others_are_refused():
    outcome, group, strata = simulated(32, 80)
    times = 1 + np.arange(80) % 3
    weighted = Outcome.of(0, outcome.time, outcome.state, times)
    found = gray(weighted, group, strata, rho=1)
    repeated = gray(outcome.take(np.repeat(np.arange(80), times)), group.repeat(times), strata.repeat(times), rho=1)
    assert found.statistic == pytest.approx(repeated.statistic, rel=1e-13)
    with pytest.raises(ValueError, match="whole-number weights"):
        gray(Outcome.of(0, outcome.time, outcome.state, times / 2), group)


def test_a_shift_of_all_clocks_is_no_delayed_entry():
    outcome, group, _ = simulated(33, 60)
    shifted = Outcome.of(100, outcome.time + 100, outcome.state)
    assert gray(shifted, group) == gray(outcome, group)
    late = Outcome.of(np.arange(60) % 2, outcome.time + 1, outcome.state)
    with pytest.raises(NotEstimable, match="delayed entry"):
        gray(late, group)


def test_without_competing_exits_observed_and_expected_are_those_of_the_logrank_test():
    """The variances differ, by a share that vanishes with few ties."""
    rng = np.random.default_rng(np.random.SeedSequence(34))
    outcome, group = Outcome.of(0, rng.permutation(3000) + 1, rng.integers(0, 2, 3000)), rng.integers(0, 2, 3000)
    assert gray(outcome, group).statistic == pytest.approx(logrank(outcome, group).statistic, rel=0.02)


def test_a_group_that_left_before_the_first_event_takes_no_degree_of_freedom():
    outcome = Outcome.of(0, [1, 3, 4, 5, 6], [0, 1, 1, 1, 2])
    assert gray(outcome, [2, 0, 1, 0, 1]) == gray(outcome.take([1, 2, 3, 4]), [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("time", "state", "group", "text"),
    [
        ([], [], [], "no event"),
        ([3, 4], [0, 2], [0, 1], "no event"),
        ([3, 4], [0, 0], [0, 1], "no event"),
        ([3, 4], [1, 2], [0, 0], "fewer than two groups"),
        ([1, 3], [0, 1], [0, 1], "fewer than two groups"),
        ([2, 2], [1, 1], [0, 1], "singular"),
    ],
)
def test_not_estimable(time, state, group, text):
    with pytest.raises(NotEstimable, match=text):
        gray(Outcome.of(0, time, state), group)


def test_labels_of_another_length():
    with pytest.raises(ValueError, match="group has shape"):
        gray(Outcome.of(0, [1, 2], [1, 1]), [0])
