"""Result -> people: the members and events of each row of the results store, from the derived tables.

- Read from the row's own keys (analysis, measure, endpoint, population, level, term, time), never from its numbers:
  `n` and `n_events` of the row must come out, and a test holds every row of a run to that.
- A row that points to another one (Theory of Change) rests on whoever that one rests on.
- A row without people (assumptions, counts of rows and of interviews, agreement, what a source prints) has no basis.

It fails with `KeyError` on an analysis that it does not know: a new number may not leave without its people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from pilot_analysis.release import (
    members_ao,
    members_counted,
    members_course,
    members_process,
    members_return,
    members_survey,
)
from pilot_analysis.release.basis import Basis
from pilot_analysis.release.people import People
from pilot_analysis.theory import pointed

Row = Mapping[str, Any]
NO_PEOPLE = ("quality", "agreement", "business_case", "business_case_sensitivity", "interview_themes")
_BY_ANALYSIS: dict[str, Callable[[People, Row], Basis | None]] = {
    **dict.fromkeys(members_return.ANALYSES, members_return.basis),
    **members_ao.ANALYSES,
    **members_course.ANALYSES,
    **members_process.ANALYSES,
    **members_counted.ANALYSES,
    "survey": members_survey.survey,
}


def basis_of(row: Row, people: People, rows: Mapping[str, Row] | None = None) -> Basis | None:
    """The people behind a row of the store (None: it describes nobody); `rows` by result_id, for what it points to."""
    if row["analysis"] in NO_PEOPLE:
        return None
    if row["analysis"] == "theory_of_change":
        target = (rows or {}).get(pointed(row["method"] or ""))
        return None if target is None else basis_of(target, people, rows)
    return _BY_ANALYSIS[row["analysis"]](people, row)


def plain_rows(store: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The rows of a store by result_id, empty cells as None."""
    plain = store.astype(object).where(store.notna(), None)
    return {row["result_id"]: row for row in plain.to_dict("records")}


def all_bases(store: pd.DataFrame, people: People, chosen: Iterable[str] | None = None) -> dict[str, Basis]:
    """Basis of every row of the store (or of the `chosen` result ids) that describes people, by result_id."""
    rows = plain_rows(store)
    found = {name: basis_of(rows[name], people, rows) for name in (rows if chosen is None else chosen)}
    return {name: basis for name, basis in found.items() if basis is not None}
