"""Lasting recovery: shares, spells and relapse by hand, every reason for no number, and what may be released."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import T0, filled, one, protocol

from pilot_analysis.estimate import recovery, relapse
from pilot_analysis.estimate.new_spells import mean_spells, spell_outcome
from pilot_analysis.estimate.store import unclaimed_store
from pilot_analysis.messages import load
from pilot_analysis.release import release
from pilot_analysis.schemas.columns import conform, validated
from pilot_analysis.schemas.derived import CASES, OUTCOMES, PERIODS
from pilot_analysis.schemas.results import CURVES, ESTIMATES

ARMS = ("intervention", "control")
Z = 1.959963984540054


def cases(rows: list[dict]) -> pd.DataFrame:
    """People by what matters here; a recovered person of `org_a` followed for 400 days unless told otherwise."""
    plain = {
        "organisation": "org_a", "arm": "control", "entry": 20, "cutoff_day": 400, "last_known_day": None,
        "leaves": False, "followup_reason": "data_cutoff", "state_at_horizon": "recovered", "relapse_day": None,
        "sex": "female", "cas_group": "other", "fml_group_enrolment": "none", "fml_group_84": "none",
        "fml_group_91": "none", "ao_days_complete": False,
    }  # fmt: skip
    given = [{**plain, **row} for row in rows]
    for row in given:
        row["last_known_day"] = row["last_known_day"] or row["cutoff_day"]
    who = pd.DataFrame(given, dtype="object").assign(case_id=[f"C{number:04d}" for number in range(len(given))])
    who["followup"] = who["last_known_day"].astype("int64").clip(upper=365)
    dates = {"t0": T0, "enrolment_date": T0 + pd.to_timedelta(who["entry"].astype("int64"), "D")}
    return validated(filled(who.assign(**dates), CASES), CASES)


def paths(people: pd.DataFrame, starts: dict[int, list[int]]) -> pd.DataFrame:
    """Periods in which the given people (by position) start new spells on the given days from t0."""
    rows = []
    for place, name in enumerate(people["case_id"]):
        days = [0, *starts.get(place, [])]
        for number, day in enumerate(days):
            rows.append({"case_id": name, "first_day": day, "last_day": day, "spell": number + 1})
    return validated(filled(pd.DataFrame(rows).assign(ao_percent=100.0, state="absent"), PERIODS), PERIODS)


def rows_of(people: pd.DataFrame, starts: dict[int, list[int]] | None = None) -> pd.DataFrame:
    return pd.DataFrame(recovery.recovery_rows(people, paths(people, starts or {}), protocol()))


def both(n: int, at_work: dict[str, int], **more) -> list[dict]:
    """`n` people per arm of whom so many are at work."""
    states = {arm: ["recovered"] * at_work[arm] + ["absent"] * (n - at_work[arm]) for arm in ARMS}
    return [{"arm": arm, "state_at_horizon": state, **more} for arm in ARMS for state in states[arm]]


# --- at work on day 365 -----------------------------------------------------------------------------------------------


def test_with_everybody_seen_both_shares_are_the_plain_one_with_its_binomial_error():
    rows = rows_of(cases(both(20, {"intervention": 12, "control": 8})))
    for measure in ("at_work_365", "at_work_365_complete"):
        arm = one(rows, measure=measure, level="intervention")
        assert (arm["estimate"], arm["se"]) == (pytest.approx(0.6), pytest.approx(np.sqrt(0.24 / 20)))
        spread, odds = Z * arm["se"] / 0.24, 0.6 / 0.4
        limits = [odds * np.exp(sign * spread) for sign in (-1, 1)]
        assert [arm["ci_low"], arm["ci_high"]] == pytest.approx([limit / (1 + limit) for limit in limits])
        assert (arm["n"], arm["n_events"], arm["time"], arm["origin"]) == (20, 12, 365.0, "t0")
        found = one(rows, measure=f"{measure}_difference")
        error = np.sqrt(2 * 0.24 / 20)
        assert (found["estimate"], found["se"]) == (pytest.approx(0.2), pytest.approx(error))
        assert (found["ci_low"], found["ci_high"]) == (pytest.approx(0.2 - Z * error), pytest.approx(0.2 + Z * error))
        assert found["level"] == "intervention - control"
    assert one(rows, measure="state_known_365", level="control")["estimate"] == 20


def test_at_work_is_ao_0_and_who_left_is_not_at_work():
    """Of ten: 3 recovered, 2 back for less than 28 days, 1 partial, 2 absent, 2 left."""
    states = ["recovered"] * 3 + ["returned"] * 2 + ["partial"] + ["absent"] * 2
    left = {"state_at_horizon": "left", "leaves": True, "last_known_day": 100, "followup_reason": "retirement"}
    rows = rows_of(cases([{"arm": arm, **what} for arm in ARMS for what in [
        *({"state_at_horizon": state} for state in states), left, left]]))  # fmt: skip
    for measure in ("at_work_365", "at_work_365_complete"):
        assert one(rows, measure=measure, level="control")["estimate"] == pytest.approx(0.5)


def censored(organisation: str, arm: str, cutoff: int = 200) -> dict:
    return {"organisation": organisation, "arm": arm, "cutoff_day": cutoff, "state_at_horizon": None}


def test_each_organisation_stands_for_all_its_people():
    """Per arm: org_a all seen, 8 of 8 at work; org_b 4 of 8 seen, none at work. Half of all, not two thirds."""
    people = []
    for arm in ARMS:
        people += [{"arm": arm}] * 7 + [{"arm": arm, "state_at_horizon": "absent"}]
        people += [{"arm": arm, "organisation": "org_b", "state_at_horizon": "absent"}] * 4
        people += [censored("org_b", arm)] * 4
    rows = rows_of(cases(people))
    assert one(rows, measure="at_work_365", level="control")["estimate"] == pytest.approx(7 / 16)
    assert one(rows, measure="at_work_365_complete", level="control")["estimate"] == pytest.approx(7 / 12)
    assert one(rows, measure="at_work_365", level="control")[["n", "n_events"]].tolist() == [12, 7]


def test_leavers_are_weighted_by_the_chance_to_be_seen_until_they_left():
    """Per arm 10 seen to day 365 (5 at work), 8 cut off on day 200, 2 who left on day 100, when all were in sight."""
    people = []
    for arm in ARMS:
        people += [person for person in both(10, dict.fromkeys(ARMS, 5)) if person["arm"] == arm]
        people += [censored("org_a", arm)] * 8
        left = {"state_at_horizon": "left", "leaves": True, "last_known_day": 100, "followup_reason": "death"}
        people += [{"arm": arm, "cutoff_day": cutoff, **left} for cutoff in (200, 400)]
    rows = rows_of(cases(people))
    # Of 20 people 11 could be followed for the year: each of the ten stands for 20/11, each leaver for one.
    assert one(rows, measure="at_work_365", level="control")["estimate"] == pytest.approx(
        5 * (20 / 11) / (10 * (20 / 11) + 2)
    )
    assert one(rows, measure="at_work_365_complete", level="control")["estimate"] == pytest.approx(5 / 12)


@pytest.mark.parametrize(
    ("people", "level", "weighted", "complete"),
    [
        ([{"arm": "control"}] * 9, "intervention", "nobody in this arm", "nobody in this arm"),
        (
            both(4, dict.fromkeys(ARMS, 2)),
            "control",
            "fewer than 5 people are known for the whole year",
            "fewer than 5 people are known for the whole year",
        ),
        (
            both(9, {"intervention": 4, "control": 9}),
            "control",
            "all people seen are alike on day 365",
            "all people seen are alike on day 365",
        ),
        (
            both(9, {"intervention": 4, "control": 0}),
            "control",
            "all people seen are alike on day 365",
            "all people seen are alike on day 365",
        ),
        (
            [*both(9, dict.fromkeys(ARMS, 4)), *[censored("org_late", "control")] * 3],
            "intervention",
            "an organisation is hardly ever seen for the whole year",
            None,
        ),
    ],
)
def test_why_there_is_no_share(people, level, weighted, complete):
    rows = rows_of(cases(people))
    for measure, reason in (("at_work_365", weighted), ("at_work_365_complete", complete)):
        row = one(rows, measure=measure, level=level)
        assert (row["status"], row["reason"]) == (("not_estimable", reason) if reason else ("ok", None))
        contrast = one(rows, measure=f"{measure}_difference")
        assert contrast["status"] == row["status"]
        assert reason is None or f"{level}: {reason}" in contrast["reason"]


def test_who_was_never_followed_beyond_enrolment_is_not_counted():
    never = {"entry": 200, "cutoff_day": 200, "state_at_horizon": None}
    people = [*both(9, dict.fromkeys(ARMS, 4)), *[{"arm": "control", **never}] * 5]
    row = one(rows_of(cases(people)), measure="state_known_365", level="control")
    assert (row["estimate"], row["n"]) == (9, 9)


def test_nobody_at_all_is_a_reason_and_not_a_crash():
    rows = rows_of(cases([{"entry": 20, "cutoff_day": 10, "state_at_horizon": None}]))
    assert set(rows.loc[rows["measure"] != "state_known_365", "reason"].dropna()) == {
        "nobody in this arm", "intervention: nobody in this arm; control: nobody in this arm"}  # fmt: skip


def test_every_reason_has_words_in_both_languages():
    reasons = [
        "nobody in this arm", "fewer than 5 people are known for the whole year",
        "all people seen are alike on day 365", "an organisation is hardly ever seen for the whole year",
        "nobody has a new absence spell",
        "fewer than 5 people followed to day 320", "these events leave no variance to estimate",
        "nobody relapsed in this level", "nobody at risk at this milestone",
    ]  # fmt: skip
    assert [reason for reason in reasons if load("nl").reason(reason) == reason] == []


# --- new absence spells -----------------------------------------------------------------------------------------------


def test_new_spells_are_counted_per_case_from_the_day_after_enrolment():
    """Ten people an arm, two spells in one of them and one in another; a spell by the day of enrolment is not new."""
    people = cases(both(10, dict.fromkeys(ARMS, 5)))
    rows = rows_of(people, {0: [100, 200], 1: [10, 20], 2: [150], 3: [341], 10: [60]})
    row = one(rows, measure="spells_per_case", level="intervention")
    # Day 341 of absence is day 321 since enrolment, beyond the horizon. Nobody leaves: the mean and its spread.
    counts = np.array([2, 1] + [0] * 8)
    assert (row["estimate"], row["se"]) == (pytest.approx(0.3), pytest.approx(counts.std() / np.sqrt(10)))
    assert (row["n"], row["n_events"], row["time"], row["origin"], row["unit"]) == (10, 3, 320.0, "enrolment", "events")
    spread = Z * row["se"] / 0.3
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([0.3 * np.exp(-spread), 0.3 * np.exp(spread)])
    found = one(rows, measure="spells_per_case_difference")
    assert found["estimate"] == pytest.approx(0.2)
    assert found["se"] == pytest.approx(np.hypot(row["se"], np.sqrt(0.09 / 10)))


def test_who_leaves_has_no_more_spells_and_is_not_replaced_by_those_who_stay():
    """Half of ten leave on day 30 since enrolment; of the five who stay four fall ill on day 40: 0.4 per case."""
    left = {"state_at_horizon": "left", "leaves": True, "last_known_day": 50, "followup_reason": "employment_end"}
    ill = {place: [60] for place in range(6, 10)}
    people = cases([left] * 5 + [{}] * 5)
    assert mean_spells(*spell_outcome(people, paths(people, ill), 320), 320, 5).estimate == pytest.approx(0.4)
    lost = {**left, "leaves": False, "followup_reason": "lost_to_followup", "state_at_horizon": None}
    people = cases([lost] * 5 + [{}] * 5)
    assert mean_spells(*spell_outcome(people, paths(people, ill), 320), 320, 5).estimate == pytest.approx(0.8)


def test_rows_touch_and_end_with_leaving_also_when_a_spell_starts_that_day():
    left = {"state_at_horizon": "left", "leaves": True, "last_known_day": 120, "followup_reason": "death"}
    people = cases([left, left, {"cutoff_day": 320}, {}])
    outcome, case = spell_outcome(people, paths(people, {0: [60, 120], 1: [60], 3: [340]}), 320)
    assert list(zip(case, outcome.entry, outcome.time, outcome.state, strict=True)) == [
        (0, 0, 40, 1), (0, 40, 100, 1), (0, 100, 101, 2), (1, 0, 40, 1), (1, 40, 100, 2), (2, 0, 300, 0),
        (3, 0, 320, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("people", "starts", "reason"),
    [
        ([{"arm": "control"}] * 9, {0: [90]}, "nobody in this arm"),
        (both(9, dict.fromkeys(ARMS, 4)), {10: [90]}, "nobody has a new absence spell"),
        (both(9, dict.fromkeys(ARMS, 4), cutoff_day=339), {0: [90]}, "fewer than 5 people followed to day 320"),
        (both(9, dict.fromkeys(ARMS, 4)), {k: [90] for k in range(9)}, "these events leave no variance to estimate"),
    ],
)
def test_why_there_is_no_mean_number_of_spells(people, starts, reason):
    rows = rows_of(cases(people), starts)
    assert one(rows, measure="spells_per_case", level="intervention")["reason"] == reason
    assert f"intervention: {reason}" in one(rows, measure="spells_per_case_difference")["reason"]


# --- relapse ----------------------------------------------------------------------------------------------------------


def returns(people: pd.DataFrame, day: int = 100) -> pd.DataFrame:
    """Everybody's sustained return on one day."""
    about = people.assign(endpoint="sustained_rtw", time=day, status="event")
    return validated(filled(about, OUTCOMES), OUTCOMES)


