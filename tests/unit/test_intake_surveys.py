"""Exports of survey platforms: Qualtrics with its three header rows, LimeSurvey with codes or labels."""

import csv
import io

import pytest
from intake_tables import content, sourced, told
from test_intake_formats import day, workbook

HEADER = [
    ["Q1", "StartDate", "IPAddress", "Q2", "Q3", "Q4"],
    ["Wat is uw nummer?", "Start\nDate", "IP Address", "In welke week, 6 of 10?", 'Datum, "vandaag"', "Hoe?\n\nKies."],
    ['{"ImportId":"QID1_TEXT"}', '{"ImportId":"startDate","timeZone":"x"}', '{"ImportId":"ipAddress"}',
     '{"ImportId":"QID2"}', '{"ImportId":"QID3"}', '{"ImportId":"QID4"}'],
]  # fmt: skip
ANSWERS = [
    ["P001", "2021-07-12 09:12:13", "10.0.0.1", "6", "2021-07-12", "Heel\ngoed"],
    ["P002", "2021-07-13 09:12:13", "10.0.0.2", "6", "2021-07-13", "Slecht"],
]
QUALTRICS_KEYS = r"""file: q.csv
supplier: survey
columns: {case_id: Q1, wave_week: Q2, completed_on: Q3, tempo: Q4}
values: {tempo: {"Heel\ngoed": 5, Slecht: 1}}"""


def written(rows: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


QUALTRICS = written([*HEADER, *ANSWERS])


def survey(tmp_path, text: str, entry: str):
    return sourced(tmp_path, entry, {"q.csv": text}, table="employee_survey")


def test_qualtrics_with_labels_over_several_lines_and_dropped_metadata(tmp_path):
    intake = survey(tmp_path, QUALTRICS, f"{QUALTRICS_KEYS}\nheader_rows: 3\ndrop: [StartDate, IPAddress]")
    assert told(intake) == []
    table = intake.tables["employee_survey"]
    assert content(table) == [("P001", 6, "2021-07-12", 5.0), ("P002", 6, "2021-07-13", 1.0)]
    assert table["source_line"].tolist() == [7, 9]


def test_metadata_of_a_survey_platform_is_dropped_or_mapped_never_taken_as_an_item(tmp_path):
    kept = survey(tmp_path / "a", QUALTRICS, f"{QUALTRICS_KEYS}\nheader_rows: 3\ndrop: [IPAddress]")
    assert told(kept, "rule", "column") == [("column_unknown", "StartDate")]
    text = "id,case_id,wave_week,completed_on,lastpage,tempo\n1,P001,6,2021-07-12,3,4\n"
    lime = survey(tmp_path / "b", text, "file: q.csv")
    assert told(lime, "rule", "column") == [("column_unknown", "id"), ("column_unknown", "lastpage")]
    mapped = survey(tmp_path / "c", text, "file: q.csv\ndrop: [id]\ncolumns: {pages: lastpage}")
    assert told(mapped) == []
    assert mapped.tables["employee_survey"]["pages"].tolist() == [3.0]


@pytest.mark.parametrize(("rows", "line"), [(1, "6"), (2, "6")])
def test_too_few_header_rows_are_noticed_by_the_import_ids(tmp_path, rows, line):
    intake = survey(tmp_path, QUALTRICS, f"{QUALTRICS_KEYS}\nheader_rows: {rows}\ndrop: [StartDate, IPAddress]")
    assert told(intake, "severity", "rule", "file", "line") == [("stop", "header_rows_wrong", "q.csv", line)]


def test_too_many_header_rows_are_noticed_by_data_among_them(tmp_path):
    keys = f"{QUALTRICS_KEYS}\ndrop: [StartDate, IPAddress]"
    four = survey(tmp_path / "a", QUALTRICS, f"{keys}\nheader_rows: 4")
    assert told(four, "severity", "rule", "file", "line") == [("stop", "header_rows_wrong", "q.csv", "7")]
    older = written([*HEADER[:2], *ANSWERS])
    three = survey(tmp_path / "b", older, f"{keys}\nheader_rows: 3")
    assert told(three, "severity", "rule", "file", "line") == [("stop", "header_rows_wrong", "q.csv", "6")]
    assert told(survey(tmp_path / "c", older, f"{keys}\nheader_rows: 2")) == []


def test_qualtrics_as_a_workbook(tmp_path):
    rows = [["case_id", "wave_week", "completed_on", "q1"], ["Nummer", "Week", "Datum", "Tempo"],
            ['{"ImportId":"a"}', '{"ImportId":"b"}', '{"ImportId":"c"}', '{"ImportId":"d"}'],
            ["P001", 6, day("2021-07-12"), 4]]  # fmt: skip
    files = {"q.xlsx": workbook(Blad1=rows)}
    right = sourced(tmp_path / "a", "file: q.xlsx\nheader_rows: 3", files, table="employee_survey")
    assert told(right) == []
    assert right.tables["employee_survey"]["source_line"].tolist() == [4]
    wrong = sourced(tmp_path / "b", "file: q.xlsx", files, table="employee_survey")
    assert told(wrong, "rule", "line") == [("header_rows_wrong", "3")]


LIME_NAMES = '"token";"G01[SQ001]";"G02";"submitdate"\n'
LIME = {
    "codes": '"P001";"A4";"Y";"2021-07-12 09:12:13"\n"P002";"";"N";""\n',
    "labels": '"P001";"mee; eens";"Ja";"2021-07-12 09:12:13"\n"P002";"N/A";"Nee";""\n',
}
LIME_VALUES = {
    "codes": "{rtw_1: {A4: 4, A5: 5}, work: {Y: 1, N: 0}}",
    "labels": "{rtw_1: {'mee; eens': 4, 'zeer mee eens': 5}, work: {Ja: 1, Nee: 0}}",
}


@pytest.mark.parametrize("kind", ["codes", "labels"])
def test_limesurvey_with_codes_or_labels(tmp_path, kind):
    entry = f"""file: q.csv
delimiter: ";"
date_format: "%Y-%m-%d %H:%M:%S"
columns: {{case_id: token, rtw_1: "G01[SQ001]", work: G02, completed_on: submitdate}}
values: {LIME_VALUES[kind]}
missing: [N/A]
constants: {{wave_week: 6}}"""
    intake = survey(tmp_path, "\ufeff" + LIME_NAMES + LIME[kind], entry)
    assert told(intake) == [("note", "time_of_day_removed", "q.csv", "2", "submitdate", 1)]
    assert content(intake.tables["employee_survey"]) == [
        ("P001", 6, "2021-07-12", 4.0, 1.0), ("P002", 6, None, None, 0.0),
    ]  # fmt: skip
    other = survey(tmp_path / "other", LIME_NAMES + LIME["labels" if kind == "codes" else "codes"], entry)
    assert ("stop", "value_not_mapped", "G02") in told(other, "severity", "rule", "column")


def test_three_header_rows_as_qualtrics_writes_them(tmp_path):
    text = 'case_id,wave_week,completed_on,q1\n"Uw\nnummer","Week, ""nu""",Datum,Tempo\n{"a"},{b},{c},{d}\nP001,6,,4\n'
    text = text.replace('{"a"}', '"{""ImportId"":1}"')
    intake = sourced(
        tmp_path, "file: q.csv\nheader_rows: 3\nsupplier: survey", {"q.csv": text}, table="employee_survey"
    )
    assert told(intake) == []
    assert intake.tables["employee_survey"][["case_id", "q1", "source_line"]].values.tolist() == [["P001", 4.0, 5]]
