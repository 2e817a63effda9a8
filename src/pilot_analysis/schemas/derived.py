"""The derived tables: the daily path as periods, one row per case, one row per case and endpoint, and the flow."""

from pilot_analysis.schemas.canonical import (
    ACTIVITIES,
    ARMS,
    CASE_ID,
    CENSORING_REASONS,
    COMPETING_REASONS,
    COST_CATEGORIES,
    ROUTES,
    SEXES,
)
from pilot_analysis.schemas.columns import date, flag, number, table, text, whole
from pilot_analysis.schemas.issues import QUERY_EXCLUSIONS

STATES = ("absent", "partial", "returned", "recovered")
LEFT = "left"
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
        "spell": whole(
            "absence spells begun from t0 up to here; a next one begins where AO% rises above 0 after at least 28 days "
            "at 0 (four-week rule on the path)",
            "spells",
            low=0,
        ),
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
        "cutoff_day": whole(
            "data cut-off of the organisation, known whatever became of the case", "days from t0", empty=True
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
        "state_at_horizon": text(
            "state of the path on the last day of the year (365), left where the case had left before it; its source "
            "is that of the period; empty = not known",
            empty=True,
            values=(*STATES, LEFT),
        ),
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

WAGE_VALUES = table(
    "wage_values",
    "wage values (loonwaarde) delivered of analysed cases on a day of absence from t0 to the last known day; "
    "never part of AO%",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "day": whole("day from which it holds", "days from t0", low=0),
        "wage_value_percent": number("earning capacity as delivered", "percent of wage", low=0, high=100),
        **_source(),
    },
    key=("case_id", "day"),
)

COSTS = table(
    "costs",
    "one row per analysed case and interval of days since t0 that was seen, over the days 0 .. F-1",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "interval": whole("number of the interval", "", low=0),
        "first_day": whole("first day of the interval", "days from t0", low=0),
        "days": whole("days of it that were seen", "days", low=1),
        "ao_days": number("sum of AO%/100 over these days", "days", low=0),
        "wage_full": number("wage of the working time lost, paid in full", "euro", low=0),
        "wage_reduced": number("the same, paid at the reduced share", "euro", low=0),
        "production_loss": number("production lost within the friction period", "euro", low=0),
        **{name: number(f"costs delivered: {name.replace('_', ' ')}", "euro", low=0) for name in COST_CATEGORIES},
    },
    key=("case_id", "interval"),
)

TIMINGS = ("before_first_window", "first_window", "between", "second_window", "later", "none")
FML_REASONS = ("assessed_before_enrolment", "full_rtw")

GUIDANCE = table(
    "guidance",
    "what labour experts did with analysed cases from t0 up to F, one row per activity",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "arm": text("allocated arm", values=ARMS),
        "day": whole("day of the activity", "days from t0", low=0),
        "activity": text("kind of activity", values=ACTIVITIES),
        "route": text("regular process or another", values=ROUTES),
        "hours": number("hours spent", "hours", low=0),
        **_source(),
    },
    key=("case_id", "day", "activity"),
)

PROCESS = table(
    "process",
    "one row per analysed case: when the labour expert came, and the first FML of this absence as a time to event",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "organisation": text("employer"),
        "arm": text("allocated arm", values=ARMS),
        "entry": whole("enrolment", "days from t0", low=0),
        "followup": whole("F = min(horizon, K)", "days from t0"),
        "last_known_day": whole("K, the last day whose state is known", "days from t0"),
        "first_contact_day": whole("first activity of a labour expert", "days from t0", empty=True, low=0),
        "first_contact_activity": text("its kind", empty=True, values=ACTIVITIES),
        "first_contact_route": text("its route", empty=True, values=ROUTES),
        "timing": text("that day against the windows of the two arms (weeks of the plan)", values=TIMINGS),
        "first_assessment_day": whole(
            "first assessment by a labour expert, early, regular or repeated", "days from t0", empty=True, low=0
        ),
        "reassessed": flag("assessed again after an earlier assessment"),
        "other_route": flag("at least one activity outside the regular route"),
        "first_physician_day": whole("first cost of the occupational physician", "days from t0", empty=True, low=0),
        "first_fml_day": whole("first FML of this absence", "days from t0", empty=True, low=0),
        "fml_time": whole(
            "first FML, return, leaving or censoring; empty when not at risk", "days from t0", empty=True, low=1
        ),
        "fml_status": text("what happened at that time; competing is return or leaving without FML", values=STATUSES),
        "fml_reason": text(
            "why competing, censored or not at risk; empty for an event", empty=True, values=(*FML_REASONS, *REASONS)
        ),
        **_source(),
    },
    key=("case_id",),
)

WAVE_STATES = ("answered", "not_answered", "outside_window", "unasked", "at_work", "left", "not_enrolled")
ITEM_STATES = ("answered", "not_applicable", "missing", "invalid")


def _questionnaire() -> dict:
    return {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "arm": text("allocated arm", values=ARMS),
        "survey": text("questionnaire, by its table", values=("employee_survey", "ad_survey")),
        "wave": whole("week of absence of the wave", "week", low=1),
        "instrument": text("instrument of the codebook"),
        "in_window": flag("completed in the window of its wave, and while followed"),
        "absent": flag("AO% above 0 on the day of completion"),
    }


SURVEY = table(
    "survey",
    "scores of the questionnaires: one row per analysed case, wave and instrument that was delivered",
    {
        **_questionnaire(),
        "day": whole("day of completion, else first day of the week of the wave", "days from t0", empty=True),
        "n_answered": whole("items answered", "items", low=0),
        "score": number("score of the scale; empty with too few answers, or without scoring", "score", empty=True),
        "source_file": text("file of the extract row"),
        "source_line": whole("its line", "line", low=1),
    },
    key=("case_id", "survey", "wave", "instrument"),
)

SURVEY_ITEMS = table(
    "survey_items",
    "answers to the questionnaires: one row per analysed case, wave and item that was delivered",
    {
        **_questionnaire(),
        "item": text("item of the codebook"),
        "state": text("answered; not_applicable and missing are no answer; invalid is no code", values=ITEM_STATES),
        "answer": number("answer as delivered; empty without one", "code", empty=True),
        "value": number("answer recoded and reversed", "score", empty=True),
    },
    key=("case_id", "survey", "wave", "item"),
)

SURVEY_WAVES = table(
    "survey_waves",
    "every analysed case at every wave of the employee survey: whether it was due, and what came of it",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "arm": text("allocated arm", values=ARMS),
        "wave": whole("week of absence of the wave", "week", low=1),
        "day": whole("first day of that week", "days from t0", low=0),
        "state": text(
            "due (enrolled, absent, followed on that day): answered, not_answered, outside_window; not due: unasked = "
            "answered nevertheless, at_work, left = no longer followed, not_enrolled",
            values=WAVE_STATES,
        ),
    },
    key=("case_id", "wave"),
)
