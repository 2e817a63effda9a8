"""Separation: recognised exactly, against the whole linear programme; a large coefficient is not taken for it."""

import numpy as np
import pytest
from cox_written_out import simulated
from scipy.optimize import linprog

from pilot_analysis.models.cox import cox
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.separation import separated


def differences(outcome, design, strata, ties) -> np.ndarray:
    """Whoever has the event less each of the others at risk."""
    rows = [
        design[i] - design[j]
        for i in np.flatnonzero(outcome.cause_specific)
        for j in range(len(outcome))
        if j != i
        and strata[i] == strata[j]
        and outcome.entry[j] < outcome.time[i] <= outcome.time[j]
        and not (ties == "exact" and outcome.cause_specific[j] and outcome.time[j] == outcome.time[i])
    ]
    return np.array(rows).reshape(-1, design.shape[1])


def small(rng: np.random.Generator):
    n, p = rng.integers(4, 14), rng.integers(1, 4)
    design = rng.integers(-2, 3, (n, p)).astype(float) if rng.random() < 0.6 else rng.normal(size=(n, p))
    entry = rng.integers(0, 3, n) * rng.integers(0, 2)
    outcome = Outcome.of(entry, entry + rng.integers(1, 12, n), rng.choice([0, 1, 2], n))
    return outcome, design, rng.integers(0, 2, n) * rng.integers(0, 2)


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_a_fit_a_reason_or_collinear_columns_as_the_whole_programme_says(ties):
    rng = np.random.default_rng(np.random.SeedSequence(61))
    seen = {"fit": 0, "without bound": 0, "collinear|vary": 0}
    for _ in range(120):
        outcome, design, strata = small(rng)
        if not outcome.cause_specific.any():
            continue
        pairs = differences(outcome, design, strata, ties)
        if np.linalg.matrix_rank(pairs) < design.shape[1]:
            answer = "collinear|vary"
        else:
            found = linprog(-pairs.sum(axis=0), A_ub=-pairs, b_ub=np.zeros(len(pairs)), bounds=(-1, 1))
            answer = "without bound" if found.fun < -1e-7 else "fit"
            assert (separated(outcome, design, strata, ties) is None) == (answer == "fit")
        seen[answer] += 1
        if answer == "fit":
            assert np.all(np.isfinite(cox(outcome, design, strata, ties).se))
        else:
            with pytest.raises(NotEstimable, match=answer):
                cox(outcome, design, strata, ties)
    assert min(seen.values()) >= 5


def test_the_columns_are_named():
    outcome = Outcome.of(0, [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 0])
    noise = [0.3, -0.2, 0.1, 0.5, -0.4, 0.2]
    level = [0, 0, 0, 0, 1, 1]
    assert separated(outcome, np.column_stack([noise, level])).endswith(
        "column 2 of the model separates events from the others at risk"
    )
    # neither is ordered by time, their sum is
    first, total = np.array([2.0, 3, 0, 2, 0, 1]), np.array([6.0, 5, 4, 3, 2, 1])
    reason = separated(outcome, np.column_stack([first, total - first]))
    assert reason == (
        "a coefficient grows without bound: columns 1, 2 of the model together separate events from the others at risk"
    )
    assert separated(outcome, noise) is None
    assert separated(outcome, np.ones(6)) is None


def test_a_coefficient_of_twenty_is_a_number():
    # pairs x = 1, 0: the event in x = 1 with weight 10^9, once in x = 0: the coefficient is log(10^9)
    outcome = Outcome.of(0, [1, 2, 2, 1], [1, 0, 0, 1], [1e9, 1e9, 1, 1])
    fit = cox(outcome, [1, 0, 1, 0], [0, 0, 1, 1])
    assert fit.coef[0] == pytest.approx(np.log(1e9), rel=1e-8)


def test_one_person_of_many_in_a_level_without_events():
    outcome, design, strata = simulated(62, 3000)
    level = np.zeros(3000)
    level[np.flatnonzero((outcome.state == 0) & (outcome.entry < 1))[0]] = 1
    with pytest.raises(NotEstimable, match="column 4 of the model separates"):
        cox(outcome, np.column_stack([design, level]), strata)
