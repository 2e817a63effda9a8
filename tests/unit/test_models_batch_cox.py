"""Resampled Cox fits against `cox` on the repeated rows."""

import numpy as np
import pytest

from pilot_analysis.models import batch_cox as module
from pilot_analysis.models.batch_cox import batch_cox
from pilot_analysis.models.cox import cox
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


def repeated(outcome, design, weight, strata):
    """The slow, obvious version; NaN where there is no fit, or one that the batch takes for separation."""
    rows = np.repeat(np.arange(len(outcome)), weight)
    try:
        coef = cox(outcome.take(rows), design[rows], None if strata is None else strata[rows]).coef
    except NotEstimable:
        return np.full(design.shape[1], np.nan)
    return coef if np.ptp(design[rows] @ coef) < module._WIDEST else np.full(design.shape[1], np.nan)


def made_up(random, n, late):
    time = random.integers(2, 40, n)
    entry = np.where(random.random(n) < 0.4, random.integers(0, time), 0) if late else 0
    design = np.column_stack([random.integers(0, 2, n), random.normal(50, 10, n)])
    return Outcome.of(entry, time, random.integers(0, 3, n)), design


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("stratified", [False, True])
def test_every_resample_equals_the_fit_to_its_rows(late, stratified):
    random, missing = np.random.default_rng(5), 0
    for n in (6, 12, 12, 25, 50):
        outcome, design = made_up(random, n, late)
        strata = random.integers(0, 3, n) if stratified else None
        weights = random.multinomial(n, np.full(n, 1 / n), 8)
        expected = np.array([repeated(outcome, design, weight, strata) for weight in weights])
        coef, converged = batch_cox(outcome, design, weights, strata)
        np.testing.assert_array_equal(converged, ~np.isnan(expected[:, 0]))
        np.testing.assert_allclose(coef, expected, rtol=1e-10, atol=1e-10)
        missing += int(np.count_nonzero(~converged))
    assert 0 < missing < 40


def test_blocks_and_neighbours_change_nothing(monkeypatch):
    random = np.random.default_rng(6)
    outcome, design = made_up(random, 60, False)
    weights = random.multinomial(60, np.full(60, 1 / 60), 30)
    whole, _ = batch_cox(outcome, design, weights)
    monkeypatch.setattr(module, "_BLOCK", 60)
    np.testing.assert_allclose(batch_cox(outcome, design, weights)[0], whole, rtol=0, atol=1e-12)


def test_a_step_too_far_is_halved():
    """From 0, Newton overshoots: nearly all of the exposed have the event first."""
    exposed = np.arange(60) < 6
    time = np.concatenate([[1, 1, 2, 2, 3, 58], np.arange(6, 60)])
    outcome = Outcome.of(0, time, np.ones(60, dtype=int))
    design = np.column_stack([exposed, exposed * np.arange(60) * 40.0])
    coef, converged = batch_cox(outcome, design, np.ones((1, 60), dtype=int))
    assert converged.all()
    np.testing.assert_allclose(coef[0], cox(outcome, design).coef, rtol=1e-8)


@pytest.mark.parametrize(
    ("weight", "why"),
    [
        ([1, 1, 1, 0, 0, 0, 1, 1], "everybody exposed has the event before everybody else"),
        ([0, 0, 0, 1, 1, 0, 1, 1], "nobody exposed"),
        ([0, 0, 0, 0, 0, 0, 1, 1], "no event"),
        ([0, 0, 0, 0, 0, 0, 0, 0], "nobody"),
    ],
)
def test_a_resample_without_a_fit_is_marked_and_leaves_the_others_alone(weight, why):
    outcome = Outcome.of(0, [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 1, 1, 1, 0, 0])
    exposed = np.array([1, 1, 1, 0, 0, 1, 0, 0])
    coef, converged = batch_cox(outcome, exposed, [weight, np.ones(8, dtype=int)])
    np.testing.assert_array_equal(converged, [False, True], why)
    assert np.isnan(coef[0, 0])
    assert coef[1, 0] == pytest.approx(cox(outcome, exposed).coef[0], abs=1e-11)


def test_collinear_columns_and_no_event_at_all_have_no_fit():
    outcome = Outcome.of(0, [1, 2, 3, 4], [1, 1, 1, 0])
    column = np.array([0.0, 3.0, 1.0, 2.0])
    assert not batch_cox(outcome, np.column_stack([column, 2 * column + 1]), [[1, 1, 1, 1]])[1].any()
    assert not batch_cox(outcome.with_state(np.zeros(4)), column, [[1, 1, 1, 1]])[1].any()


def test_bad_calls_are_refused():
    outcome = Outcome.of(0, [1, 2, 3], [1, 1, 0])
    with pytest.raises(ValueError, match="weights have shape"):
        batch_cox(outcome, [0, 1, 0], [1, 1, 1])
    with pytest.raises(ValueError, match="whole numbers from 0"):
        batch_cox(outcome, [0, 1, 0], [[1.5, 1, 1]])
    with pytest.raises(ValueError, match="design"):
        batch_cox(outcome, [0, np.nan, 0], [[1, 1, 1]])
    with pytest.raises(ValueError, match="weights of their own"):
        batch_cox(Outcome.of(0, [1, 2], [1, 1], [1.0, 2.0]), [0, 1], [[1, 1]])
