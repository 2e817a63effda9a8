"""Suppression of lasting recovery: shares at work, new spells, and relapse by arm beside that of all.

- A share at work goes where few are at work or few are not, and a difference where the mean of an arm is hidden.
- A probability of relapse goes where few are still at risk, or few have relapsed by then.
- The people behind relapse are not told where they are a few less than the sustained returns.
- All together less one arm is the other: where a single arm is hidden, what is said of all goes too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_ARMS = ("intervention", "control")


def lasting_recovery(rows: pd.DataFrame, small: np.ndarray, threshold: int) -> np.ndarray:
    """Which rows of the store (schema ESTIMATES) to hide, given those that are `small` anyway; shape (rows,)."""
    recovery, relapse = (rows["analysis"].eq(name).to_numpy(dtype=bool) for name in ("recovery", "relapse"))
    shares = rows["unit"].eq("probability").to_numpy(dtype=bool)
    hidden = small | (recovery & shares & _few(rows["n"] - rows["n_events"], threshold))
    keys = pd.MultiIndex.from_frame(rows[["origin", "level", "time"]])
    at_risk = rows["measure"].eq("n_at_risk").to_numpy(dtype=bool)
    thin = keys.isin(keys[relapse & at_risk & hidden])
    hidden |= relapse & shares & (thin | _few((rows["estimate"] * rows["n"]).round(), threshold))
    hidden |= _remainder(rows, relapse & shares, hidden)
    what = pd.MultiIndex.from_frame(rows[["origin", "unit"]])
    contrast = rows["measure"].str.endswith("_difference").to_numpy(dtype=bool)
    return hidden | (recovery & contrast & what.isin(what[recovery & hidden]))


def few_not_confirmed(frame: pd.DataFrame, rows: pd.DataFrame, threshold: int) -> np.ndarray:
    """Rows of a store or of curves about relapse, as booleans, whose people are a few less than the sustained returns.

    `rows` is the store; the sustained returns are exempt, and those whose return was not confirmed would follow.
    """
    own = rows["group_by"].isin(["arm", "all"]) & rows["n"].gt(0).fillna(False)
    confirmed = rows[own & rows["analysis"].eq("relapse")].groupby("level")["n"].max()
    of_arms = rows[own & rows["analysis"].eq("km") & rows["level"].isin(_ARMS) & rows["population"].eq("itt")]
    returns = of_arms[of_arms["endpoint"].eq("sustained_rtw")].groupby("level")["n_events"].max().to_dict()
    returns["all"] = sum(returns.values())
    few = _few(pd.Series([returns.get(level, 0) - n for level, n in confirmed.items()], dtype="Float64"), threshold)
    return (frame["analysis"].eq("relapse") & frame["level"].isin(confirmed.index[few])).to_numpy(dtype=bool)


def _few(values: pd.Series, threshold: int) -> np.ndarray:
    return values.between(1, threshold - 1).fillna(False).to_numpy(dtype=bool)


def _remainder(rows: pd.DataFrame, relapse: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Rows of all at a time at which the number of a single arm is hidden."""
    times = rows["time"].to_numpy("float64", na_value=np.nan)
    by_arm = [set(times[relapse & hidden & rows["level"].eq(arm).to_numpy(dtype=bool)]) for arm in _ARMS]
    return relapse & rows["level"].eq("all").to_numpy(dtype=bool) & np.isin(times, list(by_arm[0] ^ by_arm[1]))
