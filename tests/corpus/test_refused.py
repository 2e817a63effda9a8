"""Nothing wrong gets in silently: each way of being wrong gives its own finding, with file and column."""

import html
from collections import Counter

import pytest
from corpus import REFUSED, refused

from pilot_analysis.check.words import said
from pilot_analysis.intake.rules import RULES

AREAS = ("file", "encoding", "columns", "types", "dates", "keys", "logic", "privacy", "decisions")
NUMBERED = pytest.mark.parametrize("number", range(len(REFUSED)), ids=[entry.mode for entry in REFUSED])

# Stops and queries without an entry, with the reason.
EXEMPT: dict[str, str] = {}


@NUMBERED
def test_it_is_refused_by_its_rule_and_by_nothing_else(number):
    entry, found = REFUSED[number], refused(number)
    issues = found.intake.issues[found.intake.issues["severity"] != "note"]
    places = issues[["rule", "file", "column"]].astype(object)
    places = places.where(places.notna(), None)
    assert (entry.rule, entry.file, entry.column) in set(places.itertuples(index=False, name=None))
    assert set(issues["rule"]) == {entry.rule, *entry.also}
    assert found.intake.stops


@NUMBERED
def test_terminal_and_page_name_file_column_and_rule(number):
    entry, found = REFUSED[number], refused(number)
    for text in (found.told, *(html.unescape(page) for page in found.pages.values())):
        assert entry.rule in text
        assert (entry.file or "") in text
        assert (entry.column or "") in text or said(entry.column, "nl") in text


def test_the_modes_of_failure_are_many_and_different():
    assert len({entry.mode for entry in REFUSED}) == len(REFUSED)
    assert len({(entry.rule, entry.mode) for entry in REFUSED}) >= 80
    counts = Counter(entry.area for entry in REFUSED)
    assert set(counts) == set(AREAS)
    assert min(counts.values()) >= 5


def test_every_rule_that_can_stop_a_run_has_an_entry():
    stopping = {name for name, rule in RULES.items() if rule.severity != "note"}
    covered = {entry.rule for entry in REFUSED}
    assert covered <= stopping
    assert stopping - covered == set(EXEMPT)


def test_what_the_dutch_page_says_is_dutch():
    """An English text that the catalogue lacks is marked as English; no finding of the corpus has one."""
    left = {
        part.split("</span>")[0]
        for number in range(len(REFUSED))
        for part in refused(number).pages["nl"].split('<span lang="en">')[1:]
    }
    assert left == set()
