"""Partial and full return: the first day after enrolment on which AO% is below 100, or 0."""

import pytest
from spec_tables import told

SPELL_OF_150_DAYS = """
    first_absence_date  return_date
    0                   150
"""
OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""


def test_return_in_steps_is_first_partial_then_full_then_sustained():
    """Half the hours from day 60, all of them from day 100, ill again for ten days, well from day 120."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   100
            110                 120
        """,
        ao="""
            valid_from  ao_percent
            60          50
        """,
    )
    it.outcomes("""
        endpoint       entry  time  status  reason  event_date
        partial_rtw    20     60    event   -       60
        full_rtw       20     100   event   -       100
        sustained_rtw  20     120   event   -       120
    """)


def test_a_return_at_once_is_partial_full_and_sustained_on_one_day():
    """Nobody has to return in steps."""
    it = told(spells=SPELL_OF_150_DAYS)
    it.outcomes("""
        endpoint       time  status
        partial_rtw    150   event
        full_rtw       150   event
        sustained_rtw  150   event
    """)


def test_the_first_return_counts_whatever_follows():
    """Full work again on day 70 does not undo the partial return of day 60."""
    it = told(
        spells=SPELL_OF_150_DAYS,
        ao="""
            valid_from  ao_percent
            60          50
            70          100
        """,
    )
    it.outcomes("""
        endpoint     time  status
        partial_rtw  60    event
        full_rtw     150   event
    """)


def test_ao_percent_0_in_an_open_file_is_a_full_return():
    """An employer may keep the file open; at AO% 0 the person works all hours."""
    it = told(
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            90          0
        """,
    )
    it.outcomes("""
        endpoint       time  status
        partial_rtw    90    event
        full_rtw       90    event
        sustained_rtw  90    event
    """)


def test_ao_percent_0_at_enrolment_is_already_returned():
    """In a spell, but at full work on the day of enrolment: shown in the flow, in no risk set."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            15          0
        """,
    )
    it.outcomes("""
        endpoint       entry  time  status       reason            event_date
        partial_rtw    20     -     not_at_risk  already_returned  -
        full_rtw       20     -     not_at_risk  already_returned  -
        sustained_rtw  20     -     not_at_risk  already_returned  -
    """)


@pytest.mark.parametrize(
    ("day", "found"),
    [(19, "- not_at_risk already_returned"), (20, "- not_at_risk already_returned"), (21, "21 event -")],
)
def test_a_partial_return_counts_from_the_day_after_enrolment(day, found):
    """The state on the day of enrolment was there before the allocation could do anything."""
    it = told(
        enrolled=20,
        spells=SPELL_OF_150_DAYS,
        ao=f"""
            valid_from  ao_percent
            {day}       50
        """,
    )
    it.outcomes(f"""
        endpoint     time  status  reason
        partial_rtw  {found}
        full_rtw     150   event   -
    """)


def test_a_partial_return_before_enrolment_does_not_count_but_a_later_one_does():
    """Back to full absence before enrolment: the person is at risk again."""
    it = told(
        enrolled=20,
        spells=SPELL_OF_150_DAYS,
        ao="""
            valid_from  ao_percent
            5           50
            10          100
            40          50
        """,
    )
    it.outcomes("""
        endpoint     time  status
        partial_rtw  40    event
        full_rtw     150   event
    """)


def test_one_percent_absent_is_not_a_full_return():
    """Only AO% 0 is full, and anything below 100 is partial."""
    it = told(
        spells=SPELL_OF_150_DAYS,
        ao="""
            valid_from  ao_percent
            60          99
            90          1
        """,
    )
    it.outcomes("""
        endpoint     time  status
        partial_rtw  60    event
        full_rtw     150   event
    """)


@pytest.mark.parametrize(("percent", "day"), [(1, 90), (5, 90), (5.5, 150), (6, 150)])
def test_in_the_sensitivity_analysis_full_return_is_at_most_5_percent(percent, day):
    """Some employers keep files open at 1 %."""
    it = told(
        spells=SPELL_OF_150_DAYS,
        ao=f"""
            valid_from  ao_percent
            90          {percent}
        """,
    )
    it.outcomes("""
        endpoint  time  status
        full_rtw  150   event
    """)
    it.shows("sensitivity", f"""
        endpoint      time   status
        full_rtw_ao5  {day}  event
    """)  # fmt: skip


def test_in_the_sensitivity_analysis_5_percent_at_enrolment_is_already_returned():
    """The rule of full return, with the higher limit."""
    it = told(
        spells=SPELL_OF_150_DAYS,
        ao="""
            valid_from  ao_percent
            10          5
        """,
    )
    it.outcomes("""
        endpoint  time  status  reason
        full_rtw  150   event   -
    """)
    it.shows("sensitivity", """
        endpoint      time  status       reason
        full_rtw_ao5  -     not_at_risk  already_returned
    """)  # fmt: skip
