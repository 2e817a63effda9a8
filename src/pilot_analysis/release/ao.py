"""Suppression where numbers of one arm add up: shares in states, days in states, and differences of means.

- A share in a state that 1 .. threshold - 1 people were in that day is hidden. The shares of an arm add up to 1; its
  days absent and partial add up to its days with any absence, and the others to what is left of the horizon. Where one
  alone of such a sum would be hidden, the smallest other goes with it.
- A difference of means goes where the mean of an arm is hidden; and so does what the other means give away.
- With the number of people who have a wage value goes its mean: its `n` is that number.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_STATES = "state_occupation"
_DIFFERENCES = ("state_occupation", "ao_days", "ao_points")
_KEYS = ["analysis", "endpoint", "population", "origin", "group_by"]
_SUM = [*_KEYS, "measure", "level", "time"]


def with_what_adds_up(rows: pd.DataFrame, small: np.ndarray, threshold: int) -> np.ndarray:
    """The rows that are `small`, few people in a state, one more of a sum with a single one, and their differences."""
    hidden = small | _few(rows, threshold) | _wage_values(rows, small)
    estimate = rows["estimate"].to_numpy("float64", na_value=np.nan)
    parts = rows["analysis"].eq(_STATES) & rows["term"].notna() & rows["status"].eq("ok")
    parts &= ~rows["measure"].str.endswith("_difference")
    absence = rows["unit"].eq("days") & rows["term"].isin(["absent", "partial"])
    numbered = rows.assign(place=np.arange(len(rows)), absence=absence)[parts.to_numpy(dtype=bool)]
    for _, of_sum in numbered.groupby([*_SUM, "absence"], dropna=False):
        places = of_sum["place"].to_numpy()
        others = places[~hidden[places]]
        if hidden[places].sum() == 1 and others.size:
            rank = np.where(estimate[others] > 0, estimate[others], np.inf)  # rather one with people in it
            hidden[others[np.argmin(rank)]] = True
    return hidden | _differences(rows, hidden)


def _few(rows: pd.DataFrame, threshold: int) -> np.ndarray:
    """Shares that few people make up, or where few are followed."""
    shares = rows["analysis"].eq(_STATES) & rows["unit"].eq("probability")
    people = (rows["estimate"] * rows["n"]).round()
    followed = rows["analysis"].eq(_STATES) & rows["measure"].eq("n_at_risk")
    at = [*_KEYS, "level", "time"]
    thin = pd.MultiIndex.from_frame(rows.loc[followed & rows["estimate"].between(1, threshold - 1), at])
    few = people.between(1, threshold - 1).fillna(False).to_numpy(dtype=bool)
    return shares.to_numpy(dtype=bool) & (few | pd.MultiIndex.from_frame(rows[at]).isin(thin))


def _wage_values(rows: pd.DataFrame, small: np.ndarray) -> np.ndarray:
    """Rows of wage values of which the number of people who have one is hidden."""
    ours = rows["analysis"].eq("wage_value").to_numpy(dtype=bool)
    keys = pd.MultiIndex.from_frame(rows[[*_KEYS, "level", "time"]])
    return ours & keys.isin(keys[ours & small & rows["measure"].eq("n_known").to_numpy(dtype=bool)])


def _differences(rows: pd.DataFrame, hidden: np.ndarray) -> np.ndarray:
    means = rows["analysis"].isin(_DIFFERENCES).to_numpy(dtype=bool)
    key = rows[_KEYS].assign(
        mean=rows["measure"].str.removesuffix("_difference"), term=rows["term"].fillna(""), time=rows["time"]
    )
    of_hidden = pd.MultiIndex.from_frame(key[means & hidden])
    contrast = rows["measure"].str.endswith("_difference").to_numpy(dtype=bool)
    return means & contrast & pd.MultiIndex.from_frame(key).isin(of_hidden)
