"""What a file is by its first bytes, for issues on files that are not what they are declared to be.

- The first bytes never decide how a file is read: the declared format does. They only make the refusal clear.
- Nothing of the content is repeated.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.sources import Source

_HEAD = 4096
_NATURES: tuple[tuple[bytes, str, str | None], ...] = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls) or a workbook with a password", None),
    (b"$FL", "an SPSS file", "sav"),
    (b"PAR1", "a Parquet file", "parquet"),
    (b"\x1f\x8b", "a compressed file (gzip)", None),
    (b"%PDF", "a PDF", None),
)
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORDS = {"csv": "CSV text", "xlsx": "an Excel workbook (.xlsx)", "sav": "an SPSS file (.sav)", "parquet": "Parquet"}


def nature(data: bytes) -> tuple[str, str | None] | None:
    """What `data`, the begin of a file, is, and the format to declare for it; None when it has no known mark."""
    if not data:
        return "an empty file", None
    for mark, words, name in _NATURES:
        if data.startswith(mark):
            return words, name
    begin = data.removeprefix(codecs.BOM_UTF8).lstrip()[:20].lower()
    if begin.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta")):
        return "a web page or XML, whatever its name says", None
    return None


def wide_text(data: bytes) -> str | None:
    """`utf-16...` or `utf-32` when the bytes say so, by their mark or by zero bytes in every second place."""
    for mark, name in _WIDE_MARKS:
        if data.startswith(mark):
            return name
    sample = data[:_HEAD]
    half = len(sample) // 2
    if half < 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.6 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * half and odd == 0 else None


def report_unreadable(path: Path, label: str, source: Source, findings: Findings) -> None:
    """Report that the file is not of the declared format, and of which it seems to be.

    Raises OSError when the file cannot be opened.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    known = nature(head)
    found, name = known or (("text, perhaps CSV", "csv") if _is_text(head) else ("a file that has another form", None))
    if name == source.format:
        found, name = f"{_WORDS[source.format]} that is damaged, protected or not complete", None
    mend = {} if name is None else {"mend": f"declare `format: {name}` for it in sources.yaml, or deliver it again"}
    findings.add("file_unreadable", table=source.table, file=label, found=found,
                 expected=_WORDS[source.format], **mend)  # fmt: skip


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in head)
