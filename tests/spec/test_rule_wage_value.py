"""Wage value (loonwaarde): kept on its own days, where it was delivered, and never part of the AO% path."""

from spec_tables import told

SPELLS = """
    first_absence_date  return_date
    0                   60
    70                  -
"""


def test_a_wage_value_is_kept_with_the_line_it_comes_from():
    it = told(
        spells=SPELLS,
        ao="""
            valid_from  ao_percent  wage_value_percent
            80          50          62.5
            20          80          -
            40          60          0
        """,
    )
    it.shows_all("wage_values", """
        case_id  day  wage_value_percent  source_file     source_line  source_column
        C001     40   0                   ao_percent.csv  4            wage_value_percent
        C001     80   62.5                ao_percent.csv  2            wage_value_percent
    """)  # fmt: skip


def test_one_dated_outside_every_delivered_spell_has_no_effect():
    """As an AO% row: day 60 is the first day back, 65 lies between spells, -3 before t0."""
    it = told(
        spells=SPELLS,
        ao="""
            valid_from  ao_percent  wage_value_percent
            -3          80          10
            0           80          20
            59          80          30
            60          80          40
            65          80          50
            70          80          60
        """,
    )
    it.shows_all("wage_values", """
        day  wage_value_percent
        0    20
        59   30
        70   60
    """)  # fmt: skip


def test_one_before_the_index_spell_or_after_the_last_known_day_has_no_effect():
    it = told(
        spells="""
            first_absence_date  return_date
            -100                -60
            0                   -
        """,
        followup_end="90 lost_to_followup",
        ao="""
            valid_from  ao_percent  wage_value_percent
            -80         80          10
            90          80          20
            91          80          30
        """,
    )
    it.shows_all("wage_values", """
        day  wage_value_percent
        90   20
    """)  # fmt: skip


def test_the_path_of_ao_percent_does_not_know_it():
    with_value, without = (
        told(spells=SPELLS, ao=f"valid_from ao_percent wage_value_percent\n20 80 {value}") for value in ("35", "-")
    )
    header = ["first_day", "last_day", "ao_percent", "state"]
    assert with_value.rows("periods", header) == without.rows("periods", header)
    assert without.rows("wage_values", ["day"]) == []


def test_who_is_excluded_has_none():
    it = told(enrolled=65, spells=SPELLS, ao="valid_from ao_percent wage_value_percent\n20 80 35")
    it.case("exclusion\nno_spell_at_enrolment")
    assert it.rows("wage_values", ["day"]) == []
