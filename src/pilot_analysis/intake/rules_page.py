"""The table of rules as a page: every rule with its severity, what it finds, what is expected and how to mend it.

- All text comes from the rules, so that the page cannot say anything else than what a run says.
- Same rules, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilot_analysis.intake.queries import COLUMNS
from pilot_analysis.intake.rules import GROUPS, RULES, Rule
from pilot_analysis.schemas.issues import DECISIONS, SEVERITIES

_HEADER = "| rule | severity | table | what is found | expected | how to mend it |\n|---|---|---|---|---|---|"
_INTRODUCTION = """# Rules of intake and validation

Generated from the rules; do not edit (`pilot-analysis rules`). {counts}

- **stop**: the delivery cannot be used. The run ends; outputs of earlier runs stay as they are.
- **query**: a contradiction on which somebody has to decide. Under `strict: true` (config/config.yaml, the default) a
  query that nobody decided ends the run; under `strict: false` the people of its rows are excluded, visibly in the
  flow. A query about a whole file has no rows and ends the run until it is decided.
- **note**: kept, not used, or repaired, as the rule says. Notes never end a run, nor do the exclusions of the protocol.

A finding is one rule in one column of one file, with its lines and count, never a value. Its `issue_id` is the rule and
a digest of table, file, column and lines, so that the same finding keeps it; `validation/issues.csv` lists it.

A decision is a row of `config/queries.csv` with the columns {columns}; `decision` is one of {decisions}:

- **accepted**: the rows are right as they are; the query no longer ends the run.
- **excluded**: the people of these rows are excluded from analysis, visibly in the flow.
- **corrected**: the supplier has sent a corrected file. A query that is still there ends the run."""


def rules_page() -> str:
    """Every rule by group, as Markdown."""
    severities = [rule.severity for rule in RULES.values()]
    numbers = ", ".join(f"{severities.count(severity)} {severity}" for severity in SEVERITIES)
    introduction = _INTRODUCTION.format(
        counts=f"{len(RULES)} rules: {numbers}.",
        columns=", ".join(f"`{name}`" for name in COLUMNS),
        decisions=", ".join(f"`{name}`" for name in DECISIONS),
    )
    parts = [f"## {title}\n\n{_HEADER}\n" + "\n".join(_rows(rules)) for title, rules in GROUPS.items()]
    return "\n\n".join([introduction, *parts]) + "\n"


def _rows(rules: tuple[Rule, ...]) -> Iterator[str]:
    for rule in rules:
        cells = (f"`{rule.id}`", rule.severity, rule.table, rule.what, rule.expected, rule.mend)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
