"""What intake found, as a few lines for the terminal: what ends the run in full, the rest as counts."""

from __future__ import annotations

import pandas as pd

from pilot_analysis.intake.queries import ends_run

SHOWN = 20


def told(issues: pd.DataFrame, listed_in: str, strict: bool = True) -> str:
    """Describe `issues` (schemas.issues.ISSUES) in lines of text; `listed_in` is the file that holds all of them.

    Under `strict` a query that nobody decided is shown as a stop is, with the id that a decision names.
    """
    counts = issues["severity"].value_counts()
    numbers = ", ".join(f"{counts.get(severity, 0)} {severity}" for severity in ("stop", "query", "note"))
    ending = issues[ends_run(issues, strict)]
    lines = [f"validation: {numbers} (all in {listed_in})", *_decided(issues, strict)]
    lines += [_line(issue) for issue in ending.head(SHOWN).itertuples()]
    if len(ending) > SHOWN:
        lines.append(f"  ... and {len(ending) - SHOWN} more in {listed_in}")
    if ending["severity"].eq("query").any():
        lines.append(
            "  To decide on a query, put its id in config/queries.csv; with strict=false its people are excluded."
        )
    return "\n".join(lines)


def _decided(issues: pd.DataFrame, strict: bool) -> list[str]:
    queries = issues[issues["severity"].eq("query")]
    if queries.empty:
        return []
    counts = queries["decision"].fillna("undecided").value_counts(sort=False).sort_index()
    numbers = ", ".join(f"{count} {decision}" for decision, count in counts.items())
    meaning = "" if strict or "undecided" not in counts else "; the people of undecided ones are excluded"
    return [f"queries: {numbers}{meaning}"]


def _line(issue) -> str:
    place = [issue.file if pd.notna(issue.file) else "delivery"]
    if pd.notna(issue.line):
        place.append(f"line {issue.line.replace(' ', ', ')}")
    if pd.notna(issue.column):
        place.append(f"column {issue.column}")
    name = issue.issue_id if issue.severity == "query" else issue.rule
    what = f"[{name}, {issue.count} x] {issue.found}; expected {issue.expected}; {issue.mend}"
    return f"  {issue.severity}: {', '.join(place)}: {what}"
