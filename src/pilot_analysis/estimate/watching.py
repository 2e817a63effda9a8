"""How long people could be and were watched from t0, for means that are weighted by the chance to be seen.

- The cut-off of an organisation is known for everybody; other losses are estimated within the arm (models.partitioned).
- Chances count from enrolment on: who enrols late in an absence is seen to a later day of it.
- Leaving is the end of what there is to see: who left is known for the rest of the year.
- Weights have too little to stand on where an organisation is hardly ever seen to the last day (`hardly_seen`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.models.partitioned import Watched, least_seen


def watched_to(people: pd.DataFrame, ends: Sequence[int]) -> Watched:
    """How long these people (rows of schemas.derived.CASES) were watched; intervals are over by the days `ends`."""
    return Watched.of(
        limit=people["cutoff_day"].to_numpy("int64"),
        last=people["last_known_day"].to_numpy("int64"),
        complete=people["leaves"].to_numpy(dtype=bool),
        group=people["organisation"].to_numpy(dtype=object).astype(str),
        loss_group=people["arm"].to_numpy(dtype=object).astype(str),
        ends=ends,
        start=people["entry"].to_numpy("int64"),
    )


def hardly_seen(watched: Watched, protocol: Protocol) -> str | None:
    """Why these weights would rest on hardly anybody, or None: by the cut-offs alone, whatever became of people."""
    if least_seen(watched) < protocol.cost.min_seen_share:
        return "an organisation is hardly ever seen for the whole year"
    return None
