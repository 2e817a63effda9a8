"""Days by a value that differs within states: by hand, from the definition, and its standard error by derivatives."""

import numpy as np
import pytest
from test_models_states import COLUMNS, FOUR, histories, jackknife, naive, rows

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.states import days_by_value, days_in_states, state_occupation


def slow(columns: dict, weights: np.ndarray, value: np.ndarray, tau: int) -> np.ndarray:
    """Sum over days of share x mean value of those observed in the state, from the definition; shape (1,)."""
    start, stop, origin = (np.array(columns[name]) for name in COLUMNS[:3])
    shares, mean, total = naive(columns, weights, tau), np.zeros(4, dtype=weights.dtype), 0.0
    for day in range(tau):
        for state in range(4):
            here = (start <= day) & (stop > day) & (origin == state)
            if here.any():
                mean[state] = (weights[here] * value[here]).sum() / weights[here].sum()
        total = total + shares[day] @ mean
    return np.array([total])


def test_a_value_that_is_the_same_in_a_state_gives_its_days():
    value = [{"absent": 1.0, "partial": 0.5, "returned": 0.0}[state] for state in FOUR["from_state"]]
    found = days_by_value(**FOUR, value=value, tau=8)
    known = days_in_states(state_occupation(**FOUR, tau=8), {"absent": 1, "partial": 0.5})
    assert found == pytest.approx(known, rel=1e-12)


def test_by_hand_without_censoring():
    stays = rows((0, 3, "p", "p", 1), (3, 6, "p", "r", 1), (6, 9, "r", "r", 1), (0, 9, "p", "p", 2))
    found = days_by_value(**stays, value=[0.8, 0.4, 0.0, 0.5], tau=9)
    sums = np.array([3 * 0.8 + 3 * 0.4, 9 * 0.5])
    assert found.estimate == pytest.approx(sums.mean())
    assert found.se == pytest.approx(sums.std() / np.sqrt(2))


@pytest.mark.parametrize(
    "traits",
    [{}, {"late": True}, dict.fromkeys(("late", "gaps", "mixed", "weighted"), True)],
    ids=lambda traits: "-".join(traits) or "plain",
)
def test_estimate_and_standard_error_from_the_definition(traits):
    columns, weights = histories(44, 60, **traits)
    value, tau = np.random.default_rng(1).uniform(0, 1, weights.size), 14
    found = days_by_value(**columns, value=value, tau=tau, weight=weights)
    assert found.estimate == pytest.approx(slow(columns, weights, value, tau)[0], rel=1e-11)
    covariance = jackknife(columns, weights, lambda w: slow(columns, w, value, tau))
    assert found.se == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-9)


def test_no_days_beyond_the_follow_up_and_no_tau_of_0():
    with pytest.raises(NotEstimable, match="nobody at risk on day 10 in absent"):
        days_by_value(**FOUR, value=np.ones(7), tau=10)
    with pytest.raises(ValueError, match="tau must be above 0"):
        days_by_value(**FOUR, value=np.ones(7), tau=0)
