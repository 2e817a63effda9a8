"""What is withheld of cost: parts that few people have, and everything that would give them away."""

from __future__ import annotations

import pandas as pd
import pytest
from estimate_tables import FEW, LANDMARK, derived, many, pick, populations_of, protocol

from pilot_analysis.estimate.business_case_observed import observed_rows
from pilot_analysis.estimate.cost_effect import all_rows
from pilot_analysis.estimate.store import ENGINE, result_id
from pilot_analysis.release.suppression import release
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.results import CURVES, ESTIMATES


def released(n: int, trained: int, **about) -> pd.DataFrame:
    """The released rows about cost of n people, of whom some in the intervention arm had a training."""
    tables = derived(many(n, time=[100, 200, 120, 220, 90, 210], status="event", **about))
    ids = [f"C{2 * number:04d}" for number in range(trained)]
    first = tables["costs"]["interval"] == 0
    costs = tables["costs"].assign(
        training=(tables["costs"]["case_id"].isin(ids) & first) * 500.0, labour_expert=first * 1000.0
    )
    return _released(all_rows(tables["cases"], costs, protocol(), FEW))


def _released(made: list[dict]) -> pd.DataFrame:
    rows = pd.DataFrame(made, columns=list(ESTIMATES.columns))
    ids = [result_id(row) for row in rows.to_dict("records")]
    whole = conform(rows.assign(engine=ENGINE, estimand="S7", role="secondary", result_id=ids), ESTIMATES)
    return release(whole, empty_table(CURVES), 10).estimates


def test_nothing_is_withheld_where_enough_people_have_each_cost():
    assert not released(60, 12)["status"].eq("suppressed").any()


def test_a_part_that_few_people_have_hides_the_parts_but_neither_totals_nor_days():
    rows = released(60, 4)
    for term in ("training", "labour_expert", "production_loss"):
        assert set(pick(rows, term=term)["status"]) == {"suppressed"}, term
    assert not pick(rows, measure="return_on_investment")["status"].eq("ok").any()
    for term in ("employer:full", "society:friction", "ao_days"):
        shown = rows[rows["term"].eq(term) & rows["measure"].ne("return_on_investment")]
        assert set(shown["status"]) == {"ok"}, term


@pytest.mark.parametrize("analysis", ["cost_difference", "cost_effectiveness"])
def test_a_small_arm_hides_what_is_made_of_it(analysis):
    rows = released(18, 0)
    assert not pick(rows, analysis=analysis)["status"].eq("ok").any()


def test_one_small_department_would_be_what_the_others_leave_of_everybody():
    rows = released(60, 12, department=["big"] * 9 + ["small"] + ["big", "mid"] * 10)
    by = rows[rows["group_by"].eq("department")].groupby("level")["status"].unique().map(set)
    assert "ok" not in by["small"] | by["mid"]  # 2 and 20 of 60
    assert by["big"] == {"ok"}
    enough = released(60, 12, department=["big", "mid"])
    assert not enough["status"].eq("suppressed").any()
    assert not rows[rows["group_by"].eq("region")]["status"].eq("suppressed").any()  # everybody in one


def test_what_is_hidden_of_cost_is_hidden_of_the_observed_business_case():
    people = many(60, time=[130, 365], status=["event", "censored"])
    tables = derived(people)
    costs = tables["costs"].assign(replacement=(tables["costs"]["interval"] == 0) * 80.0)
    few = costs["case_id"].isin(["C0000", "C0002"]) & (costs["interval"] == 0)
    costs = costs.assign(labour_expert=few * 1000.0)
    population = populations_of(people)[LANDMARK]
    rows = all_rows(tables["cases"], costs, protocol(), FEW)
    rows += observed_rows(population, tables["cases"], tables["periods"], costs, protocol())
    shown = pick(_released(rows), analysis="business_case_observed", measure="observed").set_index("term")["status"]
    assert shown[["ad_cost", "net_mean"]].eq("suppressed").all()
    assert shown[["wage_mean", "replacement_total"]].eq("ok").all()


def seen(amounts: list[float]) -> pd.DataFrame:
    """Release of the costs of sixty people, of whom those of the intervention arm had a training of these amounts."""
    tables = derived(many(60, time=[100, 200, 120, 220, 90, 210], status="event"))
    ids = [f"C{2 * number:04d}" for number in range(len(amounts))]
    first = tables["costs"]["interval"] == 0
    training = tables["costs"]["case_id"].map(dict(zip(ids, amounts, strict=True))).fillna(0) * first
    costs = tables["costs"].assign(training=training, labour_expert=first * 1000.0)
    return _released(all_rows(tables["cases"], costs, protocol(), FEW))


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ([500.0] * 12, True),
        ([9000.0] + [100.0] * 12, False),  # the largest is 88 per cent
        ([4000.0, 4000.0] + [100.0] * 12, False),  # the two largest are 87 per cent
        ([2000.0, 2000.0] + [500.0] * 12, True),
    ],
)
def test_a_cost_that_few_people_make_up_is_withheld_however_many_have_a_little(amounts, shown):
    rows = seen(amounts)
    found = pick(rows, analysis="cost", term="training", level="intervention")
    assert set(found["status"]) == {"ok" if shown else "suppressed"}
    assert not rows["measure"].str.startswith("share_of").any()


def test_a_department_that_one_person_makes_up_takes_another_with_it_however_large_it_is():
    people = many(60, time=[100, 200, 120, 220, 90, 210], status="event", department=["a", "b", "b", "c", "c", "c"])
    tables = derived(people)
    one = tables["cases"].loc[tables["cases"]["department"].eq("a"), "case_id"].iloc[0]
    first = tables["costs"]["interval"] == 0
    costs = tables["costs"].assign(training=(tables["costs"]["case_id"].eq(one) & first) * 9e6)
    rows = _released(all_rows(tables["cases"], costs, protocol(), FEW))
    by = rows[rows["group_by"].eq("department")].groupby("level")["status"].unique().map(set)
    assert "ok" not in by["a"]
    # the total less the others would be the first: another goes, and as it still makes them up, all go
    assert "ok" not in by["b"]
    assert "ok" not in by["c"]
