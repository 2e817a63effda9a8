"""Whether the declared number of header rows fits the file.

- Qualtrics writes three: names, labels, import ids; older versions two. One too many would lose an answer without a
  word, one too few would read labels as answers.
- A row of import ids among the data shows that too few are declared; a row with dates or numbers where the source
  expects them, among the header rows and not above the import ids, shows that too many are.
- Fails to notice a wrong number when the row holds neither: then the cells of that row are refused as data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pilot_analysis.intake.cells import Cells, flags
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.parse import READERS, Notation
from pilot_analysis.intake.sources import Source
from pilot_analysis.intake.translate import kind_of

_IMPORT_ID = re.compile(r'\s*\{\s*[\'"]+ImportId')


def header_rows_fit(
    headers: list[str], below: Sequence[tuple[int, Sequence[Any]]], columns: list[Cells], lines: np.ndarray,
    label: str, source: Source, findings: Findings,
) -> bool:  # fmt: skip
    """Whether header rows and data are where `header_rows` says; what is wrong goes to `findings`.

    `below` holds line and cells of the header rows below the names; `columns` and `lines` are the data.
    """
    about = {"table": source.table, "file": label}
    among = np.zeros(len(lines), dtype=bool)
    for column in columns:
        among |= column.rows(flags(map(_is_import_id, column.values)))
    if among.any():
        findings.add("header_rows_wrong", **about, lines=lines[among], found="a row of import ids among the data")
    begin = max((place + 1 for place, (_, cells) in enumerate(below) if any(map(_is_import_id, cells))), default=0)
    data = [line for line, cells in below[begin:] if _looks_like_data(headers, cells, source)]
    if data:
        found = "rows that hold dates or numbers among the header rows"
        findings.add("header_rows_wrong", **about, lines=data, found=found)
    return not (data or among.any())


def _is_import_id(cell: Any) -> bool:
    return isinstance(cell, str) and "ImportId" in cell and _IMPORT_ID.match(cell) is not None


def _looks_like_data(headers: list[str], cells: Sequence[Any], source: Source) -> bool:
    notation = Notation(source.decimal, source.date_format)
    names = {name: column for column, name in source.columns.items()}
    for name, cell in zip(headers, cells, strict=True):
        column = names.get(name, name)
        if name in source.drop or not source.takes(column):
            continue
        kind = kind_of(source.table, column)
        cell = cell.strip() if isinstance(cell, str) else cell
        if kind != "text" and READERS[kind](cell, notation) is not None:
            return True
    return False
