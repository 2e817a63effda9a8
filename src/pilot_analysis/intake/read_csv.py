"""Reads CSV with every cell as text.

- The encoding is the declared one, else UTF-8; a mark (BOM) at the beginning is tolerated. Nothing is guessed.
- Records whose quotes or number of fields are wrong are reported with their lines and left out; the others are read.
- Empty lines, and records without any content, are skipped.
- Cells come from pyarrow's parser, which sees sound records only. Time and memory are linear in the size of the file.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from pilot_analysis.intake.cells import Cells, from_arrow
from pilot_analysis.intake.csv_structure import Structure, structure
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.sources import Source

_UTF8_MARK = codecs.BOM_UTF8


@dataclass(frozen=True)
class Raw:
    """A file as read: `headers` in file order (a name may occur twice), one `Cells` each, and the line of every row.

    `complete` is False when rows had to be left out.
    """

    label: str
    headers: list[str]
    columns: list[Cells]
    lines: np.ndarray
    complete: bool = True


def header_name(text: str | None, place: int) -> str:
    """Name of the column at `place` (from 1): blanks and line breaks within it become one blank."""
    return " ".join((text or "").split()) or f"column {place}"


def without_blank(raw: Raw) -> Raw:
    """`raw` without rows that hold nothing at all, and without nameless columns that hold nothing."""
    empty = [column.empty() for column in raw.columns]
    kept = [
        place for place, name in enumerate(raw.headers) if name != f"column {place + 1}" or not bool(empty[place].all())
    ]
    full = ~np.logical_and.reduce(empty) if empty else np.zeros(0, dtype=bool)
    columns = [raw.columns[place] if full.all() else raw.columns[place].where(full) for place in kept]
    return Raw(raw.label, [raw.headers[place] for place in kept], columns, raw.lines[full], raw.complete)


def read_csv(path: Path, label: str, source: Source, findings: Findings) -> Raw | None:
    """Read one CSV file; None when it has no readable header. What is wrong goes to `findings`."""
    text = _decoded(path.read_bytes(), label, source, findings)
    if text is None:
        return None
    content = text.encode("utf-8") if isinstance(text, str) else text
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    records = structure(content, source.delimiter)
    filled = ~_blank(content, records)
    if not filled.any():
        findings.add("file_empty", table=source.table, file=label)
        return None
    place = int(np.argmax(filled))
    if records.stray[place]:
        _report_stray(records, label, source, findings)
        return None
    names = _columns(content, records, np.arange(len(filled)) == place, source.delimiter, int(records.fields[place]))
    headers = [header_name(cells.values[cells.codes[0]], number) for number, cells in enumerate(names, start=1)]
    sound = _sound(records, filled, place, len(headers), label, source, findings)
    columns = _columns(content, records, sound, source.delimiter, len(headers))
    complete = bool(sound.sum() == max(filled.sum() - source.header_rows, 0))
    return without_blank(Raw(label, headers, columns, records.line[sound].astype("int64"), complete))


def _decoded(data: bytes, label: str, source: Source, findings: Findings) -> bytes | str | None:
    """The text without its mark, as UTF-8 bytes where it is UTF-8 already; None when it does not fit the encoding."""
    about = {"table": source.table, "file": label}
    try:
        encoding = codecs.lookup(source.encoding).name
        "".encode(encoding)
    except LookupError:
        findings.add("encoding", **about, found="an encoding that is not known here")
        return None
    utf8 = encoding in ("utf-8", "utf-8-sig")
    if data.startswith(_UTF8_MARK) and not utf8:
        found = "the file begins with the mark of UTF-8, another encoding is declared"
        findings.add("encoding", **about, lines=[1], found=found, mend="declare encoding: utf-8-sig")
        return None
    data = data.removeprefix(_UTF8_MARK)
    try:
        text: bytes | str = data.decode(encoding)
    except UnicodeError:
        shown = data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines = [number for number, line in enumerate(shown, start=1) if "\ufffd" in line]
        findings.add("encoding", **about, lines=lines, expected=f"text in {source.encoding}")
        return None
    if "\0" in text:
        findings.add("encoding", **about, found="bytes of zero: this is no text in the declared encoding")
        return None
    return data if utf8 else text


def _blank(content: bytes, records: Structure) -> np.ndarray:
    blank = records.end == records.start
    for place in np.flatnonzero((records.fields == 1) & ~blank):
        blank[place] = not content[records.start[place] : records.end[place]].strip()
    return blank


def _sound(
    records: Structure, filled: np.ndarray, header: int, width: int, label: str, source: Source, findings: Findings
) -> np.ndarray:
    """Which records are rows that can be read; the others are reported."""
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
    return body & ~records.stray & ~uneven


def _report_stray(records: Structure, label: str, source: Source, findings: Findings) -> None:
    if records.stray.any():
        findings.add("stray_quote", table=source.table, file=label, lines=records.line[records.stray])


def _columns(content: bytes, records: Structure, sound: np.ndarray, delimiter: str, width: int) -> list[Cells]:
    names = [str(number) for number in range(width)]
    if not sound.any():
        return [Cells(np.empty(0, dtype=object), np.zeros(0, dtype="int32")) for _ in names]
    first = records.start[np.argmax(sound)]
    if sound[np.argmax(sound) :].all():
        body = content[first:]
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
