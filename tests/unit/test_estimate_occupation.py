"""States and days with absence: conservation against a slow count per day, leaving, follow-up, rows of the store."""

import datetime as dt
import random
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from estimate_tables import derived, many, one, people, populations_of, trial
from estimate_tables import protocol as shipped
from hypothesis import given
from hypothesis import strategies as st
from test_derive_properties import (
    BASE,
    CUTOFFS,
    delivery,
    deterministic,
    exclusion,
    expected,
    random_case,
    state_on,
)

from pilot_analysis.derive import derive
from pilot_analysis.estimate.ao_over_time import ao_over_time
from pilot_analysis.estimate.occupation import ao_days_rows, arm_paths, occupation_curves, occupation_rows
from pilot_analysis.estimate.populations import populations
from pilot_analysis.estimate.stays import ABSENCE, LEFT, STATES, stays_of

LANDMARK = ("full_rtw", "landmark_84", "landmark")
FROM_ENROLMENT = ("full_rtw", "itt", "enrolment")
CLOCKS = ("itt", "landmark_84")


# --- conservation: the path against one number per day ----------------------------------------------------------------


@cache
def plan_with_cutoffs():
    """The shipped plan with cut-offs near the limits of the rules."""
    cutoffs = {name: BASE + dt.timedelta(days=day) for name, day in CUTOFFS.items()}
    return replace(shipped(), dates=replace(shipped().dates, data_cutoff_per_organisation=cutoffs))


def slow(case, origin: int, horizon: int) -> list[tuple[str, float]]:
    """State and AO% of each day from the origin to the horizon or the last known day; `left` from leaving on."""
    it, days = expected(case), []
    for day in range(origin, origin + horizon):
        if it.leaves and day >= it.known:
            days.append((LEFT, 0.0))
        elif day < it.known:
            days.append((state_on(it, day), it.path[day]))
    return days


def stays_by_case(stays, n: int, horizon: int) -> dict[str, np.ndarray]:
    """Days with any absence, and AO-weighted days, of each person before the horizon, summed over stays."""
    length = np.minimum(stays.stop, horizon) - np.minimum(stays.start, horizon)
    absence = np.isin(stays.from_state.astype(str), ABSENCE)
    return {
        "any": np.bincount(stays.person, weights=length * absence, minlength=n),
        "ao": np.bincount(stays.person, weights=length * stays.ao_percent / 100, minlength=n),
    }


def compare(cases, plan, rng) -> int:
    """Hold every case, and every arm where all are seen to the end, to the slow count; how many cases."""
    result = derive(delivery(cases, rng), plan)
    named = {f"case_{number:04d}": case for number, case in enumerate(cases)}
    seen = 0
    for population in populations(result.cases, result.outcomes, plan):
        if population.endpoint != "full_rtw" or population.population not in CLOCKS or population.origin == "t0":
            continue
        seen += len(population.people)
        origin = 84 if population.is_landmark else None
        days = [
            slow(named[name], expected(named[name]).entry if origin is None else origin, population.horizon)
            for name in population.people["case_id"]
        ]
        stays = stays_of(population, result.periods, plan)
        sums = stays_by_case(stays, len(days), population.horizon)
        assert sums["any"].tolist() == [sum(state in ABSENCE for state, _ in path) for path in days]
        assert sums["ao"] == pytest.approx(np.array([sum(ao for _, ao in path) / 100 for path in days]), abs=1e-9)
        whole = np.array([len(path) == population.horizon for path in days], dtype=bool)
        compare_arms(population.subset(whole), [path for path in days if len(path) == population.horizon], result, plan)
    return seen


