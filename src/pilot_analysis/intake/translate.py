"""Translates cells before they are parsed: `values`, then `missing` and `open_date`; repairs the spelling of CAS codes.

- A value is compared as text, without the blanks around it, in upper and lower case as declared.
- Where a column has a map, each value must be in the map, canonical, or missing. Canonical means: listed, of the form
  of the column, or readable as its number or date; free text has no canonical values but those the map leads to.
- `open_date` means missing in date columns, however the file writes that day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pilot_analysis.intake.cells import Cells, as_text, flags, objects
from pilot_analysis.intake.parse import KINDS, READERS, Notation, day
from pilot_analysis.intake.sources import Source
from pilot_analysis.schemas.canonical import CAS_CODE, CASE_ID, TABLES

_CAS_SPELLING = re.compile(r"([A-Za-z])[ .\-]?([0-9]{3})")
_PATTERNS = {"case_id": CASE_ID, "interview_id": CASE_ID, "cas_code": CAS_CODE}


@dataclass(frozen=True)
class Translated:
    """Cells ready to be parsed, rows whose value no map knows, and rows whose CAS code was repaired."""

    cells: Cells
    unknown: np.ndarray
    repaired: np.ndarray


def kind_of(table: str, column: str) -> str:
    """Kind of a column: text, date, number or whole; items of surveys are numbers."""
    columns = TABLES[table].schema.columns
    return KINDS[str(columns[column].dtype).removesuffix("[python]")] if column in columns else "number"


def translate(cells: Cells, column: str, source: Source) -> Translated:
    """Apply `values`, `missing`, `open_date` and, for `cas_code`, the repair of its spelling."""
    kind = kind_of(source.table, column)
    notation = Notation(source.decimal, source.date_format)
    is_missing = _missing(kind, source, notation)
    unknown = np.zeros(len(cells), dtype=bool)
    mapping = {text.strip(): value.strip() for text, value in source.values.get(column, {}).items()}
    if mapping:
        canonical = _canonical(source.table, column, kind, mapping, notation)
        strange = flags(
            cell is not None and as_text(cell) not in mapping and not is_missing(cell) and not canonical(cell)
            for cell in cells.values
        )
        unknown = cells.rows(strange)
        kept = objects(None if odd else cell for cell, odd in zip(cells.values, strange, strict=True))
        cells = Cells(kept, cells.codes).map(lambda cell: _mapped(cell, mapping, kind))
    if source.missing or source.open_date:
        cells = cells.map(lambda cell: None if cell is None or is_missing(cell) else cell)
    if column != "cas_code":
        return Translated(cells, unknown, np.zeros(len(cells), dtype=bool))
    repaired = cells.map(_repair_cas)
    changed = flags(new != old for new, old in zip(repaired.values, cells.values, strict=True))
    return Translated(repaired, unknown, cells.rows(changed))


def _mapped(cell: Any, mapping: dict[str, str], kind: str) -> Any:
    """The canonical value of a cell; numbers and dates of the map are typed, because they are in canonical notation."""
    text = as_text(cell)
    if text not in mapping:
        return cell
    typed = None if kind == "text" else READERS[kind](mapping[text], Notation())
    return (mapping[text] or None) if typed is None else typed


def _missing(kind: str, source: Source, notation: Notation) -> Callable[[Any], bool]:
    texts = {text.strip() for text in source.missing}
    if source.open_date is None or kind != "date":
        return lambda cell: as_text(cell) in texts
    open_text = source.open_date.strip()
    open_day = next(
        filter(None, (day(open_text, way) for way in (notation, Notation(), Notation(date_format="%d-%m-%Y")))), None
    )
    open_day = None if open_day is None else dt.date(open_day.year, open_day.month, open_day.day)
    texts |= {open_text}
    return lambda cell: as_text(cell) in texts or (open_day is not None and day(cell, notation) == open_day)


def _canonical(
    table: str, column: str, kind: str, mapping: dict[str, str], notation: Notation
) -> Callable[[Any], bool]:
    if kind != "text":
        return lambda cell: READERS[kind](cell, notation) is not None
    listed = (TABLES[table].schema.columns[column].metadata or {}).get("values")
    if listed is None and column in _PATTERNS:
        return lambda cell: (
            re.fullmatch(_PATTERNS[column], as_text(_repair_cas(cell) if column == "cas_code" else cell)) is not None
        )
    allowed = set(mapping.values() if listed is None else listed)
    return lambda cell: as_text(cell) in allowed


def _repair_cas(cell: Any) -> Any:
    match = _CAS_SPELLING.fullmatch(cell) if isinstance(cell, str) else None
    return match[1].upper() + match[2] if match else cell
