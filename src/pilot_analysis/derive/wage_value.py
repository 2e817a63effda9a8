"""The wage values (loonwaarde) that came with AO% rows, on the days of the path; never mixed with AO%.

- A row counts where an AO% row would: dated within a delivered spell, from t0 to the last known day K. A value of 0 is
  a value; an empty cell is none.
- AO% says which hours somebody is absent, the wage value what the work done is worth: neither follows from the other.
  The path of states and AO% does not know it.

Each row names the file, line and column it comes from. Nothing can fail: a delivery without wage values has no rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.derive.days import day_numbers
from pilot_analysis.derive.spells import within_spells
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.derived import WAGE_VALUES


def wage_values(ao_percent: pd.DataFrame, spells: pd.DataFrame, analysed: pd.DataFrame) -> pd.DataFrame:
    """Wage values by case and day in percent of wage; fits schemas.derived.WAGE_VALUES.

    `ao_percent` is the canonical table; `spells` comes from `merged_spells` and `analysed` has case_id, t0_day and
    last_known_day (K), both by case position.
    """
    delivered = ao_percent[ao_percent["wage_value_percent"].notna()]
    case, dated = pd.Index(analysed["case_id"]).get_indexer(delivered["case_id"]), day_numbers(delivered["valid_from"])
    rows = np.flatnonzero((case >= 0) & within_spells(spells, case, dated))
    case, delivered = case[rows], delivered.iloc[rows]
    day = dated[rows] - analysed["t0_day"].to_numpy("int64")[case]
    known = np.flatnonzero((day >= 0) & (day <= analysed["last_known_day"].to_numpy("int64")[case]))
    known = known[np.lexsort((day[known], case[known]))]
    columns = ["case_id", "wage_value_percent", "source_file", "source_line"]
    found = delivered[columns].iloc[known].assign(day=day[known], source_column="wage_value_percent")
    return conform(found.reset_index(drop=True), WAGE_VALUES)
