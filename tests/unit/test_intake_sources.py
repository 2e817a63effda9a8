import pytest
from intake_tables import SOUND, read, sourced, told

from pilot_analysis.intake.sources import sources_schema
from pilot_analysis.schemas.canonical import TABLES

SPELLS = {"v.csv": SOUND["absence_spells.csv"]}


def fault(intake) -> tuple:
    (issue,) = [row for row in told(intake, "rule", "file", "line", "column", "found") if row[0].startswith("sources")]
    return issue


def test_the_schema_knows_the_canonical_tables():
    properties = sources_schema()["properties"]["sources"]["items"]["properties"]
    assert properties["table"]["enum"] == list(TABLES)


@pytest.mark.parametrize(
    ("entry", "line", "key", "words"),
    [
        ("file: v.csv\nshet: x", 7, "shet", "unknown key shet"),
        ("supplier: employer", 5, None, "missing key file"),
        ("file: v.csv\nsupplier: arbo", 7, "supplier", "source 4, key supplier"),
        ("file: v.csv\nformat: xls", 7, "format", "not allowed"),
        ("file: v.csv\ndelimiter: ';;'", 7, "delimiter", "not allowed"),
        ("file: v.csv\ndecimal: ';'", 7, "decimal", "not allowed"),
        ("file: v.csv\ndate_format: '%d-%m-%y'", 7, "date_format", "not allowed"),
        ("file: v.csv\nheader_rows: 0", 7, "header_rows", "not allowed"),
        ("file: v.csv\ndrop: Naam", 7, "drop", "not allowed"),
        ("file: v.csv\nsheet:", 7, "sheet", "not allowed"),
        ("file: ../v.csv", 6, "file", "not allowed"),
        ("file: /tmp/v.csv", 6, "file", "not allowed"),
        ("file: v.csv\nvalues: {arm: [I]}", 7, "values.arm", "not allowed"),
        ("file: v.csv\nreturn_date_is: last_day", 7, "return_date_is", "not allowed"),
        ("file: v.csv\nao_percent_is: percent_absent", 7, "ao_percent_is", "belongs to table ao_percent"),
        ("file: v.csv\ncolumns: {arm: Groep}", 7, "columns.arm", "does not have"),
        ("file: v.csv\nconstants: {region: x}", 7, "constants.region", "does not have"),
        ("file: v.csv\nvalues: {arm: {I: x}}", 7, "values.arm", "does not have"),
        ("file: v.csv\ncolumns: {return_date: B}\ndrop: [B]", 7, "columns.return_date", "also dropped"),
        ("file: v.dat", 6, "file", "suffix"),
        ("file: v.csv\nconstants: {return_date: 1-1-2021}", None, "constants.return_date", "not a date"),
    ],
)
def test_faults_name_source_key_and_line(tmp_path, entry, line, key, words):
    files = {"v.dat" if "v.dat" in entry else "v.csv": SOUND["absence_spells.csv"]}
    rule, file, found_line, column, found = fault(sourced(tmp_path, entry, files))
    assert (rule, file, found_line, column) == ("sources_invalid", "sources.yaml", line and str(line), key)
    assert "source 4" in found and words in found


