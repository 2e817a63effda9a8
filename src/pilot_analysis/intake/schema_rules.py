"""Holds the typed tables to their pandera schemas and turns each failure into an issue, without its value.

- Types are right by then, so that every cell is held to every rule of its column.
- Cells that could not be read are reported already and are left out here.
- Fails with `SchemaBroken` only when intake itself built a table wrongly.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pandera.pandas as pa

from pilot_analysis.intake.assemble import BAD
from pilot_analysis.intake.findings import Findings
from pilot_analysis.schemas.canonical import CanonicalTable
from pilot_analysis.schemas.columns import SchemaBroken

_RULES = {
    "not_nullable": "cell_empty",
    "one of": "value_not_listed",
    "pattern": "pattern",
    "at ": "out_of_range",
    "more": "out_of_range",
}


def final_table(frame: pd.DataFrame, table: CanonicalTable, findings: Findings, delivery: str) -> pd.DataFrame:
    """The columns of the schema, with provenance in words, then items (float64); `delivery` is the delivery's hash."""
    names = pd.array([origin.file for origin in findings.origins], dtype="string")
    full = frame.assign(
        source_file=names.take(frame["origin"].to_numpy()) if len(frame) else pd.array([], dtype="string"),
        source_line=frame["source_line"].astype("Int64"),
        delivery_hash=pd.array([delivery], dtype="string").take(np.zeros(len(frame), dtype="int64")),
    )
    known = [*table.schema.columns]
    items = [
        column for column in full.columns if column not in known and column != "origin" and not column.startswith(BAD)
    ]
    return full[known + items]


def check_schema(frame: pd.DataFrame, table: CanonicalTable, findings: Findings) -> None:
    """Report every cell of `frame` (with origin and line) that breaks the schema of `table`."""
    typed = final_table(frame, table, findings, "")[[*table.schema.columns]]
    try:
        with warnings.catch_warnings():
            # pandera puts failures of several types below each other, which pandas warns of; the result is right.
            warnings.filterwarnings("ignore", message="The behavior of DataFrame concatenation", category=FutureWarning)
            table.schema.validate(typed, lazy=True, inplace=True)  # without a copy: nothing is coerced
    except pa.errors.SchemaErrors as broken:
        failures = broken.failure_cases
    else:
        return
    if not (failures["schema_context"] == "Column").all() or failures["index"].isna().any():
        raise SchemaBroken(
            f"intake built table {table.name} wrongly: " + ", ".join(sorted(set(failures["check"].astype(str))))
        )
    for (column, check), group in failures.groupby(["column", "check"], sort=True):
        rows = frame.iloc[np.unique(group["index"].to_numpy("int64"))]
        flag = BAD + column
        if flag in frame.columns:
            rows = rows[~rows[flag]]
        rule = next(rule for start, rule in _RULES.items() if check.startswith(start))
        texts = {} if rule == "cell_empty" else {"expected": check}
        findings.add_rows(rule, rows, column, **texts)
