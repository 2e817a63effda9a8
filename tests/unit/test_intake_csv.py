import numpy as np
import pytest
from intake_tables import SOUND, content, read, replaced, sourced, told

from pilot_analysis.intake.csv_structure import structure

HEADER = "case_id,valid_from,ao_percent\n"
AO = {"ao_percent.csv": HEADER}


def ao(tmp_path, rows: str):
    return read(tmp_path, {"ao_percent.csv": HEADER + rows})


def test_records_fields_and_lines_with_quoted_line_ends():
    found = structure(b'a;b\n"x;\ny";2\n\n"say ""hi""";"";3\n', ";")
    assert found.line.tolist() == [1, 2, 4, 5]
    assert found.fields.tolist() == [2, 2, 1, 3]
    assert not found.stray.any()


def test_records_of_a_file_without_final_line_end_and_of_an_empty_file():
    assert structure(b"a;b\n1;2", ";").line.tolist() == [1, 2]
    assert structure(b"", ";").line.tolist() == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b'a;b\nx"y;2\n3;4\n', [2]),  # inside an unquoted field
        (b'a;b\nx""y;2\n3;4\n', [2]),
        (b'a;b\n"x"y;2\n3;4\n', [2]),  # behind the closing quote
        (b'a;b\n""x;2\n"3";4\n', [2]),
        (b'a;b\n1;2\n"x;2\n3;4\n', [3]),  # never closed: only its own line is given up
        (b'a;b\n5" pipe;1\n1;2\n6" pipe;1\n', [2, 4]),
    ],
)  # fmt: skip
def test_misplaced_quotes_are_found_on_their_lines(text, lines):
    found = structure(text, ";")
    assert found.line[found.stray].tolist() == lines


def test_after_ten_misplaced_quotes_the_rest_is_given_up_in_bounded_time():
    found = structure(b"a;b\n" + b'5" pipe;1\n' * 1000, ";")
    assert np.flatnonzero(found.stray).tolist() == list(range(1, 1001))


def test_a_quote_in_an_unquoted_field_is_an_issue_with_its_line_and_other_rows_are_still_checked(tmp_path):
    assert told(ao(tmp_path, 'P001,2021-07-01,5"0\nP001,2021-07-02,500\n')) == [
        ("stop", "stray_quote", "ao_percent.csv", "2", None, 1),
        ("stop", "out_of_range", "ao_percent.csv", "3", "ao_percent", 1),
    ]


def test_rows_with_other_numbers_of_fields_are_an_issue_with_their_lines(tmp_path):
    assert told(ao(tmp_path, "P001,2021-07-01,50,9\nP003,2021-07-05,25\nP001,2021-07-02\n")) == [
        ("stop", "field_count", "ao_percent.csv", "2 4", None, 2)
    ]


def test_empty_lines_and_rows_without_content_are_skipped(tmp_path):
    intake = ao(tmp_path, "\n  \nP001,2021-07-01,50\n,,\n\n")
    assert told(intake) == []
    assert intake.tables["ao_percent"]["source_line"].tolist() == [4]


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_header_row_is_an_issue(tmp_path, text):
    assert ("file_empty", "ao_percent.csv") in told(read(tmp_path, {"ao_percent.csv": text}), "rule", "file")


def test_a_header_made_of_data_is_not_repeated(tmp_path):
    intake = read(tmp_path, {"ao_percent.csv": "P001,2021-07-01,50\nP003,2021-07-05,25\n"})
    assert told(intake, "rule", "file", "line") == [("header_missing", "ao_percent.csv", "1")]
    assert "P001" not in intake.issues.to_csv()
    partly = read(tmp_path, {"ao_percent.csv": "case_id,valid_from,ao_percent,2021-07-01\nP001,2021-07-01,50,\n"})
    assert told(partly, "rule", "column") == [
        ("column_unknown", "column 4 (its name looks like a value and is not shown)")
    ]


def test_a_column_name_that_occurs_twice_is_an_issue(tmp_path):
    text = "case_id,valid_from,ao_percent,ao_percent\nP001,2021-07-01,50,50\n"
    assert told(read(tmp_path, {"ao_percent.csv": text}), "rule", "column") == [("header_twice", "ao_percent")]


@pytest.mark.parametrize(
    "text",
    [
        SOUND["cases.csv"].replace("\n", "\r\n").encode(),
        SOUND["cases.csv"].replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + SOUND["cases.csv"].encode(),
        SOUND["cases.csv"].rstrip().encode(),
        "".join('"' + line.replace(",", '","') + '"\n' for line in SOUND["cases.csv"].splitlines()).encode(),
        "".join(",".join(reversed(line.split(","))) + "\n" for line in SOUND["cases.csv"].splitlines()).encode(),
        "".join(line + ",\n" for line in SOUND["cases.csv"].splitlines()).encode(),  # a nameless empty column
        SOUND["cases.csv"].replace("P001,", " P001 ,").encode(),
    ],
    ids=["CRLF", "CR", "BOM", "no final line end", "all quoted", "columns reversed", "trailing comma", "blanks"],
)  # fmt: skip
def test_harmless_variants_of_csv_give_the_same_table(tmp_path, text):
    intake = read(tmp_path, {"cases.csv": text})
    assert [row for row in told(intake) if row[0] != "note"] == []
    assert content(intake.tables["cases"]) == content(read(tmp_path, {"cases.csv": SOUND["cases.csv"]}).tables["cases"])


def test_removed_blanks_are_noted_with_their_lines(tmp_path):
    assert told(read(tmp_path, replaced("cases.csv", "P001,", " P001 ,"))) == [
        ("note", "blanks_removed", "cases.csv", "2", "case_id", 1)
    ]


