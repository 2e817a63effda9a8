"""The derived tables: the daily path as periods, one row per case, one row per case and endpoint, and the flow."""

from pilot_analysis.schemas.canonical import ARMS, CASE_ID, CENSORING_REASONS, COMPETING_REASONS, SEXES
from pilot_analysis.schemas.columns import date, flag, number, table, text, whole
from pilot_analysis.schemas.issues import QUERY_EXCLUSIONS

STATES = ("absent", "partial", "returned", "recovered")
ENDPOINTS = ("partial_rtw", "full_rtw", "sustained_rtw")
SENSITIVITY_ENDPOINTS = ("full_rtw_ao5",)
STATUSES = ("event", "competing", "censored", "not_at_risk")
EXCLUSIONS = (
    "no_case_record",
    "enrolled_twice",
    "outside_enrolment_window",
    "no_spell_at_enrolment",
    *QUERY_EXCLUSIONS,
)
REASONS = (
    "end_of_year",
    "data_cutoff",
    "already_returned",
    "followup_before_enrolment",
    *COMPETING_REASONS,
    *CENSORING_REASONS,
)
CAS_GROUPS = ("psychological", "musculoskeletal", "other", "unknown")
FML_GROUPS = ("mental", "physical", "mental_and_physical", "hours_only", "none", "not_assessed")


def _source() -> dict:
    return {
        "source_file": text("file of the extract row that decided this row"),
        "source_line": whole("its line", "line", low=1),
        "source_column": text("its column, by canonical name"),
    }


PERIODS = table(
    "periods",
    "the AO% path of each analysed case from t0 to the last known day; periods touch and do not overlap",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "first_day": whole("first day of the period", "days from t0", low=0),
        "last_day": whole("last day of the period, included", "days from t0", low=0),
        "ao_percent": number("AO% on these days", "percent of contract hours", low=0, high=100),
        "state": text("absent 100; partial between; returned day 1-28 of a run at 0; recovered beyond", values=STATES),
        **_source(),
    },
    key=("case_id", "first_day"),
)

CASES = table(
    "cases",
    "one row per allocated person, excluded or not",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "organisation": text("employer"),
        "cluster_id": text("physician, else department; empty = unknown", empty=True),
        "stratum": text("stratum of the allocation", empty=True),
        "arm": text("allocated arm", values=ARMS),
        "enrolment_date": date("day of sign-up and allocation"),
        "exclusion": text("first exclusion that applies; empty = analysed", empty=True, values=EXCLUSIONS),
        "t0": date("first absence day of the index spell; empty when excluded", empty=True),
        "entry": whole("enrolment", "days from t0", empty=True, low=0),
        "last_known_day": whole(
            "K, the last day whose state is known (negative: follow-up ended before t0)", "days from t0", empty=True
        ),
        "followup": whole("F = min(horizon, K)", "days from t0", empty=True),
        "leaves": flag("leaves for a competing reason on day K, within the horizon"),
        "followup_reason": text("what ended follow-up at K", empty=True, values=REASONS),
        "sex": text("sex as registered; empty without a case record", empty=True, values=SEXES),
        "male": whole("1 = male, 0 = any other", "", empty=True, low=0, high=1),
        "age": whole("year of t0 minus year of birth", "years", empty=True),
        "department": text("department", empty=True),
        "region": text("region", empty=True),
        "job_group": text("group of jobs", empty=True),
        "contract_fte": number("contract", "fte", empty=True),
        "daily_wage_eur": number("gross wage per working day", "euro", empty=True),
        "cas_group": text("group of the primary diagnosis known at enrolment", values=CAS_GROUPS),
        "cas_known_on": date("day that diagnosis was recorded", empty=True),
        "fml_group_enrolment": text("limitations in the latest FML known at enrolment", values=FML_GROUPS),
        "fml_known_on_enrolment": date("day of that FML", empty=True),
        "fml_group_84": text("limitations in the latest FML up to day 84 (post-randomisation)", values=FML_GROUPS),
        "fml_known_on_84": date("day of that FML", empty=True),
        "fml_group_91": text("limitations in the latest FML up to day 91 (post-randomisation)", values=FML_GROUPS),
        "fml_known_on_91": date("day of that FML", empty=True),
        "ao_days": number("sum of AO%/100 over days 0 .. F-1", "days", empty=True, low=0),
        "ao_days_complete": flag("the sum covers the year, or the case left by retirement or death"),
        "relapse_day": whole(
            "first day with AO% > 0 after a confirmed sustained return", "days from t0", empty=True, low=0
        ),
        "earlier_spells": whole("merged spells before the index spell in the delivery", "spells", empty=True, low=0),
    },
    key=("case_id",),
)

OUTCOMES = table(
    "outcomes",
    "one row per analysed case and endpoint",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "organisation": text("employer"),
        "cluster_id": text("physician, else department; empty = unknown", empty=True),
        "arm": text("allocated arm", values=ARMS),
        "endpoint": text("which return to work", values=ENDPOINTS + SENSITIVITY_ENDPOINTS),
        "t0": date("first absence day of the index spell"),
        "entry": whole("enrolment", "days from t0", low=0),
        "time": whole("event, leaving or censoring; empty when not at risk", "days from t0", empty=True, low=1),
        "status": text("what happened at that time", values=STATUSES),
        "reason": text("why censored, competing or not at risk; empty for an event", empty=True, values=REASONS),
        "event_date": date("calendar date of the event; empty without one", empty=True),
        "cas_group": text("group of the primary diagnosis known at enrolment", values=CAS_GROUPS),
        **_source(),
    },
    key=("case_id", "endpoint"),
)

FLOW = table(
    "flow",
    "how many people reached each step, by arm",
    {
        "arm": text("allocated arm", values=ARMS),
        "endpoint": text("endpoint of the step; empty before the endpoints part", empty=True),
        "step": text("allocated, excluded:<reason>, itt, at_risk, <status>:<reason>, landmark_<day>"),
        "n": whole("people", "people", low=0),
    },
    key=("arm", "endpoint", "step"),
)
