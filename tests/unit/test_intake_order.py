import pytest
from intake_tables import SOUND, content, sourced, told

HEAD = "case_id,department,region,job_group,sex,birth_year,contract_fte,daily_wage_eur"
SPELLS = "case_id,first_absence_date,return_date"


def cases(tmp_path, entry: str, *rows: str, header: str = HEAD):
    return sourced(tmp_path, f"file: p.csv\n{entry}", {"p.csv": "\n".join([header, *rows, ""])}, table="cases")


def spells(tmp_path, entry: str, *rows: str, header: str = SPELLS):
    return sourced(tmp_path, f"file: v.csv\n{entry}", {"v.csv": "\n".join([header, *rows, ""])})


def stops(intake) -> list[tuple]:
    return [row[1:] for row in told(intake) if row[0] == "stop"]


def test_dropped_columns_are_gone_before_columns_are_checked(tmp_path):
    header = HEAD + ",Naam,Naam"
    assert stops(cases(tmp_path, "drop: [Naam]", "P001,d,r,j,male,1980,1,1,x,y", header=header)) == []


def test_columns_are_named_as_the_file_names_them(tmp_path):
    entry = 'date_format: "%d-%m-%Y"\ncolumns: {first_absence_date: Eerste ziektedag}'
    intake = spells(tmp_path, entry, "P001,2021-06-01,", header="case_id,Eerste  ziektedag,return_date")
    assert stops(intake) == [("not_a_date", "v.csv", "2", "Eerste ziektedag", 1)]


def test_unknown_missing_and_doubled_columns_are_named(tmp_path):
    unknown = spells(tmp_path / "a", "", "P001,2021-06-01,,x", header=SPELLS + ",Bron")
    assert stops(unknown) == [("column_unknown", "v.csv", None, "Bron", 1)]
    missing = spells(tmp_path / "b", "", "P001,", header="case_id,return_date")
    assert stops(missing) == [("column_missing", "v.csv", None, "first_absence_date", 1)]
    # A mapped column must be there even if it is optional: a new name at the supplier would lose every return.
    renamed = spells(
        tmp_path / "c", "columns: {return_date: Hersteld}", "P001,2021-06-01", header="case_id,first_absence_date"
    )
    assert stops(renamed) == [("column_missing", "v.csv", None, "Hersteld", 1)]
    twice = spells(tmp_path / "d", "columns: {return_date: Hersteld}", "P001,2021-06-01,,", header=SPELLS + ",Hersteld")
    assert stops(twice) == [("column_twice", "v.csv", None, "return_date", 1)]
    constant = spells(tmp_path / "e", "constants: {return_date: 2021-07-01}", "P001,2021-06-01,")
    assert stops(constant) == [("column_twice", "v.csv", None, "return_date", 1)]


def test_optional_columns_may_be_absent(tmp_path):
    intake = spells(tmp_path, "", "P001,2021-06-01", header="case_id,first_absence_date")
    assert stops(intake) == []
    assert content(intake.tables["absence_spells"]) == [("P001", "2021-06-01", None)]


def test_two_columns_can_change_names(tmp_path):
    intake = cases(tmp_path, "columns: {department: region, region: department}", "P001,noord,kantoor,j,male,1980,1,1")
    assert stops(intake) == []
    assert content(intake.tables["cases"])[0][1:3] == ("kantoor", "noord")


def test_values_come_before_missing(tmp_path):
    entry = "values: {sex: {onbekend: unknown, V: female, X: '-'}}\nmissing: ['-', onbekend]"
    intake = cases(tmp_path, entry, "P001,d,r,j,onbekend,1980,1,1", "P002,d,r,j,V,1980,1,1", "P003,d,r,j,male,1980,1,1")
    assert stops(intake) == []
    assert intake.tables["cases"]["sex"].tolist() == ["unknown", "female", "male"]
    emptied = cases(tmp_path / "b", entry, "P001,d,r,j,X,1980,1,1")
    assert stops(emptied) == [("cell_empty", "p.csv", "2", "sex", 1)]


