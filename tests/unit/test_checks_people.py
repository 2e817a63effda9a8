"""Rules on arms, organisations and people across tables, each on a small delivery that breaks one of them."""

import dataclasses
from types import SimpleNamespace

import pytest
from intake_tables import PLAN, SOUND, deliver, read, sourced, told

from pilot_analysis.intake.delivery import read_delivery

COMPARED = SimpleNamespace(**{**vars(PLAN), "design": SimpleNamespace(allocation="organisations_compared")})
SPELLS = SOUND["absence_spells.csv"]


def people(n: int, organisation: str, first: int = 1, arm: str = "control") -> dict[str, str]:
    """Rows of allocation, cases and spells for `n` people of an organisation, without headers."""
    ids = [f"{organisation[-1].upper()}{number:03d}" for number in range(first, first + n)]
    return {
        "allocation.csv": "".join(f"{i},{organisation},,2021-06-10,{arm}\n" for i in ids),
        "cases.csv": "".join(f"{i},kantoor,noord,zorg,female,1980,1.0,150,,\n" for i in ids),
        "absence_spells.csv": "".join(f"{i},2021-06-01,2021-09-01\n" for i in ids),
    }


def with_people(*groups: dict[str, str]) -> dict[str, str]:
    """The sound delivery and more people."""
    return {name: SOUND[name] + "".join(group[name] for group in groups) for name in groups[0]}


@pytest.mark.parametrize(("n", "noted"), [(9, False), (10, True)])
def test_an_organisation_of_some_size_with_one_arm_is_noted(tmp_path, n, noted):
    found = told(read(tmp_path, with_people(people(n, "org_c"))), "severity", "rule", "column", "count")
    assert found == ([("note", "one_arm_in_organisation", "arm", n)] if noted else [])


def test_where_organisations_are_compared_the_few_in_the_other_arm_are_a_query(tmp_path):
    changes = with_people(people(3, "org_b"))  # P003 and three others in the control arm
    changes["allocation.csv"] += "P004,org_b,,2021-06-12,intervention\n"
    changes["cases.csv"] += "P004,kantoor,noord,zorg,female,1980,1.0,150,,\n"
    changes["absence_spells.csv"] += "P004,2021-06-01,\n"
    changes["allocation.csv"] = changes["allocation.csv"].replace("org_a,,2021-06-11", "org_d,,2021-06-11")
    found = told(read_delivery(deliver(tmp_path, changes), COMPARED))
    assert found == [("query", "two_arms_in_organisation", "allocation.csv", "8", "arm", 1)]


def test_a_cluster_in_two_organisations_is_noted(tmp_path):
    shared = SOUND["allocation.csv"].replace("ba2", "ba1")
    assert told(read(tmp_path, {"allocation.csv": shared})) == [
        ("note", "cluster_in_organisations", "allocation.csv", "2 4", "cluster_id", 2)
    ]


def _two_employers(tmp_path, spells_c: str, spells_d: str):
    changes = with_people(people(10, "org_c"), people(10, "org_d"))
    changes["allocation.csv"] = changes["allocation.csv"].replace(
        "1,org_c,,2021-06-10,control", "1,org_c,,2021-06-10,intervention"
    )
    changes["allocation.csv"] = changes["allocation.csv"].replace(
        "1,org_d,,2021-06-10,control", "1,org_d,,2021-06-10,intervention"
    )
    header = SPELLS.splitlines(keepends=True)[0]
    files = {"s_a.csv": SPELLS, "s_c.csv": header + spells_c, "s_d.csv": header + spells_d}
    rest = {name: text for name, text in changes.items() if name != "absence_spells.csv"}
    return sourced(tmp_path, "supplier: employer\nfile: s_*.csv", {**rest, **files})


def test_a_person_in_the_file_of_another_employer_is_a_query(tmp_path):
    """Two employers that number their people alike: D010 of org_c's file is not D010 of org_d."""
    spells_c = people(10, "org_c")["absence_spells.csv"]
    spells_d = people(10, "org_d")["absence_spells.csv"]
    assert told(_two_employers(tmp_path / "sound", spells_c, spells_d)) == []
    found = told(_two_employers(tmp_path / "mixed", spells_c + "D010,2022-01-01,2022-02-01\n", spells_d))
    assert found == [("query", "organisation_contradicts", "s_c.csv", "12", "case_id", 1)]


def test_one_file_for_all_organisations_says_nothing_about_employers(tmp_path):
    changes = with_people(people(9, "org_c"), people(9, "org_d"))
    assert told(read(tmp_path, changes)) == []


def test_organisations_of_interviews_and_of_the_plan_take_part(tmp_path):
    themes = "interview_id,respondent_role,organisation,theme,valence\n"
    rows = "I001,employee,org_a,trust,positive\nI002,employee,org_z,trust,mixed\n"
    assert told(read(tmp_path / "a", {"interview_themes.csv": themes + rows})) == [
        ("note", "interview_organisation", "interview_themes.csv", "3", "organisation", 1)
    ]
    everywhere_a = SOUND["allocation.csv"].replace("org_b", "org_a")
    assert told(read(tmp_path / "b", {"allocation.csv": everywhere_a}), "severity", "rule", "file", "column") == [
        ("note", "cutoff_organisation", "config/protocol.yaml", "data_cutoff_per_organisation")
    ]


def test_people_without_spells_and_people_enrolled_outside_them_are_noted_once(tmp_path):
    without = "".join(SPELLS.splitlines(keepends=True)[:-1])
    no_ao = {"ao_percent.csv": "case_id,valid_from,ao_percent\n"}
    assert told(read(tmp_path / "a", {"absence_spells.csv": without, **no_ao})) == [
        ("note", "no_spells", "cases.csv", "4", "case_id", 1)
    ]
    later = SPELLS.replace("2021-06-03", "2021-06-13")
    assert told(read(tmp_path / "b", {"absence_spells.csv": later})) == [
        ("note", "no_spell_at_enrolment", "allocation.csv", "4", "enrolment_date", 1)
    ]


def test_limited_hours_per_day_need_a_limited_item_of_working_hours(tmp_path):
    header = (
        "case_id,assessed_on,personal_functioning,social_functioning,physical_environment,dynamic_actions,"
        "static_postures,working_hours,hours_per_day_item\n"
    )
    rows = ["P001,2021-08-01,0,0,0,0,0,0,1", "P002,2021-08-01,0,0,0,0,0,1,3", "P003,2021-07-01,0,0,0,0,0,0,2"]
    assert told(read(tmp_path, {"fml.csv": header + "\n".join(rows) + "\n"})) == [
        ("query", "fml_hours_contradict", "fml.csv", "4", "hours_per_day_item", 1)
    ]


def test_the_sound_delivery_has_no_finding(tmp_path):
    intake = read(tmp_path)
    assert told(intake) == []
    assert dataclasses.is_dataclass(intake) and not intake.stops and intake.excluded_cases.empty