def compare_arms(population, days, result, plan) -> None:
    """Nobody out of sight: means of the arm are the sums over its cases, divided by their number."""
    paths = arm_paths(population, result.periods, plan)
    for arm, path in paths.items():
        mine = [one_path for one_path, name in zip(days, population.people["arm"], strict=True) if name == arm]
        if path.why_no_days:
            continue
        for state in STATES:
            total = sum(one_state == state for one_path in mine for one_state, _ in one_path)
            assert path.days(state).estimate * len(mine) == pytest.approx(total, abs=1e-6)
            for day in (0, 42, 182):
                there = sum(one_path[day][0] == state for one_path in mine)
                assert path.share(state, day)[0] * len(mine) == pytest.approx(there, abs=1e-6)
        total = sum(ao for one_path in mine for _, ao in one_path) / 100
        assert path.days("ao").estimate * len(mine) == pytest.approx(total, abs=1e-6)


@deterministic
@given(seed=st.integers(0, 2**32), size=st.integers(1, 40))
def test_days_of_random_paths_are_those_of_a_slow_count(seed, size):
    rng = random.Random(seed)
    compare([random_case(rng) for _ in range(size)], plan_with_cutoffs(), rng)


@pytest.mark.parametrize("seed", [1, 2])
def test_days_of_thousands_of_random_paths_and_of_their_arms(seed):
    rng = random.Random(seed)
    assert compare([random_case(rng) for _ in range(2500)], plan_with_cutoffs(), rng) > 800


def test_the_random_cases_hold_what_the_count_is_about():
    rng = random.Random(5)
    cases = [case for case in (random_case(rng) for _ in range(600)) if exclusion(case) is None]
    assert any(expected(case).leaves for case in cases)
    states = {state for case in cases for state, _ in slow(case, expected(case).entry, 320)}
    assert states == set(STATES)


# --- hand-made people -------------------------------------------------------------------------------------------------


def rows_of(who, key=LANDMARK, plan=None, **changes):
    """Rows of occupation and days of these people; `changes` replace columns of the people."""
    plan, tables = plan or shipped(), derived(who)
    population = populations_of(who, plan)[key]
    population = population.__class__(**{**population.__dict__, "people": population.people.assign(**changes)})
    paths = arm_paths(population, tables["periods"], plan)
    rows = [*occupation_rows(population, paths, plan), *ao_days_rows(population, paths, plan)]
    return pd.DataFrame(rows), paths, population


def test_days_with_absence_are_counted_from_week_13_and_stop_at_the_horizon():
    rows, _, _ = rows_of(many(20, time=[100, 94, 365, 365], status=["event", "event", "censored", "censored"]))
    # Intervention: returns on days 100 and never (20 people alternate: 100, 365), control: 94 and never.
    row = one(rows, measure="days_any_absence", level="intervention")
    assert row["estimate"] == pytest.approx((16 + 281) / 2)
    assert (row["n"], row["n_events"], row["time"]) == (10, 5, 281.0)
    difference = one(rows, measure="days_any_absence_difference")
    assert difference["estimate"] == pytest.approx((16 - 10) / 2)
    sides = [one(rows, measure="days_any_absence", level=arm) for arm in ("intervention", "control")]
    assert difference["se"] == pytest.approx(np.hypot(*(side["se"] for side in sides)))
    values = np.array([16.0, 281.0] * 5)  # nobody out of sight: the error of a plain mean, over n
    assert sides[0]["se"] == pytest.approx(values.std() / np.sqrt(10))


def test_shares_add_up_to_one_and_days_to_the_horizon():
    rows, _, _ = rows_of(trial(120))
    shares = rows[rows["measure"].eq("probability")].groupby(["level", "time"])["estimate"].sum()
    assert shares.to_numpy() == pytest.approx(1.0)
    days = rows[rows["measure"].eq("days")].groupby("level")["estimate"].sum()
    assert days.to_numpy() == pytest.approx(281.0)