def test_a_value_that_no_map_knows_is_an_error_with_lines_and_without_the_value(tmp_path):
    entry = "values: {sex: {V: female}}\nmissing: [geheim]"
    rows = ["P001,d,r,j,Vrouw,1980,1,1", "P002,d,r,j,V,1980,1,1", "P003,d,r,j,Vrouw,1980,1,1"]
    intake = cases(tmp_path, entry, *rows)
    assert stops(intake) == [("value_not_mapped", "p.csv", "2 4", "sex", 2)]
    assert "Vrouw" not in intake.issues.to_csv()


def test_maps_of_free_text_and_numbers(tmp_path):
    entry = 'decimal: ","\nvalues: {department: {A1: kantoor}, contract_fte: {voltijd: 1.0}}'
    rows = ["P001;A1;r;j;male;1980;voltijd;1", "P002;kantoor;r;j;male;1980;0,5;1"]
    intake = cases(tmp_path, 'delimiter: ";"\n' + entry, *rows, header=HEAD.replace(",", ";"))
    assert stops(intake) == []
    assert [row[1] for row in content(intake.tables["cases"])] == ["kantoor", "kantoor"]
    assert [row[6] for row in content(intake.tables["cases"])] == [1.0, 0.5]
    unknown = cases(
        tmp_path / "b", 'delimiter: ";"\n' + entry, "P001;B7;r;j;male;1980;deeltijd;1", header=HEAD.replace(",", ";")
    )
    assert {row[::3] for row in stops(unknown)} == {
        ("value_not_mapped", "department"),
        ("value_not_mapped", "contract_fte"),
    }


def test_missing_and_open_date_are_empty(tmp_path):
    entry = "missing: ['#', n.v.t.]\nopen_date: 31-12-9999\ndate_format: '%d-%m-%Y'"
    intake = spells(tmp_path, entry, "P001,01-06-2021,#", "P002,2-6-2021,31-12-9999", "P003,03-06-2021,n.v.t.")
    assert told(intake, "rule") == [("ao_outside_spell",)] or stops(intake) == []
    assert [row[2] for row in content(intake.tables["absence_spells"])] == [None, None, None]


def test_constants_fill_columns_that_the_file_lacks(tmp_path):
    header = "case_id,department,region,job_group,sex,birth_year,daily_wage_eur"
    intake = cases(
        tmp_path, "constants: {contract_fte: '0.5'}\ndecimal: ','", "P001,d,r,j,male,1980,100", header=header
    )
    assert stops(intake) == []
    assert intake.tables["cases"]["contract_fte"].tolist() == [0.5]


VERSIONED = SPELLS + ",Mutatie,Status"
LATEST = "latest_by: [Mutatie]\nwithdrawn: {Status: Ingetrokken}"


def test_the_greatest_version_wins_numerically_and_of_equals_the_last_row(tmp_path):
    rows = ["P001,2021-06-01,2021-08-01,10,A", "P001,2021-06-01,2021-07-01,9,A", "P002,2021-06-02,2021-07-02,3,A",
            "P002,2021-06-02,2021-07-03,3.0,A", "P003,2021-06-03,,1,A"]  # fmt: skip
    intake = spells(tmp_path, LATEST, *rows, header=VERSIONED)
    assert content(intake.tables["absence_spells"]) == [
        ("P001", "2021-06-01", "2021-08-01"), ("P002", "2021-06-02", "2021-07-03"), ("P003", "2021-06-03", None),
    ]  # fmt: skip
    assert ("note", "row_superseded", "v.csv", "3 4", None, 2) in told(intake)


def test_versions_that_are_not_all_numbers_are_compared_as_text(tmp_path):
    rows = ["P001,2021-06-01,2021-08-01,10,A", "P001,2021-06-01,2021-07-01,9b,A"]
    intake = spells(tmp_path, LATEST, *rows, header=VERSIONED)
    assert content(intake.tables["absence_spells"]) == [("P001", "2021-06-01", "2021-07-01")]


