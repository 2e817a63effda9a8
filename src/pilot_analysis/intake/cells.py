"""A column as delivered: its distinct cells, and for each row which of them it holds.

- Every step of intake works on the distinct cells, so that a million rows cost little more than their distinct values.
- A cell is text, or keeps its type when the file has types (xlsx, sav, Parquet); None is an empty cell.
- A code of SPSS with a label, or one that means missing, is `Labelled` until `translate` has decided what counts.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Cells:
    """`values`: object array of distinct cells; `codes`: for each row the place of its cell in `values`."""

    values: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def plain(self) -> bool:
        """Whether every cell is text or empty; then steps that look for other types can be left out."""
        return set(map(type, self.values)) <= {str, type(None)}

    def map(self, change: Callable[[Any], Any]) -> Cells:
        """The same rows with every distinct cell replaced by `change(cell)`."""
        return Cells(objects(change(value) for value in self.values), self.codes)

    def rows(self, chosen: np.ndarray) -> np.ndarray:
        """Which rows hold a cell that is marked in `chosen` (one flag per distinct cell)."""
        return chosen[self.codes] if len(self.values) else np.zeros(len(self.codes), dtype=bool)

    def where(self, keep: np.ndarray) -> Cells:
        """The rows marked in `keep`; distinct cells that no row holds any more are left out."""
        codes = self.codes[keep]
        used = np.zeros(len(self.values), dtype=bool)
        used[codes] = True
        return Cells(self.values[used], (np.cumsum(used) - 1)[codes])

    def empty(self) -> np.ndarray:
        """Which rows are empty."""
        return self.rows(flags(value is None for value in self.values))


class Labelled(str):
    """A code of an SPSS file: text is its label (the code, where it has none), so that every check of text sees it.

    `code` is the code itself, `label` its label or None, `missing` whether the file calls it user-missing.
    """

    __slots__ = ("code", "label", "missing")

    def __new__(cls, code: Any, label: str | None, missing: bool) -> Labelled:
        """Build a cell from a `code` that is not empty."""
        cell = super().__new__(cls, label or as_text(code))
        cell.code, cell.label, cell.missing = code, label, missing
        return cell


def objects(values: Iterable[Any]) -> np.ndarray:
    """An object array of one dimension, whatever its elements are."""
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def flags(values: Iterable[bool]) -> np.ndarray:
    """A boolean array."""
    return np.fromiter(values, dtype=bool)


def from_arrow(column: pa.Array | pa.ChunkedArray) -> Cells:
    """Cells of an Arrow column; raises pyarrow.ArrowInvalid or NotImplemented for nested types."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_null(column.type):
        return Cells(objects([None]), np.zeros(len(column), dtype="int32"))
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    values = [value or None for value in values] if _is_text(encoded.dictionary.type) else [*map(_plain, values)]
    codes = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    return Cells(objects([*values, None]), codes.astype("int32"))


def from_list(column: Iterable[Any]) -> Cells:
    """Cells of a column of Python values; 1, 1.0 and True stay apart because their types differ."""
    places: dict[tuple[type, Any], int] = {}
    codes = [places.setdefault((type(value), value), len(places)) for value in map(_plain, column)]
    return Cells(objects(value for _, value in places), np.asarray(codes, dtype="int32"))


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _plain(value: Any) -> Any:
    return None if (isinstance(value, float) and math.isnan(value)) or value == "" else value


def as_text(value: Any) -> str | None:
    """A cell as text: 123.0 is `123`, a date is ISO, true and false are in lower case; None stays None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
    if isinstance(value, dt.datetime):
        return str(value.date()) if value.time() == dt.time() and value.tzinfo is None else value.isoformat(sep=" ")
    return str(value)


def trimmed(cells: Cells) -> tuple[Cells, np.ndarray]:
    """Cells without blanks around text (empty text becomes None), and which rows lost blanks from a value."""
    stripped = [value.strip() if type(value) is str else value for value in cells.values]
    changed = flags(new is not old for new, old in zip(stripped, cells.values, strict=True))
    if not changed.any():
        return cells, cells.rows(changed)
    lost = changed & flags(value != "" for value in stripped)
    return Cells(objects(None if value == "" else value for value in stripped), cells.codes), cells.rows(lost)
