"""The proportional-hazards test against the likelihood of the augmented model, and effects per interval."""

import numpy as np
import pytest
from cox_samples import simulated

from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_data import prepare
from pilot_analysis.models.cox_ph import effect_over_time, proportional_hazards
from pilot_analysis.models.cox_ties import likelihood
from pilot_analysis.models.intervals import split_at
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

SCALE = np.array([1, 0.1, 1])


def augmented_likelihood(outcome, design, strata, g, coef):
    """The log partial likelihood of (x, x g(day)), term by term; complex coefficients allowed."""
    x, weight, total = design - design.mean(axis=0), outcome.weight, 0
    p = x.shape[1]
    for stratum in set(strata.tolist()):
        for day in set(outcome.time[(strata == stratum) & (outcome.state == 1)].tolist()):
            linear = x @ (coef[:p] + g(day) * coef[p:])
            at_risk = (strata == stratum) & (outcome.entry < day) & (outcome.time >= day)
            tied = at_risk & (outcome.time == day) & (outcome.state == 1)
            risk, d = weight * np.exp(linear), int(tied.sum())
            terms = [risk[at_risk].sum() - k / d * risk[tied].sum() for k in range(d)]
            total = total + (weight * linear)[tied].sum() - weight[tied].mean() * sum(np.log(term) for term in terms)
    return total


def by_hand(outcome, design, strata, g, coef):
    """Score and information of the augmented model at (coef, 0)."""
    point = np.concatenate([coef, 0 * coef])

    def gradient(at):
        steps = 1e-30j * np.eye(point.size)
        return np.array([augmented_likelihood(outcome, design, strata, g, at + s).imag / 1e-30 for s in steps])

    slope = [(gradient(point - s) - gradient(point + s)) / 2e-5 for s in 1e-5 * np.eye(point.size)]
    return gradient(point), np.array(slope)


def test_score_test_of_the_augmented_model():
    outcome, design, strata = simulated(61)
    design = design * SCALE
    fit = cox(outcome, design, strata)
    found = proportional_hazards(fit, [[0], [2, 1]], lambda day: np.sqrt(day + 1) / 5)
    score, information = by_hand(outcome, design, strata, lambda day: (day + 1) ** 0.5 / 5, fit.coef)
    assert score[:3] == pytest.approx(0, abs=1e-11)
    for test, group in zip(found, ([0], [1, 2], [0, 1, 2]), strict=True):
        rows = [0, 1, 2, *(3 + k for k in group)]
        expected = score[rows] @ np.linalg.solve(information[np.ix_(rows, rows)], score[rows])
        assert test.statistic == pytest.approx(expected, rel=1e-6)
        assert test.df == len(group)


def test_transforms_and_their_invariances():
    outcome, design, strata = simulated(62)
    fit = cox(outcome, design, strata)
    day = np.arange(outcome.time.max() + 2)
    left = [1.0]  # Kaplan-Meier just before each day, everybody together, without weights
    for one in day[:-1]:
        at_risk = np.count_nonzero((outcome.entry < one) & (outcome.time >= one))
        left.append(left[-1] * (1 - np.count_nonzero((outcome.time == one) & (outcome.state == 1)) / max(at_risk, 1)))
    rank = [np.mean(np.flatnonzero(np.sort(outcome.time) == one) + 1) if one in outcome.time else 0 for one in day]
    same = {
        "km": lambda day: 1 - np.array(left)[day],
        "rank": lambda day: np.array(rank)[day],
        "identity": lambda day: day,
        "log": lambda day: np.log(day),
    }
    for name, function in same.items():
        tests = [test.statistic for test in proportional_hazards(fit, transform=name)]
        assert tests == pytest.approx([t.statistic for t in proportional_hazards(fit, transform=function)], rel=1e-9)
        moved = proportional_hazards(fit, transform=lambda day, f=function: 7 - 3 * f(day))
        assert tests == pytest.approx([t.statistic for t in moved], rel=1e-8)
    scaled = proportional_hazards(cox(outcome, design * [1000, 1, -1], strata))
    assert [t.statistic for t in scaled] == pytest.approx([t.statistic for t in proportional_hazards(fit)], rel=1e-8)
    assert proportional_hazards(fit, [[0, 1, 2]])[0] == pytest.approx(proportional_hazards(fit)[-1], rel=1e-12)


