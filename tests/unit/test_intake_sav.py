"""SPSS files: types, labels, user-missing codes, dates, encodings, damage."""

import datetime as dt
import struct
import tempfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_tables import content, read, sourced, told

from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.read_sav import read_sav
from pilot_analysis.intake.sources import Source

CASES = {
    "case_id": ["P001", "P002", "P003"], "department": ["d", "d", "d"], "region": ["r", "r", "r"],
    "job_group": ["j", "j", "j"], "sex": ["female", "male", "unknown"], "birth_year": [1980.0, 1975.0, 1990.0],
    "contract_fte": [1.0, 0.8, 0.5], "daily_wage_eur": [150.5, 120.0, 99.95],
}  # fmt: skip
SEX = {1.0: "vrouw", 2.0: "man", 9.0: "onbekend"}


def sav(tmp_path: Path, columns: dict[str, list], **keys) -> bytes:
    path = tmp_path / "made.sav"
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), **keys)
    content = path.read_bytes()
    path.unlink()
    return content


def cases(tmp_path: Path, changes: dict[str, list], entry: str = "", **keys):
    data = sav(tmp_path, CASES | changes, **keys)
    return sourced(tmp_path / "delivery", f"file: oost.sav\n{entry}", {"oost.sav": data}, table="cases")


def stops(intake) -> list[tuple]:
    return [row[1:] for row in told(intake) if row[0] == "stop"]


def test_numbers_text_and_row_numbers(tmp_path):
    intake = cases(tmp_path, {})
    assert told(intake) == []
    table = intake.tables["cases"]
    assert [row[4:8] for row in content(table)] == [
        ("female", 1980, 1.0, 150.5), ("male", 1975, 0.8, 120.0), ("unknown", 1990, 0.5, 99.95),
    ]  # fmt: skip
    assert table["source_line"].tolist() == [1, 2, 3]
    assert table["source_file"].unique().tolist() == ["oost.sav"]


def test_labels_that_values_names_replace_their_codes_also_user_missing_ones(tmp_path):
    entry = "values: {sex: {vrouw: female, man: male, onbekend: unknown}}"
    labels = {"variable_value_labels": {"sex": SEX}, "missing_ranges": {"sex": [9]}}
    intake = cases(tmp_path, {"sex": [1.0, 2.0, 9.0]}, entry, **labels)
    assert told(intake) == []
    assert intake.tables["cases"]["sex"].tolist() == ["female", "male", "unknown"]


def test_a_user_missing_code_whose_label_values_does_not_name_is_missing(tmp_path):
    entry = "values: {sex: {vrouw: female, man: male}}"
    labels = {"variable_value_labels": {"sex": SEX}, "missing_ranges": {"sex": [9]}}
    intake = cases(tmp_path, {"sex": [1.0, 2.0, 9.0]}, entry, **labels)
    assert stops(intake) == [("cell_empty", "oost.sav", "3", "sex", 1)]


def test_a_label_of_a_valid_code_that_values_does_not_name_is_refused(tmp_path):
    entry = "values: {sex: {vrouw: female, man: male}}"
    intake = cases(tmp_path, {"sex": [1.0, 2.0, 9.0]}, entry, variable_value_labels={"sex": SEX})
    assert stops(intake) == [("value_not_mapped", "oost.sav", "3", "sex", 1)]
    assert "onbekend" not in intake.issues.to_csv()


def test_a_code_without_label_stays_the_code_and_a_code_can_be_named(tmp_path):
    entry = "values: {sex: {vrouw: female, 2: male, 3: unknown}}"
    intake = cases(tmp_path, {"sex": [1.0, 2.0, 3.0]}, entry, variable_value_labels={"sex": SEX})
    assert stops(intake) == []
    assert intake.tables["cases"]["sex"].tolist() == ["female", "male", "unknown"]


