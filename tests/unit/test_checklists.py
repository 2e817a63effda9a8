"""Reporting checklists: the shipped ones hold, every place exists, and a wrong file is refused by line and column."""

import csv
from pathlib import Path

import pytest
from present_rows import PLAN, RUN, small_store

from pilot_analysis.checklists import COLUMNS, FILE, FILES, NUMBERS, load_checklists
from pilot_analysis.config import load_protocol
from pilot_analysis.errors import UserError
from pilot_analysis.messages import load
from pilot_analysis.present.tables import build_all
from pilot_analysis.report.compose import compose, places
from pilot_analysis.report.html import write
from pilot_analysis.report.reporting import anchors, section

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "config" / "checklists"
PROTOCOL = load_protocol(PROJECT / "config" / "protocol.yaml")
EN = load("en").under(PLAN)
PLACES = places(build_all(small_store(), EN, plan=PROTOCOL))
SHIPPED = load_checklists(FOLDER, PLACES)


def test_the_guidelines_have_the_items_that_they_have():
    assert len({number.rstrip("abcd") for number in NUMBERS["consort_2025"]}) == 30
    assert NUMBERS["consort_2025"][-1] == "30"
    assert [name for name in NUMBERS["consort_2025"] if name.startswith("21")] == ["21a", "21b", "21c", "21d"]
    assert len(NUMBERS["cheers_2022"]) == 28
    assert {name: len(items) for name, items in SHIPPED.items()} == {k: len(v) for k, v in NUMBERS.items()}


@pytest.mark.parametrize("name", FILES)
def test_files_that_items_point_to_exist(name):
    assert (PROJECT / name).is_file()


def test_every_item_is_met_somewhere_or_says_why_not():
    for items in SHIPPED.values():
        for item in items:
            assert item.places or (item.reason_nl and item.reason_en), item.item
        assert any(item.places for item in items)
        assert any(not item.places for item in items)


def test_wording_is_short_and_our_own():
    for items in SHIPPED.values():
        assert all(len(item.asked_en.split()) <= 12 and len(item.asked_nl.split()) <= 12 for item in items)


def lines() -> list[list[str]]:
    with (FOLDER / "cheers_2022.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle))


def refused(rows: list[list[str]], folder: Path) -> str:
    """What is said of a changed CHEERS list beside the shipped others."""
    for name in NUMBERS:
        (folder / f"{name}.csv").write_bytes((FOLDER / f"{name}.csv").read_bytes())
    with (folder / "cheers_2022.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)
    with pytest.raises(UserError) as caught:
        load_checklists(folder, PLACES)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "column", "value", "said"),
    [
        (3, "where", "answer table-nothing", "line 4, column where: 'table-nothing' is no section, figure or table"),
        (3, "where", "file:secret.txt", "line 4, column where: 'file:secret.txt' is no section"),
        (10, "reason_nl", "", "line 11, column reason_nl: a reason is given in both languages"),
        (3, "where", "", "line 4, column where: it may not be empty without reason_nl and reason_en"),
        (5, "item", "99", "line 6, column item: '99' is not one of 1, 2"),
        (5, "item", "6", "column item: 6 listed more than once"),
        (5, "asked_en", " ", "line 6, column asked_en: it may not be empty"),
    ],
)
def test_a_wrong_cell_is_named_by_file_line_and_column(tmp_path, line, column, value, said):
    rows = lines()
    rows[line][COLUMNS.index(column)] = value
    text = refused(rows, tmp_path)
    assert "cheers_2022.csv, " + said in text


def test_a_wrong_shape_is_refused(tmp_path):
    assert "missing 28" in refused(lines()[:-1], tmp_path)
    assert "line 1: expected the columns" in refused(lines()[1:], tmp_path)
    assert "line 3: 2 cells, expected 8" in refused([*lines()[:2], ["1", "2"], *lines()[3:]], tmp_path)
    swapped = lines()
    swapped[1], swapped[2] = swapped[2], swapped[1]
    assert "not in the order of the checklist" in refused(swapped, tmp_path)
    with pytest.raises(UserError, match="consort_2025"):
        load_checklists(tmp_path / "nowhere", PLACES)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_report_shows_every_item_and_links_to_places_that_are_there(language):
    tables = build_all(small_store(), load(language).under(PLAN), plan=PROTOCOL)
    document = compose(small_store(), {}, tables, RUN, language, checklists=SHIPPED)
    assert [one.name for one in document.sections][-3:] == ["methods", "reporting", "provenance"]
    rows = [row for block in document.sections[-2].blocks if block.kind == "words" for row in block.rows]
    assert [row[0] for row in rows] == [number for numbers in NUMBERS.values() for number in numbers]
    page = write(document)
    ids = set(page.split('id="')[k].split('"')[0] for k in range(1, page.count('id="') + 1))
    linked = {part.split('"')[0] for part in page.split('href="#')[1:]}
    assert {"flow", "table-baseline", "estimands"} <= linked
    assert linked <= ids
    assert "figure-flow" not in linked  # not drawn in this run: named, but not linked to
    assert ("Niet voldaan." if language == "nl" else "Not met.") in page


def test_places_of_a_report_are_its_sections_figures_and_tables():
    assert {"answer", "reporting", "figure-flow", "table-flow", "table-card_P1", "figure-card_P1"} <= PLACES
    assert "table-survey_scale_answers" not in PLACES  # in the workbook only
    assert anchors(["a"], ["b"]) >= {"a", "table-b"}
    assert not any(place.startswith(FILE) for place in PLACES)


def test_where_nothing_was_randomised_consort_is_shown_for_comparison_only():
    compared = EN.under({**PLAN, "design": {"allocation": "organisations_compared", "strata": "none"}})
    text = " ".join(b.text for b in section(SHIPPED, [], {}, compared).blocks if b.kind == "paragraph")
    assert "Nothing was randomised here" in text
    text = " ".join(b.text for b in section(SHIPPED, [], {}, EN).blocks if b.kind == "paragraph")
    assert "Nothing was randomised here" not in text
