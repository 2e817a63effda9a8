"""Cox regression against closed forms, against the likelihood written out, and where there is no estimate."""

import numpy as np
import pytest
from cox_written_out import gradient, information, log_likelihood, simulated

from pilot_analysis.models.cox import cox, likelihood_ratio
from pilot_analysis.models.cox_columns import level_reasons, usable_columns
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


def test_three_people_in_closed_form():
    # events of x = 1, 0, 1 on days 1, 2, 3: the score is 1 / (2r + 1) - r / (1 + r), zero at r = sqrt(1/2)
    fit = cox(Outcome.of(0, [1, 2, 3], [1, 1, 1]), [1, 0, 1])
    r = 0.5**0.5
    assert fit.coef[0] == pytest.approx(np.log(r), rel=1e-13)
    assert fit.cov[0, 0] == pytest.approx(1 / (2 * r / (2 * r + 1) ** 2 + r / (1 + r) ** 2), rel=1e-13)
    assert fit.loglik_null == pytest.approx(-np.log(6), rel=1e-14)
    assert fit.loglik == pytest.approx(np.log(r) - np.log(2 * r + 1) - np.log(r + 1) + np.log(r) - np.log(r), rel=1e-13)
    assert fit.converged


def test_one_tie_in_closed_form():
    # both people have the event on one day: b - 2 log(1 + r) + log 2, with its maximum at r = 1 and information 1/2
    fit = cox(Outcome.of(0, [4, 4], [1, 1]), [1, 0])
    assert fit.coef[0] == pytest.approx(0, abs=1e-14)
    assert fit.cov[0, 0] == pytest.approx(2, rel=1e-13)
    assert fit.loglik == pytest.approx(np.log(2) - 2 * np.log(2), rel=1e-13)


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_likelihood_score_and_information_as_written_out(seed):
    outcome, design, strata = simulated(seed)
    fit = cox(outcome, design, strata)
    assert fit.loglik == pytest.approx(log_likelihood(outcome, design, strata, fit.coef), rel=1e-13)
    assert fit.loglik_null == pytest.approx(log_likelihood(outcome, design, strata, 0 * fit.coef), rel=1e-13)
    score = gradient(outcome, design, strata, fit.coef)
    assert np.abs(score * fit.se).max() < 1e-12
    written_out = information(outcome, design, strata, fit.coef, 1e-5 * fit.se)
    assert np.linalg.inv(written_out) == pytest.approx(fit.cov, rel=1e-6)


def test_shift_scale_and_order_of_rows_change_nothing():
    outcome, design, strata = simulated(34)
    fit = cox(outcome, design, strata)
    again = cox(outcome, design * [1, 0.1, 1] + [5, 1000, 0], np.array(["x", "y", "z"])[strata])
    assert again.coef * [1, 0.1, 1] == pytest.approx(fit.coef, rel=1e-11)
    backwards = np.arange(len(outcome))[::-1]
    reverse = cox(outcome.take(backwards), design[backwards], strata[backwards])
    assert reverse.coef == pytest.approx(fit.coef, rel=1e-11)


def test_follow_up_cut_in_two_is_the_same_follow_up():
    outcome, design, strata = simulated(35)
    long = np.flatnonzero(outcome.time > 5)
    long = long[outcome.entry[long] < 5]
    end = outcome.time.copy()
    state = outcome.state.copy()
    end[long], state[long] = 5, 0
    cut = Outcome.of(
        np.concatenate([outcome.entry, np.full(long.size, 5)]),
        np.concatenate([end, outcome.time[long]]),
        np.concatenate([state, outcome.state[long]]),
    )
    rows = np.concatenate([np.arange(len(outcome)), long])
    assert cox(cut, design[rows], strata[rows]).coef == pytest.approx(cox(outcome, design, strata).coef, rel=1e-11)


def test_likelihood_ratio():
    outcome, design, _ = simulated(36)
    big, small = cox(outcome, design), cox(outcome, design[:, :2])
    test = likelihood_ratio(big, small)
    assert (test.df, test.statistic) == (1, pytest.approx(2 * (big.loglik - small.loglik)))
    no_columns = cox(outcome, np.empty((len(outcome), 0)))
    assert no_columns.loglik == pytest.approx(big.loglik_null)
    assert likelihood_ratio(big, no_columns).df == 3
    with pytest.raises(ValueError, match="differ by 0"):
        likelihood_ratio(big, big)


