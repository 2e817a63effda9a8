"""Curves, milestones, medians and numbers at risk from one protected life table per level, in place of the exact ones.

- `ends` counts how people end their waiting, `grid` chooses the days at which they may be counted, `families` looks at
  everything that could be subtracted, `protected` makes the tables, `read_off` and `occupied` what is shown of them.
- A released curve has a point per cut, to be joined by straight lines. Every number of it follows from counts that are
  each at least the threshold, so no inversion of heights, limits or numbers at risk finds fewer people.
- Curves of the adjusted model are shown on the cuts of the arms. Its ratios over time are given for intervals in which
  both arms have enough events, with whole weeks as limits; the other intervals have no number.
- What would tell an exit that is not told apart goes: leaving makes the difference between mean days with and without
  it, so that the mean with leaving censored stands by its difference of the arms only. So do the means of a landmark
  that is too close to the first to have a table.
- Of a mean beside a protected curve (days not returned, to a tenth of a day) only the sum of the days of all people
  is known: days within a step can be exchanged freely, so no cell of a step is fixed by it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.release.families import Level, protected_tables
from pilot_analysis.release.followed import everybody, without_few_gone
from pilot_analysis.release.occupied import ao_by_block, occupied_curves, occupied_rows, released_shares, told_followed
from pilot_analysis.release.protected import Heights, LifeTable, incidence, kaplan_meier, not_returned
from pilot_analysis.release.read_off import (
    NUMBERS,
    Tables,
    is_read,
    read_row,
    round_share,
    rounded_people,
)
from pilot_analysis.schemas.canonical import ARMS
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES

_KEYS = ["analysis", "endpoint", "population", "origin", "group_by", "level"]
_NOTE = "; read off the protected life table, whose steps each hold at least {n} events"
_WEEK = 7


def protect_curves(
    estimates: pd.DataFrame, curves: pd.DataFrame, threshold: int, confidence: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The store and the curves with all that shows a course over time taken from protected life tables.

    Call it before the other rules of release: it needs the exact curves, and it settles every curve. Of the store it
    settles the rows of `km`, `cuminc`, `relapse`, `fml_availability` (not its test and its share by the landmark),
    `followup`, `ao_curve` and the probabilities of `state_occupation`, and it suppresses means that would undo the
    tables; all other rows come back as they were.

    Parameters
    ----------
    estimates, curves
        The results store and the whole curves (schemas ESTIMATES, CURVES).
    threshold
        Fewest people or events that may be shown.
    confidence
        Level of the intervals, a share.

    Returns
    -------
    estimates, curves
        Fitting RELEASED and RELEASED_CURVES. A withheld row has no numbers, status `suppressed` and a reason; a row
        that was read off says so in `method`.
    """
    milestones = sorted({int(day) for day in estimates.loc[estimates["measure"].eq("n_at_risk"), "time"].dropna()})
    tables = protected_tables(curves, milestones, threshold)
    rows = _read_rows(estimates, tables, threshold, confidence)
    shares = released_shares(estimates, curves, tables, milestones, threshold)
    rows = occupied_rows(rows, shares, threshold)
    told = everybody(estimates) | told_followed(shares)
    rows = ao_by_block(without_few_gone(rows, told, threshold), threshold, told)
    rows = _without_means(_follow_up(rows, threshold), tables, threshold)
    shown = [
        *_from_tables(estimates, curves, tables, threshold, confidence),
        *_of_the_model(curves, tables, threshold),
        *_over_time(curves, threshold),
        *occupied_curves(shares),
    ]
    whole = pd.concat(shown, ignore_index=True) if shown else empty_table(RELEASED_CURVES)
    return conform(rows, RELEASED), conform(whole.sort_values([*_KEYS, "time"], ignore_index=True), RELEASED_CURVES)


