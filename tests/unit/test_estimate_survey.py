"""Rows of the questionnaires: response, means while still absent, reliability, answers; by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from estimate_tables import one, protocol
from survey_tables import codebook, people, surveyed

from pilot_analysis.estimate.survey import APART, CONTRAST, NOTHING, survey_rows
from pilot_analysis.models.reliability import alpha, omega

PLAN = replace(protocol(), instruments=codebook())
WEEK_6, WEEK_14 = 35.0, 91.0


def rows_of(who, employee=(), ad=()) -> pd.DataFrame:
    made = surveyed(who, list(employee), list(ad))
    rows = pd.DataFrame(survey_rows(PLAN, made.scores, made.items, made.waves))
    assert not rows.duplicated(["measure", "level", "term", "time"]).any()
    return rows


def trust(case, value, week=6, **more):
    return {"case": case, "week": week, "day": 7 * (week - 1) + 1, "t1": value, "t2": value, "t3": 6 - value, **more}


ARMS = ["intervention", "control"] * 3
SIX = people(arm=ARMS, back=[1000, 1000, 1000, 1000, 1000, 20])


def test_response_is_of_those_due_and_the_states_add_up_to_everyone():
    rows = rows_of(SIX, [trust(0, 3), trust(1, 4), trust(2, 3)])
    at = {"time": WEEK_6, "measure": "response"}
    first, second = one(rows, level="intervention", **at), one(rows, level="control", **at)
    assert (first["n"], first["n_events"], first["estimate"]) == (3, 2, pytest.approx(200 / 3))
    assert (second["n"], second["n_events"], second["estimate"]) == (2, 1, 50)
    counts = rows[(rows["measure"] == "n") & (rows["time"] == WEEK_6)]
    assert counts.groupby("level")["estimate"].sum().to_dict() == {"control": 3, "intervention": 3}
    assert one(counts, level="control", term="at_work")["estimate"] == 1


def test_means_are_of_people_still_absent_and_say_so():
    who = people(arm=ARMS, back=[1000, 1000, 1000, 1000, 36, 1000])
    rows = rows_of(who, [trust(0, 2), trust(2, 4), trust(4, 5), trust(1, 1), trust(3, 2), trust(5, 3)])
    mine = rows[(rows["term"] == "trust") & (rows["time"] == WEEK_6)]
    first, second = (one(mine, measure="mean", level=arm) for arm in ("intervention", "control"))
    assert (first["estimate"], first["n"]) == (3, 2)  # the third returned on the day of the answer
    assert first["se"] == pytest.approx(np.sqrt(2) / np.sqrt(2))
    assert (first["ci_low"], first["ci_high"]) == (1, 5)  # no further than the scale goes
    assert second["estimate"] == 2
    assert second["ci_high"] == pytest.approx(2 + 4.302652729911275 / np.sqrt(3))
    assert "still absent (AO% > 0)" in first["method"]


def test_the_difference_is_welchs():
    from scipy.stats import ttest_ind

    values = {"intervention": [2, 4, 5, 3, 4], "control": [1, 2, 2, 3, 1]}
    who = people(arm=ARMS + ARMS[:4])
    given = [trust(2 * k + side, values[arm][k]) for side, arm in enumerate(values) for k in range(5)]
    row = one(rows_of(who, given), measure="mean_difference", term="trust", time=WEEK_6)
    expected = ttest_ind(values["intervention"], values["control"], equal_var=False)
    assert row["level"] == CONTRAST
    assert row["estimate"] == pytest.approx(np.mean(values["intervention"]) - np.mean(values["control"]))
    assert row["df"] == pytest.approx(expected.df)
    low, high = expected.confidence_interval(0.95)
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(low), pytest.approx(high))
    assert "who is still absent in each arm" in row["method"]


def test_no_difference_reaches_further_than_the_scale_allows():
    rows = rows_of(SIX, [trust(0, 1), trust(2, 5), trust(1, 1), trust(3, 5)])
    row = one(rows, measure="mean_difference", term="trust", time=WEEK_6)
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (0, -4, 4)


def test_one_score_is_no_mean_and_no_difference():
    rows = rows_of(SIX, [trust(0, 3), trust(1, 4), trust(3, 2)])
    mine = rows[(rows["term"] == "trust") & (rows["time"] == WEEK_6)]
    assert one(mine, measure="mean", level="intervention")["reason"] == "fewer than two people with a score"
    assert one(mine, measure="mean_difference")["status"] == "not_estimable"
    assert one(mine, measure="mean", level="control")["estimate"] == 3


def test_everybody_alike_has_no_interval():
    rows = rows_of(SIX, [trust(case, 3) for case in range(4)])
    mine = rows[(rows["term"] == "trust") & (rows["time"] == WEEK_6)]
    assert one(mine, measure="mean_difference")["estimate"] == 0
    assert mine.loc[mine["measure"].str.startswith("mean"), "ci_low"].isna().all()


def test_labour_experts_have_means_and_a_reason_in_place_of_a_difference():
    week = {"intervention": 14, "control": 50}
    given = [{"case": k, "week": week[arm], "a1": 3 + k % 3, "a2": 3} for k, arm in enumerate(ARMS)]
    rows = rows_of(SIX, ad=given)
    assert one(rows, term="teamwork", measure="mean", level="control")["n"] == 3
    assert one(rows, term="teamwork", measure="mean_difference")["reason"] == APART


def test_two_questionnaires_about_one_person_count_once_and_the_last_does():
    asked = [(0, 13, 1), (0, 14, 5), (2, 14, 3), (4, 15, 4)]
    rows = rows_of(SIX, ad=[{"case": case, "week": week, "a1": value, "a2": value} for case, week, value in asked])
    mean = one(rows, term="teamwork", measure="mean", level="intervention")
    assert (mean["n"], mean["estimate"]) == (3, 4)


def test_a_survey_without_the_other_says_what_was_not_delivered():
    rows = rows_of(SIX, ad=[{"case": k, "week": 14, "a1": 3, "a2": 3} for k in range(3)])
    assert one(rows, term="trust", measure="mean_difference", time=WEEK_14)["reason"] == NOTHING
    assert one(rows, term="teamwork", measure="mean_difference")["reason"] == APART
    rows = rows_of(SIX, [trust(k, 3) for k in range(3)])
    assert one(rows, term="teamwork", measure="mean_difference")["reason"] == NOTHING


def test_a_question_that_was_not_delivered_is_not_one_that_people_left_open():
    rows = rows_of(SIX, [{"case": k, "week": 14, "day": 92, "t1": 3, "t2": 3 - k % 2} for k in range(6)])
    mine = rows[(rows["measure"] == "frequency") & (rows["level"] == "intervention")]
    assert one(mine, term="trust.t3[missing]")["reason"] == "nobody answered"
    assert one(mine, term="trust.t1[missing]")["estimate"] == 0


def test_reliability_counts_each_person_once_and_reverses_items():
    rng, who = np.random.default_rng(1), people(arm=ARMS * 5)
    base = rng.integers(2, 5, 30)
    table = np.clip(base[:, None] + rng.integers(-1, 2, (30, 3)), 1, 5)
    table[:, 2] = 6 - table[:, 2]
    given = [{"case": k, "week": 6, "day": 36, "t1": a, "t2": b, "t3": c} for k, (a, b, c) in enumerate(table)]
    given += [trust(k, 1 + k % 5, week=10) for k in range(30)]
    given[0].pop("t2")  # the first person is complete in the second wave only
    rows = rows_of(who, given)
    values = table.astype(float)
    values[:, 2] = 6 - values[:, 2]
    values[0] = [1, 1, 1]
    row = one(rows, measure="alpha", term="trust")
    assert row["n"] == 30
    assert row["estimate"] == pytest.approx(alpha(values).estimate)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(alpha(values)[1:])
    assert one(rows, measure="omega", term="trust")["estimate"] == pytest.approx(omega(values))
    few = one(rows, measure="alpha", term="strain")
    assert (few["status"], few["reason"]) == ("not_estimable", "fewer than 10 people with complete answers")


def test_answers_are_counted_as_given_among_those_who_answered():
    given = [trust(0, 3, week=14), trust(2, 3, week=14, t1=9), trust(4, 4, week=14), trust(1, 5, week=14)]
    rows = rows_of(SIX, given)
    mine = rows[(rows["measure"] == "frequency") & (rows["time"] == WEEK_14) & (rows["level"] == "intervention")]
    three = one(mine, term="trust.t1[3]")
    assert (three["n"], three["n_events"], three["estimate"]) == (2, 1, 50)
    assert one(mine, term="trust.t1[1]")["estimate"] == 0
    away = one(mine, term="trust.t1[not_applicable]")
    assert (away["n"], away["n_events"], away["estimate"]) == (3, 1, pytest.approx(100 / 3))
    assert one(mine, term="trust.t3[3]")["n_events"] == 2  # not reversed
    assert one(rows, measure="frequency", term="trust.t1[5]", level="control")["estimate"] == 100


def test_codes_out_of_range_count_as_no_answer():
    rows = rows_of(SIX, [trust(0, 3, week=14, t1=7), trust(2, 3, week=14)])
    mine = rows[(rows["measure"] == "frequency") & (rows["level"] == "intervention")]
    assert one(mine, term="trust.t1[missing]")["n_events"] == 1
    assert one(mine, term="trust.t1[3]")["n"] == 1


def test_what_is_asked_last_is_counted_once_in_the_last_questionnaire_with_an_answer():
    given = [trust(0, 3, w1=1), trust(0, 3, week=10, w1=0), trust(0, 3, week=14), trust(2, 3, w1=1)]
    rows = rows_of(SIX, given)
    row = one(rows, measure="frequency", term="wanted.w1[1]", level="intervention")
    assert (row["n"], row["n_events"], row["estimate"]) == (2, 1, 50)


def test_without_questionnaires_all_rows_are_there_with_a_reason():
    given = pd.DataFrame(survey_rows(PLAN))
    assert given["status"].eq("not_estimable").all()
    assert NOTHING in set(given["reason"])
    full = rows_of(SIX, [trust(k, 3) for k in range(6)])
    keys = ["measure", "level", "term", "time"]
    assert given[keys].astype(object).fillna("").values.tolist() == full[keys].astype(object).fillna("").values.tolist()


def test_the_shipped_codebook_gives_rows_that_the_plan_claims():
    rows = pd.DataFrame(survey_rows(protocol()))
    assert set(rows["measure"]) == {"response", "n", "mean", "mean_difference", "alpha", "omega", "frequency"}
    assert {"work_ability", "rtw_self_efficacy", "guidance", "distress", "ad_cooperation"} <= set(rows["term"])
    assert not rows.duplicated(["measure", "level", "term", "time"]).any()
