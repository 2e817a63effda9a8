"""Figures: the list, what they show, and that they say so when there is nothing to show."""

import re

import pytest
from present_rows import ARMS, PLAN, no_curves, released, row, small_curves, small_store

from pilot_analysis.messages import load
from pilot_analysis.present import axis, style
from pilot_analysis.present.figures import FIGURES, alt_text, caption, draw_all, render
from pilot_analysis.present.store import Store

EN = load("en").under(PLAN)


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text")) if text.get_text()]


@pytest.fixture(scope="module")
def drawn():
    return draw_all(small_store(), small_curves(), EN, PLAN, synthetic=True)


def test_every_figure_of_the_list_is_drawn_once(drawn):
    assert list(drawn) == [spec.name for spec in FIGURES]
    assert len(drawn) == len(set(drawn))


def test_captions_and_alternatives_are_whole_sentences():
    store = Store(small_store())
    for spec in FIGURES:
        assert caption(spec, EN).endswith(".")
        assert "{" not in alt_text(spec, store, EN)


def test_the_alternative_of_a_curve_gives_medians_and_shares():
    spec = next(spec for spec in FIGURES if spec.name == "km_full_rtw_landmark_84")
    text = alt_text(spec, Store(small_store()), EN)
    assert "Median in days (95% CI): intervention 124 (100 to not reached); control 149 (100 to not reached)." in text
    assert text.endswith("42 days after the start (95% CI): intervention 87% (80 to 92); control 87% (80 to 92).")


def test_the_axis_counts_days_of_absence_and_marks_the_weeks(drawn):
    figure = drawn["km_full_rtw_landmark_84"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == [
        "84\nweek 13",
        "126\nweek 19",
        "357\nweek 52",
    ]
    shown = texts(figure)
    assert "week 13\nAD, intervention group" in shown
    assert "weeks 48–52\nAD, control group" in shown


def test_the_risk_table_stands_under_the_ticks_and_withholds_small_numbers(drawn):
    curve, table = drawn["km_full_rtw_landmark_84"].axes
    assert curve.get_xlim() == table.get_xlim()
    assert curve.get_position().x0 == pytest.approx(table.get_position().x0)
    numbers = [(text.get_position()[0], text.get_text()) for text in table.texts]
    assert numbers[:3] == [(84, "148"), (126, "118"), (357, "×")]


def test_the_primary_figure_shows_the_means_and_their_difference(drawn):
    assert any(
        "difference −25.3 days (95% CI −49.5 to −1.1)" in text for text in texts(drawn["not_returned_landmark_84"])
    )


def test_the_forest_shows_reasons_instead_of_missing_ratios(drawn):
    shown = texts(drawn["forest_full_rtw"])
    assert "not available¹" in shown
    assert any("¹ fewer than 10 returns in an arm of this group." in text for text in shown)
    assert any("p = 0.54" in text for text in shown)
    assert drawn["forest_full_rtw"].axes[0].get_xscale() == "log"


def test_the_flow_names_exclusions_and_withholds_small_counts(drawn):
    shown = texts(drawn["flow"])
    assert "Allocated: 291" in shown
    assert "• no personnel record: ×" in shown


def test_synthetic_data_are_named_in_every_figure_with_content(drawn):
    for name in ("km_full_rtw_landmark_84", "ao_landmark_84", "forest_full_rtw", "flow"):
        assert any("SYNTHETIC DATA" in text for text in texts(drawn[name]))


def test_nothing_to_show_is_a_note_and_not_a_crash():
    only = released(
        [row("quality", "n", population="allocated", group_by="all", term="rows:cases", estimate=1, unit="rows")]
    )
    for figure in draw_all(only, no_curves(), EN, PLAN).values():
        assert "No figure" in texts(figure)


def test_a_week_in_which_everybody_is_alike_has_a_mean_without_a_band():
    ao = {"endpoint": "ao_percent", "population": "landmark_84", "unit": "points", "n": 40}
    alike = [
        row("ao_curve", "mean", level=arm, time=time, estimate=100.0, se=0.0, **ao) for arm in ARMS for time in (0, 7)
    ]
    axes = draw_all(released(alike), no_curves(), EN, PLAN)["ao_landmark_84"].axes[0]
    courses = [line.get_ydata().tolist() for line in axes.lines if line.get_linewidth() > 1]  # no edge of a band
    assert courses.count([100.0, 100.0]) == len(ARMS)


def test_arms_differ_in_colour_dash_and_marker():
    intervention, control = (style.line("arm", arm) for arm in ("intervention", "control"))
    assert intervention.colour != control.colour
    assert intervention.dash != control.dash
    assert intervention.marker != control.marker


@pytest.mark.parametrize("family", ["arm", "cas_group", "fml_group"])
def test_levels_of_a_group_never_share_a_dash(family):
    dashes = [style.line(family, level).dash for level in style.levels(family)]
    assert len(set(dashes)) == len(dashes)


def test_rendering_twice_gives_the_same_bytes_without_a_date_or_software_name(drawn):
    first = render(drawn["forest_full_rtw"])
    again = render(draw_all(small_store(), small_curves(), EN, PLAN, synthetic=True)["forest_full_rtw"])
    assert first == again
    assert not re.search(rb"<dc:date>|matplotlib\.org|Matplotlib v", first["svg"])
    assert b"Software" not in first["png"]


def test_labels_keep_their_order_and_their_distance():
    placed = axis.spread([0.30, 0.31, 0.29], 0.1, 0.0, 1.0)
    assert sorted(range(3), key=lambda k: placed[k]) == [2, 0, 1]
    assert placed[0] - placed[2] >= 0.1 - 1e-12
    assert placed[1] - placed[0] >= 0.1 - 1e-12


def test_labels_stay_inside_when_they_are_pushed_up():
    assert max(axis.spread([0.98, 0.99, 1.0], 0.1, 0.0, 1.0)) <= 1.0


def test_weeks_count_from_one():
    assert [axis.week(day) for day in (0, 6, 84, 90, 329)] == [1, 1, 13, 13, 48]
