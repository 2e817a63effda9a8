"""Rows that point to other rows are withheld with them: a direction would give away the sign of a withheld number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.theory import pointed


def point_to(rows: pd.DataFrame, hidden: np.ndarray) -> np.ndarray:
    """Rows of the store (schema ESTIMATES) whose method points to one of the `hidden` rows."""
    targets = rows["method"].map(pointed, na_action="ignore")
    return targets.isin(set(rows.loc[hidden, "result_id"])).fillna(False).to_numpy(dtype=bool)
