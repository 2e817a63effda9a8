import pytest
from intake_tables import PLAN, SOUND, content, deliver, read, replaced, sourced, told

from pilot_analysis.errors import UserError
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.intake.files import delivery_files
from pilot_analysis.intake.rules import RULES
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.issues import ISSUES


def test_a_sound_delivery_gives_eleven_tables_that_fit_their_schemas_and_no_issue(tmp_path):
    intake = read(tmp_path)
    assert told(intake) == []
    assert list(intake.tables) == list(TABLES)
    for name, table in TABLES.items():
        table.schema.validate(intake.tables[name])
    assert content(intake.tables["absence_spells"]) == [
        ("P001", "2021-06-01", "2021-09-01"), ("P002", "2021-06-02", None), ("P003", "2021-06-03", "2021-08-01"),
    ]  # fmt: skip
    ao_percent = [("P001", "2021-07-01", 50.0, None), ("P003", "2021-07-05", 25.5, None)]
    assert content(intake.tables["ao_percent"]) == ao_percent
    assert intake.summary.values.tolist() == [
        ["absence_spells", "employer", "absence_spells.csv", 3], ["allocation", "research", "allocation.csv", 3],
        ["ao_percent", "employer", "ao_percent.csv", 2], ["cases", "employer", "cases.csv", 3],
    ]  # fmt: skip
    assert intake.synthetic is False


def test_a_broken_date_and_an_orphan_are_both_reported_with_place_and_rule_and_without_values(tmp_path):
    spells = SOUND["absence_spells.csv"] + "P001,2021-01-01,2021-01-05\nP002,2021-02-01,2021-02-05\n"
    spells += "P003,2021-13-45,2021-03-05\n"
    ao = SOUND["ao_percent.csv"] + "P777,2021-07-05,40\n"
    intake = read(tmp_path, {"absence_spells.csv": spells, "ao_percent.csv": ao})
    assert told(intake)[:2] == [
        ("stop", "not_a_date", "absence_spells.csv", "7", "first_absence_date", 1),
        ("stop", "orphan", "ao_percent.csv", "4", "case_id", 1),
    ]
    text = intake.issues.to_csv()
    assert "2021-13-45" not in text and "P777" not in text
    ISSUES.validate(intake.issues)


def test_one_bad_cell_hides_neither_range_failures_nor_empty_cells_of_its_column(tmp_path):
    rows = "P001,2021-07-01,veel\nP001,2021-07-02,120\nP003,2021-07-03,\n"
    assert told(read(tmp_path, {"ao_percent.csv": "case_id,valid_from,ao_percent\n" + rows})) == [
        ("stop", "not_a_number", "ao_percent.csv", "2", "ao_percent", 1),
        ("stop", "out_of_range", "ao_percent.csv", "3", "ao_percent", 1),
        ("stop", "cell_empty", "ao_percent.csv", "4", "ao_percent", 1),
    ]


def test_many_rows_are_one_issue_with_the_first_ten_lines_and_the_count(tmp_path):
    rows = "".join(f"P001,2021-07-{day:02d},101\n" for day in range(1, 16))
    (issue,) = told(read(tmp_path, {"ao_percent.csv": "case_id,valid_from,ao_percent\n" + rows}))
    assert issue == ("stop", "out_of_range", "ao_percent.csv", "2 3 4 5 6 7 8 9 10 11", "ao_percent", 15)


@pytest.mark.parametrize(
    ("name", "old", "new", "rule", "column"),
    [
        ("allocation.csv", "control", "controle", "value_not_listed", "arm"),
        ("allocation.csv", "P001,", "P1,", "pattern", "case_id"),
        ("cases.csv", ",1.0,", ",1.3,", "out_of_range", "contract_fte"),
        ("cases.csv", ",1.0,", ",0,", "out_of_range", "contract_fte"),
        ("cases.csv", "1980", "1980.5", "not_a_whole_number", "birth_year"),
        ("cases.csv", "150.5", "1.150.5", "not_a_number", "daily_wage_eur"),
        ("cases.csv", "150.5", "inf", "not_a_number", "daily_wage_eur"),
        ("cases.csv", "150.5", "1e999", "not_a_number", "daily_wage_eur"),
        ("cases.csv", "kantoor,noord", ",noord", "cell_empty", "department"),
        ("absence_spells.csv", "2021-06-01", "1-6-2021", "not_a_date", "first_absence_date"),
        ("absence_spells.csv", "2021-06-01", "21-06-01", "not_a_date", "first_absence_date"),
        ("absence_spells.csv", "2021-06-01", "2021-02-29", "not_a_date", "first_absence_date"),
        ("absence_spells.csv", "2021-09-01", "9999-12-31", "not_a_date", "return_date"),
    ],
)  # fmt: skip
def test_each_kind_of_bad_cell_has_its_rule(tmp_path, name, old, new, rule, column):
    issues = told(read(tmp_path, replaced(name, old, new)), "severity", "rule", "file", "line", "column")
    assert ("stop", rule, name, "2", column) in issues


def test_missing_folder_and_empty_folder_are_clear_errors(tmp_path):
    with pytest.raises(UserError, match="is not there"):
        read_delivery(tmp_path / "nowhere", PLAN)
    (tmp_path / ".hidden").write_text("x")
    with pytest.raises(UserError, match="is empty"):
        delivery_files(tmp_path)


