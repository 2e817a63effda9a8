"""Effects within CAS groups, read together: drawn towards each other, and tested as a family.

- `cox_interaction_pooled`: empirical Bayes. Each logarithm of a ratio is drawn towards their weighted mean, more when
  its se is large and the groups differ little (DerSimonian and Laird 1986, Control Clin Trials 7:177-188; Morris 1983,
  JASA 78:47-55). The spread between groups is taken as known, so that intervals are somewhat narrow.
- `cox_interaction_holm`: p values such that the chance of any false claim over the groups stays below the level (Holm
  1979, Scand J Statist 6:65-70).
- Both are of the groups that have a ratio. Not estimable: a group without a ratio; pooling: fewer than two.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.hazards import ratio
from pilot_analysis.estimate.store import Rows

_KEPT = ("endpoint", "population", "origin", "group_by", "level", "unit", "n", "n_events")
_POOLED = "empirical Bayes over the groups with a ratio, spread between groups by DerSimonian-Laird"


def family_rows(results: Iterable[dict[str, Any]], protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_interaction_pooled/hazard_ratio` and `cox_interaction_holm/hazard_ratio` of one population."""
    groups = [
        row
        for row in results
        if (row["analysis"], row["measure"], row["group_by"]) == ("cox_interaction", "hazard_ratio", "arm*cas_group")
    ]
    found = [row for row in groups if row["status"] == "ok"]
    pooled = Rows({"analysis": "cox_interaction_pooled", "measure": "hazard_ratio", "method": _POOLED})
    tested = Rows(
        {"analysis": "cox_interaction_holm", "measure": "hazard_ratio", "method": f"Holm over {len(found)} groups"}
    )
    shrunken = iter(_shrunken(found))
    adjusted = iter(holm([row["p_value"] for row in found]))
    for row in groups:
        about = {name: row[name] for name in _KEPT}
        if row["status"] != "ok":
            pooled.add_not_estimable(row["reason"], **about)
            tested.add_not_estimable(row["reason"], **about)
            continue
        tested.add(estimate=row["estimate"], statistic=row["statistic"], p_value=next(adjusted), **about)
        if len(found) < 2:
            pooled.add_not_estimable("fewer than two groups with a ratio", **about)
        else:
            pooled.add(**ratio(*next(shrunken), protocol.thresholds.confidence_level), **about)
    return pooled.rows + tested.rows


def _shrunken(found: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Logarithm of the ratio and se of each group after shrinkage."""
    if len(found) < 2:
        return []
    logs = np.log([row["estimate"] for row in found])
    variances = np.array([row["se"] for row in found]) ** 2
    weights = 1 / variances
    mean = np.average(logs, weights=weights)
    excess = np.sum(weights * (logs - mean) ** 2) - (logs.size - 1)
    between = max(0.0, excess / (weights.sum() - np.sum(weights**2) / weights.sum()))
    total = 1 / (variances + between)
    mean, share = np.average(logs, weights=total), variances * total  # share of the mean in each
    spread = (1 - share) * variances + share**2 / total.sum()
    return list(zip(share * mean + (1 - share) * logs, np.sqrt(spread), strict=True))


def holm(p_values: list[float]) -> list[float]:
    """Return the p values adjusted by Holm's method, as R `p.adjust(p, "holm")`."""
    order = np.argsort(p_values, kind="stable")
    steps = (len(p_values) - np.arange(len(p_values))) * np.asarray(p_values, dtype=float)[order]
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in adjusted]