def test_who_leaves_stays_left_and_counts_no_absence_from_that_day():
    who = many(20, time=[104, 365], status=["censored", "censored"], known=[104, 365], arm=["control", "intervention"])
    leaves = np.array([True, False] * 10)
    rows, paths, _ = rows_of(who, leaves=leaves)
    assert paths["control"].why_no_days == "fewer than 5 people followed to day 281"
    share = one(rows, measure="probability", level="control", term=LEFT, time=42.0)
    assert share["status"] == "not_estimable"  # nobody followed any more
    mixed = many(40, time=[104, 365], known=[104, 365], arm=["control", "control", "intervention", "intervention"])
    rows, _, _ = rows_of(mixed.assign(status="censored"), leaves=np.array([True, False] * 20))
    assert one(rows, measure="days_any_absence", level="control")["estimate"] == pytest.approx((20 + 281) / 2)
    assert one(rows, measure="days", level="control", term=LEFT)["estimate"] == pytest.approx(261 / 2)
    assert one(rows, measure="probability", level="control", term=LEFT, time=42.0)["estimate"] == pytest.approx(0.5)


def test_without_five_followed_to_the_horizon_there_are_no_days_but_shares():
    who = many(30, time=[200, 150], status=["censored", "event"], known=[200, 210])
    rows, _, _ = rows_of(who)
    reason = "fewer than 5 people followed to day 281"
    assert one(rows, measure="ao_days", level="control")["reason"] == reason
    assert one(rows, measure="ao_days_difference")["reason"] == f"intervention: {reason}; control: {reason}"
    assert one(rows, measure="probability", level="control", term="absent", time=42.0)["estimate"] == 1.0
    assert one(rows, measure="probability", level="control", term="absent", time=182.0)["status"] == "not_estimable"


def test_a_state_in_which_nobody_is_followed_any_more_leaves_no_days():
    who = many(24, time=[100, 365, 100], status=["event", "censored", "event"], known=[150, 365, 150], arm="control")
    rows, paths, _ = rows_of(who)
    assert paths["control"].why_no_days == "on day 281 nobody is followed in a state that holds people"
    assert one(rows, measure="days_any_absence", level="control")["status"] == "not_estimable"
    assert one(rows, measure="days_any_absence", level="intervention")["reason"] == "nobody at risk"


def test_everybody_alike_has_no_interval():
    rows, _, _ = rows_of(many(20, time=[365], status="censored"))
    assert one(rows, measure="days_any_absence", level="control")["reason"].startswith("these events leave no variance")
    row = one(rows, measure="days", level="control", term="absent")
    assert (row["estimate"], row["se"], row["ci_low"]) == (281.0, 0.0, None)


def test_from_enrolment_the_days_start_on_the_day_of_enrolment():
    who = many(20, entry=[10, 30], time=[40, 60], status="event")
    rows, _, _ = rows_of(who, FROM_ENROLMENT)
    assert one(rows, measure="days", level="control", term="absent")["estimate"] == pytest.approx(30.0)
    assert one(rows, measure="days", level="control", term="returned")["time"] == 320.0


def test_curves_hold_every_state_with_people_and_add_up_on_each_day():
    who = trial(80)
    _, paths, population = rows_of(who)
    curves = pd.concat(occupation_curves(population, paths, shipped()))
    assert set(curves["level"].str.partition(":")[2]) == {"absent", "returned"}
    assert curves.groupby([curves["level"].str.partition(":")[0], "time"])[
        "estimate"
    ].sum().to_numpy() == pytest.approx(1)
    start = curves[curves["time"] == 0].set_index("level")
    assert start.loc["control:absent", "n_events"] == 40
    arrivals = curves.groupby("level")["n_events"].sum()
    assert arrivals["control:returned"] == (who["status"].eq("event") & who["arm"].eq("control")).sum()


def test_only_the_planned_populations_have_rows():
    who = people("arm time status\ncontrol 150 event\nintervention 200 event")
    tables = derived(who)
    wanted = {("itt", "enrolment"), ("itt", "t0"), ("landmark_84", "landmark")}
    for (endpoint, name, origin), population in populations_of(who).items():
        rows, _ = ao_over_time(population, tables["periods"], shipped())
        assert bool(rows) == (endpoint == "full_rtw" and (name, origin) in wanted)
