"""One source to one typed table, in the order of the specification.

- text, drop, columns, rename (`arrange`), values, missing, open_date (`translate`), parse, constants, then `latest_by`
  and `withdrawn` over all files of the source, then `return_date_is` and `ao_percent_is`.
- The table carries `origin` (number of the file), `source_line`, and for each column with unreadable cells a flag
  `bad:<column>`, so that one fault is reported once and hides no other.
- Every repair is a note with its count.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.intake.arrange import Arranged, arrange
from pilot_analysis.intake.cells import Cells, objects, trimmed
from pilot_analysis.intake.findings import Findings, Origin
from pilot_analysis.intake.parse import Notation, Parsed, parse
from pilot_analysis.intake.raw import Raw
from pilot_analysis.intake.sources import Source
from pilot_analysis.intake.translate import kind_of, translate
from pilot_analysis.intake.versions import dates_as_text, latest, marked, version_ranks
from pilot_analysis.schemas.canonical import TABLES

BAD = "bad:"
PERSON = "person"
_UNREAD = {"date": "not_a_date", "number": "not_a_number", "whole": "not_a_whole_number"}


def typed_source(raws: list[Raw], source: Source, findings: Findings) -> tuple[pd.DataFrame | None, bool]:
    """Stack the files of one source as a typed table (None: nothing was read); and whether all files were used."""
    parts = [part for raw in raws if (part := _typed_file(raw, source, findings)) is not None]
    if not parts:
        return None, False
    frame = stacked([part for part, _, _ in parts])
    ranks = [
        np.concatenate(version_ranks([versions[place] for _, versions, _ in parts], source.decimal))
        for place in range(min(len(versions) for _, versions, _ in parts))
    ]
    marks = np.concatenate([marks for _, _, marks in parts])
    keep = latest(frame, list(TABLES[source.table].key), ranks, marks)
    findings.add_rows("row_superseded", frame[~keep], None)
    withdrawn = keep & marks
    findings.add_rows("row_withdrawn", frame[withdrawn], None)
    frame = frame[keep & ~withdrawn].reset_index(drop=True)
    return _conventions(frame, source, findings), len(parts) == len(raws)


def stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other; an item or flag that one of them lacks is empty or False there."""
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    flags = [column for column in frame.columns if column.startswith(BAD)]
    return frame.assign(**{flag: frame[flag].eq(True) for flag in flags}) if flags else frame


def _typed_file(raw: Raw, source: Source, findings: Findings) -> tuple[pd.DataFrame, list[Cells], np.ndarray] | None:
    """The typed rows of one file, the versions per version column, and which rows are withdrawn."""
    arranged = arrange(raw, source, findings)
    if arranged is None:
        return None
    origin = findings.origin(Origin(source.table, source.supplier, raw.label, arranged.headers))
    lines = pd.DataFrame({"origin": np.full(len(raw.lines), origin, dtype="int32"), "source_line": raw.lines})
    columns = {}
    for column in _columns(arranged, source):
        columns |= _typed_column(column, arranged, source, lines, findings)
    frame = pd.concat([pd.DataFrame(columns, index=lines.index), lines], axis=1)
    for name, cells in zip(source.latest_by, arranged.versions, strict=False):
        findings.add_rows("version_is_date", frame[dates_as_text(cells)], name)
    withdrawn = np.zeros(len(lines), dtype=bool)
    for cells, marks in arranged.marks:
        withdrawn |= marked(cells, marks)
    return frame, arranged.versions, withdrawn


def _columns(arranged: Arranged, source: Source) -> list[str]:
    """Canonical columns in their order, then items in the order of the file."""
    canonical = TABLES[source.table].columns
    return canonical + [column for column in [*arranged.cells, *source.constants] if column not in canonical]


def _typed_column(column: str, arranged: Arranged, source: Source, lines: pd.DataFrame, findings: Findings) -> dict:
    spoken = arranged.headers.get(column) in source.free_text
    kind = "text" if spoken else kind_of(source.table, column)
    if column in source.constants:
        return _constant(column, kind, source, lines, findings)
    if column not in arranged.cells:
        absent = parse(Cells(objects([None]), np.zeros(len(lines), dtype="int32")), kind, Notation())
        required = column not in TABLES[source.table].optional
        return {column: absent.values} | ({BAD + column: np.ones(len(lines), dtype=bool)} if required else {})
    cells, blanks = trimmed(arranged.cells[column])
    change = translate(cells, column, source)
    notation = Notation(source.decimal, source.date_format)
    parsed = parse(change.cells, kind, notation)
    findings.add_rows("blanks_removed", lines[blanks], column)
    findings.add_rows("cas_code_repaired", lines[change.repaired], column)
    findings.add_rows("value_not_mapped", lines[change.unknown], column)
    findings.add_rows("excel_error", lines[change.errors], column)
    findings.add_rows("label_not_used", lines[change.unlabelled], column)
    findings.add_rows("time_of_day_removed", lines[parsed.timed], column)
    _report_unread(column, kind, parsed, source, notation, lines, findings)
    bad = parsed.failed | change.unknown | change.errors
    return {column: parsed.values} | ({BAD + column: bad} if bad.any() else {})


def _report_unread(
    column: str, kind: str, parsed: Parsed, source: Source, notation: Notation, lines: pd.DataFrame, findings: Findings
) -> None:
    if column not in TABLES[source.table].columns:
        findings.add_rows("item_not_a_number", lines[parsed.failed], column)
        return
    words = {
        "date": notation.date_words,
        "number": f"a number with the decimal sign {notation.decimal}",
        "whole": "a whole number",
    }
    if kind in _UNREAD:
        findings.add_rows(_UNREAD[kind], lines[parsed.failed], column, expected=words[kind])


def _constant(column: str, kind: str, source: Source, lines: pd.DataFrame, findings: Findings) -> dict:
    """A column that holds one value in every row, in canonical notation."""
    parsed = parse(
        Cells(objects([source.constants[column].strip()]), np.zeros(len(lines), dtype="int32")), kind, Notation()
    )
    if parsed.failed.any():
        findings.add("sources_invalid", table=source.table, file="sources.yaml", column=f"constants.{column}",
                     found=f"source {source.number}, key constants.{column}: a value that is not a {kind}",
                     expected=f"a {kind} in canonical notation")  # fmt: skip
    return {column: parsed.values} | ({BAD + column: parsed.failed} if parsed.failed.any() else {})


def _conventions(frame: pd.DataFrame, source: Source, findings: Findings) -> pd.DataFrame:
    """`return_date_is` and `ao_percent_is`: what a supplier's date or percentage means."""
    if source.return_date_is == "last_sick_day":
        filled = frame["return_date"].notna()
        findings.add_rows("day_after_last_sick_day", frame[filled], "return_date")
        frame = frame.assign(return_date=frame["return_date"] + pd.Timedelta(days=1))
    if source.ao_percent_is == "percent_recovered":
        findings.add_rows("complement_taken", frame[frame["ao_percent"].notna()], "ao_percent")
        # Rounding takes off the last bits that subtraction leaves: 100 - 33.3 is 66.7.
        frame = frame.assign(ao_percent=(100 - frame["ao_percent"]).round(9))
    return frame
