"""Issue ids, decisions on queries, strict or not, and the hash that every row carries."""

import hashlib
import re
from pathlib import Path

import pytest
from intake_tables import PLAN, SOUND, deliver, replaced, told

from pilot_analysis.errors import UserError
from pilot_analysis.intake.delivery import Intake, read_delivery
from pilot_analysis.intake.findings import issue_id
from pilot_analysis.intake.telling import told as in_words
from pilot_analysis.schemas.columns import validated
from pilot_analysis.schemas.issues import EXCLUDED_CASES, ISSUES

HEADER = "issue_id,decision,reason,decided_by,decided_on\n"
OUTSIDE = {"ao_percent.csv": SOUND["ao_percent.csv"] + "P001,2021-12-01,0\nP003,2022-01-01,0\n"}
OUTSIDE_ID = issue_id("ao_outside_spell", "ao_percent", "ao_percent.csv", "valid_from", [4, 5])
UNLISTED = {"diagnoses.csv": "case_id,recorded_on,cas_code,position\nP001,2021-06-02,Z650,1\n"}
IMPOSSIBLE = replaced("absence_spells.csv", "2021-09-01", "2021-05-01")


def decided(tmp_path: Path, changes: dict, rows: str | bytes = "", strict: bool = True) -> Intake:
    """Intake with the rows of a config/queries.csv (its header included when given as bytes)."""
    file = tmp_path / "config" / "queries.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(rows if isinstance(rows, bytes) else (HEADER + rows).encode())
    intake = read_delivery(deliver(tmp_path / "delivery", changes), PLAN, file, strict)
    validated(intake.issues, ISSUES)
    validated(intake.excluded_cases, EXCLUDED_CASES)
    return intake


def decision(what: str, issue: str = OUTSIDE_ID) -> str:
    return f"{issue},{what},checked with the employer,A. Analyst,2023-02-01\n"


def test_an_id_is_the_rule_and_a_digest_of_the_place(tmp_path):
    place = "ao_percent|ao_percent.csv|valid_from|4 5"
    assert f"ao_outside_spell-{hashlib.sha256(place.encode()).hexdigest()[:8]}" == OUTSIDE_ID
    intake = decided(tmp_path, OUTSIDE)
    assert told(intake, "issue_id", "severity", "decision") == [(OUTSIDE_ID, "query", None)]


def test_an_id_counts_every_line_and_not_just_those_shown():
    lines = list(range(2, 40))
    assert issue_id("orphan", "fml", "f.csv", None, lines) != issue_id("orphan", "fml", "f.csv", None, lines[:10])
    assert issue_id("orphan", "fml", "f.csv", None, lines) == issue_id("orphan", "fml", "f.csv", None, lines)


def test_an_id_stays_when_something_else_is_found_too(tmp_path):
    intake = decided(tmp_path, OUTSIDE | IMPOSSIBLE | UNLISTED)
    assert OUTSIDE_ID in set(intake.issues["issue_id"])


def test_an_undecided_query_ends_a_strict_run_and_excludes_nobody(tmp_path):
    intake = decided(tmp_path, OUTSIDE)
    assert intake.stops
    assert intake.excluded_cases.empty


def test_an_undecided_query_excludes_the_people_of_its_rows_where_the_run_is_not_strict(tmp_path):
    intake = decided(tmp_path, OUTSIDE, strict=False)
    assert not intake.stops
    assert intake.excluded_cases.values.tolist() == [
        ["P001", "query_undecided", OUTSIDE_ID], ["P003", "query_undecided", OUTSIDE_ID],
    ]  # fmt: skip


@pytest.mark.parametrize("strict", [True, False])
def test_an_accepted_query_ends_no_run_and_excludes_nobody(tmp_path, strict):
    intake = decided(tmp_path, OUTSIDE, decision("accepted"), strict)
    assert not intake.stops
    assert intake.excluded_cases.empty
    assert told(intake, "rule", "decision") == [("ao_outside_spell", "accepted")]


@pytest.mark.parametrize("strict", [True, False])
def test_an_excluded_query_excludes_the_people_of_its_rows(tmp_path, strict):
    intake = decided(tmp_path, OUTSIDE, decision("excluded"), strict)
    assert not intake.stops
    assert intake.excluded_cases[["case_id", "exclusion"]].values.tolist() == [
        ["P001", "query_excluded"], ["P003", "query_excluded"],
    ]  # fmt: skip


@pytest.mark.parametrize("strict", [True, False])
def test_a_corrected_query_that_is_still_there_stops_and_says_so(tmp_path, strict):
    intake = decided(tmp_path, OUTSIDE, decision("corrected"), strict)
    assert intake.stops
    assert told(intake)[0] == ("stop", "decision_not_corrected", "config/queries.csv", "2", "issue_id", 1)


def test_a_corrected_query_that_is_gone_is_a_note(tmp_path):
    intake = decided(tmp_path, {}, decision("corrected"))
    assert not intake.stops
    assert told(intake) == [("note", "decision_unused", "config/queries.csv", "2", "issue_id", 1)]


def test_the_lines_of_several_unused_decisions_are_together(tmp_path):
    rows = decision("accepted", "orphan-00000000") + decision("excluded", "orphan-00000001")
    assert told(decided(tmp_path, {}, rows), "rule", "line") == [("decision_unused", "2 3")]


