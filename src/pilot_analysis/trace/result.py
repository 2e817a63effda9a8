"""One result traced back: its rows in both stores, its estimand, the people and derived rows behind it, source lines.

- A result that only the released store has (small reasons of the flow together) is traced by its row there.
- People come from `release.members`, by the row's keys; how many they are stands beside `n` and `n_events` of the row.
- Lines are those that the derived rows of these people name, and the delivered rows where a table names none.

It fails with `UserError` on an unknown result id, with the nearest ones.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pilot_analysis.config import Estimand, Protocol
from pilot_analysis.errors import UserError
from pilot_analysis.release.basis import Basis
from pilot_analysis.release.members import basis_of, plain_rows
from pilot_analysis.release.people import People
from pilot_analysis.theory import pointed

LINES = ["file", "line", "column"]
# Delivered tables that stand for a derived one that names no lines.
_DELIVERED = {"cases": "cases", "allocation": "allocation", "costs delivered": "costs"}
_NEAREST = 5


@dataclass(frozen=True)
class Trace:
    """What is behind one result; `released` None: not in that store; `basis` None: it is about nobody.

    `counts` has people by arm and status (of the endpoint), `rows` how many rows of each table are theirs, `lines` the
    lines that these name (file, line, column; column empty for a whole row).
    """

    row: Mapping[str, Any]
    released: Mapping[str, Any] | None
    estimand: Estimand | None
    basis: Basis | None
    counts: pd.DataFrame
    rows: Mapping[str, int]
    lines: pd.DataFrame


def trace_result(
    result_id: str,
    store: pd.DataFrame,
    released: pd.DataFrame,
    people: People,
    validated: Mapping[str, pd.DataFrame],
    protocol: Protocol,
) -> Trace:
    """Trace one row of the internal `store`; `validated` are the canonical tables by name. Raises `UserError`."""
    known = pd.concat([store, released[~released["result_id"].isin(store["result_id"])]], ignore_index=True)
    mine = known[known["result_id"] == result_id]
    if mine.empty:
        raise UserError(_unknown(result_id, list(known["result_id"])))
    target = pointed(mine["method"].iloc[0])  # the result that an effect points to
    rows = plain_rows(known[known["result_id"].isin([result_id, target])])
    row, shown = rows[result_id], plain_rows(released[released["result_id"] == result_id])
    basis = basis_of(row, people, rows)
    found = {} if basis is None else _rows_behind(row, basis, people, validated)
    return Trace(
        row=row,
        released=shown.get(result_id),
        estimand=next((one for one in protocol.estimands if one.id == row["estimand"]), None),
        basis=basis,
        counts=_counts(basis, people),
        rows={name: len(table) for name, table in found.items()},
        lines=_lines(list(found.values())),
    )


def _unknown(result_id: str, known: list[str]) -> str:
    near = difflib.get_close_matches(result_id, known, n=_NEAREST, cutoff=0.6)
    near = near or [name for name in known if result_id.lower() in name.lower()][:_NEAREST]
    hint = f"; near are {', '.join(near)}" if near else "; ids are in estimates.csv, column result_id"
    return f"no result has the id {result_id}{hint}"


def _rows_behind(
    row: Mapping[str, Any], basis: Basis, people: People, validated: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The rows of the people, by table."""
    found = {}
    for name in basis.tables:
        table = validated[_DELIVERED[name]] if name in _DELIVERED else people.tables[name]
        rows = table[table["case_id"].isin(people.ids[basis.members.who])]
        if name == "outcomes" and basis.endpoint is not None:
            rows = rows[rows["endpoint"] == basis.endpoint]
        found[name] = _of_questionnaire(row, rows) if name.startswith("survey") else rows
    return found


def _of_questionnaire(row: Mapping[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the instrument and wave that a result is about."""
    instrument = (row["term"] or "").partition(".")[0]
    if "instrument" in rows and rows["instrument"].eq(instrument).any():
        rows = rows[rows["instrument"] == instrument]
    return rows if row["time"] is None else rows[rows["wave"] == int(row["time"]) // 7 + 1]


def _counts(basis: Basis | None, people: People) -> pd.DataFrame:
    """People behind the row by arm and status; without an endpoint by arm alone."""
    if basis is None:
        return pd.DataFrame(columns=["arm", "status", "n"])
    who = basis.members.who
    status = "" if basis.endpoint is None else people.endpoint(basis.endpoint).status[who]
    frame = pd.DataFrame({"arm": people.column("arm")[who]}).assign(status=status)
    return frame.fillna({"status": ""}).groupby(["arm", "status"], sort=True).size().rename("n").reset_index()


def _lines(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Each line once, ordered by file, line, column."""
    parts = [pd.DataFrame(columns=LINES)]
    for table in tables:
        if "source_file" in table:
            column = table.get("source_column", "")
            names = {"file": table["source_file"], "line": table["source_line"], "column": column}
            parts.append(pd.DataFrame(names, index=table.index))
    lines = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return lines.drop_duplicates().sort_values(LINES, ignore_index=True)
