"""Provenance: file, line and column of the extract row that decided an outcome. The first row of a file is line 2."""

import pytest
from spec_tables import told

OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""


def test_a_return_by_return_date_points_to_that_spell():
    """The spell that ended, not another one of the case."""
    it = told(
        enrolled=100,
        spells="""
            first_absence_date  return_date
            90                  150
            0                   70
        """,
    )
    it.outcomes("""
        endpoint       time  source_file         source_line  source_column
        partial_rtw    150   absence_spells.csv  2            return_date
        full_rtw       150   absence_spells.csv  2            return_date
        sustained_rtw  150   absence_spells.csv  2            return_date
    """)


def test_a_return_by_ao_percent_points_to_that_row():
    """AO% 0 in an open file is decided by the AO% row, also for the run of 28 days that starts there."""
    it = told(
        spells=OPEN_SPELL,
        ao="""
            case_id  valid_from  ao_percent
            C009     10          20
            C001     90          0
            C001     60          50
        """,
    )
    it.outcomes("""
        endpoint       time  source_file     source_line  source_column
        partial_rtw    60    ao_percent.csv  4            ao_percent
        full_rtw       90    ao_percent.csv  3            ao_percent
        sustained_rtw  90    ao_percent.csv  3            ao_percent
    """)


def test_full_and_sustained_return_point_to_their_own_rows():
    """The first return did not last: each endpoint names the spell whose end decided it."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   60
            80                  150
        """,
    )
    it.outcomes("""
        endpoint       time  source_file         source_line  source_column
        full_rtw       60    absence_spells.csv  2            return_date
        sustained_rtw  150   absence_spells.csv  3            return_date
    """)


@pytest.mark.parametrize("reason", ["employment_end", "consent_withdrawn"])
def test_the_end_of_follow_up_points_to_the_case_record(reason):
    """Leaving and censoring by the end of follow-up are decided in `cases`."""
    it = told(
        spells=OPEN_SPELL,
        cases=f"""
            case_id  followup_end_date  followup_end_reason
            C009     -                  -
            C001     150                {reason}
        """,
    )
    it.outcomes("""
        endpoint       source_file  source_line  source_column
        partial_rtw    cases.csv    3            followup_end_date
        full_rtw       cases.csv    3            followup_end_date
        sustained_rtw  cases.csv    3            followup_end_date
    """)


def test_already_returned_points_to_the_row_that_began_the_state():
    """As for a return: the row by which AO% fell below 100, also when it fell further before enrolment."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            5           60
            15          30
            25          0
        """,
    )
    it.outcomes("""
        endpoint     status       source_file     source_line  source_column
        partial_rtw  not_at_risk  ao_percent.csv  2            ao_percent
        full_rtw     event        ao_percent.csv  4            ao_percent
    """)


@pytest.mark.parametrize("followup_end", [None, "10 death", "30 consent_withdrawn"])
def test_every_outcome_names_a_row_of_the_case_itself(followup_end):
    """Also where no row decided it, such as the end of the year, the source is a row of this case."""
    it = told(enrolled=20, spells=OPEN_SPELL, followup_end=followup_end)
    found = it.rows("outcomes", ["source_file", "source_line"])
    assert len(found) >= 3
    for file, line in found:
        assert file in {"allocation.csv", "cases.csv", "absence_spells.csv"}
        assert line == "2"