def relapses(rows: list[dict]) -> pd.DataFrame:
    people = cases(rows)
    return pd.DataFrame(relapse.relapse_rows(people, returns(people), protocol()))


def test_relapse_counts_from_the_last_day_of_the_confirming_run():
    """Back on day 100, confirmed on day 127: ill again on day 128 is day 1, on day 169 day 42."""
    people = cases([{"relapse_day": 128}, {"relapse_day": 169}, {"cutoff_day": 127}, {"cutoff_day": 128}])
    outcome, arm = relapse.relapse_outcome(people, returns(people), protocol())
    assert (outcome.time.tolist(), outcome.state.tolist(), len(arm)) == ([1, 42, 1], [1, 1, 0], 3)


def test_the_two_probabilities_by_hand():
    """Four: one relapses on day 10, one leaves on day 20 (also after the year), one relapses on day 30, one stays."""
    left = {"last_known_day": 147, "followup_reason": "employment_end"}
    rows = relapses([{"relapse_day": 137}, left, {"relapse_day": 157}, {}])
    about = {"level": "control", "time": 42.0}
    assert one(rows, measure="probability", **about)["estimate"] == pytest.approx(1 / 4 + 1 / 4)
    assert one(rows, measure="probability_leaving_censored", **about)["estimate"] == pytest.approx(1 - 3 / 4 * 1 / 2)
    assert one(rows, measure="n_at_risk", **about)["estimate"] == 1
    everybody = one(rows, measure="probability", level="all", time=42.0)
    assert (everybody["estimate"], everybody["group_by"]) == (pytest.approx(1 / 2), "all")
    row = one(rows, measure="probability", **about)
    assert (row["population"], row["origin"], row["endpoint"]) == ("returned", "confirmed_return", "sustained_rtw")
    assert "those who returned are a selection" in row["method"]
    assert not rows["measure"].str.contains("difference").any()


