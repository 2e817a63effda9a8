"""The results store: which rows there are, their ids, whose question they answer, and in what role."""

from dataclasses import replace

import pandas as pd
import pytest
from estimate_tables import ISSUES, estimated, many, people, pick, protocol

from pilot_analysis.errors import UserError
from pilot_analysis.estimate.store import Rows, result_id, to_store

ENDPOINTS = ("partial_rtw", "full_rtw", "sustained_rtw")
DATA_DEPENDENT = ("cost", "interview_themes", "flow", "baseline", "quality", "organisation")
MODELS = (
    ("cox_unadjusted", 1),
    ("cox_adjusted", 6),
    ("cox_adjusted_clustered", 6),
    ("cox_adjusted_clustered_t", 1),
    ("cox_adjusted_jackknife", 1),
    ("ph_test", 2 + 5),
)


@pytest.fixture(scope="module")
def store() -> pd.DataFrame:
    """The store of sixty people, half of whom return."""
    who = many(
        60, time=[120, 130, 200, 210, 300, 310], status=["event", "censored", "event"], cas_group=["other", "unknown"]
    )
    return estimated(who).estimates


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    """The store of a single person."""
    return estimated(people("time status\n200 event")).estimates


def planned(rows: pd.DataFrame) -> list[str]:
    """Ids of the rows that the plan fixes, whatever the data."""
    return rows.loc[~rows["analysis"].isin(DATA_DEPENDENT), "result_id"].tolist()


def test_ids_are_unique_and_the_same_rows_come_in_the_same_order_whatever_the_data(store, small):
    assert store["result_id"].is_unique
    assert planned(store) == planned(small)


def test_an_id_is_readable(store):
    ids = set(store["result_id"])
    assert {
        "full_rtw.landmark_84.landmark.days_not_returned.mean_difference.arm.intervention-minus-control.281",
        "full_rtw.landmark_84.landmark.km.survival.arm*cas_group.control:unknown.91",
        "sustained_rtw.itt.t0.cox_piecewise.hazard_ratio.arm.intervention-over-control.84",
        "full_rtw.landmark_91.landmark.cox_interaction.hazard_ratio.arm*fml_group.intervention-over-control@mental",
        "full_rtw.itt.enrolment.cox_adjusted.hazard_ratio.all.all.cas_group[unknown]",
        "none.itt.none.baseline.mean.arm.control.age",
    } <= ids


def test_names_that_differ_in_a_blank_only_keep_ids_of_their_own():
    who = many(8, job_group=["home care", "home_care"], region=["A - B", "A-minus-B"], time=200, status="event")
    rows = estimated(who).estimates
    assert rows["result_id"].is_unique
    assert len(pick(rows, measure="n", level="control", term="job_group[home care]")) == 1


