"""Reads one sheet of an Excel file (python-calamine); cells keep their type: text, number, date, true or false.

- The header is the first row that holds anything; lines are rows of the sheet as Excel numbers them.
- A cell with an Excel error reads as the text of the error, so that it is never taken for an empty one.
- Merged cells below the header are refused: Excel keeps their value in one row only. Hidden sheets are sheets like
  others and have to be named; hidden rows are read.
- Fails on a file that is no workbook, and on a sheet that is not there; the issue names the sheets that are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pilot_analysis.intake.cells import as_text, from_list
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.header_rows import header_rows_fit
from pilot_analysis.intake.raw import Raw, header_name, without_blank
from pilot_analysis.intake.sniff import report_unreadable
from pilot_analysis.intake.sources import Source
from pilot_analysis.intake.xlsx_parts import counts_from_1904, error_cells


def read_xlsx(path: Path, label: str, source: Source, findings: Findings) -> Raw | None:
    """Read one sheet; None when it cannot be read. What is wrong goes to `findings`."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheet = _sheet(list(book.sheet_names), label, source, findings)
        if sheet is None:
            return None
        opened = book.get_sheet_by_name(sheet)
        rows, merged = opened.to_python(skip_empty_area=False), opened.merged_cell_ranges or []
    except (python_calamine.CalamineError, OSError):
        report_unreadable(path, label, source, findings)
        return None
    label = f"{label}[{sheet}]"
    _put_errors(rows, path, sheet)
    first = next((place for place, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if first is None:
        findings.add("file_empty", table=source.table, file=label)
        return None
    headers = [header_name(as_text(cell), number) for number, cell in enumerate(rows[first], start=1)]
    begin = first + source.header_rows
    body = rows[begin:]
    columns = [from_list(row[place] for row in body) for place in range(len(headers))]
    lines = np.arange(begin + 1, begin + 1 + len(body), dtype="int64")
    below = [(place + 1, rows[place]) for place in range(first + 1, min(begin, len(rows)))]
    sound = header_rows_fit(headers, below, columns, lines, label, source, findings)
    sound &= _unmerged(merged, begin, label, source, findings) & _counts_from_1900(path, label, source, findings)
    return without_blank(Raw(label, headers, columns, lines)) if sound else None


def _sheet(names: list[str], label: str, source: Source, findings: Findings) -> str | None:
    sheet = source.sheet if source.sheet is not None else names[0] if len(names) == 1 else None
    if sheet in names:
        return sheet
    found = f"no sheet named {sheet}" if sheet else "several sheets, and none is named in sources.yaml"
    expected = "one of the sheets " + ", ".join(names)
    findings.add("sheet_missing", table=source.table, file=label, found=found, expected=expected)
    return None


def _put_errors(rows: list[list[Any]], path: Path, sheet: str) -> None:
    """Put the errors, which calamine reads as empty, into `rows`."""
    for (row, column), text in error_cells(path, sheet).items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text


def _unmerged(
    merged: list[tuple[tuple[int, int], tuple[int, int]]], begin: int, label: str, source: Source, findings: Findings
) -> bool:
    """Whether no merged cells reach below the header, which ends above row `begin` (from 0)."""
    lines = sorted({max(top, begin) + 1 for (top, _), (bottom, _) in merged if bottom >= begin})
    if lines:
        findings.add("cells_merged", table=source.table, file=label, lines=lines)
    return not lines


def _counts_from_1900(path: Path, label: str, source: Source, findings: Findings) -> bool:
    if source.date_format != "excel" or not counts_from_1904(path):
        return True
    findings.add("dates_from_1904", table=source.table, file=label)
    return False
