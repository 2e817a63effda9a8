"""Exclusions before the analysis, and the counts of the flow diagram."""

import pytest
from spec_tables import told

OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""


def test_an_allocated_person_without_a_case_record_is_excluded():
    """Nothing is known of the person: no outcome, but a row and a count."""
    it = told(
        spells=OPEN_SPELL,
        cases="""
            case_id
            C002
        """,
    )
    it.shows_all("cases", """
        case_id  exclusion       t0  entry  sex  age
        C001     no_case_record  -   -      -    -
    """)  # fmt: skip
    assert it.rows("outcomes", ["case_id"]) == []
    assert it.rows("periods", ["case_id"]) == []


def test_a_person_allocated_twice_is_excluded_once():
    """Two rows of allocation are one person, who is not analysed in either arm."""
    it = told(
        enrolled=None,
        allocation="""
            enrolment_date  arm
            20              control
            40              control
        """,
        spells=OPEN_SPELL,
    )
    it.shows_all("cases", """
        case_id  exclusion       t0
        C001     enrolled_twice  -
    """)  # fmt: skip
    it.shows("flow", """
        arm      endpoint  step                     n
        control  -         allocated                1
        control  -         excluded:enrolled_twice  1
    """)  # fmt: skip
    assert it.rows("outcomes", ["case_id"]) == []


@pytest.mark.parametrize(
    ("day", "exclusion"),
    [
        ("2021-03-31", "outside_enrolment_window"),
        ("2021-04-01", "-"),
        ("2022-12-31", "-"),
        ("2023-01-01", "outside_enrolment_window"),
    ],
)
def test_enrolment_lies_in_the_window_first_and_last_day_included(day, exclusion):
    """The protocol's window is 1 April 2021 to 31 December 2022."""
    it = told(
        enrolled=day,
        spells="""
            first_absence_date  return_date
            2021-03-01          -
        """,
    )
    it.case(f"""
        exclusion
        {exclusion}
    """)


def test_a_person_without_any_spell_is_excluded():
    """Allocated, with a case record, and never absent in the delivery."""
    it = told(
        spells="""
            case_id  first_absence_date  return_date
            C009     0                   -
        """,
    )
    it.shows_all("cases", """
        case_id  exclusion
        C001     no_spell_at_enrolment
    """)  # fmt: skip


def test_the_first_exclusion_that_applies_is_the_one_counted():
    """No case record, then enrolled twice, then outside the window, then no spell."""
    it = told(
        enrolled=None,
        allocation="""
            case_id  enrolment_date
            NO_ALL   2023-02-01
            NO_ALL   2023-03-01
            NO_WIN   2023-02-01
            TWO_WIN  2023-02-01
            TWO_WIN  2023-03-01
            TWO_ONE  20
            TWO_ONE  2023-03-01
            WIN_GAP  2021-03-01
            GAP_     5
        """,
        cases="""
            case_id
            TWO_WIN
            TWO_ONE
            WIN_GAP
            GAP_
        """,
        spells="""
            case_id  first_absence_date  return_date
            TWO_ONE  0                   -
            GAP_     10                  -
        """,
    )
    it.shows_all("cases", """
        case_id  exclusion
        NO_ALL   no_case_record
        NO_WIN   no_case_record
        TWO_WIN  enrolled_twice
        TWO_ONE  enrolled_twice
        WIN_GAP  outside_enrolment_window
        GAP_     no_spell_at_enrolment
    """)  # fmt: skip
    it.shows("flow", """
        arm      endpoint  step                               n
        control  -         allocated                          6
        control  -         excluded:no_case_record            2
        control  -         excluded:enrolled_twice            2
        control  -         excluded:outside_enrolment_window  1
        control  -         excluded:no_spell_at_enrolment     1
    """)  # fmt: skip


def test_people_whom_a_query_excludes_come_after_the_other_exclusions_and_are_counted():
    """A decision to exclude counts before a query that nobody decided; both after what the definitions exclude."""
    it = told(
        enrolled=None,
        allocation="""
            case_id  enrolment_date
            STAY     20
            DECIDED  20
            OPEN     20
            BOTH     20
            NO_ALL   20
            GAP_     200
        """,
        cases="""
            case_id
            STAY
            DECIDED
            OPEN
            BOTH
            GAP_
        """,
        spells="""
            case_id  first_absence_date  return_date
            STAY     0                   100
            DECIDED  0                   100
            OPEN     0                   100
            BOTH     0                   100
            GAP_     0                   100
        """,
        excluded="""
            case_id  exclusion        issue_id
            DECIDED  query_excluded   ao_outside_spell-01234567
            DECIDED  query_excluded   ad_before_absence-01234567
            OPEN     query_undecided  ao_outside_spell-89abcdef
            BOTH     query_undecided  ao_outside_spell-89abcdef
            BOTH     query_excluded   ao_outside_spell-01234567
            NO_ALL   query_excluded   ao_outside_spell-01234567
            GAP_     query_undecided  ao_outside_spell-89abcdef
        """,
    )
    it.shows_all("cases", """
        case_id  exclusion
        STAY     -
        DECIDED  query_excluded
        OPEN     query_undecided
        BOTH     query_excluded
        NO_ALL   no_case_record
        GAP_     no_spell_at_enrolment
    """)  # fmt: skip
    it.shows("flow", """
        arm      endpoint  step                            n
        control  -         allocated                       6
        control  -         excluded:no_case_record         1
        control  -         excluded:no_spell_at_enrolment  1
        control  -         excluded:query_excluded         2
        control  -         excluded:query_undecided        1
        control  -         itt                             1
    """)  # fmt: skip
    assert {row[0] for row in it.rows("outcomes", ["case_id"])} == {"STAY"}


