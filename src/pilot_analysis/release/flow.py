"""The flow of people, which a trial must publish: small reasons merged, then rounded to 5 so that it still adds up.

- Reasons that fewer people than the threshold had, both arms together, become one reason of that kind, with the
  smallest others until it holds enough. Its term joins theirs: `competing:death+retirement`.
- Controlled rounding: each count becomes a multiple of 5 near it, such that arms make both, reasons and events make
  those at risk, and those make the people analysed. An integer programme (HiGHS) finds the nearest such table; steps
  stay at their nearest multiple where that is possible, since the same people stand beside every result.
- The counts are exempt from suppression: that is declared in the release record.
- Fails with `ValueError` when no such table exists, which a table that adds up always has.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from pilot_analysis.release.read_off import BASE

_STEPS = ("allocated", "itt", "at_risk")
_REACH = 3  # multiples of 5 that a count may move
_OF_RISK = ("event", "competing", "censored")


def merged_reasons(rows: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The store with the small reasons of the flow as one row per level; the rows they were are gone.

    A merged row is the first of its level with the joined term, also in its `result_id`.
    """
    flow = rows[rows["analysis"].eq("flow")]
    sets = _small_sets(flow, threshold)
    if not sets:
        return rows
    gone: list[int] = []
    made: list[pd.Series] = []
    for (endpoint, kind), reasons in sets.items():
        terms = [f"{kind}:{reason}" for reason in reasons]
        mine = flow[flow["endpoint"].eq(endpoint) & flow["term"].isin(terms)]
        gone += mine.index.tolist()
        for _, of_level in mine.groupby(["group_by", "level"], sort=True):
            made.append(_merged(of_level, f"{kind}:{'+'.join(reasons)}"))
    last = rows.index.get_indexer([max(flow.index)])[0] + 1
    joined = pd.DataFrame(made).astype(rows.dtypes)
    return pd.concat([rows.iloc[:last].drop(index=gone), joined, rows.iloc[last:]], ignore_index=True)


def _small_sets(flow: pd.DataFrame, threshold: int) -> dict[tuple[str, str], list[str]]:
    """By endpoint and kind the reasons that become one; a single reason stays as it is."""
    totals = flow[flow["level"].eq("all") & flow["term"].fillna("").str.contains(":")]
    found: dict[tuple[str, str], list[str]] = {}
    kinds = totals["term"].map(lambda term: term.partition(":")[0])
    for (endpoint, kind), reasons in totals.groupby(["endpoint", kinds], sort=True):
        ordered = reasons.sort_values(["estimate", "term"])
        size, people = int(ordered["estimate"].lt(threshold).sum()), ordered["estimate"].cumsum().to_numpy()
        while 0 < size < len(ordered) and people[size - 1] < threshold:
            size += 1
        if size > 1:
            found[(endpoint, kind)] = sorted(term.partition(":")[2] for term in ordered["term"][:size])
    return found


def _merged(rows: pd.DataFrame, term: str) -> pd.Series:
    row = rows.iloc[0].copy()
    row["result_id"] = row["result_id"].removesuffix(row["term"]) + term
    row["term"] = term
    row["estimate"], row["n"] = float(rows["estimate"].sum()), int(rows["n"].sum())
    row["method"] = f"{row['method']}; reasons of few people together"
    return row


def rounded_flow(rows: pd.DataFrame) -> dict[int, float]:
    """Rounded count of each flow row by its index, such that sums hold."""
    flow = rows[rows["analysis"].eq("flow") & rows["estimate"].notna() & rows["term"].notna()]
    if flow.empty:
        return {}
    number: dict[tuple[str, ...], int] = {}
    counts: list[float] = []
    variable = {}
    for row in flow.itertuples():
        # the same people at a step of several endpoints are one count
        step = row.term in _STEPS or row.term.startswith("landmark_")
        key = ("step", row.level, str(row.estimate)) if step else (row.endpoint, row.level, row.term)
        variable[row.Index] = number.setdefault(key, len(number))
        if len(counts) < len(number):
            counts.append(float(row.estimate))
    solved = _nearest(np.array(counts), _equations(flow, variable), _weights(number))
    return {index: float(solved[place]) for index, place in variable.items()}


def _weights(number: dict[tuple[str, ...], int]) -> np.ndarray:
    return np.array([100.0 if key[0] == "step" else 10.0 if key[2] == "event" else 1.0 for key in number])


def _equations(flow: pd.DataFrame, variable: dict[int, int]) -> list[tuple[list[int], int]]:
    """Parts and the whole they make, as variables."""
    at = {(row.endpoint, row.level, row.term): variable[row.Index] for row in flow.itertuples()}
    kinds: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for (endpoint, level, term), place in at.items():
        kinds[(endpoint, level, term.partition(":")[0])].append(place)
    found = []
    levels, endpoints = sorted(set(flow["level"])), sorted(set(flow["endpoint"]))
    for endpoint in endpoints:
        for term in sorted({term for of, _, term in at if of == endpoint}):
            arms = [at[(endpoint, level, term)] for level in levels if level != "all" and (endpoint, level, term) in at]
            if (endpoint, "all", term) in at:
                found.append((arms, at[(endpoint, "all", term)]))
        for level in levels:
            risk, itt = at.get((endpoint, level, "at_risk")), at.get(("none", level, "itt"))
            if risk is not None:
                found.append(([place for kind in _OF_RISK for place in kinds[(endpoint, level, kind)]], risk))
                if itt is not None:
                    found.append(([risk, *kinds[(endpoint, level, "not_at_risk")]], itt))
    for level in levels:
        if ("none", level, "itt") in at and ("none", level, "allocated") in at:
            parts = [at[("none", level, "itt")], *kinds[("none", level, "excluded")]]
            found.append((parts, at[("none", level, "allocated")]))
    return found


def _nearest(counts: np.ndarray, equations: list[tuple[list[int], int]], weights: np.ndarray) -> np.ndarray:
    """Multiples of 5 nearest to the counts that satisfy the equations which the counts satisfy."""
    size = len(counts)
    rows = []
    for parts, whole in equations:
        row = np.zeros(size)
        np.add.at(row, parts, 1.0)
        row[whole] -= 1.0
        if row.any() and abs(row @ counts) < 1e-6:
            rows.append(row)
    low, high = np.maximum(np.floor(counts / BASE) - _REACH, 0), np.ceil(counts / BASE) + _REACH
    nobody = counts == 0
    low[nobody], high[nobody] = 0, 0
    # distance to the count as a variable of its own: at least the difference either way
    unit, none = np.eye(size), np.zeros((len(rows), size))
    constraints = [
        LinearConstraint(np.hstack([BASE * unit, -unit]), -np.inf, counts),
        LinearConstraint(np.hstack([-BASE * unit, -unit]), -np.inf, -counts),
    ]
    if rows:
        constraints.append(LinearConstraint(np.hstack([np.array(rows), none]), 0, 0))
    found = milp(
        np.concatenate([np.zeros(size), weights]),
        constraints=constraints,
        integrality=np.concatenate([np.ones(size), np.zeros(size)]),
        bounds=Bounds(np.concatenate([low, np.zeros(size)]), np.concatenate([high, np.full(size, np.inf)])),
    )
    if found.status != 0:
        raise ValueError(f"no rounded flow adds up: {found.message}")
    return np.round(found.x[:size]) * BASE + 0.0
