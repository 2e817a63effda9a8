"""What the page can read off a figure: the released points in words, and where they lie in the SVG."""

import html
import json
import re

import pytest
from present_rows import ARMS, PLAN, curves, no_curves, small_curves, small_store

from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.present.figures import draw_all, render
from pilot_analysis.report.svg import inline

EN = load("en").under(PLAN)
MAIN = "not_returned_landmark_84"


def drawn(found=None, messages=EN):
    return draw_all(small_store(), small_curves() if found is None else found, messages, PLAN)


def offered(svg):
    """What an SVG offers, read as a browser reads the attribute."""
    found = re.search(r'<svg[^>]*? data-reading="([^"]*)"', svg)
    return json.loads(html.unescape(found[1])) if found else None


@pytest.fixture(scope="module")
def svg():
    return render(drawn()[MAIN], ("svg",))["svg"].decode()


@pytest.fixture(scope="module")
def reading(svg):
    return offered(svg)


def test_each_released_point_is_offered_in_words(reading):
    intervention = reading["lines"][0]
    assert intervention["name"] == "intervention"
    assert intervention["colour"] == style.line("arm", "intervention").colour
    assert [point[0] for point in intervention["points"]] == [84, 114, 204, 334]  # days of absence
    assert intervention["points"][1][1:3] == [0.9, ["90%", "84 to 96", "140"]]


def test_between_two_points_both_are_offered_and_no_number_is_made_up(reading):
    assert reading["lines"][0]["points"][1][3] == "between 90% on day 114 and 60% on day 204"
    assert reading["lines"][0]["points"][-1][3] == ""


def test_places_are_the_points_of_all_lines_in_words():
    found = curves(
        [
            ("not_returned", "arm", "intervention", [(0, 1.0, 148), (30, 0.9, 140)]),
            ("not_returned", "arm", "control", [(0, 1.0, 148), (60, 0.8, 120)]),
        ]
    )
    places = offered(render(drawn(found)[MAIN], ("svg",))["svg"].decode())["places"]
    assert places == [
        [84, "Day 84 of absence, week 13"],
        [114, "Day 114 of absence, week 17"],
        [144, "Day 144 of absence, week 21"],
    ]


def test_the_frame_is_where_the_axes_are_drawn(svg, reading):
    """The frame that the script is told equals the lines of the axes in the SVG, in its own units."""
    wide, high = (float(side) for side in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    left, top, right, bottom = reading["panels"][0]["box"]
    assert 0 < left < right < wide
    assert 0 < top < bottom < high
    frame = re.search(r"M ([\d.]+) ([\d.]+) \nL ([\d.]+) ([\d.]+) \n", svg[svg.index('id="axes_1"') :])
    corners = [float(number) for number in frame.groups()]
    assert corners == pytest.approx([left, bottom, right, bottom], abs=0.02)


def test_dutch_is_written_the_dutch_way():
    found = curves([("not_returned", "arm", arm, [(0, 1.0, 148), (30, 0.905, 140)]) for arm in ARMS])
    messages = load("nl").under(PLAN)
    point = offered(render(drawn(found, messages)[MAIN], ("svg",))["svg"].decode())["lines"][0]["points"][1]
    assert point[2] == ["90,5%", "84,5 tot 96,5", "140"]


def test_a_figure_without_curves_offers_nothing():
    made = render(drawn(no_curves())[MAIN], ("svg",))["svg"].decode()
    assert offered(made) is None
    assert offered(render(drawn()["forest_full_rtw"], ("svg",))["svg"].decode()) is None


def test_means_of_weeks_are_offered_at_their_weeks():
    found = offered(render(drawn()["ao_landmark_84"], ("svg",))["svg"].decode())
    assert found["places"] == [[13, "Week 13 of absence"], [14, "Week 14 of absence"]]
    assert found["lines"][1]["points"][0][1:3] == [88, ["88%", "80 to 95", "148"]]


def test_the_offer_survives_being_put_into_the_page(svg, reading):
    made = str(inline(svg, MAIN, "text"))
    assert offered(made) == reading
    assert 'aria-label="text"' in made
