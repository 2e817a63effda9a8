"""Translates cells before they are parsed: `values`, then `missing` and `open_date`; repairs the spelling of CAS codes.

- A value is compared as text, without the blanks around it, in upper and lower case as declared.
- Where a column has a map, each value must be in the map, canonical, or missing. Canonical means: listed, of the form
  of the column, or readable as its number or date; free text has no canonical values but those the map leads to.
- `open_date` means missing in date columns, however the file writes that day.
- SPSS: a label that `values` (or `missing`) names replaces its code, also a user-missing one; any other user-missing
  code is missing. Any other label replaces its code too, unless the code is canonical (or named) and the label is not:
  then the code holds, and that is told. A code without a label stays the code.
- A cell that still holds an Excel error (#N/A, in Dutch #N/B) is no value, whatever the file format.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pilot_analysis.intake.cells import Cells, Labelled, as_text, flags, objects
from pilot_analysis.intake.parse import KINDS, READERS, Notation, day
from pilot_analysis.intake.sources import Source
from pilot_analysis.schemas.canonical import CAS_CODE, CASE_ID, TABLES

_CAS_SPELLING = re.compile(r"([A-Za-z])[ .\-]?([0-9]{3})")
EXCEL_ERRORS = frozenset({
    "#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA",
    "#N/B", "#VERW!", "#DEEL/0!", "#WAARDE!", "#NAAM?", "#GETAL!", "#LEEG!", "#OVERLOOP!",
})  # fmt: skip
_TRUTH = {"true": "true", "waar": "true", "false": "false", "onwaar": "false"}
_PATTERNS = {"case_id": CASE_ID, "interview_id": CASE_ID, "cas_code": CAS_CODE}


@dataclass(frozen=True)
class Translated:
    """Cells ready to be parsed, and rows by what happened to them.

    `unknown`: no map knows the value; `errors`: an Excel error; `repaired`: the spelling of a CAS code; `unlabelled`: a
    code that holds although it has a label.
    """

    cells: Cells
    unknown: np.ndarray
    errors: np.ndarray
    repaired: np.ndarray
    unlabelled: np.ndarray


def kind_of(table: str, column: str) -> str:
    """Kind of a column: text, date, number or whole; items of surveys are numbers."""
    columns = TABLES[table].schema.columns
    return KINDS[str(columns[column].dtype).removesuffix("[python]")] if column in columns else "number"


def translate(cells: Cells, column: str, source: Source) -> Translated:
    """Apply labels of SPSS, `values`, `missing`, `open_date` and, for `cas_code`, the repair of its spelling."""
    kind = kind_of(source.table, column)
    notation = Notation(source.decimal, source.date_format)
    is_missing = _missing(kind, source, notation)
    mapping = _mapping(source.values.get(column, {}), cells)
    canonical = _canonical(source.table, column, kind, mapping, notation)
    cells, unlabelled = _decided(cells, lambda cell: as_text(cell) in mapping or is_missing(cell), canonical)
    unknown = np.zeros(len(cells), dtype=bool)
    if mapping:
        known = flags(
            cell is None or as_text(cell) in mapping or is_missing(cell) or canonical(cell) for cell in cells.values
        )
        unknown, cells = cells.rows(~known), _emptied(cells, ~known).map(lambda cell: _mapped(cell, mapping, kind))
    if source.missing or source.open_date:
        cells = cells.map(lambda cell: None if cell is None or is_missing(cell) else cell)
    clean = EXCEL_ERRORS.isdisjoint(cells.values)
    faulty = flags(not clean and isinstance(cell, str) and cell in EXCEL_ERRORS for cell in cells.values)
    errors, cells = cells.rows(faulty), _emptied(cells, faulty)
    if column != "cas_code":
        return Translated(cells, unknown, errors, np.zeros(len(cells), dtype=bool), unlabelled)
    repaired = cells.map(_repair_cas)
    changed = flags(new != old for new, old in zip(repaired.values, cells.values, strict=True))
    return Translated(repaired, unknown, errors, cells.rows(changed), unlabelled)


def _emptied(cells: Cells, chosen: np.ndarray) -> Cells:
    """The same rows without the distinct cells marked in `chosen`."""
    if not chosen.any():
        return cells
    return Cells(objects(None if gone else cell for cell, gone in zip(cells.values, chosen, strict=True)), cells.codes)


def _decided(cells: Cells, named: Callable[[Any], bool], canonical: Callable[[Any], bool]) -> tuple[Cells, np.ndarray]:
    """Cells without labels: the label, the code or nothing, and the rows whose code holds although it has a label."""
    if cells.plain or not any(isinstance(cell, Labelled) for cell in cells.values):
        return cells, np.zeros(len(cells), dtype=bool)
    decided = [_label_or_code(cell, named, canonical) for cell in cells.values]
    held = flags(
        isinstance(old, Labelled) and old.label is not None and new is old.code and not named(new)
        for old, new in zip(cells.values, decided, strict=True)
    )
    return Cells(objects(decided), cells.codes), cells.rows(held)


def _label_or_code(cell: Any, named: Callable[[Any], bool], canonical: Callable[[Any], bool]) -> Any:
    if not isinstance(cell, Labelled):
        return cell
    if cell.label is not None and named(cell.label):
        return cell.label
    if cell.missing:
        return None
    code_holds = cell.label is None or named(cell.code) or (canonical(cell.code) and not canonical(cell.label))
    return cell.code if code_holds else cell.label


def _mapping(values: dict[str, str], cells: Cells) -> dict[str, str]:
    """The map of a column; typed true and false are found under the words that Excel shows for them."""
    mapping = {text.strip(): value.strip() for text, value in values.items()}
    if mapping and any(isinstance(cell, bool) for cell in cells.values):
        for text, value in list(mapping.items()):
            mapping.setdefault(_TRUTH.get(text.casefold(), text), value)
    return mapping


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
