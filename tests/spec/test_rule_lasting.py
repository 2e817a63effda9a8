"""Lasting recovery: when an absence is a new spell (four-week rule on the path), and the state on day 365."""

import pytest
from spec_tables import told

OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""


@pytest.mark.parametrize(("ill_again", "spell"), [(87, 1), (88, 2)])
def test_ill_again_after_27_days_is_the_same_spell_and_after_28_days_a_new_one(ill_again, spell):
    """Back on day 60: days 60-86 are 27 days at work, days 60-87 are 28."""
    it = told(
        spells=f"""
            first_absence_date  return_date
            0                   60
            {ill_again}         150
        """,
    )
    it.shows(
        "periods",
        f"""
        first_day    ao_percent  spell    source_file         source_line  source_column
        0            100         1        absence_spells.csv  2            first_absence_date
        60           0           1        absence_spells.csv  2            return_date
        {ill_again}  100         {spell}  absence_spells.csv  3            first_absence_date
        150          0           {spell}  absence_spells.csv  3            return_date
    """,
    )


@pytest.mark.parametrize(("ill_again", "spell"), [(87, 1), (88, 2)])
def test_the_rule_reads_the_path_so_a_file_left_open_does_not_matter(ill_again, spell):
    """AO% 0 from day 60 in an open file is work; half the hours again on day 87 or 88, and the row says so."""
    it = told(
        spells=OPEN_SPELL,
        ao=f"""
            valid_from   ao_percent
            60           0
            {ill_again}  50
        """,
    )
    it.shows(
        "periods",
        f"""
        first_day    ao_percent  spell    source_file     source_line  source_column
        60           0           1        ao_percent.csv  2            ao_percent
        {ill_again}  50          {spell}  ao_percent.csv  3            ao_percent
    """,
    )


def test_28_days_in_pieces_are_not_28_days_in_a_row():
    """Twice 20 days at work with a day of absence between them: one spell; then 30 days, and a second one."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   60
            80                  81
            101                 110
            140                 150
        """,
    )
    it.shows(
        "periods",
        """
        first_day  spell
        80         1
        101        1
        140        2
    """,
    )


def test_a_change_of_hours_within_a_spell_starts_nothing():
    it = told(
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            30          50
            60          80
        """,
    )
    it.shows_all(
        "periods",
        """
        first_day  spell
        0          1
        30         1
        60         1
    """,
    )


def test_somebody_at_work_from_the_first_day_of_the_file_has_no_spell_yet():
    it = told(
        enrolled=5,
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            0           0
            10          50
        """,
    )
    it.shows_all(
        "periods",
        """
        first_day  spell
        0          0
        10         1
    """,
    )


@pytest.mark.parametrize(
    ("back", "state"),
    [(337, "recovered"), (338, "returned"), (365, "returned"), (366, "absent")],
)
def test_the_state_on_day_365_is_that_of_the_path(back, state):
    """Back on day 337, day 365 is the 29th day at work; on day 338 it is the 28th."""
    it = told(
        spells=f"""
            first_absence_date  return_date
            0                   {back}
        """,
    )
    it.case(f"""
        state_at_horizon
        {state}
    """)


def test_working_part_of_the_hours_is_not_at_work():
    it = told(
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            300         1
        """,
    )
    it.case("""
        state_at_horizon
        partial
    """)


@pytest.mark.parametrize(
    ("followup_end", "state"),
    [
        ("364 employment_end", "left"),
        ("365 employment_end", "recovered"),  # known on the day itself, as an event on the last day wins
        ("366 employment_end", "recovered"),
        ("364 lost_to_followup", "-"),
        ("365 lost_to_followup", "recovered"),
        ("364 pregnancy_leave", "-"),
    ],
)
def test_who_left_before_day_365_has_left_and_who_was_lost_is_not_known(followup_end, state):
    it = told(
        spells="""
            first_absence_date  return_date
            0                   100
        """,
        followup_end=followup_end,
    )
    it.case(f"""
        state_at_horizon
        {state}
    """)


def test_the_cut_off_is_known_whatever_became_of_the_case(tmp_path):
    """Day 300 is the last known day of the organisation, also for somebody who left on day 200."""
    cut = {"dates": {"data_cutoff_per_organisation": {"org_a": "2022-06-28"}}}
    for end, last in ((None, 300), ("200 employment_end", 200)):
        it = told(spells=OPEN_SPELL, followup_end=end, protocol=cut, tmp_path=tmp_path)
        it.case(f"""
            cutoff_day  last_known_day  state_at_horizon
            300         {last}          {"-" if end is None else "left"}
        """)
