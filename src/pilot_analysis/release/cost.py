"""What hidden costs would be given away by: differences of the arms, other parts of the same total, ratios.

- A part that is hidden in an arm hides every cost delivered and the production lost, in both arms and their difference:
  totals and wages are shown, so that the parts add up to what is known. With it goes the return on labour experts.
- Another term hidden in an arm hides its difference; one of a perspective, or of the days, all that is made of them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.schemas.canonical import COST_CATEGORIES

_PARTS = {*COST_CATEGORIES, "production_loss"}


def cost_given_away(rows: pd.DataFrame, small: np.ndarray) -> np.ndarray:
    """Rows about cost, as booleans, that would give away what is hidden; `small` are the rows hidden so far."""
    by_arm = rows["analysis"].isin(["cost", "cost_difference"]) & rows["group_by"].eq("arm")
    of_arm = (rows["analysis"].eq("cost") & by_arm).to_numpy(dtype=bool) & small
    hidden = set(rows.loc[of_arm, "term"].dropna())
    part, whole = bool(hidden & set(COST_CATEGORIES)), hidden - _PARTS
    if part:
        hidden |= _PARTS
    found = by_arm & rows["term"].isin(hidden) & (rows["analysis"].eq("cost_difference") | rows["term"].isin(_PARTS))
    if part:
        found |= rows["measure"].eq("return_on_investment")
    if whole:
        found |= rows["analysis"].eq("cost_effectiveness")
    return found.to_numpy(dtype=bool)
