"""The list of findings of intake and validation: one row per file, column and rule, never a value.

And who is excluded because of a query: the only table here that speaks of people.
"""

from pilot_analysis.schemas.canonical import CASE_ID
from pilot_analysis.schemas.columns import flag, table, text, whole

SEVERITIES = ("stop", "query", "note")
DECISIONS = ("accepted", "corrected", "excluded")
QUERY_EXCLUSIONS = ("query_excluded", "query_undecided")

ISSUES = table(
    "issues",
    "what intake and validation found",
    {
        "issue_id": text("rule and a digest of table, file, column and lines; the same finding keeps it"),
        "severity": text(
            "stop = the run ends; query = somebody has to decide; note = for information", values=SEVERITIES
        ),
        "decision": text("what config/queries.csv says of a query; empty = undecided", empty=True, values=DECISIONS),
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

EXCLUDED_CASES = table(
    "excluded_cases",
    "whom a query excludes from analysis",
    {
        "case_id": text("pseudonym", pattern=CASE_ID),
        "exclusion": text("excluded by decision, or because nobody decided (strict: false)", values=QUERY_EXCLUSIONS),
        "issue_id": text("the query"),
    },
    key=("case_id", "issue_id"),
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
