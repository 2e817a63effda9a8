"""What intake found, as a few lines for the terminal: stops in full, queries and notes as counts."""

from __future__ import annotations

import pandas as pd

SHOWN = 20


def told(issues: pd.DataFrame, listed_in: str) -> str:
    """Describe `issues` (schemas.issues.ISSUES) in lines of text; `listed_in` is the file that holds all of them."""
    counts = issues["severity"].value_counts()
    numbers = ", ".join(f"{counts.get(severity, 0)} {severity}" for severity in ("stop", "query", "note"))
    stops = issues[issues["severity"] == "stop"]
    lines = [f"validation: {numbers} (all in {listed_in})"]
    lines += [_line(issue) for issue in stops.head(SHOWN).itertuples()]
    if len(stops) > SHOWN:
        lines.append(f"  ... and {len(stops) - SHOWN} more in {listed_in}")
    return "\n".join(lines)


def _line(issue) -> str:
    place = [issue.file if pd.notna(issue.file) else "delivery"]
    if pd.notna(issue.line):
        place.append(f"line {issue.line.replace(' ', ', ')}")
    if pd.notna(issue.column):
        place.append(f"column {issue.column}")
    what = f"[{issue.rule}, {issue.count} x] {issue.found}; expected {issue.expected}; {issue.mend}"
    return f"  stop: {', '.join(place)}: {what}"