def test_the_core_set_of_every_endpoint_and_population(store):
    found = (
        store[~store["analysis"].isin(DATA_DEPENDENT)].groupby(["analysis", "population", "origin", "endpoint"]).size()
    )
    levels = {"itt": 2 + 4 + 8, "landmark_84": 2 + 4 + 8 + 6 + 12, "landmark_91": 2 + 4 + 8 + 6 + 12}
    expected = {}
    for endpoint in ENDPOINTS:
        for population, origin in (("itt", "enrolment"), ("landmark_84", "landmark"), ("landmark_91", "landmark")):
            about = (population, origin, endpoint)
            expected |= {
                ("km", *about): 9 * levels[population],
                ("days_not_returned", *about): 3,
                ("rmst", *about): 3,
                ("logrank", *about): 3,
                ("cuminc", *about): 2 * 2 * 4 + 1,
                ("fine_gray", *about): 1,
                ("cox_cause_specific", *about): 1,
                ("days_not_returned_ratio", *about): 1,
                ("rmst_ratio", *about): 1,
                ("days_not_returned_adjusted", *about): 1,
                ("events_per_cell", *about): 8 if population == "itt" else 8 + 12,
                ("followup", *about): 2,
                ("minimum_detectable", *about): 2 if population == "itt" else 2 + 4 + 6,
            }
            expected |= {(name, *about): size for name, size in MODELS}
            if population != "itt":
                expected["cox_interaction", *about] = 4 + 1 + 6 + 1
                expected["cox_interaction_pooled", *about] = expected["cox_interaction_holm", *about] = 4
        only = (("cox_piecewise", 2), ("minimum_detectable", 1))
        expected |= {(name, "itt", "t0", endpoint): size for name, size in (*MODELS, *only)}
    p1 = ("rerandomisation", "days_not_returned_bootstrap", "cox_adjusted_bootstrap")
    expected |= {(name, "landmark_84", "landmark", "full_rtw"): 1 for name in p1}
    expected |= {
        ("ao_curve", name, origin, "ao_percent"): 2 * weeks
        for name, origin, weeks in
        (("itt", "enrolment", 45), ("landmark_84", "landmark", 40), ("landmark_91", "landmark", 39))
    }  # fmt: skip
    expected |= {("business_case", "none", "none", "none"): 8 * 3}
    expected |= {("business_case_sensitivity", "none", "none", "none"): 9 * (3 + 2 * 2)}
    expected |= {("business_case_observed", "landmark_84", "t0", "cost"): 10 + 15}
    expected |= {("cost_difference", "itt", "t0", "cost"): 2 * 14}
    expected |= {("cost_effectiveness", "itt", "t0", "cost"): 3 * (3 + 4 + 2 * 6) + 1}
    expected |= {("adherence", "itt", "t0", "none"): 2 * (26 + 13 + 4 * 2) + 3}
    expected |= {("timing", "itt", "t0", "ao_percent"): 4 * 7 + 6}
    expected |= {("recovery", "itt", "t0", "none"): 2 + 2 * 3, ("recovery", "itt", "enrolment", "none"): 3}
    expected |= {("relapse", "returned", "confirmed_return", "sustained_rtw"): 3 * 4 * 3}
    for name, origin in (("itt", "enrolment"), ("landmark_84", "landmark")):
        about = (name, origin, "ao_percent")
        expected |= {("state_occupation", *about): 2 * 4 * (1 + 5) + 5 * 3, ("ao_days", *about): 2 * 3}
        expected |= {("ao_gee", *about): 2, ("ao_mixed", *about): 2}
    expected |= {("ao_points", "itt", "t0", "ao_percent"): 4 * 3}
    expected |= {("ao_points", "landmark_84", "landmark", "ao_percent"): 3 * 2 * 3}
    waits = (("itt", "enrolment", 0), ("landmark_84", "landmark", 2), ("landmark_91", "landmark", 2))
    expected |= {
        ("fml_availability", name, origin, "first_fml"): 2 * (4 * 4 + 1) + 4 + 1 + by_landmark
        for name, origin, by_landmark in waits
    }
    expected |= {("wage_value", "itt", "t0", "wage_value"): 4 * 2 * 2}
    expected |= {("wage_value", "landmark_84", "landmark", "wage_value"): 3 * 2 * 2}
    expected |= {("theory_of_change", "allocated", "none", "none"): 58}
    expected |= {("intercurrent", "landmark_84", "landmark", "full_rtw"): 2 + 4 * 2}
    expected |= {("intercurrent", "itt", "t0", "none"): 4 * 2}
    assert found.drop("survey").to_dict() == expected  # survey: tests/unit/test_estimate_survey.py


def test_only_the_difference_of_p1_is_primary(store):
    primary = store[store["role"] == "primary"]
    assert primary["result_id"].tolist() == [
        "full_rtw.landmark_84.landmark.days_not_returned.mean_difference.arm.intervention-minus-control.281"
    ]
    assert primary["estimand"].tolist() == ["P1"]


@pytest.mark.parametrize(
    ("wanted", "estimand", "role"),
    [
        ({"analysis": "days_not_returned", "population": "landmark_91"}, "P1", "secondary"),
        ({"analysis": "rmst", "population": "itt"}, "P2", "secondary"),
        ({"analysis": "km", "group_by": "arm"}, "S1", "secondary"),
        ({"measure": "logrank_fh_0_1"}, "S1", "exploratory"),
        ({"measure": "logrank_stratified"}, "S1", "secondary"),
        ({"analysis": "cox_adjusted"}, "S2", "secondary"),
        ({"analysis": "cox_piecewise"}, "S2", "secondary"),
        ({"analysis": "km", "group_by": "arm*cas_group"}, "S4", "exploratory"),
        ({"analysis": "km", "group_by": "fml_group"}, "S4", "descriptive"),
        ({"analysis": "km", "group_by": "arm*fml_group"}, "S4", "descriptive"),
        ({"analysis": "cox_interaction", "group_by": "arm*fml_group"}, "S4", "descriptive"),
        ({"analysis": "cox_interaction", "group_by": "arm*cas_group"}, "S4", "exploratory"),
        ({"analysis": "rerandomisation"}, "P1", "secondary"),
        ({"analysis": "days_not_returned_bootstrap"}, "P1", "exploratory"),
        ({"analysis": "days_not_returned_ratio", "population": "itt"}, "P2", "exploratory"),
        ({"analysis": "days_not_returned_adjusted"}, "S2", "secondary"),
        ({"analysis": "cox_adjusted_clustered"}, "S2", "exploratory"),
        ({"analysis": "cox_adjusted_bootstrap"}, "S2", "exploratory"),
        ({"analysis": "ph_test"}, "S2", "exploratory"),
        ({"analysis": "cuminc", "measure": "gray"}, "S3", "secondary"),
        ({"analysis": "cox_cause_specific"}, "S3", "secondary"),
        ({"analysis": "fine_gray"}, "S3", "secondary"),
        ({"analysis": "cox_interaction_pooled"}, "S4", "exploratory"),
        ({"analysis": "minimum_detectable", "measure": "difference", "population": "landmark_84"}, "P1", "descriptive"),
        ({"analysis": "minimum_detectable", "measure": "hazard_ratio", "group_by": "arm"}, "S2", "descriptive"),
        ({"analysis": "minimum_detectable", "group_by": "arm*cas_group"}, "S4", "descriptive"),
        ({"analysis": "events_per_cell"}, "Q1", "descriptive"),
        ({"analysis": "followup"}, "Q1", "descriptive"),
        ({"analysis": "ao_curve"}, "S5", "secondary"),
        ({"analysis": "baseline"}, "Q1", "descriptive"),
        ({"analysis": "adherence"}, "S8", "descriptive"),
        ({"analysis": "fml_availability"}, "S8", "secondary"),
        ({"analysis": "interview_themes"}, "S8", "descriptive"),
        ({"analysis": "timing"}, "S10", "descriptive"),
        ({"analysis": "quality"}, "Q1", "descriptive"),
    ],
)
def test_role_and_estimand_follow_from_the_claims(store, wanted, estimand, role):
    rows = pick(store, **wanted)
    assert set(rows["estimand"]) == {estimand}
    assert set(rows["role"]) == {role}


