"""From the columns of a file to canonical columns: remove `drop`, check, rename.

- Dropped columns are gone before anything else looks at the file.
- Every other column must be mapped, canonical, an item of a survey table, or named in `latest_by` or `withdrawn`.
- A `cas_code` or FML column in an employer's file is refused, whatever it is mapped to.
- Names are compared exactly. A name that looks like a value (a file without header) is not repeated in an issue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from pilot_analysis.intake.cells import Cells
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.read_csv import Raw
from pilot_analysis.intake.sources import Source
from pilot_analysis.schemas.canonical import FML_RUBRICS, TABLES

MEDICAL = frozenset({"cas_code", "cascode", "fml_version", "hours_per_day_item", *FML_RUBRICS})
_VALUE_LIKE = re.compile(r"[\d\s.,:/+-]+|.*@.*|[A-Za-z]{0,4}[ _-]?\d{3,}\w*|[A-Z]{2}\d{2}[A-Z]{4}\d+")


@dataclass(frozen=True)
class Arranged:
    """Canonical columns of one file, the file's names for them, and the columns that decide versions and withdrawal."""

    cells: dict[str, Cells]
    headers: dict[str, str]
    versions: list[Cells]
    marks: list[tuple[Cells, tuple[str, ...]]]
    lines: np.ndarray


def shown(name: str, place: int) -> str:
    """A column name for an issue: its number instead where the name looks like a value."""
    return f"column {place} (its name looks like a value and is not shown)" if _VALUE_LIKE.fullmatch(name) else name


def arrange(raw: Raw, source: Source, findings: Findings) -> Arranged | None:
    """Canonical columns of `raw`; None when the header is not there. What is wrong goes to `findings`."""
    about = {"table": source.table, "file": raw.label}
    numbered = zip(raw.headers, raw.columns, range(1, len(raw.headers) + 1), strict=True)
    kept = [entry for entry in numbered if entry[0] not in source.drop]
    expected = {*source.columns.values(), *TABLES[source.table].columns, *source.latest_by, *source.withdrawn}
    if not any(name in expected for name, _, _ in kept):
        findings.add("header_missing", **about, lines=[1], expected="columns such as " + ", ".join(_wanted(source)))
        return None
    columns: dict[str, Cells] = {}
    for name, cells, place in kept:
        if name in columns:
            findings.add("header_twice", **about, column=shown(name, place))
        columns.setdefault(name, cells)
    _check_medical(columns, source, about, findings)
    named = {**source.columns, **_canonical_names(columns, source, about, findings)}
    for name, _, place in kept:
        if name not in {*named.values(), *source.latest_by, *source.withdrawn, *source.columns, *source.constants}:
            findings.add("column_unknown", **about, column=shown(name, place))
    _check_missing(columns, named, source, about, findings)
    found = {
        column: columns[name] for column, name in named.items() if name in columns and column not in source.constants
    }
    versions = [columns[name] for name in source.latest_by if name in columns]
    marks = [(columns[name], mark) for name, mark in source.withdrawn.items() if name in columns]
    return Arranged(found, {column: named[column] for column in found}, versions, marks, raw.lines)


def _wanted(source: Source) -> list[str]:
    return [
        source.columns.get(column, column) for column in TABLES[source.table].columns if column not in source.constants
    ]


def _check_medical(columns: dict[str, Cells], source: Source, about: dict, findings: Findings) -> None:
    if TABLES[source.table].medical and source.supplier != "health_service":
        findings.add("medical_supplier", **about)
    if source.supplier != "employer" or TABLES[source.table].medical:
        return
    mapped = {name for column, name in source.columns.items() if column in MEDICAL}
    for name in columns:
        if name in mapped or re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") in MEDICAL:
            findings.add("medical_supplier", **about, column=name)


def _canonical_names(columns: dict[str, Cells], source: Source, about: dict, findings: Findings) -> dict[str, str]:
    """Columns that need no mapping, because they carry a canonical name already."""
    canonical = TABLES[source.table].columns
    deciding = {*source.latest_by, *source.withdrawn}
    plain: dict[str, str] = {}
    for name in columns:
        if name in source.columns.values() or not source.takes(name) or (name in deciding and name not in canonical):
            continue
        if name in source.columns or name in source.constants:
            findings.add("column_twice", **about, column=name)
        else:
            plain[name] = name
    return plain


def _check_missing(
    columns: dict[str, Cells], named: dict[str, str], source: Source, about: dict, findings: Findings
) -> None:
    for name in sorted({*source.columns.values(), *source.latest_by, *source.withdrawn} - set(columns)):
        findings.add(
            "column_missing", **about, column=name, found="a column that sources.yaml names and the file does not have",
            expected="the columns named in sources.yaml", mend="correct its name in sources.yaml, or deliver it",
        )  # fmt: skip
    table = TABLES[source.table]
    for column in table.columns:
        if column not in named and column not in source.constants and column not in table.optional:
            findings.add("column_missing", **about, column=column, found="a required column that is not in the file")
