"""The rules of intake: what is looked for, how serious it is, what is expected and how to mend it.

- One entry per rule; the identifier is stable, because decisions and reports refer to it.
- `stop` ends the run, `query` asks for a decision, `note` informs.
- The texts are general: no rule ever speaks of a value.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilot_analysis.intake import rules_delivery, rules_tables


@dataclass(frozen=True)
class Rule:
    """One rule; `table` is the table it looks at, or `any`."""

    id: str
    severity: str
    table: str
    what: str
    expected: str
    mend: str


_ENTRIES = (*rules_delivery.FILES, *rules_delivery.COLUMNS, *rules_tables.CELLS, *rules_tables.ACROSS)

RULES: dict[str, Rule] = {entry[0]: Rule(*entry) for entry in _ENTRIES}
