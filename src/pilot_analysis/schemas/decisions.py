"""The release record: what disclosure control decided about each result."""

from pilot_analysis.schemas.columns import table, text

DECISION_WORDS = ("released", "rounded", "suppressed_primary", "suppressed_secondary", "exempt")

DECISIONS = table(
    "decisions",
    "the release record: a decision per result of the store; internal, for a second person to sign",
    {
        "result_id": text("result of the store; of merged reasons of the flow the names are joined"),
        "decision": text("what became of it", values=DECISION_WORDS),
        "rule": text("by which rule"),
        "checksum": text("SHA-256 of the released row; empty when it was merged into another", empty=True),
    },
    key=("result_id",),
)
