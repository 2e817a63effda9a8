"""What hidden costs would be given away by: differences of the arms, other parts of the same total, ratios.

- A part that is hidden in an arm hides every cost delivered and the production lost, in both arms and their difference:
  totals and wages are shown, so that the parts add up to what is known. With it goes the return on labour experts.
- Another term hidden in an arm hides its difference; one of a perspective, or of the days, all that is made of them.
- What the labour expert (replacement) cost, hidden in an arm, goes from the observed business case too; all that was
  observed goes where hidden perspectives or days stand for a small arm.
- Departments add up to everybody, and so do regions: mean times people is their total. Where those hidden (with who has
  no place) are few together, or few of them make up what they cost together, the smallest other goes too, and so on.
- Places, and an organisation with the others, make both arms: where a perspective is hidden in one arm they go with it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.release.concentration import LARGEST, TWO_LARGEST, Costs
from pilot_analysis.schemas.canonical import COST_CATEGORIES

_PARTS = {*COST_CATEGORIES, "production_loss"}
_OBSERVED = {"labour_expert": ("ad_cost", "net_mean"), "replacement": ("replacement_total",)}


def cost_given_away(rows: pd.DataFrame, small: np.ndarray, threshold: int, costs: Costs) -> np.ndarray:
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
    places = _places(rows, small, threshold, costs) | _beside_one_arm(rows, small)
    return found.to_numpy(dtype=bool) | places


def _places(rows: pd.DataFrame, small: np.ndarray, threshold: int, costs: Costs) -> np.ndarray:
    """Rows of departments (regions) that go with the hidden ones, until these hold together."""
    found = np.zeros(len(rows), dtype=bool)
    arms = rows["analysis"].eq("cost") & rows["group_by"].eq("arm")
    everybody = rows.loc[arms].groupby("level")["n"].max().sum()
    for group_by in ("department", "region"):
        of_place = (rows["analysis"].eq("cost") & rows["group_by"].eq(group_by)).to_numpy(dtype=bool)
        people = rows.loc[of_place].groupby("level")["n"].max().dropna()
        hidden = set(rows.loc[of_place & small, "level"])
        nowhere = int(everybody - people.sum()) if everybody else 0
        largest = _largest(rows[of_place], costs)
        while (hidden or nowhere > 0) and set(people.index) - hidden:
            together = int(people[people.index.isin(hidden)].sum()) + max(nowhere, 0)
            if together >= threshold and not _concentrated(largest[largest["level"].isin(hidden)], costs):
                break
            others = people[~people.index.isin(hidden)]
            hidden.add(sorted(others.index, key=lambda level: (others[level], level))[0])
        found |= of_place & rows["level"].isin(hidden).to_numpy(dtype=bool)
    return found


def _largest(rows: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    """Of each place and perspective: what was seen in all, and of the largest and second largest person, in euro."""
    given = costs.contributions.pivot(index=["level", "term"], columns="measure", values="estimate")
    given = given.reindex(columns=[LARGEST, TWO_LARGEST]).fillna(0.0) / 100.0
    seen = rows[rows["measure"].eq("naive_mean")].set_index(["level", "term"])
    total = (seen["estimate"].astype("float64") * seen["n"].astype("float64")).rename("total")
    table = total.to_frame().join(given, how="inner").reset_index()
    table["second"] = table["total"] * (table[TWO_LARGEST] - table[LARGEST])
    table["first"] = table["total"] * table[LARGEST]
    perspective = [term.removesuffix(f":{level}") for term, level in zip(table["term"], table["level"], strict=True)]
    return table.assign(perspective=perspective)


def _concentrated(largest: pd.DataFrame, costs: Costs) -> bool:
    """Whether few people make up what some places cost together."""
    for _, places in largest.groupby("perspective"):
        people = np.sort(np.concatenate([places["first"], places["second"]]))[::-1]
        total = float(places["total"].sum())
        if total > 0:
            share = pd.Series(100.0 * people[:2].cumsum() / total)
            if costs.limits.sensitive(share[:1], share[1:].set_axis([0])).any():
                return True
    return False


def _beside_one_arm(rows: pd.DataFrame, small: np.ndarray) -> np.ndarray:
    """Rows of places and organisations whose sum would give the hidden cost of a single arm."""
    by_arm = rows["analysis"].eq("cost") & rows["group_by"].eq("arm")
    gone = rows[by_arm.to_numpy(dtype=bool) & small & rows["measure"].isin(["mean", "naive_mean"]).to_numpy(dtype=bool)]
    arms = gone.groupby("term")["level"].nunique()
    single = set(arms.index[arms == 1])
    base = rows["term"].astype(object).where(rows["term"].notna(), "").map(lambda term: ":".join(term.split(":")[:2]))
    places = rows["analysis"].eq("cost") & rows["group_by"].isin(["department", "region"]) & base.isin(single)
    own = {"cost": "employer:full", "ao_days": "ao_days"}
    organisations = rows["analysis"].eq("organisation") & rows["measure"].map(own).isin(single)
    return (places | organisations).to_numpy(dtype=bool)
