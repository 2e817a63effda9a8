"""Reads one sheet of an Excel file (python-calamine); cells keep their type: text, number, date, true or false.

- The header is the first row that holds anything; lines are rows of the sheet as Excel numbers them.
- A cell with an Excel error (#N/A) reads as empty, because calamine gives it no value.
- Fails on a file that is no workbook, and on a sheet that is not there; the issue names the sheets that are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pilot_analysis.intake.cells import as_text, from_list
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.read_csv import Raw, header_name, without_blank
from pilot_analysis.intake.sources import Source


def read_xlsx(path: Path, label: str, source: Source, findings: Findings) -> Raw | None:
    """Read one sheet; None when it cannot be read. What is wrong goes to `findings`."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = list(book.sheet_names)
        sheet = source.sheet if source.sheet is not None else names[0] if len(names) == 1 else None
        if sheet not in names:
            found = f"no sheet named {sheet}" if sheet else "several sheets, and none is named in sources.yaml"
            expected = "one of the sheets " + ", ".join(names)
            findings.add("sheet_missing", table=source.table, file=label, found=found, expected=expected)
            return None
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except python_calamine.CalamineError:
        findings.add(
            "file_unreadable",
            table=source.table,
            file=label,
            found="a file that is not an Excel workbook, or is protected",
        )
        return None
    label = f"{label}[{sheet}]"
    first = next((place for place, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if first is None:
        findings.add("file_empty", table=source.table, file=label)
        return None
    headers = [header_name(as_text(cell), number) for number, cell in enumerate(rows[first], start=1)]
    begin = first + source.header_rows
    columns = [from_list(row[place] for row in rows[begin:]) for place in range(len(headers))]
    lines = np.arange(begin + 1, begin + 1 + max(len(rows) - begin, 0), dtype="int64")
    return without_blank(Raw(label, headers, columns, lines))
