"""Follow-up: how long somebody is seen, and how that ends when there was no return."""

import datetime as dt

import pytest
from spec_tables import DAY_0, told

OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""


def cutoff(day: int, **organisations: int) -> dict:
    """Protocol changes: the default cut-off on `day`, others by organisation."""
    days = {name: DAY_0 + dt.timedelta(days=value) for name, value in organisations.items()}
    return {"dates": {"data_cutoff": DAY_0 + dt.timedelta(days=day), "data_cutoff_per_organisation": days}}


@pytest.mark.parametrize("reason", ["employment_end", "ill_health_retirement", "retirement", "death"])
def test_leaving_competes_with_return(reason):
    """Who leaves the employer before returning can no longer return."""
    it = told(spells=OPEN_SPELL, followup_end=f"200 {reason}")
    it.outcomes(f"""
        endpoint       time  status     reason
        partial_rtw    200   competing  {reason}
        full_rtw       200   competing  {reason}
        sustained_rtw  200   competing  {reason}
    """)
    it.case("""
        last_known_day  followup  leaves
        200             200       yes
    """)


@pytest.mark.parametrize("reason", ["pregnancy_leave", "consent_withdrawn", "lost_to_followup"])
def test_other_ends_of_follow_up_only_end_observation(reason):
    """A sustained return in the last 27 known days cannot be seen, so its observation ends 27 days earlier."""
    it = told(spells=OPEN_SPELL, followup_end=f"200 {reason}")
    it.outcomes(f"""
        endpoint       time  status    reason
        partial_rtw    200   censored  {reason}
        full_rtw       200   censored  {reason}
        sustained_rtw  173   censored  {reason}
    """)
    it.case("""
        last_known_day  followup  leaves
        200             200       no
    """)


def test_leaving_on_day_365_competes():
    """Day 365 is the last day of the year."""
    it = told(spells=OPEN_SPELL, followup_end="365 employment_end")
    it.outcomes("""
        endpoint       time  status     reason
        partial_rtw    365   competing  employment_end
        full_rtw       365   competing  employment_end
        sustained_rtw  365   competing  employment_end
    """)


def test_a_return_on_day_365_wins_over_leaving_on_that_day():
    """The event counts when both fall on the last day; the sustained return was never confirmed."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   365
        """,
        followup_end="365 employment_end",
    )
    it.outcomes("""
        endpoint       time  status     reason
        partial_rtw    365   event      -
        full_rtw       365   event      -
        sustained_rtw  365   competing  employment_end
    """)


def test_leaving_on_day_366_does_not_compete():
    """The year was over; a sustained return is known up to day 366 - 27 and follow-up ended by leaving."""
    it = told(spells=OPEN_SPELL, followup_end="366 employment_end")
    it.outcomes("""
        endpoint       time  status    reason
        partial_rtw    365   censored  end_of_year
        full_rtw       365   censored  end_of_year
        sustained_rtw  339   censored  employment_end
    """)
    it.case("""
        last_known_day  followup  leaves
        366             365       no
    """)


@pytest.mark.parametrize(
    ("reason", "sustained"),
    [("consent_withdrawn", "173 censored consent_withdrawn"), ("employment_end", "200 competing employment_end")],
)
def test_a_return_on_the_last_known_day_is_an_event(reason, sustained):
    """A partial or full return on the last known day counts; a sustained one cannot be confirmed."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   200
        """,
        followup_end=f"200 {reason}",
    )
    it.outcomes(f"""
        endpoint       time  status  reason
        partial_rtw    200   event   -
        full_rtw       200   event   -
        sustained_rtw  {sustained}
    """)


def test_a_return_on_the_day_after_the_last_known_day_is_not_used():
    """Rows dated after the end of follow-up are kept, but nobody is followed there."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   201
        """,
        followup_end="200 consent_withdrawn",
    )
    it.outcomes("""
        endpoint       time  status    reason
        partial_rtw    200   censored  consent_withdrawn
        full_rtw       200   censored  consent_withdrawn
        sustained_rtw  173   censored  consent_withdrawn
    """)


def test_each_organisation_has_its_own_data_cut_off(tmp_path):
    """An organisation that the protocol does not list has the default cut-off."""
    it = told(
        enrolled=None,
        allocation="""
            case_id  organisation  enrolment_date
            C001     org_early     20
            C002     org_other     20
        """,
        cases="""
            case_id
            C001
            C002
        """,
        spells="""
            case_id  first_absence_date  return_date
            C001     0                   -
            C002     0                   -
        """,
        protocol=cutoff(340, org_early=300),
        tmp_path=tmp_path,
    )
    it.outcomes("""
        case_id  endpoint       time  status    reason
        C001     partial_rtw    300   censored  data_cutoff
        C001     full_rtw       300   censored  data_cutoff
        C001     sustained_rtw  273   censored  data_cutoff
        C002     partial_rtw    340   censored  data_cutoff
        C002     full_rtw       340   censored  data_cutoff
        C002     sustained_rtw  313   censored  data_cutoff
    """)


def test_rows_after_the_data_cut_off_are_not_used(tmp_path):
    """A return that is dated after the cut-off is not known yet on the cut-off."""
    it = told(
        spells="""
            first_absence_date  return_date
            0                   310
        """,
        ao="""
            valid_from  ao_percent
            301         50
        """,
        protocol=cutoff(300),
        tmp_path=tmp_path,
    )
    it.outcomes("""
        endpoint     time  status    reason
        partial_rtw  300   censored  data_cutoff
        full_rtw     300   censored  data_cutoff
    """)


