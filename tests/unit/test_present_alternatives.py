"""Alternative texts: the main numbers of each figure, from the store, alike in both languages."""

import re

import pytest
from estimate_tables import protocol
from finished_run import finished_run
from present_rows import PLAN, released, row, small_store

from pilot_analysis.messages import load
from pilot_analysis.present.figures import FIGURES, alt_text, draw_all
from pilot_analysis.present.store import Store

PEOPLE = 320
EN = load("en").under(PLAN)
SPECS = {spec.name: spec for spec in FIGURES}
CONTRAST = "intervention - control"


def alternative(name, rows, messages=EN):
    return alt_text(SPECS[name], Store(rows), messages)


def numbers(text, decimal, thousand):
    """Numbers of a text, whatever the language writes between digits."""
    found = re.findall(rf"\d+(?:\{thousand}\d{{3}})*(?:\{decimal}\d+)?", text)
    return [float(number.replace(thousand, "").replace(decimal, ".")) for number in found]


@pytest.fixture(scope="module")
def real():
    run, plan = finished_run(PEOPLE), protocol()
    words = {language: load(language).with_words(plan.words(language)).under(plan) for language in ("nl", "en")}
    return run, words, draw_all(run.released, run.curves, words["en"], plan)


@pytest.mark.parametrize("name", SPECS)
def test_both_languages_give_the_same_numbers(real, name):
    run, words, _ = real
    store = Store(run.released)
    dutch = numbers(alt_text(SPECS[name], store, words["nl"]), ",", ".")
    assert dutch == numbers(alt_text(SPECS[name], store, words["en"]), ".", ",")


def test_every_figure_with_something_in_it_gives_numbers_of_the_store(real):
    """More than the sentence on its looks: at least one number that is not in the sentence."""
    run, words, figures = real
    store, checked = Store(run.released), 0
    for name, figure in figures.items():
        if not figure.axes:
            continue
        looks = words["en"].t(SPECS[name].alt_key, endpoint="")
        text = alt_text(SPECS[name], store, words["en"]).removeprefix(looks)
        assert len(numbers(text, ".", ",")) > len(numbers(looks, ".", ",")), name
        checked += 1
    assert checked > 20


def test_the_primary_figure_says_both_means_and_their_difference():
    text = alternative("not_returned_landmark_84", small_store())
    assert "Mean days not yet returned (95% CI): intervention 154.0 (137.0 to 171.0), control 179.3" in text
    assert text.endswith("Difference in days (95% CI): −25.3 (−49.5 to −1.1).")


def test_the_forest_says_each_ratio_it_shows_and_no_other():
    text = alternative("forest_full_rtw", small_store())
    assert "psychological 1.87 (1.03 to 3.39)." in text
    assert "other" not in text
    assert "Interaction test: p = 0.54." in text


def test_the_flow_counts_both_arms():
    text = alternative("flow", small_store())
    assert "Allocated: intervention 143, control 148." in text


def test_a_number_that_is_withheld_is_said_to_be():
    at = {"measure": "survival", "time": 42, "unit": "probability"}
    rows = released(
        [
            row("km", level="intervention", estimate=0.5, ci_low=0.4, ci_high=0.6, **at),
            row("km", level="control", status="suppressed", reason="too few", **at),
        ]
    )
    assert "intervention 50% (40 to 60); control not released." in alternative("km_full_rtw_landmark_84", rows)


def test_without_numbers_the_text_says_only_what_the_figure_looks_like():
    rows = released([row("km", "median", level="control", status="suppressed", reason="too few")])
    for name in ("km_full_rtw_landmark_84", "not_returned_landmark_84", "forest_full_rtw", "cost_plane", "tornado"):
        assert alternative(name, rows) == EN.t(SPECS[name].alt_key, endpoint="full return"), name


def test_the_cost_plane_says_both_perspectives():
    about = {"endpoint": "cost", "population": "itt", "origin": "t0", "level": CONTRAST, "time": 365}
    rows = released(
        [
            row("cost_difference", "mean_difference", term="ao_days", estimate=-24.0, ci_low=-47, ci_high=-1, **about),
            row("cost_difference", "mean_difference", term="employer:full", estimate=-2104.0, ci_low=-5457.0,
                ci_high=1151.0, unit="euro", **about),
            row("cost_effectiveness", "quadrant", term="employer:full:cheaper_days_saved", estimate=0.89,
                unit="probability", **about),
        ]
    )  # fmt: skip
    text = alternative("cost_plane", rows)
    assert "−24.0 (−47.0 to −1.0)" in text
    assert "−2,104 (−5,457 to 1,151)" in text
    assert "89%" in text


def test_the_tornado_names_the_largest_swings_first():
    about = {"endpoint": "none", "population": "none", "origin": "none", "group_by": "assumption", "unit": "euro"}
    swings = {"daily_wage": 100, "working_days": 10, "ao_fall_points": 1000, "assessment_cost": 50}
    rows = [
        row("business_case_sensitivity", "net_mean", term=term, level=level, estimate=500.0 + side * swing, **about)
        for term, swing in swings.items()
        for level, side in (("low", -1), ("high", 1))
    ]
    text = alternative("tornado", released(rows))
    assert [text.index(part) for part in ("from −500 ", "from 400 ", "from 450 ")] == sorted(
        text.index(part) for part in ("from −500 ", "from 400 ", "from 450 ")
    )
    assert "490" not in text


def test_effects_of_a_theory_are_counted():
    found = alternative("theory_employee_early", finished_run(PEOPLE).released)
    assert sum(int(number) for number in re.findall(r": (\d+)\.", found)) == 17
