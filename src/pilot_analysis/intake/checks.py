"""Checks across rows and tables: runs all of them, and looks whether the required tables are there.

- Each check is a function of the tables and the plan that gives the rows it objects to (`checks_people.py`,
  `checks_spells.py`, `checks_dates.py`); rule texts and severities are in `rules_across.py`.
- Where rows of a table were lost (a file that could not be read), checks that would blame others for it are left out.
- All are array operations, linear but for one sort per table.
"""

from __future__ import annotations

from pilot_analysis.intake import checks_dates, checks_people, checks_spells  # noqa: F401 (they register their checks)
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.tables import CHECKS, Tables
from pilot_analysis.schemas.canonical import TABLES


def run_checks(tables: Tables, findings: Findings) -> None:
    """Run every check; what they find goes to `findings`."""
    for rule, function in CHECKS.items():
        for hit in function(tables):
            findings.add_rows(rule, hit.rows, hit.column, **({"expected": hit.expected} if hit.expected else {}))


def check_required(tables: Tables, delivered: frozenset[str], findings: Findings) -> None:
    """Required tables must be there, with rows unless a header is enough."""
    for name, table in TABLES.items():
        if not table.required or name in tables.incomplete:
            continue
        if name not in delivered:
            findings.add("table_missing", table=name, expected="the table" if table.header_only else None)
        elif not table.header_only and tables.frames[name].empty:
            file = next((origin.file for origin in findings.origins if origin.table == name), None)
            findings.add("table_empty", table=name, file=file)


def check_plan(tables: Tables, findings: Findings) -> None:
    """The plan's cut-offs must be of organisations that take part, else a slip of the pen would go unseen."""
    listed = set(tables.protocol.dates.data_cutoff_per_organisation)
    if "allocation" not in tables.incomplete and listed - set(tables.frames["allocation"]["organisation"].unique()):
        findings.add(
            "cutoff_organisation",
            table="allocation",
            file="config/protocol.yaml",
            column="data_cutoff_per_organisation",
        )
