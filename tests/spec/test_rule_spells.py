"""Spells: which delivered spells belong together, which one the pilot is about, and when it began."""

from spec_tables import told


def test_a_gap_of_27_days_before_enrolment_joins_two_spells():
    """Back at work for fewer than 28 days: the absence counts from the first spell."""
    it = told(
        enrolled=80,
        spells="""
            first_absence_date  return_date
            0                   30
            57                  200
        """,
    )
    it.case("""
        t0  entry  earlier_spells
        0   80     0
    """)
    it.outcomes("""
        endpoint       entry  time  status
        partial_rtw    80     200   event
        full_rtw       80     200   event
        sustained_rtw  80     200   event
    """)


def test_a_gap_of_28_days_before_enrolment_separates_two_spells():
    """Back at work for 28 days or more: the absence counts from the second spell."""
    it = told(
        enrolled=80,
        spells="""
            first_absence_date  return_date
            0                   30
            58                  200
        """,
    )
    it.case("""
        t0  entry  earlier_spells
        58  22     1
    """)
    it.outcomes("""
        endpoint       entry  time  status
        partial_rtw    22     142   event
        full_rtw       22     142   event
        sustained_rtw  22     142   event
    """)


def test_a_gap_of_27_days_after_enrolment_is_a_return_that_did_not_last():
    """27 days back at work are a full return, but no sustained one."""
    it = told(
        enrolled=20,
        spells="""
            first_absence_date  return_date
            0                   60
            87                  150
        """,
    )
    it.outcomes("""
        endpoint       t0  time  status
        full_rtw       0   60    event
        sustained_rtw  0   150   event
    """)


def test_a_gap_of_28_days_after_enrolment_is_a_sustained_return():
    """28 days back at work are a sustained return; the next absence is another spell."""
    it = told(
        enrolled=20,
        spells="""
            first_absence_date  return_date
            0                   60
            88                  150
        """,
    )
    it.outcomes("""
        endpoint       t0  time  status
        full_rtw       0   60    event
        sustained_rtw  0   60    event
    """)


def test_spells_join_one_by_one():
    """Each gap is measured from the spell before it, so a chain of short gaps is one absence."""
    it = told(
        enrolled=130,
        spells="""
            first_absence_date  return_date
            0                   20
            47                  60
            87                  120
            125                 200
        """,
    )
    it.case("""
        t0  entry  earlier_spells
        0   130    0
    """)


def test_spells_may_be_delivered_in_any_order():
    """The order of the rows in the file does not matter."""
    it = told(
        enrolled=130,
        spells="""
            first_absence_date  return_date
            87                  200
            0                   20
            47                  60
        """,
    )
    it.case("""
        t0  entry  earlier_spells
        0   130    0
    """)


def test_days_between_joined_spells_are_not_absence():
    """Joining spells moves the first day; it does not fill the days at work in between."""
    it = told(
        enrolled=10,
        spells="""
            first_absence_date  return_date
            0                   60
            70                  100
        """,
    )
    it.case("""
        t0  ao_days
        0   90
    """)


def test_a_case_enrolled_on_a_day_between_two_joined_spells_is_excluded():
    """Who is at work on the day of enrolment is not absent, even when the days around it belong to one absence."""
    spells = """
        first_absence_date  return_date
        0                   30
        40                  100
    """
    for day, exclusion in {29: "-", 30: "no_spell_at_enrolment", 39: "no_spell_at_enrolment", 40: "-"}.items():
        it = told(enrolled=day, spells=spells)
        it.case(f"""
            exclusion    t0
            {exclusion}  {"0" if exclusion == "-" else "-"}
        """)


def test_a_case_enrolled_outside_every_spell_is_excluded():
    """Before the first day and from the return date on there is no spell to enrol in."""
    spells = """
        first_absence_date  return_date
        0                   100
    """
    for day, exclusion in {-1: "no_spell_at_enrolment", 0: "-", 99: "-", 100: "no_spell_at_enrolment"}.items():
        told(enrolled=day, spells=spells).case(f"""
            exclusion
            {exclusion}
        """)


def test_an_open_spell_goes_on():
    """Without a return date the person is still absent."""
    it = told(
        enrolled=200,
        spells="""
            first_absence_date  return_date
            0                   -
        """,
    )
    it.outcomes("""
        endpoint       entry  time  status    reason
        partial_rtw    200    365   censored  end_of_year
        full_rtw       200    365   censored  end_of_year
        sustained_rtw  200    365   censored  end_of_year
    """)


def test_enrolment_on_the_first_absence_day_has_entry_0():
    """Days are counted from the first absence day, day 0."""
    it = told(
        enrolled=0,
        spells="""
            first_absence_date  return_date
            0                   1
        """,
    )
    it.outcomes("""
        endpoint  entry  time  status
        full_rtw  0      1     event
    """)


def test_a_return_between_the_first_day_and_enrolment_does_not_count_but_a_later_one_does():
    """What came before enrolment cannot be an effect."""
    it = told(
        enrolled=50,
        spells="""
            first_absence_date  return_date
            0                   30
            40                  100
        """,
    )
    it.outcomes("""
        endpoint       entry  time  status
        partial_rtw    50     100   event
        full_rtw       50     100   event
        sustained_rtw  50     100   event
    """)
