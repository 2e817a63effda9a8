"""Cost per case and interval against a slow reference: one day at a time, plain loops, written from the definitions.

Random deliveries and their AO% on each day come from the oracle of the daily path (test_derive_properties).
"""

from __future__ import annotations

import datetime as dt
import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_derive_properties import (
    BASE,
    Case,
    delivery,
    deterministic,
    exclusion,
    expected,
    protocol,  # noqa: F401 - a fixture
    random_case,
)

from pilot_analysis.derive import derive
from pilot_analysis.schemas.canonical import COST_CATEGORIES, TABLES
from pilot_analysis.schemas.columns import conform, validated
from pilot_analysis.schemas.derived import COSTS

WAGES, CONTRACTS = (90.0, 120.0, 176.0, 243.21), (0.2, 0.6, 0.89, 1.0)
Dated = tuple[str, int, str, float]  # case, day, category, euro


def slow_costs(case: Case, wage: float, fte: float, costs: list[Dated], acts: list[tuple]) -> dict[tuple, float]:
    """Euro and days by (interval, name): every day of 0 .. F-1 on its own."""
    it, found = expected(case), {}
    at_work, absence_day = 0, 0
    for day in range(max(it.followup, 0)):
        lost = it.path[day] / 100
        if lost == 0:
            at_work += 1
        else:
            absence_day = 0 if at_work >= 28 else absence_day
            at_work = 0
        amounts = {"days": 1.0, "ao_days": lost, "wage_full": wage * fte * lost * 260 / 365}
        amounts["wage_reduced"] = 0.7 * amounts["wage_full"]
        amounts["production_loss"] = 0.8 * amounts["wage_full"] if absence_day < 84 else 0.0
        absence_day += 1
        for _, incurred, category, euro in costs:
            if incurred == it.t0 + day:
                amounts[category] = amounts.get(category, 0.0) + euro
        if not any(what == "labour_expert" and it.t0 <= on < it.t0 + it.followup for _, on, what, _ in costs):
            for _, performed, hours, euro in acts:
                if performed == it.t0 + day:
                    amounts["labour_expert"] = amounts.get("labour_expert", 0.0) + (euro if euro > 0 else 125 * hours)
        for name, amount in amounts.items():
            found[day // 30, name] = found.get((day // 30, name), 0.0) + amount
    return found


def _rows(table: str, rows: list[tuple], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    dated = columns[1]
    frame[dated] = pd.to_datetime(pd.Series([BASE + dt.timedelta(days=day) for day in frame[dated]], dtype=object))
    frame = frame.assign(source_file="made.csv", source_line=range(2, len(frame) + 2), delivery_hash=16 * "0")
    schema = TABLES[table].schema
    for column in schema.columns:
        if column not in frame:
            frame[column] = "regular" if column == "route" else None
    return conform(frame, schema)


def with_costs(cases: list[Case], rng: random.Random) -> tuple[dict[str, pd.DataFrame], dict, list[Dated], list[tuple]]:
    """A delivery with wages, contracts, costs and activities; some of them long before or after the absence."""
    tables = delivery(cases, rng)
    names = [f"case_{number:04d}" for number in range(len(cases))]
    pay = {name: (rng.choice(WAGES), rng.choice(CONTRACTS)) for name in names}
    tables["cases"]["daily_wage_eur"] = tables["cases"]["case_id"].map({name: pay[name][0] for name in names})
    tables["cases"]["contract_fte"] = tables["cases"]["case_id"].map({name: pay[name][1] for name in names})
    costs, acts = [], []
    for name, case in zip(names, cases, strict=True):
        t0 = rng.choice(case.spells)[0]
        for _ in range(rng.randint(0, 4)):
            costs.append(
                (name, t0 + rng.randint(-20, 420), rng.choice(COST_CATEGORIES), rng.choice([0.0, 12.5, 140.0]))
            )
        for _ in range(rng.randint(0, 2)):
            acts.append((name, t0 + rng.choice([0, 84, 364, 365, rng.randint(-9, 400)]), rng.choice([0.0, 3.0, 8.0]), rng.choice([0.0, 1000.0])))  # fmt: skip  # noqa: E501
    tables["costs"] = _rows("costs", costs, ["case_id", "incurred_on", "category", "amount_eur"])
    tables["ad_activities"] = _rows("ad_activities", acts, ["case_id", "performed_on", "hours", "cost_eur"]).assign(
        activity="other"
    )
    return tables, pay, costs, acts


def compare(cases: list[Case], plan, rng: random.Random) -> pd.DataFrame:
    tables, pay, costs, acts = with_costs(cases, rng)
    result = derive(tables, plan)
    found = validated(result.costs, COSTS)
    wanted = {}
    for number, case in enumerate(cases):
        name = f"case_{number:04d}"
        if exclusion(case) is None:
            own_costs, own_acts = ([row for row in rows if row[0] == name] for rows in (costs, acts))
            for (interval, what), amount in slow_costs(case, *pay[name], own_costs, own_acts).items():
                wanted[name, interval, what] = amount
    names = ["days", "ao_days", "wage_full", "wage_reduced", "production_loss", *COST_CATEGORIES]
    assert {(row.case_id, row.interval) for row in found.itertuples()} == {key[:2] for key in wanted}
    for row in found.to_dict("records"):
        for name in names:
            assert row[name] == pytest.approx(wanted.get((row["case_id"], row["interval"], name), 0.0)), (row, name)
        assert row["first_day"] == 30 * row["interval"]
    _conserved(result, wanted, names)
    return found


def _conserved(result, wanted: dict[tuple, float], names: list[str]) -> None:
    """Arms sum to their cases, and days lost are those of the table of cases."""
    arm = result.cases.set_index("case_id")["arm"]
    totals = result.costs.assign(arm=result.costs["case_id"].map(arm)).groupby("arm")[names].sum()
    for (name, side), total in totals.stack().rename_axis(["arm", "name"]).swaplevel().items():
        assert total == pytest.approx(sum(v for key, v in wanted.items() if key[2] == name and arm[key[0]] == side))
    lost = result.costs.groupby("case_id")["ao_days"].sum()
    followed = result.cases.set_index("case_id")["ao_days"].dropna()
    assert lost.reindex(followed.index).fillna(0).to_numpy("float64") == pytest.approx(followed.to_numpy("float64"))


@deterministic
@given(rng=st.randoms(use_true_random=False), size=st.integers(1, 6))
def test_small_deliveries_cost_what_their_days_cost(protocol, rng, size):  # noqa: F811
    compare([random_case(rng) for _ in range(size)], protocol, rng)


def test_thousands_of_paths_cost_what_their_days_cost(protocol):  # noqa: F811
    rng = random.Random(20210402)
    found = compare([random_case(rng) for _ in range(3000)], protocol, rng)
    names = ["ao_days", "production_loss", *COST_CATEGORIES]
    assert (found[names].sum() > 0).all()
    assert found["interval"].max() == 12
    again = found[(found["interval"] > 2) & (found["production_loss"] > 0)]
    assert len(again) > 10  # a friction period that starts anew


@settings(deterministic, max_examples=15)
@given(rng=st.randoms(use_true_random=False))
def test_a_case_costs_the_same_alone(protocol, rng):  # noqa: F811
    cases = [random_case(rng) for _ in range(4)]
    tables, *_ = with_costs(cases, rng)
    together = derive(tables, protocol).costs.query("case_id == 'case_0001'").reset_index(drop=True)
    tables["allocation"] = tables["allocation"].query("case_id == 'case_0001'").reset_index(drop=True)
    pd.testing.assert_frame_equal(derive(tables, protocol).costs, together)


def _one(protocol, spells, rows=(), costs=(), acts=()):  # noqa: F811
    case = Case("org_default", spells[0][0], tuple(spells), tuple(rows), None, None)
    tables = delivery([case], random.Random(1))
    tables["costs"] = _rows("costs", list(costs), ["case_id", "incurred_on", "category", "amount_eur"])
    tables["ad_activities"] = _rows("ad_activities", list(acts), ["case_id", "performed_on", "hours", "cost_eur"])
    tables["ad_activities"]["activity"] = "other"
    return derive(tables, protocol).costs.set_index("interval")


def test_a_year_of_full_absence_costs_260_daily_wages(protocol):  # noqa: F811
    year = _one(protocol, [(0, None)])
    assert year["wage_full"].sum() == pytest.approx(260 * 150)
    assert year["wage_reduced"].sum() == pytest.approx(0.7 * 260 * 150)
    assert year["production_loss"].sum() == pytest.approx(0.8 * 84 * 150 * 260 / 365)
    assert year["days"].tolist() == [30] * 12 + [5]


def test_friction_starts_anew_after_28_days_at_work_and_not_after_27(protocol):  # noqa: F811
    short, long = ([(0, 100), (100 + gap, 200)] for gap in (27, 28))
    first = 0.8 * 84 * 150 * 260 / 365
    assert _one(protocol, short)["production_loss"].sum() == pytest.approx(first)
    second = 0.8 * 72 * 150 * 260 / 365
    assert _one(protocol, long)["production_loss"].sum() == pytest.approx(first + second)


def test_activities_count_only_without_an_invoice_and_by_the_hour_only_without_a_charge(protocol):  # noqa: F811
    acts = [("case_0000", 84, 8.0, 0.0), ("case_0000", 90, 8.0, 900.0)]
    assert _one(protocol, [(0, None)], acts=acts)["labour_expert"].sum() == 125 * 8 + 900
    invoice = [("case_0000", 364, "labour_expert", 50.0)]
    assert _one(protocol, [(0, None)], acts=acts, costs=invoice)["labour_expert"].sum() == 50
    for elsewhere in (-1, 365):  # of an earlier absence, or after the year: what was done in it counts all the same
        invoice = [("case_0000", elsewhere, "labour_expert", 50.0)]
        assert _one(protocol, [(0, None)], acts=acts, costs=invoice)["labour_expert"].sum() == 125 * 8 + 900
