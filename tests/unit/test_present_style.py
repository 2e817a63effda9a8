"""The look of every figure of a real run: colours, grey print, lettering, uncertainty, and the same bytes as PDF."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from colours import BLIND, contrast_on_white, distance, lightness
from estimate_tables import protocol
from finished_run import finished_run
from matplotlib.colors import to_hex
from matplotlib.text import Text
from PIL import Image
from present_rows import ARMS, PLAN, small_curves, small_store

from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.present.figures import FIGURES, draw_all
from pilot_analysis.present.store import Store

PEOPLE = 320
COLOURS = {arm: style.line("arm", arm).colour for arm in ARMS}
ONE_CURVE_PER_ARM = {spec.name for spec in FIGURES if spec.options.get("family") == "arm"}
WITH_ARMS = ONE_CURVE_PER_ARM | {
    "flow",
    "not_returned_landmark_84",
    "ao_landmark_84",
    "ao_itt",
    "exits_full_rtw",
    "relapse",
    "survey_waves",
    "constancy_full_rtw",
    "adjusted_full_rtw",
}


@pytest.fixture(scope="module", params=["nl", "en"])
def drawn(request):
    run, plan = finished_run(PEOPLE), protocol()
    words = load(request.param).with_words(plan.words(request.param)).under(plan)
    return words, draw_all(run.released, run.curves, words, plan, synthetic=True)


def lettering(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def colours_of(figure):
    """Every colour in which a figure draws."""
    found = set()
    for artist in figure.findobj():
        for name in ("get_color", "get_edgecolor", "get_facecolor", "get_markerfacecolor"):
            if hasattr(artist, name):
                value = getattr(artist, name)()
                rows = [value] if isinstance(value, str) else np.atleast_2d(np.asarray(value, dtype=object))
                found |= {to_hex(tuple(row) if not isinstance(row, str) else row) for row in rows if len(row)}
    return found


def test_arms_are_apart_for_everybody_and_in_grey():
    one, other = COLOURS.values()
    assert min(distance(one, other, blind) for blind in (None, *BLIND)) > 60
    assert abs(lightness(one) - lightness(other)) > 12


@pytest.mark.parametrize("family", ["arm", "cas_group", "fml_group"])
def test_every_colour_of_a_line_may_be_the_colour_of_its_name(family):
    """Names stand beside lines in the colour of the line, so it needs the contrast of text."""
    for level in style.levels(family):
        assert contrast_on_white(style.line(family, level).colour) >= 4.5, level


@pytest.mark.parametrize("family", ["cas_group", "fml_group"])
def test_levels_are_apart_for_the_colour_blind_or_in_more_than_colour(family):
    for one, other in itertools.combinations([style.line(family, level) for level in style.levels(family)], 2):
        assert distance(one.colour, other.colour) > 20
        assert one.dash != other.dash
        assert one.marker != other.marker


def test_only_arms_have_the_colour_of_an_arm(drawn):
    _, figures = drawn
    for name, figure in figures.items():
        if name not in WITH_ARMS and not name.startswith("card_"):
            assert not {colour.lower() for colour in COLOURS.values()} & colours_of(figure), name


def test_the_same_arm_has_the_same_colour_everywhere(drawn):
    """Wherever the name of an arm stands alone in colour, it is that arm's; and both arms are found in most figures."""
    words, figures = drawn
    names = {words.t(f"arm.{arm}"): COLOURS[arm].lower() for arm in ARMS}
    seen = []
    for name, figure in figures.items():
        for text in lettering(figure):
            if text.get_text() in names and to_hex(text.get_color()) != style.INK:
                assert to_hex(text.get_color()) == names[text.get_text()], name
                seen.append(name)
    assert len(set(seen)) >= 8


def test_lettering_is_never_below_seven_points(drawn):
    _, figures = drawn
    small = {(name, text.get_text()) for name, figure in figures.items() for text in lettering(figure)
             if text.get_fontsize() < style.SMALLEST}  # fmt: skip
    assert small == set()