def test_top_level_faults(tmp_path):
    intake = read(tmp_path, {"sources.yaml": "source: 1\nsynthetic: maybe\nsources: [1, {}]\n"})
    found = [row[1:] for row in told(intake, "rule", "line", "found") if row[0] == "sources_invalid"]
    assert found == [
        ("1", "the file, key source: unknown key source"),
        ("2", "the file, key synthetic: a value that is not allowed"),
        ("3", "source 1: a value that is not allowed"),
        ("3", "source 2: missing key file"),
        ("3", "source 2: missing key table"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sources:\n  - table: [a\n  - b: c\n", "3"),
        ("sources:\n\t- a\n", "2"),
        ("sources:\n- a: 1\n  a: 2\n", "3"),
        ("a: !!python/name:os.system ''\n", "1"),
    ],
)
def test_broken_yaml_is_one_issue_with_its_line(tmp_path, text, line):
    assert told(read(tmp_path, {"sources.yaml": text})) == [("stop", "sources_not_yaml", "sources.yaml", line, None, 1)]


@pytest.mark.parametrize("text", ["", "- a\n", "sources:\n", "sources: []\n"])
def test_sources_without_sources_are_an_issue(tmp_path, text):
    assert ("sources_invalid", "sources.yaml") in told(read(tmp_path, {"sources.yaml": text}), "rule", "file")


def test_every_scalar_stays_text_and_anchors_work(tmp_path):
    text = """
synthetic: true
sources:
  - {table: allocation, file: allocation.csv}
  - table: cases
    file: p1.csv
    columns: &names {case_id: 007, sex: Geslacht}
    values: &sex {sex: {NO: male, yes: female, 1: unknown}}
  - {table: cases, file: p2.csv, columns: *names, values: *sex}
  - {table: absence_spells, file: absence_spells.csv}
  - {table: ao_percent, file: ao_percent.csv}
"""
    header = "007,department,region,job_group,Geslacht,birth_year,contract_fte,daily_wage_eur\n"
    files = {
        "p1.csv": header + "P001,d,r,j,NO,1980,1,1\nP002,d,r,j,yes,1980,1,1\n",
        "p2.csv": header + "P003,d,r,j,1,1980,1,1\n",
    }
    intake = read(tmp_path, {"cases.csv": None, "sources.yaml": text, **files})
    assert told(intake) == []
    assert intake.tables["cases"]["sex"].tolist() == ["male", "female", "unknown"]
    assert intake.synthetic is True


def test_a_faulty_source_does_not_hide_what_is_wrong_elsewhere(tmp_path):
    files = SPELLS | {"ao_percent.csv": "case_id,valid_from,ao_percent\nP001,2021-07-01,x\n"}
    rules = told(sourced(tmp_path, "file: v.csv\nshet: x", files), "rule", "file")
    assert rules == [("not_a_number", "ao_percent.csv"), ("sources_invalid", "sources.yaml")]


def test_a_pattern_that_matches_nothing_is_an_issue(tmp_path):
    intake = sourced(tmp_path, "file: verzuim_*.csv", {})
    assert told(intake, "rule", "table", "file") == [("no_file_matches", "absence_spells", "verzuim_*.csv")]


def test_patterns_reach_into_folders_and_exact_names_may_hold_brackets(tmp_path):
    assert told(sourced(tmp_path / "a", "file: '**/v*.csv'", {"noord/v1.csv": SOUND["absence_spells.csv"]})) == []
    assert told(sourced(tmp_path / "b", "file: 'v [1].csv'", {"v [1].csv": SOUND["absence_spells.csv"]})) == []


@pytest.mark.parametrize("supplier", ["employer", "survey", "research"])
def test_medical_tables_come_from_a_health_service_only(tmp_path, supplier):
    rows = "case_id,recorded_on,cas_code,position\nP001,2021-06-02,P650,1\n"
    intake = sourced(tmp_path, f"file: d.csv\nsupplier: {supplier}", {"d.csv": rows}, table="diagnoses")
    assert ("stop", "medical_supplier", "d.csv") in told(intake, "severity", "rule", "file")
    accepted = sourced(tmp_path / "b", "file: d.csv\nsupplier: health_service", {"d.csv": rows}, table="diagnoses")
    assert told(accepted) == []


@pytest.mark.parametrize("column", ["cas_code", "CAS-code", "dynamic_actions"])
def test_a_medical_column_in_an_employers_file_stops_unless_it_is_dropped(tmp_path, column):
    header, *rows = SOUND["cases.csv"].splitlines()
    text = "\n".join([f"{header},{column}", *(f"{row},P650" for row in rows)])
    intake = read(tmp_path, {"cases.csv": text})
    assert ("stop", "medical_supplier", "cases.csv", column) in told(intake, "severity", "rule", "file", "column")
    dropped = sourced(
        tmp_path / "b", f"file: p.csv\nsupplier: employer\ndrop: [{column}]", {"p.csv": text}, table="cases"
    )
    assert told(dropped) == []
