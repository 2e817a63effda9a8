"""Groups: diagnosis known at enrolment, limitations known at a landmark, age and sex."""

import pytest
from spec_tables import told

from pilot_analysis.schemas.canonical import FML_RUBRICS

OPEN_SPELL = """
    first_absence_date  return_date
    0                   -
"""


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("P650", "psychological"),
        ("L123", "musculoskeletal"),
        ("A361", "other"),
        ("Z999", "other"),
        ("P100", "psychological"),
    ],
)
def test_the_letter_of_the_cas_code_gives_the_group(code, group):
    """P is psychological, L musculoskeletal, any other letter other."""
    it = told(
        spells=OPEN_SPELL,
        diagnoses=f"""
            recorded_on  cas_code
            10           {code}
        """,
    )
    it.case(f"""
        cas_group  cas_known_on
        {group}    10
    """)
    it.outcomes(f"""
        endpoint       cas_group
        partial_rtw    {group}
        full_rtw       {group}
        sustained_rtw  {group}
    """)


def test_without_a_diagnosis_the_group_is_unknown():
    """No diagnosis is not the group `other`."""
    told(spells=OPEN_SPELL).case("""
        cas_group  cas_known_on
        unknown    -
    """)


@pytest.mark.parametrize(("day", "group"), [(20, "psychological"), (21, "unknown")])
def test_a_diagnosis_counts_when_recorded_on_or_before_enrolment(day, group):
    """A later diagnosis may depend on what the allocation did."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        diagnoses=f"""
            recorded_on  cas_code
            {day}        P650
        """,
    )
    it.case(f"""
        cas_group
        {group}
    """)


def test_the_last_diagnosis_before_enrolment_counts_wherever_it_stands_in_the_file():
    """A diagnosis may be changed; the one after enrolment comes too late."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        diagnoses="""
            recorded_on  cas_code
            25           A361
            15           L123
            5            P650
        """,
    )
    it.case("""
        cas_group        cas_known_on
        musculoskeletal  15
    """)


@pytest.mark.parametrize(
    ("first", "second", "group"), [("P650", "L123", "musculoskeletal"), ("L123", "P650", "psychological")]
)
def test_of_two_primary_diagnoses_on_one_day_the_last_in_the_file_counts(first, second, group):
    """The order of the file is the only order there is."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        diagnoses=f"""
            recorded_on  cas_code  position
            10           {first}   1
            10           {second}  1
            10           A361      2
            5            Z999      1
        """,
    )
    it.case(f"""
        cas_group
        {group}
    """)


@pytest.mark.parametrize("position", [2, 3])
def test_only_the_primary_diagnosis_counts(position):
    """Secondary diagnoses never define the group."""
    secondary = f"""
        recorded_on  cas_code  position
        15           P650      {position}
    """
    told(spells=OPEN_SPELL, diagnoses=secondary).case("""
        cas_group
        unknown
    """)
    both = secondary.rstrip() + "\n        10           L123      1"
    told(spells=OPEN_SPELL, diagnoses=both).case("""
        cas_group
        musculoskeletal
    """)


@pytest.mark.parametrize(
    ("day", "enrolment", "landmark_84", "landmark_91"),
    [
        (20, "mental", "mental", "mental"),
        (21, "not_assessed", "mental", "mental"),
        (84, "not_assessed", "mental", "mental"),
        (85, "not_assessed", "not_assessed", "mental"),
        (88, "not_assessed", "not_assessed", "mental"),
        (91, "not_assessed", "not_assessed", "mental"),
        (92, "not_assessed", "not_assessed", "not_assessed"),
    ],
)
def test_an_fml_counts_when_assessed_on_or_before_the_day_of_the_population(day, enrolment, landmark_84, landmark_91):
    """An assessment between day 84 and 91 is known at the second landmark only; a later one defines no group."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        fml=f"""
            assessed_on  personal_functioning
            {day}        2
        """,
    )
    it.case(f"""
        fml_group_enrolment  fml_group_84   fml_group_91
        {enrolment}          {landmark_84}  {landmark_91}
    """)


def test_landmark_days_count_from_the_first_absence_day():
    """With the first absence day on day 10, the second landmark is day 101."""
    it = told(
        enrolled=30,
        spells="""
            first_absence_date  return_date
            10                  -
        """,
        fml="""
            assessed_on  working_hours
            94           1
            95           0
            101          3
            102          0
        """,
    )
    it.case("""
        fml_group_84  fml_known_on_84  fml_group_91  fml_known_on_91
        hours_only    94               hours_only    101
    """)


def test_the_latest_fml_counts_wherever_it_stands_in_the_file():
    """A later assessment replaces an earlier one, for each population by its own day."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        fml="""
            assessed_on  personal_functioning  dynamic_actions
            90           0                     0
            60           0                     4
            15           3                     0
        """,
    )
    it.case("""
        fml_group_enrolment  fml_known_on_enrolment  fml_group_84  fml_known_on_84  fml_group_91  fml_known_on_91
        mental               15                      physical      60               none          90
    """)


@pytest.mark.parametrize(
    ("personal", "social", "environment", "dynamic", "static", "hours", "group"),
    [
        (1, 0, 0, 0, 0, 0, "mental"),
        (0, 1, 0, 0, 0, 0, "mental"),
        (3, 2, 0, 0, 0, 4, "mental"),
        (0, 0, 1, 0, 0, 0, "physical"),
        (0, 0, 0, 1, 0, 0, "physical"),
        (0, 0, 0, 0, 1, 0, "physical"),
        (0, 0, 2, 5, 1, 1, "physical"),
        (1, 0, 0, 0, 1, 0, "mental_and_physical"),
        (0, 1, 1, 0, 0, 2, "mental_and_physical"),
        (0, 0, 0, 0, 0, 1, "hours_only"),
        (0, 0, 0, 0, 0, 0, "none"),
    ],
)
def test_limited_rubrics_give_the_fml_group(personal, social, environment, dynamic, static, hours, group):
    """Mental: personal or social functioning. Physical: environment, dynamic actions, static postures. Else hours."""
    it = told(
        enrolled=20,
        spells=OPEN_SPELL,
        fml=f"""
            assessed_on  {"  ".join(FML_RUBRICS)}
            20  {personal}  {social}  {environment}  {dynamic}  {static}  {hours}
        """,
    )
    it.case(f"""
        fml_group_enrolment
        {group}
    """)


@pytest.mark.parametrize(("sex", "male"), [("male", 1), ("female", 0), ("other", 0), ("unknown", 0)])
def test_male_is_1_for_male_and_0_for_anything_else(sex, male):
    """No case is dropped for an unknown sex."""
    it = told(
        spells=OPEN_SPELL,
        cases=f"""
            sex
            {sex}
        """,
    )
    it.case(f"""
        male    exclusion
        {male}  -
    """)
    it.outcomes("""
        endpoint  status
        full_rtw  censored
    """)


@pytest.mark.parametrize(("first_day", "age"), [("2021-12-31", 41), ("2022-01-01", 42)])
def test_age_is_the_year_of_the_first_absence_day_minus_the_year_of_birth(first_day, age):
    """Only the year of birth is delivered; the year of enrolment does not matter."""
    it = told(
        enrolled="2022-01-10",
        spells=f"""
            first_absence_date  return_date
            {first_day}         -
        """,
        cases="""
            birth_year
            1980
        """,
    )
    it.case(f"""
        age
        {age}
    """)
