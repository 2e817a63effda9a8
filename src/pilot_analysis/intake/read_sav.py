"""Reads an SPSS file (pyreadstat): numbers, text and dates keep their type, labels stay with their codes.

- A code with a value label, or one that the file declares user-missing, becomes a `Labelled` cell; what counts, the
  label, the code or nothing, is decided by `translate`, which knows the map of the column.
- Variables with a date format become dates (the day, with its time if there is one). MOYR, QYR and WKYR show no day,
  so that their numbers are not read as days.
- Lines are numbers of rows, counted from 1. Fails on a file that is damaged or whose text does not fit its encoding.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.intake.cells import Cells, Labelled, objects
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.raw import Raw, header_name, without_blank
from pilot_analysis.intake.sav_structure import dictionary_fault
from pilot_analysis.intake.sniff import report_unreadable
from pilot_analysis.intake.sources import Source

_SPSS_DAY_0 = dt.datetime(1582, 10, 14)
_DATE_FORMAT = re.compile(r"(DATE|ADATE|EDATE|SDATE|JDATE|DATETIME|YMDHMS)[0-9.]*")


def read_sav(path: Path, label: str, source: Source, findings: Findings) -> Raw | None:
    """Read one SPSS file; None when it cannot be read. What is wrong goes to `findings`."""
    import pyreadstat

    fault = dictionary_fault(path)
    if fault is not None:
        _report(fault, path, label, source, findings)
        return None
    try:
        # Dates stay seconds here: user-missing codes of a date are seconds too, and years beyond 9999 would fail.
        frame, meta = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True)
    except MemoryError:
        raise
    except Exception as error:  # ReadStat meets damage in many ways, and has no common class for them
        fault = "encoding" if "convert string" in str(error) or isinstance(error, UnicodeError) else "damaged"
        _report(fault, path, label, source, findings)
        return None
    columns = []
    for name in meta.column_names:
        is_date = _DATE_FORMAT.fullmatch(str(meta.original_variable_types.get(name, ""))) is not None
        labels = {_code(code): text for code, text in meta.variable_value_labels.get(name, {}).items()}
        columns.append(_cells(frame[name], labels, meta.missing_ranges.get(name, ()), is_date))
    headers = [header_name(name, place) for place, name in enumerate(meta.column_names, start=1)]
    return without_blank(Raw(label, headers, columns, np.arange(1, len(frame) + 1, dtype="int64")))


def _report(fault: str, path: Path, label: str, source: Source, findings: Findings) -> None:
    if fault == "damaged":
        report_unreadable(path, label, source, findings)
        return
    findings.add("file_unreadable", table=source.table, file=label,
                 found="text that does not fit the encoding that the file declares",
                 mend="save it again from SPSS in Unicode mode, or deliver it as csv")  # fmt: skip


def _cells(column: pd.Series, labels: dict[Any, str], missing: Any, is_date: bool) -> Cells:
    codes, distinct = pd.factorize(column.to_numpy(), use_na_sentinel=True)
    values = []
    for value in distinct.tolist():
        plain = _day(value) if is_date and isinstance(value, float) else value
        label = (labels.get(_code(value)) or "").strip() or None
        excluded = any(_within(value, bounds) for bounds in missing)
        special = plain is not None and plain != "" and (label is not None or excluded)
        values.append(Labelled(plain, label, excluded) if special else None if plain == "" else plain)
    return Cells(objects([*values, None]), np.where(codes < 0, len(values), codes).astype("int32"))


def _code(value: Any) -> Any:
    """A code as labels and values have it in common: text without the blanks SPSS pads it with."""
    return value.strip() if isinstance(value, str) else float(value)


def _within(value: Any, bounds: Any) -> bool:
    low, high = (bounds["lo"], bounds["hi"]) if isinstance(bounds, dict) else (bounds, bounds)
    if isinstance(value, str) or isinstance(low, str):
        return _code(value) == low.strip() if isinstance(value, str) and isinstance(low, str) else False
    return bool(low <= value <= high)


def _day(seconds: float) -> Any:
    """The date of seconds since 1582-10-14; a moment when it has a time of day; the number when it has no date."""
    try:
        moment = _SPSS_DAY_0 + dt.timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None if math.isnan(seconds) else seconds
    return moment.date() if moment.time() == dt.time() else moment
