"""Numbers of people followed so far: those who went out of sight between two of them are counted by their difference.

- Of one arm of a population, numbers on different days (state occupation, AO% by week, wage values) are shown only
  where each differs from everybody, and from each other shown, by nobody or by enough people.
- They are tried in a fixed order: everybody, the milestones, every four weeks, the named weeks, blocks of weeks.
- With the number of an arm goes that of both arms together on that day: their difference would be it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pilot_analysis.schemas.canonical import ARMS

Told = dict[tuple[str, str], list[float]]  # exact numbers shown so far, by population and arm
_WEEKS = ("ao_points", "wage_value")


def tell(counts: Iterable[float], told: list[float], threshold: int) -> np.ndarray:
    """Which of `counts` may be shown, as booleans, tried in turn; they are added to `told`."""
    shown = []
    for count in counts:
        shown.append(all(count == other or abs(count - other) >= threshold for other in told))
        if shown[-1]:
            told.append(float(count))
    return np.array(shown, dtype=bool)


def everybody(rows: pd.DataFrame) -> Told:
    """People of each population by arm, to start from."""
    km = rows[rows["analysis"].eq("km") & rows["endpoint"].eq("full_rtw") & rows["level"].isin(ARMS) & rows["n"].gt(0)]
    return {key: [float(n)] for key, n in km.groupby(["population", "level"])["n"].max().items()}


def without_few_gone(rows: pd.DataFrame, told: Told, threshold: int) -> pd.DataFrame:
    """`rows` without the people of named weeks that would tell how few went out of sight."""
    rows = rows.copy()
    ours = rows["analysis"].isin(_WEEKS) & rows["n"].gt(0).fillna(False) & rows["measure"].isin(["mean", "n_known"])
    weeks = rows[ours & ~(rows["analysis"].eq("wage_value") & rows["measure"].eq("mean"))]
    gone: set[tuple[str, str, float]] = set()
    for row in weeks[weeks["level"].isin(ARMS)].sort_values(["time", "level", "analysis"]).itertuples():
        if not tell([float(row.n)], told.setdefault((row.population, row.level), []), threshold)[0]:
            gone.add((row.population, row.level, row.time))
    gone |= {(population, "intervention - control", time) for population, _, time in gone}
    keys = pd.MultiIndex.from_frame(rows[["population", "level", "time"]])
    known = rows["analysis"].eq("wage_value") & rows["measure"].eq("mean")  # its people are those with a wage value
    which = rows["analysis"].isin(_WEEKS).to_numpy(dtype=bool) & ~known.to_numpy(dtype=bool) & keys.isin(list(gone))
    rows.loc[which, "n"] = pd.NA
    return rows
