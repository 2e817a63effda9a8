"""Tiny text tables for the specification tests: extract in, outcome out.

- A table is text: a header of column names and rows of words; `-` is an empty cell. Columns that a test does not name
  get a dull default.
- Dates are whole days counted from day 0 = 2021-09-01, so that most tests read in days since the first absence day;
  a date may also be written as 2021-09-01.
- The default case is C001, `control`, of `org_a`, female, born in 1980. Day 486 is the default data cut-off.
- A table's file is `<table>.csv` and its first row is line 2, as in a delivered file.
"""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

import pandas as pd
import yaml

from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.schemas import derived as derived_schemas
from pilot_analysis.schemas.canonical import FML_RUBRICS, TABLES
from pilot_analysis.schemas.columns import DATE, conform, empty_table, validated
from pilot_analysis.schemas.issues import EXCLUDED_CASES

DAY_0 = dt.date(2021, 9, 1)
PROTOCOL_FILE = Path(__file__).resolve().parents[2] / "config" / "protocol.yaml"
DEFAULTS = {
    "allocation": {"organisation": "org_a", "enrolment_date": "0", "arm": "control"},
    "cases": {
        "department": "d", "region": "r", "job_group": "j", "sex": "female", "birth_year": "1980", "contract_fte": "1",
        "daily_wage_eur": "150",
    },
    "diagnoses": {"position": "1"},
    "fml": dict.fromkeys(FML_RUBRICS, "0"),
}  # fmt: skip
SCHEMAS = {
    "cases": derived_schemas.CASES,
    "periods": derived_schemas.PERIODS,
    "outcomes": derived_schemas.OUTCOMES,
    "sensitivity": derived_schemas.OUTCOMES,
    "flow": derived_schemas.FLOW,
    "guidance": derived_schemas.GUIDANCE,
    "process": derived_schemas.PROCESS,
    "wage_values": derived_schemas.WAGE_VALUES,
}
ALL_TABLES_KEY = ("case_id", "endpoint", "first_day", "arm", "step")


def split(text: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a text table."""
    header, *rows = [line.split() for line in text.strip().splitlines()]
    assert all(len(row) == len(header) for row in rows), f"ragged table: {text}"
    return header, rows


def to_date(word: str | None) -> dt.date | None:
    """A cell of a date column: a day number or an ISO date."""
    if word is None:
        return None
    return DAY_0 + dt.timedelta(days=int(word)) if word.lstrip("-").isdigit() else dt.date.fromisoformat(word)


def typed_table(name: str, text: str | None) -> pd.DataFrame:
    """The canonical table `name` of a text table; without text an empty table."""
    schema = TABLES[name].schema
    if text is None:
        return empty_table(schema)
    header, rows = split(text)
    columns: dict[str, list] = {}
    for column, kind in schema.columns.items():
        default = DEFAULTS.get(name, {}).get(column, "C001" if column == "case_id" else None)
        words = [row[header.index(column)] for row in rows] if column in header else [default] * len(rows)
        cells = [None if word == "-" else word for word in words]
        if str(kind.dtype) == DATE:
            columns[column] = pd.to_datetime(pd.Series([to_date(cell) for cell in cells], dtype="object"))
        elif str(kind.dtype) in ("float64", "Int64"):
            columns[column] = pd.to_numeric(pd.Series(cells, dtype="object"))
        else:
            columns[column] = pd.Series(cells, dtype="object")
    frame = pd.DataFrame(columns)
    frame["source_file"] = f"{name}.csv"
    frame["source_line"] = range(2, len(frame) + 2)
    frame["delivery_hash"] = 16 * "0"
    assert set(header) <= set(frame.columns), f"unknown column in {name}: {header}"
    return validated(conform(frame, schema), schema)


class Told:
    """What the derivation says of a delivery; every table is checked against its schema first."""

    def __init__(self, tables: dict[str, pd.DataFrame], protocol) -> None:
        result = derive(tables, protocol)
        self.tables = {name: validated(getattr(result, name), schema) for name, schema in SCHEMAS.items()}

    def rows(self, table: str, header: list[str]) -> list[list[str]]:
        """The columns `header` of a derived table as words."""
        return [[_word(value) for value in row] for row in self.tables[table][header].itertuples(index=False)]

    def shows(self, table: str, text: str) -> None:
        """Assert that `table` has each row of `text`, found by the key columns that `text` names, exactly once."""
        header, wanted = split(text)
        keys = [header.index(name) for name in ALL_TABLES_KEY if name in header]
        found = self.rows(table, header)
        for row in wanted:
            same = [other for other in found if all(other[key] == row[key] for key in keys)]
            assert same == [row], f"{table}: expected {dict(zip(header, row, strict=True))}, found {same} among {found}"

    def shows_all(self, table: str, text: str) -> None:
        """Assert that `table` has the rows of `text` and no others."""
        header, wanted = split(text)
        assert sorted(self.rows(table, header)) == sorted(wanted)

    def outcomes(self, text: str) -> None:
        """Assert rows of the outcome table."""
        self.shows("outcomes", text)

    def case(self, text: str) -> None:
        """Assert the row of the case table; the header names `case_id` when there are several."""
        self.shows("cases", text)


def _word(value) -> str:
    if pd.isna(value):
        return "-"
    if isinstance(value, pd.Timestamp):
        return str((value.date() - DAY_0).days)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def told(
    *,
    enrolled: int | str | None = 20,
    spells: str,
    ao: str | None = None,
    followup_end: str | None = None,
    excluded: str | None = None,
    protocol: dict | None = None,
    tmp_path: Path | None = None,
    **tables: str,
) -> Told:
    """Derive a delivery.

    `enrolled` is the enrolment day of the single case C001 (None when `allocation` is given); `followup_end` is
    "day reason"; `excluded` is the table of people whom a query excludes;
    `protocol` holds changes, for instance {"dates": {"data_cutoff": ...}}; other tables by name.
    """
    if enrolled is not None:
        tables.setdefault("allocation", f"enrolment_date\n{enrolled}")
    if followup_end is not None:
        tables["cases"] = f"followup_end_date followup_end_reason\n{followup_end}"
    tables.setdefault("cases", "case_id\nC001")
    tables |= {"absence_spells": spells} | ({} if ao is None else {"ao_percent": ao})
    assert tables.keys() <= TABLES.keys()
    typed = {name: typed_table(name, tables.get(name)) for name in TABLES}
    if excluded is not None:
        header, rows = split(excluded)
        typed["excluded_cases"] = validated(conform(pd.DataFrame(rows, columns=header), EXCLUDED_CASES), EXCLUDED_CASES)
    return Told(typed, changed_protocol(protocol, tmp_path) if protocol else study_protocol())


@functools.cache
def study_protocol():
    """The protocol of the study as it is."""
    return load_protocol(PROTOCOL_FILE)


def changed_protocol(changes: dict, folder: Path):
    """The protocol of the study with some values of a section changed."""
    plan = yaml.safe_load(PROTOCOL_FILE.read_text(encoding="utf-8"))
    for section, values in changes.items():
        plan[section] |= values
    file = folder / "protocol.yaml"
    file.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    return load_protocol(file, cas_letters=PROTOCOL_FILE.parent / "cas_letters.csv")
