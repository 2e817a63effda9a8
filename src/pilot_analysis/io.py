"""Reading and writing of the pipeline's own files: whole or not at all, and the same bytes for the same content.

- A file is written beside its place and then moved there, so that nobody ever reads half of one.
- A table is held to its schema as the last act before it is written.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pilot_analysis import plain_yaml

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa
    import pyarrow


def write_bytes(content: bytes, path: str | Path) -> None:
    """Write `content` to `path`, whole or not at all; folders are made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(content: str, path: str | Path) -> None:
    """Write text as UTF-8, line ends as they are."""
    write_bytes(content.encode("utf-8"), path)


def write_yaml(content: Any, path: str | Path) -> None:
    """Write plain values as YAML, keys in the order given."""
    write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110), path)


def read_yaml(path: str | Path) -> Any:
    """Read YAML that `write_yaml` wrote."""
    return plain_yaml.load(Path(path).read_text(encoding="utf-8"))


def write_table(frame: pd.DataFrame, path: str | Path, schema: pa.DataFrameSchema | None = None) -> None:
    """Validate `frame` against `schema`, then write it as Parquet or CSV (by suffix).

    CSV has dates as YYYY-MM-DD, numbers in the shortest form that reads back equal, empty for missing.
    Raises `SchemaBroken` when the table breaks its schema.
    """
    from pilot_analysis.schemas.columns import validated

    if schema is not None:
        frame = validated(frame, schema)
    if Path(path).suffix == ".csv":
        write_text(frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"), path)
    else:
        write_bytes(frame.to_parquet(index=False, engine="pyarrow", compression="zstd"), path)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a Parquet table that `write_table` wrote, with the same types.

    Equal texts of a column become one object: a table of millions of rows repeats few texts, and would else hold each
    of them as often as it has rows.
    """
    import pyarrow.parquet as pq

    columns = (pq.read_schema(path).pandas_metadata or {}).get("columns", [])
    texts = [column["name"] for column in columns if column["numpy_type"] == "string"]
    table = pq.read_table(path, read_dictionary=texts).unify_dictionaries()
    frame = table.drop_columns(texts).to_pandas()
    for name in texts:
        frame.insert(table.column_names.index(name), name, _texts(table.column(name).combine_chunks()))
    return frame


def _texts(column: pyarrow.DictionaryArray) -> pd.arrays.StringArray:
    """An encoded column as `string`; null is NA."""
    import pandas as pd

    words = pd.array([*column.dictionary.to_pylist(), None], dtype="string")
    return words.take(column.indices.fill_null(len(words) - 1).to_numpy())
