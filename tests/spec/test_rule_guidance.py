"""Guidance: which activities of a labour expert count, when the first came, and when the first FML was there."""

import pytest
from spec_tables import told

OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""
BACK_ON_100 = """
    first_absence_date  return_date
    0                   100
"""


def activities(*rows: str) -> str:
    """Activities: day, kind and route of each."""
    return "\n".join(["performed_on activity route hours cost_eur", *(f"{row} 8 1000" for row in rows)])


@pytest.mark.parametrize(
    ("day", "timing"),
    [
        (0, "before_first_window"),
        (83, "before_first_window"),
        (84, "first_window"),
        (90, "first_window"),
        (91, "between"),
        (328, "between"),
        (329, "second_window"),
        (364, "second_window"),
        (365, "later"),
    ],
)
def test_the_first_contact_is_placed_against_week_13_and_weeks_48_to_52(day, timing):
    """Week 13 is days 84-90 from the first absence day, weeks 48-52 are days 329-364."""
    it = told(spells=OPEN_SPELL, ad_activities=activities(f"{day} file_check regular"))
    it.shows("process", f"case_id timing first_contact_day\nC001 {timing} {day}")


@pytest.mark.parametrize("day", [-1, 366])
def test_an_activity_before_the_absence_or_after_the_year_is_not_used(day):
    """What happened in an earlier absence, or after follow-up, says nothing about this year."""
    it = told(spells=OPEN_SPELL, ad_activities=activities(f"{day} regular_assessment regular"))
    it.shows("process", "case_id timing first_contact_day first_assessment_day\nC001 none - -")
    assert it.rows("guidance", ["day"]) == []


def test_an_activity_after_the_end_of_follow_up_is_not_used():
    """Leaving on day 200 ends what is known."""
    it = told(
        spells=OPEN_SPELL,
        followup_end="200 employment_end",
        ad_activities=activities("200 consultation regular", "201 early_assessment regular"),
    )
    it.shows("process", "case_id first_contact_day first_assessment_day\nC001 200 -")


def test_contact_assessment_and_reassessment_are_told_apart():
    """A file check is contact; an assessment comes later; only one after an earlier assessment is repeated."""
    it = told(
        spells=OPEN_SPELL,
        ad_activities=activities(
            "120 reassessment regular", "60 file_check file_analysis", "86 early_assessment regular"
        ),
    )
    it.shows(
        "process",
        """
        case_id  first_contact_day  first_contact_activity  first_contact_route  first_assessment_day  reassessed
        C001     60                 file_check              file_analysis        86                    yes
    """,
    )
    assert it.rows("guidance", ["day", "activity", "source_line"]) == [
        ["60", "file_check", "3"], ["86", "early_assessment", "4"], ["120", "reassessment", "2"],
    ]  # fmt: skip


def test_a_reassessment_without_an_earlier_assessment_is_the_first_one():
    it = told(spells=OPEN_SPELL, ad_activities=activities("120 reassessment regular"))
    it.shows("process", "case_id first_assessment_day reassessed other_route\nC001 120 no no")


def test_one_activity_outside_the_regular_route_is_enough_for_another_route():
    it = told(
        spells=OPEN_SPELL,
        ad_activities=activities("86 early_assessment regular", "90 file_check file_analysis"),
    )
    it.shows("process", "case_id first_contact_route other_route\nC001 regular yes")


# --- first FML ------------------------------------------------------------------------------------------------------


def fml_is(it, text: str) -> None:
    """Assert the outcome of the first FML of the only case."""
    it.shows("process", f"case_id first_fml_day fml_time fml_status fml_reason source_column\nC001 {text}")


def test_a_first_fml_after_enrolment_is_an_event():
    """Of several the first counts."""
    it = told(spells=OPEN_SPELL, fml="assessed_on\n120\n70")
    fml_is(it, "70 70 event - assessed_on")
    it.shows("process", "case_id source_file source_line\nC001 fml.csv 3")


@pytest.mark.parametrize(("day", "status"), [(20, "not_at_risk"), (21, "event")])
def test_whoever_has_an_fml_by_enrolment_does_not_wait_for_one(day, status):
    it = told(enrolled=20, spells=OPEN_SPELL, fml=f"assessed_on\n{day}")
    time, reason = ("-", "assessed_before_enrolment") if status == "not_at_risk" else (day, "-")
    fml_is(it, f"{day} {time} {status} {reason} assessed_on")


def test_an_fml_of_an_earlier_absence_is_not_one_of_this_absence():
    it = told(spells=OPEN_SPELL, fml="assessed_on\n-1")
    fml_is(it, "- 365 censored end_of_year first_absence_date")


@pytest.mark.parametrize(("day", "outcome"), [(100, "100 100 event - assessed_on"),
                                              (101, "101 100 competing full_rtw return_date")])  # fmt: skip
def test_full_return_ends_the_waiting(day, outcome):
    """An FML on the day of return still counts; one afterwards does not."""
    fml_is(told(spells=BACK_ON_100, fml=f"assessed_on\n{day}"), outcome)


def test_leaving_ends_the_waiting_too():
    it = told(spells=OPEN_SPELL, followup_end="150 ill_health_retirement")
    fml_is(it, "- 150 competing ill_health_retirement followup_end_date")


def test_a_lost_case_is_censored():
    it = told(spells=OPEN_SPELL, followup_end="150 consent_withdrawn")
    fml_is(it, "- 150 censored consent_withdrawn followup_end_date")


def test_whoever_had_returned_by_enrolment_waits_for_nothing():
    it = told(enrolled=20, spells=OPEN_SPELL, ao="valid_from ao_percent\n10 0", fml="assessed_on\n40")
    it.shows("process", "case_id fml_time fml_status fml_reason\nC001 - not_at_risk already_returned")


def test_the_first_cost_of_the_physician_is_kept():
    it = told(
        spells=OPEN_SPELL,
        costs="""
            incurred_on  category                amount_eur
            30           case_manager            1
            45           occupational_physician  1
            38           occupational_physician  1
        """,
    )
    it.shows("process", "case_id first_physician_day\nC001 38")
