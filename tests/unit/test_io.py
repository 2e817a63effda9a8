"""Tables that are written and read back."""

import pandas as pd
import pytest

from pilot_analysis import io
from pilot_analysis.schemas.columns import empty_table, table, text, whole

MIXED = table(
    "mixed", "every type, with empty cells", {"word": text("a word", empty=True), "n": whole("n", "", empty=True)}
)


def test_a_table_reads_back_with_its_types_empty_cells_and_order(tmp_path):
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None, 3], dtype="Int64"),
            "word": pd.array(["b", None, "b"], dtype="string"),
            "day": pd.to_datetime(["2021-01-01", None, "2021-01-02"]),
            "share": [0.5, float("nan"), 1.0],
            "late": pd.array(["", "é", None], dtype="string"),
        }
    )
    io.write_table(frame, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(io.read_table(tmp_path / "t.parquet"), frame)


def test_equal_texts_are_one_object(tmp_path):
    words = ["".join(["lon", "g"]), "".join(["lo", "ng"])]
    assert words[0] is not words[1]
    io.write_table(pd.DataFrame({"word": pd.array(words, dtype="string")}), tmp_path / "t.parquet")
    read = io.read_table(tmp_path / "t.parquet")["word"]
    assert read[0] is read[1]


@pytest.mark.parametrize("rows", [0, 2])
def test_empty_tables_and_columns_keep_their_type(tmp_path, rows):
    frame = empty_table(MIXED).reindex(range(rows))
    io.write_table(frame, tmp_path / "t.parquet", MIXED)
    pd.testing.assert_frame_equal(io.read_table(tmp_path / "t.parquet"), frame, check_index_type=False)
