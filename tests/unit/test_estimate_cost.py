"""Rows about cost: means, differences of the arms, cost held against days; what cannot be estimated, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from estimate_tables import FEW, derived, many, one, pick, protocol

from pilot_analysis.config import Resampling
from pilot_analysis.estimate.cost import PERSPECTIVES, TERMS, cost_rows, ledger
from pilot_analysis.estimate.cost_effect import QUADRANTS, all_rows, cost_effect_rows, draw
from pilot_analysis.estimate.store import result_id

DAY = 200 * 260 / 365  # euro per calendar day of the made-up people


def book(n: int = 60, **columns):
    """A ledger of made-up people: control returns on day 200, intervention on day 100, unless said otherwise."""
    about = {"time": [100, 200, 120, 220, 90, 210], "status": "event", "department": ["a", "a", "b"], **columns}
    tables = derived(many(n, **about))
    return ledger(tables["cases"], tables["costs"], protocol()), tables


def rows_of(found) -> pd.DataFrame:
    return pd.DataFrame(cost_rows(found, protocol()))


def effects_of(found, plan=None, resampling=FEW) -> pd.DataFrame:
    return pd.DataFrame(cost_effect_rows(found, plan or protocol(), resampling))


def test_with_a_year_seen_means_are_plain_means():
    found, tables = book()
    rows = rows_of(found)
    days = tables["costs"].groupby("case_id")["ao_days"].sum()
    for arm, mean in (("intervention", 310 / 3), ("control", 630 / 3)):
        for measure in ("mean", "naive_mean"):
            assert one(rows, measure=measure, level=arm, term="ao_days")["estimate"] == pytest.approx(mean)
            wage = one(rows, measure=measure, level=arm, term="employer:full")
            assert (wage["estimate"], wage["unit"]) == (pytest.approx(mean * DAY), "euro")
            assert one(rows, measure=measure, level=arm, term="wage_reduced")["estimate"] == pytest.approx(
                0.7 * mean * DAY
            )
        society = one(rows, measure="mean", level=arm, term="society:friction")
        assert society["estimate"] == pytest.approx(0.8 * 84 * DAY)  # everybody was absent for 84 days
        assert pd.isna(society["ci_low"])  # and nobody differs
        assert one(rows, measure="n_known", level=arm)["estimate"] == 30
    assert days.sum() == pytest.approx(30 * (310 / 3 + 630 / 3))


def test_departments_and_regions_have_the_perspectives_and_arms_every_part():
    rows = rows_of(book()[0])
    assert set(pick(rows, group_by="arm", measure="mean")["term"]) == set(TERMS)
    for group_by, levels in (("department", {"a", "b"}), ("region", {"r"})):
        there = pick(rows, group_by=group_by)
        assert set(there["level"]) == levels
        assert set(there["term"]) == {f"{name}:{level}" for name in PERSPECTIVES for level in levels}


def test_a_kind_of_cost_that_nobody_delivered_is_unknown_rather_than_nothing():
    found, _ = book()
    rows = rows_of(found)
    assert one(rows, level="control", measure="mean", term="training")["reason"] == "no cost of this kind was delivered"
    effect = one(effects_of(found), measure="mean_difference", term="training")
    assert effect["reason"] == "no cost of this kind was delivered"


def test_early_cut_offs_are_weighted_and_the_naive_mean_is_too_low():
    found, _ = book(240, known=[400, 400, 150, 150])
    rows = rows_of(found)
    weighted, naive = (one(rows, level="control", measure=m, term="ao_days") for m in ("mean", "naive_mean"))
    assert weighted["estimate"] == pytest.approx(210, abs=1e-6)
    assert naive["estimate"] == pytest.approx((210 + 150) / 2)
    assert weighted["se"] > 0


def test_an_organisation_that_is_never_seen_for_a_year_leaves_no_weighted_mean():
    found, _ = book(known=[400, 400, 400, 150], organisation=["org_a", "org_a", "org_a", "org_b"])
    reason = "an organisation is hardly ever seen for the whole year"
    rows = rows_of(found)
    assert one(rows, level="control", measure="mean", term="employer:full")["reason"] == reason
    assert one(rows, level="control", measure="naive_mean", term="employer:full")["status"] == "ok"
    effects = effects_of(found)
    whole = f"intervention: {reason}; control: {reason}"
    assert set(pick(effects, analysis="cost_effectiveness")["reason"]) == {whole}
    assert set(pick(effects, measure="mean_difference")["reason"]) == {whole}
    assert one(effects, measure="naive_mean_difference", term="ao_days")["status"] == "ok"


def test_few_people_known_for_a_year_leave_no_weighted_mean():
    found, _ = book(8)
    rows = rows_of(found)
    reason = one(rows, level="control", measure="mean", term="ao_days")["reason"]
    assert reason == "fewer than 5 people are known for the whole year"


def test_an_empty_arm_is_a_reason_everywhere():
    found, _ = book(20, arm="control")
    assert (
        one(rows_of(found), level="intervention", measure="mean", term="ao_days")["reason"] == "fewer than two people"
    )
    effects = effects_of(found)
    assert set(effects["reason"]) == {"intervention: fewer than two people"}
    nobody = ledger(found.people.iloc[:0].assign(exclusion=pd.NA), book()[1]["costs"].iloc[:0], protocol())
    assert set(pd.DataFrame(cost_effect_rows(nobody, protocol(), FEW))["status"]) == {"not_estimable"}


def test_differences_are_those_of_the_means_and_have_their_interval():
    found, _ = book(known=[400, 400, 250])
    means, effects = rows_of(found), effects_of(found)
    for name in ("mean", "naive_mean"):
        for term in (*PERSPECTIVES, "ao_days"):
            arm = [
                one(means, level=level, measure=name, term=term)["estimate"] for level in ("intervention", "control")
            ]
            row = one(effects, measure=f"{name}_difference", term=term)
            assert row["estimate"] == pytest.approx(arm[0] - arm[1])
    row = one(effects, measure="mean_difference", term="employer:full")
    assert row["ci_low"] <= row["estimate"] <= row["ci_high"]


def test_bootstrap_spread_is_that_of_the_influences():
    rng = np.random.default_rng(4)
    found, _ = book(300, time=list(rng.integers(50, 360, 300)), known=[400, 400, 250])
    row = one(effects_of(found, resampling=Resampling(bootstraps=999)), measure="mean_difference", term="employer:full")
    means = [
        one(rows_of(found), level=arm, measure="mean", term="employer:full")["se"]
        for arm in ("intervention", "control")
    ]
    assert row["se"] == pytest.approx(np.hypot(*means), rel=0.12)


def test_cost_is_held_against_days_sample_by_sample():
    rng = np.random.default_rng(5)
    found, _ = book(120, time=list(rng.integers(50, 360, 120)))
    effects, (drawn, _) = effects_of(found), draw(found, protocol(), FEW)
    (cost, costs), (days, lost) = drawn.of("employer:full"), drawn.of("ao_days")
    assert one(effects, measure="icer", term="employer:full")["estimate"] == pytest.approx(-cost / days)
    assert pd.isna(one(effects, measure="icer", term="employer:full")["ci_low"])
    for worth in protocol().cost.thresholds_eur_per_day:
        row = one(effects, measure="net_benefit", term=f"employer:full:{worth:g}")
        assert row["estimate"] == pytest.approx(-worth * days - cost)
        chance = one(effects, measure="probability_cost_effective", term=f"employer:full:{worth:g}")
        assert chance["estimate"] == pytest.approx(np.mean(-worth * lost - costs > 0))
    shares = [one(effects, measure="quadrant", term=f"employer:full:{name}")["estimate"] for name in QUADRANTS]
    assert sum(shares) == pytest.approx(1)
    assert shares[0] == pytest.approx(np.mean((costs <= 0) & (lost < 0)))
    assert one(effects, measure="probability_break_even")["estimate"] == pytest.approx(np.mean(-lost > 11.5))


def test_return_on_investment_needs_an_investment():
    found, tables = book()
    row = one(effects_of(found), measure="return_on_investment", term="employer:full")
    assert row["reason"] == "labour experts do not cost more in the intervention arm"
    arm = tables["costs"]["case_id"].map(tables["cases"].set_index("case_id")["arm"])
    first = (tables["costs"]["interval"] == 2) & (arm == "intervention")
    paid = tables["costs"].assign(labour_expert=first * 1440.0)
    with_expert = effects_of(ledger(tables["cases"], paid, protocol()))
    saved = (630 - 310) / 3 * DAY
    row = one(with_expert, measure="return_on_investment", term="employer:full")
    assert row["estimate"] == pytest.approx((saved - 1440) / 1440)


def test_the_same_plan_gives_the_same_rows_and_ids_are_unique():
    found, tables = book()
    first, second = effects_of(found), effects_of(found)
    pd.testing.assert_frame_equal(first, second)
    rows = all_rows(tables["cases"], tables["costs"], protocol(), FEW)
    ids = [result_id(row) for row in rows]
    assert len(set(ids)) == len(ids)
    assert "cost.itt.t0.cost_difference.mean_difference.arm.intervention-minus-control.employer:full.365" in ids
    other = effects_of(found, replace(protocol(), seed=7))
    assert not first["se"].equals(other["se"])


def test_people_with_a_cost_are_counted_so_that_few_can_be_withheld():
    _, tables = book()
    few = tables["costs"]["case_id"].isin(["C0000", "C0002"]) & (tables["costs"]["interval"] == 0)
    paid = tables["costs"].assign(training=few * 500.0, adaptation=10.0)
    rows = rows_of(ledger(tables["cases"], paid, protocol()))
    assert one(rows, level="intervention", measure="mean", term="training")["n_events"] == 2
    assert one(rows, level="intervention", measure="mean", term="employer:full")["n_events"] == 30
    assert pd.isna(one(rows, level="a", measure="mean", term="employer:full:a")["n_events"])


def test_days_had_those_who_left_stayed_stand_beside_days_that_end_with_leaving():
    """Half leave on day 100, whatever arm; their absence would have lasted until day 200, as that of the others."""
    tables = derived(many(40, time=[200, 200, 100, 100], status=["event", "event", "competing", "competing"]))
    left = tables["cases"].index % 4 >= 2
    cases = tables["cases"].assign(leaves=left, last_known_day=np.where(left, 100, 400), cutoff_day=400)
    cases["followup"] = np.minimum(cases["last_known_day"], 365)
    costs = tables["costs"][
        ~tables["costs"]["case_id"].isin(cases.loc[left, "case_id"]) | (tables["costs"]["interval"] < 4)
    ]
    costs = costs.assign(
        ao_days=costs["ao_days"].where(
            ~costs["case_id"].isin(cases.loc[left, "case_id"]),
            costs["days"].clip(upper=100 - costs["first_day"]).clip(lower=0),
        )
    )
    plain, died = (
        rows_of(ledger(cases.assign(ao_days_complete=done | ~left), costs, protocol())) for done in (False, True)
    )
    row = one(plain, measure="mean_leaving_censored", level="control")
    assert (row["estimate"], row["unit"], row["term"]) == (pytest.approx(200), "days", "ao_days")
    assert one(plain, measure="mean", level="control", term="ao_days")["estimate"] == pytest.approx(150)
    assert one(died, measure="mean_leaving_censored", level="control")["estimate"] == pytest.approx(150)


def test_a_method_says_how_its_own_error_was_found():
    found, _ = book()
    effect = one(effects_of(found), measure="mean_difference", term="employer:full")["method"]
    assert "99 bootstrap samples" in effect and "jackknife" not in effect
    mean = one(rows_of(found), measure="mean", level="control", term="society:friction")["method"]
    assert "infinitesimal jackknife" in mean and "84 days of each absence" in mean and "elasticity 0.8" in mean


def test_samples_that_are_all_alike_have_no_share_above_a_limit():
    effects = effects_of(book(40, time=200)[0])
    alike = {"correlation", "quadrant", "probability_cost_effective", "probability_break_even"}
    for measure in alike:
        assert set(pick(effects, measure=measure)["reason"]) == {"the bootstrap samples do not differ"}, measure
    row = one(effects, measure="net_benefit", term="employer:full:0")
    assert row["estimate"] == pytest.approx(0, abs=1e-6)
    assert pd.isna(row["ci_low"]) and pd.isna(row["se"])