def test_global_tests():
    outcome, design, strata = simulated(36)
    fit = cox(outcome, design, strata)
    assert fit.likelihood_ratio_test.statistic == pytest.approx(2 * (fit.loglik - fit.loglik_null), rel=1e-13)
    assert fit.wald_test.statistic == pytest.approx(fit.coef @ np.linalg.inv(fit.cov) @ fit.coef, rel=1e-11)
    zero = 0 * fit.coef
    score = gradient(outcome, design, strata, zero)
    at_zero = information(outcome, design, strata, zero, 1e-5 * fit.se)
    assert fit.score_test.statistic == pytest.approx(score @ np.linalg.solve(at_zero, score), rel=1e-7)
    assert {test.df for test in (fit.score_test, fit.wald_test, fit.likelihood_ratio_test)} == {3}
    with pytest.raises(NotEstimable, match="no columns"):
        _ = cox(outcome, np.empty((len(outcome), 0))).wald_test


@pytest.mark.parametrize(
    ("state", "design", "text"),
    [
        ([0, 0, 2, 0, 0, 0], [0, 1, 0, 1, 0, 1], "no event"),
        ([1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2], "column 1 .* does not vary"),
        ([1, 1, 1, 1, 1, 1], [[0, 0], [1, 2], [0, 0], [1, 2], [1, 2], [0, 0]], "collinear"),
        ([1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], "grows without bound"),
        ([1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], "grows without bound"),
    ],
)
def test_no_number_where_there_is_none(state, design, text):
    with pytest.raises(NotEstimable, match=text):
        cox(Outcome.of(0, [1, 2, 3, 4, 5, 6], state), design)


def test_a_column_that_varies_only_between_strata():
    outcome, _, strata = simulated(37)
    with pytest.raises(NotEstimable, match="does not vary"):
        cox(outcome, (strata == 1).astype(float), strata)


def test_one_person_one_per_arm_and_all_on_one_day():
    with pytest.raises(NotEstimable, match="does not vary"):
        cox(Outcome.of(0, [4], [1]), [1])
    with pytest.raises(NotEstimable, match="grows without bound"):
        cox(Outcome.of(0, [4, 6], [1, 1]), [1, 0])
    everyone = cox(Outcome.of(0, [7] * 6, [1] * 6), [0, 1, 0, 1, 0, 1])
    assert everyone.coef[0] == pytest.approx(0, abs=1e-12)


def test_no_convergence_is_said():
    outcome, design, strata = simulated(38)
    with pytest.raises(NotEstimable, match="no convergence in 1 iterations"):
        cox(outcome, design, strata, max_iter=1)


@pytest.mark.parametrize("design", [np.zeros((2, 1)), [np.nan] * 60])
def test_a_design_that_does_not_fit_is_refused(design):
    outcome, _, _ = simulated(39)
    with pytest.raises(ValueError, match="design"):
        cox(outcome, design)


# Six people in three levels; level c has nobody with the event, level d is empty.
LEVELS = np.array(["a", "b", "a", "c", "b", "c"])
SIX = Outcome.of(0, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])


def test_levels_without_events_or_people_are_recognised_before_fitting():
    assert level_reasons(SIX, LEVELS, ["a", "b", "c", "d"]) == {
        "c": "no event in level c",
        "d": "nobody in level d",
    }


def test_limits_of_columns():
    design = np.column_stack([LEVELS == "c", LEVELS != "c", np.full(6, 3.0), LEVELS == "a"])
    check = usable_columns(SIX, design, ["c", "not c", "three", "a"])
    assert check.keep.tolist() == [False, False, False, True]
    assert check.limits["c"] == -np.inf
    assert check.limits["not c"] == np.inf
    assert np.isnan(check.limits["three"])
    assert check.reasons["not c"] == "no event outside level not c"


def test_the_limit_of_an_infinite_coefficient_is_the_fit_without_the_level():
    outcome, design, strata = simulated(40, 80)
    level = strata == 2
    outcome = Outcome(outcome.entry, outcome.time, np.where(level, 0, outcome.state))
    without = cox(outcome.take(~level), design[~level])
    stratified = cox(outcome, design, level)
    assert stratified.coef == pytest.approx(without.coef, rel=1e-11)
    assert usable_columns(outcome, level, ["level"]).limits == {"level": -np.inf}


def test_an_event_among_a_level_that_is_alone_at_risk_says_nothing():
    outcome = Outcome.of(0, [2, 3, 4, 5], [1, 1, 0, 1])
    check = usable_columns(outcome, [0, 0, 1, 1], ["x"])
    assert check.reasons == {"x": "no event in level x while others are at risk"}


def test_continuous_columns_are_checked_within_strata():
    outcome, design, strata = simulated(41)
    columns = np.column_stack([design[:, 1], strata * 10.0])
    check = usable_columns(outcome, columns, ["age", "per stratum"], strata)
    assert check.keep.tolist() == [True, False]
    assert check.reasons == {"per stratum": "per stratum does not vary among people at risk"}


def test_without_any_event_no_column_is_usable():
    check = usable_columns(Outcome.of(0, [3, 4], [0, 2]), [0, 1], ["x"])
    assert check.reasons == {"x": "no event"}
