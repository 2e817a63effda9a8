"""The daily path: AO% and state of every day from the first absence day to the last known day."""

import pytest
from spec_tables import told


def test_ao_percent_is_100_until_a_row_says_otherwise_and_0_outside_spells():
    """Without rows a spell is full absence; from the return date on AO% is 0."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   100
        """,
    )
    it.shows_all("periods", """
        first_day  last_day  ao_percent  state
        0          99        100         absent
        100        127       0           returned
        128        486       0           recovered
    """)  # fmt: skip


def test_a_row_holds_from_its_day_until_the_next_row():
    """AO% may go down and up again within a spell."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   100
        """,
        ao="""
            valid_from  ao_percent
            50          25
            30          50
            70          100
        """,
    )
    it.shows_all("periods", """
        first_day  last_day  ao_percent  state
        0          29        100         absent
        30         49        50          partial
        50         69        25          partial
        70         99        100         absent
        100        127       0           returned
        128        486       0           recovered
    """)  # fmt: skip


def test_a_second_delivered_spell_starts_again_at_100():
    """AO% of the spell before does not carry over, also when the two are joined."""
    it = told(
        enrolled=5,
        spells="""
            first_absence_date  return_date
            0                   40
            50                  100
        """,
        ao="""
            valid_from  ao_percent
            10          50
        """,
    )
    it.shows_all("periods", """
        first_day  last_day  ao_percent  state
        0          9         100         absent
        10         39        50          partial
        40         49        0           returned
        50         99        100         absent
        100        127       0           returned
        128        486       0           recovered
    """)  # fmt: skip
    it.case("""
        ao_days
        75
    """)


def test_a_second_spell_that_follows_without_a_gap_starts_again_at_100():
    """Back to back spells: the return date of the first is the first day of the second, and no day at work."""
    it = told(
        enrolled=5,
        spells="""
            first_absence_date  return_date
            0                   40
            40                  80
        """,
        ao="""
            valid_from  ao_percent
            10          50
        """,
    )
    it.outcomes("""
        endpoint     time  status
        partial_rtw  10    event
        full_rtw     80    event
    """)
    it.case("""
        t0  ao_days
        0   65
    """)


def test_a_row_on_the_first_day_of_a_spell_holds_from_that_day():
    """Somebody may fall ill for part of the hours from the first day on."""
    it = told(
        enrolled=5,
        spells="""
            first_absence_date  return_date
            0                   40
            60                  100
        """,
        ao="""
            valid_from  ao_percent
            0           80
            60          30
        """,
    )
    it.shows_all("periods", """
        first_day  last_day  ao_percent  state
        0          39        80          partial
        40         59        0           returned
        60         99        30          partial
        100        127       0           returned
        128        486       0           recovered
    """)  # fmt: skip


@pytest.mark.parametrize("day", [-5, 40, 45, 49, 100, 120])
def test_a_row_outside_every_spell_has_no_effect(day):
    """A row before the first day, between spells, on a return date or after it changes nothing."""
    it = told(
        enrolled=20,
        spells="""
            first_absence_date  return_date
            0                   40
            50                  100
        """,
        ao=f"""
            valid_from  ao_percent
            {day}       60
        """,
    )
    it.shows_all("periods", """
        first_day  last_day  ao_percent  state
        0          39        100         absent
        40         49        0           returned
        50         99        100         absent
        100        127       0           returned
        128        486       0           recovered
    """)  # fmt: skip


def test_returned_turns_into_recovered_on_the_29th_day():
    """Day 1 to 28 of a run at AO% 0 are `returned`; an absence in between starts the count again."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   60
            87                  150
            180                 200
        """,
    )
    it.shows_all("periods", """
        first_day  last_day  ao_percent  state
        0          59        100         absent
        60         86        0           returned
        87         149       100         absent
        150        177       0           returned
        178        179       0           recovered
        180        199       100         absent
        200        227       0           returned
        228        486       0           recovered
    """)  # fmt: skip


def test_a_run_at_0_goes_on_when_the_file_is_closed():
    """AO% 0 in an open file and the days after its return date are one run of days at 0."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   80
        """,
        ao="""
            valid_from  ao_percent
            60          0
        """,
    )
    for day, state in {59: "absent", 60: "returned", 80: "returned", 87: "returned", 88: "recovered"}.items():
        assert state_on(it, day) == state


def test_the_path_ends_on_the_last_known_day():
    """Nothing is said of days after follow-up ended."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   100
        """,
        followup_end="110 consent_withdrawn",
    )
    it.shows_all("periods", """
        first_day  last_day  ao_percent  state
        0          99        100         absent
        100        110       0           returned
    """)  # fmt: skip


def test_ao_days_add_up_the_percentages():
    """30 days at 100, 20 at 50 and 10 at 25 are 30 + 10 + 2.5 days."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   60
        """,
        ao="""
            valid_from  ao_percent
            30          50
            50          25
        """,
    )
    it.case("""
        ao_days  ao_days_complete
        42.5     yes
    """)


def test_ao_days_include_a_later_spell_within_the_year():
    """Recovery does not complete the sum: 50 days, and 20 of a relapse half a year later."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   50
            230                 250
        """,
    )
    it.case("""
        ao_days  ao_days_complete
        70       yes
    """)


def test_ao_days_count_days_0_to_364():
    """A year is 365 days, however long the absence lasts."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   -
        """,
    )
    it.case("""
        ao_days  followup  last_known_day
        365      365       486
    """)


@pytest.mark.parametrize(
    ("reason", "complete"),
    [
        ("retirement", "yes"),
        ("death", "yes"),
        ("employment_end", "no"),
        ("ill_health_retirement", "no"),
        ("consent_withdrawn", "no"),
    ],
)
def test_ao_days_before_the_end_of_the_year_are_complete_after_retirement_and_death_only(reason, complete):
    """The sum runs over days 0 .. F-1; after retirement or death no absence can follow."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   -
        """,
        followup_end=f"40 {reason}",
    )
    it.case(f"""
        ao_days  ao_days_complete
        40       {complete}
    """)


def test_ao_days_of_somebody_recovered_and_then_lost_are_not_complete():
    """Recovery does not complete the sum; relapse may follow."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   50
        """,
        followup_end="200 lost_to_followup",
    )
    it.case("""
        ao_days  ao_days_complete
        50       no
    """)


def state_on(it, day: int) -> str:
    """The state of a day, from the one period that holds it."""
    periods = it.tables["periods"]
    (state,) = periods.loc[(periods["first_day"] <= day) & (day <= periods["last_day"]), "state"]
    return state