def test_leaving_after_the_data_cut_off_is_not_leaving(tmp_path):
    """Follow-up ended at the cut-off, before the person left."""
    it = told(spells=OPEN_SPELL, followup_end="301 employment_end", protocol=cutoff(300), tmp_path=tmp_path)
    it.outcomes("""
        endpoint       time  status    reason
        full_rtw       300   censored  data_cutoff
        sustained_rtw  273   censored  data_cutoff
    """)
    it.case("""
        last_known_day  followup  leaves
        300             300       no
    """)


def test_leaving_on_the_day_of_the_data_cut_off_is_leaving(tmp_path):
    """The cut-off is the last day whose state is known, so leaving on it is known."""
    it = told(spells=OPEN_SPELL, followup_end="300 employment_end", protocol=cutoff(300), tmp_path=tmp_path)
    it.outcomes("""
        endpoint       time  status     reason
        full_rtw       300   competing  employment_end
        sustained_rtw  300   competing  employment_end
    """)


@pytest.mark.parametrize(
    ("last_known_day", "full", "sustained"),
    [
        (364, "364 data_cutoff", "337 data_cutoff"),
        (365, "365 end_of_year", "338 data_cutoff"),
        (391, "365 end_of_year", "364 data_cutoff"),
        (392, "365 end_of_year", "365 end_of_year"),
    ],
)
def test_the_reason_is_end_of_year_where_the_year_ended_it(last_known_day, full, sustained, tmp_path):
    """A sustained return needs 27 further known days, so its year is over only when day 392 is known."""
    it = told(spells=OPEN_SPELL, protocol=cutoff(last_known_day), tmp_path=tmp_path)
    it.outcomes(f"""
        endpoint       status    time  reason
        partial_rtw    censored  {full}
        full_rtw       censored  {full}
        sustained_rtw  censored  {sustained}
    """)


def test_the_thresholds_are_values_of_the_protocol(tmp_path):
    """With a year of 180 days, a gap of 14 days and a run of 7 days the same delivery tells another story."""
    spells = """
        first_absence_date  return_date
        0                   30
        44                  100
        107                 -
    """
    told(enrolled=50, spells=spells).outcomes("""
        endpoint       t0  entry  time  status    reason
        full_rtw       0   50     100   event     -
        sustained_rtw  0   50     365   censored  end_of_year
    """)
    it = told(
        enrolled=50,
        spells=spells,
        protocol={"thresholds": {"horizon_days": 180, "merge_gap_days": 14, "sustained_days": 7}},
        tmp_path=tmp_path,
    )
    it.outcomes("""
        endpoint       t0  entry  time  status  reason
        full_rtw       44  6      56    event   -
        sustained_rtw  44  6      56    event   -
    """)
    it.case("""
        followup  earlier_spells
        180       1
    """)


@pytest.mark.parametrize("reason", ["employment_end", "consent_withdrawn"])
@pytest.mark.parametrize("day", [-3, 19, 20])
def test_follow_up_that_ended_on_or_before_enrolment_is_not_at_risk(day, reason):
    """Nobody was seen after enrolment. The case is kept, without a time."""
    it = told(enrolled=20, spells=OPEN_SPELL, followup_end=f"{day} {reason}")
    it.outcomes("""
        endpoint       entry  time  status       reason
        partial_rtw    20     -     not_at_risk  followup_before_enrolment
        full_rtw       20     -     not_at_risk  followup_before_enrolment
        sustained_rtw  20     -     not_at_risk  followup_before_enrolment
    """)


def test_follow_up_that_ended_is_the_reason_also_for_somebody_at_work_at_enrolment():
    """Of the two reasons not to be at risk, the end of follow-up comes first."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        ao="""
            valid_from  ao_percent
            10          0
        """,
        followup_end="20 consent_withdrawn",
    )
    it.outcomes("""
        endpoint       status       reason
        partial_rtw    not_at_risk  followup_before_enrolment
        full_rtw       not_at_risk  followup_before_enrolment
        sustained_rtw  not_at_risk  followup_before_enrolment
    """)


def test_one_day_of_follow_up_after_enrolment_is_at_risk():
    """Seen for one day: at risk of a return, not of a sustained one, which could never be confirmed."""
    it = told(enrolled=20, spells=OPEN_SPELL, followup_end="21 consent_withdrawn")
    it.outcomes("""
        endpoint       entry  time  status       reason
        partial_rtw    20     21    censored     consent_withdrawn
        full_rtw       20     21    censored     consent_withdrawn
        sustained_rtw  20     -     not_at_risk  followup_before_enrolment
    """)


def test_leaving_on_the_day_after_enrolment_competes_for_every_endpoint():
    """Leaving is known on the day itself and needs no confirmation."""
    it = told(enrolled=20, spells=OPEN_SPELL, followup_end="21 death")
    it.outcomes("""
        endpoint       entry  time  status     reason
        partial_rtw    20     21    competing  death
        full_rtw       20     21    competing  death
        sustained_rtw  20     21    competing  death
    """)


@pytest.mark.parametrize(
    ("enrolled", "found"), [(364, "365 censored end_of_year"), (365, "- not_at_risk followup_before_enrolment")]
)
def test_enrolment_at_the_end_of_the_year_leaves_no_follow_up(enrolled, found):
    """The year counts from the first absence day, not from enrolment."""
    it = told(enrolled=enrolled, spells=OPEN_SPELL)
    it.outcomes(f"""
        endpoint       time  status  reason
        full_rtw       {found}
        sustained_rtw  {found}
    """)
