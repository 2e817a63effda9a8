"""The list of findings of intake and validation: one row per file, column and rule, never a value."""

from pilot_analysis.schemas.columns import table, text, whole

SEVERITIES = ("stop", "query", "note")

ISSUES = table(
    "issues",
    "what intake and validation found",
    {
        "severity": text("stop = the run ends; query = somebody has to decide; note = for information", values=SEVERITIES),
        "rule": text("stable name of the rule"),
        "table": text("table of the delivery", empty=True),
        "file": text("file, with the sheet in brackets", empty=True),
        "line": text("first lines concerned, separated by blanks", empty=True),
        "column": text("column as the file calls it", empty=True),
        "count": whole("rows concerned", "rows", low=0),
        "found": text("what was found, in general terms"),
        "expected": text("what was expected"),
        "mend": text("how to mend it"),
    },
)
