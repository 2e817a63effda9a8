"""Cox models: every reason for not giving a ratio, and ratios that follow from simpler fits."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import FROM_T0, LANDMARK, frame, of, one, people, populations_of, protocol, trial

from pilot_analysis.estimate import adjusted, hazards
from pilot_analysis.models.cox import cox, likelihood_ratio
from pilot_analysis.models.outcome import Outcome

SEPARATED = "a coefficient grows without bound: the model separates events from the others at risk"


# --- unadjusted -----------------------------------------------------------------------------------------------------


def test_the_ratio_of_two_pairs_by_hand():
    who = people("arm time status\nintervention 90 event\ncontrol 95 event\nintervention 100 event\ncontrol 110 event")
    row = of(hazards.unadjusted_rows, who).iloc[0]
    ratio = row["estimate"]
    # Events of I, C, I, C from sets of 2I+2C, 1I+2C, 1I+1C, 1C: the score 2 - 2r/(2r+2) - r/(r+2) - r/(r+1) is 0.
    assert 2 - 2 * ratio / (2 * ratio + 2) - ratio / (ratio + 2) - ratio / (ratio + 1) == pytest.approx(0, abs=1e-9)
    information = sum(r / (1 + r) ** 2 for r in (ratio, ratio / 2, ratio))
    assert row["se"] == pytest.approx(1 / np.sqrt(information))
    assert row["ci_high"] == pytest.approx(ratio * np.exp(1.959963984540054 / np.sqrt(information)))
    assert row["statistic"] == pytest.approx(np.log(ratio) * np.sqrt(information))
    assert (row["level"], row["n"], row["n_events"], row["unit"]) == ("intervention / control", 4, 4, "ratio")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("event censored event censored", "no event in arm control"),
        ("competing event censored event", "no event in arm intervention"),
        ("competing competing censored censored", "no event in arm intervention and control"),
    ],
)
def test_an_arm_without_an_event_has_no_ratio(status, reason):
    who = people("arm time\nintervention 90\ncontrol 95\nintervention 100\ncontrol 110", status=status.split())
    for function in (hazards.unadjusted_rows, adjusted.adjusted_rows):
        arm = one(of(function, who), group_by="arm")
        assert (arm["status"], arm["reason"]) == ("not_estimable", reason)
        assert pd.isna(arm["estimate"])


def test_arms_that_never_meet_have_no_ratio():
    """The intervention arm has left before anybody of the control arm enters."""
    arm = ["intervention", "intervention", "control", "control"]
    who = people("entry time\n0 50\n0 60\n60 90\n61 99", arm=arm, status="event")
    row = of(hazards.unadjusted_rows, who, FROM_T0).iloc[0]
    assert row["reason"] == "the arms are never at risk beside each other when an event happens"


def test_an_arm_that_is_always_first_has_no_finite_ratio():
    who = people("arm time status\nintervention 90 event\nintervention 95 event\ncontrol 100 event\ncontrol 110 event")
    assert of(hazards.unadjusted_rows, who).iloc[0]["reason"] == SEPARATED


# --- piecewise ------------------------------------------------------------------------------------------------------

AROUND_THE_CUT = """
arm           entry  time  status
intervention  0      84    event
control       0      84    event
intervention  0      60    event
control       0      85    event
intervention  0      85    event
control       0      90    event
intervention  20     99    event
control       83     200   censored
intervention  84     200   competing
"""


def test_an_event_on_the_cut_belongs_to_the_first_interval():
    rows = of(hazards.piecewise_rows, people(AROUND_THE_CUT), FROM_T0).set_index("time")
    assert rows["n_events"].to_dict() == {0.0: 3, 84.0: 4}
    # Enrolled on day 84 is not at risk before day 85; left by day 84 is not at risk after it.
    assert rows["n"].to_dict() == {0.0: 8, 84.0: 6}
    assert rows["status"].eq("ok").all()


def test_an_interval_without_an_event_in_an_arm_has_no_ratio_and_the_other_keeps_its_own():
    who = people(AROUND_THE_CUT)
    who.loc[who["time"] > 84, "status"] = "censored"
    rows = of(hazards.piecewise_rows, who, FROM_T0).set_index("time")
    assert rows.loc[84.0, "reason"] == "no event in arm intervention and control"
    assert rows.loc[0.0, "status"] == "ok"


def test_the_ratio_of_the_whole_lies_between_those_of_its_intervals():
    population = populations_of(people(AROUND_THE_CUT))[FROM_T0]
    arm = (population.people["arm"] == "intervention").to_numpy(float)
    whole = cox(population.outcome, arm)
    rows = of(hazards.piecewise_rows, people(AROUND_THE_CUT), FROM_T0)
    assert rows["estimate"].min() < np.exp(whole.coef[0]) < rows["estimate"].max()


# --- interaction ----------------------------------------------------------------------------------------------------


def groups_with(**events: tuple[int, int]) -> pd.DataFrame:
    """So many events per arm (intervention, control) in each group, and in each three people censored later."""
    rng = np.random.default_rng(4)
    rows = []
    for group, numbers in events.items():
        for arm, number in zip(("intervention", "control"), numbers, strict=True):
            days = rng.permutation(200)[:number] + 85
            rows += [{"arm": arm, "cas_group": group, "time": int(day), "status": "event"} for day in days]
            rows += [{"arm": arm, "cas_group": group, "time": 300, "status": "censored"}] * 3
    return frame(pd.DataFrame(rows))


def test_ten_events_per_arm_make_a_group_and_nine_do_not():
    rows = of(hazards.interaction_rows, groups_with(psychological=(10, 10), musculoskeletal=(10, 9), other=(30, 12)))
    rows = rows[rows["group_by"] == "arm*cas_group"].set_index("level")
    status = rows["status"].to_dict()
    assert status == {
        "intervention / control @ psychological": "ok",
        "intervention / control @ musculoskeletal": "not_estimable",
        "intervention / control @ other": "ok",
        "intervention / control @ unknown": "not_estimable",
        "all": "ok",
    }
    thin = rows.loc["intervention / control @ musculoskeletal"]
    assert thin["reason"] == "fewer than 10 events in an arm of this group"
    assert (thin["n"], thin["n_events"]) == (25, 19)
    test = rows.loc["all"]
    assert (test["df"], test["n"], test["n_events"]) == (1, 26 + 48, 62)
    assert test["estimate"] == test["statistic"]


def test_the_interaction_test_compares_with_one_common_effect():
    who = groups_with(psychological=(15, 11), other=(30, 12))
    population = populations_of(who)[LANDMARK]
    arm = (population.people["arm"] == "intervention").to_numpy(float)
    group = (population.people["cas_group"] == "other").to_numpy(float)
    big = cox(population.outcome, np.column_stack([arm, group, arm * group]), population.strata)
    small = cox(population.outcome, np.column_stack([arm, group]), population.strata)
    rows = of(hazards.interaction_rows, who)
    test = one(rows, group_by="arm*cas_group", level="all")
    assert test["statistic"] == pytest.approx(likelihood_ratio(big, small).statistic, rel=1e-9)
    ratios = [
        one(rows, level=f"intervention / control @ {name}", group_by="arm*cas_group")
        for name in ("psychological", "other")
    ]
    assert np.log([row["estimate"] for row in ratios]) == pytest.approx(
        [big.coef[0], big.coef[0] + big.coef[2]], rel=1e-8
    )


def test_one_group_with_events_enough_has_a_ratio_and_no_test():
    rows = of(hazards.interaction_rows, groups_with(psychological=(12, 11), other=(3, 3)))
    rows = rows[rows["group_by"] == "arm*cas_group"].set_index("level")
    assert rows.loc["intervention / control @ psychological", "status"] == "ok"
    assert rows.loc["all", "reason"] == "fewer than two groups with 10 events per arm"


def test_without_people_every_group_has_a_row_with_a_reason():
    rows = of(hazards.interaction_rows, people("time status\n50 event"))
    assert len(rows) == 5 + 7
    assert rows["status"].eq("not_estimable").all()
    assert rows["n"].eq(0).all()


# --- whole organisations compared -----------------------------------------------------------------------------------


def organisations() -> pd.DataFrame:
    """Arms are whole organisations."""
    who = trial(n=240)
    return who.assign(organisation=np.where(who["arm"] == "intervention", "org_a", "org_b"))


def test_organisations_compared_without_strata_have_ratios():
    plan = protocol(allocation="organisations_compared", strata="none")
    for function in (hazards.unadjusted_rows, adjusted.adjusted_rows, hazards.interaction_rows):
        rows = of(function, organisations(), plan=plan)
        assert rows["status"].iloc[0] == "ok"
        assert not rows["method"].str.contains("strata organisation").any()


def test_an_arm_that_is_constant_within_every_stratum_has_a_reason_and_no_ratio():
    plan = protocol(allocation="organisations_compared", strata="organisation")
    rows = of(adjusted.adjusted_rows, organisations(), plan=plan)
    assert rows["reason"].tolist() == ["the arms are never at risk beside each other when an event happens"] * 6
    rows = of(hazards.interaction_rows, organisations(), plan=plan)
    assert rows["status"].eq("not_estimable").all()
    assert rows["reason"].str.len().gt(10).all()
    assert of(hazards.unadjusted_rows, organisations(), plan=plan)["status"].tolist() == ["ok"]


def test_events_in_neither_arm_are_told_arm_by_arm():
    outcome = Outcome.of(0, [5, 6, 7], [1, 2, 0])
    assert hazards.no_event_in_an_arm(outcome, np.array([1.0, 0.0, 0.0])) == "no event in arm control"
    assert hazards.no_event_in_an_arm(outcome, np.array([0.0, 1.0, 0.0])) == "no event in arm intervention"