def test_labels_replace_codes_of_free_text_and_canonical_codes_hold(tmp_path):
    labels = {
        "department": {"k": "kantoor", "t": "techniek"}, "sex": {"female": "Vrouw", "male": "Man"},
        "birth_year": {1975.0: "1975 of eerder"},
    }  # fmt: skip
    intake = cases(tmp_path, {"department": ["k", "t", "x"]}, variable_value_labels=labels)
    assert stops(intake) == []
    rows = content(intake.tables["cases"])
    assert [row[1] for row in rows] == ["kantoor", "techniek", "x"]
    assert [row[4:6] for row in rows] == [("female", 1980), ("male", 1975), ("unknown", 1990)]
    assert [row for row in told(intake) if row[1] == "label_not_used"] == [
        ("note", "label_not_used", "oost.sav", "1 2", "sex", 2),
        ("note", "label_not_used", "oost.sav", "2", "birth_year", 1),
    ]


def test_user_missing_codes_and_ranges_of_numbers_and_text_are_missing(tmp_path):
    columns = {
        "case_id": ["P001", "P002", "P003", "P001"], "wave_week": [6.0, 6.0, 6.0, 10.0],
        "completed_on": [dt.date(2021, 7, 13), None, dt.date(2021, 7, 15), dt.date(2021, 8, 10)],
        "tempo": [4.0, 97.0, 98.5, 8.0], "remark": ["5", "zz", "4", "3"],
    }  # fmt: skip
    missing = {"tempo": [{"lo": 97, "hi": 99}, 8], "remark": ["zz"]}
    data = sav(tmp_path, columns, missing_ranges=missing, variable_value_labels={"tempo": {98.5: "weet niet"}})
    intake = sourced(tmp_path / "delivery", "file: v.sav", {"v.sav": data}, table="employee_survey")
    assert told(intake) == []
    assert content(intake.tables["employee_survey"]) == [
        ("P001", 6, "2021-07-13", 4.0, 5.0), ("P002", 6, None, None, None), ("P003", 6, "2021-07-15", None, 4.0),
        ("P001", 10, "2021-08-10", None, 3.0),
    ]  # fmt: skip


def test_missing_may_name_a_label_or_a_code(tmp_path):
    columns = {"case_id": ["P001", "P002", "P003"], "wave_week": [6.0] * 3, "tempo": [4.0, 8.0, 9.0]}
    data = sav(tmp_path, columns, variable_value_labels={"tempo": {4.0: "vier", 8.0: "weet niet", 9.0: "n.v.t."}})
    entry = "file: v.sav\nconstants: {completed_on: 2021-08-01}\nmissing: [weet niet, 9]"
    intake = sourced(tmp_path / "delivery", entry, {"v.sav": data}, table="employee_survey")
    assert stops(intake) == []
    assert [row[3] for row in content(intake.tables["employee_survey"])] == [4.0, None, None]


@pytest.mark.parametrize("form", ["DATE11", "ADATE10", "EDATE10", "SDATE10", "JDATE7", "DATETIME20", "YMDHMS20"])
def test_date_formats_of_spss_are_dates(tmp_path, form):
    second = (dt.datetime(2022, 3, 1) - dt.datetime(1582, 10, 14)).total_seconds()
    ends = {"followup_end_date": [None, second, None], "followup_end_reason": ["", "employment_end", ""]}
    intake = cases(tmp_path, ends, variable_format={"followup_end_date": form})
    assert told(intake) == []
    assert [row[8] for row in content(intake.tables["cases"])] == [None, "2022-03-01", None]


def test_times_of_day_are_taken_off_and_noted_and_months_are_no_days(tmp_path):
    second = (dt.datetime(2022, 3, 1, 13, 45) - dt.datetime(1582, 10, 14)).total_seconds()
    ends = {"followup_end_date": [None, second, None], "followup_end_reason": ["", "employment_end", ""]}
    timed = cases(tmp_path, ends, variable_format={"followup_end_date": "DATETIME20"})
    assert told(timed) == [("note", "time_of_day_removed", "oost.sav", "2", "followup_end_date", 1)]
    month = cases(tmp_path, ends, variable_format={"followup_end_date": "MOYR8"})
    assert ("not_a_date", "oost.sav", "2", "followup_end_date", 1) in stops(month)


