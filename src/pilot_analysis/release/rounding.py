"""Every released number is rounded once, here, by the rule of its unit.

- People and events are multiples of 5, half up; a count of at least the threshold never becomes fewer.
- A share that is a count of a count is made again from the two rounded counts, and its interval moves along, so that it
  tells nothing more than they do. Standardised differences of shares are made again from the rounded shares.
- Other numbers have the decimals of the table below; limits as the estimate. Exact limits, errors and p values would
  give back what suppression and rounding took.
- Numbers that describe nobody (assumptions, agreement of engines, what a source prints) are exempt.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pilot_analysis.release.cells import SHARES
from pilot_analysis.release.read_off import BASE


class Decimals(NamedTuple):
    """Decimals of an estimate and its limits, and of its standard error; negative: tens."""

    estimate: int
    se: int


RULES = {
    "probability": Decimals(2, 2), "percent": Decimals(0, 0), "days": Decimals(1, 1), "ratio": Decimals(2, 2),
    "euro": Decimals(-1, -1), "points": Decimals(1, 1), "events": Decimals(2, 2), "statistic": Decimals(2, 2),
    "years": Decimals(1, 1), "months": Decimals(1, 1), "fte": Decimals(2, 2), "sd": Decimals(2, 2),
    "score": Decimals(2, 2), "coefficient": Decimals(2, 2), "direction": Decimals(0, 0),
}  # fmt: skip
COUNTS = ("people", "rows")
TESTS = {"statistic": 2, "df": 1, "p_value": 3}
NOBODY = ("business_case", "business_case_sensitivity", "agreement")
_AMOUNTS = ["daily_wage_eur"]  # euro that are no thousands: whole


def half_up(values: np.ndarray, base: float = BASE) -> np.ndarray:
    """Values to the nearest multiple of `base`, half up."""
    return base * np.floor(np.asarray(values, dtype="float64") / base + 0.5)


def rounded(values: np.ndarray, decimals: int) -> np.ndarray:
    """Values to so many decimals, half to even; never minus zero."""
    return np.round(np.asarray(values, dtype="float64"), decimals) + 0.0


def is_exempt(rows: pd.DataFrame) -> np.ndarray:
    """Rows that describe nobody."""
    assumed = rows["analysis"].eq("business_case_observed") & rows["measure"].eq("assumed")
    published = rows["level"].eq("published") | rows["measure"].str.startswith("published")
    return (rows["analysis"].isin(NOBODY) | assumed | published).fillna(False).to_numpy(dtype=bool)


def round_rows(rows: pd.DataFrame, flow: dict[int, float], settled: np.ndarray) -> tuple[pd.DataFrame, pd.Series]:
    """The released rows with every number rounded, and the rule by which, row by row.

    Parameters
    ----------
    rows
        The store after suppression (schema RELEASED).
    flow
        Rounded counts of the flow by index of the row (release.flow).
    settled
        Rows that come rounded from the life tables, as booleans.
    """
    rows = rows.copy()
    exempt = is_exempt(rows)
    numbers = {name: rows[name].to_numpy("float64", na_value=np.nan) for name in _NUMBERS}
    rule = np.full(len(rows), "", dtype=object)
    rule[exempt], rule[settled] = "describes nobody", "read off a protected life table"
    todo = ~exempt & ~settled
    new = {name: values.copy() for name, values in numbers.items()}
    for name in ("n", "n_events"):
        new[name][todo] = half_up(numbers[name][todo])
    for name, decimals in TESTS.items():
        new[name][todo] = rounded(numbers[name][todo], decimals)
    _by_unit(rows, todo, new, rule)
    _counts(rows, todo, numbers, new, rule)
    _shares(rows, todo, numbers, new, rule)
    _flow(rows, flow, new, rule)
    _standardised(rows, todo, new, rule)
    rule[rows["status"].ne("ok").to_numpy(dtype=bool) & ~exempt] = ""
    for name, values in new.items():
        whole = name in ("n", "n_events")
        rows[name] = pd.Series(values, index=rows.index).astype("Float64" if whole else "float64")
        rows[name] = rows[name].astype("Int64") if whole else rows[name]
    return rows, pd.Series(rule, index=rows.index, dtype="string")


_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_events")


def _by_unit(rows: pd.DataFrame, todo: np.ndarray, new: dict[str, np.ndarray], rule: np.ndarray) -> None:
    for unit, decimals in RULES.items():
        mine = todo & rows["unit"].eq(unit).to_numpy(dtype=bool)
        special = mine & (unit == "euro") & rows["term"].isin(_AMOUNTS).fillna(False).to_numpy(dtype=bool)
        for chosen, by in ((mine & ~special, decimals), (special, Decimals(0, 0))):
            for name in ("estimate", "ci_low", "ci_high"):
                new[name][chosen] = rounded(new[name][chosen], by.estimate)
            new["se"][chosen] = rounded(new["se"][chosen], by.se)
            rule[chosen] = f"{unit}: to {_step(by.estimate)}"


def _step(decimals: int) -> str:
    """What so many decimals round to, such as 10, 1 or 0.01."""
    return f"{10.0**-decimals:.{max(decimals, 0)}f}"


def _counts(
    rows: pd.DataFrame, todo: np.ndarray, old: dict[str, np.ndarray], new: dict[str, np.ndarray], rule: np.ndarray
) -> None:
    same = (old["estimate"] == old["n_events"]) & rows["unit"].eq("events").to_numpy(dtype=bool)
    mine = todo & (rows["unit"].isin(COUNTS).to_numpy(dtype=bool) | same)
    new["estimate"][mine] = half_up(old["estimate"][mine])
    rule[mine] = f"count: to {BASE}"


def _shares(
    rows: pd.DataFrame, todo: np.ndarray, old: dict[str, np.ndarray], new: dict[str, np.ndarray], rule: np.ndarray
) -> None:
    """Shares of people, made of rounded counts; the interval moves along within its bounds."""
    keys = pd.MultiIndex.from_frame(rows[["analysis", "measure"]].astype(object))
    for unit, whole in (("percent", 100.0), ("probability", 1.0)):
        mine = todo & np.asarray(keys.isin(list(SHARES))) & rows["unit"].eq(unit).to_numpy(dtype=bool)
        mine &= (new["n"] > 0) & (np.abs(old["estimate"] - whole * old["n_events"] / np.maximum(old["n"], 1)) < 1e-6)
        share = whole * np.minimum(new["n_events"][mine] / new["n"][mine], 1.0)
        for name in ("ci_low", "ci_high"):
            moved = old[name][mine] + share - old["estimate"][mine]
            new[name][mine] = rounded(np.clip(moved, 0.0, whole), RULES[unit].estimate)
        new["estimate"][mine] = rounded(share, RULES[unit].estimate)
        rule[mine] = f"share of counts to {BASE}"


def _flow(rows: pd.DataFrame, flow: dict[int, float], new: dict[str, np.ndarray], rule: np.ndarray) -> None:
    """Flow rows get the rounded table."""
    for place, index in enumerate(rows.index):
        if index in flow:
            new["estimate"][place] = new["n"][place] = flow[index]
            rule[place] = f"process count: controlled rounding to {BASE}"


def _standardised(rows: pd.DataFrame, todo: np.ndarray, new: dict[str, np.ndarray], rule: np.ndarray) -> None:
    """Standardised differences of shares, of the shares as they are released."""
    ours = rows["analysis"].eq("baseline")
    share = (ours & rows["measure"].eq("percent")).to_numpy(dtype=bool)
    of = dict(
        zip(zip(rows.loc[share, "term"], rows.loc[share, "level"], strict=True), new["estimate"][share], strict=True)
    )
    mine = todo & (ours & rows["measure"].eq("standardised_difference")).to_numpy(dtype=bool)
    for place in np.flatnonzero(mine & ~np.isnan(new["estimate"])):
        term = rows["term"].iloc[place]
        one, other = (of.get((term, arm), np.nan) / 100 for arm in ("intervention", "control"))
        spread = np.sqrt((one * (1 - one) + other * (1 - other)) / 2)
        if spread > 0:
            new["estimate"][place] = rounded(np.array((one - other) / spread), RULES["sd"].estimate)
            rule[place] = f"standardised difference of shares of counts to {BASE}"
