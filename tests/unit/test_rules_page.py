"""The page with the rules is the rules."""

from pathlib import Path

from pilot_analysis.intake.rules import GROUPS, RULES
from pilot_analysis.intake.rules_page import rules_page
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.issues import SEVERITIES


def test_every_rule_is_on_the_page_once_with_its_severity():
    rows = [line.strip("| ").split(" | ") for line in rules_page().splitlines() if line.startswith("| `")]
    assert {row[0].strip("`"): row[1] for row in rows} == {name: rule.severity for name, rule in RULES.items()}
    assert len(rows) == len(RULES)
    assert {len(row) for row in rows} == {6}


def test_no_two_rules_share_an_id_and_each_is_complete():
    rules = [rule for group in GROUPS.values() for rule in group]
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.severity in SEVERITIES and rule.table in ("any", *TABLES), rule.id
        assert all(text.strip() for text in (rule.what, rule.expected, rule.mend)), rule.id


def test_the_committed_page_is_the_generated_one():
    """After a change of a rule: pilot-analysis rules."""
    page = Path(__file__).parents[2] / "docs" / "rules.md"
    assert page.read_text(encoding="utf-8") == rules_page()
