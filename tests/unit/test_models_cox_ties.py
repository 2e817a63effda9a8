"""Ties by Efron, Breslow and exactly, and case weights: closed forms, and the likelihood written out."""

import numpy as np
import pytest
from cox_written_out import gradient, information, log_likelihood, simulated, weighted
from scipy.special import gammaln

from pilot_analysis.models.cox import cox
from pilot_analysis.models.logrank import logrank
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

KINDS = [("efron", True), ("breslow", True), ("breslow", False), ("exact", False)]


@pytest.mark.parametrize(("ties", "weights"), KINDS)
@pytest.mark.parametrize("seed", [51, 52])
def test_likelihood_score_and_information_as_written_out(ties, weights, seed):
    outcome, design, strata = simulated(seed, 40)
    outcome = weighted(outcome, seed) if weights else outcome
    fit = cox(outcome, design, strata, ties)
    case = (outcome, design, strata)
    assert fit.ties == ties
    assert fit.loglik == pytest.approx(log_likelihood(*case, fit.coef, ties), rel=1e-12)
    assert fit.loglik_null == pytest.approx(log_likelihood(*case, 0 * fit.coef, ties), rel=1e-12)
    assert np.abs(gradient(*case, fit.coef, ties) * fit.se).max() < 1e-11
    assert np.linalg.inv(information(*case, fit.coef, 1e-5 * fit.se, ties)) == pytest.approx(fit.cov, rel=1e-6)


def test_exact_in_closed_form():
    # two of five have the event: r of r^2 + 6 r + 3, highest at r = sqrt(3)
    fit = cox(Outcome.of(0, [2] * 5, [1, 1, 0, 0, 0]), [1, 0, 1, 0, 0], ties="exact")
    r = 3**0.5
    sets, mean = r**2 + 6 * r + 3, (2 * r**2 + 6 * r) / (r**2 + 6 * r + 3)
    assert fit.coef[0] == pytest.approx(np.log(3) / 2, rel=1e-13)
    assert fit.cov[0, 0] == pytest.approx(1 / ((4 * r**2 + 6 * r) / sets - mean**2), rel=1e-12)
    assert fit.loglik == pytest.approx(np.log(r / sets), rel=1e-13)


def test_breslow_in_closed_form():
    # two of three have the event: 2 log r - 2 log(1 + 2 r) for x = 1, 1, 0 grows; with x = 1, 0, 1: r = 1/2
    fit = cox(Outcome.of(0, [4, 4, 5], [1, 1, 0]), [1, 0, 1], ties="breslow")
    assert fit.coef[0] == pytest.approx(np.log(1 / 2), rel=1e-13)
    assert fit.cov[0, 0] == pytest.approx(2, rel=1e-13)


def test_the_exact_score_test_is_the_log_rank_test():
    outcome, design, strata = simulated(53)
    fit = cox(outcome, design[:, 0], strata, ties="exact")
    assert fit.score_test.statistic == pytest.approx(logrank(outcome, design[:, 0], strata).statistic, rel=1e-12)


def test_without_ties_all_are_one():
    rng = np.random.default_rng(np.random.SeedSequence(54))
    outcome = Outcome.of(0, rng.permutation(40) + 1, rng.integers(0, 2, 40))
    design = rng.normal(size=(40, 2))
    efron, breslow, exact = (cox(outcome, design, ties=ties) for ties in ("efron", "breslow", "exact"))
    assert breslow.coef == pytest.approx(efron.coef, rel=1e-12)
    assert exact.coef == pytest.approx(efron.coef, rel=1e-12)
    assert exact.cov == pytest.approx(efron.cov, rel=1e-12)


def test_many_ties_neither_overflow_nor_lose_digits():
    # one day, n = 1,000, half of them: 10^299 sets; the events in x = 1 are noncentral hypergeometric with mean 300
    x = np.tile([0, 1], 500)
    happened = np.zeros(1000, dtype=int)
    happened[x == 1] = np.arange(500) < 300
    happened[x == 0] = np.arange(500) < 200
    fit = cox(Outcome.of(0, [3] * 1000, happened), x, ties="exact")
    k = np.arange(501)
    log_share = -2 * (gammaln(k + 1) + gammaln(501 - k)) + k * fit.coef[0]
    share = np.exp(log_share - log_share.max())
    assert share @ k / share.sum() == pytest.approx(300, rel=1e-11)
    with pytest.raises(NotEstimable, match="too many tied events"):
        many = np.tile(x, 100)
        cox(Outcome.of(0, np.full(many.size, 3), np.tile(happened, 100)), many, ties="exact")


def test_whole_weights_are_repeated_rows_with_breslow():
    outcome, design, strata = simulated(55)
    copies = np.random.default_rng(np.random.SeedSequence(55)).integers(1, 4, len(outcome))
    by_weight = Outcome.of(outcome.entry, outcome.time, outcome.state, copies)
    rows = np.repeat(np.arange(len(outcome)), copies)
    repeated = cox(outcome.take(rows), design[rows], strata[rows], "breslow")
    fit = cox(by_weight, design, strata, "breslow")
    assert fit.coef == pytest.approx(repeated.coef, rel=1e-11)
    assert fit.cov == pytest.approx(repeated.cov, rel=1e-11)


def test_so_many_rows_that_they_come_in_blocks():
    outcome, design, strata = simulated(58)
    rows = np.repeat(np.arange(len(outcome)), 1200)
    many, few = (
        cox(outcome.take(part), design[part], strata[part], "breslow") for part in (rows, np.arange(len(outcome)))
    )
    assert many.coef == pytest.approx(few.coef, rel=1e-10)
    assert many.cov * 1200 == pytest.approx(few.cov, rel=1e-10)


def test_weights_of_another_scale_change_only_the_covariance():
    outcome, design, strata = simulated(56)
    one = weighted(outcome, 56)
    ten = Outcome.of(one.entry, one.time, one.state, 10 * one.weight)
    fit, scaled = cox(one, design, strata), cox(ten, design, strata)
    assert scaled.coef == pytest.approx(fit.coef, rel=1e-11)
    assert scaled.cov == pytest.approx(fit.cov / 10, rel=1e-11)


def test_bad_calls_are_refused():
    outcome, design, strata = simulated(57)
    with pytest.raises(ValueError, match="ties are"):
        cox(outcome, design, ties="discrete")
    with pytest.raises(ValueError, match="no case weights"):
        cox(weighted(outcome, 57), design, ties="exact")
    with pytest.raises(ValueError, match="strata have shape"):
        cox(outcome, design, strata[:-1])


def test_everybody_on_one_day():
    outcome, x = Outcome.of(0, [7] * 6, [1] * 6), [0, 1, 0, 1, 0, 1]
    assert cox(outcome, x, ties="breslow").coef[0] == pytest.approx(0, abs=1e-12)
    with pytest.raises(NotEstimable, match="does not vary"):  # there is one set of six
        cox(outcome, x, ties="exact")
