"""The business case on what was observed: months of the path by hand, arms, pay, follow-up that ends early."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from estimate_tables import LANDMARK, derived, many, one, pick, populations_of, protocol, trial
from present_rows import PLAN

from pilot_analysis.estimate.business_case import terms
from pilot_analysis.estimate.business_case_observed import SAVED, SPENT, lost_days, observed_rows
from pilot_analysis.estimate.store import unclaimed_store
from pilot_analysis.messages import load
from pilot_analysis.models.business_case import Assumptions
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables_business_case import observed as side_by_side

WORKING = 260 / 365
EDGES = [0, 91, 121, 152, 182, 212, 243, 273, 304, 334, 365]  # days by which months 3 .. 12 are over


def observed(who: pd.DataFrame, plan=None, charged: dict[str, tuple[float, float]] | None = None) -> pd.DataFrame:
    """Rows of these people; `charged` gives what intervention and control were charged on day 90, by kind of cost."""
    tables, plan = derived(who), plan or protocol()
    costs = tables["costs"]
    for kind, (intervention, control) in (charged or {}).items():
        arm = costs["case_id"].map(who.set_index("case_id")["arm"])
        amount = np.where(arm == "intervention", intervention, control)
        costs[kind] = np.where(costs["interval"] == 3, amount, 0.0)
    population = populations_of(who, plan)[LANDMARK]
    return pd.DataFrame(observed_rows(population, tables["cases"], tables["periods"], costs, plan))


def test_days_lost_of_two_paths_by_hand():
    people = pd.DataFrame({"case_id": ["a", "b"], "followup": [120, 365]})
    periods = pd.DataFrame(
        [("a", 0, 99, 100.0), ("a", 100, 365, 50.0), ("b", 0, 150, 40.0), ("b", 151, 365, 0.0), ("c", 0, 9, 100.0)],
        columns=["case_id", "first_day", "last_day", "ao_percent"],
    )
    lost = lost_days(people, periods, np.array([0, 91, 121, 152]))
    assert lost == pytest.approx(np.array([[91, 9 + 20 / 2, 0], [36.4, 12, 12]]))


def test_a_month_that_only_one_arm_is_away_is_saved():
    """Everybody is away until day 130 (intervention) or all year (control), at 200 euro a day."""
    who = many(40, time=[130, 365], status=["event", "censored"], daily_wage_eur=200.0, contract_fte=0.5)
    rows = observed(who)
    wage = pick(rows, measure="observed", level=SAVED).set_index("term")["estimate"]
    assert wage["wage_month_4"] == pytest.approx(0)
    assert wage["wage_month_5"] == pytest.approx(100 * WORKING * (152 - 130))
    assert wage["wage_months_6_12"] == pytest.approx(100 * WORKING * (365 - 152))
    assert wage["wage_mean"] == pytest.approx(100 * WORKING * (365 - 130))
    assert wage["ao_fall_month_5"] == pytest.approx(100 * 22 / 31)
    assert wage["ao_fall_months_6_12"] == pytest.approx(100)
    reduced = pick(rows, measure="observed_reduced").set_index("term")["estimate"]
    assert reduced["wage_mean"] == pytest.approx(0.7 * wage["wage_mean"])


def test_followed_all_year_it_is_the_plain_difference_of_means_over_the_months():
    who = trial(120).assign(daily_wage_eur=np.resize([90.0, 120.0, 260.0], 120))
    rows = observed(who)
    away = np.where(who["status"] == "event", who["time"], 365)  # leaving does not end the path of these people
    for term, (first, last) in {"month_4": (91, 121), "month_5": (121, 152), "months_6_12": (152, 365)}.items():
        lost = np.clip(np.minimum(away, last) - first, 0, None) * who["daily_wage_eur"] * WORKING
        by_arm = {arm: lost[who["arm"] == arm] for arm in ("intervention", "control")}
        found = one(rows, measure="observed", term=f"wage_{term}")
        assert found["estimate"] == pytest.approx(by_arm["control"].mean() - by_arm["intervention"].mean())
        se = np.sqrt(sum(part.var(ddof=0) / len(part) for part in by_arm.values()))
        assert found["se"] == pytest.approx(se)
        assert found["ci_low"] < found["estimate"] < found["ci_high"]


def test_costs_delivered_give_the_net_amount():
    who = many(40, time=[130, 365], status=["event", "censored"])
    rows = observed(who, charged={"labour_expert": (1200.0, 200.0), "replacement": (50.0, 80.0)})
    assert one(rows, term="ad_cost", level=SPENT)["estimate"] == pytest.approx(1000)
    assert one(rows, term="replacement_total", level=SAVED)["estimate"] == pytest.approx(30)
    assert one(rows, term="ad_cost", level=SPENT)["n_events"] == 40  # people with such a cost, so that few are withheld
    for measure in ("observed", "observed_reduced"):
        wage, net = (one(rows, measure=measure, term=term)["estimate"] for term in ("wage_mean", "net_mean"))
        assert net == pytest.approx(wage - 1000)


def test_what_nobody_delivered_is_unknown_rather_than_nothing():
    rows = observed(many(40, time=[130, 365], status=["event", "censored"]))
    missing = rows[rows["status"] == "not_estimable"]
    assert set(missing["term"]) == {"ad_cost", "net_mean", "replacement_total"}
    assert set(missing["reason"]) == {"no cost of this kind was delivered"}


def test_follow_up_that_ends_early_is_weighted():
    """Half of each arm is cut off on day 160, whatever their course: the weighted answer is that of the others."""
    whole = many(80, time=[130, 365], status=["event", "censored"])
    cut = whole.assign(known=np.resize([365, 365, 160, 160], 80))
    cut = cut.assign(time=np.minimum(cut["time"], cut["known"]))
    full, weighted = (one(observed(who), measure="observed", term="wage_mean") for who in (whole, cut))
    assert weighted["estimate"] == pytest.approx(full["estimate"])


def test_hardly_anybody_is_no_number_but_the_rows_are_there():
    rows = observed(many(2, time=200, status="event"))
    seen = rows[rows["measure"] != "assumed"]
    assert set(seen["status"]) == {"not_estimable"}
    assert "intervention: fewer than two people" in seen["reason"].iloc[0]
    assert len(rows) == len(observed(trial(60)))


def test_what_is_assumed_stands_beside_it_per_employee():
    rows = pick(observed(many(2, time=200, status="event")), measure="assumed").set_index("term")["estimate"]
    assert rows["wage_mean"] == pytest.approx(5125.12)
    assert rows[["wage_month_4", "wage_month_5", "wage_months_6_12"]].sum() == pytest.approx(5125.12)
    assert rows["net_mean"] == pytest.approx(3685.12)
    assert rows["replacement_total"] == pytest.approx(0.56 * 9100)
    assert rows["ao_fall_months_6_12"] == pytest.approx(0.56 * 30)


def test_nothing_after_the_year_is_observed():
    plan = protocol()
    months = replace(plan.business_case.assumptions["horizon_month"], value=24, high=24)
    changed = {**plan.business_case.assumptions, "horizon_month": months}
    rows = observed(trial(60), replace(plan, business_case=replace(plan.business_case, assumptions=changed)))
    assert "wage_months_6_12" in set(rows["term"])
    assert "wage_months_6_24" in terms(Assumptions(**{name: item.value for name, item in changed.items()}))


def test_the_table_sets_them_side_by_side():
    store = unclaimed_store(observed(trial(120), charged={"labour_expert": (1200.0, 200.0)}).to_dict("records"))
    assert store["result_id"].is_unique
    table = side_by_side(Store(store), load("en").under(PLAN), 10)
    shown = {row.cells[0].text: row.cells[1:] for row in table.rows}
    assert shown["Wage, mean per employee"][0].text == "5,125"
    assert " to " in shown["Wage, mean per employee"][1].text
    assert shown["Cost of assessments by the labour expert"][1].text.startswith("1,000")
    assert shown["Cost of assessments by the labour expert"][2].text == ""
    replacement = shown["Replacement, once build-up is complete"][1]
    assert table.footnotes[replacement.note - 1] == "No cost of this kind was delivered."
    assert shown["AO% lower in months 6 to 12 (percentage points)"][0].text == "16.8"
