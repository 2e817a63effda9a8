import pytest
from intake_tables import SOUND, read, replaced, told

from pilot_analysis.intake.checks import CHECKS
from pilot_analysis.intake.rules import RULES

SPELLS, AO = SOUND["absence_spells.csv"], SOUND["ao_percent.csv"]
DIAGNOSES = "case_id,recorded_on,cas_code,position\n"


EXCLUDED = ("no_spells", "no_spell_at_enrolment")  # of people for whom a test delivers no spells


def spells(tmp_path, *rows: str) -> list[tuple]:
    text = "case_id,first_absence_date,return_date\n" + "".join(row + "\n" for row in rows)
    changes = {"absence_spells.csv": text, "ao_percent.csv": "case_id,valid_from,ao_percent\n"}
    return [row for row in told(read(tmp_path, changes)) if row[1] not in EXCLUDED]


def test_every_check_belongs_to_a_rule():
    assert set(CHECKS) <= set(RULES)


def test_duplicate_keys_are_reported_in_every_file_that_holds_one(tmp_path):
    assert told(read(tmp_path, {"ao_percent.csv": AO + "P001,2021-07-01,40\n"})) == [
        ("stop", "duplicate_key", "ao_percent.csv", "2 4", "case_id", 2)
    ]
    cases = SOUND["cases.csv"] + SOUND["cases.csv"].split("\n", 1)[1]
    assert told(read(tmp_path / "b", {"cases.csv": cases})) == [
        ("stop", "duplicate_key", "cases.csv", "2 3 4 5 6 7", "case_id", 6)
    ]


def test_the_header_in_the_middle_of_a_file_fails_cell_by_cell(tmp_path):
    found = told(read(tmp_path, {"ao_percent.csv": AO + AO.splitlines()[0] + "\n"}), "rule", "line", "column")
    assert found == [
        ("not_a_date", "4", "valid_from"), ("not_a_number", "4", "ao_percent"), ("orphan", "4", "case_id"),
    ]  # fmt: skip


def test_two_rows_of_allocation_are_a_note_and_a_query_when_they_contradict(tmp_path):
    again = SOUND["allocation.csv"] + "P001,org_a,ba1,2021-07-10,control\n"
    assert told(read(tmp_path, {"allocation.csv": again})) == [
        ("note", "enrolled_twice", "allocation.csv", "2 5", "case_id", 2)
    ]
    other = SOUND["allocation.csv"] + "P001,org_b,ba1,2021-07-10,intervention\n"
    assert told(read(tmp_path, {"allocation.csv": other}))[:2] == [
        ("query", "allocation_contradicts", "allocation.csv", "2 5", "arm", 2),
        ("query", "allocation_contradicts", "allocation.csv", "2 5", "organisation", 2),
    ]


def test_several_diagnoses_on_a_day_are_sound_and_identical_ones_a_note(tmp_path):
    rows = "P001,2021-06-02,P650,1\nP001,2021-06-02,L101,1\n"
    assert told(read(tmp_path, {"diagnoses.csv": DIAGNOSES + rows})) == []
    assert told(read(tmp_path, {"diagnoses.csv": DIAGNOSES + rows + "P001,2021-06-02,P650,1\n"})) == [
        ("note", "identical_diagnosis", "diagnoses.csv", "4", None, 1)
    ]


def test_rows_of_unknown_people_stop_in_every_table(tmp_path):
    changes = {
        "absence_spells.csv": SPELLS + "P999,2021-06-01,\n", "ao_percent.csv": AO + "P999,2021-06-02,50\n",
        "diagnoses.csv": DIAGNOSES + "P999,2021-06-02,P650,1\n",
        "employee_survey.csv": "case_id,wave_week,completed_on,q1\nP999,6,,1\n",
    }  # fmt: skip
    assert told(read(tmp_path, changes)) == [
        ("stop", "orphan", "absence_spells.csv", "5", "case_id", 1),
        ("stop", "orphan", "ao_percent.csv", "4", "case_id", 1),
        ("stop", "orphan", "diagnoses.csv", "2", "case_id", 1),
        ("stop", "orphan", "employee_survey.csv", "2", "case_id", 1),
    ]


