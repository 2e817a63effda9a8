"""Building blocks of the data dictionary: columns with meaning and unit, strict tables, validation without values.

- A schema is strict: exactly these columns, in this order, with these types.
- `validated` is the last act before every write. It fails when a table breaks its schema; the message names table,
  column, rule and count, never a value, because tables hold health data.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as pc

DATE = "datetime64[ns]"


def text(
    meaning: str, *, empty: bool = False, values: Sequence[str] | None = None, pattern: str | None = None
) -> pa.Column:
    """Text; `values` lists the allowed words, `pattern` a regular expression for the whole value."""
    checks = []
    if values is not None:
        checks.append(pa.Check.isin(list(values), error="one of " + ", ".join(values)))
    if pattern is not None:
        checks.append(pa.Check(partial(_matches, f"^(?:{pattern})$"), error=f"pattern {pattern}"))
    return pa.Column("string", checks, nullable=empty, description=meaning, metadata={"unit": "", "values": values})


def arrow_texts(texts: pd.Series) -> pyarrow.Array:
    """A column of text as Arrow strings, null where it is empty."""
    return pyarrow.array(np.asarray(texts.array, dtype=object), pyarrow.large_string(), from_pandas=True)


def _matches(pattern: str, texts: pd.Series) -> pd.Series:
    """Which texts match; an empty one does. Arrow, because Python's patterns take seconds for millions of rows."""
    found = pc.match_substring_regex(arrow_texts(texts), pattern)
    return pd.Series(found.fill_null(True).to_numpy(zero_copy_only=False), index=texts.index)


def date(meaning: str, *, empty: bool = False) -> pa.Column:
    """A calendar date (midnight, no time zone)."""
    return pa.Column(DATE, nullable=empty, description=meaning, metadata={"unit": "date"})


def number(
    meaning: str,
    unit: str,
    *,
    empty: bool = False,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
) -> pa.Column:
    """A number with its unit; bounds `low`, `high` included, `above` excluded."""
    return pa.Column("float64", _bounds(low, high, above), nullable=empty, description=meaning, metadata={"unit": unit})


def whole(
    meaning: str, unit: str, *, empty: bool = False, low: int | None = None, high: int | None = None
) -> pa.Column:
    """A whole number with its unit; `Int64`, so that it may be empty."""
    return pa.Column("Int64", _bounds(low, high, None), nullable=empty, description=meaning, metadata={"unit": unit})


def flag(meaning: str) -> pa.Column:
    """True or false, never empty."""
    return pa.Column("bool", nullable=False, description=meaning, metadata={"unit": ""})


def _bounds(low: float | None, high: float | None, above: float | None) -> list[pa.Check]:
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low, error=f"at least {low:g}"))
    if above is not None:
        checks.append(pa.Check.gt(above, error=f"more than {above:g}"))
    if high is not None:
        checks.append(pa.Check.le(high, error=f"at most {high:g}"))
    return checks


def table(name: str, meaning: str, columns: dict[str, pa.Column], key: Sequence[str] = ()) -> pa.DataFrameSchema:
    """A strict, ordered table; `key` names the columns whose combination is unique."""
    return pa.DataFrameSchema(
        columns,
        name=name,
        description=meaning,
        strict=True,
        ordered=True,
        unique=list(key) or None,
        metadata={"key": list(key)},
    )


class SchemaBroken(Exception):
    """A table that this program made does not fit its own schema: a fault in the program, not in the data."""


def validated(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return `frame` when it fits `schema`, else raise `SchemaBroken` naming column, rule and count, without values."""
    try:
        with warnings.catch_warnings():
            # pandera puts failures of several types below each other, which pandas warns of; the result is right
            warnings.filterwarnings("ignore", message="The behavior of DataFrame concatenation", category=FutureWarning)
            return schema.validate(frame, lazy=True, inplace=True)  # without a copy: nothing is coerced
    except pa.errors.SchemaErrors as broken:
        cases = broken.failure_cases
        counts = cases.groupby(["column", "check"], dropna=False, sort=True).size()
        found = "; ".join(f"{column}: {check} ({count})" for (column, check), count in counts.items())
        raise SchemaBroken(f"table {schema.name} breaks its schema: {found}") from None


def conform(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Order and type the columns as `schema` says; a column that the frame lacks is an error (KeyError)."""
    return frame[list(schema.columns)].astype({name: str(column.dtype) for name, column in schema.columns.items()})


def empty_table(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """A table without rows that fits `schema`."""
    return pd.DataFrame({name: pd.Series(dtype=str(column.dtype)) for name, column in schema.columns.items()})
