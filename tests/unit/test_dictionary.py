from pilot_analysis.schemas import derived, results
from pilot_analysis.schemas.agreement import AGREEMENT
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.decisions import DECISIONS
from pilot_analysis.schemas.dictionary import dictionary_page
from pilot_analysis.schemas.issues import EXCLUDED_CASES, ISSUES, SUMMARY

SCHEMAS = [
    *(table.schema for table in TABLES.values()), derived.PERIODS, derived.CASES, derived.OUTCOMES, derived.FLOW,
    derived.WAGE_VALUES, derived.COSTS, derived.GUIDANCE, derived.PROCESS, derived.SURVEY, derived.SURVEY_ITEMS,
    derived.SURVEY_WAVES,
    results.ESTIMATES, AGREEMENT, results.RELEASED, results.CURVES, results.RELEASED_CURVES, DECISIONS, ISSUES,
    EXCLUDED_CASES, SUMMARY,
]  # fmt: skip


def sections() -> list[tuple[str, list[str]]]:
    """Name and table rows of every section, header left out."""
    parts = dictionary_page().split("\n### ")[1:]
    found = [(part.splitlines()[0], [line for line in part.splitlines() if line.startswith("|")][2:]) for part in parts]
    return [(name, rows) for name, rows in found]


def test_every_column_of_every_schema_has_its_row_in_order():
    expected = [(schema.name, [f"| `{column}` |" for column in schema.columns]) for schema in SCHEMAS]
    assert [(name, [row[: row.index("|", 1) + 1] for row in rows]) for name, rows in sections()] == expected


def test_a_row_tells_type_unit_meaning_bounds_emptiness_and_key():
    cases = dict(sections())["ao_percent"]
    what = "number | percent of contract hours | share of contract hours absent | at least 0; at most 100 | no | "
    assert cases[2] == f"| `ao_percent` | {what} |"
    assert cases[0].endswith("| no | yes |")
    assert "| yes |  |" in cases[3]


def test_rows_have_seven_cells_even_where_a_text_holds_a_bar():
    for _, rows in sections():
        assert all(row.replace("\\|", "").count("|") == 8 for row in rows)


def test_what_may_be_absent_is_said():
    page = dictionary_page()
    assert "The file may lack `cluster_id`, `stratum`." in page
    assert "Medical: accepted from an occupational health service only." in page
    assert page == dictionary_page()


def test_the_committed_page_is_the_generated_one():
    """After a change of a schema: pilot-analysis dictionary."""
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs" / "data_dictionary.md"
    assert page.read_text(encoding="utf-8") == dictionary_page()