def test_people_without_a_case_record_are_noted(tmp_path):
    text = "".join(SOUND["cases.csv"].splitlines(keepends=True)[:-1])
    assert told(read(tmp_path, {"cases.csv": text})) == [
        ("note", "no_case_record", "allocation.csv", "4", "case_id", 1)
    ]


def test_a_return_before_the_first_day_stops_and_on_that_day_does_not(tmp_path):
    assert spells(tmp_path / "a", "P001,2021-06-01,2021-05-31") == [
        ("stop", "return_before_absence", "absence_spells.csv", "2", "return_date", 1)
    ]
    assert spells(tmp_path / "b", "P001,2021-06-01,2021-06-01") == [
        ("note", "spell_without_days", "absence_spells.csv", "2", "return_date", 1)
    ]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (["P001,2021-06-01,2021-07-01", "P001,2021-07-01,2021-08-01"], None),  # absent again on the day of return
        (["P001,2021-06-01,2021-07-02", "P001,2021-07-01,2021-08-01"], "3"),
        (["P001,2021-07-01,2021-08-01", "P001,2021-06-01,2021-07-02"], "2"),  # the order of rows does not matter
        (["P001,2021-06-01,", "P001,2021-07-01,2021-08-01"], "3"),  # after an open spell
        (["P001,2021-06-01,2021-12-01", "P001,2021-07-01,2021-07-05", "P001,2021-08-01,2021-08-05"], "3 4"),
        (["P001,2021-06-01,2021-07-02", "P002,2021-06-15,2021-08-01"], None),  # other people
    ],
)
def test_overlapping_spells(tmp_path, rows, lines):
    found = spells(tmp_path, *rows)
    places = [(row[1], row[3], row[4]) for row in found]
    assert places == ([("spells_overlap", lines, "first_absence_date")] if lines else [])


def test_an_unreadable_return_is_not_taken_for_an_open_spell(tmp_path):
    assert spells(tmp_path, "P001,2021-06-01,later", "P001,2021-07-01,2021-08-01") == [
        ("stop", "not_a_date", "absence_spells.csv", "2", "return_date", 1)
    ]


@pytest.mark.parametrize(
    ("day", "ao", "rule"),
    [
        ("2021-05-31", 50, "ao_outside_spell"),
        ("2021-06-01", 50, None),
        ("2021-08-31", 50, None),
        ("2021-09-01", 50, "ao_after_return"),
        ("2021-09-01", 0, "ao_outside_spell"),
        ("2021-12-01", 0.5, "ao_after_return"),
    ],
)
def test_ao_rows_outside_every_spell_are_a_query(tmp_path, day, ao, rule):
    """Each row under one rule: above 0 after a return, or any other row outside."""
    found = told(read(tmp_path, {"ao_percent.csv": f"case_id,valid_from,ao_percent\nP001,{day},{ao}\n"}))
    assert found == ([("query", rule, "ao_percent.csv", "2", "valid_from", 1)] if rule else [])


def test_ao_rows_between_two_spells_belong_to_neither(tmp_path):
    changes = {
        "absence_spells.csv": SPELLS + "P001,2021-10-01,2021-11-01\n",
        "ao_percent.csv": "case_id,valid_from,ao_percent\nP001,2021-09-15,50\nP001,2021-10-01,50\n",
    }
    assert told(read(tmp_path, changes), "rule", "line") == [("ao_after_return", "2")]


def test_ao_rows_in_an_open_spell_hold_and_those_of_people_without_spells_are_a_query(tmp_path):
    ao = "case_id,valid_from,ao_percent\nP002,2022-01-01,50\nP003,2022-01-01,50\n"
    text = "".join(SPELLS.splitlines(keepends=True)[:-1])
    assert told(read(tmp_path, {"ao_percent.csv": ao, "absence_spells.csv": text})) == [
        ("query", "ao_outside_spell", "ao_percent.csv", "3", "valid_from", 1),
        ("note", "no_spells", "cases.csv", "4", "case_id", 1),
    ]


