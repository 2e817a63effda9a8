"""Estimand cards: attributes, counted events, main result and sensitivities; words in both languages, one unit."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.text import Text
from present_rows import PLAN, row, small_curves

from pilot_analysis.config import load_protocol
from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.present.card_rows import LISTS, card_rows
from pilot_analysis.present.cards import PICTURES, card_figure, card_numbers
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables_cards import card_tables, reading_order, worded
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED

PROTOCOL = load_protocol(Path(__file__).parents[2] / "config" / "protocol.yaml")
EN, NL = load("en").under(PLAN), load("nl").under(PLAN)
DIFFERENCE = "intervention - control"


def days(analysis="days_not_returned", measure="mean_difference", population="landmark_84", **numbers):
    given = {"estimate": -10.0, "ci_low": -30.0, "ci_high": 10.0, **numbers}
    return row(analysis, measure, level=DIFFERENCE, population=population, time=281.0, **given)


def counted(event, arm, n, of, population="landmark_84", **more):
    endpoint = "full_rtw" if population == "landmark_84" else "none"
    origin = "landmark" if population == "landmark_84" else "t0"
    about = {"population": population, "endpoint": endpoint, "origin": origin, "unit": "people", "term": event}
    return row("intercurrent", "n", level=arm, estimate=n, n=of, n_events=n, **{**about, **more})


ROWS = [
    days(),
    days("rmst", "rmst_difference", estimate=-12.0, ci_low=-33.0, ci_high=9.0),
    days("days_not_returned_adjusted", status="not_estimable", reason="no event", estimate=None, ci_low=None,
         ci_high=None),
    days(population="itt", estimate=-5.0, ci_low=-200.0, ci_high=150.0),
    counted("no_or_late_ad", "intervention", 36, 143),
    counted("leaving", "intervention", 12, 143),
    counted("leaving", "control", 18, 148),
    counted("leaving", "control", 38, 190, "itt"),
    counted("relapse", "control", None, None, status="suppressed", reason="x"),
]  # fmt: skip
STORE = Store(conform(pd.DataFrame(ROWS), RELEASED))


def lines(messages, estimand):
    table = card_tables(STORE, messages, 10, PROTOCOL.estimands)[f"card_{estimand}"]
    return table, {line.cells[0].text: [cell.text for cell in line.cells[1:]] for line in table.rows}


def test_there_is_a_card_for_each_estimand_with_all_its_attributes():
    tables = card_tables(STORE, EN, 10, PROTOCOL.estimands)
    assert set(tables) == {f"card_{item.id}" for item in PROTOCOL.estimands}
    assert list(tables) == [f"card_{name}" for name in ("P1", "P2", *(f"S{k}" for k in range(1, 11)), "Q1")]
    for item in PROTOCOL.estimands:
        heads = [line.cells[0].text for line in tables[f"card_{item.id}"].rows]
        assert heads[:4] == ["Population", "Endpoint", "Contrast", "Measure"]
        assert [EN.word("intercurrent", event) for event in item.intercurrent] == heads[4 : 4 + len(item.intercurrent)]


@pytest.mark.parametrize("messages", [EN, NL], ids=["en", "nl"])
def test_every_text_of_the_shipped_plan_has_words_in_both_languages(messages):
    for item in PROTOCOL.estimands:
        for name in ("population", "endpoint", "contrast"):
            text = getattr(item, name)
            assert f"card_{name}" and worded(messages, f"card_{name}", text) in messages.texts.values(), text
        for strategy in item.intercurrent.values():
            assert worded(messages, "strategy", strategy) in messages.texts.values(), strategy
        assert f"estimand_summary.{item.id}" in messages


def test_a_text_without_words_stays_as_the_plan_has_it():
    assert worded(EN, "card_population", "a population of its own") == "a population of its own"


def test_events_are_counted_in_the_population_of_the_estimand():
    table, found = lines(EN, "P1")
    assert found["no or late labour expert"] == ["analysed as allocated (treatment policy)", "36 of 143", ""]
    assert found["leaving"][1:] == ["12 of 143", "18 of 148"]
    assert found["relapse"][2] == "–"
    assert "Withheld" in " ".join(table.footnotes)
    _, everyone = lines(EN, "P2")
    assert everyone["leaving"][1:] == ["", "38 of 190"]
    assert everyone["no or late labour expert"][1] == "36 of 143"  # counted once, for whoever is due one


def test_results_stand_in_the_table_with_their_keys():
    table, found = lines(NL, "P1")
    assert found["Vanaf week 13, vertrek niet terug"][0] == "−10,0 (−30,0 tot 10,0)"
    cell = next(line.cells[1] for line in table.rows if line.cells[0].text == "Vanaf week 13, vertrek niet terug")
    assert cell.result_id.startswith("full_rtw.landmark_84.days_not_returned.mean_difference.intervention - control")


def test_the_main_result_is_the_first_and_only_one():
    rows = card_rows(STORE, "P1", EN)
    assert [one.main for one in rows] == [True, False, False, False]
    assert card_rows(STORE, "S9", EN) == []
    without = Store(conform(pd.DataFrame(ROWS[1:]), RELEASED))
    assert not any(one.main for one in card_rows(without, "P1", EN))


def drawn(store, estimand="P1", synthetic=False):
    material = Material(store, small_curves(), EN, PROTOCOL, synthetic=synthetic)
    with style.context():
        return card_figure(material, estimand)


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_the_picture_shows_each_row_its_numbers_and_the_reason_of_a_missing_one():
    words = texts(drawn(STORE))
    assert {"From week 13, leaving not returned", "−12.0 (−33.0 to 9.0)", "–¹"} <= set(words)
    assert any("¹ nobody returned." in text for text in words)
    assert not any("SYNTHETIC" in text for text in words)
    assert any("SYNTHETIC" in text for text in texts(drawn(STORE, synthetic=True)))


def test_estimands_are_read_by_letter_and_number_whatever_their_name():
    assert list(reading_order(["S10", "S9", "P1", "own", "S2b", "S2"])) == ["S2", "S2b", "S9", "S10", "P1", "own"]


def test_many_rows_without_a_number_are_counted_and_not_drawn():
    none = {"status": "suppressed", "estimate": None, "ci_low": None, "ci_high": None}
    store = Store(conform(pd.DataFrame([days(), *(days(name, what, **none) for name, what in (
        ("rmst", "rmst_difference"), ("days_not_returned_adjusted", "mean_difference"),
        ("days_not_returned_bootstrap", "mean_difference")))]), RELEASED))  # fmt: skip
    with style.context():
        figure = card_figure(Material(store, small_curves(), EN, PLAN), "P1")
    shown = "\n".join(text.get_text() for text in figure.findobj(Text))
    assert "Not drawn: 3 other ways without a number" in shown
    assert "Leaving censored" not in shown
    assert "From week 13, leaving not returned" in shown


def test_intervals_beyond_the_axis_end_in_a_head_and_stay_on_it():
    figure = drawn(STORE)
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    ends = [x for line in axes.get_lines() for x in line.get_xdata() if len(line.get_xdata()) == 2]
    assert min(ends) >= low
    assert max(ends) <= high
    assert {line.get_marker() for line in axes.get_lines()} >= {"D", "o", "<", ">"}
    assert high < 150  # the widest interval does not squeeze the main result


def test_without_any_number_a_note_says_so():
    nothing = Store(conform(pd.DataFrame([ROWS[2]]), RELEASED))
    assert any("None of the results" in text.replace("\n", " ") for text in texts(drawn(nothing)))
    assert card_numbers({"estimand": "P1"}, nothing, EN) == ["Adjusted for who people are: no number."]


def test_the_alternative_text_says_every_number():
    said = card_numbers({"estimand": "P1"}, STORE, EN)
    assert said[0] == "From week 13, leaving not returned: −10.0 (−30.0 to 10.0)."
    assert len(said) == 4


@pytest.mark.parametrize("estimand", PICTURES)
def test_the_ways_of_a_card_have_words_in_both_languages_and_belong_to_the_plan(estimand):
    assert estimand in {item.id for item in PROTOCOL.estimands}
    for way in LISTS[estimand]:
        assert f"card.way.{way.key}" in EN
        assert f"card.way.{way.key}" in NL