def test_only_queries_can_be_decided(tmp_path):
    stop = decided(tmp_path / "a", IMPOSSIBLE).issues["issue_id"][0]
    assert stop.startswith("return_before_absence-")
    found = told(decided(tmp_path / "b", IMPOSSIBLE, decision("accepted", stop)), "severity", "rule")
    assert ("stop", "decision_on_stop") in found and ("stop", "return_before_absence") in found
    note = decided(tmp_path / "c", UNLISTED).issues["issue_id"][0]
    found = told(decided(tmp_path / "d", UNLISTED, decision("accepted", note)), "severity", "rule")
    assert found == [("note", "decision_on_note"), ("note", "cas_letter_unlisted")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (decision("perhaps"), "decision"),
        (decision("Accepted"), "decision"),
        (decision("accepted", "ao_outside_spell"), "issue_id"),
        (decision("accepted").replace("2023-02-01", "01-02-2023"), "decided_on"),
        (decision("accepted").replace("2023-02-01", "2023-02-30"), "decided_on"),
        (decision("accepted").replace("A. Analyst", " "), "decided_by"),
        (decision("accepted").replace("checked with the employer", ""), "reason"),
        (decision("accepted").replace("checked with", "checked, with"), None),
    ],
)
def test_a_row_that_cannot_be_used_stops_and_names_line_and_column(tmp_path, row, column):
    intake = decided(tmp_path, OUTSIDE, row)
    assert told(intake)[0] == ("stop", "queries_invalid", "config/queries.csv", "2", column, 1)
    assert told(intake, "rule", "decision")[1:] == [("ao_outside_spell", None)]  # and it is not applied


def test_a_second_decision_on_a_query_stops(tmp_path):
    intake = decided(tmp_path, OUTSIDE, decision("accepted") + "\n" + decision("excluded"))
    assert told(intake)[0] == ("stop", "queries_invalid", "config/queries.csv", "4", "issue_id", 1)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "1"),
        (HEADER.replace(",", ";").encode(), "1"),
        (HEADER.replace("reason", "why").encode(), "1"),
        (HEADER.encode("utf-16"), None),
        ((HEADER + 'a,"b" c,d,e,f\n').encode(), None),
        (HEADER.encode() + b"a,\xe9,c,d,e\n", None),
    ],
)
def test_a_file_that_is_not_one_of_decisions_stops(tmp_path, content, line):
    found = told(decided(tmp_path, {}, content))
    assert found == [("stop", "queries_invalid", "config/queries.csv", line, None, 1)]


def test_a_byte_order_mark_crlf_and_blanks_do_no_harm(tmp_path):
    rows = (HEADER + decision("accepted").replace(",accepted", ", accepted ")).replace("\n", "\r\n")
    assert not decided(tmp_path, OUTSIDE, b"\xef\xbb\xbf" + rows.encode()).stops


def test_a_missing_file_of_decisions_is_said(tmp_path):
    with pytest.raises(UserError, match=r"queries\.csv is missing"):
        read_delivery(deliver(tmp_path), PLAN, tmp_path / "queries.csv")


def test_a_query_about_a_whole_file_ends_the_run_until_it_is_decided(tmp_path):
    """Declared as cp1252 and UTF-8 by its bytes: nobody's rows, so that nobody can be excluded for it."""
    files = {name: text for name, text in SOUND.items() if name != "cases.csv"}
    cases = SOUND["cases.csv"].replace("kantoor", "caf\u00e9")
    sources = "sources:\n" + "".join(f"  - {{table: {name[:-4]}, file: {name}}}\n" for name in files)
    sources += "  - {table: cases, file: cases.csv, encoding: cp1252}\n"
    changes = {**files, "cases.csv": cases, "sources.yaml": sources}
    first = decided(tmp_path / "a", changes, strict=False)
    assert told(first, "severity", "rule", "line") == [("query", "encoding_doubtful", None)]
    assert first.stops and first.excluded_cases.empty
    issue = first.issues["issue_id"][0]
    assert not decided(tmp_path / "b", changes, decision("accepted", issue), strict=False).stops
    found = decided(tmp_path / "c", changes, decision("excluded", issue), strict=False)
    assert found.stops and told(found, "rule")[0] == ("decision_without_rows",)


def test_words_for_the_terminal_show_undecided_queries_with_their_id_as_stops(tmp_path):
    intake = decided(tmp_path, OUTSIDE)
    strict = in_words(intake.issues, "issues.csv", strict=True)
    assert f"query: ao_percent.csv, line 4, 5, column valid_from: [{OUTSIDE_ID}, 2 x]" in strict
    assert "config/queries.csv" in strict
    loose = in_words(intake.issues, "issues.csv", strict=False)
    assert OUTSIDE_ID not in loose
    assert "queries: 1 undecided; the people of undecided ones are excluded" in loose


def test_words_for_the_terminal_leave_decided_queries_alone(tmp_path):
    words = in_words(decided(tmp_path, OUTSIDE, decision("accepted")).issues, "issues.csv")
    assert words.splitlines() == ["validation: 0 stop, 1 query, 0 note (all in issues.csv)", "queries: 1 accepted"]


def test_every_row_carries_the_hash_of_the_whole_delivery(tmp_path):
    def hashes(folder: str, changes: dict) -> set[str]:
        tables = read_delivery(deliver(tmp_path / folder, changes), PLAN).tables
        return set().union(*(set(table["delivery_hash"]) for table in tables.values()))

    (plain,) = hashes("a", {})
    assert re.fullmatch("[0-9a-f]{16}", plain)
    assert hashes("elsewhere/b", {}) == {plain}  # the folder's name does not count, its files do
    assert hashes("c", replaced("cases.csv", "kantoor", "kantine")) != {plain}
    assert hashes("d", {"costs.csv": "case_id,incurred_on,category,amount_eur\n"}) != {plain}