def test_a_user_missing_date_the_open_date_and_a_date_beyond_the_calendar(tmp_path):
    day = (dt.datetime(1901, 1, 1) - dt.datetime(1582, 10, 14)).total_seconds()
    columns = {
        "case_id": ["P001", "P002", "P003"],
        "first_absence_date": [dt.date(2021, 6, 1), dt.date(2021, 6, 2), dt.date(2021, 6, 3)],
        "return_date": [dt.date(1901, 1, 1), dt.date(9999, 12, 31), dt.date(2021, 8, 1)],
    }
    data = sav(tmp_path, columns, missing_ranges={"return_date": [day]})
    intake = sourced(tmp_path / "delivery", "file: v.sav\nopen_date: 31-12-9999", {"v.sav": data})
    assert stops(intake) == []
    assert [row[2] for row in content(intake.tables["absence_spells"])] == [None, None, "2021-08-01"]
    beyond = columns | {"return_date": [1e20, None, None]}
    data = sav(tmp_path, beyond, variable_format={"return_date": "DATE11"})
    refused = sourced(tmp_path / "b", "file: v.sav", {"v.sav": data})
    assert stops(refused)[0] == ("not_a_date", "v.sav", "1", "return_date", 1)


def test_numbers_as_ids_lose_their_decimals_and_blanks_are_trimmed(tmp_path):
    columns = {
        "nr": [1001.0, 1002.0], "first_absence_date": [dt.date(2021, 6, 1)] * 2, "return_date": ["  ", " 2021-07-01"],
    }  # fmt: skip
    data = sav(tmp_path, columns)
    people = {
        "allocation.csv": "case_id,organisation,enrolment_date,arm\n"
        "1001,o,2021-06-10,control\n1002,o,2021-06-10,control\n",
        "cases.csv": ",".join(CASES) + "\n1001,d,r,j,male,1980,1,1\n1002,d,r,j,male,1980,1,1\n",
        "ao_percent.csv": "case_id,valid_from,ao_percent\n",
    }
    entry = "file: v.sav\ncolumns: {case_id: nr}"
    intake = sourced(tmp_path / "delivery", entry, {"v.sav": data, **people})
    assert stops(intake) == []
    assert content(intake.tables["absence_spells"]) == [
        ("1001", "2021-06-01", None),
        ("1002", "2021-06-01", "2021-07-01"),
    ]


def test_versions_and_withdrawal_by_code_or_label(tmp_path):
    columns = {
        "case_id": ["P001", "P001", "P002", "P002", "P003"],
        "first_absence_date": [dt.date(2021, 6, number) for number in (1, 1, 2, 2, 3)],
        "return_date": [dt.date(2021, 8, 1), dt.date(2021, 9, 1), None, None, None],
        "versie": [10.0, 9.0, 1.0, 2.0, 1.0], "status": [1.0, 1.0, 1.0, 2.0, 1.0],
    }  # fmt: skip
    data = sav(tmp_path, columns, variable_value_labels={"status": {1.0: "actief", 2.0: "ingetrokken"}})
    for place, mark in enumerate(["ingetrokken", "2"]):
        entry = f"file: v.sav\nlatest_by: [versie]\nwithdrawn: {{status: {mark}}}"
        intake = sourced(tmp_path / str(place), entry, {"v.sav": data})
        assert content(intake.tables["absence_spells"]) == [
            ("P001", "2021-06-01", "2021-08-01"), ("P003", "2021-06-03", None),
        ]  # fmt: skip


def test_the_encoding_that_the_file_declares_is_followed(tmp_path):
    data = sav(tmp_path, CASES | {"department": ["café", "d", "d"]})
    mark = struct.pack("<iii", 20, 1, 5) + b"UTF-8"
    assert data.count(mark) == 1 and data.count("café".encode()) == 1
    name = b"windows-1252"
    western = data.replace(mark, struct.pack("<iii", 20, 1, len(name)) + name).replace("café".encode(), b"caf\xe9 ")
    intake = sourced(tmp_path / "a", "file: p.sav", {"p.sav": western}, table="cases")
    assert told(intake) == []
    assert intake.tables["cases"]["department"][0] == "café"
    # Only inside the text: an incomplete character at the end is what SPSS leaves when it cuts text off.
    broken = data.replace("café".encode(), b"c\xe9fe ")
    refused = sourced(tmp_path / "b", "file: p.sav", {"p.sav": broken}, table="cases")
    assert told(refused, "rule", "file") == [("file_unreadable", "p.sav")]
    assert "encoding" in refused.issues["found"][0]


