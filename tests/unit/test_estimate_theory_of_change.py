"""Rows of the Theory of Change: one per effect, the direction by the interval, and why there is none."""

from dataclasses import replace

import pytest
from estimate_tables import estimated, protocol, trial

from pilot_analysis.errors import UserError
from pilot_analysis.estimate.store import Rows, result_id
from pilot_analysis.estimate.theory_of_change import direction, theory_rows
from pilot_analysis.theory import pointed

PRIMARY = "employer_early_14"  # points to P1: fewer days are good
P1 = {
    "analysis": "days_not_returned", "measure": "mean_difference", "endpoint": "full_rtw", "population": "landmark_84",
    "origin": "landmark", "group_by": "arm", "level": "intervention - control", "time": 281.0, "unit": "days",
    "method": "m", "n": 120, "n_events": 80,
}  # fmt: skip


def result(low, high, **given):
    """The row that the primary effect points to."""
    rows = Rows({**P1, **given})
    rows.add(estimate=0.0, ci_low=low, ci_high=high)
    return rows.rows


def of(effect, rows, plan=None):
    return next(row for row in theory_rows(rows, plan or protocol()) if row["term"] == effect)


@pytest.mark.parametrize(
    ("low", "high", "none", "good", "found"),
    [
        (-9.0, -1.0, 0, "down", 1),
        (-9.0, -1.0, 0, "up", -1),
        (1.0, 9.0, 0, "up", 1),
        (1.0, 9.0, 0, "down", -1),
        (-1.0, 9.0, 0, "up", 0),
        (0.0, 9.0, 0, "up", 0),  # a limit on no difference does not tell
        (1.2, 1.9, 1, "up", 1),
        (0.2, 0.9, 1, "up", -1),
        (0.2, 1.9, 1, "up", 0),
        (3.0, None, 0, "up", 1),  # not reached: beyond any number
        (None, 3.0, 0, "up", 0),
        (float("nan"), -3.0, 0, "down", 1),
    ],
)
def test_direction_is_that_of_the_whole_interval(low, high, none, good, found):
    assert direction(low, high, none, good) == found


def test_one_row_per_effect_also_when_nothing_else_was_computed():
    rows = theory_rows([], protocol())
    assert [row["term"] for row in rows] == [effect.id for effect in protocol().theory]
    assert len(rows) == 58
    assert {row["status"] for row in rows} == {"not_estimable"}
    assert all(row["reason"] for row in rows)
    assert len({result_id(row) for row in rows}) == 58


def test_an_indicator_that_no_analysis_has_yet_is_a_row_with_that_reason():
    row = of(PRIMARY, [])
    assert (row["status"], row["reason"], row["measure"]) == ("not_estimable", "not yet built", "direct")


def test_what_is_not_measurable_says_why():
    row = of("employee_early_17", result(-9, -1))
    assert row["measure"] == "gap"
    assert row["reason"] == "not measurable within one year: WIA starts after 104 weeks"
    assert row["level"] == "employee_early:long:financial"


def test_a_result_gives_its_direction_and_nothing_else_of_its_numbers():
    rows = result(-9.0, -1.0)
    row = of(PRIMARY, rows)
    assert (row["status"], row["estimate"], row["unit"]) == ("ok", 1.0, "direction")
    assert (row["n"], row["n_events"], row["ci_low"]) == (120, 80, None)
    assert pointed(row["method"]) == result_id(rows[0])


def test_an_effect_may_turn_out_negative():
    assert of(PRIMARY, result(1.0, 9.0))["estimate"] == -1.0
    assert of(PRIMARY, result(-1.0, 9.0))["estimate"] == 0.0


def test_another_time_population_or_endpoint_is_not_the_result():
    for other in ({"time": 274.0}, {"population": "itt"}, {"endpoint": "partial_rtw"}):
        assert of(PRIMARY, result(-9, -1, **other))["reason"] == "no such result in this run"


def test_a_result_that_is_not_estimable_hands_on_its_reason():
    rows = Rows(P1)
    rows.add_not_estimable("too thin")
    row = of(PRIMARY, rows.rows)
    assert (row["status"], row["reason"]) == ("not_estimable", "too thin")
    assert pointed(row["method"]) == result_id(rows.rows[0])


def test_without_an_interval_there_is_no_direction():
    assert of(PRIMARY, result(None, float("nan")))["reason"] == "the result has no interval"


def test_a_result_of_arms_asked_apart_is_described_only():
    given = {"analysis": "survey", "endpoint": "none", "population": "itt", "origin": "t0", "term": "ad_cooperation"}
    row = of("employer_early_16", result(1, 2, **given, time=None))
    assert (row["measure"], row["status"]) == ("described", "not_estimable")
    assert row["reason"] == "the arms are asked at different weeks of absence"


def test_an_effect_that_fits_several_results_stops_the_run():
    plan = protocol()
    vague = tuple(replace(effect, result_time="") for effect in plan.theory)
    rows = [*result(-9, -1), *result(-9, -1, time=274.0)]
    with pytest.raises(UserError, match=f"{PRIMARY}: it points to several results; name one of full_rtw"):
        theory_rows(rows, replace(plan, theory=vague))


def test_every_shipped_indicator_finds_its_result_in_a_run():
    """A run of the whole plan: an effect has a direction, or a reason of the data, never one of the file."""
    store = estimated(trial()).estimates
    rows = store[store["analysis"] == "theory_of_change"]
    assert len(rows) == 58
    assert set(rows["role"]) == {"descriptive"}
    assert set(rows["estimand"]) == {"S9"}
    assert rows.loc[rows["reason"].isin(["not yet built", "no such result in this run"]), "term"].tolist() == []
    found = rows.set_index("term")
    assert found.loc[PRIMARY, "status"] == "ok"
    targets = rows["method"].map(pointed)
    assert set(targets[targets != ""]) <= set(store["result_id"])
