"""Differences and ratios of the arms of which one arm is withheld: with the other they would give it away."""

from __future__ import annotations

import numpy as np
import pandas as pd

_ENDING = r"(?:_difference|_ratio)$"
_KEYS = ["analysis", "measure", "endpoint", "population", "origin", "group_by", "term", "time"]
_ARMS = ("intervention", "control")
_CONTRASTS = ("intervention - control", "control - intervention", "intervention / control")


def of_withheld(rows: pd.DataFrame, small: np.ndarray) -> np.ndarray:
    """Rows of the store (schema ESTIMATES) that compare a row which is `small`; a contrast is named after its parts."""
    keys = rows[_KEYS].assign(
        analysis=rows["analysis"].str.replace(_ENDING, "", regex=True),
        measure=rows["measure"].str.replace(_ENDING, "", regex=True),
        term=rows["term"].fillna(""),
        time=rows["time"].fillna(-1.0),
    )
    index = pd.MultiIndex.from_frame(keys)
    arms = rows["level"].isin(_ARMS).to_numpy(dtype=bool)
    contrast = rows["level"].isin(_CONTRASTS).to_numpy(dtype=bool)
    return contrast & np.asarray(index.isin(index[arms & small]))
