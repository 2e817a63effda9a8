"""The rules of intake: what is looked for, how serious it is, what is expected and how to mend it.

- One entry per rule; the identifier is stable, because decisions and reports refer to it.
- `stop` ends the run, `query` asks for a decision, `note` informs.
- The texts are general: no rule ever speaks of a value.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilot_analysis.intake import rules_across, rules_delivery, rules_privacy, rules_tables


@dataclass(frozen=True)
class Rule:
    """One rule; `table` is the table it looks at, or `any`."""

    id: str
    severity: str
    table: str
    what: str
    expected: str
    mend: str


GROUPS: dict[str, tuple[Rule, ...]] = {
    title: tuple(Rule(*entry) for entry in entries)
    for title, entries in {
        "Files": rules_delivery.FILES,
        "Columns": rules_delivery.COLUMNS,
        "Privacy": rules_privacy.PRIVACY,
        "Cells and tables": rules_tables.CELLS,
        "People, arms and organisations": rules_across.PEOPLE,
        "Course of absence and dates": rules_across.COURSE,
        "Decisions on queries": rules_delivery.DECISIONS,
    }.items()
}

RULES: dict[str, Rule] = {rule.id: rule for rules in GROUPS.values() for rule in rules}
