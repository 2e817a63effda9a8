"""What may leave the building: suppression below a threshold, rule by rule, on rows written by hand."""

import pandas as pd
import pytest
from estimate_tables import estimated, many

from pilot_analysis.release import release
from pilot_analysis.release.primary import too_small
from pilot_analysis.schemas.columns import conform, validated
from pilot_analysis.schemas.results import CURVES, ESTIMATES, RELEASED, RELEASED_CURVES

THRESHOLD = 10
NUMBERS = ["estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_events"]
KEYS = [name for name in ESTIMATES.columns if name not in (*NUMBERS, "status", "reason")]
REASON = "fewer than 10 people or events, or would give such a number away"
NO_CURVES = pd.DataFrame(columns=list(CURVES.columns))
DEFAULTS = {
    "analysis": "rmst", "measure": "rmst", "estimand": "P1", "role": "secondary", "endpoint": "full_rtw",
    "population": "landmark_84", "origin": "landmark", "group_by": "arm", "level": "control", "term": None,
    "unit": "days", "method": "m", "engine": "e", "status": "ok", "estimate": 50.0,
}  # fmt: skip


def store(*rows: dict) -> pd.DataFrame:
    """Rows of the results store; what is not given has a harmless default."""
    filled = [
        {**dict.fromkeys(ESTIMATES.columns), **DEFAULTS, **row, "result_id": f"row{k}"} for k, row in enumerate(rows)
    ]
    return validated(conform(pd.DataFrame(filled), ESTIMATES), ESTIMATES)


def curve(points: list[tuple[int, int, int]], **about) -> pd.DataFrame:
    """A curve from triples: time, people at risk, events."""
    keys = {"analysis": "km", "endpoint": "full_rtw", "population": "landmark_84", "origin": "landmark", **about}
    frame = pd.DataFrame(points, columns=["time", "n_at_risk", "n_events"]).assign(
        group_by="arm", level=keys.pop("level", "control"), estimate=0.5, se=0.1, ci_low=0.4, ci_high=0.6, n_censored=0
    )
    return validated(conform(frame.assign(**keys), CURVES), CURVES)


def released(*rows: dict) -> pd.DataFrame:
    """The released rows; curves are none of their business."""
    result = release(store(*rows), conform(NO_CURVES, CURVES), THRESHOLD)
    assert result.n_suppressed == (result.estimates["status"] == "suppressed").sum()
    return validated(result.estimates, RELEASED)


def hidden(rows: pd.DataFrame) -> list[bool]:
    """Which rows are suppressed; a suppressed row says why and holds no number at all, another keeps its own."""
    which = rows["status"] == "suppressed"
    assert rows.loc[which, NUMBERS].isna().all(axis=None)
    assert rows.loc[which, "reason"].eq(REASON).all()
    assert rows.loc[rows["status"] == "ok", "estimate"].notna().all()
    assert rows.loc[rows["status"] == "ok", "reason"].isna().all()
    return which.tolist()


@pytest.mark.parametrize("counted", ["n", "n_events"])
@pytest.mark.parametrize(("number", "small"), [(0, False), (1, True), (9, True), (10, False), (15, False)])
def test_nine_people_or_events_are_too_few_and_ten_are_not(counted, number, small):
    row = {"n": 40, "n_events": 30, "se": 2.0, "ci_low": 46.0, "ci_high": 54.0, "p_value": 0.1, counted: number}
    rows = released(row)
    assert hidden(rows) == [small]
    if not small:
        assert rows.loc[0, ["estimate", "se", "ci_low", "ci_high", "p_value", counted]].tolist() == [
            50,
            2,
            46,
            54,
            0.1,
            number,
        ]


def test_a_row_without_counts_is_shown():
    assert hidden(released({})) == [False]


