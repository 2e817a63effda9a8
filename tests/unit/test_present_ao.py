"""The order of tests, the tables of AO% over time, and the picture of the states."""

import pandas as pd
import pytest
from present_rows import ARMS, PLAN, released, row

from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.present.claims import claims
from pilot_analysis.present.material import Material
from pilot_analysis.present.occupation import LOOK, occupation_figure
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables import build_all
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED_CURVES

EN = load("en").under(PLAN)
DIFFERENCE = {"level": "intervention - control", "n": 200, "n_events": 100}
SHARES = {"absent": 0.3, "partial": 0.3, "returned": 0.1, "recovered": 0.2, "left": 0.1}


def difference(name: str, low: float, high: float, **about):
    kinds = {
        "p1": ("days_not_returned", "mean_difference", {"endpoint": "full_rtw"}),
        "any": ("ao_days", "days_any_absence_difference", {"endpoint": "ao_percent"}),
        "sustained": ("days_not_returned", "mean_difference", {"endpoint": "sustained_rtw"}),
    }
    analysis, measure, more = kinds[name]
    middle = (low + high) / 2
    about = {"time": 281.0, "estimate": middle, "ci_low": low, "ci_high": high, "p_value": 0.01, **more, **about}
    return row(analysis, measure, **DIFFERENCE, **about)


YES, NO = (-40.0, -2.0), (-40.0, 2.0)


@pytest.mark.parametrize(
    ("p1", "days", "sustained", "keys"),
    [
        (YES, YES, YES, ["significant", "significant", "significant", "blank"]),
        (YES, YES, NO, ["significant", "significant", "not_significant", "not_tested"]),
        (YES, NO, YES, ["significant", "not_significant", "not_tested", "not_tested"]),
        (NO, YES, YES, ["not_significant", "not_tested", "not_tested", "not_tested"]),
    ],
)
def test_a_test_is_reached_only_when_all_before_it_succeeded(p1, days, sustained, keys):
    rows = released([difference("p1", *p1), difference("any", *days), difference("sustained", *sustained)])
    assert [key for _, key in claims(Store(rows), randomised=True).values()] == keys
    lines = build_all(rows, EN)["hierarchy"].rows
    p_values = [line.cells[2].text for line in lines]
    assert [bool(p) for p in p_values[:3]] == [key != "not_tested" for key in keys[:3]]
    assert all(line.cells[1].text for line in lines[:3])  # the interval stands there all the same


def test_a_test_that_cannot_be_made_stops_the_order():
    rows = released([difference("p1", *YES), difference("sustained", *YES)])
    assert [key for _, key in claims(Store(rows), randomised=True).values()] == [
        "significant",
        "blank",
        "not_tested",
        "not_tested",
    ]


@pytest.mark.parametrize("messages", [EN, load("nl").under(PLAN)], ids=["en", "nl"])
def test_nothing_is_tested_or_called_significant_where_nothing_was_randomised(messages):
    """Whole organisations compared: intervals and what they describe, no p value, no claim, in no table."""
    rows = released([difference("p1", *YES), difference("any", *YES), difference("sustained", *NO)])
    compared = messages.under({**PLAN, "design": {"allocation": "organisations_compared", "strata": "none"}})
    found = claims(Store(rows), randomised=False)
    assert [key for _, key in found.values()] == ["associated", "associated", "associated", "blank"]
    tables = build_all(rows, compared)
    lines = tables["hierarchy"].rows
    assert [bool(line.cells[1].text) for line in lines] == [True, True, True, False]
    assert not any(line.cells[2].text for line in lines)
    for name in ("hierarchy", "outcomes_landmark_84", "primary_ways", "ao_days"):
        words = " ".join(
            [tables[name].title, *tables[name].notes, *(c.text for r in tables[name].rows for c in r.cells)]
        )
        assert "ignifican" not in words, name
    assert "ignifican" in " ".join(build_all(rows, messages)["outcomes_landmark_84"].notes)


def test_words_that_know_no_plan_claim_nothing():
    with pytest.raises(KeyError):
        build_all(released([difference("p1", *YES)]), load("en"))


CONTRAST = "intervention - control"


