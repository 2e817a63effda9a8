"""Conservation: days and euro of every case from a walk over single days, and arms, places and weeks as sums of cases.

The walk knows the definitions and nothing of the product: it goes through the calendar one day at a time with the AO%
of today in hand, as a clerk would. Deliveries are drawn near the limits of the rules (test_derive_properties), each of
many cases, so that thousands of paths are walked. What is derived and what the store says must add up to the walk.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from estimate_tables import protocol as shipped
from hypothesis import given, settings
from hypothesis import strategies as st
from test_derive_cost import with_costs
from test_derive_properties import BASE, CUTOFFS, DEFAULT_CUTOFF, WINDOW, Case, delivery, deterministic, random_case

from pilot_analysis.derive import derive
from pilot_analysis.estimate.ao_curve import weekly_means
from pilot_analysis.estimate.cost import cost_rows, ledger
from pilot_analysis.estimate.occupation import ao_days_rows, arm_paths
from pilot_analysis.estimate.populations import populations
from pilot_analysis.estimate.stays import origin_days
from pilot_analysis.schemas.canonical import COST_CATEGORIES

ARMS = ("control", "intervention")
PLACES = ("north", "south", "west")
MONEY = ("wage_full", "wage_reduced", "production_loss", *COST_CATEGORIES)
CASES, EXAMPLES = 200, 15  # 3,000 paths


@cache
def plan():
    """The shipped plan with cut-offs near the limits of the rules."""
    cutoffs = {name: BASE + dt.timedelta(days=day) for name, day in CUTOFFS.items()}
    return replace(shipped(), dates=replace(shipped().dates, data_cutoff_per_organisation=cutoffs))


# --- the walk ---------------------------------------------------------------------------------------------------------


def calendar(case: Case, until: int) -> list[tuple[int, float, int, bool]]:
    """Each day from the first delivered absence: date, AO%, first day of its absence, whether in a delivered spell.

    Fewer than 28 days out of a delivered spell do not end an absence; such days have AO% 0.
    """
    starts, returns = dict(case.spells), {back for _, back in case.spells if back is not None}
    changes = dict(case.rows)
    day, ao, inside, out, began, days = min(starts), 0.0, False, 28, None, []
    while day <= until:
        if day in returns:
            ao, inside, out = 0.0, False, 0
        if day in starts:
            began = day if out >= 28 else began
            ao, inside = 100.0, True
        if inside and day in changes:
            ao = changes[day]
        out += not inside
        days.append((day, ao if inside else 0.0, began, inside))
        day += 1
    return days


def path_of(case: Case) -> tuple[int, list[float]] | None:
    """First absence day and AO% of every day from there to the last known one; None for who is not analysed."""
    if not (case.in_cases and WINDOW[0] <= case.enrolled <= WINDOW[1]):
        return None
    last = CUTOFFS.get(case.organisation, DEFAULT_CUTOFF)
    last = last if case.end is None else min(last, case.end)
    days = calendar(case, max(last, case.enrolled))
    enrolled = [began for day, _, began, inside in days if day == case.enrolled and inside]
    if not enrolled:
        return None
    return enrolled[0], [ao for day, ao, *_ in days if enrolled[0] <= day <= last]


def walked(case: Case, pay: tuple[float, float], bills: list[tuple], acts: list[tuple]) -> Counter | None:
    """Days and euro of a case over the days 0 .. F-1: F is 365, or the last known day where that comes first."""
    found = path_of(case)
    if found is None:
        return None
    t0, path = found
    wage_a_day, book = pay[0] * pay[1] * 260 / 365, Counter()
    seen = range(t0, t0 + min(365, len(path) - 1))
    invoiced = any(category == "labour_expert" and day in seen for _, day, category, _ in bills)
    lost_since, at_work = 0, 0  # day on which this absence began, days in a row at work
    for day, ao in enumerate(path[: len(seen)]):
        if ao > 0:
            lost_since = day if at_work >= 28 else lost_since
            at_work = 0
        else:
            at_work += 1
        earned = wage_a_day * ao / 100
        book["followed"] += 1
        book["any"] += ao > 0
        book["ao_days"] += ao / 100
        book["wage_full"] += earned
        book["wage_reduced"] += earned * 0.7
        book["production_loss"] += earned * 0.8 * (day - lost_since < 84)
        for _, _, category, euro in (bill for bill in bills if bill[1] == t0 + day):
            book[category] += euro
        for _, _, hours, euro in (act for act in acts if act[1] == t0 + day and not invoiced):
            book["labour_expert"] += euro or 125 * hours
    return book


# --- what is derived, and what the store says -------------------------------------------------------------------------


def made(seed: int, size: int):
    """A drawn delivery: what is derived of it, and the walk of each case that is analysed, by name."""
    rng = random.Random(seed)
    cases = [random_case(rng) for _ in range(size)]
    tables, pay, bills, acts = with_costs(cases, rng)
    for column in ("department", "region"):
        tables["cases"][column] = pd.array([rng.choice(PLACES) for _ in range(len(tables["cases"]))], dtype="string")
    books = {}
    for number, case in enumerate(cases):
        name = f"case_{number:04d}"
        own = ([row for row in rows if row[0] == name] for rows in (bills, acts))
        books[name] = walked(case, pay[name], *own)
    return derive(tables, plan()), {name: book for name, book in books.items() if book is not None}


def of_periods(periods: pd.DataFrame, followup: pd.Series) -> pd.DataFrame:
    """Days with any absence and AO-weighted days before F, by case, summed over periods."""
    until = periods["case_id"].map(followup).to_numpy("int64")
    length = np.clip(np.minimum(periods["last_day"] + 1, until) - periods["first_day"], 0, None)
    sums = periods.assign(any=length * (periods["ao_percent"] > 0), ao_days=length * periods["ao_percent"] / 100)
    return sums.groupby("case_id")[["any", "ao_days"]].sum()


def close(value, expected) -> bool:
    return np.allclose(np.asarray(value, dtype=float), np.asarray(expected, dtype=float), rtol=1e-9, atol=1e-7)


def check_cases(result, books: dict[str, Counter]) -> None:
    """Every case: the periods, the table of cases and the costs hold its days and euro, and no other case is there."""
    analysed = result.cases[result.cases["exclusion"].isna()].set_index("case_id")
    assert set(analysed.index) == set(books)
    days = of_periods(result.periods, analysed["followup"])
    euro = result.costs.groupby("case_id")[["days", "ao_days", *MONEY]].sum()
    assert set(euro.index) == {name for name, book in books.items() if book["followed"]}
    for name, book in books.items():
        if name in days.index:
            assert close(days.loc[name], [book["any"], book["ao_days"]]), name
            assert close(analysed.loc[name, "ao_days"], book["ao_days"]), name
        if name in euro.index:
            expected = [book["followed"], book["ao_days"], *(book[kind] for kind in MONEY)]
            assert close(euro.loc[name], expected), (name, euro.loc[name].to_dict(), book)


def perspectives(book: Counter) -> dict[str, float]:
    """The three ways of counting a case, from its walk."""
    delivered = sum(book[kind] for kind in COST_CATEGORIES)
    return {
        "employer:full": book["wage_full"] + delivered,
        "employer:reduced": book["wage_reduced"] + delivered,
        "society:friction": book["production_loss"] + delivered - book["replacement"],
    }


def check_store(result, books: dict[str, Counter]) -> None:
    """Mean x people of an arm is the sum of its cases, of every kind of cost; places add up to the arms."""
    rows = pd.DataFrame(cost_rows(ledger(result.cases, result.costs, plan()), plan()))
    rows = rows[(rows["measure"] == "naive_mean") & (rows["status"] == "ok")]
    about = result.cases.set_index("case_id")
    paid = {name: book | Counter(perspectives(book)) for name, book in books.items() if book["followed"]}
    for row in rows.to_dict("records"):
        term = row["term"].removesuffix(f":{row['level']}")
        own = [book[term] for name, book in paid.items() if about.loc[name, row["group_by"]] == row["level"]]
        assert row["n"] == len(own)
        assert close(row["estimate"] * row["n"], sum(own)), (row["group_by"], row["level"], term)
    totals = rows.assign(sum=rows["estimate"] * rows["n"], term=rows["term"].str.extract(r"^([^:]+:[a-z]+)")[0])
    totals = totals[totals["term"].isin(perspectives(Counter()))].groupby(["term", "group_by"])
    if totals["n"].sum().nunique() == 1:  # a level of one person has no mean
        sums = totals["sum"].sum().unstack()
        assert close(sums["department"], sums["arm"])
        assert close(sums["region"], sums["arm"])


many_paths = settings(deterministic, max_examples=EXAMPLES)


@many_paths
@given(seed=st.integers(0, 2**32))
def test_days_and_euro_of_every_case_and_arm_are_those_of_the_walk(seed):
    result, books = made(seed, CASES)
    check_cases(result, books)
    check_store(result, books)


@settings(deterministic, max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_weeks_of_a_case_add_up_to_its_year(seed):
    """52 weekly means are the AO-weighted days of 364 days; what is not known counts as 0 there."""
    result, _ = made(seed, CASES)
    who = result.cases.loc[result.cases["exclusion"].isna(), "case_id"].reset_index(drop=True)
    weekly = weekly_means(result.periods, who, np.zeros(len(who), dtype="int64"), 52)
    lost = Counter()
    for row in result.periods.itertuples():
        lost[row.case_id] += sum(row.ao_percent / 100 for day in range(row.first_day, row.last_day + 1) if day < 364)
    assert close(weekly.sum(axis=1) * 7 / 100, [lost[name] for name in who])


@pytest.mark.parametrize("clock", ["itt", "landmark_84"])
def test_seen_to_the_end_days_of_an_arm_are_the_sum_of_its_walks(clock):
    """The multi-state picture (Aalen-Johansen) is then no estimate any more, but the mean of the paths."""
    rng = random.Random(20210401)
    cases = [replace(random_case(rng), organisation="org_default", end=None, reason=None) for _ in range(900)]
    result, walks = derive(delivery(cases, rng), plan()), [path_of(case) for case in cases]
    population = next(
        p
        for p in populations(result.cases, result.outcomes, plan())
        if (p.endpoint, p.population) == ("full_rtw", clock) and p.origin != "t0"
    )
    origin = origin_days(population, plan())
    population = population.subset(population.people["last_known_day"].to_numpy("int64") - origin >= population.horizon)
    rows = pd.DataFrame(ao_days_rows(population, arm_paths(population, result.periods, plan()), plan()))
    for arm in ARMS:
        sums, people = Counter(), population.people[population.people["arm"] == arm]
        for name, entry in zip(people["case_id"], people["entry"], strict=True):
            start = entry if clock == "itt" else 84
            days = walks[int(name[-4:])][1][start : start + population.horizon]
            sums["days_any_absence"] += sum(ao > 0 for ao in days)
            sums["ao_days"] += sum(days) / 100
        assert len(people) > 50
        for measure in sums:
            row = rows[(rows["measure"] == measure) & (rows["level"] == arm)].iloc[0]
            assert row["estimate"] * len(people) == pytest.approx(sums[measure], rel=1e-9)


def test_the_walk_reaches_every_limit_of_the_rules():
    """Otherwise the comparison above would say little."""
    result, books = made(20210402, 1500)
    seen = pd.DataFrame(books).T.fillna(0)
    assert (seen[["any", "ao_days", *MONEY]].sum() > 0).all()
    assert (seen["followed"] == 365).any()
    assert (seen["followed"] == 0).any() or seen["followed"].between(1, 30).any()
    assert (seen["any"] > seen["ao_days"] + 1).mean() > 0.2  # partial absence
    assert result.periods.groupby("case_id")["spell"].max().gt(1).sum() > 50  # a friction period that starts anew
    assert result.cases["exclusion"].notna().mean() > 0.2