def test_the_flow_counts_people_by_arm():
    """Six people, one excluded; the rest by endpoint and ending. The allocated arm is the arm."""
    it = told(
        enrolled=None,
        allocation="""
            case_id  enrolment_date  arm
            BACK     20              control
            PART     20              control
            LEFT     20              intervention
            OPEN     20              intervention
            AWAY     20              intervention
            GAP_     200             intervention
        """,
        cases="""
            case_id  followup_end_date  followup_end_reason
            BACK     -                  -
            PART     -                  -
            LEFT     150                employment_end
            OPEN     -                  -
            AWAY     20                 consent_withdrawn
            GAP_     -                  -
        """,
        spells="""
            case_id  first_absence_date  return_date
            BACK     0                   100
            PART     0                   -
            LEFT     0                   -
            OPEN     0                   -
            AWAY     0                   -
            GAP_     0                   200
        """,
        ao="""
            case_id  valid_from  ao_percent
            PART     10          50
        """,
    )
    it.shows("flow", """
        arm           endpoint     step                                   n
        control       -            allocated                              2
        control       -            itt                                    2
        intervention  -            allocated                              4
        intervention  -            excluded:no_spell_at_enrolment         1
        intervention  -            itt                                    3
        control       full_rtw     event                                  1
        control       full_rtw     censored:end_of_year                   1
        intervention  full_rtw     competing:employment_end               1
        intervention  full_rtw     censored:end_of_year                   1
        intervention  full_rtw     not_at_risk:followup_before_enrolment  1
        control       partial_rtw  event                                  1
        control       partial_rtw  not_at_risk:already_returned           1
    """)  # fmt: skip
    it.shows_all("outcomes", """
        case_id  arm           endpoint       time  status       reason
        BACK     control       partial_rtw    100   event        -
        BACK     control       full_rtw       100   event        -
        BACK     control       sustained_rtw  100   event        -
        PART     control       partial_rtw    -     not_at_risk  already_returned
        PART     control       full_rtw       365   censored     end_of_year
        PART     control       sustained_rtw  365   censored     end_of_year
        LEFT     intervention  partial_rtw    150   competing    employment_end
        LEFT     intervention  full_rtw       150   competing    employment_end
        LEFT     intervention  sustained_rtw  150   competing    employment_end
        OPEN     intervention  partial_rtw    365   censored     end_of_year
        OPEN     intervention  full_rtw       365   censored     end_of_year
        OPEN     intervention  sustained_rtw  365   censored     end_of_year
        AWAY     intervention  partial_rtw    -     not_at_risk  followup_before_enrolment
        AWAY     intervention  full_rtw       -     not_at_risk  followup_before_enrolment
        AWAY     intervention  sustained_rtw  -     not_at_risk  followup_before_enrolment
    """)  # fmt: skip


def test_a_landmark_population_is_still_absent_and_enrolled_by_the_landmark():
    """Time after the landmark day and entry on or before it; for each endpoint by its own time.

    DAY84 returned on the landmark day and is not absent any more; DAY85 is. LATE84 enrolled on the landmark day,
    LATE85 too late for it; PART works half the hours from day 50, so only its full return lies ahead.
    """
    it = told(
        enrolled=None,
        allocation="""
            case_id  enrolment_date  arm
            DAY84    20              control
            DAY85    20              control
            DAY92    20              control
            LATE84   84              control
            LATE85   85              control
            LATE92   92              control
            PART     20              intervention
            GONE     20              intervention
        """,
        cases="""
            case_id  followup_end_date  followup_end_reason
            DAY84    -                  -
            DAY85    -                  -
            DAY92    -                  -
            LATE84   -                  -
            LATE85   -                  -
            LATE92   -                  -
            PART     -                  -
            GONE     91                 consent_withdrawn
        """,
        spells="""
            case_id  first_absence_date  return_date
            DAY84    0                   84
            DAY85    0                   85
            DAY92    0                   92
            LATE84   0                   200
            LATE85   0                   200
            LATE92   0                   200
            PART     0                   -
            GONE     0                   -
        """,
        ao="""
            case_id  valid_from  ao_percent
            PART     50          50
        """,
    )
    it.shows("flow", """
        arm           endpoint       step         n
        control       full_rtw       at_risk      6
        control       full_rtw       landmark_84  3
        control       full_rtw       landmark_91  3
        control       sustained_rtw  landmark_84  3
        intervention  full_rtw       at_risk      2
        intervention  full_rtw       landmark_84  2
        intervention  full_rtw       landmark_91  1
        intervention  partial_rtw    landmark_84  1
        intervention  sustained_rtw  landmark_84  1
    """)  # fmt: skip
    steps = it.rows("flow", ["arm", "endpoint", "step"])
    assert ["intervention", "partial_rtw", "landmark_91"] not in steps  # nobody: PART returned, GONE was seen to day 91
