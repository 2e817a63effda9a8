"""A file as read, before anything of it is interpreted; what all readers give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilot_analysis.intake.cells import Cells


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
    return " ".join((text or "").replace("\ufeff", "").split()) or f"column {place}"


def without_blank(raw: Raw) -> Raw:
    """`raw` without rows that hold nothing at all, and without nameless columns that hold nothing."""
    empty = [column.empty() for column in raw.columns]
    kept = [
        place for place, name in enumerate(raw.headers) if name != f"column {place + 1}" or not bool(empty[place].all())
    ]
    full = ~np.logical_and.reduce(empty) if empty else np.zeros(0, dtype=bool)
    columns = [raw.columns[place] if full.all() else raw.columns[place].where(full) for place in kept]
    return Raw(raw.label, [raw.headers[place] for place in kept], columns, raw.lines[full], raw.complete)
