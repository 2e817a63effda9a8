import datetime as dt
import io
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from intake_tables import SOUND, content, read, sourced, told

SPELLS = [("P001", "2021-06-01", "2021-09-01"), ("P002", "2021-06-02", None), ("P003", "2021-06-03", "2021-08-01")]
NAMES = ["case_id", "first_absence_date", "return_date"]


def workbook(**sheets: list[list]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        formats = {dt.date: book.add_format({"num_format": "dd-mm-yyyy"})}
        formats[dt.datetime] = book.add_format({"num_format": "dd-mm-yyyy hh:mm"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if type(cell) in formats:
                        sheet.write_datetime(place, column, cell, formats[type(cell)])
                    elif cell is not None:
                        sheet.write(place, column, cell)
    return buffer.getvalue()


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def test_semicolon_decimal_comma_and_day_month_year_in_cp1252(tmp_path):
    text = "Volgnummer;Vanaf;% AO\r\nP001;01-07-2021;50,0\r\nP003;5-7-2021;25,5\r\n".encode("cp1252")
    entry = """file: noord_*.csv
encoding: cp1252
delimiter: ";"
decimal: ","
date_format: "%d-%m-%Y"
columns: {case_id: Volgnummer, valid_from: Vanaf, ao_percent: "% AO"}"""
    intake = sourced(tmp_path, entry, {"noord_ao.csv": text}, table="ao_percent")
    assert told(intake) == []
    assert content(intake.tables["ao_percent"]) == [
        ("P001", "2021-07-01", 50.0, None),
        ("P003", "2021-07-05", 25.5, None),
    ]


@pytest.mark.parametrize("cell", ["1.234,5", "50.0", "50,0,0", "50%", "5O"])
def test_with_a_decimal_comma_nothing_else_is_guessed(tmp_path, cell):
    text = f"case_id;valid_from;ao_percent\nP001;2021-07-01;{cell}\n"
    intake = sourced(tmp_path, 'file: ao.csv\ndelimiter: ";"\ndecimal: ","', {"ao.csv": text}, table="ao_percent")
    assert told(intake) == [("stop", "not_a_number", "ao.csv", "2", "ao_percent", 1)]


@pytest.mark.parametrize("cell", ["2021-06-01", "01-06-21", "32-01-2021", "29-02-2021", "01/06/2021", "1 juni 2021"])
def test_a_declared_date_format_is_the_only_one(tmp_path, cell):
    text = f"case_id,first_absence_date,return_date\nP001,{cell},01-09-2021\n"
    intake = sourced(tmp_path, 'file: v.csv\ndate_format: "%d-%m-%Y"', {"v.csv": text})
    assert told(intake)[0] == ("stop", "not_a_date", "v.csv", "2", "first_absence_date", 1)
    assert "%d-%m-%Y" in intake.issues["expected"][0]


@pytest.mark.parametrize(("cell", "read"), [("20210601", True), ("2021611", False)])
def test_a_format_without_signs_takes_two_digits_for_day_and_month(tmp_path, cell, read):
    text = f"case_id,first_absence_date,return_date\nP001,{cell},\n"
    intake = sourced(tmp_path, 'file: v.csv\ndate_format: "%Y%m%d"', {"v.csv": text})
    assert (("not_a_date",) in told(intake, "rule")) is not read


def test_several_files_are_stacked_in_sorted_order(tmp_path):
    header, *rows = SOUND["absence_spells.csv"].splitlines(keepends=True)
    files = {"v_2022.csv": header + rows[2], "v_2021.csv": header + rows[0] + rows[1]}
    intake = sourced(tmp_path, "file: v_*.csv", files)
    assert content(intake.tables["absence_spells"]) == SPELLS
    assert intake.tables["absence_spells"]["source_file"].tolist() == ["v_2021.csv", "v_2021.csv", "v_2022.csv"]


def test_xlsx_with_true_dates_numbers_as_ids_and_rows_as_excel_counts_them(tmp_path):
    rows = [["Nr", "Eerste", "Hersteld"], [1001, day("2021-06-01"), day("2021-09-01")], [None, None, None],
            [1002.0, day("2021-06-02"), None]]  # fmt: skip
    ids = {"P001": "1001", "P002": "1002"}
    files = {"zuid.xlsx": workbook(Verzuim=[[], *rows], Leeg=[])}
    for name in ("allocation.csv", "cases.csv"):
        files[name] = SOUND[name].replace("P001", ids["P001"]).replace("P002", ids["P002"])
    files["ao_percent.csv"] = "case_id,valid_from,ao_percent\n"
    entry = "file: zuid.xlsx\nsheet: Verzuim\ncolumns: {case_id: Nr, first_absence_date: Eerste, return_date: Hersteld}"
    intake = sourced(tmp_path, entry, files)
    assert [row for row in told(intake) if row[0] == "stop"] == []
    assert content(intake.tables["absence_spells"]) == [
        ("1001", "2021-06-01", "2021-09-01"),
        ("1002", "2021-06-02", None),
    ]
    places = intake.tables["absence_spells"][["source_file", "source_line"]].values.tolist()
    assert places == [["zuid.xlsx[Verzuim]", 3], ["zuid.xlsx[Verzuim]", 5]]


def test_serial_numbers_are_dates_when_declared_and_refused_otherwise(tmp_path):
    rows = [NAMES, ["P001", 44348, 44440], ["P002", 44349, None], ["P003", "44350", day("2021-08-01")]]
    files = {"zuid.xlsx": workbook(Blad1=rows)}
    intake = sourced(tmp_path, "file: zuid.xlsx\ndate_format: excel", files)
    assert told(intake) == []
    assert content(intake.tables["absence_spells"]) == SPELLS
    refused = sourced(tmp_path / "b", "file: zuid.xlsx", files)
    assert told(refused)[0] == ("stop", "not_a_date", "zuid.xlsx[Blad1]", "2 3 4", "first_absence_date", 3)


def test_the_open_date_is_missing_as_text_as_date_and_as_serial_number(tmp_path):
    rows = [NAMES, ["P001", day("2021-06-01"), "31-12-9999"], ["P002", day("2021-06-02"), dt.date(9999, 12, 31)],
            ["P003", day("2021-06-03"), 2958465]]  # fmt: skip
    entry = "file: zuid.xlsx\ndate_format: excel\nopen_date: 31-12-9999"
    intake = sourced(tmp_path, entry, {"zuid.xlsx": workbook(Blad1=rows)})
    assert told(intake) == []
    assert [row[2] for row in content(intake.tables["absence_spells"])] == [None, None, None]


def test_a_time_of_day_is_taken_off_and_noted(tmp_path):
    rows = [NAMES, ["P001", dt.datetime(2021, 6, 1, 13, 45), day("2021-09-01")]]
    intake = sourced(tmp_path, "file: zuid.xlsx", {"zuid.xlsx": workbook(Blad1=rows)})
    assert ("note", "time_of_day_removed", "zuid.xlsx[Blad1]", "2", "first_absence_date", 1) in told(intake)
    assert content(intake.tables["absence_spells"])[0] == SPELLS[0]


def test_a_missing_sheet_names_those_that_are_there(tmp_path):
    files = {"zuid.xlsx": workbook(Verzuim=[NAMES], AO=[])}
    intake = sourced(tmp_path, "file: zuid.xlsx\nsheet: Verzuimen", files)
    assert told(intake, "rule", "file", "expected") == [("sheet_missing", "zuid.xlsx", "one of the sheets Verzuim, AO")]
    unnamed = sourced(tmp_path / "b", "file: zuid.xlsx", files)
    assert told(unnamed, "rule") == [("sheet_missing",)]


def test_files_that_are_not_what_they_claim_are_issues_that_say_what_they_are(tmp_path):
    book, columns = workbook(Blad1=[NAMES]), parquet(pa.table({"case_id": ["P001"]}))
    files = {
        "a.xlsx": (b"no workbook", "text"), "b.xlsx": (b"", "an empty file"), "c.xlsx": (book[:200], "damaged"),
        "d.xlsx": (b"\xd0\xcf\x11\xe0rest", "old Excel"), "e.xlsx": (b"<html><table>", "web page"),
        "f.csv": (book, "Excel workbook"), "g.csv": (columns, "Parquet"), "h.csv": (b"$FL2@(#)", "SPSS"),
        "i.csv": (b"\x1f\x8bx", "compressed"), "j.csv": (b"<html>\n<table>", "web page"), "k.csv": (b"%PDF-1.4", "PDF"),
        "l.parquet": (b"PAR1", "damaged"), "m.parquet": (b"case_id\n", "text"), "n.parquet": (book, "Excel"),
    }  # fmt: skip
    for name, (data, words) in files.items():
        intake = sourced(tmp_path / name, f"file: {name}", {name: data})
        assert told(intake, "severity", "rule", "file") == [("stop", "file_unreadable", name)]
        assert words in intake.issues["found"][0], name


def test_text_parquet_and_typed_parquet_give_the_table_of_the_csv(tmp_path):
    frame = pd.read_csv(io.StringIO(SOUND["cases.csv"]), dtype=str)
    text = pa.Table.from_pandas(frame, preserve_index=False)
    typed = text
    for name, kind in {
        "birth_year": pa.int16(), "contract_fte": pa.float64(), "daily_wage_eur": pa.decimal128(8, 2),
        "followup_end_date": pa.date32(), "region": pa.dictionary(pa.int8(), pa.string()),
    }.items():  # fmt: skip
        column = text.column(name)
        column = column.dictionary_encode() if pa.types.is_dictionary(kind) else column.cast(kind)
        typed = typed.set_column(typed.column_names.index(name), name, column)
    wanted = content(read(tmp_path / "csv").tables["cases"])
    for folder, table in (("text", text), ("typed", typed)):
        intake = read(tmp_path / folder, {"cases.csv": None, "cases.parquet": parquet(table)})
        assert told(intake) == []
        assert content(intake.tables["cases"]) == wanted
        assert intake.tables["cases"]["source_line"].tolist() == [1, 2, 3]


def test_typed_numbers_are_no_dates_moments_with_a_zone_are_refused_and_lists_are_unreadable(tmp_path):
    zoned = pa.array([dt.datetime(2021, 6, 1, tzinfo=dt.UTC)])
    table = pa.table({"case_id": ["P001"], "first_absence_date": zoned, "return_date": pa.array([20210901])})
    intake = read(tmp_path, {"absence_spells.csv": None, "absence_spells.parquet": parquet(table)})
    unread = [(column,) for rule, column in told(intake, "rule", "column") if rule == "not_a_date"]
    assert unread == [("first_absence_date",), ("return_date",)]
    listed = pa.table({"case_id": ["P001"], "first_absence_date": [[1]], "return_date": [Decimal("1.5")]})
    intake = read(tmp_path / "b", {"absence_spells.csv": None, "absence_spells.parquet": parquet(listed)})
    assert told(intake, "rule", "column") == [("file_unreadable", "first_absence_date")]