def test_hidden_and_lock_files_are_no_part_of_a_delivery(tmp_path):
    ignored = {"Thumbs.db": "x", "desktop.ini": "x", "~$zuid.xlsx": "x", ".git/config": "x"}
    deliver(tmp_path, {**ignored, "noord/spells.csv": "x"})
    names = [path.relative_to(tmp_path).as_posix() for path in delivery_files(tmp_path)]
    assert names == sorted([*SOUND, "noord/spells.csv"])


def test_a_file_that_nothing_names_stops(tmp_path):
    assert told(read(tmp_path, {"notes.txt": "x"})) == [("stop", "file_not_named", "notes.txt", None, None, 1)]


def test_with_sources_every_file_must_be_named_even_if_its_name_is_canonical(tmp_path):
    files = {"absence_spells.csv": SOUND["absence_spells.csv"], "fml.csv": "case_id\n"}
    intake = sourced(tmp_path, "file: absence_spells.csv", files)
    assert told(intake, "rule", "file") == [("file_not_named", "fml.csv")]


@pytest.mark.parametrize("table", ["allocation", "cases", "absence_spells", "ao_percent"])
def test_a_required_table_that_is_not_there_stops(tmp_path, table):
    assert ("stop", "table_missing", table) in told(read(tmp_path, {f"{table}.csv": None}), "severity", "rule", "table")


@pytest.mark.parametrize("table", ["allocation", "cases", "absence_spells"])
def test_a_required_table_without_rows_stops(tmp_path, table):
    header = SOUND[f"{table}.csv"].splitlines()[0] + "\n"
    assert ("stop", "table_empty", table) in told(read(tmp_path, {f"{table}.csv": header}), "severity", "rule", "table")


def test_header_only_ao_and_optional_tables_are_sound(tmp_path):
    header = "case_id,valid_from,ao_percent\n"
    intake = read(tmp_path, {"ao_percent.csv": header, "costs.csv": "case_id,incurred_on,category,amount_eur\n"})
    assert told(intake) == []
    assert len(intake.tables["ao_percent"]) == len(intake.tables["costs"]) == 0


def test_lost_rows_of_allocation_do_not_make_orphans(tmp_path):
    assert told(read(tmp_path, replaced("allocation.csv", "P001,org_a", "P001,org_a,x")), "rule") == [("field_count",)]


def test_survey_items_are_numbers_behind_the_canonical_columns_and_free_text_is_refused(tmp_path):
    survey = "case_id,wave_week,completed_on,work_pace,remarks\nP001,6,2021-07-20,4,\nP002,10,,,3.5\n"
    table = read(tmp_path, {"employee_survey.csv": survey}).tables["employee_survey"]
    assert list(table.columns) == [*TABLES["employee_survey"].schema.columns, "work_pace", "remarks"]
    assert [str(kind) for kind in table[["work_pace", "remarks"]].dtypes] == ["float64", "float64"]
    assert content(table) == [("P001", 6, "2021-07-20", 4.0, None), ("P002", 10, None, None, 3.5)]
    intake = read(tmp_path, {"employee_survey.csv": survey.replace("3.5", "weer aan het werk")})
    assert told(intake) == [("stop", "item_not_a_number", "employee_survey.csv", "3", "remarks", 1)]
    intake = read(tmp_path, {"employee_survey.csv": survey.replace("remarks", "IPAddress")})
    assert told(intake, "rule", "column") == [("identifier_column", "IPAddress")]


def test_provenance_names_file_and_physical_line_of_every_row(tmp_path):
    header = "case_id,department,region,job_group,sex,birth_year,contract_fte,daily_wage_eur\r\n"
    rows = '\r\nP001,"a\r\nb",r,j,male,1980,1,1\r\n\r\nP002,c,r,j,male,1980,1,1\r\n'
    cases = read(tmp_path, {"cases.csv": header + rows}).tables["cases"]
    assert cases[["source_file", "source_line"]].values.tolist() == [["cases.csv", 3], ["cases.csv", 6]]


def test_stops_come_first_then_file_and_line_and_reading_again_gives_the_same_bytes(tmp_path):
    changes = {
        **replaced("cases.csv", "1980", "x"), "notes.txt": "x",
        "ao_percent.csv": SOUND["ao_percent.csv"] + "P001,2023-01-05,10\nP001,x,300\n",
    }  # fmt: skip
    intake = read(tmp_path, changes)
    severities = [severity for (severity,) in told(intake, "severity")]
    assert severities == sorted(severities, key=["stop", "query", "note"].index)
    places = [("ao_percent.csv", "5"), ("ao_percent.csv", "5"), ("cases.csv", "2"), ("notes.txt", None)]
    assert told(intake, "file", "line")[:4] == places
    assert read_delivery(tmp_path, PLAN).issues.to_csv() == intake.issues.to_csv()


def test_every_rule_is_complete():
    for name, rule in RULES.items():
        assert rule.id == name and rule.severity in ("stop", "query", "note")
        assert rule.table == "any" or rule.table in TABLES
        assert all((rule.what, rule.expected, rule.mend))
