"""Days and cost of one organisation beside all others: what it equals, what it never holds, when there is none."""

import pandas as pd
import pytest
from estimate_tables import derived, many, one, pick, protocol, trial

from pilot_analysis.estimate.organisation import organisation_rows
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.release.members import basis_of
from pilot_analysis.release.people import People


def rows_of(who):
    made = derived(who)
    return pd.DataFrame(organisation_rows(made["cases"], made["outcomes"], made["costs"], protocol()))


def test_own_and_others_are_everybody_and_nothing_smaller():
    rows = rows_of(trial())
    assert set(rows["group_by"]) == {"organisation"}
    assert set(rows["level"]) == {"own", "others"}  # no arm, sex, age or group
    assert list(rows["term"].unique()) == ["org_a", "org_b", "org_c"]
    for _, sides in rows.groupby(["term", "measure"]):
        assert sides["n"].sum() == 160
    assert one(rows, term="org_a", measure="cost", level="own")["unit"] == "euro"


def test_days_not_returned_are_those_of_the_people_of_the_organisation():
    who = trial()
    found = one(rows_of(who), term="org_b", measure="days_not_returned", level="own")
    mine = who[who["organisation"] == "org_b"]
    state = mine["status"].map({"censored": 0, "event": 1, "competing": 2}).to_numpy("int64")
    since = mine["time"].to_numpy("int64") - 84
    expected = days_not_returned(Outcome.of(since * 0, since, state), 281)
    assert (found["estimate"], found["se"]) == pytest.approx((expected.estimate, expected.se))
    assert found["n_events"] == (mine["status"] == "event").sum()


def test_ao_weighted_days_and_cost_are_the_plain_mean_where_everybody_is_followed():
    """300 days absent at a wage of 200 euro a working day: 300 x 200 x 260/365 euro."""
    found = rows_of(many(40, time=[300, 200], status="event", organisation=["x", "x", "y", "y"], arm="control"))
    for side in ("own", "others"):
        assert one(found, term="x", measure="ao_days", level=side)["estimate"] == pytest.approx(250)
        cost = one(found, term="x", measure="cost", level=side)["estimate"]
        assert cost == pytest.approx(250 * 200 * 260 / 365)


def test_a_single_organisation_has_no_others():
    rows = rows_of(trial(organisation="only"))
    assert set(pick(rows, level="others")["status"]) == {"not_estimable"}
    assert set(pick(rows, level="own")["status"]) == {"ok"}


def test_a_reason_does_not_tell_how_few_are_followed():
    who = many(60, time=[100, 150, 200], status=["event", "censored"], organisation=["x", "y"], known=[100, 150, 200])
    missing = pick(rows_of(who), measure="days_not_returned", status="not_estimable")
    assert set(missing["reason"]) == {"too few people are followed to the end"}


def test_the_people_behind_each_row_are_found_a_second_way():
    made = derived(trial())
    people = People(made, protocol())
    for row in organisation_rows(made["cases"], made["outcomes"], made["costs"], protocol()):
        basis = basis_of(row, people)
        assert (basis.n, basis.n_events) == (row["n"], row["n_events"])


def test_without_anybody_analysed_one_row_says_so():
    rows = rows_of(many(4, exclusion="no_case_record"))
    assert rows["status"].tolist() == ["not_estimable"]
    assert rows["level"].tolist() == ["none"]
