"""Reads CSV with every cell as text.

- The encoding is the declared one, else UTF-8; a mark (BOM) at the beginning is tolerated. Nothing is guessed: bytes
  that speak against the declared encoding (UTF-16, UTF-8 read as cp1252, control characters) are reported.
- Line ends are LF, CRLF or CR, also mixed. A first line `sep=;`, as Excel writes it, is skipped.
- Records whose quotes or number of fields are wrong are reported with their lines and left out; the others are read.
- Empty lines, and records without any content, are skipped.
- Cells come from pyarrow's parser, which sees sound records only. Time and memory are linear in the size of the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from pilot_analysis.intake.cells import Cells, from_arrow
from pilot_analysis.intake.csv_structure import Structure, structure
from pilot_analysis.intake.decode import decoded
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.header_rows import header_rows_fit
from pilot_analysis.intake.raw import Raw, header_name, without_blank
from pilot_analysis.intake.sources import Source


def read_csv(path: Path, label: str, source: Source, findings: Findings) -> Raw | None:
    """Read one CSV file; None when it has no readable header. What is wrong goes to `findings`."""
    text = decoded(path.read_bytes(), label, source, findings)
    if text is None:
        return None
    content = text.encode("utf-8") if isinstance(text, str) else text
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    records = structure(content, source.delimiter)
    filled = ~_blank(content, records, source.delimiter)
    if not filled.any():
        findings.add("file_empty", table=source.table, file=label)
        return None
    place = int(np.argmax(filled))
    if records.stray[place]:
        _report_stray(records, label, source, findings)
        return None
    headers = [
        header_name(name, number) for number, name in enumerate(_row(content, records, place, source.delimiter), 1)
    ]
    sound, skipped = _sound(records, filled, place, len(headers), label, source, findings)
    columns = _columns(content, records, sound, source.delimiter, len(headers))
    lines = records.line[sound].astype("int64")
    whole = [row for row in skipped if not records.stray[row] and records.fields[row] == len(headers)]
    below = [(int(records.line[row]), _row(content, records, row, source.delimiter)) for row in whole]
    if not header_rows_fit(headers, below, columns, lines, label, source, findings):
        return None
    complete = bool(sound.sum() == max(filled.sum() - source.header_rows, 0))
    return without_blank(Raw(label, headers, columns, lines, complete))


def _row(content: bytes, records: Structure, place: int, delimiter: str) -> list[str | None]:
    """The cells of one record."""
    piece = content[records.start[place] : records.end[place]]
    cells = _columns(piece, structure(piece, delimiter), np.ones(1, dtype=bool), delimiter, int(records.fields[place]))
    return [column.values[column.codes[0]] for column in cells]


def _blank(content: bytes, records: Structure, delimiter: str) -> np.ndarray:
    blank = records.end == records.start
    first = content[records.start[0] : records.end[0]].strip() if len(blank) else b""
    if first.strip(b'"').lower() == b"sep=" + delimiter.encode():
        blank[0] = True
    for place in np.flatnonzero((records.fields == 1) & ~blank):
        blank[place] = not content[records.start[place] : records.end[place]].strip()
    return blank


def _sound(
    records: Structure, filled: np.ndarray, header: int, width: int, label: str, source: Source, findings: Findings
) -> tuple[np.ndarray, np.ndarray]:
    """Which records are rows that can be read, the others are reported; and the header rows below the names."""
    body = filled.copy()
    body[: header + 1] = False
    skipped = np.flatnonzero(body)[: source.header_rows - 1]  # labels and import ids below the names
    body[skipped] = False
    _report_stray(records, label, source, findings)
    uneven = body & ~records.stray & (records.fields != width)
    if uneven.any():
        hint = {} if width > 1 else {"mend": f"the header has one field only: is the delimiter `{source.delimiter}`?"}
        findings.add(
            "field_count",
            table=source.table,
            file=label,
            lines=records.line[uneven],
            expected=f"{width} fields as in the header",
            **hint,
        )
    return body & ~records.stray & ~uneven, skipped


def _report_stray(records: Structure, label: str, source: Source, findings: Findings) -> None:
    if records.stray.any():
        findings.add("stray_quote", table=source.table, file=label, lines=records.line[records.stray])


def _columns(content: bytes, records: Structure, sound: np.ndarray, delimiter: str, width: int) -> list[Cells]:
    names = [str(number) for number in range(width)]
    if not sound.any():
        return [Cells(np.empty(0, dtype=object), np.zeros(0, dtype="int32")) for _ in names]
    rows = np.flatnonzero(sound)
    if rows[-1] - rows[0] + 1 == len(rows):
        body = content[records.start[rows[0]] : records.end[rows[-1]]]
    else:
        length = np.diff(np.append(records.start, len(content)))
        body = np.frombuffer(content, dtype=np.uint8)[np.repeat(sound, length)].tobytes()
    longest = int((records.end - records.start)[sound].max())
    table = pa.csv.read_csv(
        pa.BufferReader(body),
        read_options=pa.csv.ReadOptions(column_names=names, block_size=max(1 << 24, 2 * longest)),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=b'"' in body, ignore_empty_lines=False
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    return [from_arrow(table.column(name)) for name in names]
