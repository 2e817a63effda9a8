"""Values that differ within states: by hand, from the definition, and standard errors by derivatives."""

import numpy as np
import pytest
from test_models_states import COLUMNS, FOUR, histories, jackknife, naive, rows

from pilot_analysis.models.states import days_in_states, occupation_at, state_occupation, values_by_day


def slow(columns: dict, weights: np.ndarray, value: np.ndarray, tau: int) -> np.ndarray:
    """Share x mean value of those observed in the state, summed over states, from the definition, (tau + 1,)."""
    start, stop, origin = (np.array(columns[name]) for name in COLUMNS[:3])
    shares, mean, found = naive(columns, weights, tau), np.zeros(4, dtype=weights.dtype), []
    for day in range(tau + 1):
        for state in range(4):
            here = (start <= day) & (stop > day) & (origin == state)
            if here.any():
                mean[state] = (weights[here] * value[here]).sum() / weights[here].sum()
        found.append(shares[day] @ mean)
    return np.array(found)


def test_a_value_that_is_the_same_in_a_state_gives_its_shares_and_days():
    states = ("absent", "partial")
    value = np.column_stack([[float(state == name) for state in FOUR["from_state"]] for name in states])
    found = values_by_day(**FOUR, value=value, tau=8)
    known = state_occupation(**FOUR, tau=8)
    for place, state in enumerate(states):
        assert (found.days[place], found.days_se[place]) == pytest.approx(days_in_states(known, {state: 1}), rel=1e-12)
        for day in (1, 2, 4, 7):
            share, se = occupation_at(known, day)
            assert found.mean[day, place] == pytest.approx(share[place])
            assert found.se[day, place] == pytest.approx(se[place])


def test_by_hand_without_censoring():
    stays = rows((0, 3, "p", "p", 1), (3, 6, "p", "r", 1), (6, 9, "r", "r", 1), (0, 9, "p", "p", 2))
    found = values_by_day(**stays, value=np.array([[0.8], [0.4], [0.0], [0.5]]), tau=9)
    sums = np.array([3 * 0.8 + 3 * 0.4, 9 * 0.5])
    assert found.days == pytest.approx([sums.mean()])
    assert found.days_se == pytest.approx([sums.std() / np.sqrt(2)])
    assert found.mean[[0, 4, 8], 0] == pytest.approx([0.65, 0.45, 0.25])


@pytest.mark.parametrize(
    "traits",
    [{}, {"late": True}, dict.fromkeys(("late", "gaps", "mixed", "weighted"), True)],
    ids=lambda traits: "-".join(traits) or "plain",
)
def test_estimates_and_standard_errors_from_the_definition(traits):
    columns, weights = histories(44, 60, **traits)
    value, tau = np.random.default_rng(1).uniform(0, 1, weights.size), 14
    found = values_by_day(**columns, value=value[:, None], tau=tau, weight=weights)
    expected = slow(columns, weights, value, tau)
    assert found.mean[:, 0] == pytest.approx(expected, rel=1e-11)
    assert found.days[0] == pytest.approx(expected[:tau].sum(), rel=1e-11)
    covariance = jackknife(columns, weights, lambda w: slow(columns, w, value, tau))
    assert found.se[:, 0] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-8, abs=1e-14)
    assert found.days_se[0] == pytest.approx(np.sqrt(covariance[:tau, :tau].sum()), rel=1e-8)


def test_no_days_beyond_the_follow_up_and_no_tau_of_0():
    found = values_by_day(**FOUR, value=np.ones((7, 1)), tau=10)
    assert (found.days, found.why_no_days) == (None, "nobody at risk on day 10 in absent")
    with pytest.raises(ValueError, match="tau must be above 0"):
        values_by_day(**FOUR, value=np.ones((7, 1)), tau=0)