def test_an_end_of_follow_up_has_a_date_and_a_reason(tmp_path):
    text = SOUND["cases.csv"].replace("2022-03-01,employment_end", "2022-03-01,").replace("150.5,,", "150.5,,death")
    assert told(read(tmp_path, {"cases.csv": text})) == [
        ("stop", "followup_end_incomplete", "cases.csv", "2", "followup_end_date", 1),
        ("stop", "followup_end_incomplete", "cases.csv", "3", "followup_end_reason", 1),
    ]


@pytest.mark.parametrize(("year", "wrong"), [(2007, False), (2008, True), (1941, False), (1940, True)])
def test_age_at_the_first_absence_day_lies_between_14_and_80(tmp_path, year, wrong):
    found = told(read(tmp_path, replaced("cases.csv", "1980", str(year))))
    assert found == ([("stop", "age_out_of_range", "cases.csv", "2", "birth_year", 1)] if wrong else [])


@pytest.mark.parametrize(("back", "wrong"), [("2020-12-15", True), ("2020-12-03", False)])
def test_age_is_that_of_the_merged_spell_at_enrolment(tmp_path, back, wrong):
    """Born in 2007: 13 in 2020. A gap of 17 days joins the spells, t0 lies in 2020; a gap of 29 does not."""
    changes = replaced("cases.csv", "1980", "2007") | {
        "allocation.csv": SOUND["allocation.csv"].replace("2021-06-10", "2021-01-05"),
        "absence_spells.csv": f"case_id,first_absence_date,return_date\nP001,2020-11-20,{back}\nP001,2021-01-01,\n",
        "ao_percent.csv": "case_id,valid_from,ao_percent\n",
    }
    found = [rule for (rule,) in told(read(tmp_path, changes), "rule") if rule not in EXCLUDED]
    assert found == (["age_out_of_range"] if wrong else [])


def test_dates_past_the_organisations_cutoff_are_noted_and_far_past_it_stop(tmp_path):
    ao = "case_id,valid_from,ao_percent\nP002,2022-02-01,50\nP003,2022-07-01,50\n"
    open_spells = SPELLS.replace("2021-08-01", "")
    assert told(read(tmp_path / "a", {"ao_percent.csv": ao, "absence_spells.csv": open_spells})) == [
        ("note", "after_data_cutoff", "ao_percent.csv", "3", "valid_from", 1)
    ]
    for day, rule in (("2024-12-30", "after_data_cutoff"), ("2024-12-31", "far_past_cutoff")):
        found = told(
            read(tmp_path / day, {"absence_spells.csv": SPELLS.replace("2021-09-01", day)}), "rule", "line", "column"
        )
        assert found == [(rule, "2", "return_date")]


def test_dates_past_the_end_of_follow_up_are_noted(tmp_path):
    ao = "case_id,valid_from,ao_percent\nP002,2022-03-01,50\nP002,2022-03-02,40\n"
    assert told(read(tmp_path, {"ao_percent.csv": ao})) == [
        ("note", "after_followup_end", "ao_percent.csv", "3", "valid_from", 1)
    ]


def test_a_late_enrolment_is_left_to_the_exclusions_unless_it_is_impossible(tmp_path):
    open_spell = {"absence_spells.csv": SPELLS.replace("2021-09-01", "")}
    late = replaced("allocation.csv", "2021-06-10", "2023-02-01") | open_spell
    assert told(read(tmp_path / "a", late), "severity", "rule") == [("note", "enrolled_after_horizon")]
    impossible = replaced("allocation.csv", "2021-06-10", "2025-06-10") | open_spell
    found = told(read(tmp_path / "b", impossible), "severity", "rule", "column")
    assert found[0] == ("stop", "far_past_cutoff", "enrolment_date")


def test_a_letter_that_the_codelist_does_not_know_is_noted(tmp_path):
    """It counts as other; who edits the codelist has to hear of it."""
    rows = "P001,2021-06-02,P650,1\nP002,2021-06-02,Z999,1\n"
    assert told(read(tmp_path, {"diagnoses.csv": DIAGNOSES + rows})) == [
        ("note", "cas_letter_unlisted", "diagnoses.csv", "3", "cas_code", 1)
    ]
