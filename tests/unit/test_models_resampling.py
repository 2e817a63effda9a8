"""What each scheme draws, and that a replicate depends on the seed and its number alone."""

import numpy as np
import pytest

from pilot_analysis.models.batch import batch_days_not_returned
from pilot_analysis.models.batch_cox import batch_cox
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.resampling import (
    allocation_picks,
    as_weights,
    bootstrap_picks,
    cluster_bootstrap_weights,
    in_batches,
    jackknife_weights,
    joint_labels,
)

GROUP = np.array(["a", "b", "a", "b", "c", "a", "b", "c", "a", "b", "c"])
CLUSTER = np.array([4, 7, 4, 7, 9, 1, 8, 9, 1, 8, 9])
TREATED = np.array([1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1], dtype=bool)
SCHEMES = [
    lambda replicates, seed: bootstrap_picks(GROUP, replicates, seed),
    lambda replicates, seed: cluster_bootstrap_weights(CLUSTER, replicates, seed, GROUP),
    lambda replicates, seed: allocation_picks(TREATED, GROUP, replicates, seed),
]


@pytest.mark.parametrize("draw", SCHEMES)
def test_a_replicate_depends_on_the_seed_and_its_number_only(draw):
    whole = draw(range(50), 12)
    parts = [draw(batch, np.random.SeedSequence(12)) for batch in in_batches(50, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(draw(range(31, 32), 12)[0], whole[31])
    assert np.any(draw(range(50), 13) != whole)
    assert len({row.tobytes() for row in whole}) > 5  # replicates differ
    with pytest.raises(ValueError, match="without gaps"):
        draw(range(0, 10, 2), 12)


def test_the_bootstrap_keeps_the_size_of_each_group_and_draws_all_its_cases_alike():
    weights = as_weights(bootstrap_picks(GROUP, range(4000), 1), GROUP.size)
    for label in "abc":
        members = weights[:, label == GROUP]
        size = members.shape[1]
        assert np.all(members.sum(axis=1) == size)
        # A count is binomial(size, 1/size): mean 1, variance 1 - 1/size.
        np.testing.assert_allclose(members.mean(axis=0), 1, atol=5 / np.sqrt(4000))
        np.testing.assert_allclose(members.var(axis=0), 1 - 1 / size, atol=0.15)


def test_the_cluster_bootstrap_draws_whole_clusters_within_groups():
    organisation = np.where(np.isin(CLUSTER, [4, 1]), "x", "y")
    weights = cluster_bootstrap_weights(CLUSTER, range(500), 2, organisation)
    for cluster in np.unique(CLUSTER):
        assert np.all(np.ptp(weights[:, cluster == CLUSTER], axis=1) == 0)
    one_each = weights[:, np.unique(CLUSTER, return_index=True)[1]]  # clusters 1, 4, 7, 8, 9
    assert np.all(one_each[:, :2].sum(axis=1) == 2) and np.all(one_each[:, 2:].sum(axis=1) == 3)
    np.testing.assert_allclose(one_each.mean(axis=0), 1, atol=0.2)
    with pytest.raises(ValueError, match="more than one group"):
        cluster_bootstrap_weights(CLUSTER, range(3), 2, TREATED)


def test_the_jackknife_leaves_out_one_cluster_at_a_time():
    weights = jackknife_weights(CLUSTER, range(1, 3))
    np.testing.assert_array_equal(weights, [CLUSTER != 4, CLUSTER != 7])


def test_the_jackknife_of_a_batch_is_that_of_the_robust_errors():
    random = np.random.default_rng(2)
    cluster, design = np.repeat(np.arange(12), 10), random.normal(size=(120, 2))
    outcome = Outcome.of(0, random.geometric(0.05, 120), random.integers(0, 2, 120))
    fit = cox(outcome, design)
    left_out, converged = batch_cox(outcome, design, jackknife_weights(cluster, range(12)))
    assert converged.all()
    change = left_out - fit.coef
    np.testing.assert_allclose(11 / 12 * change.T @ change, robust(fit, cluster, "jackknife").cov, rtol=1e-8)


def test_allocations_keep_the_numbers_per_group_and_are_equally_likely():
    group, treated = np.array([0, 1, 0, 0, 1]), np.array([1, 0, 1, 0, 1], dtype=bool)
    picks = allocation_picks(treated, group, range(6000), 3)
    weights = as_weights(picks, 5)
    assert weights.max() == 1
    assert np.all(weights[:, group == 0].sum(axis=1) == 2) and np.all(weights[:, group == 1].sum(axis=1) == 1)
    kinds, count = np.unique(weights, axis=0, return_counts=True)
    assert len(kinds) == 3 * 2
    assert np.sum((count - 1000) ** 2 / 1000) < 20.5  # chi-squared, 5 df, 0.1 %


def test_allocations_work_in_one_group_and_refuse_other_lengths():
    picks = allocation_picks([True, False, False], ["x"] * 3, range(300), 1)
    assert set(picks.ravel()) == {0, 1, 2}
    with pytest.raises(ValueError, match="shape"):
        allocation_picks([True, False], ["x"] * 3, range(3), 1)


def test_joint_labels_and_progress():
    labels = joint_labels(["a", "a", "b", "b"], [1, 2, 1, 1])
    np.testing.assert_array_equal(labels, [0, 1, 2, 2])
    seen = []
    assert [list(batch) for batch in in_batches(5, 2, lambda *done: seen.append(done))] == [[0, 1], [2, 3], [4]]
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_the_spread_of_the_bootstrap_is_the_standard_error():
    random = np.random.default_rng(9)
    time = np.minimum(random.geometric(0.02, 150), 60)
    outcome = Outcome.of(0, time, np.where(time == 60, 0, random.choice([0, 1, 1, 2], 150)))
    weights = as_weights(bootstrap_picks(np.zeros(150), range(3000), 4), 150)
    mean, variance = batch_days_not_returned(outcome, weights, 50)
    own = days_not_returned(outcome, 50)
    assert mean.std() == pytest.approx(own.se, rel=0.05)  # 4 Monte Carlo errors
    assert np.sqrt(variance.mean()) == pytest.approx(own.se, rel=0.03)
    assert mean.mean() == pytest.approx(own.estimate, abs=4 * own.se / np.sqrt(3000))
