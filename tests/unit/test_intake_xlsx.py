"""Workbooks as people keep them: serial dates, errors, merged and hidden parts, empty edges."""

import io

import pyarrow as pa
import xlsxwriter
from intake_tables import SOUND, content, read, sourced, told
from test_intake_formats import NAMES, SPELLS, day, parquet, workbook


def test_serial_numbers_mixed_with_true_dates_and_text_dates_in_cells(tmp_path):
    rows = [NAMES, ["P001", 44348, day("2021-09-01")], ["P002", day("2021-06-02"), None], ["P003", 44350.0, 44409]]
    mixed = sourced(tmp_path / "a", "file: z.xlsx\ndate_format: excel", {"z.xlsx": workbook(Blad1=rows)})
    assert (told(mixed), content(mixed.tables["absence_spells"])) == ([], SPELLS)
    rows = [NAMES, ["P001", "01-06-2021", day("2021-09-01")], ["P002", " 2-6-2021 ", "-"],
            ["P003", day("2021-06-03"), "01-08-2021"]]  # fmt: skip
    entry = "file: z.xlsx\ndate_format: '%d-%m-%Y'\nmissing: ['-']"
    text = sourced(tmp_path / "b", entry, {"z.xlsx": workbook(Blad1=rows)})
    assert content(text.tables["absence_spells"]) == SPELLS
    assert told(text, "rule") == [("blanks_removed",)]


def test_a_serial_number_with_a_time_of_day_is_noted(tmp_path):
    rows = [NAMES, ["P001", 44348.5, 44440]]
    intake = sourced(tmp_path, "file: z.xlsx\ndate_format: excel", {"z.xlsx": workbook(Blad1=rows)})
    assert ("note", "time_of_day_removed", "z.xlsx[Blad1]", "2", "first_absence_date", 1) in told(intake)


def test_serial_numbers_that_count_from_1904_are_refused_and_true_dates_of_such_a_workbook_are_read(tmp_path):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"date_1904": True, "default_date_format": "dd-mm-yyyy"}) as book:
        sheet = book.add_worksheet("Blad1")
        for place, row in enumerate([NAMES, *[(name, day(first), day(last)) for name, first, last in SPELLS]]):
            sheet.write_row(place, 0, row)
    files = {"z.xlsx": buffer.getvalue()}
    intake = sourced(tmp_path / "a", "file: z.xlsx", files)
    assert (told(intake), content(intake.tables["absence_spells"])) == ([], SPELLS)
    refused = sourced(tmp_path / "b", "file: z.xlsx\ndate_format: excel", files)
    assert told(refused, "severity", "rule", "file") == [("stop", "dates_from_1904", "z.xlsx[Blad1]")]


