"""What python-calamine does not tell of a workbook: cells with an Excel error, and where its days are counted from.

- A cell with an error (#N/A) has no value in calamine, so that it could not be told from an empty one.
- A workbook of the 1904 system counts days from another begin; its true dates are right, its serial numbers are not.
- Works on the XML parts of the file. Fails on nothing: a part that is not there gives nothing.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^>/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_IS_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]+)([0-9]+)[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v>(.*?)</(?:\w+:)?v>", re.DOTALL)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def counts_from_1904(path: Path) -> bool:
    """Whether serial numbers of this workbook count from 1904-01-01."""
    with zipfile.ZipFile(path) as archive:
        text = _part(archive, "xl/workbook.xml")
    return re.search(rb"\bdate1904\s*=\s*[\"'](1|true)[\"']", text) is not None


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Cells with an Excel error: (row, column), both from 0, and the error as Excel writes it."""
    with zipfile.ZipFile(path) as archive:
        text = _part(archive, _sheet_part(archive, sheet))
    if _IS_ERROR.search(text) is None:
        return {}
    found = {}
    for match in _CELL.finditer(text):
        place = _PLACE.search(match[1])
        if place is not None and _IS_ERROR.search(match[1]):
            value = _VALUE.search(match[2])
            found[int(place[2]) - 1, _number(place[1])] = value[1].decode("utf-8", "replace") if value else "#N/A"
    return found


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, NotImplementedError):
        return b""


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Name of the part that holds `sheet`."""
    try:
        book = ElementTree.fromstring(_part(archive, "xl/workbook.xml"))
        links = ElementTree.fromstring(_part(archive, "xl/_rels/workbook.xml.rels"))
    except ElementTree.ParseError:
        return ""
    marks = [node.get(_RELATION) for node in book.iter() if node.tag.endswith("}sheet") and node.get("name") == sheet]
    targets = [node.get("Target", "") for node in links if node.get("Id") in marks]
    return posixpath.normpath(posixpath.join("/xl", targets[0])).lstrip("/") if targets else ""
