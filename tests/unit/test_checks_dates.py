"""Rules on dates across tables: against birth, t0, enrolment, the end of follow-up and the week of a questionnaire.

P001 of the sound delivery: born in 1980, absent from 2021-06-01 (t0) to 2021-09-01, enrolled on 2021-06-10, control.
P002: intervention, absent from 2021-06-02, followed to 2022-03-01.
"""

import pytest
from intake_tables import SOUND, read, replaced, told

ACTIVITY = "case_id,performed_on,activity,route,hours,cost_eur\n"
SURVEY = "case_id,wave_week,completed_on\n"
AD_SURVEY = "case_id,timing_week,completed_on\n"
DIAGNOSES = "case_id,recorded_on,cas_code,position\n"


def found(tmp_path, name: str, text: str) -> list[tuple]:
    return told(read(tmp_path, {name: text}), "severity", "rule", "line", "column")


@pytest.mark.parametrize(
    ("day", "rule"),
    [("2021-05-31", "ad_before_absence"), ("2021-06-01", "ad_before_enrolment"), ("2021-06-09", "ad_before_enrolment"),
     ("2021-06-10", None)],
)  # fmt: skip
def test_a_labour_expert_comes_after_enrolment(tmp_path, day, rule):
    rows = ACTIVITY + f"P001,{day},consultation,regular,1,100\n"
    assert found(tmp_path, "ad_activities.csv", rows) == ([("query", rule, "2", "performed_on")] if rule else [])


def test_t0_is_that_of_the_merged_spell(tmp_path):
    """An earlier spell 27 days before joins, so that its days are not before the absence; one of 28 days does not."""
    for day, rule in (("2021-05-05", "ad_before_enrolment"), ("2021-05-04", "ad_before_absence")):
        changes = {
            "absence_spells.csv": SOUND["absence_spells.csv"] + f"P001,2021-04-20,{day}\n",
            "ad_activities.csv": ACTIVITY + "P001,2021-04-21,consultation,regular,1,100\n",
        }
        assert told(read(tmp_path / day, changes), "rule") == [(rule,)]


def test_costs_before_the_absence_are_noted(tmp_path):
    rows = "case_id,incurred_on,category,amount_eur\nP001,2021-05-31,other,10\nP001,2021-06-01,other,10\n"
    assert found(tmp_path, "costs.csv", rows) == [("note", "cost_before_absence", "2", "incurred_on")]


@pytest.mark.parametrize(
    ("wave", "day", "rule"),
    [
        (6, "2021-05-31", "survey_before_absence"),
        (6, "2021-06-07", "survey_far_from_week"),  # day 6: 29 days before day 35
        (6, "2021-06-08", None),  # day 7
        (10, "2021-07-05", "survey_far_from_week"),  # day 34: 29 days before day 63
        (10, "2021-07-06", None),  # day 35
        (6, "2021-08-08", None),  # day 68: 27 days after day 41
        (6, "2021-08-09", None),  # day 69
        (6, "2021-08-10", "survey_far_from_week"),  # day 70
    ],
)
def test_a_questionnaire_is_completed_near_its_week(tmp_path, wave, day, rule):
    """Week w is days 7 (w - 1) to 7 w - 1; 28 days on either side are near enough."""
    rows = SURVEY + f"P001,{wave},{day}\n"
    wanted = [("query", rule, "2", "completed_on")] if rule else []
    assert found(tmp_path, "employee_survey.csv", rows) == wanted


def test_a_questionnaire_after_return_and_an_unplanned_wave_are_noted(tmp_path):
    rows = SURVEY + "P001,14,2021-09-01\nP001,10,2021-08-31\n"
    assert found(tmp_path / "a", "employee_survey.csv", rows) == [("note", "survey_after_return", "2", "completed_on")]
    rows = SURVEY + "P001,6,\nP001,7,\nP001,5,\nP002,2,\nP001,18,\n"
    assert found(tmp_path / "b", "employee_survey.csv", rows) == [("note", "wave_unplanned", "3 4 5", "wave_week")]


def test_the_questionnaire_of_labour_experts_is_about_the_week_of_the_arm(tmp_path):
    """Week 13 or 14 in the intervention arm (P002); week 48 to 54 in the control arm (P001)."""
    rows = AD_SURVEY + "P002,14,\nP002,48,\nP001,14,\nP001,50,\n"
    assert found(tmp_path, "ad_survey.csv", rows) == [("note", "ad_survey_other_week", "3 4", "timing_week")]


@pytest.mark.parametrize(
    ("day", "severity", "rule"),
    [
        ("1979-12-31", "stop", "date_before_birth"),
        ("2019-06-01", "note", "medical_long_before"),
        ("2019-06-02", None, None),
    ],
)
def test_medical_rows_from_before_birth_stop_and_from_years_ago_are_noted(tmp_path, day, severity, rule):
    rows = DIAGNOSES + f"P001,{day},P650,1\n"
    found_rules = found(tmp_path, "diagnoses.csv", rows)
    assert ((severity, rule, "2", "recorded_on") in found_rules) == (rule is not None)
    assert (found_rules == []) == (rule is None)


def test_a_placeholder_date_stops_in_any_table(tmp_path):
    text = SOUND["absence_spells.csv"] + "P001,1900-01-01,1900-01-02\n"
    assert found(tmp_path, "absence_spells.csv", text) == [
        ("stop", "date_before_birth", "5", "first_absence_date"), ("stop", "date_before_birth", "5", "return_date"),
    ]  # fmt: skip


def test_a_wrong_year_of_birth_is_reported_once(tmp_path):
    assert told(read(tmp_path, replaced("cases.csv", "1980", "2050")), "rule", "column") == [
        ("age_out_of_range", "birth_year")
    ]


@pytest.mark.parametrize(
    ("day", "severity", "rule"),
    [("2021-05-31", "stop", "followup_before_absence"), ("2021-06-09", "note", "followup_before_enrolment"),
     ("2021-06-10", None, None)],
)  # fmt: skip
def test_follow_up_ends_after_the_first_absence_day_and_normally_after_enrolment(tmp_path, day, severity, rule):
    changes = replaced("cases.csv", "150.5,,", f"150.5,{day},employment_end")
    changes["ao_percent.csv"] = "case_id,valid_from,ao_percent\n"
    rules = [row for row in told(read(tmp_path, changes), "severity", "rule", "line") if row[1] != "after_followup_end"]
    assert rules == ([(severity, rule, "2")] if rule else [])


def test_enrolment_after_the_horizon_is_noted(tmp_path):
    """P002 is absent from 2021-06-02; day 365 is 2022-06-02."""
    for day, noted in (("2022-06-01", False), ("2022-06-02", True)):
        changes = replaced("allocation.csv", "2021-06-11", day)
        changes["cases.csv"] = SOUND["cases.csv"].replace("2022-03-01,employment_end", ",")
        rules = told(read(tmp_path / day, changes), "rule", "line")
        assert rules == ([("enrolled_after_horizon", "3")] if noted else [])


def test_where_a_spell_could_not_be_read_nothing_is_held_to_t0(tmp_path):
    changes = {
        "absence_spells.csv": SOUND["absence_spells.csv"].replace("2021-09-01", "later"),
        "ad_activities.csv": ACTIVITY + "P001,2021-05-01,consultation,regular,1,100\n",
    }
    assert told(read(tmp_path, changes), "rule") == [("not_a_date",), ("ad_before_enrolment",)]
