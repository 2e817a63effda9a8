"""Curves from protected life tables: nothing smaller than the threshold follows from all that is shown of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_table_people import ARMS, EVENT, GROUPS, LEAVING, OUT, TAU, people, whole_curves
from scipy.optimize import linprog

from pilot_analysis.release.families import Level, protected_tables
from pilot_analysis.release.life_table import protect_curves
from pilot_analysis.release.protected import WIDEST, incidence, kaplan_meier, not_returned
from pilot_analysis.schemas.columns import conform, empty_table, validated
from pilot_analysis.schemas.results import CURVES, ESTIMATES, RELEASED, RELEASED_CURVES

T = 10
MILESTONES = [42, 91, 182, 273]
NAMES = {"event": EVENT, "leaving": LEAVING, "out": OUT}
SIZES = {"seed": st.integers(0, 10**6), "n": st.integers(40, 900), "hazard": st.sampled_from([0.001, 0.006, 0.03])}


def tables_of(found: pd.DataFrame, population: str = "landmark_84"):
    return protected_tables(whole_curves(found, population), MILESTONES, T)


def one(tables, level: str, group_by: str = "arm", population: str = "landmark_84"):
    return tables[Level("return", "full_rtw", population, group_by, level)]


# --- what an attacker can find out -----------------------------------------------------------------------------------


def members(found: pd.DataFrame, key: Level) -> np.ndarray:
    if key.group_by == "arm":
        return found["arm"].eq(key.level).to_numpy()
    if key.group_by == "cas_group":
        return found["cas_group"].eq(key.level).to_numpy()
    arm, _, group = key.level.partition(":")
    return (found["arm"].eq(arm) & found["cas_group"].eq(group)).to_numpy()


class Attack:
    """Unknown numbers of people by arm, group, exit and interval between all days published; what is known of them."""

    def __init__(self, found: pd.DataFrame, tables):
        self.edges = sorted({int(day) for table in tables.values() for day in table.days if day > 0})
        # Whoever is still there on the last day goes out of sight after it.
        day = found["time"].to_numpy() + (found["state"].eq(OUT) & found["time"].eq(found["time"].max())).to_numpy()
        self.slot = np.searchsorted(self.edges, day)
        self.shape = (len(ARMS), len(GROUPS), 3, len(self.edges) + 1)
        place = [found["arm"].map(ARMS.index), found["cas_group"].map(GROUPS.index), found["state"], self.slot]
        self.truth = np.zeros(self.shape)
        np.add.at(self.truth, tuple(np.asarray(column, dtype=int) for column in place), 1)
        self.known, self.values = [], []
        for key, table in tables.items():
            self._learn(key, table)

    def _learn(self, key: Level, table) -> None:
        arm, _, group = key.level.partition(":") if "*" in key.group_by else (key.level, "", key.level)
        arms = [ARMS.index(arm)] if "arm" in key.group_by else range(len(ARMS))
        groups = [GROUPS.index(group)] if "cas" in key.group_by else range(len(GROUPS))
        told = {name: [NAMES[name]] for name in table.told}
        told["out"] = [code for code in NAMES.values() if [code] not in told.values()]
        self._equation(arms, groups, [0, 1, 2], len(self.edges), table.n)
        for name, days in table.cuts.items():
            for day in days:
                closed = table.at_risk[-1] == 0 and day == table.days[-1]
                upto = len(self.edges) if closed else self.edges.index(day)
                counted = table.exits[name][: np.flatnonzero(table.days == day)[0]].sum()
                self._equation(arms, groups, told[name], upto, counted)

    def _equation(self, arms, groups, exits, upto, value) -> None:
        row = np.zeros(self.shape)
        row[np.ix_(list(arms), list(groups), list(exits), range(upto + 1))] = 1
        assert (row * self.truth).sum() == pytest.approx(value)  # what is told is true
        self.known.append(row.ravel())
        self.values.append(value)

    def width(self, cell: np.ndarray) -> float:
        low, high = (
            linprog(sign * cell.ravel(), A_eq=np.array(self.known), b_eq=self.values, bounds=(0, None)).fun
            for sign in (1, -1)
        )
        return -high - low

    def small_cells(self):
        """Cells of few people: of an arm, a group, both; of an exit or any; in one interval or in all."""
        for arms in ([0], [1], [0, 1]):
            for groups in ([0], [1], [2], [3], [0, 1, 2, 3]):
                for exits in ([0], [1], [2], [0, 2]):
                    for slots in (*([k] for k in range(self.shape[3])), range(self.shape[3])):
                        cell = np.zeros(self.shape)
                        cell[np.ix_(arms, groups, exits, list(slots))] = 1
                        if 0 < (cell * self.truth).sum() < T:
                            yield cell


@settings(max_examples=25, deadline=None)
@given(**SIZES, leaving=st.sampled_from([0.0, 0.0005, 0.004]), lost=st.sampled_from([0.0, 0.002, 0.01]))
def test_no_cell_of_few_people_can_be_told_from_all_tables_together(seed, n, hazard, leaving, lost):
    found = people(seed, n, hazard, leaving, lost)
    tables = tables_of(found)
    if not tables:
        return
    attack = Attack(found, tables)
    cells = list(attack.small_cells())
    for place in np.random.default_rng(seed).permutation(len(cells))[:15]:
        assert attack.width(cells[place]) >= T - 1e-6


def test_the_attack_finds_cells_in_exact_steps():
    found = people(3, 300)
    exact = protected_tables(whole_curves(found), MILESTONES, 1)
    attack = Attack(found, exact)
    assert sum(attack.width(cell) < T for cell in list(attack.small_cells())[:40]) > 20


@settings(max_examples=40, deadline=None)
@given(**SIZES)
def test_no_step_of_a_released_curve_can_be_fewer_events_than_the_threshold(seed, n, hazard):
    """Heights and numbers at risk inverted, with all that rounding leaves open."""
    found = people(seed, n, hazard)
    _, curves = protect_curves(empty_table(ESTIMATES), whole_curves(found), T)
    tables = protected_tables(whole_curves(found), [], T)
    for (group_by, level), curve in curves[curves["analysis"].eq("km")].groupby(["group_by", "level"]):
        table = one(tables, level, group_by)
        height, people_ = curve["estimate"].to_numpy(), curve["n_at_risk"].to_numpy(float) + 2.5
        step = 0.05 if table.n < 50 else 0.02 if table.n < 100 else 0.01
        whole = curve["time"].isin(table.days).to_numpy()[1:]  # where it was cut short the last step is part of one
        most = people_[:-1] * (1 - np.maximum(height[1:] - step, 0) / np.minimum(height[:-1] + step, 1))
        assert (most[whole] >= T).all()
        assert (curve["n_at_risk"] >= T).all() and (curve["n_at_risk"] % 5 == 0).all()


def test_a_mean_beside_the_table_does_not_fix_a_cell():
    """One hundred people, all seen to the end, and their mean days to a tenth: weeks within a step stay open."""
    found = people(5, 200, leaving=0.0, lost=0.0)
    arm = found[found["arm"].eq("control")]
    table = one(tables_of(found), "control")
    weeks = np.arange(7, TAU + 7, 7)  # everybody's day is a whole week: the attacker even knows that
    day = np.minimum(np.ceil(arm["time"] / 7) * 7, TAU)
    known = [(weeks <= cut) * 1.0 for cut in table.cuts["event"][:-1]]
    counted = [float(table.exits["event"][: k + 1].sum()) for k in range(len(known))]
    mean = np.minimum(weeks, TAU) / len(arm)
    for week in range(2, 20):
        target = np.zeros(len(weeks))
        target[week] = 1
        near = [np.array([mean, -mean]), [day.mean() + 0.05, -day.mean() + 0.05]]
        low, high = (
            linprog(
                sign * target, A_ub=near[0], b_ub=near[1],
                A_eq=np.array([*known, np.ones(len(weeks))]), b_eq=[*_by_week(day, table), len(arm)],
            ).fun
            for sign in (1, -1)
        )  # fmt: skip
        assert -high - low >= T
    assert len(counted) >= 2


def _by_week(day: pd.Series, table) -> list[float]:
    return [float((day <= cut).sum()) for cut in table.cuts["event"][:-1]]


# --- what the tables say ---------------------------------------------------------------------------------------------


def test_in_a_large_trial_the_curve_of_the_table_is_that_of_the_people():
    found = people(11, 20_000)
    table = one(tables_of(found), "control")
    mine = found[found["arm"].eq("control")]
    for day in (42, 91, 182, 273):
        exact = _kaplan_meier(mine, day)
        assert kaplan_meier(table, 0.95).on(day)[0] == pytest.approx(exact, abs=2e-3)
    both = incidence(table, 0.95).estimate + incidence(table, 0.95, "leaving").estimate
    assert both.max() < 1
    assert not_returned(table, 0.95).estimate + incidence(table, 0.95).estimate == pytest.approx(1)


def _kaplan_meier(mine: pd.DataFrame, day: int) -> float:
    height = 1.0
    for when in np.sort(mine.loc[mine["state"].eq(EVENT) & (mine["time"] <= day), "time"].unique()):
        height *= 1 - (mine["state"].eq(EVENT) & mine["time"].eq(when)).sum() / (mine["time"] >= when).sum()
    return height


def test_greenwood_where_nobody_goes_out_of_sight():
    found = people(2, 400, leaving=0.0, lost=0.0)
    table = one(tables_of(found), "intervention")
    curve, n = kaplan_meier(table, 0.95), table.n
    share = curve.estimate
    assert curve.se == pytest.approx(np.sqrt(share * (1 - share) / n))
    assert incidence(table, 0.95).se == pytest.approx(curve.se)
    assert (curve.low[1:] < share[1:]).all() and (curve.high[1:] > share[1:]).all()


def test_a_height_is_read_on_a_line_and_not_in_an_interval_that_is_too_wide():
    found = people(7, 300)
    curve = kaplan_meier(one(tables_of(found), "control"), 0.95)
    first, second = curve.days[:2]
    middle = (curve.estimate[0] + curve.estimate[1]) / 2
    assert curve.on((first + second) / 2)[0] == pytest.approx(middle)
    assert curve.on(curve.days[-1] + 1) is None
    wide = np.flatnonzero(np.diff(curve.days) > WIDEST)
    assert all(curve.on(curve.days[k] + 1) is None for k in wide)
    day = curve.reaches(curve.estimate, middle)
    assert day == pytest.approx((first + second) / 2)


def test_arms_share_their_days_and_milestones_come_first():
    tables = tables_of(people(9, 600))
    assert one(tables, "control").days.tolist() == one(tables, "intervention").days.tolist()
    assert {42, 91, 182} <= set(one(tables, "control").days)


def test_a_group_is_cut_on_days_of_the_arms():
    tables = tables_of(people(9, 900))
    arms = set(one(tables, "control").days)
    groups = [table for key, table in tables.items() if key.group_by == "cas_group"]
    assert groups and all(set(table.days) <= arms for table in groups)


def test_an_arm_that_cannot_be_shown_takes_the_other_and_the_groups_with_it():
    found = people(4, 300)
    few = found[found["arm"].eq("intervention") | (found.groupby("arm").cumcount() < 12)]
    assert tables_of(few) == {}


def test_leaving_of_a_few_is_not_told_apart():
    tables = tables_of(people(1, 300, leaving=0.00005))
    assert one(tables, "control").told == ("event",)
    assert one(tables, "control").hidden == ("leaving",)
    assert "leaving" in one(tables_of(people(1, 900, leaving=0.002)), "control").told


# --- populations -----------------------------------------------------------------------------------------------------


def later(found: pd.DataFrame) -> pd.DataFrame:
    kept = found[found["time"] > 7].copy()
    kept["time"] -= 7
    return kept


def test_a_landmark_a_week_later_is_withheld_where_few_people_are_the_difference():
    few, many = people(6, 300, hazard=0.002), people(6, 6000, hazard=0.006)
    for found, shown in ((few, False), (many, True)):
        both = pd.concat([whole_curves(found), whole_curves(later(found), "landmark_91")])
        tables = protected_tables(both, MILESTONES, T)
        assert one(tables, "control").n == found["arm"].eq("control").sum()
        assert (Level("return", "full_rtw", "landmark_91", "arm", "control") in tables) == shown


def test_leaving_is_not_told_after_a_landmark_where_only_a_few_more_leave_in_all():
    found = people(8, 800, leaving=0.002)
    extra = pd.concat([found, people(18, 200, leaving=0.0002)])
    both = pd.concat([whole_curves(found), whole_curves(extra, "itt")])
    tables = protected_tables(both, MILESTONES, T)
    assert "leaving" in one(protected_tables(whole_curves(found), MILESTONES, T), "control").told
    # The flow tells all leavers of an arm, so that those after the landmark would tell the few before it.
    assert one(tables, "control").told == ("event",)
    assert "leaving" in one(tables, "control", population="itt").told


# --- the stores ------------------------------------------------------------------------------------------------------

ROW = {
    "estimand": "S1", "role": "secondary", "endpoint": "full_rtw", "population": "landmark_84", "origin": "landmark",
    "group_by": "arm", "level": "control", "method": "m", "engine": "e", "status": "ok", "estimate": 0.5, "se": 0.1,
    "ci_low": 0.4, "ci_high": 0.6, "n": 150, "n_events": 60,
}  # fmt: skip


def store(*rows: dict) -> pd.DataFrame:
    filled = [{**dict.fromkeys(ESTIMATES.columns), **ROW, **row, "result_id": f"r{k}"} for k, row in enumerate(rows)]
    return validated(conform(pd.DataFrame(filled), ESTIMATES), ESTIMATES)


def protected(rows: pd.DataFrame, curves: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    copies = rows.copy(), curves.copy()
    found = protect_curves(rows, curves, T)
    pd.testing.assert_frame_equal(rows, copies[0])
    pd.testing.assert_frame_equal(curves, copies[1])
    return validated(found[0], RELEASED), validated(found[1], RELEASED_CURVES)


def km_rows(level: str = "control") -> list[dict]:
    at = {"analysis": "km", "level": level}
    return [
        *({**at, "measure": "survival", "time": float(day), "unit": "probability"} for day in MILESTONES),
        *({**at, "measure": "n_at_risk", "time": float(day), "unit": "people"} for day in MILESTONES),
        {**at, "measure": "median", "unit": "days"},
    ]


def test_milestones_medians_and_numbers_at_risk_are_those_of_the_released_curve():
    found = people(9, 600)
    rows, curves = protected(store(*km_rows()), whole_curves(found))
    curve = curves[curves["analysis"].eq("km") & curves["level"].eq("control")]
    for row in rows[rows["measure"].eq("survival") & rows["status"].eq("ok")].itertuples():
        assert row.estimate == pytest.approx(np.interp(row.time, curve["time"], curve["estimate"]), abs=0.01)
        assert row.ci_low < row.estimate < row.ci_high
        assert row.n % 5 == 0 and row.n_events % 5 == 0
        assert "protected life table" in row.method
    assert rows.loc[rows["measure"].eq("survival"), "status"].eq("ok").sum() >= 3
    median = rows[rows["measure"].eq("median")].iloc[0]
    assert np.interp(median["estimate"], curve["time"], curve["estimate"]) == pytest.approx(0.5, abs=0.02)
    at_risk = rows[rows["measure"].eq("n_at_risk")]
    assert (at_risk["estimate"].dropna() % 5 == 0).all()


def test_without_a_table_rows_and_curves_are_withheld():
    rows, curves = protected(store(*km_rows()), whole_curves(people(1, 25)))
    assert rows["status"].eq("suppressed").all() and rows["estimate"].isna().all() and rows["n"].isna().all()
    assert curves.empty


def test_other_rows_come_back_as_they_were():
    rows = store({"analysis": "logrank", "measure": "logrank", "unit": "statistic", "level": "all"})
    found, _ = protected(rows, whole_curves(people(9, 600)))
    pd.testing.assert_frame_equal(found, conform(rows, RELEASED))


def test_where_leaving_is_not_told_the_means_that_would_tell_it_go_and_their_difference_stays():
    means = store(
        *({"analysis": "rmst", "measure": "rmst", "unit": "days", "level": arm} for arm in ARMS),
        {"analysis": "rmst", "measure": "rmst_difference", "unit": "days", "level": "intervention - control"},
        {"analysis": "rmst_ratio", "measure": "rmst_ratio", "unit": "ratio", "level": "intervention / control"},
        {"analysis": "days_not_returned", "measure": "mean", "unit": "days"},
    )
    few, many = (whole_curves(people(1, 900, leaving=rate)) for rate in (0.00002, 0.002))
    assert protected(means, few)[0]["status"].tolist() == ["suppressed", "suppressed", "ok", "suppressed", "ok"]
    assert protected(means, many)[0]["status"].eq("ok").all()


def test_means_of_an_arm_go_where_a_landmark_is_too_close_to_the_first():
    found = people(6, 300, hazard=0.002)
    both = pd.concat([whole_curves(found), whole_curves(later(found), "landmark_91")])
    mean = {"analysis": "days_not_returned", "unit": "days"}
    rows = store(
        {**mean, "measure": "mean"},
        {**mean, "measure": "mean", "population": "landmark_91"},
        {**mean, "measure": "mean_difference", "population": "landmark_91", "level": "intervention - control"},
    )
    assert protected(rows, both)[0]["status"].tolist() == ["ok", "suppressed", "ok"]


def test_median_follow_up_is_in_whole_weeks():
    row = {"analysis": "followup", "measure": "median", "unit": "days", "estimate": 200.0, "ci_low": 190.0}
    rows, _ = protected(store(row, {**row, "n_events": 9}, {**row, "n": 19}), whole_curves(people(9, 600)))
    assert rows["status"].tolist() == ["ok", "suppressed", "suppressed"]
    assert rows.loc[0, "estimate"] == 203 and rows.loc[0, "ci_low"] == 189


def test_the_same_input_gives_the_same_tables_in_any_order():
    curves = whole_curves(people(9, 600))
    mixed = curves.sample(frac=1, random_state=1)
    rows = store(*km_rows())
    for one_, other in zip(protected(rows, curves), protected(rows, mixed), strict=True):
        pd.testing.assert_frame_equal(one_, other)


def test_a_ratio_over_time_needs_ten_events_in_both_arms_and_keeps_its_place_without():
    found = people(9, 600)
    starts = [0.0, 30.0, 33.0]
    about = {"analysis": "effect_over_time", "group_by": "arm", "level": "intervention / control"}
    at = {"endpoint": "full_rtw", "population": "landmark_84", "origin": "landmark"}
    numbers = {"estimate": 1.234, "se": 0.5, "ci_low": 0.5, "ci_high": 2.0, "n_at_risk": 301}
    ratios = pd.DataFrame({"time": starts}).assign(**about, **at, **numbers, n_events=20, n_censored=0)
    _, curves = protected(empty_table(ESTIMATES), conform(pd.concat([whole_curves(found), ratios]), CURVES))
    shown = curves[curves["analysis"].eq("effect_over_time")]
    assert shown["time"].tolist() == [0, 28, 35]
    assert shown["estimate"].isna().tolist() == [False, True, False]
    assert shown["estimate"].iloc[0] == 1.23 and shown["n_at_risk"].eq(300).all()
