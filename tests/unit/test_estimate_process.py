"""Adherence, first FML, interview themes and timing: small tables counted by hand."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import filled, one, pick, protocol

from pilot_analysis.estimate import adherence, fml_availability, themes, timing
from pilot_analysis.estimate.ao_on_day import AoPath
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import empty_table, validated
from pilot_analysis.schemas.derived import GUIDANCE, OUTCOMES, PERIODS, PROCESS

ARMS = ("intervention", "control")


def process(*people: dict) -> pd.DataFrame:
    """A row per person; what is not given is dull: enrolled on day 10, followed for 500 days, never seen by anybody."""
    dull = {
        "organisation": "org_a", "arm": "control", "entry": 10, "followup": 365, "last_known_day": 500,
        "timing": "none", "reassessed": False, "other_route": False, "fml_status": "censored", "fml_time": 365,
        "fml_reason": "end_of_year",
    }  # fmt: skip
    rows = [{**dull, "case_id": f"C{k:03d}", **person} for k, person in enumerate(people)]
    made = filled(pd.DataFrame(rows), PROCESS)
    return validated(made.astype({"reassessed": bool, "other_route": bool}), PROCESS)


def path(*levels: list[tuple[int, int, float]]) -> pd.DataFrame:
    """Periods (first day, last day, AO%) of each person."""
    rows = [
        {"case_id": f"C{k:03d}", "first_day": first, "last_day": last, "ao_percent": ao, "state": "absent", "spell": 1}
        for k, periods in enumerate(levels)
        for first, last, ao in periods
    ]
    return validated(filled(pd.DataFrame(rows), PERIODS), PERIODS)


def guided(*rows: tuple[str, str, int, str]) -> pd.DataFrame:
    """Activities: case, arm, day, kind."""
    if not rows:
        return empty_table(GUIDANCE)
    made = pd.DataFrame(rows, columns=["case_id", "arm", "day", "activity"]).assign(route="regular", hours=1.0)
    return validated(filled(made, GUIDANCE), GUIDANCE)


ABSENT = [(0, 500, 100.0)]


# --- AO% on a day ---------------------------------------------------------------------------------------------------


def test_ao_on_a_day_is_that_of_the_period_and_unknown_beyond_the_path():
    paths = path([(0, 9, 100.0), (10, 20, 40.0)], [(0, 30, 0.0)])
    found = AoPath(paths.iloc[::-1], pd.Series(["C001", "C000", "C999"]))
    for day, wanted in ((0, [0, 100, np.nan]), (9, [0, 100, np.nan]), (10, [0, 40, np.nan]), (21, [0] + [np.nan] * 2)):
        np.testing.assert_array_equal(found.on(day), wanted)
    assert np.isnan(found.on(-1)).all()
    assert np.isnan(AoPath(paths.iloc[:0], pd.Series(["C000"])).on(3)).all()


# --- adherence ------------------------------------------------------------------------------------------------------


def three() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Three people of the intervention arm: assessed on day 86 and again; by file check on day 120; back on day 50."""
    at = {"arm": "intervention"}
    people = process(
        {**at, "first_contact_day": 86, "first_contact_route": "regular", "timing": "first_window",
         "first_contact_activity": "early_assessment", "first_assessment_day": 86, "reassessed": True,
         "first_physician_day": 30},
        {**at, "first_contact_day": 120, "first_contact_route": "file_analysis", "timing": "between",
         "first_contact_activity": "file_check", "other_route": True, "first_physician_day": 60},
        at,
    )  # fmt: skip
    acts = guided(
        ("C000", "intervention", 86, "early_assessment"),
        ("C000", "intervention", 150, "reassessment"),
        ("C001", "intervention", 120, "file_check"),
    )
    return people, acts, path(ABSENT, ABSENT, [(0, 49, 100.0), (50, 500, 0.0)])


def described() -> pd.DataFrame:
    people, acts, paths = three()
    return pd.DataFrame(adherence.adherence_rows(people, acts, paths, protocol()))


@pytest.mark.parametrize(
    ("term", "count", "n"),
    [
        ("contact", 2, 3),
        ("assessment", 1, 3),
        ("timing[first_window]", 1, 3),
        ("timing[between]", 1, 3),
        ("timing[none]", 1, 3),
        ("window[assessment_intervention]", 1, 2),  # the third was back before the window opened
        ("window[assessment_control]", 0, 2),
        ("route[regular]", 1, 2),
        ("route[file_analysis]", 1, 2),
        ("other_route", 1, 3),
        ("activity[file_check]", 1, 3),
        ("activity[guidance]", 0, 3),
        ("reassessed", 1, 1),
        ("law[week_6]", 3, 3),
        ("law_done[week_6]", 1, 3),
        ("law[week_8]", 2, 3),
        ("law[week_42]", 2, 3),
    ],
)
def test_shares_of_people(term, count, n):
    row = one(described(), term=term, measure="percent", level="intervention")
    assert (row["n_events"], row["n"], row["unit"]) == (count, n, "percent")
    assert row["estimate"] == pytest.approx(100 * count / n)
    assert row["ci_low"] <= row["estimate"] <= row["ci_high"]