def test_nothing_is_written_beyond_the_edge(drawn):
    _, figures = drawn
    for name, figure in figures.items():
        with style.context():
            figure.canvas.draw()
        page = figure.bbox
        for text in lettering(figure):
            box = text.get_window_extent()
            inside = box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 and box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1
            assert inside, (name, text.get_text())


def test_in_grey_the_lines_of_the_arms_still_differ(drawn, tmp_path):
    """The primary figure as grey print: the greys of both lines are there, and further apart than the eye needs."""
    _, figures = drawn
    picture = tmp_path / "figure.png"
    picture.write_bytes(style.render(figures["not_returned_landmark_84"], ("png",))["png"])
    with Image.open(picture) as image:
        assert image.info["dpi"][0] == pytest.approx(300, abs=1)
        grey = np.asarray(image.convert("L"))
    shades = []
    for colour in COLOURS.values():
        rgb = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        shade = round(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])
        assert (np.abs(grey.astype(int) - shade) <= 2).sum() > 500
        shades.append(shade)
    assert abs(shades[0] - shades[1]) > 25


def test_arms_as_curves_show_their_uncertainty(drawn):
    _, figures = drawn
    for name in ("not_returned_landmark_84", "km_full_rtw_itt", "ao_landmark_84", "adjusted_full_rtw"):
        axes = figures[name].axes[0]
        bands = {to_hex(band.get_facecolor()[0], keep_alpha=False) for band in axes.collections}
        assert {colour.lower() for colour in COLOURS.values()} <= bands, name


def test_groups_show_an_interval_at_each_point_after_the_start(drawn):
    _, figures = drawn
    axes, run = figures["km_cas_group"].axes[0], finished_run(PEOPLE)
    curves = run.curves[(run.curves["analysis"] == "km") & (run.curves["group_by"] == "cas_group")]
    shown = curves[(curves["population"] == "landmark_84") & (curves["endpoint"] == "full_rtw") & (curves["time"] > 0)]
    heights = {tuple(np.round(segment[:, 1], 6)) for lines in axes.collections if hasattr(lines, "get_segments")
               for segment in lines.get_segments()}  # fmt: skip
    assert len(shown)
    assert {(round(row.ci_low, 6), round(row.ci_high, 6)) for row in shown.itertuples()} <= heights


def test_pdf_is_outlined_undated_and_does_not_change_the_figure():
    with style.context():
        figure = draw_all(small_store(), small_curves(), load("en").under(PLAN), PLAN)["forest_full_rtw"]
    before = style.render(figure, ("svg",))["svg"]
    made = style.render(figure, ("pdf",))["pdf"]
    assert made.startswith(b"%PDF-")
    assert not re.search(rb"/CreationDate|/ModDate|/FontFile|Matplotlib", made)
    assert style.render(figure, ("pdf",))["pdf"] == made
    assert style.render(figure, ("svg",))["svg"] == before


def test_pdf_is_the_same_in_another_process():
    """Another process has another hash seed, on which an order or a name could depend."""
    code = (
        "import hashlib\nfrom present_rows import *\nfrom pilot_analysis.messages import load\n"
        "from pilot_analysis.present.figures import draw_all, render\n"
        "f = draw_all(small_store(), small_curves(), load('en').under(PLAN), PLAN)['km_full_rtw_landmark_84']\n"
        "print({k: hashlib.sha256(v).hexdigest() for k, v in render(f).items()})"
    )
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(Path(style.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    said = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert said[0] == said[1]
    assert "pdf" in said[0]


def test_settings_do_not_leak():
    before = mpl.rcParams["svg.hashsalt"]
    with style.context():
        assert mpl.rcParams["svg.hashsalt"] != before
    assert mpl.rcParams["svg.hashsalt"] == before


def test_the_run_behind_these_tests_shows_something():
    assert sum(row.ok for row in Store(finished_run(PEOPLE).released).rows) > 500
