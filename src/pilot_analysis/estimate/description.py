"""What describes rather than compares: flow of cases, baseline characteristics by arm, data quality.

- Standardised difference: difference of means (proportions) over the root of the mean of the two variances; it says how
  far the arms differ in the sample, which a p value does not (Austin 2009, Stat Med 28:3083).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.store import Rows

_NUMBERS = {
    "age": "years",
    "contract_fte": "fte",
    "daily_wage_eur": "euro",
    "entry": "days",
    "earlier_spells": "events",
}
_CATEGORIES = ("sex", "job_group", "region", "organisation", "cas_group")
CONTRAST = "intervention - control"


def flow_rows(flow: pd.DataFrame) -> list[dict[str, Any]]:
    """Counts of people per step, by arm and for all."""
    rows = Rows(
        {
            "analysis": "flow",
            "measure": "n",
            "population": "allocated",
            "origin": "none",
            "unit": "people",
            "method": "count",
        }
    )
    flow = flow.assign(endpoint=flow["endpoint"].fillna("none"))
    both = flow.groupby(["endpoint", "step"], sort=False)["n"].sum().reset_index()
    for item in flow.itertuples():
        rows.add(
            endpoint=item.endpoint, group_by="arm", level=item.arm, term=item.step, estimate=float(item.n), n=item.n
        )
    for item in both.itertuples():
        rows.add(endpoint=item.endpoint, group_by="all", level="all", term=item.step, estimate=float(item.n), n=item.n)
    return rows.rows


def quality_rows(summary: pd.DataFrame, issues: pd.DataFrame) -> list[dict[str, Any]]:
    """Counts of rows read per table, and of findings per severity and rule; of queries also per decision.

    The term of a query is `issues:query:<rule>:<decision>`; without a decision, which only happens where its people are
    excluded, `issues:query:<rule>:undecided`.
    """
    rows = Rows(
        {
            "analysis": "quality",
            "measure": "n",
            "endpoint": "none",
            "population": "allocated",
            "origin": "none",
            "group_by": "all",
            "level": "all",
            "unit": "rows",
            "method": "count",
        }
    )
    for table, count in summary.groupby("table", sort=True)["rows"].sum().items():
        rows.add(term=f"rows:{table}", estimate=float(count))
    decision = ":" + issues["decision"].astype("string").fillna("undecided")
    found = issues.assign(about=issues["rule"] + decision.where(issues["severity"] == "query", ""))
    for (severity, about), count in found.groupby(["severity", "about"], sort=True)["count"].sum().items():
        rows.add(term=f"issues:{severity}:{about}", estimate=float(count))
    return rows.rows


def baseline_rows(cases: pd.DataFrame) -> list[dict[str, Any]]:
    """Characteristics at enrolment of everyone analysed, by arm, with standardised differences."""
    people = cases[cases["exclusion"].isna()]
    rows = Rows(
        {
            "analysis": "baseline",
            "endpoint": "none",
            "population": "itt",
            "origin": "none",
            "group_by": "arm",
            "method": "as delivered",
        }
    )
    for name, unit in _NUMBERS.items():
        _number(rows, people, name, unit)
    for name in _CATEGORIES:
        for value in sorted(people[name].dropna().unique()):
            _category(rows, people, f"{name}[{value}]", people[name].eq(value).fillna(False).to_numpy(dtype=bool))
    return rows.rows


def _number(rows: Rows, people: pd.DataFrame, term: str, unit: str) -> None:
    means, variances = [], []
    for arm in ARMS:
        values = people.loc[people["arm"] == arm, term].dropna().to_numpy(dtype="float64")
        means.append(values.mean() if len(values) else np.nan)
        variances.append(values.var(ddof=1) if len(values) > 1 else np.nan)
        if len(values) < 2:
            for measure in ("mean", "sd"):
                rows.add_not_estimable(
                    "fewer than two people", level=arm, term=term, measure=measure, unit=unit, n=len(values)
                )
            continue
        rows.add(level=arm, term=term, measure="mean", unit=unit, estimate=means[-1], n=len(values))
        rows.add(level=arm, term=term, measure="sd", unit=unit, estimate=float(np.sqrt(variances[-1])), n=len(values))
    _difference(rows, term, means, variances, len(people))


def _category(rows: Rows, people: pd.DataFrame, term: str, has: np.ndarray) -> None:
    shares = []
    for arm in ARMS:
        in_arm = (people["arm"] == arm).to_numpy()
        n, size = int((has & in_arm).sum()), int(in_arm.sum())
        shares.append(n / size if size else np.nan)
        rows.add(level=arm, term=term, measure="n", unit="people", estimate=float(n), n=size, n_events=n)
        if size:
            rows.add(
                level=arm, term=term, measure="percent", unit="percent", estimate=100 * n / size, n=size, n_events=n
            )
        else:
            rows.add_not_estimable("nobody in this arm", level=arm, term=term, measure="percent", unit="percent", n=0)
    _difference(rows, term, shares, [share * (1 - share) for share in shares], len(people))


def _difference(rows: Rows, term: str, means: list[float], variances: list[float], n: int) -> None:
    spread = np.sqrt(np.mean(variances))
    about = {"level": CONTRAST, "term": term, "measure": "standardised_difference", "unit": "sd", "n": n}
    if np.isfinite(spread) and spread > 0:
        rows.add(estimate=float((means[0] - means[1]) / spread), **about)
    else:
        rows.add_not_estimable("no spread in either arm, or an arm is empty", **about)
