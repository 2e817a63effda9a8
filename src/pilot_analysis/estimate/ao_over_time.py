"""Which of the analyses of AO% over time (S5) belong to which population of `full_rtw`.

- Everybody from enrolment and those still absent on day 84: states and days (occupation), models (ao_models).
- AO% at the named weeks of absence (ao_points) and, apart from it, the wage value (wage_value): those same landmark
  people, and everybody counted from t0.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate import ao_models, ao_points, occupation, wage_value
from pilot_analysis.estimate.populations import Population
from pilot_analysis.schemas.columns import empty_table
from pilot_analysis.schemas.derived import WAGE_VALUES

_POPULATIONS = ("itt", "landmark_84")


def ao_over_time(
    population: Population, periods: pd.DataFrame, protocol: Protocol, wage_values: pd.DataFrame | None = None
) -> tuple[list[dict[str, Any]], list[pd.DataFrame]]:
    """Rows and curves of one population; none of those that S5 leaves out. None: no wage value was delivered."""
    if population.endpoint != "full_rtw" or population.population not in _POPULATIONS:
        return [], []
    rows, curves = [], []
    if population.origin != "t0":
        paths = occupation.arm_paths(population, periods, protocol)
        rows += occupation.occupation_rows(population, paths, protocol)
        rows += occupation.ao_days_rows(population, paths, protocol)
        rows += ao_models.ao_gee_rows(population, periods, protocol)
        curves = occupation.occupation_curves(population, paths, protocol)
    if population.origin != "enrolment":
        rows += ao_points.ao_points_rows(population, periods, protocol)
        delivered = empty_table(WAGE_VALUES) if wage_values is None else wage_values
        rows += wage_value.wage_value_rows(population, delivered, protocol)
    return rows, curves