def test_a_planted_change_is_seen_where_it_is():
    rng = np.random.default_rng(np.random.SeedSequence(63))
    arm, other = rng.integers(0, 2, (2, 1500))
    first = rng.exponential(40 / np.exp(1.0 * arm))  # the arm's log hazard ratio is 1 up to day 20, and 0 afterwards
    day = np.ceil(np.where(first < 20, first, 20 + rng.exponential(40, arm.size))).astype(int)
    outcome = Outcome.of(0, np.minimum(day, 90), np.where(day <= 90, 1, 0))
    fit = cox(outcome, np.column_stack([arm, other]))
    of_arm, of_other, both = proportional_hazards(fit)
    assert of_arm.p_value < 1e-6
    assert both.p_value < 1e-6
    assert of_other.p_value > 0.01
    early, late = effect_over_time(fit, 0, [20]).estimate
    assert early == pytest.approx(1, abs=0.2)
    assert late == pytest.approx(0, abs=0.2)


def test_effect_per_interval_is_one_newton_step():
    outcome, design, strata = simulated(64, 200)
    design = design * SCALE
    fit = cox(outcome, design, strata)
    found = effect_over_time(fit, 2, [4], least=5)
    (early, a), (late, b) = split_at(outcome, 4)
    rows = np.concatenate([a, b])
    both = Outcome.of(
        *(np.concatenate([getattr(early, f), getattr(late, f)]) for f in ("entry", "time", "state", "weight"))
    )
    after = np.repeat([0, 1], [a.size, b.size])
    x = np.column_stack([design[rows, :2], design[rows, 2] * (1 - after), design[rows, 2] * after])
    start = fit.coef[[0, 1, 2, 2]]
    at = likelihood(prepare(both, x, strata[rows]), start)
    assert found.estimate == pytest.approx((start + np.linalg.solve(at.information, at.score))[2:], rel=1e-9)
    assert found.se == pytest.approx(np.sqrt(np.diag(np.linalg.inv(at.information)))[2:], rel=1e-9)
    assert found.n_events.sum() == outcome.cause_specific.sum()
    whole = effect_over_time(fit, 2, 1)
    assert (whole.estimate[0], whole.se[0]) == pytest.approx((fit.coef[2], fit.se[2]), rel=1e-9)
    assert (whole.low[0], whole.high[0]) == (outcome.entry.min(), outcome.time.max())


def test_no_interval_shows_a_single_person():
    outcome, design, strata = simulated(65, 200)
    fit = cox(outcome, design, strata)
    events = outcome.cause_specific.sum()
    for bins in (4, 1000, [1, 2, 3, 4, 5, 100]):
        found = effect_over_time(fit, 0, bins)
        assert found.n_events.min() >= 10
        assert found.n_events.sum() == events
        assert (found.low[1:] == found.high[:-1]).all()
    with pytest.raises(NotEstimable, match="fewer than"):
        effect_over_time(fit, 0, 2, least=events + 1)


def test_no_test_where_there_is_none():
    one_day = cox(Outcome.of(0, [3, 3, 3, 5, 5], [1, 1, 0, 0, 0]), [1, 0, 0, 1, 1])
    with pytest.raises(NotEstimable, match="does not vary over the days"):
        proportional_hazards(one_day)
    # at risk beside others on the first event day only
    once = cox(Outcome.of(0, [1, 1, 2, 3], [1, 1, 1, 1]), [1, 0, 0, 0])
    with pytest.raises(NotEstimable, match="too few event days"):
        proportional_hazards(once)
    with pytest.raises(NotEstimable, match="does not vary among people at risk in an interval"):
        effect_over_time(once, 0, [1], least=2)
    with pytest.raises(NotEstimable, match="no columns"):
        proportional_hazards(cox(Outcome.of(0, [1, 2], [1, 1]), np.empty((2, 0))))


def test_a_bad_call():
    outcome, design, strata = simulated(66)
    fit = cox(outcome, design, strata)
    early = cox(Outcome.of(-5, [-1, 2, 3], [1, 1, 1]), [1, 0, 1])
    for call, text in (
        (lambda: proportional_hazards(fit, [[3]]), "numbers from 0 to 2"),
        (lambda: proportional_hazards(fit, [[]]), "numbers from 0 to 2"),
        (lambda: proportional_hazards(fit, transform="sqrt"), "transform is km"),
        (lambda: effect_over_time(fit, 3, 4), "no column 3"),
        (lambda: effect_over_time(fit, 0, [5, 5]), "must increase"),
        (lambda: effect_over_time(fit, 0, 0), "at least 1"),
        (lambda: proportional_hazards(early, transform="log"), "above 0"),
    ):
        with pytest.raises(ValueError, match=text):
            call()
