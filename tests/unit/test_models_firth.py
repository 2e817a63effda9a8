"""Firth's correction against closed forms and the penalised likelihood written out."""

import numpy as np
import pytest
from cox_written_out import information, log_likelihood, simulated, weighted

from pilot_analysis.models.cox import cox
from pilot_analysis.models.firth import cox_firth, profile_interval, profile_test
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

PAIR = Outcome.of(0, [1, 2], [1, 0])  # the event in x = 1 beside x = 0: p = r / (1 + r), information p (1 - p)


def of_pair(coef: float) -> float:
    p = 1 / (1 + np.exp(-coef))
    return 1.5 * np.log(p) + 0.5 * np.log(1 - p)


def test_one_pair_in_closed_form():
    fit = cox_firth(PAIR, [1, 0])
    assert fit.coef[0] == pytest.approx(np.log(3), rel=1e-8)  # p = 3/4; a maximum is known to half the digits
    assert fit.loglik == pytest.approx(of_pair(np.log(3)), rel=1e-14)
    assert fit.loglik_null == pytest.approx(of_pair(0), rel=1e-14)
    assert fit.se[0] == pytest.approx(np.sqrt(16 / 3), rel=1e-8)


def test_profile_of_one_pair():
    fit = cox_firth(PAIR, [1, 0])
    low, high = profile_interval(fit, 0, 0.9)
    for limit in (low, high):
        assert 2 * (of_pair(np.log(3)) - of_pair(limit)) == pytest.approx(2.705543454095404, rel=1e-9)
    assert low < np.log(3) < high
    assert profile_test(fit, 0).statistic == pytest.approx(2 * (of_pair(np.log(3)) - of_pair(0)), rel=1e-12)
    assert profile_test(fit, 0, high).p_value == pytest.approx(0.1, rel=1e-8)


@pytest.mark.parametrize(("ties", "weights"), [("efron", False), ("breslow", False), ("efron", True)])
def test_the_estimate_is_where_the_penalised_likelihood_is_highest(ties, weights):
    outcome, design, strata = simulated(71, 40)
    outcome = weighted(outcome, 71) if weights else outcome
    fit = cox_firth(outcome, design, strata, ties)

    def penalised(coef: np.ndarray) -> float:
        determinant = np.linalg.det(information(outcome, design, strata, coef, 1e-4 * fit.se, ties))
        return log_likelihood(outcome, design, strata, coef, ties) + np.log(determinant) / 2

    assert fit.loglik == pytest.approx(penalised(fit.coef), abs=1e-6)
    for step in np.diag(0.05 * fit.se):
        slope = (penalised(fit.coef + step / 2) - penalised(fit.coef - step / 2)) * 8 / 0.4
        slope -= (penalised(fit.coef + step) - penalised(fit.coef - step)) / 0.4
        assert abs(slope) * 4 / 3 < 1e-4  # per standard error; the correction moves the score by 0.01 to 0.1
    assert np.abs((fit.coef - cox(outcome, design, strata, ties).coef) / fit.se).max() > 1e-3


def test_the_profile_fits_the_others_anew():
    outcome, design, strata = simulated(72)
    fit = cox_firth(outcome, design, strata)
    low, high = profile_interval(fit, 2)
    for limit in (low, high):
        assert profile_test(fit, 2, limit).p_value == pytest.approx(0.05, rel=1e-7)
    wald = fit.coef[2] + np.array([-1.96, 1.96]) * fit.se[2]
    assert np.array([low, high]) == pytest.approx(wald, abs=0.2 * fit.se[2])


def test_finite_under_separation():
    outcome = Outcome.of(0, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0])
    level = np.array([1, 1, 1, 0, 0, 0])
    fit = cox_firth(outcome, level)
    low, high = profile_interval(fit, 0)
    assert 0 < low < fit.coef[0] < high < 10
    assert cox_firth(outcome, 1 - level).coef[0] == pytest.approx(-fit.coef[0], rel=1e-9)


def test_scale_and_shift_change_nothing():
    outcome, design, strata = simulated(73)
    fit, again = cox_firth(outcome, design, strata), cox_firth(outcome, design * [1, 10, 1] + 3, strata)
    assert again.coef * [1, 10, 1] == pytest.approx(fit.coef, rel=1e-7)


def test_where_there_is_none():
    with pytest.raises(NotEstimable, match="no event"):
        cox_firth(Outcome.of(0, [3, 4], [0, 2]), [0, 1])
    with pytest.raises(NotEstimable, match="does not vary"):
        cox_firth(PAIR, [1, 1])
    with pytest.raises(NotEstimable, match="collinear"):
        outcome, design, _ = simulated(74)
        cox_firth(outcome, design[:, [0, 0]])
    with pytest.raises(ValueError, match="exact"):
        cox_firth(PAIR, [1, 0], ties="exact")
