"""The page: self-contained, accessible in its structure, traceable, and the same for the same input."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from present_rows import PLAN, RUN, released, row, small_curves, small_store

from pilot_analysis.messages import load
from pilot_analysis.present.figures import draw_all, render
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables import build_all
from pilot_analysis.report.compose import compose
from pilot_analysis.report.html import write
from pilot_analysis.report.svg import inline

VOID = {"meta", "br", "hr", "img", "link", "input", "col"}


class Page(HTMLParser):
    """Collects elements and checks that they close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "pre", "script"} & set(self.open):
            self.words.append(data)


def page_text(language="nl", run=RUN, rows=None, words=None):
    messages = load(language).under(run["protocol"])
    figures = draw_all(small_store(), small_curves(), messages, PLAN, synthetic=run["synthetic"])
    svgs = {
        name: render(figure)["svg"].decode() for name, figure in figures.items() if name in ("flow", "forest_full_rtw")
    }
    store = small_store() if rows is None else rows
    return write(compose(store, svgs, build_all(store, messages), run, language, words=words or {}))


@pytest.fixture(scope="module", params=["nl", "en"])
def text(request):
    return page_text(request.param)


def test_it_is_one_well_formed_page_with_unique_ids(text):
    page = Page(text)
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_it_asks_nothing_from_outside(text):
    page = Page(text)
    assert not {"link", "img", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert [attributes for tag, attributes in page.elements if tag == "script"] == [{}]  # in the page itself
    policy = next(attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none';")
    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "srcset", "data")
    ]
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert not re.search(r"url\((?!#)|@import", text)


def test_structure_for_assistive_technology(text):
    page = Page(text)
    root = next(attributes for tag, attributes in page.elements if tag == "html")
    assert root["lang"] in ("nl", "en")
    assert [tag for tag, _ in page.elements].count("h1") == 1
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(pictures) == 2
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in pictures)


def test_every_link_leads_somewhere(text):
    page = Page(text)
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    targets = {attributes["href"][1:] for tag, attributes in page.elements if tag == "a"}
    assert targets
    assert targets <= ids


def test_numbers_carry_results_that_exist(text):
    known = {result.result_id for result in Store(small_store()).rows}
    shown = {attributes["data-result-id"] for _, attributes in Page(text).elements if "data-result-id" in attributes}
    assert len(shown) > 20
    assert shown <= known


def test_no_raw_key_or_placeholder_reaches_the_reader(text):
    words = " ".join(Page(text).words)
    keys = [key for key in load("nl").texts if key.count(".") >= 1 and len(key) > 12]
    assert [key for key in keys if key in words] == []
    assert "{" not in words
    assert "None" not in words
    assert not re.search(r"\bnan\b", words)


def test_the_same_input_gives_the_same_page():
    assert page_text() == page_text()


def test_synthetic_data_are_named_at_the_top_and_only_then():
    assert 'class="banner"' in page_text()
    assert "verzonnen" in page_text()
    real = page_text(run={**RUN, "synthetic": False})
    assert 'class="banner"' not in real
    assert "verzonnen" not in real


def test_what_the_page_says_about_release_and_provenance():
    text = page_text("en")
    assert "only when a second person has signed its release" in text
    assert "Numbers of people are rounded to 5" in text
    assert f"rests on {len(small_store())} rows" in text
    assert "raw_dir: data/raw/synthetic" in text
    assert "a question of its own" in text
    assert "31 December 2022" in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_placeholder_of_a_text_reaches_the_reader(language):
    about = {
        "question": "q",
        "summary": "s",
        "intercurrent": {},
        "population": "itt",
        "endpoint": "none",
        "contrast": "c",
    }
    plan = {
        **PLAN,
        "estimands": [{"id": name, **about} for name in ("P1", "P2", *(f"S{k}" for k in range(1, 11)), "Q1")],
    }
    words = " ".join(Page(page_text(language, run={**RUN, "protocol": plan})).words)
    assert load(language).under(PLAN).t("estimand_summary.S6") in words
    assert re.findall(r"\{\w+\}", words) == []


def test_compared_organisations_are_never_called_randomised():
    plan = {**PLAN, "design": {"allocation": "organisations_compared", "strata": "none"}}
    text = page_text("en", run={**RUN, "protocol": plan})
    assert "nothing was randomised" in text
    assert "was associated with" in text
    assert "allocated at random" not in text


def test_amendments_are_listed():
    change = {"number": 1, "date": "2022-05-01", "change": "cut-off of org_noord", "reason": "collection ended early"}
    assert "Amendment 1, 2022-05-01: cut-off of org_noord (collection ended early)" in page_text(
        "en", run={**RUN, "protocol": {**PLAN, "amendments": [change]}}
    )


def test_inlined_figures_have_ids_of_their_own():
    svg = (
        '<?xml version="1.0"?>\n<svg width="10pt" height="5pt" viewBox="0 0 10 5"><metadata>x</metadata>'
        '<defs><path id="a"/></defs>'
        '<use xlink:href="#a" clip-path="url(#b)"/></svg>'
    )
    made = inline(svg, "one", 'a "quoted" text')
    assert made.startswith("<svg")
    assert 'id="one-a"' in made
    assert 'xlink:href="#one-a"' in made
    assert "url(#one-b)" in made
    assert "metadata" not in made
    assert "&#34;quoted&#34;" in made
    assert 'width="10pt"' not in made


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_answer_calls_a_scale_what_the_codebook_calls_it(language):
    about = {"endpoint": "none", "population": "itt", "origin": "t0", "level": "intervention - control"}
    numbers = {"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "unit": "score"}
    guidance = released([row("survey", "mean_difference", term="guidance", time=91.0, **about, **numbers)])
    rows = pd.concat([small_store(), guidance], ignore_index=True)
    page = page_text(language, rows=rows, words={"instrument.guidance": "Name of the scale (1-5)"})
    assert "Name of the scale (1-5)" in page
    assert "schaal: guidance" not in page
    assert "scale: guidance" not in page


def test_a_list_at_the_end_has_every_result_that_the_page_shows_with_its_places(text):
    page, _, listed = text.partition('<details id="appendix">')
    keys = re.findall(r'<th scope="row">([^<]+)</th>', listed)
    assert keys
    assert len(set(keys)) == len(keys)
    assert set(keys) == set(re.findall(r'data-result-id="([^"]+)"', page))
    anchors = set(re.findall(r'href="#([^"]+)"', listed))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))
