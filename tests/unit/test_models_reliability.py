"""Alpha and omega: by hand, against the formulas, and where they do not exist."""

import numpy as np
import pytest

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.reliability import FEWEST_PEOPLE, alpha, omega, one_factor


def with_covariance(wanted: np.ndarray, n: int = 40, seed: int = 1) -> np.ndarray:
    """`n` people whose sample covariance is exactly `wanted`."""
    drawn = np.random.default_rng(seed).normal(size=(n, len(wanted)))
    drawn -= drawn.mean(axis=0)
    whitened = drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn, rowvar=False)).T)
    return 3 + whitened @ np.linalg.cholesky(wanted).T


def test_alpha_of_two_items_by_hand():
    # Item variances 1 and 1, covariance 0.5: variance of the sum 3; alpha = 2 (1 - 2 / 3) = 2 / 3.
    values = with_covariance(np.array([[1.0, 0.5], [0.5, 1.0]]))
    assert alpha(values).estimate == pytest.approx(2 / 3, abs=1e-12)


def test_alpha_of_a_small_table_by_hand():
    # Squares about the mean, of five people twice: items 20, 20 and 5.6; sums 3, 6, 8, 12, 12 (mean 8.2): 121.6.
    table = np.array([[1, 1, 1], [2, 2, 2], [3, 3, 2], [4, 5, 3], [5, 4, 3]], dtype=float)
    assert alpha(np.vstack([table, table])).estimate == pytest.approx(3 / 2 * (1 - 45.6 / 121.6))
    assert pytest.approx(0.9375) == 3 / 2 * (1 - 45.6 / 121.6)


def test_the_interval_of_alpha_is_feldts():
    from scipy.stats import f

    values = with_covariance(np.array([[1, 0.4, 0.3], [0.4, 1, 0.5], [0.3, 0.5, 1.2]]), n=25)
    found = alpha(values, 0.9)
    left = 1 - found.estimate
    assert found.ci_low == pytest.approx(1 - left * f.ppf(0.95, 24, 48))
    assert found.ci_high == pytest.approx(1 - left * f.ppf(0.05, 24, 48))


def test_the_interval_of_alpha_holds_the_truth_about_95_times_in_100():
    truth, hits, wanted = 3 / 2 * (1 - 3 / (3 + 6 * 0.5)), 0, np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    rng = np.random.default_rng(7)
    for _ in range(1000):
        found = alpha(rng.multivariate_normal(np.zeros(3), wanted, 60))
        hits += found.ci_low <= truth <= found.ci_high
    assert 925 <= hits <= 975


def test_three_items_have_loadings_in_closed_form():
    wanted = np.array([[2.0, 0.6, 0.4], [0.6, 1.0, 0.3], [0.4, 0.3, 1.5]])
    factor = one_factor(wanted)
    assert factor.loading == pytest.approx(
        [np.sqrt(0.6 * 0.4 / 0.3), np.sqrt(0.6 * 0.3 / 0.4), np.sqrt(0.4 * 0.3 / 0.6)]
    )
    assert factor.residual == pytest.approx(np.diag(wanted) - factor.loading**2)
    common = factor.loading.sum() ** 2
    assert omega(with_covariance(wanted)) == pytest.approx(common / (common + factor.residual.sum()))
    assert omega(with_covariance(wanted)) == pytest.approx(common / wanted.sum())  # nothing is left over


def test_loadings_that_made_the_covariances_come_back_whatever_their_sign_and_unit():
    loading = np.array([0.9, 0.5, 0.7, 2.0, 0.3])
    wanted = np.outer(loading, loading) + np.diag([0.5, 0.8, 0.2, 1.0, 0.4])
    assert one_factor(wanted).loading == pytest.approx(loading, abs=1e-8)


def test_omega_is_alpha_when_all_items_are_alike_and_above_it_otherwise():
    alike = np.full((4, 4), 0.5) + np.diag([0.5, 0.2, 0.9, 0.4])
    values = with_covariance(alike)
    assert omega(values) == pytest.approx(alpha(values).estimate)
    loading = np.array([1.5, 0.2, 0.6, 0.9])
    uneven = with_covariance(np.outer(loading, loading) + np.diag([0.5, 0.8, 0.2, 1.0]))
    assert omega(uneven) > alpha(uneven).estimate + 0.05


def test_an_item_that_was_not_reversed_shows():
    wanted = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    values = with_covariance(wanted)
    values[:, 0] *= -1
    assert alpha(values).estimate < 0.4 < alpha(values * [-1, 1, 1, 1]).estimate


@pytest.mark.parametrize(
    ("values", "function", "reason"),
    [
        (np.ones((30, 1)), alpha, "fewer than 2 items"),
        (np.random.default_rng(1).normal(size=(30, 2)), omega, "fewer than 3 items"),
        (np.random.default_rng(1).normal(size=(FEWEST_PEOPLE - 1, 3)), alpha, "fewer than 10 people"),
        (np.c_[np.arange(30.0), np.ones(30)], alpha, "same answer"),
        (np.c_[np.arange(30.0), -np.arange(30.0)], alpha, "same sum"),
    ],
)
def test_what_has_no_reliability_says_so(values, function, reason):
    with pytest.raises(NotEstimable, match=reason):
        function(values)


def test_a_negative_residual_variance_is_no_factor():
    wanted = np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]])
    with pytest.raises(NotEstimable, match="negative residual"):
        omega(with_covariance(wanted))
