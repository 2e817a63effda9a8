"""Resampled means in days against the estimators on the repeated rows."""

import numpy as np
import pytest

from pilot_analysis.models import batch
from pilot_analysis.models.batch import batch_days_not_returned, batch_rmst
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import rmst


def repeated(estimator, outcome, weight, tau):
    """The slow, obvious version: (mean, variance), NaN where there is none."""
    try:
        mean = estimator(outcome.take(np.repeat(np.arange(len(outcome)), weight)), tau)
    except NotEstimable:
        return np.nan, np.nan
    return mean.estimate, mean.se**2


@pytest.mark.parametrize(("estimator", "batched"), [(days_not_returned, batch_days_not_returned), (rmst, batch_rmst)])
def test_every_resample_equals_the_estimator_on_its_rows(estimator, batched):
    random, missing = np.random.default_rng(3), 0
    for _ in range(60):
        n, tau = int(random.integers(1, 40)), int(random.integers(2, 60))
        outcome = Outcome.of(0, random.integers(1, 50, n), random.integers(0, 4, n))
        weights = random.integers(0, 4, (6, n)) * random.integers(0, 2, (6, n))
        expected = np.array([repeated(estimator, outcome, weight, tau) for weight in weights])
        missing += int(np.isnan(expected[:, 0]).sum())
        np.testing.assert_allclose(np.column_stack(batched(outcome, weights, tau)), expected, rtol=1e-10, atol=1e-10)
    assert 30 < missing < 330  # both kinds were there


def test_blocks_change_nothing(monkeypatch):
    random = np.random.default_rng(4)
    outcome = Outcome.of(0, random.integers(1, 30, 25), random.integers(0, 3, 25))
    weights = random.integers(0, 3, (40, 25))
    whole = batch_days_not_returned(outcome, weights, 20)
    monkeypatch.setattr(batch, "BLOCK", 100)
    np.testing.assert_array_equal(batch_days_not_returned(outcome, weights, 20), whole)


def test_without_spread_the_variance_is_zero_and_without_people_there_is_no_number():
    outcome = Outcome.of(0, [5, 5, 5, 9], [1, 1, 1, 0])
    mean, variance = batch_days_not_returned(outcome, [[1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 2]], 9)
    np.testing.assert_array_equal(mean, [5, np.nan, 9])
    np.testing.assert_array_equal(variance, [0, np.nan, 0])


def test_what_the_counts_cannot_hold_is_refused():
    late = Outcome.of([0, 2], [5, 6], [1, 0])
    weighted = Outcome.of(0, [5, 6], [1, 0], [1.0, 2.0])
    for outcome in (late, weighted):
        with pytest.raises(ValueError, match="without weights of their own, all at risk from day 0"):
            batch_days_not_returned(outcome, [[1, 1]], 5)
    with pytest.raises(ValueError, match="shape"):
        batch_days_not_returned(Outcome.of(0, [5, 6], [1, 0]), [1, 1], 5)
    with pytest.raises(ValueError, match="whole numbers from 0"):
        batch_days_not_returned(Outcome.of(0, [5, 6], [1, 0]), [[1, -1]], 5)
    with pytest.raises(ValueError, match="tau"):
        batch_days_not_returned(Outcome.of(0, [5, 6], [1, 0]), [[1, 1]], 0)
