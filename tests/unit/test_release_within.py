"""People among other people: what subtraction of two shown counts would leave, on rows written by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from test_release import NO_CURVES, NUMBERS, REASON, THRESHOLD, released, store

from pilot_analysis.release import release
from pilot_analysis.release.cells import find_cells
from pilot_analysis.release.lasting import few_not_confirmed
from pilot_analysis.release.relations import find_relations
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import CURVES

ARM = {"level": "intervention", "time": None}


def people(
    n: int, events: int, population: str = "itt", endpoint: str = "full_rtw", level: str = "intervention"
) -> dict:
    """Everybody of an arm with an event, as the median of the curve says; itself read off a life table."""
    about = {"analysis": "logrank", "measure": "logrank", "unit": "statistic", "estimate": 1.0}
    return {**about, "population": population, "endpoint": endpoint, "level": level, "n": n, "n_events": events}


def share(term: str, n: int, events: int) -> dict:
    about = {**ARM, "analysis": "adherence", "measure": "percent", "unit": "percent", "endpoint": "none"}
    return {**about, "population": "itt", "term": term, "n": n, "n_events": events, "estimate": 100 * events / n}


def event(term: str, n: int, count: int, population: str = "landmark_84") -> dict:
    about = {**ARM, "analysis": "intercurrent", "measure": "n", "unit": "people", "term": term, "n": n}
    endpoint = "none" if population == "itt" else "full_rtw"
    return {**about, "population": population, "endpoint": endpoint, "n_events": count, "estimate": float(count)}


def exit_of_flow(term: str, count: int) -> dict:
    about = {**ARM, "analysis": "flow", "measure": "n", "unit": "people", "population": "allocated", "n": count}
    return {**about, "endpoint": "full_rtw", "term": term, "estimate": float(count)}


def ended(count: int, n: int, population: str = "landmark_84") -> dict:
    about = {**ARM, "analysis": "followup", "measure": "median", "unit": "days", "estimate": 280.0}
    return {**about, "population": population, "n": n, "n_events": count}


def told(rows: pd.DataFrame, name: str = "estimate") -> list[bool]:
    return rows[name].notna().tolist()


@pytest.mark.parametrize(("landmark", "kept"), [(30, [True, True]), (20, [True, True]), (26, [False, True])])
def test_an_event_until_the_return_is_among_those_of_the_year(landmark, kept):
    rows = released(
        people(200, 100),
        people(180, 90, "landmark_84"),
        event("relapse", 90, landmark),
        event("relapse", 100, 30, "itt"),
    )
    shown = told(rows)[2:]
    assert sum(shown) == sum(kept)
    assert rows["n_events"].notna().tolist()[2:] == shown  # the count and its field go together


@pytest.mark.parametrize(("flow", "kept"), [(24, False), (18, True), (40, True)])
def test_who_left_after_the_landmark_is_among_the_exits_of_the_flow(flow, kept):
    rows = released(
        people(180, 90, "landmark_84"), event("leaving", 180, 18), exit_of_flow("competing:employment_end", flow)
    )
    assert told(rows)[1:] == [kept, True]


@pytest.mark.parametrize(("activity", "kept"), [(40, 2), (30, 2), (34, 1)])
def test_an_activity_is_among_the_contacts(activity, kept):
    rows = released(people(200, 100), share("contact", 200, 40), share("activity[guidance]", 200, activity))
    assert sum(told(rows)[1:]) == kept


@pytest.mark.parametrize(("ends", "shown"), [(60, True), (86, False)])
def test_with_few_who_left_the_ends_of_follow_up_go(ends, shown):
    rows = released(people(180, 90, "landmark_84"), ended(ends, 180))  # 30 have left, or 4
    assert told(rows, "n_events")[1] is shown
    assert told(rows)[1]
    assert rows["n"].iloc[1] == 180


def test_people_and_ends_of_a_median_follow_up_are_multiples_of_five():
    rows = released(people(183, 92, "landmark_84"), ended(58, 183))
    assert rows.loc[1, ["n", "n_events"]].tolist() == [185, 60]


@pytest.mark.parametrize("analysis", ["cox_cause_specific", "fine_gray"])
@pytest.mark.parametrize(("ends", "status"), [(60, "ok"), (86, "suppressed")])
def test_a_comparison_of_leavers_goes_where_an_arm_has_few(analysis, ends, status):
    median = {**people(180, 90, "landmark_84"), "analysis": "km", "measure": "median", "unit": "days"}
    ratio = {**median, "analysis": analysis, "measure": "hazard_ratio_leaving", "level": "intervention / control"}
    rows = released(median, ended(ends, 180), {**ratio, "unit": "ratio", "n": 360, "n_events": 60})
    assert rows["status"].iloc[2] == status


@pytest.mark.parametrize(("second", "kept"), [(140, 2), (120, 2), (133, 1)])
def test_people_followed_until_steps_of_the_law_do_not_differ_by_few(second, kept):
    rows = released(people(200, 100), share("law[week_6]", 140, 100), share("law[week_8]", second, 60))
    assert told(rows, "n")[1:].count(True) == kept


def points(time: float, n: int, level: str = "intervention") -> dict:
    about = {"analysis": "ao_points", "measure": "mean", "endpoint": "ao_percent", "unit": "points", "estimate": 40.0}
    if level == "intervention - control":
        about["measure"] = "mean_difference"
    return {**about, "time": time, "n": n, "level": level}


def test_people_followed_through_a_week_do_not_tell_the_few_who_went_out_of_sight():
    km = {"analysis": "km", "measure": "median", "n_events": 50}
    arms = [{**km, "n": 140}, {**km, "n": 140, "level": "intervention"}]
    rows = released(
        *arms, points(0, 140), points(0, 140, "control"), points(91, 133), points(91, 120, "control"),
        points(91, 253, "intervention - control"), points(182, 125), points(182, 95, "control"),
    )  # fmt: skip
    week = rows[rows["analysis"].eq("ao_points")]
    assert week["estimate"].notna().all()
    assert week["n"].notna().tolist() == [True, True, False, True, False, True, True]


@pytest.mark.parametrize(
    ("reason", "stays"),
    [
        ("nobody at risk at this milestone", True), ("no event in this level", True), ("nobody answered", True),
        ("no event in arm intervention and control", True), ("no questionnaires were delivered", True),
        ("not measurable within one year: the questionnaire did not ask this", True),
        ("fewer than two people", False), ("fewer than 10 events in an arm of this group", False),
        ("intervention: fewer than 5 at risk at day 281 and the curve is not yet 0", False),
        ("too few people are followed to the end", False), ("these events leave no variance to estimate", False),
        ("no spread in either arm, or an arm is empty", False),
        ("nobody at risk on day 200 in one of the strata; its follow-up ends on day 187", False),
        ("intervention: nobody at risk; control: fewer than two people", False),
    ],
)  # fmt: skip
def test_a_reason_that_tells_a_number_of_people_is_that_of_a_withheld_row(reason, stays):
    rows = released({"status": "not_estimable", "estimate": None, "n": 30, "reason": reason})
    assert rows["reason"].tolist() == [reason if stays else REASON]
    assert rows["status"].tolist() == ["not_estimable" if stays else "suppressed"]
    assert rows.loc[0, NUMBERS].notna().sum() == stays  # the number of people of a withheld row goes too


def test_the_people_of_an_interaction_test_are_not_released():
    rows = released(
        {"analysis": "cox_interaction", "measure": "interaction", "unit": "statistic", "level": "all", "n": 60}
    )
    assert rows.loc[0, ["estimate"]].notna().all()
    assert rows.loc[0, ["n", "n_events"]].isna().all()


@pytest.mark.parametrize(("mean", "status"), [(0.06, "suppressed"), (0.3, "ok"), (0.0, "ok")])
def test_a_mean_number_of_spells_that_is_few_spells_goes(mean, status):
    spells = {"analysis": "baseline", "term": "earlier_spells", "unit": "events", "n": 100, "population": "itt"}
    rows = released(
        {**spells, "measure": "mean", "estimate": mean}, {**spells, "measure": "sd", "estimate": 0.5},
        {**spells, "measure": "standardised_difference", "unit": "sd", "level": "intervention - control"},
    )  # fmt: skip
    assert set(rows["status"]) == {status}


def answers(codes: dict[str, int], replied: int, asked: int) -> list[dict]:
    about = {"analysis": "survey", "measure": "frequency", "unit": "percent", "endpoint": "none", "population": "itt"}
    found = []
    for code, count in codes.items():
        n = asked if code in ("missing", "not_applicable") else replied
        found.append({**about, "term": f"item[{code}]", "n": n, "n_events": count, "estimate": 100 * count / n})
    return found


def test_of_those_asked_and_those_who_replied_one_is_withheld_where_few_did_not_reply():
    shown = released(*answers({"yes": 40, "no": 30, "missing": 4, "not_applicable": 0}, 70, 74))
    both = shown["n"].notna()
    assert not (both[:2].any() and both[2:].any())
    enough = released(*answers({"yes": 40, "no": 30, "missing": 0, "not_applicable": 20}, 70, 90))
    assert enough["n"].notna().all()


@pytest.mark.parametrize(("rest", "status"), [([2, 3, 2], "suppressed"), ([3, 6, 2], "ok")])
def test_a_ratio_in_a_group_goes_where_it_leaves_the_other_groups_no_room(rest, status):
    cell = {"analysis": "events_per_cell", "measure": "events", "unit": "events", "group_by": "arm*cas_group"}
    rows = []
    for arm in ("intervention", "control"):
        counts = [13, *rest] if arm == "control" else [30, 25, 24, 26, 28][: 1 + len(rest)]
        rows.append(people(200, sum(counts), "landmark_84", level=arm))
        for number, count in enumerate(counts):
            rows.append({**cell, "level": f"{arm}:g{number}", "n": 60, "n_events": count, "estimate": float(count)})
    ratio = {"analysis": "cox_interaction", "measure": "hazard_ratio", "unit": "ratio", "group_by": "arm*cas_group"}
    rows.append({**ratio, "level": "intervention / control @ g0", "n": 120, "n_events": 43, "estimate": 1.2})
    assert released(*rows)["status"].iloc[-1] == status


def test_the_order_of_the_store_changes_no_choice():
    rows = [people(200, 100), *answers({"yes": 40, "no": 30, "perhaps": 4, "never": 30}, 104, 104)]
    rows += [share("contact", 200, 40), share("activity[guidance]", 200, 34), share("activity[consultation]", 200, 35)]
    frame = store(*rows)
    once, again = (
        release(table.reset_index(drop=True), conform(NO_CURVES, CURVES), THRESHOLD).estimates
        for table in (frame, frame[::-1])
    )
    assert again["result_id"].tolist() == frame["result_id"].tolist()[::-1]
    again = again.set_index("result_id").loc[once["result_id"]].reset_index()
    pd.testing.assert_frame_equal(once, again[list(once.columns)])


@pytest.mark.parametrize(("due", "shown"), [(60, True), (57, False), (40, True)])
def test_who_was_due_a_labour_expert_is_among_those_absent_in_week_13(due, shown):
    rows = released(people(60, 30, "landmark_84"), event("no_or_late_ad", due, 20))
    assert rows["n"].notna().tolist() == [True, shown]


def test_who_is_in_no_other_fml_group_had_no_assessment():
    """Of 41 people 11 were assessed, in four small groups: neither the 30 others nor the 11 may be shown."""
    groups = [
        {**people(n, 0, "landmark_91"), "group_by": "arm*fml_group", "level": f"intervention:{name}"}
        for name, n in (("not_assessed", 30), ("mental", 4), ("physical", 4), ("none", 2), ("hours_only", 1))
    ]
    assessed = {**ARM, "analysis": "fml_availability", "measure": "assessed_by_landmark", "unit": "percent"}
    assessed |= {"population": "landmark_91", "endpoint": "first_fml", "n": 41, "n_events": 11, "estimate": 26.8}
    rows = released(people(41, 20, "landmark_91"), *groups, assessed)
    assert rows["n"].iloc[1:6].isna().all()
    assert pd.isna(rows["n_events"].iloc[-1])


def test_a_trial_too_small_to_divide_shows_its_flow_only():
    def arm(level: str, n: int) -> dict:
        about = {"analysis": "flow", "measure": "n", "unit": "people", "endpoint": "none", "term": "itt"}
        return {**about, "population": "allocated", "level": level, "time": None, "n": n, "estimate": float(n)}

    for control, shows in ((19, False), (20, True)):
        rows = released(people(60, 30), arm("intervention", 60), arm("control", control))
        assert rows["status"].eq("ok").tolist() == [shows, True, True]


def group(name: str, n: int, events: int, endpoint: str = "full_rtw", arm: str = "intervention") -> dict:
    return {**people(n, events, "itt", endpoint), "group_by": "arm*cas_group", "level": f"{arm}:{name}"}


@pytest.mark.parametrize(("elsewhere", "shown"), [(4, False), (0, True), (40, True)])
def test_nobody_in_a_group_is_not_shown_where_the_group_is_small_elsewhere(elsewhere, shown):
    rows = released(
        people(140, 70), group("psychological", 90, 40), group("other", 50, 30),
        people(150, 80, level="control"), group("unknown", elsewhere, 0, arm="control"), group("unknown", 0, 0),
    )  # fmt: skip
    assert (rows["status"].iloc[-1] == "ok") is shown
    assert rows["n"].notna().iloc[-1] == shown


@pytest.mark.parametrize(("confirmed", "shown"), [(100, True), (97, False), (80, True)])
def test_those_whose_return_was_not_confirmed_do_not_follow_from_the_people_behind_relapse(confirmed, shown):
    keys = {"endpoint": "sustained_rtw", "population": "itt", "level": "intervention", "n": 200}
    median = {"analysis": "km", "measure": "median", "n_events": 100, **keys}
    relapse = {"analysis": "relapse", "measure": "probability", "unit": "probability", "population": "returned"}
    relapse |= {"endpoint": "sustained_rtw", "level": "intervention", "n": confirmed, "n_events": 30}
    frame = store(median, {**relapse, "estimate": 0.3, "time": 91})
    points = pd.DataFrame({"time": [0.0, 42.0], "estimate": [0.0, 0.2], "n_at_risk": [confirmed, 60]})
    about = {"analysis": "relapse", **{name: relapse[name] for name in ("endpoint", "population", "level")}}
    curve = points.assign(**about, group_by="arm")
    assert few_not_confirmed(frame, frame, THRESHOLD).tolist() == [False, not shown]
    assert few_not_confirmed(curve, frame, THRESHOLD).tolist() == [not shown] * 2


def test_as_many_as_a_published_count_is_not_that_count():
    """34 were due, as many as were at risk of partial return: what is left of 39 is 5, in three small states."""
    states = {"answered": 14, "not_answered": 20, "at_work": 3, "left": 1, "not_enrolled": 1}
    about = {**ARM, "analysis": "survey", "population": "itt", "endpoint": "none", "time": 63}
    rows = [{**about, "measure": "n", "unit": "people", "term": state, "estimate": float(n), "n": n}
            for state, n in states.items()]  # fmt: skip
    due = {**about, "measure": "response", "unit": "percent", "term": None, "estimate": 41.2, "n": 34, "n_events": 14}
    shown = released(people(39, 20), people(34, 20, endpoint="partial_rtw"), *rows, due)
    assert pd.isna(shown["n"].iloc[-1])


def test_an_organisation_does_not_tell_its_events():
    about = {"analysis": "organisation", "measure": "cost", "unit": "euro", "group_by": "organisation", "term": "org_a"}
    rows = [{**about, "endpoint": "cost", "level": level, "n": n, "n_events": n // 2, "estimate": 9000.0}
            for level, n in (("own", 60), ("others", 140))]  # fmt: skip
    shown = released(people(200, 100), *rows)
    assert shown["n"].notna().all()
    assert shown["n_events"].notna().tolist() == [True, False, False]


def fml(measure: str, n: int, n_events: int, time: float) -> dict:
    about = {
        **ARM,
        "analysis": "fml_availability",
        "measure": f"cumulative_incidence{measure}",
        "endpoint": "first_fml",
    }
    return {**about, "population": "itt", "unit": "probability", "time": time, "n": n, "n_events": n_events}


@pytest.mark.parametrize(("returned", "beside"), [(46, True), (30, False)])
def test_who_left_before_a_first_fml_is_what_the_other_exits_leave(returned, beside):
    """Of 100, 50 got one and 46 returned before it: not more than 4 can have left."""
    exits = [fml("", 100, 50, 42.0), fml("_return", 100, returned, 42.0), fml("_leaving", 100, 3, 42.0)]
    rows = [{**row, "estimate": row["n_events"] / row["n"]} for row in exits]
    cells = find_cells(store(*rows))
    keys = [key for key in cells.keys if key.table.startswith("fml_availability/") and key.kind == "events"]
    found = [equation for equation in find_relations(cells, THRESHOLD) if sum(abs(c) for c in equation.values()) > 4]
    assert sorted(key.table.rpartition("/")[2] for key in keys) == ["first", "leaving", "return"]
    assert bool(found) == beside


def test_the_people_behind_a_first_fml_are_the_same_on_every_day():
    rows = [fml("", 100, 50, time) | {"estimate": 0.3} for time in (42.0, 91.0)]
    cells = find_cells(store(*rows))
    assert len([key for key in cells.keys if key.kind == "events"]) == 1


@pytest.mark.parametrize(("compared", "beside"), [(19, True), (12, False)])
def test_the_assessed_of_a_period_who_are_compared_are_among_all_of_them(compared, beside):
    """Who is known but not compared may be withheld: what lies between the two that are shown is a cell."""
    about = {"analysis": "timing", "group_by": "ad_timing", "level": "months_10_12", "population": "itt", "time": None}
    rows = [
        {**about, "measure": "assessed", "unit": "people", "estimate": 23.0, "n": 23},
        {**about, "measure": "ao_before", "unit": "percent", "estimate": 57.0, "n": 21},
        {**about, "measure": "difference_points", "unit": "points", "estimate": 7.0, "n": compared},
    ]
    cells = find_cells(store(*rows))
    find_relations(cells, THRESHOLD)
    between = sorted(cells.values[cell] for cell, key in enumerate(cells.keys) if key.kind == "between")
    assert between == ([2, 2, 4] if beside else [2, 9])