def test_nothing_by_fml_group_is_more_than_descriptive(store):
    assert set(store.loc[store["group_by"].str.contains("fml_group"), "role"]) == {"descriptive"}


def test_a_row_has_a_number_or_a_reason(store, small):
    for rows in (store, small):
        ok = rows["status"] == "ok"
        assert rows.loc[ok, "estimate"].notna().all()
        assert rows.loc[ok, "reason"].isna().all()
        assert (
            rows.loc[~ok, ["estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value"]].isna().all(axis=None)
        )
        assert rows.loc[~ok, "reason"].str.len().gt(0).all()
    assert set(store["engine"]) == set(small["engine"])
    assert store["engine"].str.match(r"pilot_analysis \d+\.\d+\.\d+").all()


def without_claim(fits) -> object:
    """The plan without the claims for which `fits` holds."""
    plan = protocol()
    kept = [replace(item, claims=tuple(claim for claim in item.claims if not fits(claim))) for item in plan.estimands]
    return replace(plan, estimands=tuple(kept))


def test_a_result_that_no_estimand_claims_fails_the_run_and_is_named():
    plan = without_claim(lambda claim: "cox_piecewise" in claim["analysis"] or claim["analysis"] == "ao_curve")
    with pytest.raises(UserError) as problem:
        estimated(people("time status\n200 event"), plan)
    text = str(problem.value)
    assert "config/protocol.yaml" in text
    assert "no estimand claims the result cox_piecewise/hazard_ratio by arm in itt" in text
    assert "no estimand claims the result ao_curve/mean by arm in landmark_91" in text
    assert "km" not in text


def test_a_claim_without_a_result_fails_the_run_and_is_named():
    plan = protocol()
    idle = replace(
        plan.estimands[0], claims=(*plan.estimands[0].claims, {"analysis": "fine_gray", "endpoint": "ao_percent"})
    )
    plan = replace(plan, estimands=(idle, *plan.estimands[1:]))
    with pytest.raises(UserError, match=r"no result for the claim P1 analysis: fine_gray, endpoint: ao_percent"):
        estimated(people("time status\n200 event"), plan)


def test_a_claim_whose_rows_another_claimed_first_is_not_idle():
    """P1's second claim covers the row of its first; what counts is that results exist."""
    assert protocol().estimands[0].claims[1]["analysis"] == "days_not_returned"
    estimated(people("time status\n200 event"))


def test_the_same_input_gives_the_same_store(store):
    who = many(
        60, time=[120, 130, 200, 210, 300, 310], status=["event", "censored", "event"], cas_group=["other", "unknown"]
    )
    pd.testing.assert_frame_equal(estimated(who).estimates, store)


def test_without_findings_there_are_no_rows_of_findings_and_no_fault():
    rows = estimated(people("time status\n200 event"), issues=ISSUES.iloc[:0]).estimates
    assert pick(rows, analysis="quality")["term"].tolist() == ["rows:cases", "rows:fml"]


def test_rows_share_what_is_common_and_empty_keys_leave_no_trace_in_an_id():
    rows = Rows({"analysis": "km", "endpoint": "full_rtw"})
    rows.add(measure="median", estimate=3.0)
    rows.add_not_estimable("nobody", measure="median", level="a b / c")
    assert [row["status"] for row in rows.rows] == ["ok", "not_estimable"]
    assert [result_id(row) for row in rows.rows] == ["full_rtw.km.median", "full_rtw.km.median.a_b-over-c"]


def test_a_store_of_one_row():
    rows = Rows(
        {"analysis": "quality", "measure": "n", "endpoint": "none", "population": "allocated", "origin": "none"}
    )
    rows.add(group_by="all", level="all", term="rows:cases", unit="rows", method="count", estimate=1.0)
    plan = protocol()
    only = replace(plan.estimands[-1], claims=({"analysis": "quality"},))
    store = to_store(rows.rows, replace(plan, estimands=(only,)))
    assert store["result_id"].tolist() == ["none.allocated.none.quality.n.all.all.rows:cases"]
