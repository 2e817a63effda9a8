"""A first `sources.yaml` for a delivery of which nothing is known: `pilot-analysis describe DELIVERY`.

- Every file is opened, its format, encoding and delimiter are found, its table and columns are recognised by their
  names, its notation by its cells. What is not certain is marked `# UNSURE:` where it stands.
- Files that differ in digits of their names only, and are described alike, become one source with a pattern.
- Nothing is written into the delivery; an existing `sources.yaml` is not looked at.
- No text of a cell is shown that fewer than three people share.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pilot_analysis.intake.describe_files import opened
from pilot_analysis.intake.describe_source import proposed
from pilot_analysis.intake.describe_text import Proposed, written
from pilot_analysis.intake.files import delivery_files
from pilot_analysis.intake.sources import SOURCES
from pilot_analysis.schemas.canonical import TABLES

_SAME = ("table", "supplier", "columns", "sheet", "header_rows", "delimiter", "drop", "latest_by", "withdrawn")


def describe(raw_dir: str | Path) -> str:
    """The text of a proposed `sources.yaml` for the delivery in the folder `raw_dir`, which is only read.

    Raises UserError when the folder is missing or empty.
    """
    return written(*proposals(raw_dir))


def proposals(raw_dir: str | Path) -> tuple[list[Proposed], list[str]]:
    """The proposed sources in the order of the tables, and remarks that belong to none of them.

    Raises UserError when the folder is missing or empty.
    """
    folder = Path(raw_dir)
    names = [path.relative_to(folder).as_posix() for path in delivery_files(folder)]
    sources: list[Proposed] = []
    remarks: list[str] = []
    for name in names:
        for found in opened(folder, name) if name != SOURCES else ():
            source, open_points = proposed(found)
            sources += [source] if source else []
            remarks += open_points
    sources = _together(sources, [name for name in names if name != SOURCES], folder)
    order = list(TABLES)
    sources.sort(key=lambda source: (order.index(source.keys["table"]), source.keys["file"]))
    given = {source.keys["table"] for source in sources}
    absent = [name for name, table in TABLES.items() if table.required and name not in given]
    remarks += [f"no file was recognised as table {name}, which a delivery must have" for name in absent]
    return sources, remarks


def _together(sources: list[Proposed], names: list[str], folder: Path) -> list[Proposed]:
    """Sources whose file names differ in digits only and that are described alike become one."""
    groups: dict[str, list[Proposed]] = {}
    for source in sources:
        pattern = re.sub(r"\d+", "*", source.keys["file"])
        groups.setdefault(f"{pattern}|{source.keys.get('sheet', '')}", []).append(source)
    result: list[Proposed] = []
    for place, group in groups.items():
        pattern = place.split("|")[0]
        matched = {path.relative_to(folder).as_posix() for path in folder.glob(pattern)} & set(names)
        joined = group[0]
        for other in group[1:]:
            joined = _joined(joined, other) if joined else None
        if len(group) > 1 and joined and matched == {source.keys["file"] for source in group}:
            joined.keys["file"] = pattern
            result.append(joined)
        else:
            result += group
    return result


def _joined(first: Proposed, second: Proposed) -> Proposed | None:
    """Both sources as one, if nothing contradicts; a doubt that the cells of one of them settle is none."""
    if any(first.keys.get(key) != second.keys.get(key) for key in _SAME):
        return None
    keys: dict[str, Any] = {}
    for key in dict.fromkeys([*first.keys, *second.keys]):
        one, two = first.keys.get(key), second.keys.get(key)
        if isinstance(one, list) and isinstance(two, list):
            keys[key] = sorted({*one, *two})
        elif one is not None and two is not None and one != two and key != "file":
            return None
        else:
            keys[key] = one if one is not None else two
    doubts = {path: texts for path, texts in first.doubts.items() if path != "date_format" or path in second.doubts}
    doubts |= {path: texts for path, texts in second.doubts.items() if path != "date_format"}
    return Proposed(keys, doubts, list(dict.fromkeys([*first.remarks, *second.remarks])))