def withhold(rows: pd.DataFrame, which: np.ndarray, threshold: int) -> pd.DataFrame:
    """`rows` without the numbers of those chosen; what was not estimable keeps its reason."""
    rows = rows.copy()
    rows.loc[which, list(NUMBERS)] = pd.NA
    known = which & rows["status"].eq("ok").to_numpy(dtype=bool)
    rows.loc[known, "status"] = "suppressed"
    rows.loc[known, "reason"] = f"rests on fewer than {threshold} people or events"
    return rows


def _read_rows(estimates: pd.DataFrame, tables: Tables, threshold: int, confidence: float) -> pd.DataFrame:
    ours = is_read(estimates)
    read = {place: read_row(row, tables, threshold, confidence) for place, row in _records(estimates, ours)}
    lost = np.zeros(len(estimates), dtype=bool)
    lost[[place for place, numbers in read.items() if numbers is None]] = True
    rows = withhold(estimates, lost, threshold)
    given = [place for place, numbers in read.items() if numbers is not None]
    unknown = rows["status"].ne("ok").to_numpy(dtype=bool)
    for name in NUMBERS:
        column = rows[name].astype("Float64").to_numpy("float64", na_value=np.nan)
        column[given] = [read[place].get(name, np.nan) for place in given]
        if name not in ("n", "n_events"):
            column[unknown & ours] = np.nan
        rows[name] = pd.Series(column, index=rows.index).astype("Float64" if name in ("n", "n_events") else "float64")
    told = ours & rows["status"].eq("ok").to_numpy(dtype=bool)
    rows.loc[told, "method"] += _NOTE.format(n=threshold)
    return rows


def _records(rows: pd.DataFrame, chosen: np.ndarray) -> list[tuple[int, dict]]:
    names = ["analysis", "measure", "endpoint", "population", "group_by", "level", "time"]
    plain = rows.loc[chosen, names].astype(object).to_dict("records")
    return list(zip(np.flatnonzero(chosen).tolist(), plain, strict=True))


