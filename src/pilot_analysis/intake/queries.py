"""What was decided on queries: reads `config/queries.csv`, applies it to what intake found, and says what ends a run.

- accepted: the query no longer stops. excluded: its people are excluded from analysis. corrected: the supplier has sent
  a corrected file, so that the query must be gone; while it is still there, the run stops.
- Only queries can be decided. A decision on a stop is itself a stop; one on nothing that was found is a note, because a
  corrected delivery no longer has the finding.
- Under `strict` a query that nobody decided ends the run, else it excludes the people of its rows.
- A query about a whole file has no rows: undecided it ends the run in either case, and `excluded` is no answer to it.
- A row that cannot be used is a stop that names line and column, and is not applied; no cell of the file is repeated.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pilot_analysis.errors import UserError
from pilot_analysis.intake.findings import Findings
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.issues import DECISIONS, EXCLUDED_CASES

COLUMNS = ("issue_id", "decision", "reason", "decided_by", "decided_on")
_ISSUE_ID = re.compile(r"[a-z0-9_]+-[0-9a-f]{8}")


@dataclass(frozen=True)
class Decision:
    """One row of the file: the query, what was decided, and the line."""

    issue: str
    decision: str
    line: int


def read_decisions(path: str | Path, findings: Findings) -> list[Decision]:
    """The usable rows of the file, in its order; what is wrong with others goes to `findings`.

    Raises UserError when the file is not there.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path} is missing: it holds the decisions on queries; a header {','.join(COLUMNS)} will do")
    rows = _rows(path, findings)
    if rows is None:
        return []
    decisions: list[Decision] = []
    for line, row in rows:
        faults = _faults(row, {decision.issue for decision in decisions})
        for column, found, expected in faults:
            _refuse(path, findings, found, expected, column=column, lines=[line])
        if not faults:
            decisions.append(Decision(row[0].strip(), row[1].strip(), line))
    return decisions


def apply_decisions(path: str | Path, decisions: list[Decision], findings: Findings) -> None:
    """Put each decision to its query; a decision that fits nothing becomes a finding itself."""
    found = {issue: (severity, on_rows) for issue, severity, on_rows in findings.found()}
    lines: dict[str, list[int]] = {}
    for decision in decisions:
        rule = _objection(decision.decision, *found.get(decision.issue, (None, False)))
        if rule is not None:
            lines.setdefault(rule, []).append(decision.line)
        if rule in (None, "decision_not_corrected"):
            findings.decide(decision.issue, decision.decision)
    for rule, objected in lines.items():
        findings.add(rule, file=shown(path), column="issue_id", lines=objected)


def _objection(decision: str, severity: str | None, on_rows: bool) -> str | None:
    """The rule that a decision on a finding of this severity breaks, if any."""
    if severity != "query":
        return {None: "decision_unused", "note": "decision_on_note"}.get(severity, "decision_on_stop")
    if decision == "corrected":
        return "decision_not_corrected"
    return "decision_without_rows" if decision == "excluded" and not on_rows else None


def ends_run(issues: pd.DataFrame, strict: bool) -> pd.Series:
    """Which rows of `issues` (schemas.issues.ISSUES) end the run: stops, and undecided queries.

    Unless `strict`, undecided queries on rows do not.
    """
    undecided = issues["severity"].eq("query") & issues["decision"].isna()
    return (issues["severity"].eq("stop") | (undecided & (issues["line"].isna() | strict))).astype(bool)


def excluded_cases(findings: Findings, tables: dict[str, pd.DataFrame], strict: bool) -> pd.DataFrame:
    """People whom a query excludes; fits `schemas.issues.EXCLUDED_CASES`.

    Those of queries decided `excluded`; and, unless `strict`, those of queries that nobody decided. `tables` are the
    validated tables, in which the rows are looked up by file and line.
    """
    reasons = {"excluded": "query_excluded"} | ({} if strict else {None: "query_undecided"})
    parts = [empty_table(EXCLUDED_CASES)]
    for query in findings.queries():
        table = tables.get(query.table)
        if query.decision in reasons and table is not None and "case_id" in table.columns:
            there = table["source_file"].eq(query.file) & table["source_line"].isin(query.lines)
            cases = table.loc[there, ["case_id"]].dropna().drop_duplicates()
            parts.append(cases.assign(exclusion=reasons[query.decision], issue_id=query.issue_id))
    whole = conform(pd.concat(parts, ignore_index=True), EXCLUDED_CASES)
    return whole.sort_values(["case_id", "issue_id"], ignore_index=True)


def shown(path: str | Path) -> str:
    """The file as issues name it: with its folder, wherever the project stands."""
    return "/".join(Path(path).parts[-2:])


def _rows(path: Path, findings: Findings) -> list[tuple[int, list[str]]] | None:
    """Rows with their line numbers, without the header and empty lines; None when the file has no usable header."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error):
        _refuse(path, findings, "a file that is not a CSV file in UTF-8", "a CSV file in UTF-8, separated by commas")
        return None
    if not rows or tuple(cell.strip() for cell in rows[0][1]) != COLUMNS:
        _refuse(path, findings, "another header", "the header " + ",".join(COLUMNS), lines=[1])
        return None
    return rows[1:]


def _faults(row: list[str], seen: set[str]) -> list[tuple[str | None, str, str]]:
    """Column, what was found and what is expected, for each fault of a row."""
    if len(row) != len(COLUMNS):
        return [(None, "a row with more or fewer cells than the header", f"{len(COLUMNS)} cells, separated by commas")]
    cells = dict(zip(COLUMNS, (cell.strip() for cell in row), strict=True))
    faults = [(column, "an empty cell", "a value in every cell") for column, cell in cells.items() if not cell]
    if cells["issue_id"] and not _ISSUE_ID.fullmatch(cells["issue_id"]):
        faults.append(("issue_id", "what is not an issue id", "an issue_id as in validation/issues.csv"))
    if cells["issue_id"] in seen:
        faults.append(("issue_id", "a second decision on the same query", "one decision for each query"))
    if cells["decision"] and cells["decision"] not in DECISIONS:
        faults.append(("decision", "a decision that does not exist", "one of " + ", ".join(DECISIONS)))
    if cells["decided_on"] and not _is_date(cells["decided_on"]):
        faults.append(("decided_on", "what is not a date", "a date as YYYY-MM-DD"))
    return faults


def _is_date(cell: str) -> bool:
    try:
        return dt.date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        return False


def _refuse(path: Path, findings: Findings, found: str, expected: str, **place) -> None:
    findings.add("queries_invalid", file=shown(path), found=found, expected=expected, **place)