@pytest.mark.parametrize(
    ("rows", "time", "reason"),
    [
        ([{}] * 3, 42.0, "nobody relapsed in this level"),
        ([{"relapse_day": 137}, {"cutoff_day": 160}], 91.0, "nobody at risk at this milestone"),
        ([{"arm": "intervention", "relapse_day": 137}], 42.0, "nobody at risk at this milestone"),
    ],
)
def test_why_there_is_no_probability_of_relapse(rows, time, reason):
    found = relapses(rows)
    for measure in ("probability", "probability_leaving_censored"):
        assert one(found, measure=measure, level="control", time=time)["reason"] == reason


def test_curves_start_at_nothing_and_an_empty_arm_has_none():
    people = cases([{"relapse_day": 137}, {"relapse_day": 157}, {}])
    drawn = relapse.relapse_curves(people, returns(people), protocol())
    whole = validated(conform(pd.concat(drawn, ignore_index=True), CURVES), CURVES)
    assert set(whole["level"]) == {"control", "all"}
    assert set(whole["analysis"]) == {"relapse", "relapse_leaving"}
    control = whole[(whole["level"] == "control") & (whole["analysis"] == "relapse")]
    assert control["estimate"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3])
    assert control["n_at_risk"].tolist() == [3, 3, 2, 1]
    assert relapse.relapse_curves(people, returns(people).iloc[:0], protocol()) == []


