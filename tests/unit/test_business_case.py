"""The business case: the amounts of the Phase I report to the cent, other assumptions, and how it all shows."""

from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from estimate_tables import PROTOCOL_FILE, one, pick, protocol
from hypothesis import given
from hypothesis import strategies as st
from present_rows import no_curves, small_store

from pilot_analysis.cli import main
from pilot_analysis.config import business_case_from, check, read_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.estimate.business_case import ASSUMED_UNITS, assumptions, business_case_rows, sensitivity_rows
from pilot_analysis.estimate.store import unclaimed_store
from pilot_analysis.messages import load
from pilot_analysis.models.business_case import Assumptions, business_case, fall_by_month
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables import TABLES
from pilot_analysis.present.tables_business_case import business_case as amounts_table
from pilot_analysis.present.tables_business_case import sensitivity
from pilot_analysis.present.tornado import tornado_figure

TERMS = ["wage_month_4", "wage_month_5", "wage_months_6_12", "wage_total", "wage_mean", "replacement_total", "ad_cost",
         "net_mean"]  # fmt: skip
REPORT = {  # as the specification has them, in euro
    176: (381.33, 762.67, 8008.00, 9152.00, 5125.12, 9100.00, 1440.00, 3685.12),
    120: (260.00, 520.00, 5460.00, 6240.00, 3494.40, 9100.00, 1440.00, 2054.40),
    90: (195.00, 390.00, 4095.00, 4680.00, 2620.80, 9100.00, 1440.00, 1180.80),
}
BASE = Assumptions(
    daily_wage=176, working_days=260, ao_fall_points=30, build_up_points=10, assessment_month=3, horizon_month=12,
    assessment_cost=1000, adjustable_percent=56, replacement_cost=200,
)  # fmt: skip
EN, NL = load("en"), load("nl")


@pytest.fixture(scope="module")
def store() -> pd.DataFrame:
    plan = protocol().business_case
    return unclaimed_store([*business_case_rows(plan), *sensitivity_rows(plan)])


# --- the arithmetic -------------------------------------------------------------------------------------------------


def test_the_plan_holds_the_assumptions_of_the_report():
    assert assumptions(protocol().business_case) == BASE
    assert protocol().business_case.daily_wages == (176, 120, 90)


def test_nothing_is_rounded_on_the_way():
    found = business_case(BASE)
    assert found.building == {4: Fraction(1144, 3), 5: Fraction(2288, 3)}
    assert found.complete == (6, 12)
    assert (found.wage_total, found.wage_mean, found.net_mean) == (9152, Fraction(512512, 100), Fraction(368512, 100))


def test_the_working_days_of_the_text_give_other_amounts_than_it_prints():
    found = business_case(replace(BASE, working_days=260.4))
    assert found.wage_total == Fraction("9166.08")
    assert round(float(found.wage_mean), 2) == 5133.00
    assert found.replacement_total == 9114


def test_a_last_step_of_the_build_up_may_be_smaller():
    assert list(fall_by_month(replace(BASE, ao_fall_points=22.5, horizon_month=7)).values()) == [
        10,
        20,
        Fraction("22.5"),
        Fraction("22.5"),
    ]


def test_a_build_up_that_the_horizon_cuts_off_saves_no_replacement():
    found = business_case(replace(BASE, assessment_month=10))
    assert (found.complete, found.wage_complete, found.replacement_total) == (None, 0, 0)
    assert list(found.building) == [11, 12]
    assert found.net_mean < 0


@pytest.mark.parametrize(
    "other",
    [{"assessment_month": 12}, {"build_up_points": 0}, {"ao_fall_points": 101}, {"adjustable_percent": -1}],
)
def test_what_cannot_be_is_refused(other):
    with pytest.raises(ValueError, match=r"assess|AO%"):
        replace(BASE, **other)


amounts = st.decimals(1, 500, places=2).map(float)