def test_the_shares_of_the_places_in_time_add_up_to_everyone():
    rows = described()
    places = rows[rows["term"].str.startswith("timing") & rows["level"].eq("intervention")]
    assert places["estimate"].sum() == pytest.approx(100)


def test_medians_are_of_those_to_whom_it_happened():
    rows = described()
    row = one(rows, term="contact", measure="median", level="intervention")
    assert (row["estimate"], row["n"], row["unit"]) == (103, 2, "days")
    assert pd.isna(row["ci_low"])  # two values hold no interval
    missing = one(rows, term="activity[guidance]", measure="median", level="intervention")
    assert missing["reason"] == "this happened to nobody"


def test_steps_of_the_law_without_a_date_are_not_estimable():
    rows = described()
    for week in (8, 42, 52):
        row = one(rows, term=f"law_done[week_{week}]", level="intervention")
        assert row["reason"] == "no date of this step is part of a delivery"


def test_whoever_enrols_after_the_window_opens_is_not_counted_in_it():
    people, acts, paths = three()
    people.loc[1, "entry"] = 85
    rows = pd.DataFrame(adherence.adherence_rows(people, acts, paths, protocol()))
    assert one(rows, term="window[assessment_intervention]", level="intervention")["n"] == 1


def test_what_was_published_stands_beside_it_without_people():
    rows = pick(described(), level="published").set_index("term")
    assert rows["estimate"].to_dict() == {"route[regular]": 96, "other_route": 4, "reassessed": 44}
    assert rows["n"].isna().all()


def test_without_activities_nothing_is_said_of_labour_experts_but_the_law_is():
    people, _, paths = three()
    rows = pd.DataFrame(adherence.adherence_rows(people, guided(), paths, protocol()))
    assert one(rows, term="contact", measure="percent", level="intervention")["reason"] == adherence.NO_ACTIVITIES
    assert one(rows, term="law[week_6]", level="intervention")["status"] == "ok"
    assert one(rows, term="law[week_6]", level="control")["reason"] == adherence.NOBODY_ABSENT


# --- first FML ------------------------------------------------------------------------------------------------------


def waiting() -> pd.DataFrame:
    """Ten per arm: FML on day 50, 100, 100; back on day 60, 120; left on 110; four till the end (control: no event)."""
    ends = [(50, "event", None), (100, "event", None), (100, "event", None), (60, "competing", "full_rtw"),
            (120, "competing", "full_rtw"), (110, "competing", "employment_end")]  # fmt: skip
    ends += [(365, "censored", "end_of_year")] * 4
    people = [
        {"arm": arm, "fml_time": time, "fml_status": status, "fml_reason": reason, "first_fml_day": day}
        for arm in ARMS
        for time, status, reason in ends
        for day in [time if status == "event" else None]
    ]
    return process(*people)


def endpoints(people: pd.DataFrame) -> pd.DataFrame:
    """Outcomes of full return of these people: nobody is back before day 60."""
    back = people["fml_reason"].eq("full_rtw").fillna(False)
    made = people.assign(
        endpoint="full_rtw", t0=pd.Timestamp("2021-06-01"), time=people["fml_time"].where(back, 365),
        status=np.where(back, "event", "censored"), cas_group="other", reason=pd.NA,
    )  # fmt: skip
    return validated(filled(made[[c for c in made if c in OUTCOMES.columns]], OUTCOMES), OUTCOMES)


