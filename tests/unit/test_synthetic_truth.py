"""The planted effect: none before day 91, as large as planted after it, and the true values that follow from it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pilot_analysis.synthetic.expected import expected_days
from pilot_analysis.synthetic.trial import simulate_latent, simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, MAX_DAY, NEVER, NULL_TRUTH, cumulative_hazard, first_day

CUT = DEFAULT_TRUTH.effect_from_day
# Deliberately round: hazards of 0.01 a day from day 1 on, doubled from day 91 on.
FLAT = replace(DEFAULT_TRUTH, makeham=0.01, gompertz=0.0)


@pytest.fixture(scope="module")
def large():
    return simulate_latent(20_000, 11, calendar=False)


@pytest.fixture(scope="module")
def very_large():
    return simulate_latent(300_000, 21, calendar=False)


def counts(time, start, chosen, days):
    """People at risk on each day (start < day <= time), and how many return on it."""
    begun, ended = np.sort(start[chosen]), np.sort(time[chosen])
    at_risk = np.searchsorted(begun, days, side="left") - np.searchsorted(ended, days, side="left")
    return at_risk, np.searchsorted(ended, days, side="right") - np.searchsorted(ended, days, side="left")


def log_ratio(people, time, group, low, high):
    """Log of the Mantel-Haenszel ratio of daily hazards on days low < d <= high, and its standard error.

    Those in whom the event came before enrolment are not at risk.
    """
    days = np.arange(low + 1, high + 1)
    inside = (people.cas_group == group) & (time > people.entry)
    n1, d1 = counts(time, people.entry, inside & people.intervention, days)
    n0, d0 = counts(time, people.entry, inside & ~people.intervention, days)
    total = np.maximum(n1 + n0, 1)
    above, below = (d1 * n0 / total).sum(), (d0 * n1 / total).sum()
    variance = ((d1 + d0) * n1 * n0 / total**2).sum() / (above * below)
    return np.log(above / below), np.sqrt(variance)


@pytest.mark.parametrize("group", range(4))
def test_arms_do_not_differ_before_day_91(large, group):
    people, course = large
    for time in (course.full, np.minimum(course.full, course.partial)):
        difference, se = log_ratio(people, time, group, 0, CUT - 1)
        assert abs(difference) < 3 * se


@pytest.mark.parametrize("group", range(4))
def test_hazards_differ_by_the_planted_factor_from_day_91(large, group):
    people, course = large
    difference, se = log_ratio(people, course.full, group, CUT - 1, 365)
    assert abs(difference - np.log(DEFAULT_TRUTH.effect[group])) < 3 * se
    assert difference > 0


def test_up_to_day_90_the_effect_changes_no_row():
    made = [simulate_trial(2_000, 4, truth) for truth in (DEFAULT_TRUTH, NULL_TRUTH)]
    people, _ = simulate_latent(2_000, 4)
    day_90 = pd.Series((people.t0 + 90).astype("datetime64[ns]"), index=made[0]["allocation"]["case_id"])
    for name, column in (("absence_spells", "return_date"), ("ao_percent", "valid_from"), ("fml", "assessed_on")):
        early = [table[name][table[name][column] <= table[name]["case_id"].map(day_90)] for table in made]
        keys = [rows[["case_id", column]].reset_index(drop=True) for rows in early]
        assert len(keys[0]) > 100
        pd.testing.assert_frame_equal(*keys)
    assert len(made[0]["ao_percent"]) != len(made[1]["ao_percent"])


def test_the_effect_leaves_the_control_arm_alone():
    people, planted = simulate_latent(2_000, 4, DEFAULT_TRUTH)
    _, without = simulate_latent(2_000, 4, NULL_TRUTH)
    assert (planted.full == without.full)[~people.intervention].all()
    assert (planted.full <= without.full)[people.intervention].all()
    assert (planted.last == without.last).all()


def test_hazard_falls_and_starts_at_zero():
    hazard = cumulative_hazard(DEFAULT_TRUTH)
    assert hazard[0] == 0
    assert hazard.shape == (MAX_DAY + 1,)
    daily = np.diff(hazard)
    assert (np.diff(daily) < 1e-12).all()
    assert daily[0] == pytest.approx(DEFAULT_TRUTH.makeham + DEFAULT_TRUTH.gompertz, rel=0.02)


@pytest.mark.parametrize(
    ("start", "factor", "draw", "day"),
    [
        (10, 1.0, 0.0050, 11),  # half a day's hazard: the next day
        (10, 1.0, 0.0250, 13),
        (80, 2.0, 0.0950, 90),  # ten days at 0.01: still before the effect
        (80, 2.0, 0.1150, 91),  # the first day that counts double
        (80, 2.0, 0.1250, 92),
        (100, 2.0, 0.0450, 103),  # all of it after the effect began
        (10, 1.0, 1e9, NEVER),
    ],
)
def test_day_of_the_event_by_hand(start, factor, draw, day):
    got = first_day(FLAT, np.array([start]), np.array([1.0]), np.array([factor]), np.array([draw]))
    assert got.tolist() == [day]


def direct(people, course, landmark, arm, leaving):
    """Mean days not returned until day 365 and its variance, straight from the latent times."""
    last = course.last if leaving else np.full(len(people), NEVER)
    at_risk = arm & (course.full > landmark) & (last > landmark) & (people.entry <= landmark)
    returned = course.full <= np.minimum(last, 365)
    days = np.where(returned, course.full, 365)[at_risk] - landmark
    return days.mean(), days.var(ddof=1) / len(days)


@pytest.mark.parametrize("landmark", [84, 91])
@pytest.mark.parametrize("leaving", [True, False])
def test_integrated_truth_agrees_with_the_latent_times(very_large, landmark, leaving):
    people, course = very_large
    exact = expected_days(landmark=landmark, leaving=leaving, n_people=20_000)
    means = [direct(people, course, landmark, arm, leaving) for arm in (people.intervention, ~people.intervention)]
    (first, first_variance), (second, second_variance) = means
    allowed = 3.5 * np.sqrt(first_variance + second_variance + exact.se**2)
    assert abs(first - exact.intervention) < allowed
    assert abs(second - exact.control) < allowed
    assert abs(first - second - exact.difference) < allowed


def test_integrated_truth_of_a_hand_case():
    # Everybody the same, nobody leaves, hazard 0.01 a day, doubled from day 91 on: a geometric sum.
    alone = replace(
        FLAT, cas_rate=(1.0,) * 4, effect=(2.0,) * 4, age_log_rate=0.0,
        organisations=tuple(replace(one, physicians=(0.0,)) for one in FLAT.organisations),
    )  # fmt: skip
    got = expected_days(alone, n_people=500, leaving=False)
    days = np.arange(281)
    assert got.control == pytest.approx(np.exp(-0.01 * days).sum())
    assert got.intervention == pytest.approx(np.exp(-0.01 * days - 0.01 * np.maximum(days - 6, 0)).sum())


def test_without_effect_the_truth_is_zero():
    assert expected_days(NULL_TRUTH, n_people=500).difference == 0
    assert (
        expected_days(n_people=500, cas_group="psychological").difference < expected_days(n_people=500).difference < 0
    )
