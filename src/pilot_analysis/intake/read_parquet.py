"""Reads Parquet; typed columns keep their type, text columns are treated like CSV text.

- Lines are numbers of rows, counted from 1.
- Fails on a file that is no Parquet, and on columns that are nested or binary.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pilot_analysis.intake.cells import Cells, from_arrow
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.raw import Raw, header_name, without_blank
from pilot_analysis.intake.sniff import report_unreadable
from pilot_analysis.intake.sources import Source


def read_parquet(path: Path, label: str, source: Source, findings: Findings) -> Raw | None:
    """Read one Parquet file; None when it cannot be read. What is wrong goes to `findings`."""
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError):
        report_unreadable(path, label, source, findings)
        return None
    headers, columns = [], []
    for place, name in enumerate(table.column_names, start=1):
        try:
            column = _cells(table.column(place - 1))
        except (pa.ArrowException, ValueError, OverflowError):  # moments beyond the calendar
            column = None
        if column is None:
            findings.add(
                "file_unreadable", table=source.table, file=label, column=header_name(name, place),
                found="a column that holds lists, structures, bytes or moments beyond the calendar",
                expected="text, numbers or dates",
            )  # fmt: skip
            return None
        headers.append(header_name(name, place))
        columns.append(column)
    return without_blank(Raw(label, headers, columns, np.arange(1, table.num_rows + 1, dtype="int64")))


def _cells(column: pa.ChunkedArray) -> Cells | None:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if (
        pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    ):
        return None
    if pa.types.is_timestamp(kind) and not pa.types.is_dictionary(column.type):
        # Python's own moments go down to the microsecond: finer ones are rounded, days are not affected.
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    return from_arrow(column)
