"""Resampling beside P1: seeds, populations, agreement with the plain estimates, reasons."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from estimate_tables import FEW, FROM_ENROLMENT, LANDMARK, arms, of, one, populations_of, protocol, trial

from pilot_analysis.config import Resampling
from pilot_analysis.estimate import adjusted, means, resampled
from pilot_analysis.models.rerandomisation import rerandomisation_test

MORE = Resampling(permutations=199, bootstraps=400)


def test_only_the_population_of_p1_is_resampled():
    found = populations_of(trial())
    assert [key for key, one_ in found.items() if resampled.is_resampled(one_)] == [LANDMARK]
    assert FROM_ENROLMENT in found


def test_the_statistic_is_that_of_p1_and_the_p_value_that_of_its_seed():
    who, plan = trial(), protocol()
    row = of(resampled.rerandomisation_rows, who, LANDMARK, plan, MORE).iloc[0]
    p1 = one(of(means.mean_rows, who), analysis="days_not_returned", measure="mean_difference")
    assert row["statistic"] == pytest.approx(p1["statistic"])
    assert row["estimate"] == row["statistic"]
    population = populations_of(who)[LANDMARK]
    test = rerandomisation_test(
        population.outcome, population.arm == 1, who["organisation"].to_numpy(dtype=object), 281, 199,
        resampled.seed_of(plan, "rerandomisation"),
    )  # fmt: skip
    assert row["p_value"] == test.p_value
    assert "199 allocations" in row["method"]
    other = of(resampled.rerandomisation_rows, who, LANDMARK, replace(plan, seed=1), MORE).iloc[0]
    assert other["p_value"] != row["p_value"]


def test_every_analysis_has_chance_of_its_own():
    plan = protocol()
    first, second = (resampled.seed_of(plan, name).generate_state(4).tolist() for name in ("a", "b"))
    assert first != second
    assert first == resampled.seed_of(plan, "a").generate_state(4).tolist()


@pytest.mark.parametrize(
    ("plan", "who", "reason"),
    [
        ({"allocation": "organisations_compared"}, trial(), "people were not randomised one by one"),
        ({}, trial(organisation=np.resize(["org_a", "org_b"], 160)), "no organisation has cases in both arms"),
        ({}, trial(status="censored"), "intervention: no event in this level; control: no event in this level"),
    ],
)
def test_without_another_allocation_or_a_result_there_is_no_test(plan, who, reason):
    row = of(resampled.rerandomisation_rows, who, LANDMARK, protocol(**plan), MORE).iloc[0]
    assert (row["status"], row["reason"]) == ("not_estimable", reason)


def bootstrapped(who: pd.DataFrame, how: Resampling = MORE) -> pd.DataFrame:
    """Both rows."""
    return of(resampled.bootstrap_rows, who, LANDMARK, protocol(), how)


def test_bootstrap_estimates_are_the_plain_ones_and_their_errors_are_near():
    who = trial(n=300)
    days, ratio = bootstrapped(who).iloc[0], bootstrapped(who).iloc[1]
    p1 = one(of(means.mean_rows, who), analysis="days_not_returned", measure="mean_difference")
    assert (days["analysis"], days["measure"], days["time"]) == ("days_not_returned_bootstrap", "mean_difference", 281)
    assert days["estimate"] == pytest.approx(p1["estimate"])
    assert days["se"] == pytest.approx(p1["se"], rel=0.15)
    assert (days["ci_low"], days["ci_high"]) == pytest.approx((p1["ci_low"], p1["ci_high"]), abs=0.5 * p1["se"])
    cox = of(adjusted.adjusted_rows, who).iloc[0]
    assert (ratio["analysis"], ratio["measure"]) == ("cox_adjusted_bootstrap", "hazard_ratio")
    assert ratio["estimate"] == pytest.approx(cox["estimate"], rel=1e-8)
    assert ratio["se"] == pytest.approx(cox["se"], rel=0.2)
    assert ratio["ci_low"] < ratio["estimate"] < ratio["ci_high"]
    assert "400 bootstrap samples" in ratio["method"]
    assert "0 of them without a number" in ratio["method"]


def test_the_same_seed_gives_the_same_numbers():
    who = trial(n=80)
    pd.testing.assert_frame_equal(bootstrapped(who, FEW), bootstrapped(who, FEW))


def test_one_person_per_arm_and_organisation_leaves_nothing_to_draw():
    who = arms([(10, "event"), (40, "event"), (60, "event")], [(20, "event"), (30, "event"), (90, "event")])
    rows = bootstrapped(who.assign(organisation=["org_a", "org_b", "org_c"] * 2), FEW)
    assert rows["reason"].iloc[0] == "the bootstrap samples do not differ"
    assert rows["status"].eq("not_estimable").all()


def test_a_bootstrap_of_which_many_samples_have_no_number_is_not_shown():
    """Of two returns in an arm a sample often draws none, or one that is first of all."""
    who = arms([(10, "event"), (40, "event"), (60, "censored")], [(20, "event"), (30, "event"), (90, "censored")])
    reason = bootstrapped(who, FEW)["reason"].iloc[1]
    assert reason == "more than 5% of the bootstrap samples have no number"
