"""The two-engine agreement: each core number of the run beside the one of a second library."""

from pilot_analysis.schemas.columns import number, table, text

AGREEMENT = table(
    "agreement",
    "core numbers by two engines; internal",
    {
        "result_id": text("row of the results store"),
        "analysis": text("what was computed"),
        "number": text("column of the results store; empty without a second number", empty=True),
        "ours": number("the number of the store", "as the row", empty=True),
        "theirs": number("the number of the second engine", "as the row", empty=True),
        "digits": number("decimal digits on which they agree, at most 15", "digits", empty=True, low=0),
        "engine": text("library of the second number", empty=True),
        "verdict": text(
            "agrees; known = differs for the reason given; reference = no second number; differs never leaves the step",
            values=("agrees", "known", "reference", "differs"),
        ),
        "reason": text("why there is no second number, or why it differs", empty=True),
        "reference": text("the tests whose numbers of R stand behind this analysis"),
    },
    key=("result_id", "number"),
)
