"""What the store and the report say of the agreement: a few rows per core analysis, and one over all.

- `rows`: core rows with a number; `rows_compared`: those with a second number; `digits`: the fewest digits on which any
  number agrees; `known_differences`: numbers that differ for a reason of definition, which the table names.
- The table itself, with every number twice, is internal: agreement.csv.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pilot_analysis.agreement.core import CORE, REFERENCES
from pilot_analysis.estimate.store import Rows


def agreement_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the results store; `table` as schemas.agreement."""
    rows = Rows(
        {
            "analysis": "agreement",
            "endpoint": "none",
            "population": "itt",
            "origin": "none",
            "group_by": "analysis",
        }
    )
    for analysis in CORE:
        part = table[table["analysis"] == analysis]
        _add(rows, part, analysis, REFERENCES[analysis])
    _add(rows, table, "all", "every row names its own")
    return rows.rows


def _add(rows: Rows, part: pd.DataFrame, level: str, reference: str) -> None:
    compared = part[part["number"].notna()]
    libraries = sorted({name for engines in compared["engine"].dropna() for name in engines.split(", ")})
    method = f"second engine: {', '.join(libraries) or 'none'}; R's numbers in {reference}"
    about = {"level": level, "method": method}
    for measure, count in (
        ("rows", part["result_id"].nunique()),
        ("rows_compared", compared["result_id"].nunique()),
        ("known_differences", int((part["verdict"] == "known").sum())),
    ):
        rows.add(measure=measure, unit="numbers", estimate=float(count), **about)
    agreeing = compared.loc[compared["verdict"] == "agrees", "digits"]
    if agreeing.empty:
        reasons = part["reason"].dropna().unique()
        rows.add_not_estimable(
            reasons[0] if len(reasons) else "no number to compare", measure="digits", unit="digits", **about
        )
    else:
        rows.add(measure="digits", unit="digits", estimate=float(agreeing.min()), **about)
