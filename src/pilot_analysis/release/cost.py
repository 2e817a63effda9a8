"""What hidden costs would be given away by: differences of the arms, other parts of the same total, ratios.

- A part that is hidden in an arm hides every cost delivered and the production lost, in both arms and their difference:
  totals and wages are shown, so that the parts add up to what is known. With it goes the return on labour experts.
- Another term hidden in an arm hides its difference; one of a perspective, or of the days, all that is made of them.
- What the labour expert (replacement) cost, hidden in an arm, goes from the observed business case too; all that was
  observed goes where hidden perspectives or days stand for a small arm.
- Departments add up to everybody, and so do regions: where those hidden are few together, the smallest other goes too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.schemas.canonical import COST_CATEGORIES

_PARTS = {*COST_CATEGORIES, "production_loss"}
_OBSERVED = {"labour_expert": ("ad_cost", "net_mean"), "replacement": ("replacement_total",)}


def cost_given_away(rows: pd.DataFrame, small: np.ndarray, threshold: int) -> np.ndarray:
    """Rows about cost, as booleans, that would give away what is hidden; `small` are the rows hidden so far."""
    by_arm = rows["analysis"].isin(["cost", "cost_difference"]) & rows["group_by"].eq("arm")
    of_arm = (rows["analysis"].eq("cost") & by_arm).to_numpy(dtype=bool) & small
    hidden = set(rows.loc[of_arm, "term"].dropna())
    part, whole = bool(hidden & set(COST_CATEGORIES)), hidden - _PARTS
    observed = rows["analysis"].eq("business_case_observed") & rows["measure"].ne("assumed")
    terms = [term for kind in hidden & _OBSERVED.keys() for term in _OBSERVED[kind]]
    if part:
        hidden |= _PARTS
    found = by_arm & rows["term"].isin(hidden) & (rows["analysis"].eq("cost_difference") | rows["term"].isin(_PARTS))
    if part:
        found |= rows["measure"].eq("return_on_investment")
    if whole:
        found |= rows["analysis"].eq("cost_effectiveness")
    found |= observed & (rows["term"].isin(terms) | bool(whole))
    return found.to_numpy(dtype=bool) | _places(rows, small, threshold)


def _places(rows: pd.DataFrame, small: np.ndarray, threshold: int) -> np.ndarray:
    """Rows of the smallest department (region) shown, where the hidden ones hold fewer people than the threshold."""
    found = np.zeros(len(rows), dtype=bool)
    for group_by in ("department", "region"):
        of_place = (rows["analysis"].eq("cost") & rows["group_by"].eq(group_by)).to_numpy(dtype=bool)
        people = rows.loc[of_place].groupby("level")["n"].max().dropna()
        hidden = people.index.isin(rows.loc[of_place & small, "level"])
        if 0 < people[hidden].sum() < threshold and not hidden.all():
            found |= of_place & rows["level"].eq(people[~hidden].idxmin()).to_numpy(dtype=bool)
    return found
