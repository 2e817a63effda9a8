"""Robust errors of a Cox fit against derivatives by weight and refits; and where there are none."""

import numpy as np
import pytest
from cox_samples import by_weight, simulated

from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


@pytest.fixture(scope="module")
def sample():
    outcome, design, strata = simulated(51)
    design = (design - design.mean(axis=0)) / design.std(axis=0)
    cluster = np.random.default_rng(np.random.SeedSequence(52)).integers(0, 9, len(outcome))
    return outcome, design, strata, cluster, cox(outcome, design, strata)


def test_sandwich_of_derivatives_by_weight(sample):
    outcome, design, strata, cluster, fit = sample
    slope = by_weight(outcome, lambda weighted: cox(weighted, design, strata).coef)
    assert robust(fit).cov == pytest.approx(slope.T @ slope, rel=1e-6, abs=1e-9)
    assert robust(fit).clusters == len(outcome)
    sums = np.array([slope[cluster == g].sum(axis=0) for g in range(9)])
    found = robust(fit, cluster)
    assert found.cov == pytest.approx(sums.T @ sums, rel=1e-6, abs=1e-9)
    assert found.se == pytest.approx(np.sqrt(np.diag(found.cov)))
    assert found.clusters == 9


def test_labels_of_any_kind_and_any_order(sample):
    outcome, design, strata, cluster, fit = sample
    names = np.array([f"org-{9 - g}" for g in cluster])
    assert robust(fit, names).cov == pytest.approx(robust(fit, cluster).cov, rel=1e-12)
    assert robust(fit, names.astype(object)).cov == pytest.approx(robust(fit, cluster).cov, rel=1e-12)
    back = np.arange(len(outcome))[::-1]
    again = cox(outcome.take(back), design[back], strata[back])
    assert robust(again, cluster[back]).cov == pytest.approx(robust(fit, cluster).cov, rel=1e-10)


def test_follow_up_cut_in_two_is_one_cluster_of_rows():
    outcome, design, strata = simulated(53)
    long = np.flatnonzero((outcome.time > 5) & (outcome.entry < 5))
    end, state = outcome.time.copy(), outcome.state.copy()
    end[long], state[long] = 5, 0
    rows = np.concatenate([np.arange(len(outcome)), long])
    cut = Outcome.of(
        np.concatenate([outcome.entry, np.full(long.size, 5)]),
        np.concatenate([end, outcome.time[long]]),
        np.concatenate([state, outcome.state[long]]),
        outcome.weight[rows],
    )
    whole, parts = cox(outcome, design, strata), cox(cut, design[rows], strata[rows])
    assert robust(parts, rows).cov == pytest.approx(robust(whole).cov, rel=1e-9)


def test_small_cluster_variants(sample):
    outcome, design, strata, cluster, fit = sample
    assert robust(fit, cluster, "g/(g-1)").cov == pytest.approx(9 / 8 * robust(fit, cluster).cov, rel=1e-13)
    without = [
        cox(outcome.take(cluster != g), design[cluster != g], strata[cluster != g]).coef - fit.coef for g in range(9)
    ]
    assert robust(fit, cluster, "jackknife").cov == pytest.approx(
        8 / 9 * sum(np.outer(one, one) for one in without), rel=1e-9
    )


def test_no_number_where_there_is_none(sample):
    _, _, _, cluster, fit = sample
    with pytest.raises(NotEstimable, match="single cluster"):
        robust(fit, np.zeros(cluster.size))
    with pytest.raises(NotEstimable, match="no columns"):
        robust(cox(fit.data.outcome, np.empty((cluster.size, 0))))
    # the second cluster has nobody beside whom an event happens: all there is to say comes from the first
    alone = cox(Outcome.of(0, [1, 2, 3, 9], [1, 1, 1, 0]), [1, 0, 1, 0], [0, 0, 0, 1])
    with pytest.raises(NotEstimable, match="fewer than two clusters bear"):
        robust(alone, [0, 0, 0, 1])


def test_a_column_on_which_one_cluster_alone_bears_has_no_error():
    # the second column varies in the second stratum only, which is one cluster
    design = np.array([[1, 0], [0, 0], [0, 0], [1, 0], [0, 1], [0, 0], [0, 1]])
    fit = cox(Outcome.of(0, [1, 2, 3, 4, 1, 2, 3], [1] * 7), design, [0, 0, 0, 0, 1, 1, 1])
    found = robust(fit, [0, 0, 1, 1, 2, 2, 2])
    assert found.se[0] > 0.1
    assert found.se[1] == 0


@pytest.mark.parametrize(
    ("labels", "small", "text"),
    [
        ([1, 2], "none", "clusters have shape"),
        (["a", "b", None], "none", "no label"),
        ([1, np.nan, 2], "none", "no label"),
        ([1, 2, 3], "hc3", "correction is one of"),
    ],
)
def test_a_bad_call(labels, small, text):
    fit = cox(Outcome.of(0, [1, 2, 3], [1, 1, 1]), [1, 0, 1])
    with pytest.raises(ValueError, match=text):
        robust(fit, labels, small)


def test_the_jackknife_says_so_when_nothing_is_left_without_a_cluster():
    fit = cox(Outcome.of(0, [1, 2, 3, 4], [1, 1, 1, 1]), [1, 0, 1, 0])
    with pytest.raises(NotEstimable, match="without one of the clusters"):
        robust(fit, [0, 1, 0, 1], "jackknife")
