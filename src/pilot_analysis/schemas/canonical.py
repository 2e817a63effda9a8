"""The validated tables: what a delivery holds once it has been read, repaired and checked.

One schema per table of a delivery. Each row carries `source_file` and `source_line`: for CSV the line of the file (the
header is line 1), for xlsx the row of the sheet (the file is then written `name.xlsx[sheet]`), for Parquet and sav the
number of the row, counted from 1; and `delivery_hash`, which tells one delivery from every other.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandera.pandas as pa

from pilot_analysis.schemas.columns import date, number, table, text, whole

CASE_ID = r"[A-Za-z0-9_-]{4,64}"
CAS_CODE = r"[A-Z][0-9]{3}"
ARMS = ("intervention", "control")
SEXES = ("female", "male", "other", "unknown")
COMPETING_REASONS = ("employment_end", "ill_health_retirement", "retirement", "death")
CENSORING_REASONS = ("pregnancy_leave", "consent_withdrawn", "lost_to_followup")
ACTIVITIES = (
    "early_assessment", "regular_assessment", "reassessment", "file_check", "action_plan_scan", "wvp_early_test",
    "triage_checklist", "light_advice", "guidance", "consultation", "other",
)  # fmt: skip
ASSESSMENTS = ("early_assessment", "regular_assessment", "reassessment")  # the activities that are a full assessment
ROUTES = ("regular", "file_analysis", "other")
COST_CATEGORIES = (
    "occupational_physician",
    "case_manager",
    "labour_expert",
    "replacement",
    "adaptation",
    "training",
    "other",
)
FML_RUBRICS = {
    "personal_functioning": 30, "social_functioning": 17, "physical_environment": 13, "dynamic_actions": 31,
    "static_postures": 11, "working_hours": 4,
}  # fmt: skip
PROVENANCE = ("source_file", "source_line", "delivery_hash")


@dataclass(frozen=True)
class CanonicalTable:
    """What intake has to know of a table beyond its schema.

    `key` identifies a row (the bold columns of the specification); `optional` columns may be absent; `required` tables
    must be delivered with rows; `items` tables carry further numeric columns; `owner` is the supplier if none is named.
    """

    name: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    optional: tuple[str, ...] = ()
    required: bool = False
    header_only: bool = False
    items: bool = False
    medical: bool = False
    owner: str = "employer"

    @property
    def columns(self) -> list[str]:
        """The delivered columns, without provenance."""
        return [name for name in self.schema.columns if name not in PROVENANCE]


def _case_id() -> pa.Column:
    return text("pseudonym of the person; the same in every table and wave", pattern=CASE_ID)


def _provenance() -> dict[str, pa.Column]:
    return {
        "source_file": text("file of the delivery that the row comes from, with the sheet in brackets"),
        "source_line": whole("line (row of the sheet, number of the row) in that file", "line", low=1),
        "delivery_hash": text("first 16 digits of the SHA-256 of all names and contents of the delivery's files"),
    }


def _table(name: str, meaning: str, columns: dict[str, pa.Column], key: tuple[str, ...], **facts) -> CanonicalTable:
    # No unique key here: intake reports duplicates itself, with their lines, and diagnoses and allocation allow some.
    return CanonicalTable(name, table(name, meaning, columns | _provenance()), key, **facts)


_ALLOCATION = _table(
    "allocation", "who was allocated to which arm, one row per enrolment",
    {
        "case_id": _case_id(),
        "organisation": text("employer taking part"),
        "cluster_id": text("who treats several cases alike: physician, else department; empty = unknown", empty=True),
        "stratum": text("stratum of the allocation, or matched sector", empty=True),
        "enrolment_date": date("day of sign-up and allocation"),
        "arm": text("allocated arm", values=ARMS),
    },
    ("case_id",), optional=("cluster_id", "stratum"), required=True, owner="research",
)  # fmt: skip
_CASES = _table(
    "cases", "one row per person: work, wage, and the end of follow-up",
    {
        "case_id": _case_id(),
        "department": text("department of the employer"),
        "region": text("region of the employer"),
        "job_group": text("group of jobs"),
        "sex": text("sex as registered", values=SEXES),
        "birth_year": whole("year of birth", "year", low=1900, high=2100),
        "contract_fte": number("contract hours as a share of full time", "fte", above=0, high=1.2),
        "daily_wage_eur": number("gross wage per working day", "euro", above=0),
        "followup_end_date": date("last day on which the person could be followed", empty=True),
        "followup_end_reason": text("why follow-up ended", empty=True, values=COMPETING_REASONS + CENSORING_REASONS),
    },
    ("case_id",), optional=("followup_end_date", "followup_end_reason"), required=True,
)  # fmt: skip
_ABSENCE_SPELLS = _table(
    "absence_spells", "sickness absence spells as registered",
    {
        "case_id": _case_id(),
        "first_absence_date": date("first day absent"),
        "return_date": date("first day back at work; empty = still absent", empty=True),
    },
    ("case_id", "first_absence_date"), optional=("return_date",), required=True,
)  # fmt: skip
_AO_PERCENT = _table(
    "ao_percent", "changes of AO% within a spell",
    {
        "case_id": _case_id(),
        "valid_from": date("first day on which the percentage holds"),
        "ao_percent": number("share of contract hours absent", "percent of contract hours", low=0, high=100),
        "wage_value_percent": number("loonwaarde: earning capacity", "percent of wage", empty=True, low=0, high=100),
    },
    ("case_id", "valid_from"), optional=("wage_value_percent",), required=True, header_only=True,
)  # fmt: skip
_DIAGNOSES = _table(
    "diagnoses", "CAS diagnoses, from the occupational health service only",
    {
        "case_id": _case_id(),
        "recorded_on": date("day of recording"),
        "cas_code": text("CAS code: letter and three digits; first digit 1 = complaint", pattern=CAS_CODE),
        "position": whole("1 = primary, 2, 3", "", low=1, high=3),
    },
    ("case_id", "recorded_on", "position"), medical=True, owner="health_service",
)  # fmt: skip
_FML = _table(
    "fml", "assessments of functional limitations (FML), from the occupational health service only",
    {
        "case_id": _case_id(),
        "assessed_on": date("day of the assessment"),
        "fml_version": text("version of the list", empty=True),
        **{name: whole("limited items of this rubric", "items", low=0, high=n) for name, n in FML_RUBRICS.items()},
        "hours_per_day_item": whole("hours per day: 1 = 8 or more ... 5 = 2 at most", "", empty=True, low=1, high=5),
    },
    ("case_id", "assessed_on"), optional=("fml_version", "hours_per_day_item"), medical=True, owner="health_service",
)  # fmt: skip
_AD_ACTIVITIES = _table(
    "ad_activities", "what labour experts did",
    {
        "case_id": _case_id(),
        "performed_on": date("day of the activity"),
        "activity": text("kind of activity", values=ACTIVITIES),
        "route": text("regular process or another", values=ROUTES),
        "hours": number("hours spent", "hours", low=0),
        "cost_eur": number("cost charged", "euro", low=0),
    },
    ("case_id", "performed_on", "activity"), owner="research",
)  # fmt: skip
_COSTS = _table(
    "costs", "other costs of guidance and replacement",
    {
        "case_id": _case_id(),
        "incurred_on": date("day of the cost"),
        "category": text("kind of cost", values=COST_CATEGORIES),
        "amount_eur": number("amount", "euro", low=0),
    },
    ("case_id", "incurred_on", "category"),
)  # fmt: skip
_EMPLOYEE_SURVEY = _table(
    "employee_survey", "survey of employees, one row per wave",
    {
        "case_id": _case_id(),
        "wave_week": whole("week of absence of the wave", "week", low=1, high=60),
        "completed_on": date("day of completion", empty=True),
    },
    ("case_id", "wave_week"), items=True, owner="survey",
)  # fmt: skip
_AD_SURVEY = _table(
    "ad_survey", "questionnaire of labour experts",
    {
        "case_id": _case_id(),
        "timing_week": whole("week of absence asked about", "week", low=1, high=60),
        "completed_on": date("day of completion", empty=True),
    },
    ("case_id", "timing_week"), items=True, owner="survey",
)  # fmt: skip
_INTERVIEW_THEMES = _table(
    "interview_themes", "themes coded from interviews; codes only, never quotations",
    {
        "interview_id": text("pseudonym of the interview", pattern=CASE_ID),
        "respondent_role": text("role of the person interviewed"),
        "organisation": text("employer taking part"),
        "theme": text("code of the theme"),
        "valence": text("tone", values=("positive", "negative", "mixed")),
    },
    ("interview_id", "theme"), owner="research",
)  # fmt: skip

TABLES: dict[str, CanonicalTable] = {
    item.name: item
    for item in (
        _ALLOCATION, _CASES, _ABSENCE_SPELLS, _AO_PERCENT, _DIAGNOSES, _FML, _AD_ACTIVITIES, _COSTS, _EMPLOYEE_SURVEY,
        _AD_SURVEY, _INTERVIEW_THEMES,
    )
}  # fmt: skip