def test_long_version_numbers_are_compared_exactly(tmp_path):
    rows = ["P001,2021-06-01,2021-08-01,20211231235959001,A", "P001,2021-06-01,2021-07-01,20211231235959000,A"]
    intake = spells(tmp_path, LATEST, *rows, header=VERSIONED)
    assert content(intake.tables["absence_spells"]) == [("P001", "2021-06-01", "2021-08-01")]


def test_withdrawn_counts_on_the_winner_only(tmp_path):
    rows = ["P001,2021-06-01,2021-08-01,1,Ingetrokken", "P001,2021-06-01,2021-07-01,2,A",
            "P002,2021-06-02,2021-07-02,1,A", "P002,2021-06-02,2021-07-02,2,Ingetrokken"]  # fmt: skip
    intake = spells(tmp_path, LATEST, *rows, header=VERSIONED)
    assert content(intake.tables["absence_spells"]) == [("P001", "2021-06-01", "2021-07-01")]
    assert ("note", "row_withdrawn", "v.csv", "5", None, 1) in told(intake)


def test_without_versions_a_withdrawn_row_takes_its_key_along_and_the_last_row_counts(tmp_path):
    rows = ["P001,2021-06-01,2021-08-01,1,A", "P001,2021-06-01,,1,Ingetrokken",
            "P002,2021-06-02,,1,Ingetrokken", "P002,2021-06-02,2021-07-02,1,A"]  # fmt: skip
    intake = spells(tmp_path, "drop: [Mutatie]\nwithdrawn: {Status: Ingetrokken}", *rows, header=VERSIONED)
    assert content(intake.tables["absence_spells"]) == [("P002", "2021-06-02", "2021-07-02")]
    twice = spells(
        tmp_path / "b", "drop: [Mutatie]\nwithdrawn: {Status: Ingetrokken}", rows[0], rows[0], header=VERSIONED
    )
    assert [row[0] for row in stops(twice)] == ["duplicate_key"]


def test_several_marks_and_columns_can_withdraw(tmp_path):
    rows = ["P001,2021-06-01,,1,Ingetrokken", "P002,2021-06-02,,1,vervallen", "P003,2021-06-03,,1,A"]
    intake = spells(tmp_path, "drop: [Mutatie]\nwithdrawn: {Status: [Ingetrokken, vervallen]}", *rows, header=VERSIONED)
    assert content(intake.tables["absence_spells"]) == [("P003", "2021-06-03", None)]


def test_decimal_versions_with_comma_and_empty_versions(tmp_path):
    rows = ["P001;2021-06-01;2021-08-01;10,5;A", "P001;2021-06-01;2021-07-01;9,75;A", "P002;2021-06-02;2021-07-02;;A",
            "P002;2021-06-02;2021-07-03;-1;A"]  # fmt: skip
    intake = spells(tmp_path, f"delimiter: ';'\ndecimal: ','\n{LATEST}", *rows, header=VERSIONED.replace(",", ";"))
    assert content(intake.tables["absence_spells"]) == [
        ("P001", "2021-06-01", "2021-08-01"), ("P002", "2021-06-02", "2021-07-03"),
    ]  # fmt: skip


def test_several_version_columns_count_in_their_order(tmp_path):
    rows = ["P001,2021-06-01,2021-08-01,2,1", "P001,2021-06-01,2021-07-01,1,9", "P001,2021-06-01,2021-09-01,2,3"]
    intake = spells(tmp_path, "latest_by: [Mutatie, Status]", *rows, header=VERSIONED)
    assert content(intake.tables["absence_spells"]) == [("P001", "2021-06-01", "2021-09-01")]


def test_versions_that_are_dates_with_the_day_first_are_a_query(tmp_path):
    rows = ["P001,2021-06-01,2021-08-01,02-09-2021,A", "P001,2021-06-01,2021-07-01,31-08-2021,A"]
    intake = spells(tmp_path, LATEST, *rows, header=VERSIONED)
    assert ("query", "version_is_date", "v.csv", "2 3", "Mutatie", 2) in told(intake)
    sorting = spells(
        tmp_path / "b", LATEST, rows[0].replace("02-09-2021", "2021-09-02 10:00"), rows[1].replace("31-08-2021",
        "2021-08-31 11:00"), header=VERSIONED,
    )  # fmt: skip
    assert content(sorting.tables["absence_spells"]) == [("P001", "2021-06-01", "2021-08-01")]
    assert "version_is_date" not in [rule for (rule,) in told(sorting, "rule")]


