"""Opens files of which nothing is known yet: format, encoding, delimiter, sheets, header rows.

- The format follows the suffix; another suffix is judged by the first bytes.
- UTF-8 is certain when bytes beyond ASCII fit it; ASCII needs no encoding; all else is taken for cp1252, and asked.
- The delimiter is the one that cuts every record into as many fields as the header; it is asked when two do so.
- The cells come from the readers of intake, so that what is described is what will be read.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pilot_analysis.intake.csv_structure import structure
from pilot_analysis.intake.decode import fits
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.raw import Raw
from pilot_analysis.intake.read_csv import read_csv
from pilot_analysis.intake.read_parquet import read_parquet
from pilot_analysis.intake.read_sav import read_sav
from pilot_analysis.intake.read_xlsx import read_xlsx
from pilot_analysis.intake.sniff import nature, wide_text
from pilot_analysis.intake.sources import Source

_READERS = {"csv": read_csv, "xlsx": read_xlsx, "parquet": read_parquet, "sav": read_sav}
_SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet", ".sav": "sav",
    ".zsav": "sav",
}  # fmt: skip
_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE = 1 << 20


@dataclass
class Opened:
    """A file or sheet: the keys that reading it takes, what is doubtful about them, and its content (None: none)."""

    file: str
    keys: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    raw: Raw | None = None
    problems: list[str] = field(default_factory=list)


def opened(folder: Path, name: str) -> Iterator[Opened]:
    """The file `name` of the delivery `folder`; a workbook gives one entry for each sheet that holds anything."""
    path = folder / name
    found = Opened(name)
    form = _SUFFIXES.get(path.suffix.lower())
    try:
        with path.open("rb") as stream:
            head = stream.read(_SAMPLE)
    except OSError:
        yield replace(found, problems=["a file that cannot be opened"])
        return
    if form is None:
        known = nature(head)
        form = known[1] if known and known[1] else None if known else "csv"
        if form is None:
            yield replace(found, problems=[f"{known[0] if known else 'a file'}, which is not read"])
            return
        found.keys["format"] = form
    if form == "csv":
        _notation(path, head, found)
    if form != "xlsx":
        yield _read(path, form, found)
        return
    sheets = _sheets(path)
    for sheet in sheets:
        keys = found.keys | ({"sheet": sheet} if len(sheets) > 1 else {})
        yield _read(path, form, replace(found, keys=keys, doubts={}, problems=[]))
    if not sheets:
        yield _read(path, form, found)


def _sheets(path: Path) -> list[str]:
    import python_calamine

    try:
        return list(python_calamine.CalamineWorkbook.from_path(path).sheet_names)
    except (python_calamine.CalamineError, OSError):
        return []


def _read(path: Path, form: str, found: Opened) -> Opened:
    """Read with one header row; with three when Qualtrics shows."""
    settings = {key: value for key, value in found.keys.items() if key in ("encoding", "delimiter", "sheet")}
    if settings.get("delimiter") == "\\t":
        settings["delimiter"] = "\t"
    source = Source(table="employee_survey", supplier="survey", file=found.file, format=form, **settings)
    findings = Findings()
    raw = _READERS[form](path, found.file, source, findings)
    if any(rule == "header_rows_wrong" for rule in findings.frame()["rule"]):
        found.keys["header_rows"] = "3"
        findings = Findings()
        raw = _READERS[form](path, found.file, replace(source, header_rows=3), findings)
    issues = findings.frame()
    found.problems += [f"{issue.found} ({issue.count} x): {issue.mend}" for issue in issues.itertuples()]
    found.raw = raw
    return found


def _notation(path: Path, head: bytes, found: Opened) -> None:
    """Encoding and delimiter of a CSV file."""
    data = path.read_bytes()
    wide = wide_text(head)
    if wide:
        found.keys["encoding"] = wide
    elif data.startswith(codecs.BOM_UTF8):
        found.keys["encoding"] = "utf-8-sig"
    elif not data.isascii():
        found.keys["encoding"] = "utf-8" if fits(data, "utf-8") else "cp1252"
        if found.keys["encoding"] == "cp1252":
            found.doubts["encoding"] = "the file is not UTF-8; cp1252 is usual with Excel: look at letters with accents"
    text = data.decode(found.keys.get("encoding", "utf-8"), "replace").removeprefix("\ufeff")
    content = text[:_SAMPLE].replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > _SAMPLE:
        content = content[: content.rfind("\n") + 1]
    _delimiter(content.encode("utf-8"), found)


def _delimiter(content: bytes, found: Opened) -> None:
    fields = {}
    for delimiter in _DELIMITERS:
        records = structure(content, delimiter) if content else None
        counts = records.fields[records.end > records.start].tolist() if records else []
        header = counts[0] if counts else 0
        fields[delimiter] = (header > 1 and all(count == header for count in counts), header)
    best = max(_DELIMITERS, key=lambda sign: fields[sign])
    others = [sign for sign in _DELIMITERS if sign != best and fields[sign][0]]
    if fields[best][1] == 0:
        found.doubts["delimiter"] = "one column only, or a delimiter that is not known here"
    elif others:
        found.doubts["delimiter"] = "another sign also cuts every row into as many fields as the header"
    elif not fields[best][0]:
        found.doubts["delimiter"] = "rows differ in their number of fields"
    if best != "," or found.doubts.get("delimiter"):
        found.keys["delimiter"] = "\\t" if best == "\t" else best