# --- release ----------------------------------------------------------------------------------------------------------


def released(rows: pd.DataFrame, curves: list[pd.DataFrame] | None = None):
    whole = conform(pd.concat(curves) if curves else pd.DataFrame(columns=list(CURVES.columns)), CURVES)
    return release(validated(unclaimed_store(rows.to_dict("records")), ESTIMATES), whole, 10)


@pytest.mark.parametrize(("at_work", "shown"), [(12, True), (9, False), (21, False)])
def test_a_share_needs_ten_at_work_and_ten_who_are_not_and_its_difference_both_arms(at_work, shown):
    rows = released(rows_of(cases(both(30, {"intervention": 15, "control": at_work})))).estimates
    for measure in ("at_work_365", "at_work_365_complete"):
        for level in ("control", "intervention"):
            status = one(rows, measure=measure, level=level)["status"]
            assert status == ("ok" if shown or level == "intervention" else "suppressed")
        assert one(rows, measure=f"{measure}_difference")["status"] == ("ok" if shown else "suppressed")
    # What is hidden of shares says nothing of spells.
    assert one(rows, measure="spells_per_case", level="control")["status"] == "not_estimable"


def some_relapse(intervention: int, control: int) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Forty people an arm, so many of whom relapse, week after week from day 10 since the confirmed return on."""
    numbers = {"intervention": intervention, "control": control}
    days = {arm: [137 + 7 * (k % 5) if k < numbers[arm] else None for k in range(40)] for arm in ARMS}
    people = cases([{"arm": arm, "relapse_day": day} for arm in ARMS for day in days[arm]])
    rows = pd.DataFrame(relapse.relapse_rows(people, returns(people), protocol()))
    return rows, relapse.relapse_curves(people, returns(people), protocol())


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((28, 30), {"intervention", "control", "all"}),
        ((12, 12), {"all"}),  # ten relapses a step leave an arm without a curve
        ((28, 9), {"all"}),  # all less the intervention arm would be the control arm
        ((4, 4), set()),
    ],
)
def test_where_one_arm_cannot_be_shown_both_go_and_all_may_stay(numbers, shown):
    found = released(*some_relapse(*numbers))
    rows = found.estimates[found.estimates["measure"].str.startswith("probability")]
    assert set(rows.loc[rows["status"] == "ok", "level"]) <= shown  # life tables may ask for more
    assert set(found.curves["level"]) == shown
