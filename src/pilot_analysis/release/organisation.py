"""Suppression of the pages of employers: which organisations may stand beside the rest, and which may not.

- An organisation is shown only when it and all others together each rest on enough people and on enough full returns,
  and on enough of those who did not return. If it is hidden in one number it is hidden in all.
- So is one of which a number is hidden for any other reason.
- The total is known, so what is hidden together is what remains of it. The hidden ones are therefore never one alone.
- An employer knows its own people and may take them off what remains: without any one of the hidden organisations the
  others hold enough people and events still. Until that is so the smallest shown one is hidden too; at the end of that
  nothing is shown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_MEASURES = ("days_not_returned", "ao_days", "cost")
_COUNTS = ["people", "returned", "waiting"]


def organisations_withheld(rows: pd.DataFrame, small: np.ndarray, threshold: int) -> np.ndarray:
    """Rows `organisation` of the store (schema ESTIMATES) that may not be shown, given those `small`; shape (rows,)."""
    ours = rows["analysis"].eq("organisation").to_numpy(dtype=bool)
    if not ours.any():
        return ours
    hidden: set[str] = set(rows.loc[ours & small, "term"].dropna())
    tables = list(_tables(rows[ours]))
    while True:
        more = {name for own, others in tables for name in _to_hide(own, others, hidden, threshold)}
        if more <= hidden:
            return ours & rows["term"].isin(hidden).to_numpy(dtype=bool)
        hidden |= more


def _tables(rows: pd.DataFrame) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """By measure the counts of each organisation and of all others, a row per organisation."""
    counted = rows[rows["measure"].isin(_MEASURES)].assign(people=rows["n"], returned=rows["n_events"])
    counted = counted.assign(waiting=counted["people"] - counted["returned"])
    found = []
    for _, of_measure in counted.groupby("measure", sort=True):
        sides = [of_measure[of_measure["level"] == side].set_index("term")[_COUNTS] for side in ("own", "others")]
        found.append(tuple(side.fillna(0).astype("int64") for side in sides))
    return found


def _to_hide(own: pd.DataFrame, others: pd.DataFrame, hidden: set[str], threshold: int) -> set[str]:
    """The hidden organisations of one measure, with the smallest shown one more where those give anybody away."""
    few = (own < threshold).any(axis=1) | (others.reindex(own.index) < threshold).any(axis=1)
    found = hidden | set(own.index[few])
    together = own[own.index.isin(found)]
    shown = own[~own.index.isin(found)]
    if len(together) and len(shown) and not _hold_together(together, threshold):
        found = found | {shown.sort_values("people", kind="stable").index[0]}
    return found


def _hold_together(together: pd.DataFrame, threshold: int) -> bool:
    """Whether what remains without any one of them is still enough."""
    if len(together) < 2:
        return False
    without_one = together.sum() - together
    return bool((without_one >= threshold).all(axis=None))
