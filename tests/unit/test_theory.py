"""The Theory of Change as a file: all 58 effects, and what an analyst hears when the file is wrong."""

import csv
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from pilot_analysis.errors import UserError
from pilot_analysis.instruments import load_instruments
from pilot_analysis.theory import COLUMNS, load_theory, pointed, pointing, words_of

CONFIG = Path(__file__).parents[2] / "config"
FILE = CONFIG / "theory_of_change.csv"
SHIPPED = load_theory(FILE)
IDS = [effect.id for effect in SHIPPED]


def test_all_58_effects_of_the_four_theories_are_there():
    counts = {"employer_preventive": 13, "employer_early": 16, "employee_preventive": 12, "employee_early": 17}
    assert Counter(effect.theory for effect in SHIPPED) == counts
    expected = [f"{theory}_{number}" for theory, n in counts.items() for number in range(1, n + 1)]
    assert expected == IDS


def test_levels_are_those_of_appendix_6():
    levels = Counter((effect.theory, effect.level) for effect in SHIPPED)
    assert [levels["employer_preventive", level] for level in ("output", "short", "long")] == [2, 6, 5]
    assert [levels["employer_early", level] for level in ("output", "short", "long")] == [4, 5, 7]
    assert [levels["employee_preventive", level] for level in ("output", "short", "long")] == [3, 5, 4]
    assert [levels["employee_early", level] for level in ("output", "short", "long")] == [3, 9, 5]


@pytest.mark.parametrize("effect", SHIPPED, ids=IDS)
def test_each_has_an_indicator_and_a_result_or_a_reason(effect):
    assert effect.indicator_nl
    assert effect.indicator_en
    has_reason = bool(effect.reason_nl) and bool(effect.reason_en)
    assert effect.measured != has_reason
    assert bool(effect.good) == effect.measured


def test_what_lies_beyond_the_year_is_a_gap():
    gaps = {effect.id for effect in SHIPPED if not effect.measured}
    assert {"employer_early_15", "employee_early_14", "employee_early_17"} <= gaps  # wage sanction, second track, WIA


def test_every_effect_that_an_instrument_names_exists():
    named = {name for one in load_instruments(CONFIG / "instruments.yaml").instruments for name in one.effects}
    assert named <= set(IDS)


def test_codebook_and_theory_agree_on_what_is_measured():
    measuring = {one.name: one.effects for one in load_instruments(CONFIG / "instruments.yaml").instruments}
    gaps = {effect.id for effect in SHIPPED if not effect.measured}
    assert not gaps & {name for effects in measuring.values() for name in effects}
    for effect in SHIPPED:
        if effect.result_analysis == "survey":
            assert effect.id in measuring[effect.result_term], effect.id


def test_every_scale_that_an_effect_names_is_scored_on_a_planned_wave():
    codebook = load_instruments(CONFIG / "instruments.yaml")
    scored = {one.name for one in codebook.instruments if one.scoring != "none"}
    days = {str(7 * (week - 1)) for week in codebook.waves.weeks}
    for effect in SHIPPED:
        if effect.result_analysis == "survey":
            assert effect.result_term in scored, effect.id
            assert effect.result_time in days or effect.fit == "described", effect.id


def test_words_of_each_language():
    dutch, english = words_of(SHIPPED, "nl"), words_of(SHIPPED, "en")
    assert set(dutch) == set(english)
    assert dutch["effect.employee_early_5"] == "Werknemer ervaart minder stress"
    assert english["effect_gap.employee_early_17"] == "WIA starts after 104 weeks"
    assert english["effect_source.employer_early_11"] == "costs.amount_eur"


def written(folder, effect="employer_early_14", drop=None, **changed):
    """The shipped file with one effect changed."""
    rows = [asdict(one) for one in SHIPPED if one.id != drop]
    for row in rows:
        if row["id"] == effect:
            row.update(changed)
    file = folder / "theory_of_change.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return file


def faults_of(file):
    with pytest.raises(UserError) as problem:
        load_theory(file)
    return str(problem.value).splitlines()


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"result_analysis": "days_lost"}, "column result_analysis: 'days_lost' is not one of days_not_returned, "),
        (
            {"result_measure": "median"},
            "column result_measure: 'median' of days_not_returned is not one of mean_difference",
        ),
        ({"result_endpoint": "rtw"}, "column result_endpoint: 'rtw' is not one of none, partial_rtw, full_rtw, "),
        ({"level": "middle"}, "column level: 'middle' is not one of output, short, long"),
        ({"category": ""}, "column category: '' is not one of employer, reintegration, financial, psychological"),
        ({"good": "higher"}, "column good: 'higher' is not one of up, down"),
        ({"good": ""}, "column good: it may not be empty beside result_analysis"),
        ({"source_table": "spells"}, "column source_table: 'spells' is not one of allocation, cases, "),
        (
            {"source_column": "end"},
            "column source_column: 'end' is not one of case_id, first_absence_date, return_date",
        ),
        ({"result_time": "week 14"}, "column result_time: 'week 14' is not a whole number of days"),
        ({"reason_en": "because"}, "column reason_en: it must be empty beside result_analysis"),
        ({"effect_nl": ""}, "column effect_nl: it may not be empty"),
        ({"result_analysis": ""}, "column reason_nl: without result_analysis it says why not"),
    ],
)
def test_a_wrong_cell_is_named_with_file_line_column_and_what_is_allowed(tmp_path, changed, fault):
    file = written(tmp_path, **changed)
    found = faults_of(file)
    line = IDS.index("employer_early_14") + 2
    assert any(text.startswith(f"{file}, line {line}, {fault}") for text in found), found


def test_a_gap_has_nothing_of_a_result(tmp_path):
    found = faults_of(written(tmp_path, effect="employee_early_17", good="down"))
    assert found[0].endswith("column good: it must be empty without result_analysis")


def test_a_missing_effect_and_a_double_one_are_named(tmp_path):
    assert (
        "missing employee_early_3; every effect has a row" in faults_of(written(tmp_path, drop="employee_early_3"))[0]
    )
    found = faults_of(written(tmp_path, effect="employee_early_3", id="employee_early_4"))
    assert found[-1].endswith("employee_early_4 listed more than once")


def test_another_id_another_header_a_ragged_row_and_no_file(tmp_path):
    assert "'employer_early_99' is not one of employer_early_1 to employer_early_16" in "".join(
        faults_of(written(tmp_path, id="employer_early_99"))
    )
    file = tmp_path / "theory_of_change.csv"
    file.write_text("id,theory\n", encoding="utf-8")
    assert faults_of(file)[0].startswith(f"{file}, line 1: expected the columns id, theory, level")
    file.write_text(",".join(COLUMNS) + "\nemployer_early_1,employer_early\n", encoding="utf-8")
    assert faults_of(file)[0] == f"{file}, line 2: 2 cells, expected {len(COLUMNS)}; quote a cell that has a comma"
    assert "is missing" in faults_of(tmp_path / "none.csv")[0]


def test_a_method_that_points_is_read_back():
    assert pointed(pointing("a.b: c.1", "up")) == "a.b: c.1"
    assert pointed("count: of people") == ""
