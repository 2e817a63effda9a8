"""From arrays to tables that fit the canonical schemas: pseudonyms, dates, provenance, order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.schemas.canonical import PROVENANCE, TABLES
from pilot_analysis.schemas.columns import conform, empty_table

SOURCE = "synthetic"
NO_HASH = 16 * "0"
MAX_CASES = 9_999_990


def pseudonyms(n: int) -> np.ndarray:
    """`n` different pseudonyms such as S0104729, in an order that says nothing; at most 9,999,990 (ValueError)."""
    if n > MAX_CASES:
        raise ValueError(f"at most {MAX_CASES} cases")
    number = (np.arange(n, dtype=np.int64) * 7_919_017 + 1_047_290) % 9_999_991
    return np.char.mod("S%07d", number).astype(object)


def canonical_frame(name: str, columns: dict[str, np.ndarray], keep: np.ndarray | None = None) -> pd.DataFrame:
    """Build the canonical table `name` from whole columns, of the rows `keep`; absent columns are empty.

    `keep` is a mask or an index. Provenance is `synthetic` with the number of the row, counted from 1; no delivery.
    """
    schema = TABLES[name].schema
    chosen = columns if keep is None else {key: values[keep] for key, values in columns.items()}
    rows = len(next(iter(chosen.values())))
    provenance = (np.full(rows, f"{SOURCE}/{name}", object), np.arange(1, rows + 1), np.full(rows, NO_HASH, object))
    given = chosen | dict(zip(PROVENANCE, provenance, strict=True))
    data = {key: given.get(key, pd.array([pd.NA] * rows, dtype=_dtype(schema, key))) for key in schema.columns}
    return conform(pd.DataFrame(data), schema)


def _dtype(schema, key: str) -> str:
    text = str(schema.columns[key].dtype)
    return "Float64" if text == "float64" else text


def canonical_empty(name: str) -> pd.DataFrame:
    """Return the canonical table `name` without rows."""
    return empty_table(TABLES[name].schema)


def days_to_dates(dates: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
    """Dates in the unit of the schemas; `NaT` where `known` is False."""
    out = dates.astype("datetime64[ns]")
    if known is not None:
        out[~known] = np.datetime64("NaT")
    return out


def words(levels: tuple[str, ...], code: np.ndarray) -> np.ndarray:
    """Look up the level of each code, as text; a code of -1 is missing."""
    return np.array([*levels, None], dtype=object)[code]
