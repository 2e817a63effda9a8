"""Diagnostics rows: constancy of effects, events behind cells, detectable effects, follow-up."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import LANDMARK, arms, frame, of, one, populations_of, protocol, trial

from pilot_analysis.estimate import adjusted, diagnostics, means
from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_ph import proportional_hazards

TERMS = ["", "age_10", "male", "cas_group", "global"]


def test_a_row_per_term_with_the_groups_together_and_a_global_one():
    who = trial()
    rows = of(diagnostics.ph_rows, who)
    assert rows["measure"].tolist() == ["ph_unadjusted"] * 2 + ["ph_adjusted"] * 5
    assert rows["term"].fillna("").tolist() == ["", "global", *TERMS]
    assert rows["df"].tolist() == [1, 1, 1, 1, 1, 3, 6]
    assert rows["group_by"].tolist() == ["arm", "all", "arm", "all", "all", "all", "all"]
    model = adjusted.adjusted_model(populations_of(who)[LANDMARK])
    tests = proportional_hazards(model.fit, [[0], [1], [2], [3, 4, 5]])
    found = rows[rows["measure"] == "ph_adjusted"]
    assert found["statistic"].tolist() == [test.statistic for test in tests]
    assert found["p_value"].tolist() == [test.p_value for test in tests]
    assert found["estimate"].tolist() == found["statistic"].tolist()


def test_a_term_that_is_not_in_the_model_has_its_reason_and_the_others_their_test():
    rows = of(diagnostics.ph_rows, trial(male=0, cas_group="other"))
    rows = rows[rows["measure"] == "ph_adjusted"]
    assert rows["status"].tolist() == ["ok", "ok", "not_estimable", "not_estimable", "ok"]
    assert rows["reason"].dropna().tolist() == ["nobody in this level", "no CAS group has a ratio"]
    assert rows["df"].tolist()[-1] == 2


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (trial(status="censored"), "no event in arm intervention and control"),
        (arms([(10, "event")] * 3 + [(20, "censored")], [(10, "event")] * 4),
         "the function of time does not vary over the days with events"),
    ],
)  # fmt: skip
def test_without_a_model_or_a_course_there_is_no_test(who, reason):
    rows = of(diagnostics.ph_rows, who)
    assert rows["status"].eq("not_estimable").all()
    assert rows["reason"].iloc[0] == reason


def test_events_per_cell_are_counts_of_arm_and_group():
    who = frame(
        pd.DataFrame(
            {
                "arm": ["intervention", "intervention", "control"],
                "time": [100, 120, 130],
                "status": ["event", "censored", "event"],
                "cas_group": ["other", "other", "unknown"],
                "fml_group_84": ["mental", "none", "none"],
            }
        )
    )
    rows = of(diagnostics.cell_rows, who)
    assert rows["group_by"].value_counts().to_dict() == {"arm*fml_group": 12, "arm*cas_group": 8}
    cell = one(rows, level="intervention:other")
    assert (cell["estimate"], cell["n"], cell["n_events"], cell["unit"]) == (1, 2, 1, "events")
    assert one(rows, level="intervention:mental")["estimate"] == 1
    assert one(rows, level="control:musculoskeletal")["n"] == 0
    rows = of(diagnostics.cell_rows, who, ("full_rtw", "itt", "enrolment"))
    assert set(rows["group_by"]) == {"arm*cas_group"}


def test_the_detectable_effect_beside_a_result():
    who = trial()
    plan = protocol()
    population = populations_of(who)[LANDMARK]
    results = [
        *means.mean_rows(population, plan),
        *adjusted.adjusted_rows(population, plan, adjusted.adjusted_model(population)),
    ]
    rows = pd.DataFrame(diagnostics.detectable_rows(results, plan))
    assert rows["measure"].tolist() == ["difference", "hazard_ratio"]
    difference, ratio = rows.iloc[0], rows.iloc[1]
    beside = next(row for row in results if row["measure"] == "mean_difference")
    reach = 1.959963984540054 + 0.8416212335729143
    assert difference["estimate"] == pytest.approx(reach * beside["se"])
    assert (difference["level"], difference["time"], difference["unit"]) == (beside["level"], 281.0, "days")
    beside = next(row for row in results if row["analysis"] == "cox_adjusted")
    assert ratio["estimate"] == pytest.approx(np.exp(reach * beside["se"]))
    assert (ratio["n"], ratio["n_events"]) == (beside["n"], beside["n_events"])
    assert "80% power" in ratio["method"]
    assert rows[["se", "ci_low", "p_value"]].isna().all(axis=None)


def test_what_has_no_result_has_no_detectable_effect_and_the_same_reason():
    population = populations_of(trial(status="censored"))[LANDMARK]
    results = means.mean_rows(population, protocol())
    row = diagnostics.detectable_rows(results, protocol())[0]
    beside = next(row for row in results if row["measure"] == "mean_difference")
    assert (row["status"], row["reason"]) == ("not_estimable", beside["reason"])


def test_follow_up_counts_returns_and_other_exits_as_complete():
    who = arms([(10, "event"), (20, "competing"), (30, "censored"), (50, "censored"), (60, "censored")], [(9, "event")])
    rows = of(diagnostics.follow_up_rows, who)
    row = one(rows, level="intervention")
    # Three are followed to 30, 50 and 60: a third is gone by 30, two thirds by 50.
    assert (row["estimate"], row["n"], row["n_events"]) == (50, 5, 3)
    assert one(rows, level="control")["reason"] == "the curve stays above a half"
    empty = of(diagnostics.follow_up_rows, arms([(30, "censored")], []))
    assert one(empty, level="control")["reason"] == "nobody in this arm"


def test_a_test_of_one_column_is_its_own_global_test():
    rows = of(diagnostics.ph_rows, trial()).iloc[:2]
    population = populations_of(trial())[LANDMARK]
    test = proportional_hazards(cox(population.outcome, population.arm))[0]
    assert rows["statistic"].tolist() == pytest.approx([test.statistic] * 2)
