"""Wage value at the named weeks by arm: by hand, beside a slow loop, in the store, in the table, and withheld."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import derived, estimated, filled, many, one, people, populations_of, protocol, trial
from present_rows import released as shown
from present_rows import row
from scipy.stats import t as student
from test_release import hidden, released

from pilot_analysis.estimate.ao_points import ao_points_rows
from pilot_analysis.estimate.wage_value import NOT_DELIVERED, latest_values, wage_value_rows
from pilot_analysis.messages import load
from pilot_analysis.present.tables import build_all
from pilot_analysis.schemas.columns import empty_table, validated
from pilot_analysis.schemas.derived import WAGE_VALUES

LANDMARK = ("full_rtw", "landmark_84", "landmark")
FROM_T0 = ("full_rtw", "itt", "t0")


def delivered(*rows: tuple[int, int, float]) -> pd.DataFrame:
    """Wage values from triples: person, day, percent of wage."""
    table = pd.DataFrame(rows, columns=["person", "day", "wage_value_percent"])
    table["case_id"] = [f"C{person:04d}" for person in table["person"]]
    return validated(filled(table, WAGE_VALUES), WAGE_VALUES)


def rows_of(who: pd.DataFrame, values: pd.DataFrame, key=LANDMARK) -> pd.DataFrame:
    return pd.DataFrame(wage_value_rows(populations_of(who)[key], values, protocol()))


def test_the_latest_value_up_to_the_weeks_last_day_counts_of_those_with_one():
    values = delivered((0, 30, 20.0), (0, 90, 40.0), (0, 91, 90.0), (2, 90, 60.0), (1, 200, 10.0), (1, 181, 70.0))
    rows = rows_of(many(6, time=365, status="censored"), values)  # intervention: 0, 2, 4; control: 1, 3, 5
    week_13 = one(rows, measure="mean", level="intervention", time=0.0)  # up to day 90
    assert (week_13["estimate"], week_13["n"], week_13["unit"]) == (50.0, 2, "percent")
    reach = student.ppf(0.975, 1) * np.std([40.0, 60.0], ddof=1) / np.sqrt(2)
    assert (week_13["ci_low"], week_13["ci_high"]) == (max(0, 50 - reach), min(100, 50 + reach))
    known = one(rows, measure="n_known", level="intervention", time=0.0)
    assert (known["estimate"], known["n"], known["unit"]) == (2.0, 3, "people")
    week_26 = one(rows, measure="mean", level="intervention", time=91.0)
    assert week_26["estimate"] == 75.0
    alone = one(rows, measure="mean", level="control", time=91.0)
    assert (alone["status"], alone["n"], alone["reason"]) == ("not_estimable", 1, "fewer than two people with a wage value")  # fmt: skip  # noqa: E501
    assert one(rows, measure="n_known", level="control", time=0.0)["estimate"] == 0.0
    assert not rows["level"].str.contains(" - ").any()  # no contrast


def test_only_who_counts_for_ao_percent_in_that_week_counts():
    who = people(
        """
        arm      entry  time  status    known
        control  10     300   event     365
        control  50     300   event     365
        control  0      60    censored  60
        """
    )
    values = delivered((0, 30, 40.0), (1, 30, 60.0), (2, 30, 80.0))
    rows = rows_of(who, values, FROM_T0)
    week_6 = one(rows, measure="n_known", level="control", time=35.0)  # the second is not yet enrolled
    assert (week_6["estimate"], week_6["n"]) == (2, 2)
    week_13 = one(rows, measure="mean", level="control", time=84.0)  # the third is no longer followed
    assert (week_13["estimate"], week_13["n"]) == (50.0, 2)


@pytest.mark.parametrize("key", [LANDMARK, FROM_T0])
def test_people_are_those_of_ao_points_and_values_those_of_a_loop(key):
    who, rng = trial(120), np.random.default_rng(3)
    moments = {(int(rng.integers(0, 120)), int(rng.integers(0, 366))) for _ in range(300)}
    values = delivered(*((person, day, float(rng.integers(0, 101))) for person, day in sorted(moments)))
    rows, population = rows_of(who, values, key), populations_of(who)[key]
    points = pd.DataFrame(ao_points_rows(population, derived(who)["periods"], protocol()))
    start = 84 if population.is_landmark else 0
    for known in rows[rows["measure"] == "n_known"].to_dict("records"):
        at = {"level": known["level"], "time": known["time"]}
        assert known["n"] == one(points, measure="mean", **at)["n"]
        last, found = start + known["time"] + 6, []
        for person in population.people.to_dict("records"):
            until = [v for v in values.to_dict("records") if v["case_id"] == person["case_id"] and v["day"] <= last]
            followed = person["last_known_day"] >= last and person["entry"] <= max(start + known["time"], start)
            if until and followed and person["arm"] == known["level"]:
                found.append(max(until, key=lambda value: value["day"])["wage_value_percent"])
        assert known["estimate"] == len(found)
        assert one(rows, measure="mean", **at)["estimate"] == pytest.approx(np.mean(found))


def test_without_any_every_row_says_so():
    rows = rows_of(trial(60), empty_table(WAGE_VALUES))
    assert len(rows) == 3 * 2 * 2
    assert set(rows["reason"]) == {NOT_DELIVERED}
    assert rows["estimate"].isna().all()
    for language, words in (("nl", "er is geen loonwaarde geleverd op een verzuimdag"), ("en", NOT_DELIVERED)):
        assert load(language).reason(NOT_DELIVERED) == words


def test_everybody_alike_has_a_mean_and_no_interval():
    values = delivered(*((person, 20, 50.0) for person in range(6)))
    row = one(rows_of(many(6, time=365, status="censored"), values), measure="mean", level="control", time=0.0)
    assert (row["estimate"], row["se"], row["ci_low"]) == (50.0, 0.0, None)


def test_latest_values_are_in_the_order_of_the_people():
    values = delivered((3, 5, 30.0), (1, 9, 10.0), (1, 4, 99.0))
    found = latest_values(values, pd.Series(["C0001", "C0002", "C0003"]), 9)
    assert found.tolist() == pytest.approx([10.0, np.nan, 30.0], nan_ok=True)


def test_in_the_store_it_is_descriptive_and_does_not_touch_ao_percent():
    who = trial(80)
    values = delivered(*((person, 20, 40.0 + person) for person in range(0, 40)))
    with_values, without = estimated(who, wage_values=values).estimates, estimated(who).estimates
    ours = with_values["analysis"] == "wage_value"
    assert set(with_values.loc[ours, ["estimand", "role"]].itertuples(index=False, name=None)) == {
        ("S5", "descriptive")
    }
    assert set(with_values.loc[ours, "endpoint"]) == {"wage_value"}
    assert (with_values.loc[ours & (with_values["measure"] == "mean"), "status"] == "ok").all()
    others = without["analysis"] != "wage_value"
    pd.testing.assert_frame_equal(with_values[~ours], without[others])


ABOUT = {"analysis": "wage_value", "endpoint": "wage_value", "time": 91.0}


def known(with_one: int, followed: int, **more) -> dict:
    numbers = {"measure": "n_known", "unit": "people", "estimate": float(with_one), "n": followed, "n_events": with_one}
    return {**ABOUT, **numbers, **more}


def mean(with_one: int, **more) -> dict:
    return {**ABOUT, "measure": "mean", "unit": "percent", "estimate": 50.0, "n": with_one, **more}


@pytest.mark.parametrize(
    ("with_one", "followed", "small"),
    [(9, 60, True), (10, 60, False), (51, 60, True), (50, 60, False), (60, 60, False), (0, 60, False)],
)
def test_few_with_or_few_without_one_are_withheld_and_the_mean_with_them(with_one, followed, small):
    rows = released(known(with_one, followed), mean(with_one), mean(30, time=273.0), mean(30, level="intervention"))
    assert hidden(rows) == [small, small, False, False]


@pytest.mark.parametrize(("language", "people_of", "name"), [("nl", "12 van 40", "loonwaarde"), ("en", "12 of 40", "wage value")])  # fmt: skip  # noqa: E501
def test_the_table_says_how_many_have_one_in_sections_of_their_own(language, people_of, name):
    rows = [
        row("wage_value", "n_known", level="control", time=91.0, endpoint="wage_value", estimate=12.0, n=40),
        row("wage_value", "n_known", level="intervention", time=91.0, endpoint="wage_value", estimate=20.0, n=40),
        row(
            "wage_value",
            "mean",
            level="intervention",
            time=91.0,
            endpoint="wage_value",
            estimate=55.0,
            ci_low=50,
            ci_high=60,
            n=20,
        ),
    ]
    lines = build_all(shown(rows), load(language).under(protocol()))["ao_points"].rows
    assert len(lines) == 2
    assert all("AO%" in line.section and name in line.section.lower() for line in lines)
    assert [cell.text for cell in lines[0].cells[1:]] == ["20" + people_of[2:], people_of, ""]
    assert lines[1].cells[1].text.startswith("55")
    assert "26" in lines[1].cells[0].text
