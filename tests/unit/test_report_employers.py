"""Pages of employers: which are made, what they say, and what they never hold."""

import re

import pandas as pd
import pytest
from present_rows import RUN, row
from test_report_html import Page

from pilot_analysis.report.employers import pages, withheld
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED

REAL = {**RUN, "synthetic": False}
MEASURES = {
    "days_not_returned": ("landmark_84", "landmark", "full_rtw", 281.0, "days", 164.2),
    "ao_days": ("itt", "t0", "cost", 365.0, "days", 121.4),
    "cost": ("itt", "t0", "cost", 365.0, "euro", 16563.0),
}


def side(organisation, measure, level, **more):
    population, origin, endpoint, time, unit, value = MEASURES[measure]
    value = value if level == "own" else value * 0.9
    numbers = {"estimate": value, "se": 1.0, "ci_low": 0.8 * value, "ci_high": 1.2 * value, "n": 70, "n_events": 40}
    about = {"population": population, "origin": origin, "endpoint": endpoint, "time": time, "unit": unit}
    keys = {"group_by": "organisation", "level": level, "term": organisation}
    return row("organisation", measure, **{**numbers, **about, **keys, **more})


def store(*organisations, **more):
    rows = [side(name, measure, level, **more) for name in organisations for measure in MEASURES for level in SIDES]
    return conform(pd.DataFrame(rows).assign(result_id=[f"r{k}" for k in range(len(rows))]), RELEASED)


SIDES = ("own", "others")
HIDDEN = {name: None for name in ("estimate", "se", "ci_low", "ci_high", "n", "n_events")} | {
    "status": "suppressed",
    "reason": "rests on fewer than 10 people or events",
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ["gemiddeld 164 dagen nog niet volledig terug", "16.563 euro", "geen ranglijst", "dan 10 mensen"]),
        ("en", ["had not yet fully returned on 164 days on average", "16,563 euro", "no ranking", "than 10 people"]),
    ],
)
def test_a_page_says_days_and_cost_beside_the_rest_in_plain_sentences(language, words):
    made = pages(store("org_a", "org_b"), REAL, language)
    assert list(made) == [f"org_a.{language}.html", f"org_b.{language}.html"]
    page = Page(made[f"org_a.{language}.html"])
    text = re.sub(r"\s+", " ", "".join(page.words))
    assert [word for word in words if word not in text] == []
    assert page.open == []
    assert "{" not in text


def test_a_page_names_no_other_organisation_no_arm_and_nothing_medical():
    text = " ".join(Page(pages(store("org_a", "org_b"), REAL, "en")["org_a.en.html"]).words).lower()
    assert "org_b" not in text
    for word in ("diagnos", "cas ", "fml", "control", "female", "male", "psycholog", "department", r"\bage\b"):
        assert not re.search(word, text), word


def test_a_withheld_organisation_has_no_page_and_its_name_is_on_none():
    rows = pd.concat([store("org_a", "org_b"), store("org_c", **HIDDEN)], ignore_index=True)
    made = pages(rows, REAL, "nl")
    assert list(made) == ["org_a.nl.html", "org_b.nl.html"]
    assert withheld(rows) == ["org_c"]
    assert all("org_c" not in page for page in made.values())
    assert pages(store("org_c", **HIDDEN), REAL, "nl") == {}


def test_a_measure_without_a_number_says_so_and_the_others_stay():
    rows = store("org_a")
    gone = rows["measure"].eq("days_not_returned") & rows["level"].eq("own")
    rows.loc[gone, ["estimate", "se", "ci_low", "ci_high"]] = pd.NA
    rows.loc[gone, "status"], rows.loc[gone, "reason"] = "not_estimable", "too few people are followed to the end"
    page = pages(rows, REAL, "en")["org_a.en.html"]
    assert "cannot be given for both, because too few people could be followed to the end" in page
    assert page.count("<svg") == 1


def test_every_number_knows_its_result_and_the_picture_says_the_same_words():
    rows = store("org_a")
    page = Page(pages(rows, REAL, "en")["org_a.en.html"])
    shown = {given["data-result-id"] for _, given in page.elements if "data-result-id" in given}
    assert shown == set(rows["result_id"])
    picture = next(given for tag, given in page.elements if tag == "svg")
    assert picture["role"] == "img"
    assert "16,563 euro on average" in picture["aria-label"]


def test_a_page_asks_nothing_from_outside_and_is_the_same_every_time():
    first, second = (pages(store("org_a"), REAL, "nl")["org_a.nl.html"] for _ in range(2))
    assert first == second
    addresses = [v for _, given in Page(first).elements for k, v in given.items() if k in ("src", "href", "xlink:href")]
    assert all(address.startswith("#") for address in addresses)


def test_made_up_data_are_named_at_the_top():
    assert "verzonnen" in pages(store("org_a"), RUN, "nl")["org_a.nl.html"]
    assert "verzonnen" not in pages(store("org_a"), REAL, "nl")["org_a.nl.html"]


def test_names_as_delivered_become_names_of_files_that_differ():
    made = pages(store("zorg & welzijn", "zorg / welzijn", "<b>"), REAL, "nl")
    assert list(made) == ["b.nl.html", "zorg_welzijn.nl.html", "zorg_welzijn-2.nl.html"]
    assert "&lt;b&gt;" in made["b.nl.html"]
    assert "<b>" not in made["b.nl.html"]