def sheet_with(**cells) -> bytes:
    """The spells in a workbook, in which `cells` (C2="=NA()") are written over."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "dd-mm-yyyy"}) as book:
        sheet = book.add_worksheet("Blad1")
        for place, row in enumerate([NAMES, *[(name, day(first), day(last)) for name, first, last in SPELLS]]):
            sheet.write_row(place, 0, row)
        for place, cell in cells.items():
            if str(cell).startswith("="):
                sheet.write_formula(place, cell, None, {"=NA()": "#N/A", "=1/0": "#DIV/0!"}[cell])
            else:
                sheet.write(place, cell)
        sheet.set_row(2, None, None, {"hidden": True})
    return buffer.getvalue()


def test_an_excel_error_is_never_taken_for_an_empty_cell(tmp_path):
    files = {"z.xlsx": sheet_with(C3="=NA()", B2="=1/0")}
    intake = sourced(tmp_path / "a", "file: z.xlsx", files)
    assert [row for row in told(intake) if row[1] == "excel_error"] == [
        ("stop", "excel_error", "z.xlsx[Blad1]", "2", "first_absence_date", 1),
        ("stop", "excel_error", "z.xlsx[Blad1]", "3", "return_date", 1),
    ]
    declared = sourced(tmp_path / "b", "file: z.xlsx\nmissing: ['#N/A']", {"z.xlsx": sheet_with(C3="=NA()")})
    assert (told(declared), content(declared.tables["absence_spells"])) == ([], SPELLS)
    text = SOUND["cases.csv"].replace("techniek", "#N/B")
    assert told(read(tmp_path / "c", {"cases.csv": text}), "rule", "line") == [("excel_error", "4")]


def test_true_and_false_are_found_under_the_words_of_excel(tmp_path):
    rows = [["case_id", "wave_week", "completed_on", "work"], ["P001", 6, day("2021-07-12"), True],
            ["P002", 6, day("2021-07-12"), False]]  # fmt: skip
    files = {"q.xlsx": workbook(Blad1=rows)}
    entry = "file: q.xlsx\nvalues: {work: {WAAR: 1, ONWAAR: 0}}"
    intake = sourced(tmp_path / "a", entry, files, table="employee_survey")
    assert (told(intake), intake.tables["employee_survey"]["work"].tolist()) == ([], [1.0, 0.0])
    refused = sourced(tmp_path / "b", "file: q.xlsx", files, table="employee_survey")
    assert told(refused, "rule", "line", "column") == [("item_not_a_number", "2 3", "work")]


def test_empty_rows_and_columns_around_the_table_and_hidden_rows(tmp_path):
    spells = [(name, day(first), day(last)) for name, first, last in SPELLS]
    rows = [[], [], *[[None, *row, None, None] for row in [NAMES, *spells]], [], []]
    rows += [[" "] * 3] * 2
    data = workbook(Blad1=[*rows, [None] * 9 + [""]])
    intake = sourced(tmp_path / "a", "file: z.xlsx", {"z.xlsx": data})
    assert content(intake.tables["absence_spells"])[:3] == SPELLS
    hidden = sourced(tmp_path / "b", "file: z.xlsx", {"z.xlsx": sheet_with()})
    assert (told(hidden), content(hidden.tables["absence_spells"])) == ([], SPELLS)


def test_merged_cells_below_the_header_are_refused_and_above_it_they_are_not(tmp_path):
    for place, (first, last, told_lines) in enumerate([(2, 3, ["3"]), (5, 6, ["6"]), (0, 0, [])]):
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet("Blad1")
            for row, cells in enumerate([NAMES, *SPELLS]):
                sheet.write_row(row, 0, cells)
            sheet.merge_range(first, 3, last, 4, "")
        intake = sourced(tmp_path / str(place), "file: z.xlsx", {"z.xlsx": buffer.getvalue()})
        assert [line for (rule, line) in told(intake, "rule", "line") if rule == "cells_merged"] == told_lines


def test_a_hidden_sheet_has_to_be_named_and_is_then_read(tmp_path):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Zichtbaar").write_row(0, 0, ["x"])
        sheet = book.add_worksheet("Verborgen")
        for row, cells in enumerate([NAMES, *SPELLS]):
            sheet.write_row(row, 0, cells)
        sheet.hide()
    files = {"z.xlsx": buffer.getvalue()}
    assert told(sourced(tmp_path / "a", "file: z.xlsx", files), "rule") == [("sheet_missing",)]
    named = sourced(tmp_path / "b", "file: z.xlsx\nsheet: Verborgen", files)
    assert (told(named), content(named.tables["absence_spells"])) == ([], SPELLS)


def test_a_file_of_only_a_header_is_an_empty_table_and_an_issue_only_where_rows_are_required(tmp_path):
    for place, (name, data) in enumerate({
        "h.csv": ",".join(NAMES) + "\n", "h.xlsx": workbook(Blad1=[NAMES]),
        "h.parquet": parquet(pa.table({name: pa.array([], pa.string()) for name in NAMES})),
    }.items()):  # fmt: skip
        intake = sourced(tmp_path / str(place), f"file: {name}", {name: data})
        assert ("stop", "table_empty", "absence_spells") in told(intake, "severity", "rule", "table")
    empty = sourced(tmp_path / "e", "file: e.xlsx", {"e.xlsx": workbook(Blad1=[])})
    assert ("file_empty", "e.xlsx[Blad1]") in told(empty, "rule", "file")
