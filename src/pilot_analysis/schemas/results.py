"""The results store, the whole curves, and what may be released of both.

Every number that a figure, a table or a sentence shows is first a row here.
"""

from pilot_analysis.schemas.columns import number, table, text, whole

ROLES = ("primary", "secondary", "exploratory", "descriptive")
ORIGINS = ("enrolment", "t0", "landmark", "confirmed_return", "none")
UNITS = (
    "probability",
    "days",
    "ratio",
    "euro",
    "points",
    "percent",
    "people",
    "events",
    "statistic",
    "years",
    "months",
    "fte",
    "sd",
    "rows",
    "numbers",
    "digits",
    "score",
    "coefficient",
    "direction",
)

_KEYS = {
    "result_id": text("stable readable key, unique"),
    "analysis": text("what was computed"),
    "measure": text("which number of it"),
    "estimand": text("id in the protocol"),
    "role": text("what the number may be used for", values=ROLES),
    "endpoint": text("partial_rtw, full_rtw, sustained_rtw, ao_percent, wage_value, or none"),
    "population": text("itt, landmark_84, landmark_91, returned (a confirmed sustained return), allocated"),
    "origin": text("where time starts", values=ORIGINS),
    "group_by": text("all, arm, cas_group, fml_group, arm*cas_group, ..."),
    "level": text("level of group_by, or a contrast"),
    "term": text("model term other than arm, or characteristic", empty=True),
    "time": number("milestone, tau, or lower bound of an interval", "days from the origin", empty=True),
}
_NUMBERS = {
    "estimate": number("the number", "see unit", empty=True),
    "se": number("standard error; of ratios on the log scale", "see unit", empty=True, low=0),
    "ci_low": number("lower limit", "see unit", empty=True),
    "ci_high": number("upper limit", "see unit", empty=True),
    "statistic": number("test statistic", "", empty=True),
    "df": number("degrees of freedom", "", empty=True, low=0),
    "p_value": number("two-sided p value", "", empty=True, low=0, high=1),
    "n": whole("people in the levels compared", "people", empty=True, low=0),
    "n_events": whole("events in the levels compared", "events", empty=True, low=0),
}
_NOTES = {
    "unit": text("unit of the estimate", values=UNITS),
    "method": text("what a reader needs to repeat it"),
    "engine": text("library and version"),
}

ESTIMATES = table(
    "estimates",
    "the results store: internal, never suppressed",
    {
        **_KEYS,
        **_NUMBERS,
        **_NOTES,
        "status": text("ok, or not_estimable", values=("ok", "not_estimable")),
        "reason": text("why it is not estimable", empty=True),
    },
    key=("result_id",),
)

RELEASED = table(
    "released",
    "the results store after disclosure control: what presentation reads",
    {
        **_KEYS,
        **_NUMBERS,
        **_NOTES,
        "status": text("ok, not_estimable, or suppressed", values=("ok", "not_estimable", "suppressed")),
        "reason": text("why there is no number", empty=True),
    },
    key=("result_id",),
)

_CURVE = {
    "analysis": text(
        "relapse, relapse_leaving = Aalen-Johansen probability of relapse since the confirmed return, of leaving; "
        "fml_availability, fml_availability_return, fml_availability_leaving = the same of a first FML, of returning "
        "and of leaving without one; "
        "km = Kaplan-Meier; not_returned = 1 - Aalen-Johansen; cuminc, cuminc_leaving = Aalen-Johansen probability of "
        "return, of leaving; standardised = share not returned if everybody were in the arm (adjusted Cox model); "
        "effect_over_time = adjusted hazard ratio in the interval that starts on this day; occupation = Aalen-Johansen "
        "share in a state"
    ),
    "endpoint": text("endpoint"),
    "population": text("population"),
    "origin": text("where time starts", values=ORIGINS),
    "group_by": text("grouping"),
    "level": text("level of the grouping; of effect_over_time the contrast"),
    "time": number("day from the origin", "days from the origin", low=0),
    "estimate": number(
        "height of the curve from this day on", "probability; effect_over_time: ratio, its se on the log scale"
    ),
    "se": number("standard error", "as the estimate", empty=True, low=0),
    "ci_low": number("lower limit", "as the estimate", empty=True),
    "ci_high": number("upper limit", "as the estimate", empty=True),
}

CURVES = table(
    "curves",
    "whole curves, a row per day on which something happens; internal",
    {
        **_CURVE,
        "n_at_risk": whole("people at risk on this day (effect_over_time: when it starts)", "people", low=0),
        "n_events": whole("events on this day (effect_over_time: in the interval)", "events", low=0),
        "n_censored": whole("people who leave the risk set then without the event", "people", low=0),
    },
    key=("analysis", "endpoint", "population", "origin", "group_by", "level", "time"),
)

RELEASED_CURVES = table(
    "released_curves",
    "curves as points joined by straight lines, cut where fewer people than the threshold are at risk",
    {
        **_CURVE,
        "estimate": number(
            "height of the curve on this day; effect_over_time: empty where an arm has too few events",
            "probability; effect_over_time: ratio, its se on the log scale",
            empty=True,
        ),
        "n_at_risk": whole(
            "people at risk after this day, rounded to 5; of occupation empty where few went out of sight",
            "people",
            empty=True,
            low=0,
        ),
    },
    key=("analysis", "endpoint", "population", "origin", "group_by", "level", "time"),
)