def test_what_is_no_sav_is_one_clear_issue(tmp_path):
    sound = sav(tmp_path, CASES)
    for place, (data, words) in enumerate({
        b"": "an empty file", b"case_id;sex\n": "CSV", b"$FL2": "damaged", sound[:400]: "damaged",
        sound[:-9]: "damaged", b"PK\x03\x04rest": "Excel",
    }.items()):  # fmt: skip
        intake = sourced(tmp_path / str(place), "file: p.sav", {"p.sav": data}, table="cases")
        assert told(intake, "severity", "rule", "file") == [("stop", "file_unreadable", "p.sav")]
        assert words in intake.issues["found"][0]


@pytest.mark.parametrize("keys", [{}, {"compress": True}, {"row_compress": True}])
def test_long_text_labels_and_compressed_files(tmp_path, keys):
    long = {"department": ["a" * 300, "d", "d"], "region": ["twintig letters lang", "r", "r"]}
    keys = keys | {"column_labels": ["Nummer", *[None] * 7], "variable_value_labels": {"region": {"r": "Regio"}}}
    path = tmp_path / "made.sav"
    path.write_bytes(sav(tmp_path, CASES | long, **keys))
    findings = Findings()
    raw = read_sav(path, "made.sav", Source("cases", "employer", "made.sav", "sav"), findings)
    department, region = (column.values[column.codes].tolist() for column in raw.columns[1:3])
    assert (department, region) == (["a" * 300, "d", "d"], ["twintig letters lang", "Regio", "Regio"])


@pytest.mark.parametrize(
    ("place", "number"), [(180, 168), (180, 300), (188, 7), (184, 2), (176, 5)], ids=str
)  # type, type, missing values, label of the first variable; kind of the first record
def test_dictionaries_on_which_readstat_ends_the_process_are_refused_before(tmp_path, place, number):
    data = bytearray(sav(tmp_path, CASES))
    data[place : place + 4] = struct.pack("<i", number)
    intake = sourced(tmp_path / "d", "file: p.sav", {"p.sav": bytes(data)}, table="cases")
    assert told(intake, "severity", "rule", "file") == [("stop", "file_unreadable", "p.sav")]


def test_a_labelled_code_that_is_no_text_is_refused_before_readstat_ends_the_process(tmp_path):
    data = sav(tmp_path, CASES, variable_value_labels={"region": {"\u00e9r": "Regio"}})
    assert data.count("\u00e9r".encode()) == 1
    broken = data.replace("\u00e9r".encode(), b"\xe9r ")
    intake = sourced(tmp_path / "d", "file: p.sav", {"p.sav": broken}, table="cases")
    assert told(intake, "rule", "file") == [("file_unreadable", "p.sav")]
    assert "encoding" in intake.issues["found"][0]


def test_a_sav_without_rows_is_an_empty_table(tmp_path):
    data = sav(tmp_path, {name: pd.Series([], dtype=object) for name in ("case_id", "incurred_on", "category")})
    intake = sourced(tmp_path / "d", "file: k.sav\nconstants: {amount_eur: 1}", {"k.sav": data}, table="costs")
    assert told(intake) == []


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> bytes:
    return sav(tmp_path_factory.mktemp("sav"), CASES, variable_value_labels={"birth_year": {1980.0: "x"}})


@settings(max_examples=150, deadline=None, derandomize=True)
@given(place=st.integers(0, 10**4), junk=st.binary(min_size=1, max_size=6))
def test_damaged_bytes_never_crash(small, place, junk):
    place %= len(small)
    source = Source("cases", "employer", "p.sav", "sav")
    with tempfile.NamedTemporaryFile(suffix=".sav") as damaged:
        damaged.write(small[:place] + junk + small[place + len(junk) :])
        damaged.flush()
        findings = Findings()
        raw = read_sav(Path(damaged.name), "p.sav", source, findings)
    assert (raw is None) == (not findings.frame().empty)


def test_a_sav_needs_a_source(tmp_path):
    assert told(read(tmp_path, {"costs.sav": b"$FL2"}), "rule", "file") == [("file_not_named", "costs.sav")]
