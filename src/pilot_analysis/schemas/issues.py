"""The list of findings of intake and validation: one row per file, column and rule, never a value."""

from pilot_analysis.schemas.columns import flag, table, text, whole

SEVERITIES = ("stop", "query", "note")

ISSUES = table(
    "issues",
    "what intake and validation found",
    {
        "severity": text(
            "stop = the run ends; query = somebody has to decide; note = for information", values=SEVERITIES
        ),
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

SUMMARY = table(
    "summary",
    "how many rows each file gave to which table",
    {
        "table": text("table of the delivery"),
        "supplier": text("who sent the file"),
        "file": text("file, with the sheet in brackets"),
        "rows": whole("rows read", "rows", low=0),
        "synthetic": flag("the delivery says that it is made up"),
    },
)