@given(
    wage=amounts, days=amounts, fall=st.integers(1, 100), step=st.integers(1, 100), first=st.integers(0, 11),
    last=st.integers(12, 24), cost=amounts, share=st.integers(0, 100), instead=amounts,
)  # fmt: skip
def test_it_equals_a_plain_walk_through_the_months(wage, days, fall, step, first, last, cost, share, instead):
    saved = replaced = lower = 0.0
    for _ in range(first + 1, last + 1):
        lower = min(lower + step, fall)
        saved += wage * days / 12 * lower / 100
        replaced += instead * days / 12 * lower / 100 if lower == fall else 0
    paid = sum(cost if person < share else 2 * cost for person in range(100)) / 100
    found = business_case(Assumptions(wage, days, fall, step, first, last, cost, share, instead))
    assert float(found.wage_total) == pytest.approx(saved)
    assert float(found.replacement_total) == pytest.approx(replaced)
    assert float(found.ad_cost) == pytest.approx(paid)
    assert float(found.net_mean) == pytest.approx(saved * share / 100 - paid)
    assert sum(found.building.values()) + found.wage_complete == found.wage_total


def test_the_smallest_effect_worth_having_is_the_cost_of_an_assessment():
    days = float(business_case(BASE).ad_cost) / BASE.daily_wage * 7 / 5
    assert round(days, 1) == protocol().thresholds.relevant_effect_days


# --- the rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wage", REPORT)
def test_the_amounts_of_the_report_to_the_cent(store, wage):
    rows = pick(store, analysis="business_case", level=f"daily_wage={wage}")
    assert rows["term"].tolist() == TERMS
    assert tuple(rows["estimate"].round(2)) == REPORT[wage]
    assert set(rows["unit"]) == {"euro"}
    assert set(rows["group_by"]) == {"daily_wage"}


def test_there_is_one_row_per_term_and_wage(store):
    rows = pick(store, analysis="business_case")
    assert len(rows) == len(TERMS) * len(REPORT)
    assert not rows.duplicated(["term", "level"]).any()
    assert store["result_id"].is_unique


def test_every_assumption_is_varied_and_shown_in_its_own_unit(store):
    rows = pick(store, analysis="business_case_sensitivity")
    assert set(rows["term"]) == set(protocol().business_case.assumptions) == set(ASSUMED_UNITS)
    assert (rows.groupby("term").size() == 3 + 2 * 2).all()
    assert one(rows, term="assessment_month", measure="assumption", level="base")["unit"] == "months"


@pytest.mark.parametrize(
    ("term", "measure", "low", "high"),
    [
        ("daily_wage", "net_mean", 0.56 * 9152 * 0.75 - 1440, 0.56 * 9152 * 1.25 - 1440),
        ("adjustable_percent", "net_mean", 0.42 * 9152 - 1580, 0.70 * 9152 - 1300),
        ("assessment_cost", "net_mean", 5125.12 - 1080, 5125.12 - 1800),
        ("replacement_cost", "net_mean", 3685.12, 3685.12),
        ("replacement_cost", "replacement_total", 6825, 11375),
        ("working_days", "replacement_total", 9100, 9114),
    ],
)
def test_one_assumption_at_a_time(store, term, measure, low, high):
    rows = pick(store, analysis="business_case_sensitivity", measure=measure, term=term)
    assert rows["estimate"].tolist() == pytest.approx([low, high])


def test_other_assumptions_name_their_own_months():
    plan = protocol().business_case
    changed = {**plan.assumptions, "assessment_month": replace(plan.assumptions["assessment_month"], value=2)}
    found = {row["term"] for row in business_case_rows(replace(plan, assumptions=changed))}
    assert {"wage_month_3", "wage_month_4", "wage_months_5_12"} < found


# --- the plan -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "item", "fault"),
    [
        ("daily_wage", {"value": 80, "low": 90, "high": 100}, "value 80 is not between low 90 and high 100"),
        ("horizon_month", {"value": 12, "low": 4, "high": 12}, "low 4 is not after the assessment"),
    ],
)
def test_assumptions_that_contradict_each_other_are_an_error(name, item, fault):
    part = read_yaml(PROTOCOL_FILE)["business_case"]
    part["assumptions"][name] = item
    with pytest.raises(UserError, match=fault):
        business_case_from(part)


def test_the_schema_is_strict():
    raw = read_yaml(PROTOCOL_FILE)
    raw["business_case"]["assumptions"]["adjustable_percent"]["value"] = 130
    raw["business_case"]["assumptions"]["inflation"] = {"value": 2, "low": 1, "high": 3}
    with pytest.raises(UserError) as problem:
        check(raw, "protocol", "protocol.yaml")
    assert "business_case.assumptions: unknown key inflation" in str(problem.value)
    assert "adjustable_percent.value: value 130 is not allowed; at most 100" in str(problem.value)


# --- what a reader sees ---------------------------------------------------------------------------------------------


