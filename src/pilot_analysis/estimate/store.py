"""Rows of the results store: one builder, one key, one place where rows become a table.

- A row that cannot be estimated is still a row, with the reason and no number.
- `result_id` is readable and made of the row's own keys, so the same plan gives the same ids.
- Every row belongs to the first claim of the protocol that fits it; fails with `UserError` when a row has none or a
  claim has no row: plan and results may not drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pilot_analysis import __version__
from pilot_analysis.config import Protocol
from pilot_analysis.errors import UserError
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import ESTIMATES

ENGINE = f"pilot_analysis {__version__}"
_ID_KEYS = ("endpoint", "population", "origin", "analysis", "measure", "group_by", "level", "term", "time")
_CLAIM_KEYS = ("analysis", "measure", "endpoint", "population", "origin", "group_by")
LATER = ("agreement",)  # analyses whose rows a step after estimation adds to the store
_EMPTY: dict[str, Any] = dict.fromkeys(ESTIMATES.columns)


@dataclass
class Rows:
    """Collects rows of one analysis; `common` holds what its rows share (analysis, endpoint, population, ...)."""

    common: Mapping[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, **values: Any) -> None:
        """Add a row with a number."""
        self.rows.append({**_EMPTY, **self.common, **values, "status": "ok"})

    def add_not_estimable(self, reason: str, **values: Any) -> None:
        """Add a row without a number, and why."""
        self.rows.append({**_EMPTY, **self.common, **values, "status": "not_estimable", "reason": reason})


def to_store(rows: list[dict[str, Any]], protocol: Protocol, later: bool = False) -> pd.DataFrame:
    """Make the results store of all rows: ids, estimands, types; `later`: of the rows that a later step adds.

    Raises `UserError` when plan and rows do not match.
    """
    frame = _frame(rows)
    claimed = _claim(frame, protocol, later)
    frame["estimand"], frame["role"] = claimed["estimand"], claimed["role"]
    return conform(frame, ESTIMATES)


def unclaimed_store(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A store of rows that are shown on their own, beside a run: no estimand of the plan, exploratory."""
    frame = _frame(rows).assign(estimand="none", role="exploratory")
    return conform(frame, ESTIMATES)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(ESTIMATES.columns))
    frame["engine"] = frame["engine"].fillna(ENGINE)
    frame["result_id"] = [result_id(row) for row in frame[list(_ID_KEYS)].to_dict("records")]
    return frame


def result_id(row: Mapping[str, Any]) -> str:
    """Readable key such as `full_rtw.landmark_84.landmark.km.survival.arm.control.91`."""
    parts = []
    for name in _ID_KEYS:
        value = row[name]
        if value is None or value != value or value == "":
            continue
        text = f"{value:g}" if isinstance(value, float) else str(value)
        # Terms hold names as delivered, which may differ in a blank only: they stay as they are.
        parts.append(text if name == "term" else _joined(text))
    return ".".join(parts)


def _joined(text: str) -> str:
    words = text.replace(" - ", "-minus-").replace(" / ", "-over-").replace(" @ ", "@")
    return words.replace(" ", "_")


def _claim(frame: pd.DataFrame, protocol: Protocol, later: bool) -> pd.DataFrame:
    """Estimand and role of each row, by the first claim that fits."""
    claimed = pd.DataFrame({"estimand": pd.NA, "role": pd.NA}, index=frame.index, dtype="string")
    idle = []
    for estimand in protocol.estimands:
        for claim in estimand.claims:
            if (claim.get("analysis") in LATER) != later:
                continue
            fits = _fits(frame, claim)
            if not fits.any():
                idle.append(f"{estimand.id} {_written(claim)}")
            fresh = fits & claimed["estimand"].isna()
            claimed.loc[fresh, "estimand"] = estimand.id
            claimed.loc[fresh, "role"] = claim.get("role", estimand.role)
    orphans = frame[claimed["estimand"].isna()].drop_duplicates(["analysis", "measure", "group_by", "population"])
    faults = [f"no result for the claim {claim}" for claim in idle]
    faults += [
        f"no estimand claims the result {row.analysis}/{row.measure} by {row.group_by} in {row.population}"
        for row in orphans.itertuples()
    ]
    if faults:
        raise UserError("\n".join(f"config/protocol.yaml, estimands: {fault}" for fault in faults))
    return claimed


def _fits(frame: pd.DataFrame, claim: Mapping[str, Any]) -> pd.Series:
    fits = pd.Series(True, index=frame.index)
    for key in _CLAIM_KEYS:
        if key in claim:
            wanted = claim[key] if isinstance(claim[key], list) else [claim[key]]
            fits &= frame[key].isin(wanted)
    return fits


def _written(claim: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in claim.items())
