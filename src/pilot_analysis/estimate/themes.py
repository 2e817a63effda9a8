"""Themes of interviews: how many interviews mention each, by tone and by role of the person interviewed.

- An interview is one person; codes only, the tables hold no quotations. Those interviewed are chosen, not drawn: counts
  stand beside numbers of the same subject and prove nothing by themselves.
- Without a delivery of themes one row says so.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pilot_analysis.estimate.store import Rows

VALENCES = ("positive", "negative", "mixed")
_METHOD = "number of interviews that mention the theme"


def theme_rows(themes: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of `interview_themes`; `themes` is the validated table, one row per interview and theme."""
    rows = Rows(
        {
            "analysis": "interview_themes",
            "measure": "interviews",
            "endpoint": "none",
            "population": "allocated",
            "origin": "none",
            "unit": "people",
            "method": _METHOD,
        }
    )
    if themes.empty:
        rows.add_not_estimable("no themes of interviews were delivered", group_by="all", level="all")
        return rows.rows
    n, roles = int(themes["interview_id"].nunique()), themes.groupby("respondent_role")["interview_id"].nunique()
    rows.add(group_by="all", level="all", estimate=float(n), n=n, method="number of interviews")
    for theme, found in themes.groupby("theme", sort=True):
        _count(rows, found, theme, "all", "all", n)
        for valence in VALENCES:
            _count(rows, found[found["valence"] == valence], theme, "valence", valence, n)
        for role, of_role in roles.items():
            _count(rows, found[found["respondent_role"] == role], theme, "respondent_role", role, int(of_role))
    return rows.rows


def _count(rows: Rows, found: pd.DataFrame, theme: str, group_by: str, level: str, n: int) -> None:
    count = int(found["interview_id"].nunique())
    rows.add(term=theme, group_by=group_by, level=level, estimate=float(count), n=n, n_events=count)