@pytest.mark.parametrize("unit", ["people", "rows"])
@pytest.mark.parametrize(("number", "small"), [(0.0, False), (1.0, True), (9.0, True), (10.0, False)])
def test_a_count_is_its_own_number_of_people(unit, number, small):
    rows = released({"analysis": "quality", "measure": "n", "unit": unit, "estimate": number})
    assert hidden(rows) == [small]


def test_a_small_number_that_is_no_count_is_shown():
    assert hidden(released({"estimate": 3.0, "n": 40, "n_events": 30})) == [False]


def test_another_threshold_is_another_limit():
    rows = store({"n": 4, "n_events": 4}, {"n": 5, "n_events": 5})
    result = release(rows, conform(NO_CURVES, CURVES), 5)
    assert result.estimates["status"].tolist() == ["suppressed", "ok"]
    assert result.estimates["reason"].tolist()[0] == REASON.replace("10", "5")
    assert release(rows, conform(NO_CURVES, CURVES), 1).n_suppressed == 0


def test_everything_else_about_a_suppressed_row_stays():
    row = {"term": "age_10", "time": 281.0, "role": "primary", "n": 5}
    rows, before = released(row), store(row)
    pd.testing.assert_frame_equal(rows[KEYS], before[KEYS])


def test_the_internal_store_is_left_as_it_was():
    rows = store({"n": 5})
    copy = rows.copy()
    release(rows, conform(NO_CURVES, CURVES), THRESHOLD)
    pd.testing.assert_frame_equal(rows, copy)


# --- no number ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "n_events", "keeps"), [(40, 0, True), (40, 15, True), (40, 3, False), (7, 0, False)])
def test_what_is_not_estimable_keeps_its_reason_and_loses_small_counts(n, n_events, keeps):
    row = {
        "status": "not_estimable",
        "reason": "no event in this level",
        "estimate": None,
        "n": n,
        "n_events": n_events,
    }
    rows = released(row)
    assert rows[["status", "reason"]].iloc[0].tolist() == ["not_estimable", "no event in this level"]
    assert rows[["n", "n_events"]].iloc[0].isna().tolist() == [not keeps] * 2
    if keeps:
        assert rows[["n", "n_events"]].iloc[0].tolist() == [n, n_events]


# --- shares ---------------------------------------------------------------------------------------------------------


def share(term: str, level: str, n: int, of: int) -> list[dict]:
    """The two rows of a category: its number, and its percentage."""
    about = {"analysis": "baseline", "endpoint": "none", "origin": "none", "level": level, "term": term}
    about |= {"n": of, "n_events": n}
    return [
        {**about, "measure": "n", "unit": "people", "estimate": float(n)},
        {**about, "measure": "percent", "unit": "percent", "estimate": 100 * n / of},
    ]


def difference(term: str, **about) -> dict:
    """The standardised difference of a characteristic."""
    return {
        "analysis": "baseline", "endpoint": "none", "origin": "none", "term": term, "unit": "sd", "estimate": 0.1,
        "measure": "standardised_difference", "level": "intervention - control", "n": 200, **about,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("n", "of", "small"),
    [
        (0, 50, False),  # nobody: shown
        (9, 50, True),
        (10, 50, False),
        (40, 50, False),
        (41, 50, True),  # nine without it
        (50, 50, False),  # everybody: nobody without it
    ],
)
def test_a_share_is_hidden_when_few_have_it_or_few_lack_it(n, of, small):
    assert hidden(released(*share("sex[female]", "control", n, of))) == [small, small]


def test_lacking_counts_for_shares_only():
    assert hidden(released({"analysis": "ao_days", "measure": "ao_days", "n": 50, "n_events": 45})) == [False]


def test_with_a_hidden_share_goes_its_standardised_difference_and_nothing_else():
    few, other_arm = share("job_group[x]", "control", 4, 50), share("job_group[x]", "intervention", 20, 50)
    rows = released(*few, *other_arm, difference("job_group[x]"), difference("job_group[y]"), difference("age"))
    assert hidden(rows) == [True, True, False, False, True, False, False]


