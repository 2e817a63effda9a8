"""From the columns of a file to canonical columns: remove `drop`, check, rename.

- Dropped columns are gone before anything else looks at the file.
- Every other column must be mapped, canonical, an item of a survey table, or named in `latest_by` or `withdrawn`.
- A `cas_code`, FML or other medical column in an employer's file is refused, whatever it is mapped to.
- Direct identifiers and free text that `drop` left over are refused (`privacy`).
- What a survey platform writes beside the answers (id, submitdate, progress) is no item, unless it is mapped.
- Names are compared exactly. A name that looks like a value (a file without header) is not repeated in an issue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilot_analysis.intake.cells import Cells
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.names import medical
from pilot_analysis.intake.privacy import refuse_identifiers, shown
from pilot_analysis.intake.raw import Raw
from pilot_analysis.intake.sources import Source
from pilot_analysis.schemas.canonical import FML_RUBRICS, TABLES

MEDICAL = frozenset({"cas_code", "cascode", "fml_version", "hours_per_day_item", *FML_RUBRICS})

# What Qualtrics and LimeSurvey write beside the answers, without underscores.
SURVEY_METADATA = frozenset({
    "id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "enddate", "datestamp", "recordeddate",
    "ipaddr", "ipaddress", "refurl", "token", "firstname", "lastname", "email", "emailstatus", "participantid",
    "language", "validfrom", "validuntil", "usesleft", "interviewtime", "status", "progress", "finished", "responseid",
    "durationinseconds", "recipientfirstname", "recipientlastname", "recipientemail", "externalreference",
    "locationlatitude", "locationlongitude", "distributionchannel", "userlanguage",
})  # fmt: skip


@dataclass(frozen=True)
class Arranged:
    """Canonical columns of one file, the file's names for them, and the columns that decide versions and withdrawal."""

    cells: dict[str, Cells]
    headers: dict[str, str]
    versions: list[Cells]
    marks: list[tuple[Cells, tuple[str, ...]]]
    lines: np.ndarray


def arrange(raw: Raw, source: Source, findings: Findings) -> Arranged | None:
    """Canonical columns of `raw`; None when the header is not there. What is wrong goes to `findings`."""
    about = {"table": source.table, "file": raw.label}
    numbered = zip(raw.headers, raw.columns, range(1, len(raw.headers) + 1), strict=True)
    kept = [entry for entry in numbered if entry[0] not in source.drop]
    expected = {*source.columns.values(), *TABLES[source.table].columns, *source.latest_by, *source.withdrawn}
    if not any(name in expected for name, _, _ in kept):
        findings.add("header_missing", **about, lines=[1], expected="columns such as " + ", ".join(_wanted(source)))
        return None
    refused = refuse_identifiers(kept, source, raw.lines, raw.label, findings)
    columns: dict[str, Cells] = {}
    for name, cells, place in kept:
        if name in columns:
            findings.add("header_twice", **about, column=shown(name, place))
        columns.setdefault(name, cells)
    refused |= _check_medical(columns, source, about, findings)
    named = {**source.columns, **_canonical_names(columns, source, about, findings)}
    known = {*named.values(), *source.latest_by, *source.withdrawn, *source.columns, *source.constants, *refused}
    for name, cells, place in kept:
        if name not in known:
            findings.add("column_unknown", **about, column=shown(name, place, cells))
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


def _check_medical(columns: dict[str, Cells], source: Source, about: dict, findings: Findings) -> set[str]:
    """Report medical data of others than a health service; the names of medical columns."""
    if TABLES[source.table].medical and source.supplier != "health_service":
        findings.add("medical_supplier", **about)
    if source.supplier != "employer" or TABLES[source.table].medical:
        return set()
    mapped = {name for column, name in source.columns.items() if column in MEDICAL}
    used = {*source.columns.values(), *source.latest_by, *source.withdrawn}
    found = {name for name in columns if name in mapped or medical(name, mapped=name in used)}
    for name in sorted(found):
        findings.add("medical_supplier", **about, column=name)
    return found


def _canonical_names(columns: dict[str, Cells], source: Source, about: dict, findings: Findings) -> dict[str, str]:
    """Columns that need no mapping, because they carry a canonical name already."""
    canonical = TABLES[source.table].columns
    deciding = {*source.latest_by, *source.withdrawn}
    plain: dict[str, str] = {}
    for name in columns:
        if name in source.columns.values() or not source.takes(name) or (name in deciding and name not in canonical):
            continue
        if name not in canonical and name.replace("_", "") in SURVEY_METADATA:
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
