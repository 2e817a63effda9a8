"""The report in a browser: on its own, for everybody, on a phone, on paper, and its curves read off."""

import io
import json
from pathlib import Path

import pytest

AXE = Path(__file__).parent / "axe" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 360, "height": 740}
PAPER = {"width": 680, "height": 960}  # A4 within its margins, in pixels of 1/96 inch
MAIN = "#figure-not_returned_landmark_84"
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, pre, svg'))
    .map(one => one.tagName + ' ' + one.textContent.slice(0, 40))"""
NUMBERS = """() => [...document.querySelectorAll('[data-result-id]')]
    .map(one => one.dataset.resultId + ' ' + one.textContent)"""


def violations(page):
    """What axe-core finds against WCAG 2.2, levels A and AA."""
    page.add_script_tag(path=AXE)
    options = {"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [(rule["id"], rule["nodes"][0]["html"][:160]) for rule in found]


def told(page, figure=MAIN):
    """What stands in the live region of a figure: place, then the rows of its table."""
    region = page.locator(f"{figure} [role=status]")
    rows = region.locator("tbody tr").all()
    return region.locator("caption").inner_text(), [row.locator("th, td").all_inner_texts() for row in rows]


def offered(page, figure=MAIN):
    return json.loads(page.locator(f"{figure} svg[data-reading]").get_attribute("data-reading"))


def test_it_asks_for_nothing_and_complains_of_nothing(page):
    page.set_viewport_size(PHONE)
    page.evaluate(UNFOLD)
    page.wait_for_load_state("networkidle")
    assert len(page.asked) == 1  # the page itself
    assert page.complaints == []


def test_the_page_forbids_the_browser_to_ask(page, tmp_path):
    """A picture from another place would not be fetched: the policy is in force, not only written down."""
    page.evaluate("document.body.appendChild(new Image()).src = 'file:///no/such/picture.png'")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in complaint for complaint in page.complaints)


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_no_violation_of_accessibility_at_level_a_or_aa(page, size):
    if size:
        page.set_viewport_size(size)
    assert violations(page) == []
    page.evaluate(UNFOLD)
    assert violations(page) == []


def test_axe_sees_a_violation_when_there_is_one(page):
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert "html-has-lang" in [name for name, _ in violations(page)]


def test_on_a_phone_only_regions_of_their_own_scroll_sideways(page):
    page.set_viewport_size(PHONE)
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate(WIDE) == []


def test_what_scrolls_sideways_can_be_reached_and_moved_by_keyboard(page):
    page.set_viewport_size(PHONE)
    page.evaluate(UNFOLD)
    page.wait_for_timeout(100)
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => [one.tabIndex, one.getAttribute('role'), one.getAttribute('aria-label')])"
    )
    assert len(wide) > 10
    assert all(stop == 0 and role and label for stop, role, label in wide)
    region = page.locator("#table-flow .scroll, #table-cox .scroll").last
    region.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert region.evaluate("one => one.scrollLeft") > 0


def test_at_a_desk_a_region_that_does_not_scroll_is_no_stop_of_the_tab_key(page):
    stops = page.evaluate(
        "() => [...document.querySelectorAll('.scroll[tabindex]')].filter(one => one.scrollWidth <= one.clientWidth)"
        ".length"
    )
    assert stops == 0


def test_on_paper_nothing_is_cut_and_folded_tables_are_open(page):
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") == PAPER["width"]
    cut = (
        "() => [...document.querySelectorAll('.scroll, pre, figure')]"
        ".filter(one => one.scrollWidth > one.clientWidth + 1).map(one => (one.closest('[id]') || {}).id)"
    )
    assert page.evaluate(cut) == []
    hidden = (
        "() => [...document.querySelectorAll('td, figcaption, caption')]"
        ".filter(one => !one.closest('.reading, #appendix') && !one.checkVisibility()).length"
    )
    assert page.evaluate(hidden) == 0
    assert page.locator(".reading").first.is_hidden()
    page.emulate_media(media="screen")
    assert page.evaluate(hidden) > 100  # on the screen they are folded


def test_the_printed_pages_hold_every_table_and_say_that_data_are_made_up(page, language):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    captions = page.evaluate("() => [...document.querySelectorAll('caption strong')].map(one => one.textContent)")
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    text = [" ".join(sheet.extract_text().split()) for sheet in paper.pages]
    word = {"nl": "Synthetische gegevens", "en": "Synthetic data"}[language]
    assert [number for number, sheet in enumerate(text) if word.lower() not in sheet.lower()] == []
    whole = " ".join(text)
    assert [caption for caption in captions if caption not in whole] == []
    assert len(captions) > 20


def test_curves_are_read_off_with_the_arrow_keys(page, run):
    """At the last point of the control arm the region tells the released number, its interval and the people."""
    slider = page.locator(f"{MAIN} input[type=range]")
    slider.focus()
    page.keyboard.press("Home")
    place, rows = told(page)
    assert "84" in place
    assert [row[1] for row in rows] == ["100%", "100%"]
    page.keyboard.press("ArrowRight")
    curves = run.curves[(run.curves["analysis"] == "not_returned") & (run.curves["population"] == "landmark_84")]
    curves = curves[(curves["endpoint"] == "full_rtw") & (curves["level"] == "control")].sort_values("time")
    second = curves.iloc[1]
    place, rows = told(page)
    assert str(84 + int(second["time"])) in place
    assert rows[1][1] == f"{100 * second['estimate']:.0f}%"
    assert f"{100 * second['ci_low']:.0f} " in rows[1][2]
    assert rows[1][3] == str(second["n_at_risk"])
    assert slider.get_attribute("aria-valuetext") == place
    page.keyboard.press("End")
    assert told(page)[0] == offered(page)["places"][-1][1]


def test_every_place_of_every_figure_tells_what_was_offered(page):
    figures = page.locator("figure:has(svg[data-reading])").evaluate_all("found => found.map(one => one.id)")
    assert len(figures) >= 8
    for name in figures:
        expected = offered(page, f"#{name}")
        page.locator(f"#{name} input[type=range]").focus()
        page.keyboard.press("Home")
        for x, words in expected["places"]:
            place, rows = told(page, f"#{name}")
            assert place == words
            for line, row in zip(expected["lines"], rows, strict=True):
                assert row[0] == line["name"]
                here = [point[2] for point in line["points"] if point[0] == x]
                assert row[1:] == here[0] if here else len(row) == 2
            page.keyboard.press("ArrowRight")


def test_curves_are_read_off_with_the_pointer(page):
    page.locator(f"{MAIN} svg").scroll_into_view_if_needed()
    found = offered(page)
    box, panel = page.locator(f"{MAIN} svg").bounding_box(), found["panels"][0]
    wide = page.locator(f"{MAIN} svg").evaluate("one => one.viewBox.baseVal.width")
    left, top, right, bottom = panel["box"]
    for x, words in (found["places"][0], found["places"][-1]):
        share = (x - panel["x"][0]) / (panel["x"][1] - panel["x"][0])
        across, down = left + share * (right - left), (top + bottom) / 2
        page.mouse.move(box["x"] + across * box["width"] / wide, box["y"] + down * box["width"] / wide)
        assert told(page)[0] == words
        mark = page.locator(f"{MAIN} .marks line")
        assert float(mark.get_attribute("x1")) == pytest.approx(across, abs=0.1)


def test_marks_lie_on_the_points_of_the_lines(page):
    page.locator(f"{MAIN} input[type=range]").focus()
    page.keyboard.press("Home")
    panel = offered(page)["panels"][0]
    for mark in page.locator(f"{MAIN} .marks circle").all():  # at the start every curve is at 100 %
        left, top, _, bottom = panel["box"]
        height = bottom - (1 - panel["y"][0]) / (panel["y"][1] - panel["y"][0]) * (bottom - top)
        assert float(mark.get_attribute("cy")) == pytest.approx(height, abs=0.1)
        assert float(mark.get_attribute("cx")) == pytest.approx(left, abs=0.1)


def test_without_script_every_number_is_there(browser, pages, page, language):
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(pages[language].as_uri())
    text = pages[language].read_text(encoding="utf-8")
    assert bare.locator("[data-result-id]").count() == len(page.evaluate(NUMBERS)) == text.count("data-result-id=")
    assert bare.locator("input").count() == 0
    folded = bare.locator("details.long").first
    folded.locator("summary").click()
    assert folded.locator("td").first.is_visible()
    context.close()


def test_a_link_to_a_folded_table_opens_it(page):
    name = page.locator("div.table:has(> details.long)").first.get_attribute("id")
    assert page.locator(f"#{name} td").first.is_hidden()
    page.evaluate("name => { location.hash = name; }", name)
    page.wait_for_timeout(100)
    assert page.locator(f"#{name} td").first.is_visible()