def test_versions_reach_over_the_files_of_a_source(tmp_path):
    files = {
        "v1.csv": f"{VERSIONED}\nP001,2021-06-01,2021-08-01,2,A\n",
        "v2.csv": f"{VERSIONED}\nP001,2021-06-01,2021-07-01,1,A\n",
    }
    intake = sourced(tmp_path, f"file: v*.csv\n{LATEST}", files)
    assert content(intake.tables["absence_spells"]) == [("P001", "2021-06-01", "2021-08-01")]


def test_last_sick_day_is_one_day_before_the_return_and_noted(tmp_path):
    intake = spells(tmp_path, "return_date_is: last_sick_day", "P001,2021-06-01,2021-07-31", "P002,2021-06-02,")
    assert content(intake.tables["absence_spells"])[0] == ("P001", "2021-06-01", "2021-08-01")
    assert ("note", "day_after_last_sick_day", "v.csv", "2", "return_date", 1) in told(intake)


def test_percent_recovered_is_turned_round_without_stray_bits_and_noted(tmp_path):
    text = "case_id,valid_from,hersteld\nP001,2021-07-01,33.3\nP003,2021-07-05,0\n"
    entry = "file: a.csv\nao_percent_is: percent_recovered\ncolumns: {ao_percent: hersteld}"
    intake = sourced(tmp_path, entry, {"a.csv": text}, table="ao_percent")
    assert intake.tables["ao_percent"]["ao_percent"].tolist() == [66.7, 100.0]
    assert told(intake) == [("note", "complement_taken", "a.csv", "2 3", "hersteld", 2)]


@pytest.mark.parametrize(
    ("spelling", "right"), [("p 650", True), ("P-650", True), ("p650", True), ("P65", False), ("PP650", False)]
)
def test_cas_codes_are_repaired_and_noted(tmp_path, spelling, right):
    text = f"case_id,recorded_on,cas_code,position\nP001,2021-06-02,{spelling},1\nP002,2021-06-02,L101,1\n"
    intake = sourced(tmp_path, "file: d.csv", {"d.csv": text}, table="diagnoses")
    expected = ("note", "cas_code_repaired") if right else ("stop", "pattern")
    assert told(intake) == [(*expected, "d.csv", "2", "cas_code", 1)]
    assert not right or intake.tables["diagnoses"]["cas_code"].tolist() == ["P650", "L101"]


def test_what_the_sound_delivery_says_it_says_through_a_mapping_as_well(tmp_path):
    intake = spells(tmp_path, "", *SOUND["absence_spells.csv"].splitlines()[1:])
    assert told(intake) == []


def test_a_fault_in_one_file_of_a_table_leaves_the_rows_of_the_others_sound(tmp_path):
    files = {"v1.csv": f"{SPELLS}\nP001,2021-06-01,x\n", "v2.csv": f"{SPELLS}\nP002,2021-06-02,\nP003,2021-06-03,\n"}
    intake = sourced(tmp_path, "file: v*.csv", files)
    assert stops(intake) == [("not_a_date", "v1.csv", "2", "return_date", 1)]
    assert len(intake.tables["absence_spells"]) == 3


def test_items_that_one_file_lacks_are_empty_there(tmp_path):
    files = {
        "s1.csv": "case_id,wave_week,completed_on,a\nP001,6,,1\n",
        "s2.csv": "case_id,wave_week,completed_on,b\nP002,6,,2\n",
    }
    intake = sourced(tmp_path, "file: s*.csv", files, table="employee_survey")
    assert stops(intake) == []
    assert content(intake.tables["employee_survey"]) == [("P001", 6, None, 1.0, None), ("P002", 6, None, None, 2.0)]