def test_with_a_hidden_mean_goes_its_standardised_difference():
    mean = {"analysis": "baseline", "measure": "mean", "endpoint": "none", "term": "age", "level": "control", "n": 9}
    assert hidden(released(mean, difference("age"), difference("entry"))) == [True, True, False]


def test_a_share_of_nobody_takes_no_standardised_difference_with_it():
    none, other_arm = share("region[x]", "control", 0, 50), share("region[x]", "intervention", 20, 50)
    assert hidden(released(*none, *other_arm, difference("region[x]"))) == [False] * 5


# --- probabilities at a milestone -----------------------------------------------------------------------------------


def milestone(at_risk: float, **about) -> list[dict]:
    """A probability and the number at risk beside it."""
    about = {"analysis": "km", "time": 91.0, "n": 60, "n_events": 40, **about}
    return [
        {**about, "measure": "survival", "unit": "probability", "estimate": 0.4},
        {**about, "measure": "n_at_risk", "unit": "people", "estimate": float(at_risk)},
    ]


def few(*rows: dict) -> list[bool]:
    """Which rows rest on few people themselves, before they are read off life tables (test_release_life_table)."""
    return too_small(store(*rows), THRESHOLD).tolist()


@pytest.mark.parametrize(("at_risk", "small"), [(9, True), (1, True), (10, False), (30, False)])
def test_a_probability_needs_ten_people_still_at_risk(at_risk, small):
    assert few(*milestone(at_risk)) == [small, small]


def test_the_number_at_risk_is_that_of_the_same_level_and_time():
    assert few(
        *milestone(30),
        *milestone(5, time=182.0),
        *milestone(5, level="intervention"),
        *milestone(30, population="landmark_91"),
    ) == [False, False, True, True, True, True, False, False]


# --- curves ---------------------------------------------------------------------------------------------------------


def released_curves(*curves: pd.DataFrame) -> pd.DataFrame:
    result = release(store({}), pd.concat(curves, ignore_index=True), THRESHOLD)
    return validated(result.curves, RELEASED_CURVES)


def test_released_curves_have_no_column_of_events_per_day():
    shown = released_curves(curve([(0, 30, 0), (5, 30, 12)]))
    assert not {"n_events", "n_censored"} & set(shown.columns)


def test_no_curves_at_all():
    assert released_curves(conform(NO_CURVES, CURVES)).empty


# --- a whole store --------------------------------------------------------------------------------------------------


def test_no_small_number_is_left_in_the_release_of_a_small_trial():
    who = many(
        90, time=[100, 130, 170, 200, 240, 300, 365], status=["event", "event", "competing", "event", "censored"],
        cas_group=["psychological", "other", "psychological"], fml_group_84=["mental", "none", "none", "none", "none"],
        organisation=["org_a", "org_b", "org_a", "org_a"], age=[30, 41, 52, 38], male=[0, 1, 1],
    )  # fmt: skip
    result = estimated(who)
    out = release(result.estimates, result.curves, THRESHOLD)
    rows = validated(out.estimates, RELEASED)
    validated(out.curves, RELEASED_CURVES)
    assert set(rows["result_id"]) <= set(result.estimates["result_id"])  # contributions to costs stay inside
    assert set(rows["status"]) == {"ok", "suppressed", "not_estimable"}
    assert out.n_suppressed > 50
    for name in ("n", "n_events"):
        assert not rows[name].between(1, 9).any()
    counts = rows[rows["unit"].isin(["people", "rows"])]
    assert not counts["estimate"].between(1, 9).any()
    assert (out.curves["n_at_risk"] >= 10).all()
    assert hidden(rows)


