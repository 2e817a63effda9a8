"""States every four weeks and AO% per four weeks: what is released of them, on shares written by hand."""

import numpy as np
import pandas as pd
import pytest

from pilot_analysis.release.occupied import ao_by_block, occupied_curves, occupied_rows, released_shares
from pilot_analysis.schemas.columns import conform, validated
from pilot_analysis.schemas.results import CURVES, ESTIMATES, RELEASED

T = 10
ARMS = ("intervention", "control")
DAYS = np.arange(0, 281, 7.0)
MILESTONES = [42, 91]
AT = {"endpoint": "ao_percent", "population": "landmark_84", "origin": "landmark"}


def occupation(n: int, leave_every: dict[str, int], partial: float = 0.2, back: float = 0.03) -> pd.DataFrame:
    """Curves of the five states of two arms of `n`: every so many days somebody leaves, others recover steadily."""
    drawn = []
    for arm in ARMS:
        left = np.floor(DAYS / leave_every[arm])
        work = np.minimum(0.6, DAYS / 300)
        there = 1 - left / n
        share = {
            "returned": np.where(DAYS > 0, back, 0.0), "recovered": np.maximum(work - back, 0.0),
            "partial": np.full(len(DAYS), partial),
        }  # fmt: skip
        share["absent"] = 1 - sum(share.values())
        for state, height in {**{name: part * there for name, part in share.items()}, "left": left / n}.items():
            arrived = np.diff(left, prepend=0) if state == "left" else 0
            drawn.append(
                pd.DataFrame({"time": DAYS, "estimate": height, "n_at_risk": n - left}).assign(
                    n_events=arrived, n_censored=0, se=0.01, ci_low=height, ci_high=height, level=f"{arm}:{state}"
                )
            )
    whole = pd.concat(drawn, ignore_index=True).assign(analysis="occupation", group_by="arm*state", **AT)
    return validated(conform(whole, CURVES), CURVES)