def fml(people: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(fml_availability.fml_rows(people, endpoints(people), protocol()))


def test_probabilities_without_censoring_are_shares():
    """From enrolment on day 10: day 42 is day 52 of absence, day 91 is day 101."""
    rows = pick(fml(waiting()), population="itt", level="control")
    for measure, day, share in (
        ("cumulative_incidence", 42, 0.1),
        ("cumulative_incidence", 91, 0.3),
        ("cumulative_incidence_return", 42, 0.0),
        ("cumulative_incidence_return", 91, 0.1),
        ("cumulative_incidence_return", 182, 0.2),
        ("cumulative_incidence_leaving", 182, 0.1),
    ):
        row = one(rows, measure=measure, time=day)
        assert (row["estimate"], row["n"]) == (pytest.approx(share), 10), (measure, day)


def test_from_the_landmark_only_those_still_waiting_then_count():
    """On day 84 one has an FML and one is back: eight wait; two FMLs 16 days later."""
    rows = pick(fml(waiting()), population="landmark_84", level="intervention")
    assert one(rows, measure="cumulative_incidence", time=42)["estimate"] == pytest.approx(2 / 8)
    assert one(rows, measure="n_at_risk", time=42)["estimate"] == 4
    by = one(rows, measure="assessed_by_landmark")  # nine are not back on day 84, one of them has an FML
    assert (by["n"], by["n_events"], by["estimate"]) == (9, 1, pytest.approx(100 / 9))


def test_arms_alike_differ_by_nothing():
    rows = fml(waiting())
    row = one(rows, measure="difference", population="itt", time=91)
    assert row["estimate"] == 0
    assert row["ci_low"] == pytest.approx(-row["ci_high"])
    assert one(rows, measure="gray", population="itt")["p_value"] == pytest.approx(1)


def test_the_median_is_the_day_on_which_half_have_an_fml():
    people = waiting()
    reached = people.assign(fml_status="event", fml_time=range(20, 20 + len(people)), fml_reason=pd.NA)
    reached = validated(reached.astype(people.dtypes), PROCESS)
    row = one(fml(reached), measure="median", population="itt", level="intervention")
    assert row["estimate"] == 14  # days 20-29 of absence; the fifth on day 24, 14 after enrolment
    assert row["ci_low"] < 14
    assert pd.isna(row["ci_high"])  # with ten people the lower limit stays below a half, and ends where all have one
    missing = one(fml(people), measure="median", population="itt", level="intervention")
    assert missing["reason"] == "fewer than half have an FML by the end"


def test_without_any_fml_there_are_reasons_and_no_crash():
    rows = fml(process({"arm": "intervention"}, {"arm": "control"}))
    assert one(rows, measure="gray", population="itt")["reason"] == "intervention: no first FML in this arm"
    assert one(rows, measure="difference", population="itt", time=42)["status"] == "not_estimable"
    assert set(pick(rows, measure="cumulative_incidence")["status"]) == {"not_estimable"}


# --- interviews -----------------------------------------------------------------------------------------------------


def test_interviews_are_counted_by_theme_tone_and_role():
    rows = [
        ("int-1", "employee", "fml_late", "negative"),
        ("int-1", "employee", "ad_timing", "positive"),
        ("int-2", "physician", "fml_late", "mixed"),
        ("int-3", "physician", "ad_timing", "negative"),
        ("int-4", "case_manager", "ad_timing", "mixed"),
    ]
    made = pd.DataFrame(rows, columns=["interview_id", "respondent_role", "theme", "valence"]).assign(organisation="o")
    found = pd.DataFrame(themes.theme_rows(filled(made.assign(delivery_hash="h"), TABLES["interview_themes"].schema)))
    assert one(found, group_by="all", term="fml_late")["estimate"] == 2
    assert one(found, group_by="valence", level="mixed", term="fml_late")["estimate"] == 1
    assert one(found, group_by="valence", level="negative", term="ad_timing")["estimate"] == 1
    assert one(found, group_by="valence", level="positive", term="fml_late")["estimate"] == 0
    by_role = one(found, group_by="respondent_role", level="physician", term="fml_late")
    assert (by_role["estimate"], by_role["n"]) == (1, 2)
    assert len(pick(found, group_by="respondent_role")) == 2 * 3  # every role at every theme, also where it is 0
    assert one(found, group_by="respondent_role", level="case_manager", term="fml_late")["estimate"] == 0
    total = found[found["term"].isna()]
    assert total["estimate"].tolist() == [4]


def test_without_interviews_one_row_says_so():
    (row,) = themes.theme_rows(empty_table(TABLES["interview_themes"].schema))
    assert row["reason"] == "no themes of interviews were delivered"


# --- timing ---------------------------------------------------------------------------------------------------------


def timed(people: pd.DataFrame, paths: pd.DataFrame, back: dict[int, int] | None = None) -> pd.DataFrame:
    """Rows of timing; `back`: position of a person and day of first full return, of those who return."""
    time = pd.Series(range(len(people))).map(back or {})
    made = people.assign(
        endpoint="full_rtw", t0=pd.Timestamp("2021-06-01"), time=time.fillna(365).astype("Int64"), reason=pd.NA,
        status=np.where(time.notna(), "event", "censored"), cas_group="other",
    )  # fmt: skip
    outcomes = validated(filled(made[[name for name in made if name in OUTCOMES.columns]], OUTCOMES), OUTCOMES)
    return pd.DataFrame(timing.timing_rows(people, outcomes, paths, protocol()))


def test_ao_before_and_after_an_assessment_in_points_and_in_percent():
    """Two assessed on day 130: from 80 to 44 and from 40 to 40; two others beside them fall from 100 to 90 and stay."""
    people = process({"first_assessment_day": 130}, {"first_assessment_day": 130}, {}, {"first_assessment_day": 300})
    paths = path(
        [(0, 150, 80.0), (151, 500, 44.0)], [(0, 500, 40.0)], [(0, 150, 100.0), (151, 500, 90.0)], [(0, 500, 50.0)]
    )
    rows = pick(timed(people, paths), level="months_4_6").set_index("measure")
    assert rows.loc["assessed", "estimate"] == 2
    assert rows.loc["ao_before", "estimate"] == 60
    assert rows.loc["ao_after", "estimate"] == 42
    assert (rows.loc["fall_points", "estimate"], rows.loc["fall_points", "unit"]) == (18, "points")
    assert (rows.loc["fall_percent", "estimate"], rows.loc["fall_percent", "unit"]) == (pytest.approx(30), "percent")
    assert rows.loc["fall_points_not_assessed", "estimate"] == 5
    assert rows.loc["difference_points", "estimate"] == 13


@pytest.mark.parametrize(
    ("entry", "levels", "back"),
    [(130, ABSENT, None), (10, [(0, 129, 80.0), (130, 500, 0.0)], 130), (10, [(0, 219, 80.0)], None)],
)
def test_only_those_enrolled_and_still_absent_at_the_assessment_and_seen_after_it_count(entry, levels, back):
    """Enrolled on the day itself, back at work on it, or unknown 91 days after the day before (day 220)."""
    people = [{"first_assessment_day": 130} for _ in range(3)]
    people[0]["entry"] = entry
    rows = timed(process(*people), path(levels, ABSENT, ABSENT), {0: back} if back else None)
    assert one(pick(rows, level="months_4_6"), measure="fall_points")["n"] == 2


def test_those_beside_the_assessed_may_not_return_on_the_day_either_nor_be_in_a_second_absence():
    """Person 2 returns on day 130, person 3 was back on day 50 and is absent again: neither is still absent then."""
    people = process({"first_assessment_day": 130}, {"first_assessment_day": 130}, {}, {}, {}, {})
    again = [(0, 49, 100.0), (50, 99, 0.0), (100, 140, 100.0), (141, 500, 0.0)]
    paths = path(ABSENT, ABSENT, [(0, 129, 100.0), (130, 500, 0.0)], again, ABSENT, ABSENT)
    rows = pick(timed(people, paths, {2: 130, 3: 50}), level="months_4_6")
    row = one(rows, measure="fall_points_not_assessed")
    assert (row["estimate"], row["n"]) == (0, 2)


def test_whoever_is_assessed_later_stands_beside_until_then_and_not_after():
    people = process(*({"first_assessment_day": day} for day in (125, 125, 140, 140, 141)))
    rows = pick(timed(people, path(*[ABSENT] * 5)), level="months_4_6")
    row = one(rows, measure="difference_points")
    assert row["n"] == 2  # those of day 140 have a single person beside them
    assert one(rows, measure="fall_points")["n"] == 5


def test_limits_stay_within_what_is_possible_and_those_alike_have_none():
    people = process({"first_assessment_day": 130}, {"first_assessment_day": 130}, {}, {})
    paths = path([(0, 150, 100.0), (151, 500, 0.0)], [(0, 150, 80.0), (151, 500, 60.0)], ABSENT, ABSENT)
    rows = pick(timed(people, paths), level="months_4_6").set_index("measure")
    assert (rows.loc["ao_before", "ci_low"], rows.loc["ao_before", "ci_high"]) == (0, 100)  # 90, df 1: -37 to 217
    assert (rows.loc["fall_points", "ci_low"], rows.loc["fall_points", "ci_high"]) == (-100, 100)
    assert rows.loc["fall_percent", "ci_high"] == 100
    assert rows.loc["difference_points", "ci_high"] == 200
    assert rows.loc["fall_points_not_assessed", "estimate"] == 0
    assert pd.isna(rows.loc["fall_points_not_assessed", "ci_low"])


def test_periods_without_assessments_are_not_estimable():
    rows = pick(timed(process({}, {}), path(ABSENT, ABSENT)), level="months_6_9")
    assert one(rows, measure="assessed")["estimate"] == 0
    assert one(rows, measure="difference_points")["reason"] == timing.NONE_IN_WINDOW
    alone = process({"first_assessment_day": 200}, {"first_assessment_day": 200})
    rows = pick(timed(alone, path(ABSENT, ABSENT)), level="months_6_9")
    assert one(rows, measure="difference_points")["reason"] == timing.NONE_BESIDE


def test_published_falls_keep_the_unit_in_which_they_were_printed():
    rows = pick(timed(process({}), path(ABSENT)), measure="published_fall")
    found = set(rows[["level", "term", "estimate", "unit"]].itertuples(index=False, name=None))
    assert {("months_4_6", "as_printed", 29.0, "percent"), ("months_10_12", "as_printed", 33.0, "percent"),
            ("all", "as_printed", 30.0, "points")} <= found  # fmt: skip
    assert rows["n"].isna().all()
