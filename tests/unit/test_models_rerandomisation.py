"""The re-randomisation test against full enumeration, and its size under no effect."""

from itertools import combinations, product

import numpy as np
import pytest

from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.rerandomisation import rerandomisation_test

TIME = np.array([3, 9, 9, 4, 7, 12, 2, 12, 5, 12])
STATE = np.array([1, 1, 2, 1, 0, 0, 1, 0, 1, 0])
ARM = np.array([1, 0, 0, 1, 0, 0, 1, 1, 0, 1], dtype=bool)
ORGANISATION = np.array(["a", "a", "a", "b", "b", "b", "b", "b", "c", "c"])
TAU = 12


def statistic(outcome, arm, tau=TAU):
    """The slow, obvious version; infinite without a number."""
    try:
        one, other = (days_not_returned(outcome.take(rows), tau) for rows in (arm, ~arm))
    except NotEstimable:
        return np.inf
    return abs(one.estimate - other.estimate) / np.hypot(one.se, other.se)


def every_allocation(arm, organisation):
    rows = [np.flatnonzero(organisation == label) for label in np.unique(organisation)]
    choices = [combinations(group, int(arm[group].sum())) for group in rows]
    for chosen in product(*choices):
        allocation = np.zeros(arm.size, dtype=bool)
        allocation[[case for part in chosen for case in part]] = True
        yield allocation


def test_p_value_is_the_share_of_all_allocations_at_least_as_extreme():
    outcome = Outcome.of(0, TIME, STATE)
    observed = statistic(outcome, ARM)
    everything = [statistic(outcome, a) for a in every_allocation(ARM, ORGANISATION)]
    assert len(everything) == 3 * 10 * 2
    exact = np.mean(np.array(everything) >= observed * (1 - 1e-9))
    result = rerandomisation_test(outcome, ARM, ORGANISATION, TAU, 40_000, seed=1)
    assert result.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))
    assert 0.1 < exact < 0.9
    assert abs(result.statistic) == pytest.approx(observed, rel=1e-12)
    share = np.mean(np.isinf(everything))
    assert 0 < share < 1
    assert result.not_estimable / 40_000 == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 40_000))


def test_difference_and_standard_error_are_those_of_the_arms():
    outcome = Outcome.of(0, TIME, STATE)
    one, other = (days_not_returned(outcome.take(rows), TAU) for rows in (ARM, ~ARM))
    result = rerandomisation_test(outcome, ARM, ORGANISATION, TAU, 9)
    assert result.difference == pytest.approx(one.estimate - other.estimate, abs=1e-12)
    assert result.se == pytest.approx(np.hypot(one.se, other.se), abs=1e-12)


def test_size_is_kept_when_organisations_differ_and_nothing_else_does():
    """Returns differ tenfold between organisations, as do the shares of the arms: only permuting within keeps 5 %."""
    random = np.random.default_rng(8)
    organisation = np.repeat([0, 1, 2], 20)
    arm = np.concatenate([np.arange(20) < k for k in (4, 10, 16)])
    rejected = 0
    for trial in range(400):
        time = np.minimum(random.geometric(np.array([0.02, 0.06, 0.2])[organisation]), 40)
        outcome = Outcome.of(0, time, (time < 40).astype(int))
        rejected += rerandomisation_test(outcome, arm, organisation, 40, 99, seed=trial).p_value <= 0.05
    assert 0.02 <= rejected / 400 <= 0.085  # 5 % -+ 3 standard errors


def test_a_clear_effect_has_the_smallest_p_there_is():
    time = np.concatenate([np.arange(1, 16), np.full(15, 30)])
    outcome = Outcome.of(0, time, (time < 30).astype(int))
    result = rerandomisation_test(outcome, np.arange(30) < 15, np.zeros(30), 30, 199)
    assert result.p_value == 1 / 200
    assert result.difference == pytest.approx(8 - 30)


def test_progress_reaches_the_end_and_the_seed_alone_decides():
    outcome, seen = Outcome.of(0, TIME, STATE), []
    first = rerandomisation_test(
        outcome, ARM, ORGANISATION, TAU, 5000, 4, lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (5000, 5000) and len(seen) > 1
    assert first == rerandomisation_test(outcome, ARM, ORGANISATION, TAU, 5000, np.random.SeedSequence(4))


def test_no_other_allocation_and_no_number_are_refused_with_the_reason():
    outcome = Outcome.of(0, TIME, STATE)
    with pytest.raises(NotEstimable, match="no organisation has cases in both arms"):
        rerandomisation_test(outcome, ARM, np.where(ARM, "x", "y"), TAU)
    with pytest.raises(NotEstimable, match="nobody at risk on day 20"):
        rerandomisation_test(outcome, ARM, ORGANISATION, 20)
    with pytest.raises(NotEstimable, match="nobody at risk"):
        rerandomisation_test(outcome, np.zeros(10, dtype=bool), ORGANISATION, TAU)
    with pytest.raises(ValueError, match="shape"):
        rerandomisation_test(outcome, ARM[:3], ORGANISATION, TAU)