def test_cp1252_without_declaration_is_an_issue_that_names_file_and_line_and_suggests_the_declaration(tmp_path):
    bad = SOUND["cases.csv"].replace("techniek", "café").encode("cp1252")
    intake = read(tmp_path, {"cases.csv": bad})
    assert told(intake) == [("stop", "encoding", "cases.csv", "4", None, 1)]
    assert "encoding: cp1252" in intake.issues["mend"][0]


def test_declared_cp1252_is_read(tmp_path):
    text = SOUND["cases.csv"].replace("techniek", "café").encode("cp1252")
    intake = sourced(tmp_path, "file: noord.csv\nencoding: cp1252", {"noord.csv": text}, table="cases")
    assert told(intake) == []
    assert intake.tables["cases"]["department"].tolist() == ["kantoor", "kantoor", "café"]


def test_a_mark_of_utf8_in_a_file_declared_as_cp1252_is_an_issue(tmp_path):
    text = b"\xef\xbb\xbf" + SOUND["cases.csv"].encode()
    intake = sourced(tmp_path, "file: noord.csv\nencoding: cp1252", {"noord.csv": text}, table="cases")
    assert told(intake) == [("stop", "encoding", "noord.csv", "1", None, 1)]


@pytest.mark.parametrize("name", ["klingon", "rot13", "undefined", "hex"])
def test_what_is_no_encoding_of_text_is_an_issue(tmp_path, name):
    intake = sourced(tmp_path, f"file: noord.csv\nencoding: {name}", {"noord.csv": "x"}, table="cases")
    assert told(intake, "rule", "file") == [("encoding", "noord.csv")]


def test_bytes_of_zero_are_an_issue(tmp_path):
    assert told(read(tmp_path, {"cases.csv": "case_id\0\n"}), "rule", "file") == [("encoding", "cases.csv")]
    text = SOUND["cases.csv"].replace("kantoor", "kan\0toor")
    assert told(read(tmp_path / "b", {"cases.csv": text}), "rule", "file") == [("encoding", "cases.csv")]


@pytest.mark.parametrize("declared", [None, "cp1252", "utf-8"])
@pytest.mark.parametrize("written", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_that_is_not_declared_is_an_issue_that_says_so(tmp_path, written, declared):
    entry = "file: noord.csv" + (f"\nencoding: {declared}" if declared else "")
    intake = sourced(tmp_path, entry, {"noord.csv": SOUND["cases.csv"].encode(written)}, table="cases")
    assert told(intake) == [("stop", "encoding", "noord.csv", "1", None, 1)]
    assert written[:6].upper() in intake.issues["found"][0] and "encoding: utf-" in intake.issues["mend"][0]


@pytest.mark.parametrize("written", ["utf-16", "utf-16-le", "utf-16-be"])
def test_declared_wide_text_is_read(tmp_path, written):
    text = SOUND["cases.csv"].replace("techniek", "café").replace("\n", "\r\n")
    mark = "" if written == "utf-16" else "\ufeff"
    intake = sourced(
        tmp_path, f"file: n.csv\nencoding: {written}", {"n.csv": (mark + text).encode(written)}, table="cases"
    )
    assert told(intake) == []
    assert intake.tables["cases"]["department"][2] == "café"


def test_utf8_declared_as_cp1252_is_a_query_and_never_silent(tmp_path):
    data = SOUND["cases.csv"].replace("techniek", "café").encode()
    intake = sourced(tmp_path, "file: n.csv\nencoding: cp1252", {"n.csv": data}, table="cases")
    assert told(intake, "severity", "rule", "file") == [("query", "encoding_doubtful", "n.csv")]


def test_control_characters_betray_cp1252_that_is_declared_as_latin1(tmp_path):
    data = SOUND["cases.csv"].replace("techniek", "5 €").encode("cp1252")
    intake = sourced(tmp_path, "file: n.csv\nencoding: latin-1", {"n.csv": data}, table="cases")
    assert told(intake) == [("stop", "encoding", "n.csv", "4", None, 1)]
    assert "cp1252" in intake.issues["mend"][0]


def test_mixed_line_ends_and_the_lines_of_what_is_wrong(tmp_path):
    text = "case_id,valid_from,ao_percent\rP001,2021-07-01,50\r\nP003,2021-07-05,25.5\n\r\nP003,2021-07-06,x\r"
    intake = read(tmp_path, {"ao_percent.csv": text})
    assert told(intake) == [("stop", "not_a_number", "ao_percent.csv", "5", "ao_percent", 1)]
    assert intake.tables["ao_percent"]["source_line"].tolist() == [2, 3, 5]


def test_the_first_line_that_excel_writes_for_itself_is_skipped(tmp_path):
    text = "sep=;\n" + SOUND["ao_percent.csv"].replace(",", ";")
    intake = sourced(tmp_path, 'file: a.csv\ndelimiter: ";"', {"a.csv": text}, table="ao_percent")
    assert told(intake) == []
    assert intake.tables["ao_percent"]["source_line"].tolist() == [3, 4]
    other = sourced(tmp_path / "b", "file: a.csv", {"a.csv": text}, table="ao_percent")
    assert ("stop", "header_missing") in told(other, "severity", "rule")


def test_a_mark_that_occurs_twice_does_not_hide_the_first_column(tmp_path):
    text = "\ufeff\ufeff" + SOUND["ao_percent.csv"]
    assert told(read(tmp_path, {"ao_percent.csv": text})) == []


def test_a_wrong_delimiter_is_told_apart(tmp_path):
    intake = read(tmp_path, {"ao_percent.csv": SOUND["ao_percent.csv"].replace(",", ";")})
    assert told(intake, "rule", "file") == [("header_missing", "ao_percent.csv")]
    assert "delimiter" in intake.issues["mend"][0]
