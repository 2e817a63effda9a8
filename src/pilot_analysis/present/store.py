"""Look-up in the released store: one row by its key, or rows by columns; nothing is computed here.

- A key that the store lacks gives a `Result` with status `absent`, so that a figure or table can say so and not fail.
- The store is read once into plain rows; a look-up is one dictionary access.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

ORIGIN = {
    "itt": "enrolment",
    "landmark_84": "landmark",
    "landmark_91": "landmark",
    "allocated": "none",
    "returned": "confirmed_return",
}
ARMS = ("intervention", "control")
DIFFERENCE = "intervention - control"
RATIO = "intervention / control"
_KEY = ("analysis", "measure", "endpoint", "population", "origin", "group_by", "level", "term", "time")
_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_events")
_TEXTS = ("result_id", "role", "unit", "method", "engine", "status", "reason")


@dataclass(frozen=True)
class Result:
    """One row of the released store; numbers that are empty there are None."""

    analysis: str
    measure: str
    endpoint: str
    population: str
    origin: str
    group_by: str
    level: str
    term: str = ""
    time: float | None = None
    result_id: str = ""
    role: str = ""
    unit: str = ""
    method: str = ""
    engine: str = ""
    estimate: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    n: float | None = None
    n_events: float | None = None
    status: str = "absent"
    reason: str = ""

    @property
    def ok(self) -> bool:
        """A number may be shown."""
        return self.status == "ok" and self.estimate is not None

    @property
    def group(self) -> str:
        """Group of a contrast within a group (`intervention / control @ psychological`), else the level."""
        return self.level.rpartition(" @ ")[2]


class Store:
    """The released store `frame` (schema RELEASED), indexed by its key columns."""

    def __init__(self, frame: pd.DataFrame):
        columns = list(dict.fromkeys((*_KEY, *_NUMBERS, *_TEXTS)))
        plain = frame[columns].astype(object)
        plain = plain.where(plain.notna(), None)
        texts = set(_KEY) - {"time"} | set(_TEXTS)
        self.rows = [
            Result(
                **{name: (value or "") if name in texts else value for name, value in zip(columns, row, strict=True)}
            )
            for row in plain.itertuples(index=False, name=None)
        ]
        self._index = {tuple(getattr(row, name) for name in _KEY): row for row in self.rows}
        self._by_analysis: dict[str, list[Result]] = {}
        for row in self.rows:
            self._by_analysis.setdefault(row.analysis, []).append(row)

    def get(
        self,
        analysis: str,
        measure: str,
        *,
        endpoint: str = "none",
        population: str,
        origin: str | None = None,
        group_by: str = "arm",
        level: str,
        term: str = "",
        time: float | None = None,
    ) -> Result:
        """The row with this key, else an `absent` one; `origin` defaults to the usual clock of the population."""
        key = (analysis, measure, endpoint, population, origin or ORIGIN[population], group_by, level, term, time)
        return self._index.get(key) or Result(**dict(zip(_KEY, key, strict=True)))

    def select(self, **wanted: str) -> list[Result]:
        """Rows whose columns equal `wanted`, in the order of the store."""
        rows = self._by_analysis.get(wanted["analysis"], []) if "analysis" in wanted else self.rows
        return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
