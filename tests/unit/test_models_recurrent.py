"""Recurrent events against R `survival` (3.5.3), by hand, and against numeric derivatives."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.arithmetic import difference
from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import kaplan_meier
from pilot_analysis.models.recurrent import mean_cumulative, mean_number, recurrent_cox

# One event each for p and q, who is away on day 4; then p leaves and q is censored; r has none.
HAND = Outcome.of([0, 2, 0, 4, 0], [2, 5, 3, 6, 4], [1, 2, 1, 0, 0])
HAND_CASE = list("ppqqr")


def simulated(seed: int, cases: int) -> tuple[Outcome, np.ndarray, np.ndarray, np.ndarray]:
    """Rows with heavy ties, delayed entry, days off between rows and leaving; covariates (n, 2) and strata by case."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    rows, case = [], []
    for number in range(cases):
        entry = int(rng.integers(0, 5))
        end = entry + int(rng.integers(2, 20))
        while entry < end:
            time = min(end, entry + int(rng.integers(1, 7)))
            state = int(rng.choice([0, 1, 2])) if time == end else int(rng.random() < 0.7)
            rows.append((entry, time, state))
            case.append(number)
            entry = time + (int(rng.integers(0, 3)) if state == 1 else 0)
    case = np.array(case)
    order = rng.permutation(case.size)
    design = np.column_stack([rng.normal(size=cases)[case], rng.integers(0, 2, case.size)])
    outcome = Outcome.of(*np.array(rows).T)
    return outcome.take(order), case[order], design[order], (case % 2)[order]


def test_mean_number_by_hand():
    curve = mean_cumulative(HAND, HAND_CASE)
    assert curve.time.tolist() == [2, 3, 4, 5, 6]
    assert curve.n_at_risk.tolist() == [3, 3, 2, 2, 1]  # q is away on day 4
    assert curve.mean == pytest.approx([1 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3])
    assert curve.still_there == pytest.approx([1, 1, 1, 0.5, 0.5])
    # The sum of (events of the case - 1/3 for each day of events), squared: p and q 1/3, r -2/3, over 3.
    assert curve.se[1] == pytest.approx(float(F(6, 81)) ** 0.5)
    assert curve.ci_low[1] == pytest.approx(2 / 3 * np.exp(-1.959963984540054 * curve.se[1] * 1.5))


def test_after_leaving_nothing_happens():
    """Half have left when a quarter of all cases have an event: without leaving it would count twice."""
    outcome = Outcome.of(0, [1, 1, 2, 9], [2, 2, 1, 0])
    curve = mean_cumulative(outcome, range(4))
    assert curve.mean.tolist() == [0, 0.25, 0.25]
    assert curve.n_terminal.tolist() == [2, 0, 0]
    assert np.isnan(curve.ci_low[0])
    assert curve.ci_low[1] > 0


@pytest.mark.parametrize("weighted", [False, True])
def test_the_variance_is_that_of_the_derivatives_by_the_weights_of_the_cases(weighted):
    outcome, case, _, _ = simulated(51, 60)
    weight = (1.0 + case % 3) / 2 if weighted else np.ones(case.size)

    def mean(of, by):
        changed = weight * np.where(case == of, 1 + by, 1.0)
        return mean_cumulative(Outcome.of(outcome.entry, outcome.time, outcome.state, changed), case).mean

    moved = np.array([(mean(k, 1e-5) - mean(k, -1e-5)) / 2e-5 for k in range(60)])
    curve = mean_cumulative(Outcome.of(outcome.entry, outcome.time, outcome.state, weight), case)
    assert curve.se == pytest.approx(np.sqrt((moved**2).sum(axis=0)), abs=1e-9)
    assert curve.se[-1] > 0.05


def test_one_row_a_case_without_leaving_is_nelson_aalen():
    rng = np.random.default_rng(np.random.SeedSequence(52))
    outcome = Outcome.of(0, rng.integers(1, 10, 80), rng.integers(0, 2, 80))
    curve, survival = mean_cumulative(outcome, np.arange(80)), kaplan_meier(outcome)
    assert curve.mean == pytest.approx(np.cumsum(survival.n_events / survival.n_at_risk))


def test_splitting_rows_and_shuffling_them_change_nothing():
    outcome, case, _, _ = simulated(53, 50)
    whole = mean_cumulative(outcome, case)
    long = np.flatnonzero(outcome.time - outcome.entry > 1)
    middle = outcome.entry[long] + 1
    entry, time, state = outcome.entry.copy(), outcome.time, outcome.state
    entry[long] = middle
    split = Outcome.of(
        np.append(entry, outcome.entry[long]), np.append(time, middle), np.append(state, np.zeros(long.size, int))
    )
    other = mean_cumulative(split, np.append(case, case[long]))
    for day in (3, 8, 15):
        assert mean_number(other, day) == pytest.approx(mean_number(whole, day), rel=1e-12)


def test_two_groups_differ_by_the_difference_of_their_means():
    outcome, case, _, arm = simulated(54, 80)
    first, second = (mean_number(mean_cumulative(outcome.take(arm == k), case[arm == k]), 12) for k in (0, 1))
    change = difference(first, second)
    assert change.estimate == first.estimate - second.estimate
    assert change.se == pytest.approx(np.hypot(first.se, second.se))