def test_a_probability_of_few_exits_by_then_is_hidden():
    about = {"analysis": "cuminc", "unit": "probability", "n": 143, "n_events": 40}
    at_risk = {**about, "analysis": "km", "measure": "n_at_risk", "unit": "people", "estimate": 60.0}
    assert few(
        {**about, "measure": "cumulative_incidence_leaving", "time": 42.0, "estimate": 9 / 143},
        {**about, "measure": "cumulative_incidence_leaving", "time": 91.0, "estimate": 10 / 143},
        {**about, "measure": "cumulative_incidence", "time": 42.0, "estimate": 0.0},
        {**at_risk, "time": 42.0},
        {**at_risk, "time": 91.0},
    ) == [True, False, False, False, False]


@pytest.mark.parametrize("analysis", [f"days_not_returned_{kind}" for kind in ("ratio", "bootstrap", "adjusted")])
def test_what_compares_a_hidden_mean_is_hidden_too(analysis):
    measure = "mean_ratio" if analysis.endswith("ratio") else "mean_difference"
    contrast = {"analysis": analysis, "measure": measure, "level": "intervention - control", "n": 60, "n_events": 30}
    mean = {"analysis": "days_not_returned", "measure": "mean", "n": 30}
    rows = released({**mean, "n_events": 9}, {**mean, "level": "intervention", "n_events": 21}, contrast)
    assert hidden(rows) == [True, False, True]


@pytest.mark.parametrize(
    ("analysis", "measure"), [("rerandomisation", "studentised_difference"), ("minimum_detectable", "difference")]
)
def test_difference_over_se_and_se_are_hidden_with_a_mean_because_together_they_are_the_difference(analysis, measure):
    contrast = {"analysis": analysis, "measure": measure, "level": "intervention - control", "n": 60, "n_events": 30}
    mean = {"analysis": "days_not_returned", "measure": "mean", "n": 30}
    rows = released({**mean, "n_events": 9}, {**mean, "level": "intervention", "n_events": 21}, contrast)
    assert hidden(rows) == [True, False, True]
    rows = released({**mean, "n_events": 10}, {**mean, "level": "intervention", "n_events": 21}, contrast)
    assert hidden(rows) == [False, False, False]


def test_a_detectable_ratio_is_not_about_a_mean():
    ratio = {"analysis": "minimum_detectable", "measure": "hazard_ratio", "n": 60, "n_events": 30}
    mean = {"analysis": "days_not_returned", "measure": "mean", "n": 30, "n_events": 9}
    assert hidden(released(mean, ratio)) == [True, False]


@pytest.mark.parametrize(
    ("few", "expected"),
    [(None, [False] * 3), ("psychological", [True, False, False]), ("other", [True, True, False])],
)
def test_the_ratio_of_a_group_of_few_is_hidden_although_its_model_holds_everyone(few, expected):
    groups = [
        {"analysis": "km", "measure": "median", "group_by": "cas_group", "level": level, "n": 30,
         "n_events": 9 if level == few else 20}
        for level in ("psychological", "unknown", "other")
    ]  # fmt: skip
    ratio = {"analysis": "cox_adjusted", "measure": "hazard_ratio", "unit": "ratio", "n": 90, "n_events": 60}
    terms = [{**ratio, "term": term} for term in ("cas_group[psychological]", "cas_group[unknown]", "age_10")]
    assert hidden(released(*groups, *terms))[3:] == expected


def test_a_probability_of_an_exit_where_few_are_at_risk_is_hidden():
    about = {"unit": "probability", "n": 143, "n_events": 40, "estimate": 0.5}
    counted = {"analysis": "km", "measure": "n_at_risk", "unit": "people", "n": 143}
    assert few(
        {**about, "analysis": "cuminc", "measure": "cumulative_incidence", "time": 42.0},
        {**about, "analysis": "cuminc", "measure": "cumulative_incidence", "time": 273.0},
        {**counted, "time": 42.0, "estimate": 60.0},
        {**counted, "time": 273.0, "estimate": 9.0},
    ) == [False, True, False, True]
