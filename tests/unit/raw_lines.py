"""Cells of raw files as a person would look them up: open the file that a label names, go to the line, read the column.

Written apart from intake: a line of text is a line of the file, of a sheet a row as Excel numbers it, of Parquet a row.
Dates become dates, percentages AO%; the names of columns and the notation come from `sources.yaml`.
"""

from __future__ import annotations

import csv
import datetime as dt
import fnmatch
from functools import cache, cached_property
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import yaml
from python_calamine import CalamineWorkbook

DATES = ("first_absence_date", "return_date", "valid_from", "enrolment_date", "followup_end_date")


class RawDelivery:
    """A delivery as it lies on disk."""

    def __init__(self, folder: Path):
        self.folder = folder

    @cached_property
    def sources(self) -> list[dict]:
        file = self.folder / "sources.yaml"
        return yaml.safe_load(file.read_text(encoding="utf-8"))["sources"] if file.exists() else []

    def source(self, label: str) -> dict:
        """The source that read a file, or a sheet of it; none for canonical files."""
        name, _, sheet = label.removesuffix("]").partition("[")
        found = [one for one in self.sources if fnmatch.fnmatch(name, one["file"]) and one.get("sheet", sheet) == sheet]
        assert len(found) <= 1, label
        return found[0] if found else {}

    def row(self, label: str, line: int) -> dict[str, object]:
        """The cells of a line by the file's own names of columns."""
        name, _, sheet = label.removesuffix("]").partition("[")
        path = self.folder / name
        if path.suffix == ".parquet":
            return _parquet(path)[line - 1]
        if path.suffix == ".xlsx":
            rows = _sheet(path, sheet)
            return dict(zip(rows[0], rows[line - 1], strict=True))
        source = self.source(label)
        text = path.read_text(encoding=source.get("encoding", "utf-8")).splitlines()
        head, cells = csv.reader([text[0], text[line - 1]], delimiter=source.get("delimiter", ","))
        return dict(zip(head, cells, strict=True))

    def cell(self, label: str, line: int, column: str) -> object:
        """A cell by the canonical name of its column: a date, an AO%, or the cell as it is; None when it is empty."""
        source = self.source(label)
        found = self.row(label, line)[source.get("columns", {}).get(column, column)]
        if found in ("", None, "-") or found == source.get("open_date"):
            return None
        if column in DATES:
            last_day = column == "return_date" and source.get("return_date_is") == "last_sick_day"
            return _date(found, source) + dt.timedelta(days=int(last_day))
        if column == "ao_percent":
            number = float(str(found).replace(",", "."))
            return 100 - number if source.get("ao_percent_is") == "percent_recovered" else number
        return found


@cache
def _sheet(path: Path, sheet: str) -> list[list]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


@cache
def _parquet(path: Path) -> list[dict]:
    return pq.read_table(path).to_pylist()


def _date(found: object, source: dict) -> dt.date:
    if isinstance(found, str):
        return dt.datetime.strptime(found, source.get("date_format", "%Y-%m-%d")).date()
    if isinstance(found, int | float):
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(found))
    return pd.Timestamp(found).date()