def test_no_number_beyond_the_follow_up():
    curve = mean_cumulative(HAND, HAND_CASE)
    assert mean_number(curve, 0) == (0.0, 0.0)
    assert mean_number(curve, 6).estimate == pytest.approx(2 / 3)
    with pytest.raises(NotEstimable, match="nobody at risk on day 7; follow-up ends on day 6"):
        mean_number(curve, 7)
    everyone_left = mean_cumulative(Outcome.of([0, 2, 0], [2, 3, 3], [1, 2, 2]), [1, 1, 2])
    assert mean_number(everyone_left, 99).estimate == pytest.approx(0.5)
    with pytest.raises(NotEstimable, match="nobody at risk"):
        mean_cumulative(Outcome.of([], [], []), [])


def test_andersen_gill_is_cox_with_errors_by_case():
    outcome, case, design, strata = simulated(55, 80)
    found, fit = recurrent_cox(outcome, case, design, strata=strata), cox(outcome, design, strata)
    assert np.array_equal(found.fit.coef, fit.coef)
    assert found.robust.se == pytest.approx(robust(fit, case).se, rel=1e-13)
    assert found.robust.clusters == 80


# Case 0: events on days 3 and 8, away on days 4 and 5; case 1: events on 4 and 6; case 2: enters on 2, event on 5.
ENTRY, TIME, STATE = [0, 5, 8, 0, 4, 6, 2, 5], [3, 8, 9, 4, 6, 9, 5, 9], [1, 1, 0, 1, 1, 0, 1, 0]
CASE, X, NUMBER = np.repeat([0, 1, 2], [3, 3, 2]), [0.3, 1.0, 0.2, 0.0, 0.8, 0.5, 0.6, 0.9], [0, 1, 2, 0, 1, 2, 0, 1]
GAP = [3, 3, 1, 4, 2, 3, 3, 4]


@pytest.mark.parametrize(
    ("model", "coef", "se"),
    [
        ("andersen_gill", -3.144092835197758, 2.562368082232946),
        ("pwp_total", -3.929163260664875, 2.294315140851086),
        ("pwp_gap", 2.999672119579064, 0.8197805658322305),
    ],
)
def test_models_with_weights_as_in_r(model, coef, se):
    found = recurrent_cox(Outcome.of(ENTRY, TIME, STATE, 1 + CASE), CASE, X, model)
    assert (found.fit.coef[0], found.robust.se[0]) == pytest.approx((coef, se), rel=1e-11)


def test_mean_number_with_weights_and_without_leaving_as_in_r():
    curve = mean_cumulative(Outcome.of(ENTRY, TIME, STATE, 1 + CASE), CASE)
    mean = [0.1666666666666667, 0.5666666666666667, 1.166666666666667, 1.5, 1.666666666666667, 1.666666666666667]
    se = [0.1712337223046938, 0.3973088483631523, 0.1712337223046938, 0.3118047822311618]
    assert curve.mean == pytest.approx(mean, rel=1e-14)
    assert curve.se == pytest.approx([*se, 0.415739709641549, 0.415739709641549], rel=1e-14)


def test_pwp_strata_are_the_numbers_of_the_event():
    """`last` lets later events share a baseline."""
    outcome = Outcome.of(ENTRY, TIME, STATE)
    gap = Outcome.of(0, GAP, STATE)
    for model, expected in (("pwp_total", cox(outcome, X, NUMBER)), ("pwp_gap", cox(gap, X, NUMBER))):
        assert recurrent_cox(outcome, CASE, X, model).fit.coef == pytest.approx(expected.coef, rel=1e-12)
    shared = recurrent_cox(outcome, CASE, X, "pwp_gap", last=0)
    assert shared.fit.coef == pytest.approx(cox(gap, X).coef, rel=1e-12)


def test_a_gap_goes_on_over_rows_without_an_event():
    one = Outcome.of([0, 3, 0, 0], [3, 9, 4, 5], [1, 1, 1, 1])
    two = Outcome.of([0, 3, 6, 0, 0], [3, 6, 9, 4, 5], [1, 0, 1, 1, 1])
    a = recurrent_cox(one, [1, 1, 2, 3], [0.0, 0.0, 1.0, 0.4], "pwp_gap", last=0)
    b = recurrent_cox(two, [1, 1, 1, 2, 3], [0.0, 0.0, 0.0, 1.0, 0.4], "pwp_gap", last=0)
    assert a.fit.coef == pytest.approx(b.fit.coef, rel=1e-12)
    assert a.robust.se == pytest.approx(b.robust.se, rel=1e-12)


def test_clusters_of_cases():
    outcome, case, design, _ = simulated(56, 80)
    found = recurrent_cox(outcome, case, design, cluster=case % 10)
    assert found.robust.clusters == 10
    assert found.robust.se == pytest.approx(robust(found.fit, case % 10).se)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (([0, 2], [3, 5], [1, 0]), "overlap, in 1 places"),
        (([0, 3], [3, 5], [2, 0]), "follow its leaving"),
        (([0, 3], [3, 5], [1, 0], [1.0, 2.0]), "differ in weight"),
    ],
)
def test_rows_that_cannot_be(rows, text):
    with pytest.raises(ValueError, match=text):
        mean_cumulative(Outcome.of(*rows), [7, 7])


def test_bad_calls_and_no_event():
    with pytest.raises(ValueError, match="cases have shape"):
        mean_cumulative(HAND, [1])
    with pytest.raises(ValueError, match="the model is one of"):
        recurrent_cox(HAND, HAND_CASE, np.arange(5.0), "frailty")
    with pytest.raises(ValueError, match="strata have shape"):
        recurrent_cox(HAND, HAND_CASE, np.arange(5.0), strata=[1])
    with pytest.raises(NotEstimable, match="no event"):
        recurrent_cox(HAND.with_state(np.zeros(5)), HAND_CASE, np.arange(5.0))
    assert mean_cumulative(HAND.with_state(np.zeros(5)), HAND_CASE).mean.tolist() == [0.0] * 5