def shown(curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Released shares by arm: days as rows, states as columns."""
    nobody_counted = pd.DataFrame(columns=list(ESTIMATES.columns))
    drawn = pd.concat(occupied_curves(released_shares(nobody_counted, curves, {}, MILESTONES, T)))
    arm, state = drawn["level"].str.split(":", expand=True).T.to_numpy()
    drawn = drawn.assign(arm=arm, state=state)
    return {arm: mine.pivot(index="time", columns="state", values="estimate") for arm, mine in drawn.groupby("arm")}


def test_shares_are_every_four_weeks_and_at_the_milestones_and_add_up():
    for table in shown(occupation(1000, {"intervention": 7, "control": 7})).values():
        assert set(table.columns) == {"absent", "partial", "returned", "recovered", "left"}
        assert set(table.index) == {*range(28, 281, 28), 0, 42, 91}
        assert table.sum(axis=1).to_numpy() == pytest.approx(1, abs=0.0025)


@pytest.mark.parametrize(
    ("n", "partial", "states"),
    [(200, 0.2, {"absent", "partial", "at_work", "left"}), (60, 0.1, {"absence", "at_work", "left"})],
)
def test_small_states_are_taken_together(n, partial, states):
    for table in shown(occupation(n, {"intervention": 7, "control": 7}, partial)).values():
        assert set(table.columns) == states


def test_every_share_shown_is_of_nobody_or_enough_people_who_are_still_there():
    n = 120
    for table in shown(occupation(n, {"intervention": 14, "control": 14})).values():
        there = n - np.floor(table.index.to_numpy() / 14)
        people = table.drop(columns="left").to_numpy() * n  # share of all, times all
        assert ((people < 1) | (people > T - 1.5)).all()
        assert (there >= T).all()


def test_leaving_lies_on_straight_lines_between_days_with_enough_leavers():
    table = shown(occupation(1000, {"intervention": 7, "control": 7}))["control"]
    left = table["left"]
    assert left[280] == pytest.approx(0.04, abs=1e-9)
    assert left[42] == pytest.approx(np.interp(42, [0, 84], [0, left[84]]), abs=1e-3)


def test_an_arm_with_few_leavers_has_those_of_both_arms():
    tables = shown(occupation(1000, {"intervention": 7, "control": 56}))  # 40 and 5
    assert tables["control"]["left"].tolist() == tables["intervention"]["left"].tolist()
    assert tables["control"]["left"][280] == pytest.approx(45 / 2000, abs=1e-3)


def test_without_enough_leavers_in_both_nobody_has_left():
    tables = shown(occupation(1000, {"intervention": 94, "control": 94}))
    assert all("left" not in table for table in tables.values())
    assert tables["control"].sum(axis=1).to_numpy() == pytest.approx(1, abs=0.0025)


ROW = {
    "estimand": "S5", "role": "secondary", **AT, "group_by": "arm", "level": "control", "method": "m", "engine": "e",
    "status": "ok", "estimate": 0.123456, "se": 0.1, "ci_low": 0.05, "ci_high": 0.2, "n": 203, "n_events": 60,
}  # fmt: skip


def store(*rows: dict) -> pd.DataFrame:
    filled = [{**dict.fromkeys(ESTIMATES.columns), **ROW, **row, "result_id": f"r{k}"} for k, row in enumerate(rows)]
    return validated(conform(pd.DataFrame(filled), ESTIMATES), ESTIMATES)


def test_rows_of_states_are_those_of_the_curves():
    about = {"analysis": "state_occupation", "time": 91.0}
    share = {**about, "measure": "probability", "unit": "probability"}
    rows = store(
        *({**share, "term": term} for term in ("absent", "partial", "returned", "left")),
        {**about, "measure": "n_at_risk", "unit": "people", "estimate": 187.0},
        {**share, "term": "absent", "time": 182.5},
        {**about, "measure": "days", "unit": "days", "term": "left"},
    )
    curves = occupation(200, {"intervention": 7, "control": 7})
    shares = released_shares(rows, curves, {}, MILESTONES, T)
    found = validated(conform(occupied_rows(rows, shares, T), RELEASED), RELEASED)
    assert found["status"].tolist() == ["ok", "ok", "suppressed", "ok", "ok", "suppressed", "ok"]
    table = shown(curves)["control"]
    assert found.loc[[0, 1, 3], "estimate"].tolist() == table.loc[91, ["absent", "partial", "left"]].tolist()
    assert found.loc[4, "estimate"] == 185
    assert found.loc[0, "n"] == 200 and pd.isna(found.loc[0, "ci_low"])
    assert found.loc[6, "estimate"] == 0.123456  # days are settled elsewhere


@pytest.mark.parametrize(
    ("counted", "expected"),
    [({91.0: 200.0}, {91: 200}), ({91.0: 199.0}, {}), ({91.0: 187.0}, {91: 185}), ({}, {}), ({28.0: 200.0}, {28: 200})],
)
def test_people_followed_are_those_the_store_counts_on_that_day(counted, expected):
    """A curve does not know who went out of sight since its last change: as many may be others."""
    curves = occupation(200, {"intervention": 999, "control": 999})  # nobody leaves: 200 on all days
    about = {"analysis": "state_occupation", "measure": "n_at_risk", "unit": "people"}
    at = [{"level": arm, "time": day, "estimate": count} for arm in ARMS for day, count in counted.items()]
    rows = store(*({**about, **row} for row in at or [{"status": "not_estimable", "reason": "nobody", "time": 91.0}]))
    drawn = pd.concat(occupied_curves(released_shares(rows, curves, {}, MILESTONES, T)))
    later = drawn[drawn["time"].gt(0)].dropna(subset="n_at_risk").drop_duplicates("time")
    assert dict(zip(later["time"].astype(int), later["n_at_risk"].astype(int), strict=True)) == expected


def weeks(numbers: list[float], n: list[int]) -> pd.DataFrame:
    about = {"analysis": "ao_curve", "measure": "mean", "unit": "points"}
    return store(
        *(
            {**about, "time": 7.0 * k, "estimate": value, "ci_low": value - 5, "ci_high": value + 5, "n": people}
            for k, (value, people) in enumerate(zip(numbers, n, strict=True))
        )
    )


def test_mean_ao_is_per_four_weeks_in_whole_points():
    found = ao_by_block(weeks([50, 51, 53, 53.2, 40, 40, 40, 40, 30], [43, 43, 41, 41, 30, 20, 10, 9, 60]), T)
    found = validated(conform(found, RELEASED), RELEASED)
    assert found["status"].tolist() == ["ok", *["suppressed"] * 8]
    first = found.iloc[0]
    assert (first["estimate"], first["ci_low"], first["ci_high"], first["n"]) == (52, 47, 57, 40)
    assert found.loc[1:, ["estimate", "se", "ci_low", "ci_high", "n"]].isna().all(axis=None)


def test_a_week_without_a_mean_hides_its_block():
    rows = weeks([50] * 8, [40] * 8)
    rows.loc[2, ["status", "reason", "estimate"]] = ["not_estimable", "fewer than two people", np.nan]
    found = ao_by_block(rows, T)
    assert found["status"].tolist() == [
        "suppressed",
        "suppressed",
        "not_estimable",
        "suppressed",
        "ok",
        *["suppressed"] * 3,
    ]
    assert found.loc[2, "reason"] == "fewer than two people"
