"""Curves, means and log-rank tests of tiny tables, computed by hand, and every reason for not giving a number."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import FROM_ENROLMENT, LANDMARK, arms, frame, of, one, people, protocol

from pilot_analysis.estimate import means, survival

# Days since the landmark: 10, 20 | 30, 50. Nobody is censored.
FOUR = """
arm           time  status
intervention  94    event
intervention  104   event
control       114   event
control       134   event
"""


# --- Kaplan-Meier ---------------------------------------------------------------------------------------------------


def test_survival_and_number_at_risk_at_a_milestone():
    who = arms([(10, "event"), (42, "event"), (42, "censored"), (100, "censored")], [(5, "event")])
    rows = of(survival.km_rows, who)
    about = {"group_by": "arm", "level": "intervention", "time": 42.0}
    row = one(rows, measure="survival", **about)
    # 3/4 after day 10, of whom three are at risk on day 42 and one returns: 3/4 x 2/3.
    assert row["estimate"] == pytest.approx(0.5)
    assert row["se"] == pytest.approx(0.5 * np.sqrt(1 / (4 * 3) + 1 / (3 * 2)))
    spread = 1.959963984540054 * row["se"] / (0.5 * np.log(0.5))
    assert row["ci_low"] == pytest.approx(0.5 ** np.exp(-spread))
    assert row["ci_high"] == pytest.approx(0.5 ** np.exp(spread))
    assert (row["n"], row["n_events"], row["unit"]) == (4, 2, "probability")
    assert one(rows, measure="n_at_risk", **about)["estimate"] == 3


def test_leaving_is_censored_in_a_curve():
    rows = of(survival.km_rows, arms([(10, "competing"), (20, "event"), (100, "censored")], []))
    assert one(rows, measure="survival", group_by="arm", level="intervention", time=42.0)["estimate"] == 0.5


def test_a_milestone_with_nobody_at_risk_has_no_survival_but_a_count_of_0():
    rows = of(survival.km_rows, arms([(10, "event"), (90, "censored")], [(91, "event"), (91, "censored")]))
    row = one(rows, measure="survival", group_by="arm", level="intervention", time=91.0)
    assert (row["status"], row["reason"]) == ("not_estimable", "nobody at risk at this milestone")
    assert one(rows, measure="n_at_risk", group_by="arm", level="intervention", time=91.0)["estimate"] == 0
    assert one(rows, measure="survival", group_by="arm", level="control", time=91.0)["estimate"] == 0.5


def test_a_curve_that_reaches_0_gives_no_number_where_nobody_is_left():
    rows = of(survival.km_rows, people(FOUR))
    row = one(rows, measure="survival", group_by="arm", level="control", time=91.0)
    assert row["reason"] == "nobody at risk at this milestone"


def test_a_level_without_an_event_has_no_curve_and_no_median():
    rows = of(survival.km_rows, arms([(281, "censored")] * 6, [(20, "event")]))
    level = rows[(rows["group_by"] == "arm") & (rows["level"] == "intervention")]
    assert set(level.loc[level["measure"] != "n_at_risk", "reason"]) == {"no event in this level"}
    assert level.loc[level["measure"] == "n_at_risk", "estimate"].tolist() == [6, 6, 6, 6]


@pytest.mark.parametrize(
    ("days", "middle"),
    [
        ([10, 20, 30], 20.0),
        ([10, 20, 30, 40], 25.0),  # exactly a half from day 20 to day 30: the middle, as in R
        ([10, None, None], None),  # stays above a half
        ([10, 20, None], 20.0),
    ],
)
def test_median(days, middle):
    who = arms([(281, "censored") if day is None else (day, "event") for day in days], [])
    row = one(of(survival.km_rows, who), measure="median", group_by="arm", level="intervention")
    if middle is None:
        assert (row["status"], row["reason"]) == ("not_estimable", "the curve stays above a half")
        assert pd.isna(row["estimate"])
    else:
        assert row["estimate"] == middle


def test_an_empty_group_has_its_rows_too():
    rows = of(survival.km_rows, people(FOUR))
    empty = rows[rows["level"] == "control:hours_only"]
    assert len(empty) == 9
    assert empty["n"].eq(0).all()
    assert empty.loc[empty["measure"] != "n_at_risk", "status"].eq("not_estimable").all()


@pytest.mark.parametrize(
    ("key", "groupings"),
    [
        (("full_rtw", "itt", "enrolment"), ["arm", "cas_group", "arm*cas_group"]),
        (LANDMARK, ["arm", "cas_group", "arm*cas_group", "fml_group", "arm*fml_group"]),
    ],
)
def test_groupings_and_levels_come_in_a_fixed_order(key, groupings):
    rows = of(survival.km_rows, people(FOUR), key)
    assert list(dict.fromkeys(rows["group_by"])) == groupings
    assert list(dict.fromkeys(rows.loc[rows["group_by"] == "cas_group", "level"])) == [
        "psychological",
        "musculoskeletal",
        "other",
        "unknown",
    ]
    assert rows["time"].dropna().drop_duplicates().tolist() == [42.0, 91.0, 182.0, 273.0]


# --- days not returned, restricted mean -----------------------------------------------------------------------------


def test_restricted_means_and_their_difference_by_hand():
    rows = of(means.mean_rows, people(FOUR))
    mean, other, difference = (
        one(rows, analysis="rmst", level=level) for level in ("intervention", "control", means.CONTRAST)
    )
    assert (mean["estimate"], other["estimate"], difference["estimate"]) == (15, 40, -25)
    # Greenwood: (area after the first event)^2 / (2 x 1); the last event leaves nothing below the curve.
    assert mean["se"] == pytest.approx(np.sqrt(5**2 / 2))
    assert other["se"] == pytest.approx(np.sqrt(10**2 / 2))
    assert difference["se"] == pytest.approx(np.sqrt(12.5 + 50))
    assert difference["ci_low"] == pytest.approx(-25 - 1.959963984540054 * np.sqrt(62.5))
    assert difference["statistic"] == pytest.approx(-25 / np.sqrt(62.5))
    assert difference["p_value"] == pytest.approx(0.00156, abs=1e-5)
    assert (difference["n"], difference["n_events"], difference["time"]) == (4, 4, 281.0)


def test_leaving_counts_as_not_returned_up_to_tau():
    who = arms([(16, "event"), (66, "competing")], [(16, "event"), (20, "event")])
    rows = of(means.mean_rows, who)
    mean = one(rows, analysis="days_not_returned", level="intervention")
    assert mean["estimate"] == pytest.approx(16 + 265 / 2)
    # One of two returned: the standard error of the share is sqrt(1/8), times 265 days.
    assert mean["se"] == pytest.approx(265 * np.sqrt(1 / 8))
    # Censored instead, the curve stays at a half with nobody left.
    restricted = one(rows, analysis="rmst", level="intervention")
    assert restricted["reason"] == "fewer than 5 at risk at day 281 and the curve is not yet 0"


@pytest.mark.parametrize("analysis", ["days_not_returned", "rmst"])
@pytest.mark.parametrize(("left", "status"), [(4, "not_estimable"), (5, "ok")])
def test_five_people_at_risk_at_tau_are_enough(analysis, left, status):
    who = arms([(10, "event"), *[(281, "censored")] * left], [(10, "event"), (12, "event")])
    rows = of(means.mean_rows, who)
    arm = one(rows, analysis=analysis, level="intervention")
    contrast = one(rows, analysis=analysis, level=means.CONTRAST)
    assert (arm["status"], contrast["status"]) == (status, status)
    assert one(rows, analysis=analysis, level="control")["status"] == "ok"
    if status != "ok":
        assert arm["reason"] == "fewer than 5 at risk at day 281 and the curve is not yet 0"
        assert contrast["reason"] == f"intervention: {arm['reason']}"
        assert pd.isna(contrast["estimate"])


def test_at_risk_at_tau_means_still_there_on_that_day():
    rows = of(means.mean_rows, arms([(10, "event"), *[(280, "censored")] * 9], [(10, "event"), (12, "event")]))
    assert one(rows, analysis="rmst", level="intervention")["status"] == "not_estimable"


@pytest.mark.parametrize("analysis", ["days_not_returned", "rmst"])
def test_a_curve_at_0_needs_nobody_at_risk_at_tau(analysis):
    who = arms([(10, "event"), (15, "censored"), (20, "event"), (30, "event")], [(30, "event"), (50, "event")])
    rows = of(means.mean_rows, who)
    # 3/4 from day 10, 3/8 from day 20, 0 from day 30.
    assert one(rows, analysis=analysis, level="intervention")["estimate"] == pytest.approx(10 + 7.5 + 3.75)
    assert one(rows, analysis=analysis, level=means.CONTRAST)["status"] == "ok"


def test_somebody_censored_on_the_day_of_the_last_event_keeps_the_curve_above_0():
    who = arms([(10, "event"), (30, "event"), (30, "censored")], [(30, "event"), (50, "event")])
    assert one(of(means.mean_rows, who), analysis="rmst", level="intervention")["status"] == "not_estimable"


@pytest.mark.parametrize("analysis", ["days_not_returned", "rmst"])
def test_an_arm_without_an_event_up_to_tau_has_no_mean(analysis):
    """Enrolled on day 0, the clock of enrolment ends on day 320; a return on day 330 says nothing about it."""
    who = frame(pd.DataFrame({"arm": ["intervention"] * 8 + ["control"] * 2, "time": [330] * 8 + [100, 90]}))
    rows = of(means.mean_rows, who.assign(status="event"), FROM_ENROLMENT)
    arm = one(rows, analysis=analysis, level="intervention")
    assert (arm["status"], arm["reason"]) == ("not_estimable", "no event in this level")
    assert arm["n_events"] == 8
    assert one(rows, analysis=analysis, level="control")["estimate"] == 95


@pytest.mark.parametrize("analysis", ["days_not_returned", "rmst"])
def test_returns_all_on_one_day_leave_no_variance_and_so_no_number(analysis):
    rows = of(means.mean_rows, arms([(20, "event")] * 9, [(20, "event")] * 7))
    reasons = rows.loc[rows["analysis"] == analysis, "reason"].tolist()
    none = "these events leave no variance to estimate"
    assert reasons == [none, none, f"intervention: {none}; control: {none}"]


def test_an_empty_arm_has_no_mean_and_no_difference():
    rows = of(means.mean_rows, arms([], [(10, "event"), (20, "event")]))
    rows = rows[rows["analysis"] == "days_not_returned"].set_index("level")
    assert rows.loc["intervention", "reason"] == "no event in this level"
    assert rows.loc["intervention", "n"] == 0
    assert rows.loc["control", "estimate"] == 15
    assert rows.loc[means.CONTRAST, "reason"] == "intervention: no event in this level"


# --- log-rank -------------------------------------------------------------------------------------------------------


def test_logrank_by_hand():
    row = one(of(survival.logrank_rows, people(FOUR)), measure="logrank")
    # Intervention: 2 observed, 2/4 + 1/3 expected; variance 4/16 + 2/9.
    statistic = (2 - 5 / 6) ** 2 / (1 / 4 + 2 / 9)
    assert row["estimate"] == row["statistic"] == pytest.approx(statistic)
    assert (row["df"], row["level"], row["n"], row["n_events"]) == (1, "all", 4, 4)


def test_fleming_harrington_by_hand():
    row = one(of(survival.logrank_rows, people(FOUR)), measure="logrank_fh_0_1")
    # Weights 1 - S(t-): 0, 1/4, 1/2, 3/4; only on the second day are both arms at risk.
    deviation, variance = 1 / 4 * (1 - 1 / 3), (1 / 4) ** 2 * 2 / 9
    assert row["statistic"] == pytest.approx(deviation**2 / variance)


def test_stratified_logrank_adds_over_organisations():
    both = pd.concat([people(FOUR, organisation=name) for name in ("org_a", "org_b")]).drop(columns="case_id")
    row = one(of(survival.logrank_rows, frame(both.reset_index(drop=True))), measure="logrank_stratified")
    assert row["statistic"] == pytest.approx((2 * (2 - 5 / 6)) ** 2 / (2 * (1 / 4 + 2 / 9)))
    assert "organisation" in row["method"]


def test_without_strata_there_is_no_stratified_test():
    rows = of(survival.logrank_rows, people(FOUR), plan=protocol(strata="none"))
    assert one(rows, measure="logrank_stratified")["reason"] == "the design declares no strata"
    assert one(rows, measure="logrank")["status"] == "ok"


@pytest.mark.parametrize(
    ("intervention", "control", "reason"),
    [
        ([(10, "event")], [(20, "censored")], "no event in arm control"),
        ([(10, "competing")], [(20, "event")], "no event in arm intervention"),
        ([(10, "censored")], [], "no event in arm intervention and control"),
    ],
)
def test_an_arm_without_an_event_has_no_test(intervention, control, reason):
    rows = of(survival.logrank_rows, arms(intervention, control))
    assert rows["reason"].tolist() == [reason] * 3
    assert rows["status"].eq("not_estimable").all()


def test_means_of_many_are_those_of_few():
    """Everybody ten times over: the same estimate, a standard error smaller by the square root of ten."""
    few, tenfold = people(FOUR), frame(pd.concat([people(FOUR)] * 10, ignore_index=True).drop(columns="case_id"))
    for analysis in ("rmst", "days_not_returned"):
        small, large = (one(of(means.mean_rows, who), analysis=analysis, level="control") for who in (few, tenfold))
        assert large["estimate"] == pytest.approx(small["estimate"])
        assert large["se"] == pytest.approx(small["se"] / np.sqrt(10))
        assert large["n"] == 10 * small["n"]
