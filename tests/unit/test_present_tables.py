"""Tables: what a cell shows when there is a number, when there is none, and when it was withheld."""

import csv
import io

import numpy as np
import pytest
from present_rows import PLAN, released, row, small_store

from pilot_analysis.messages import load
from pilot_analysis.present.store import Result, Store
from pilot_analysis.present.table import part_of, share_of
from pilot_analysis.present.tables import TABLES, build_all, to_csv, to_html

EN, NL = load("en").under(PLAN), load("nl").under(PLAN)
MINUS = "\N{MINUS SIGN}"


def cells(table, header):
    return next([cell.text for cell in line.cells[1:]] for line in table.rows if line.cells[0].text == header)


@pytest.fixture(scope="module")
def english():
    return build_all(small_store(), EN)


def test_all_tables_come_in_their_order(english):
    assert list(english) == list(TABLES)


def test_a_difference_has_its_sign_and_interval_in_each_language(english):
    header = "Mean time not yet back, of 281 days"
    assert cells(english["outcomes_landmark_84"], header)[2] == f"{MINUS}25.3 ({MINUS}49.5 to {MINUS}1.1)"
    dutch = build_all(small_store(), NL)["outcomes_landmark_84"]
    assert cells(dutch, "Gemiddeld nog niet terug, van 281 dagen")[2] == f"{MINUS}25,3 ({MINUS}49,5 tot {MINUS}1,1)"


def test_a_milestone_from_a_landmark_is_named_by_its_day_of_absence(english):
    assert cells(english["outcomes_landmark_84"], "Not yet back on day 126 of absence")[0] == "87% (80 to 92)"


def test_what_is_not_estimable_shows_a_sign_and_its_reason(english):
    table = english["cox"]
    line = next(line for line in table.rows if line.cells[0].text == "Within diagnosis group other")
    assert line.cells[1].text == "–"
    assert table.footnotes[line.cells[1].note - 1] == "Fewer than 10 returns in an arm of this group."
    assert [cell.text for cell in line.cells[3:]] == ["32", "20"]


def test_a_subgroup_ratio_carries_no_p_value_but_the_interaction_test_does(english):
    assert cells(english["cox"], "Within diagnosis group psychological")[1] == ""
    assert cells(english["cox"], "Interaction test, diagnosis group")[1] == "0.54"


def test_a_withheld_count_shows_the_threshold(english):
    table = english["flow"]
    assert cells(table, "Excluded before analysis: no personnel record")[:2] == ["×", "×"]
    assert table.footnotes == ["Withheld: fewer than 10 people or events, or it would give such a number away."]


def test_only_the_first_of_the_hierarchy_carries_a_claim(english):
    claims = [line.cells[-1].text for line in english["hierarchy"].rows]
    assert claims[0] == "statistically significant at 5%"
    assert not any("significant" in claim for claim in claims[1:])


def test_a_wide_primary_interval_is_called_open():
    wide = released(
        [
            row(
                "days_not_returned",
                "mean_difference",
                level="intervention - control",
                time=281,
                estimate=-10,
                ci_low=-40,
                ci_high=20,
                p_value=0.5,
            )
        ]
    )
    claim = build_all(wide, EN)["hierarchy"].rows[0].cells[-1].text
    assert claim == "not significant at 5%; the interval leaves both directions open"


def test_baseline_shows_mean_and_number_in_one_cell(english):
    assert cells(english["baseline"], "Age, years")[0] == "44.0 (12.9)"
    assert cells(english["baseline"], "female")[0] == "97 (57%)"


def test_the_quality_table_says_none_where_nothing_was_found(english):
    lines = {(line.section, line.cells[0].text): line.cells[1].text for line in english["quality"].rows}
    assert lines["Rows read by table", "personnel records"] == "291"
    assert lines["Queries to suppliers", "AO% change outside every spell, without effect (accepted)"] == "12"
    assert lines["Notes", "none"] == "0"


def test_every_number_knows_its_result(english):
    ids = {item.result_id for item in Store(small_store()).rows}
    shown = [
        cell.result_id for table in english.values() for line in table.rows for cell in line.cells if cell.result_id
    ]
    assert len(shown) > 30
    assert set(shown) <= ids


def test_csv_reads_back_with_a_plain_minus_and_its_section(english):
    lines = list(csv.reader(io.StringIO(to_csv(english["outcomes_landmark_84"]))))
    assert {len(line) for line in lines} == {5}
    mean = next(line for line in lines if line[1].startswith("Mean time"))
    assert mean[0].startswith("Full return")
    assert mean[4] == "-25.3 (-49.5 to -1.1)"


def test_html_escapes_and_names_scopes_and_results():
    store = released(
        [
            row(
                "baseline",
                "n",
                endpoint="none",
                population="itt",
                origin="none",
                level="control",
                term="region[<b>]",
                estimate=20,
                unit="people",
            ),
        ]
    )
    html = to_html(build_all(store, EN)["baseline"], "Table 1")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert '<th scope="col">' in html
    assert "data-result-id=" in html


def test_an_empty_store_gives_tables_without_numbers():
    empty = released(
        [row("quality", "n", population="allocated", group_by="all", term="rows:cases", estimate=1, unit="rows")]
    )
    tables = build_all(empty, NL)
    assert tables["outcomes_itt"].rows == []
    assert tables["hierarchy"].rows[0].cells[-1].text == "niet te toetsen"


def test_the_store_gives_absent_results_for_unknown_keys():
    store = Store(small_store())
    assert store.get("km", "median", endpoint="full_rtw", population="itt", level="control").status == "absent"
    found = store.get("km", "median", endpoint="full_rtw", population="landmark_84", level="control")
    assert found.ok
    assert found.ci_high is None or np.isnan(found.ci_high)


@pytest.mark.parametrize(
    ("n", "events", "shown"),
    [(150, 10, "7% (4 to 12; 10 of 150)"), (150, None, "7% (4 to 12)"), (None, 10, "7% (4 to 12)")],
)
def test_a_share_shows_its_people_only_where_both_numbers_are_known(n, events, shown):
    assert share_of(EN, Result(*[""] * 7, estimate=7.0, n=n, n_events=events), "4 to 12") == shown


def test_a_part_stands_alone_where_the_whole_was_withheld():
    assert [part_of(EN, 10.0, 150.0), part_of(EN, 10.0, None)] == ["10 of 150", "10"]
