"""Sustained return: 28 days in a row at AO% 0, all of them known; its time is the first of them."""

import pytest
from spec_tables import told

OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""


def back_on(day: int) -> str:
    """One spell that ends on `day`, the first day back."""
    return f"""
        first_absence_date  return_date
        0                   {day}
    """


@pytest.mark.parametrize(("ill_again", "found"), [(87, "200 event"), (88, "60 event")])
def test_a_run_of_28_days_is_sustained_and_one_of_27_is_not(ill_again, found):
    """At full work from day 60 in an open file; then half the hours until the return on day 200."""
    it = told(
        spells=back_on(200),
        ao=f"""
            valid_from   ao_percent
            60           0
            {ill_again}  50
        """,
    )
    it.outcomes(f"""
        endpoint       time  status
        full_rtw       60    event
        sustained_rtw  {found}
    """)


@pytest.mark.parametrize(("last_known_day", "found"), [(127, "100 event -"), (126, "99 censored consent_withdrawn")])
def test_the_28_days_must_all_be_known(last_known_day, found):
    """Back on day 100, day 28 is day 127. When that is one day after the last known day, nothing is confirmed."""
    it = told(spells=back_on(100), followup_end=f"{last_known_day} consent_withdrawn")
    it.outcomes(f"""
        endpoint       time  status  reason
        full_rtw       100   event   -
        sustained_rtw  {found}
    """)


@pytest.mark.parametrize(("leaving", "found"), [(127, "100 event -"), (126, "126 competing employment_end")])
def test_an_unfinished_run_before_leaving_is_not_sustained(leaving, found):
    """Who leaves on day 27 of the run has left; who leaves on day 28 has returned."""
    it = told(spells=back_on(100), followup_end=f"{leaving} employment_end")
    it.outcomes(f"""
        endpoint       time  status  reason
        full_rtw       100   event   -
        sustained_rtw  {found}
    """)


def test_without_a_run_the_case_is_censored_27_days_before_the_last_known_day():
    """A return in the last 27 known days could not be confirmed, so nobody counts as at risk there."""
    it = told(spells=OPEN_SPELL, followup_end="300 lost_to_followup")
    it.outcomes("""
        endpoint       time  status    reason
        full_rtw       300   censored  lost_to_followup
        sustained_rtw  273   censored  lost_to_followup
    """)


@pytest.mark.parametrize(
    ("last_known_day", "found"),
    [(47, "- not_at_risk followup_before_enrolment"), (48, "21 censored consent_withdrawn")],
)
def test_a_time_on_or_before_entry_is_not_at_risk(last_known_day, found):
    """Enrolled on day 20: with day 47 the last known one, no day after enrolment could be confirmed."""
    it = told(enrolled=20, spells=OPEN_SPELL, followup_end=f"{last_known_day} consent_withdrawn")
    it.outcomes(f"""
        endpoint       time              status    reason
        full_rtw       {last_known_day}  censored  consent_withdrawn
        sustained_rtw  {found}
    """)


@pytest.mark.parametrize(("day", "found"), [(365, "365 event -"), (366, "365 censored end_of_year")])
def test_a_sustained_return_may_begin_on_day_365(day, found):
    """The run begins within the year; the days that confirm it may lie beyond."""
    it = told(spells=back_on(day))
    it.outcomes(f"""
        endpoint       time  status  reason
        full_rtw       {found}
        sustained_rtw  {found}
    """)


def test_a_run_that_begins_on_day_365_and_is_not_confirmed_does_not_count():
    """Day 391 is the last known day, so day 364 is the last on which a return can be confirmed."""
    it = told(spells=back_on(365), followup_end="391 lost_to_followup")
    it.outcomes("""
        endpoint       time  status    reason
        full_rtw       365   event     -
        sustained_rtw  364   censored  lost_to_followup
    """)


def test_a_short_return_is_followed_by_the_sustained_one():
    """The first run that lasts counts, not the first run."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   60
            70                  90
            117                 140
            168                 180
        """,
    )
    it.outcomes("""
        endpoint       time  status
        full_rtw       60    event
        sustained_rtw  140   event
    """)


@pytest.mark.parametrize(("ill_again", "time", "relapse"), [(87, 200, "-"), (88, 60, "88"), (130, 60, "130")])
def test_a_relapse_after_28_days_does_not_undo_a_sustained_return(ill_again, time, relapse):
    """Absence after a confirmed return is a relapse; before it is confirmed the return was not sustained."""
    it = told(
        spells=f"""
            first_absence_date  return_date
            0                   60
            {ill_again}         200
        """,
    )
    it.outcomes(f"""
        endpoint       time    status
        sustained_rtw  {time}  event
    """)
    it.case(f"""
        relapse_day
        {relapse}
    """)


@pytest.mark.parametrize(
    ("since", "ill_again", "found"),
    [
        (10, 38, "- not_at_risk already_returned"),
        (20, 48, "- not_at_risk already_returned"),
        (10, 37, "150 event -"),
        (20, 47, "150 event -"),
        (21, 49, "21 event -"),
    ],
)
def test_a_run_of_28_days_that_began_on_or_before_enrolment_is_already_returned(since, ill_again, found):
    """Enrolled on day 20, at AO% 0 from `since`, half the hours again from `ill_again`, back on day 150.

    A run of 28 days that began before enrolment cannot be an effect. One of 27 days is no sustained return, so the
    person is at risk of a later one.
    """
    it = told(
        enrolled=20,
        spells=back_on(150),
        ao=f"""
            valid_from   ao_percent
            {since}      0
            {ill_again}  50
        """,
    )
    it.outcomes(f"""
        endpoint       time  status  reason
        sustained_rtw  {found}
    """)


def test_somebody_at_work_since_the_first_day_is_already_returned():
    """AO% 0 from the first day of the file on is a run that began before enrolment."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            0           0
        """,
    )
    it.outcomes("""
        endpoint       time  status       reason
        full_rtw       -     not_at_risk  already_returned
        sustained_rtw  -     not_at_risk  already_returned
    """)