def test_the_table_shows_cents_and_says_what_is_left_out(store):
    table = amounts_table(Store(store), EN, 10)
    assert table.columns == ["Amount", "Daily wage €176", "Daily wage €120", "Daily wage €90"]
    shown = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}
    assert shown["Wage saved in months 6 to 12"] == ["8,008.00", "5,460.00", "4,095.00"]
    assert shown["Wage minus cost, mean per employee"] == ["3,685.12", "2,054.40", "1,180.80"]
    assert all(cell.result_id for row in table.rows for cell in row.cells[1:])
    words = " ".join(table.notes)
    assert all(word in words for word in ("guidance", "productivity", "wage sanctions", "Assumptions, not results"))
    dutch = amounts_table(Store(store), NL, 10)
    assert dutch.rows[2].cells[1].text == "8.008,00"
    assert "loonsancties" in " ".join(dutch.notes)


def test_the_table_of_assumptions_has_a_line_for_each(store):
    table = sensitivity(Store(store), NL, 10)
    assert len(table.rows) == len(ASSUMED_UNITS)
    line = next(row for row in table.rows if row.cells[0].text.startswith("Daling AO%"))
    assert [cell.text for cell in line.cells[1:5]] == ["30", "22,5", "37,5", "2.564,00"]


def test_the_tornado_starts_with_the_largest_swing_and_leaves_out_what_changes_nothing(store):
    axes = tornado_figure(Material(Store(store), no_curves(), EN, None)).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[:2] == ["AO% adjustable at once (%)", "Daily wage (euro per working day)"]
    assert len(names) == len(ASSUMED_UNITS) - 1
    assert axes.yaxis_inverted()
    assert [text.get_text() for text in axes.texts][:2] == ["42 (low)", "70 (high)"]
    assert "as assumed: 3,685 euro" in [text.get_text() for text in axes.texts]


def test_without_rows_the_figure_and_tables_say_nothing_and_do_not_fail():
    figure = tornado_figure(Material(Store(small_store()), no_curves(), EN, None))
    assert "The business case was not computed." in [text.get_text() for text in figure.texts]
    assert amounts_table(Store(small_store()), EN, 10).rows == []


def test_the_tables_are_in_the_list():
    assert {"business_case", "business_case_sensitivity", "business_case_observed"} <= set(TABLES)


# --- the command ----------------------------------------------------------------------------------------------------


def asked(capsys, *arguments) -> tuple[int, str, str]:
    status = main(["business-case", "--config-dir", str(PROTOCOL_FILE.parent), *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command_for_a_daily_wage(capsys):
    status, text, _ = asked(capsys, "--daily-wage", "120", "--language", "en")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert status == 0
    assert "Wage, where AO% can be adjusted at once 6,240.00" in lines
    assert "Wage, mean per employee 3,494.40" in lines
    assert "Wage minus cost, mean per employee 2,054.40" in lines
    assert "Daily wage €176" not in text
    assert "wage sanctions" in text


def test_the_command_speaks_dutch_and_shows_the_wages_of_the_plan(capsys):
    _, text, _ = asked(capsys)
    assert "Dagloon €176  Dagloon €120  Dagloon €90" in text
    assert "5.125,12" in text


def test_the_command_takes_other_assumptions(capsys):
    _, text, _ = asked(capsys, "--assume", "working_days=260.4", "--language", "en")
    assert "9,166.08" in text
    assert "5,133.00" in text
    _, text, _ = asked(capsys, "--assume", "assessment_month=11", "--daily-wage", "99.5", "--language", "en")
    assert "Daily wage €99.50" in text
    assert "Wage saved in month 12" in text


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--daily-wage", "0"), "daily_wage.value: value 0 is not allowed; more than 0"),
        (("--daily-wage", "nan"), "daily_wage.value: value 'nan' is not allowed"),
        (("--assume", "wage=3"), "--assume wage=3: allowed are daily_wage, working_days"),
        (("--assume", "assessment_month=2.5"), "value 2.5 is not allowed; expected integer"),
        (("--assume", "horizon_month=3"), "is not after the assessment"),
        (("--assume", "replacement_cost"), "replacement_cost.value: value '' is not allowed"),
    ],
)
def test_what_the_command_cannot_use_is_one_line_and_no_table(capsys, arguments, fault):
    status, text, error = asked(capsys, *arguments)
    assert (status, text) == (1, "")
    assert fault in error
    assert len(error.splitlines()) == 1