def _follow_up(rows: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Median follow-up in whole weeks, where twice the threshold of people and the threshold of ends are behind it."""
    ours = rows["analysis"].eq("followup").to_numpy(dtype=bool)
    enough = rows["n"].ge(2 * threshold).fillna(False) & rows["n_events"].ge(threshold).fillna(False)
    rows = withhold(rows, ours & ~enough.to_numpy(dtype=bool), threshold)
    for name in ("estimate", "ci_low", "ci_high"):
        rows.loc[ours, name] = (rows.loc[ours, name] / _WEEK).round() * _WEEK
    for name in ("n", "n_events"):
        known = ours & rows[name].notna().to_numpy(dtype=bool)
        rows.loc[known, name] = [int(rounded_people(float(count))) for count in rows.loc[known, name]]
    return rows


def _without_means(rows: pd.DataFrame, tables: Tables, threshold: int) -> pd.DataFrame:
    """Without mean days of an arm, and ratios, that would tell an exit or a difference that the tables keep."""
    days, rmst = (rows["analysis"].str.startswith(name).to_numpy(dtype=bool) for name in ("days_not_returned", "rmst"))
    one = rows["measure"].isin(["mean", "rmst", "mean_ratio", "rmst_ratio"]).to_numpy(dtype=bool)
    courses = {table[1:3]: found for table, found in tables.items() if table[:1] == ("return",) and table[3] == "arm"}
    keys = list(zip(rows["endpoint"], rows["population"], strict=True))
    untold = np.array([key in courses and "leaving" not in courses[key].told for key in keys], dtype=bool)
    close = np.array([_is_close(*key, courses) for key in keys], dtype=bool)
    return withhold(rows, one & ((rmst & untold) | ((days | rmst) & close)), threshold)


def _is_close(endpoint: str, population: str, courses: dict[tuple[str, str], LifeTable]) -> bool:
    """A landmark without tables beside one that has them."""
    landmarks = {key[1] for key in courses if key[0] == endpoint and key[1].startswith("landmark_")}
    return population.startswith("landmark_") and bool(landmarks) and population not in landmarks


def _from_tables(
    estimates: pd.DataFrame, curves: pd.DataFrame, tables: Tables, threshold: int, confidence: float
) -> list[pd.DataFrame]:
    """Curves read off the tables, up to the horizon of the means (relapse: the last milestone)."""
    origin = curves.drop_duplicates(["endpoint", "population"]).set_index(["endpoint", "population"])["origin"]
    until = estimates[estimates["analysis"].isin(["days_not_returned", "relapse"])]
    horizon = until.groupby("population")["time"].max().dropna()
    drawn = []
    for key, table in tables.items():
        about = dict(zip(_KEYS[1:], (*key[1:3], origin[key[1:3]], *key[3:]), strict=True))
        until = min(float(horizon.get(key.population, np.inf)), table.last_day(threshold))
        for analysis, heights in _curves_of(key, table, confidence).items():
            drawn.append(_frame(heights.until(until), table).assign(analysis=analysis, **about))
    return drawn


def _curves_of(key: Level, table: LifeTable, confidence: float) -> dict[str, Heights]:
    if key.course == "relapse":
        return {"relapse": incidence(table, confidence)}
    if key.course != "return":
        return {}
    found = {"km": kaplan_meier(table, confidence)}
    if key.group_by == "arm":
        found |= {"not_returned": not_returned(table, confidence), "cuminc": incidence(table, confidence)}
        if "leaving" in table.told:
            found["cuminc_leaving"] = incidence(table, confidence, "leaving")
    return found


def _frame(heights: Heights, table: LifeTable) -> pd.DataFrame:
    columns = {"estimate": heights.estimate, "se": heights.se, "ci_low": heights.low, "ci_high": heights.high}
    people = np.interp(heights.days, table.days, table.at_risk)
    return pd.DataFrame(
        {
            "time": heights.days.astype("float64"),
            **{name: round_share(values, table.n) for name, values in columns.items()},
            "n_at_risk": [rounded_people(count) for count in people],
        }
    )


def _of_the_model(curves: pd.DataFrame, tables: Tables, threshold: int) -> list[pd.DataFrame]:
    """Curves `standardised` on the cuts of the arms."""
    drawn = []
    for key, curve in curves[curves["analysis"].eq("standardised")].groupby(_KEYS, sort=False):
        table = tables.get(Level("return", key[1], key[2], key[4], key[5]))
        if table is None:
            continue
        curve = curve.sort_values("time")
        at = np.searchsorted(curve["time"].to_numpy("float64"), table.days, side="right") - 1
        columns = (curve[name].to_numpy("float64")[at] for name in ("estimate", "se", "ci_low", "ci_high"))
        heights = Heights(table.days, *columns).until(table.last_day(threshold))
        drawn.append(_frame(heights, table).assign(**dict(zip(_KEYS, key, strict=True))))
    return drawn


def _over_time(curves: pd.DataFrame, threshold: int) -> list[pd.DataFrame]:
    """Intervals of `effect_over_time` from whole weeks on, without a number where an arm has too few events."""
    drawn = []
    for key, curve in curves[curves["analysis"].eq("effect_over_time")].groupby(_KEYS, sort=False):
        curve = curve.sort_values("time")
        same = (curves[["endpoint", "population", "group_by"]] == (key[1], key[2], "arm")).all(axis=1)
        arms = curves[same & curves["analysis"].eq("km")]
        enough = np.array([len(arms) > 0] * len(curve))
        for arm in ARMS:
            of_arm = arms[arms["level"].eq(arm)]
            edges = [*curve["time"], np.inf]
            counts, _ = np.histogram(of_arm["time"] - 0.5, edges, weights=of_arm["n_events"].astype(float))
            enough &= counts >= threshold
        kept = curve.copy()
        kept["time"] = (kept["time"] / _WEEK).round() * _WEEK
        kept["n_at_risk"] = [rounded_people(people) for people in kept["n_at_risk"]]
        for name in ("estimate", "se", "ci_low", "ci_high"):
            kept[name] = kept[name].round(2).where(enough)
        if enough.any():
            drawn.append(kept)
    return drawn
