"""The data dictionary as a page: every table and column of the schemas, with type, unit, meaning and allowed values.

- All text comes from the schemas, so that the page cannot say anything else than what is checked.
- Same schemas, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandera.pandas as pa

from pilot_analysis.schemas import derived, results
from pilot_analysis.schemas.agreement import AGREEMENT
from pilot_analysis.schemas.canonical import TABLES, CanonicalTable
from pilot_analysis.schemas.decisions import DECISIONS
from pilot_analysis.schemas.issues import EXCLUDED_CASES, ISSUES, SUMMARY

_TYPES = {
    "string": "text",
    "datetime64[ns]": "date",
    "float64": "number",
    "Int64": "whole number",
    "bool": "true or false",
}
_HEADER = "| column | type | unit | meaning | allowed | may be empty | key |\n|---|---|---|---|---|---|---|"
_INTRODUCTION = """# Data dictionary

Generated from the schemas; do not edit. Every table is held to its schema when it is read and before it is written:
exactly these columns, in this order, with these types. Dates are calendar dates without time of day."""
_CANONICAL = """## Validated tables

What a delivery holds once it has been read. Every row says where it comes from: for CSV the line of the file, for xlsx
the row of the sheet, for Parquet the number of the row."""
_DERIVED = """## Derived tables

One daily path of AO% per case, stored as periods, and what follows from it."""
_RESULTS = """## Results and findings

The results store, what may be released of it, and what validation found."""


def dictionary_page() -> str:
    """All tables of the canonical, derived, results and issues schemas, as Markdown."""
    parts = [_INTRODUCTION, _CANONICAL]
    parts += [_canonical_table(table) for table in TABLES.values()]
    tables = [schema for schema in vars(derived).values() if isinstance(schema, pa.DataFrameSchema)]
    parts += [_DERIVED, *(_table(schema) for schema in tables)]
    stores = (
        results.ESTIMATES,
        AGREEMENT,
        results.RELEASED,
        results.CURVES,
        results.RELEASED_CURVES,
        DECISIONS,
        ISSUES,
        EXCLUDED_CASES,
        SUMMARY,
    )
    parts += [_RESULTS, *(_table(schema) for schema in stores)]
    return "\n\n".join(parts) + "\n"


def _canonical_table(table: CanonicalTable) -> str:
    if table.required:
        rows = "; a header without rows is enough" if table.header_only else ", with rows"
        delivered = f"Must be delivered{rows}."
    else:
        delivered = "May be absent or without rows."
    facts = [delivered, f"Supplier unless stated otherwise: {table.owner}."]
    if table.medical:
        facts.append("Medical: accepted from an occupational health service only.")
    if table.items:
        facts.append("Further columns are items of the questionnaire: numbers, or empty.")
    may_be_absent = ", ".join(f"`{name}`" for name in table.optional)
    if may_be_absent:
        facts.append(f"The file may lack {may_be_absent}.")
    return _table(table.schema, key=table.key, facts=" ".join(facts))


def _table(schema: pa.DataFrameSchema, key: tuple[str, ...] | None = None, facts: str = "") -> str:
    key = tuple((schema.metadata or {}).get("key", ())) if key is None else key
    meaning = schema.description[:1].upper() + schema.description[1:] + "."
    rows = "\n".join(_rows(schema, key))
    return f"### {schema.name}\n\n{(meaning + ' ' + facts).strip()}\n\n{_HEADER}\n{rows}"


def _rows(schema: pa.DataFrameSchema, key: tuple[str, ...]) -> Iterator[str]:
    for name, column in schema.columns.items():
        kind = _TYPES[str(column.dtype).removesuffix("[python]")]
        unit = (column.metadata or {}).get("unit", "")
        allowed = "; ".join(str(check.error) for check in column.checks)
        marks = ["yes" if column.nullable else "no", "yes" if name in key else ""]
        meaning = column.description or ""
        cells = (f"`{name}`", kind, unit, meaning, allowed, *marks)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
