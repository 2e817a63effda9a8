"""Return beside other exits: probabilities by hand, tests and ratios as their models, every reason for none."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import LANDMARK, arms, frame, of, one, populations_of, trial

from pilot_analysis.estimate import competing
from pilot_analysis.models.cox import cox
from pilot_analysis.models.fine_gray import fine_gray
from pilot_analysis.models.gray import gray
from pilot_analysis.models.outcome import Outcome

EVENT, COMPETING, CENSORED = "event", "competing", "censored"


def test_probabilities_of_return_and_of_leaving_by_hand():
    who = arms([(10, EVENT), (20, COMPETING), (30, EVENT), (281, CENSORED)], [(5, EVENT)])
    rows = of(competing.cuminc_rows, who)
    about = {"level": "intervention", "time": 42.0}
    returned = one(rows, measure="cumulative_incidence", **about)
    left = one(rows, measure="cumulative_incidence_leaving", **about)
    # Nobody is censored before day 281: shares of four, with the variance of a share.
    assert (returned["estimate"], left["estimate"]) == (pytest.approx(0.5), pytest.approx(0.25))
    assert returned["se"] == pytest.approx(np.sqrt(0.5 * 0.5 / 4))
    assert left["se"] == pytest.approx(np.sqrt(0.25 * 0.75 / 4))
    spread = 1.959963984540054 * returned["se"] / (0.5 * np.log(0.5))
    assert sorted([returned["ci_low"], returned["ci_high"]]) == pytest.approx(
        sorted([0.5 ** np.exp(-spread), 0.5 ** np.exp(spread)])
    )
    assert (returned["n"], returned["n_events"], left["n_events"]) == (4, 2, 1)


def test_a_probability_does_not_censor_who_leaves():
    """Kaplan-Meier would say 1 - 1/2 x 1/2 x ...; of four with one exit before any return two returned."""
    rows = of(competing.cuminc_rows, arms([(10, COMPETING), (20, EVENT), (30, EVENT), (281, CENSORED)], []))
    assert one(rows, measure="cumulative_incidence", level="intervention", time=91.0)["estimate"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("people", "measure", "day", "reason"),
    [
        ([(10, COMPETING), (281, CENSORED)], "cumulative_incidence", 42.0, "no event in this level"),
        ([(10, EVENT), (281, CENSORED)], "cumulative_incidence_leaving", 42.0, "nobody leaves in this level"),
        ([(10, EVENT), (60, COMPETING)], "cumulative_incidence", 91.0, "nobody at risk at this milestone"),
        ([], "cumulative_incidence", 42.0, "nobody at risk at this milestone"),
    ],
)
def test_without_the_exit_or_anybody_at_risk_there_is_no_probability(people, measure, day, reason):
    row = one(of(competing.cuminc_rows, arms(people, [])), measure=measure, level="intervention", time=day)
    assert (row["status"], row["reason"]) == ("not_estimable", reason)
    assert pd.isna(row["estimate"])


def leavers(intervention: int, control: int) -> pd.DataFrame:
    """A trial in which so many of each arm leave."""
    who = trial(status=EVENT)
    for arm, number in (("intervention", intervention), ("control", control)):
        who.loc[who.index[who["arm"] == arm][:number], "status"] = COMPETING
    return who


def test_gray_and_fine_gray_are_those_of_their_models():
    who = leavers(9, 5)
    population = populations_of(who)[LANDMARK]
    test, fit = gray(population.outcome, population.arm), fine_gray(population.outcome, population.arm[:, None])
    row = one(of(competing.cuminc_rows, who), measure="gray")
    assert (row["estimate"], row["statistic"], row["df"], row["p_value"]) == (test.statistic, *test)
    assert (row["group_by"], row["level"]) == ("arm", "all")
    row = of(competing.fine_gray_rows, who).iloc[0]
    assert row["estimate"] == pytest.approx(np.exp(fit.coef[0]))
    assert row["se"] == fit.se[0]
    assert row["ci_low"] == pytest.approx(np.exp(fit.coef[0] - 1.959963984540054 * fit.se[0]))
    assert (row["measure"], row["level"]) == ("subdistribution_hazard_ratio", "intervention / control")


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ((5, 5), None),
        ((5, 4), "fewer than 5 competing exits in an arm"),
        ((4, 9), "fewer than 5 competing exits in an arm"),
        ((5, 80), "no event in arm control"),
    ],
)
def test_five_competing_exits_per_arm_are_enough_for_a_subdistribution(numbers, reason):
    who = leavers(*numbers)
    for row in (one(of(competing.cuminc_rows, who), measure="gray"), of(competing.fine_gray_rows, who).iloc[0]):
        assert row["status"] == ("ok" if reason is None else "not_estimable")
        assert pd.isna(row["reason"]) if reason is None else row["reason"] == reason


def test_the_ratio_of_leaving_censors_returns():
    who = leavers(12, 6)
    population = populations_of(who)[LANDMARK]
    state = (population.outcome.state == 2).astype(int)
    fit = cox(Outcome.of(0, population.outcome.time, state), population.arm)
    row = of(competing.leaving_rows, who).iloc[0]
    assert (row["analysis"], row["measure"]) == ("cox_cause_specific", "hazard_ratio_leaving")
    assert row["estimate"] == pytest.approx(np.exp(fit.coef[0]), rel=1e-9)
    assert (row["n"], row["n_events"]) == (160, 18)


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ((0, 5), "nobody leaves in arm intervention"),
        ((5, 0), "nobody leaves in arm control"),
        ((0, 0), "nobody leaves in arm intervention and control"),
    ],
)
def test_an_arm_that_nobody_leaves_has_no_ratio_of_leaving(numbers, reason):
    assert of(competing.leaving_rows, leavers(*numbers)).iloc[0]["reason"] == reason


def test_an_arm_of_which_all_leave_first_has_no_finite_ratio_of_leaving():
    who = arms([(10, COMPETING), (12, COMPETING)], [(20, COMPETING), (30, EVENT)])
    assert of(competing.leaving_rows, who).iloc[0]["reason"] == "the ratio of leaving has no finite value"
    who = arms([(10, COMPETING), (12, COMPETING)], []).assign(entry=0)
    late = frame(pd.DataFrame({"arm": ["control"] * 2, "entry": [60, 60], "time": [100, 110], "status": COMPETING}))
    both = frame(pd.concat([who.assign(time=[40, 50]), late], ignore_index=True).drop(columns="case_id"))
    row = of(competing.leaving_rows, both, ("full_rtw", "itt", "t0")).iloc[0]
    assert row["reason"] == "the arms are never at risk beside each other when somebody leaves"
