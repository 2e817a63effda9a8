"""Collects what intake finds, and turns it into the table of issues.

- A finding on rows is one issue per file, column and rule, with the first ten lines and the number of rows.
- The column is named as the file names it, so that its supplier recognises it.
- Texts come from the rule, or from the caller in general terms: no value of a cell can enter an issue.
- The id of an issue is its rule and a digest of where it was found (table, file, column, all lines): the same finding
  in the same delivery keeps it, and it holds no value.
- Of a query all lines are kept, because a decision may exclude the people of its rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pilot_analysis.intake.rules import RULES
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.issues import ISSUES, SEVERITIES

LINES_SHOWN = 10


@dataclass(frozen=True)
class Origin:
    """One file (or sheet) read for one source: its label, its table, and the file's own names of the columns."""

    table: str
    supplier: str
    file: str
    headers: dict[str, str] = field(default_factory=dict)

    def name(self, column: str | None) -> str | None:
        """The file's name of a canonical column."""
        return None if column is None else self.headers.get(column, column)


@dataclass(frozen=True)
class Query:
    """A query: its id, the decision (None: undecided), and its place with all lines."""

    issue_id: str
    decision: str | None
    table: str | None
    file: str | None
    lines: np.ndarray


class Findings:
    """The growing list of issues of one run."""

    def __init__(self) -> None:
        self.origins: list[Origin] = []
        self._rows: list[dict] = []

    def origin(self, origin: Origin) -> int:
        """Register a file and return its number, which rows carry."""
        self.origins.append(origin)
        return len(self.origins) - 1

    def add(
        self, rule: str, *, table: str | None = None, file: str | None = None, column: str | None = None,
        lines: Sequence[int] | np.ndarray = (), count: int | None = None,
        found: str | None = None, expected: str | None = None, mend: str | None = None,
    ) -> None:  # fmt: skip
        """Add one issue; texts that are not given come from the rule. `count` defaults to the number of lines, or 1."""
        entry, lines = RULES[rule], np.sort(np.asarray(lines, dtype="int64"))
        self._rows.append({
            "issue_id": issue_id(rule, table, file, column, lines), "decision": None,
            "lines": lines if entry.severity == "query" else (),
            "severity": entry.severity, "rule": rule, "table": table, "file": file, "column": column,
            "line": " ".join(map(str, lines[:LINES_SHOWN])) or None, "first": int(lines[0]) if len(lines) else 0,
            "count": max(len(lines), 1) if count is None else count, "found": found or entry.what,
            "expected": expected or entry.expected, "mend": mend or entry.mend,
        })  # fmt: skip

    def add_rows(self, rule: str, rows: pd.DataFrame, column: str | None, **texts: str) -> None:
        """Add one issue per file for `rows`, a part of a table with the columns `origin` and `source_line`."""
        if rows.empty:  # nearly always; an empty groupby costs more than a check
            return
        for number, lines in rows.groupby("origin", sort=True)["source_line"]:
            origin = self.origins[int(number)]
            self.add(
                rule,
                table=origin.table,
                file=origin.file,
                column=origin.name(column),
                lines=lines.to_numpy("int64"),
                **texts,
            )

    def found(self) -> list[tuple[str, str, bool]]:
        """For every issue its id, its severity, and whether it concerns rows rather than a whole file."""
        return [(row["issue_id"], row["severity"], row["line"] is not None) for row in self._rows]

    def decide(self, issue: str, decision: str) -> None:
        """Put down what was decided on the query with the id `issue`."""
        for row in self._rows:
            if row["issue_id"] == issue:
                row["decision"] = decision

    def queries(self) -> list[Query]:
        """The queries with what was decided."""
        names = ("issue_id", "decision", "table", "file", "lines")
        return [Query(*(row[name] for name in names)) for row in self._rows if row["severity"] == "query"]

    def frame(self) -> pd.DataFrame:
        """The issues: stops first, then by file, line, rule and column; fits `schemas.issues.ISSUES`."""
        if not self._rows:
            return empty_table(ISSUES)
        issues = pd.DataFrame(self._rows)
        issues["order"] = issues["severity"].map({name: place for place, name in enumerate(SEVERITIES)})
        keys = ["order", "file", "first", "rule", "column", "table", "found"]
        issues = issues.sort_values(
            keys, kind="stable", key=lambda column: column.fillna("") if column.dtype == object else column
        )
        return conform(issues, ISSUES).reset_index(drop=True)


def issue_id(rule: str, table: str | None, file: str | None, column: str | None, lines: Sequence[int]) -> str:
    """The rule and 8 hexadecimal digits of the SHA-256 of `table|file|column|lines`, empty for what is not given."""
    place = "|".join([table or "", file or "", column or "", " ".join(map(str, lines))])
    return f"{rule}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