def about(**more):
    return {"endpoint": "ao_percent", "n": 100, "n_events": 50, "unit": "points", **more}


def test_tables_show_means_differences_and_both_models():
    rows = [
        row("ao_points", "mean", level=arm, time=91.0, estimate=40.0, ci_low=35, ci_high=45, **about()) for arm in ARMS
    ]
    five = {"estimate": -5.0, "ci_low": -9, "ci_high": -1}
    rows += [
        row("ao_points", "mean_difference", level=CONTRAST, time=91.0, **five, **about()),
        row("ao_gee", "mean_difference", level=CONTRAST, **{**five, "estimate": -6.0}, **about()),
        row("ao_days", "ao_days", level="intervention", time=281.0, estimate=90.0, ci_low=80, ci_high=99, **about()),
        row("state_occupation", "days", level="intervention", time=281.0, term="left", estimate=7.0, **about()),
    ]
    tables = build_all(released(rows), EN)
    points = {line.cells[0].text: [cell.text for cell in line.cells[1:]] for line in tables["ao_points"].rows}
    assert points["Mean AO%, week 26"] == ["40.0 (35.0 to 45.0)", "40.0 (35.0 to 45.0)", "−5.0 (−9.0 to −1.0)"]
    assert points["Difference over the whole period, GEE"][2] == "−6.0 (−9.0 to −1.0)"
    days = {line.cells[0].text: [cell.text for cell in line.cells[1:]] for line in tables["ao_days"].rows}
    assert days["AO-weighted days, of 281"] == ["90.0 (80.0 to 99.0)", "", ""]
    assert days["Days gone (left)"] == ["7.0", "", ""]


def material(states: dict[str, float]) -> Material:
    """Both arms with these shares on two days, and numbers followed."""
    points = [
        {
            "analysis": "occupation", "endpoint": "ao_percent", "population": "landmark_84", "origin": "landmark",
            "group_by": "arm*state", "level": f"{arm}:{state}", "time": time, "estimate": share, "n_at_risk": 80,
        }
        for arm in ARMS for state, share in states.items() for time in (0.0, 182.0)
    ]  # fmt: skip
    followed = [
        row("state_occupation", "n_at_risk", level=arm, time=time, estimate=60.0, **about(unit="people"))
        for arm in ARMS
        for time in (42.0, 182.0)
    ]

    curves = conform(pd.DataFrame(points).reindex(columns=list(RELEASED_CURVES.columns)), RELEASED_CURVES)
    return Material(Store(released(followed)), curves, EN, PLAN)


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text")) if text.get_text()]


def drawn(states: dict[str, float]):
    with style.context():
        return occupation_figure(material(states), "landmark_84")


def test_the_picture_has_a_panel_per_arm_and_names_every_state_beside_it():
    figure = drawn(SHARES)
    shown = [text.replace("\n", " ") for text in texts(figure)]
    assert [axes.get_title() for axes in figure.axes] == ["Intervention", "Control"]
    names = [shown.index(EN.t(f"state.{state}")) for state in SHARES]
    assert names == sorted(names)  # from below, as the areas
    assert {*SHARES, "absence", "at_work"} == set(LOOK)
    assert "withheld" not in shown
    assert shown.count("60") == 2  # day 126 is too close to day 84 for a tick
    assert shown.count("80") == 2


def test_states_released_as_one_are_drawn_as_one():
    figure = drawn({"absence": 0.6, "at_work": 0.3, "left": 0.1})
    shown = [text.replace("\n", " ") for text in texts(figure)]
    assert EN.t("state.absence") in shown and EN.t("state.at_work") in shown
    assert "withheld" not in shown
    assert [line.name for line in figure.reading.lines][:2] == [
        "intervention: absent in full or in part",
        "intervention: returned",
    ]


def test_a_withheld_state_leaves_a_named_gap():
    shown = texts(drawn({"absent": 0.4, "partial": 0.3}))
    assert "withheld" in shown


def test_levels_stack_to_the_whole():
    figure = drawn(SHARES)
    tops = [collection.get_datalim(figure.axes[0].transData).y1 for collection in figure.axes[0].collections]
    assert tops == pytest.approx([0.3, 0.6, 0.7, 0.9, 1.0])
