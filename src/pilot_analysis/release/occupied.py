"""States by day and AO% by week, coarse enough for release: shares every four weeks, means over four weeks.

- Shares of the states every four weeks and at the milestones, on days on which each holds nobody or enough people of
  those followed in both arms. Returned and recovered are one state (`at_work`), and absent and partial too (`absence`),
  where that gives more shares.
- `left` moves only on days between which enough people left, and enough of them after a return, where leaving without a
  return is shown too; in between it lies on a straight line. Where an arm has too few, it is that of both arms
  together, and without enough in both nobody is taken to have left. The other shares are divided over the rest.
- Mean AO% over blocks of four weeks in whole points, people rounded: the row of the first week holds it, the other
  weeks are suppressed. A block with a week of fewer people than the threshold, or unfinished, is suppressed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.release.ends import EVENT, Ends
from pilot_analysis.release.families import Level
from pilot_analysis.release.followed import Told, tell
from pilot_analysis.release.grid import cuts
from pilot_analysis.release.read_off import NUMBERS, Tables, round_share, rounded_people
from pilot_analysis.schemas.canonical import ARMS

BLOCK = 28
ABSENCE, WORK, LEFT = "absence", "at_work", "left"
_STATES = ("absent", "partial", "returned", "recovered")
_PARTITIONS = (_STATES, ("absent", "partial", WORK), (ABSENCE, WORK))
_KEYS = ["analysis", "endpoint", "population", "origin", "group_by", "level"]
_READ = "; every four weeks, shares of leaving between days with enough leavers; people rounded to 5"
_MEAN = "; mean over four weeks from this week on, in whole points; people rounded to 5"
_ONE_OFF = 2  # a curve knows who was followed up to the last change, which may be days before


@dataclass(frozen=True)
class Shares:
    """Released shares of one arm: `days`, share by state on them, people followed; `left_told`: its own leavers.

    People followed are rounded, NaN where they would tell how few went out of sight; `told` are those shown, exactly.
    """

    n: int
    days: np.ndarray
    share: dict[str, np.ndarray]
    followed: np.ndarray
    left_told: bool
    told: list[float]


Every = dict[tuple[str, str, str], Shares]  # by population, origin and arm


def released_shares(
    estimates: pd.DataFrame, curves: pd.DataFrame, tables: Tables, milestones: list[int], threshold: int
) -> Every:
    """Shares of every population and arm that may be shown; the days of both arms are found together."""
    here, counted = curves[curves["analysis"].eq("occupation")], _counted_on(estimates)
    found: Every = {}
    for (population, origin), table in here.groupby(["population", "origin"], sort=True):
        arms = {arm: table[table["level"].str.startswith(f"{arm}:")] for arm in ARMS}
        if all(len(arm) for arm in arms.values()):
            known = {arm: counted.get((population, arm), {}) for arm in ARMS}
            of_arms = _of_population(arms, _leavers(population, tables), milestones, threshold, known)
            found |= {(population, origin, arm): shares for arm, shares in of_arms.items()}
    return found


def _counted_on(estimates: pd.DataFrame) -> dict[tuple[str, str], dict[float, float]]:
    """People followed on the milestones by population and arm, as the store counts them."""
    ours = estimates["analysis"].eq("state_occupation") & estimates["measure"].eq("n_at_risk")
    found: dict[tuple[str, str], dict[float, float]] = {}
    for row in estimates[ours & estimates["status"].eq("ok")].itertuples():
        found.setdefault((row.population, row.level), {})[row.time] = float(row.estimate)
    return found


def occupied_curves(every: Every) -> list[pd.DataFrame]:
    """Released curves `occupation` of the shares of every arm."""
    drawn = []
    for (population, origin, arm), shares in every.items():
        about = {"analysis": "occupation", "endpoint": "ao_percent", "population": population, "origin": origin}
        for state, share in shares.share.items():
            if state == LEFT and not share.any():
                continue
            frame = pd.DataFrame({"time": shares.days.astype(float), "estimate": share, "n_at_risk": shares.followed})
            empty = dict.fromkeys(("se", "ci_low", "ci_high"), np.nan)
            drawn.append(frame.assign(**about, **empty, group_by="arm*state", level=f"{arm}:{state}"))
    return drawn


def occupied_rows(rows: pd.DataFrame, every: Every, threshold: int) -> pd.DataFrame:
    """`rows` with the probabilities of `state_occupation` and the numbers followed read off the released shares."""
    rows = rows.copy()
    shares = {(population, arm): found for (population, _, arm), found in every.items()}
    ours = rows["analysis"].eq("state_occupation") & rows["measure"].isin(["probability", "n_at_risk"])
    for place in rows.index[ours.to_numpy(dtype=bool)]:
        row = rows.loc[place]
        arm = shares.get((row["population"], row["level"]))
        found = _share_on(arm, row)
        rows.loc[place, list(NUMBERS)] = pd.NA
        if row["status"] != "ok":
            continue
        if found is None:
            rows.loc[place, "status"] = "suppressed"
            rows.loc[place, "reason"] = f"rests on fewer than {threshold} people or events"
            continue
        rows.loc[place, "estimate"] = found
        rows.loc[place, "n"] = int(rounded_people(arm.n))
        rows.loc[place, "method"] += _READ
    return rows


def _share_on(arm: Shares | None, row: pd.Series) -> float | None:
    if arm is None or row["time"] not in arm.days:
        return None
    at = int(np.flatnonzero(arm.days == row["time"])[0])
    if row["measure"] == "n_at_risk":
        return None if np.isnan(arm.followed[at]) else float(arm.followed[at])
    if row["term"] not in arm.share or (row["term"] == LEFT and not arm.left_told):
        return None
    return float(arm.share[row["term"]][at])


def _leavers(population: str, tables: Tables) -> dict[str, np.ndarray] | None:
    """Days and counts of leaving without a return that are told, by arm; None where they are not."""
    keys = [Level("return", "full_rtw", population, "arm", arm) for arm in ARMS]
    if any(key not in tables or "leaving" not in tables[key].told for key in keys):
        return None
    return {
        key.level: np.column_stack([tables[key].days, np.append(0, np.cumsum(tables[key].exits["leaving"]))])
        for key in keys
    }


def _of_population(
    arms: dict[str, pd.DataFrame],
    told: dict[str, np.ndarray] | None,
    also: list[int],
    threshold: int,
    counted: dict[str, dict[float, float]],
) -> dict[str, Shares]:
    last = int(min(arm["time"].max() for arm in arms.values()))
    days = np.array(sorted({0, *range(BLOCK, last + 1, BLOCK), *(day for day in also if day <= last)}))
    state = {arm: _states(table, days) for arm, table in arms.items()}
    followed = {arm: _on(table.drop_duplicates("time"), "n_at_risk", days) for arm, table in arms.items()}
    people = {arm: {name: share * followed[arm] for name, share in state[arm].items()} for arm in arms}
    names, kept = _partition(people, followed, threshold)
    left, own = _left(arms, told, days, threshold)
    found = {}
    for arm in arms if kept.sum() > 1 else ():
        n = int(followed[arm][0])
        share = {name: round_share(state[arm][name] * (1 - left[arm]), n)[kept] for name in names}
        share[LEFT] = round_share(left[arm], n)[kept]
        rounded, told = _followed(days[kept], followed[arm][kept], n, counted[arm], threshold)
        found[arm] = Shares(n, days[kept], share, rounded, own, told)
    return found


def _followed(
    days: np.ndarray, followed: np.ndarray, n: int, counted: dict[float, float], threshold: int
) -> tuple[np.ndarray, list[float]]:
    """People followed on `days`, rounded, those `counted` before the others; and those shown, exactly.

    On days on which the store does not count them nobody knows whether as many as on another day are the same people.
    """
    told = [float(n)]
    sure = np.array([day == 0 or day in counted for day in days.tolist()])
    exact = np.array([counted.get(day, count) for day, count in zip(days.tolist(), followed, strict=True)])
    shown = np.zeros(len(days), dtype=bool)
    for at in np.argsort(~sure, kind="stable"):
        if sure[at] or exact[at] not in told:
            shown[at] = tell(exact[[at]], told, threshold + _ONE_OFF)[0]
    return np.where(shown, [rounded_people(number) for number in exact], np.nan), told


def _partition(
    people: dict[str, dict[str, np.ndarray]], followed: dict[str, np.ndarray], threshold: int
) -> tuple[tuple[str, ...], np.ndarray]:
    """The states that give most shares, and the days on which each holds nobody or enough people in both arms."""
    best, kept = _PARTITIONS[0], np.zeros(0, dtype=bool)
    for names in _PARTITIONS:
        safe = np.all([_safe(people[arm], names, followed[arm], threshold) for arm in people], axis=0)
        if safe.sum() * len(names) > kept.sum() * len(best):
            best, kept = names, safe
    return best, kept


def _states(table: pd.DataFrame, days: np.ndarray) -> dict[str, np.ndarray]:
    """Shares on `days` of those who have not left; a state without a curve has nobody."""
    by_state = {level.partition(":")[2]: curve for level, curve in table.groupby("level")}
    share = {
        name: _on(by_state[name], "estimate", days) if name in by_state else np.zeros(len(days))
        for name in (*_STATES, LEFT)
    }
    there = np.maximum(1 - share.pop(LEFT), 1e-12)
    share[WORK], share[ABSENCE] = share["returned"] + share["recovered"], share["absent"] + share["partial"]
    return {name: values / there for name, values in share.items()}


def _on(curve: pd.DataFrame, column: str, days: np.ndarray) -> np.ndarray:
    curve = curve.sort_values("time")
    at = np.searchsorted(curve["time"].to_numpy("float64"), days, side="right") - 1
    return curve[column].to_numpy("float64")[at]


def _safe(people: dict[str, np.ndarray], names: tuple[str, ...], followed: np.ndarray, threshold: int) -> np.ndarray:
    shown = [(people[name] < 0.5) | (people[name] > threshold - 0.5) for name in names]
    return np.all([*shown, followed >= threshold], axis=0)


def _left(
    arms: dict[str, pd.DataFrame], told: dict[str, np.ndarray] | None, days: np.ndarray, threshold: int
) -> tuple[dict[str, np.ndarray], bool]:
    """Share who left by arm on `days`, and whether it is the arm's own."""
    curves = {arm: table[table["level"].eq(f"{arm}:{LEFT}")].sort_values("time") for arm, table in arms.items()}
    gone = {arm: _arrived(curve, days) for arm, curve in curves.items()}
    share = {arm: _on(curve, "estimate", days) if len(curve) else np.zeros(len(days)) for arm, curve in curves.items()}
    wanted = [len(days) - 1, *range(1, len(days) - 1)]
    levels = list(gone.values())
    if told:
        levels += [gone[arm] - np.interp(days, *told[arm].T) for arm in arms]
    own = _cut(levels, wanted, threshold) if min(counts[-1] for counts in levels) >= threshold else []
    if not own:
        weight = {arm: table["n_at_risk"].max() for arm, table in arms.items()}
        both = sum(share[arm] * weight[arm] for arm in arms) / sum(weight.values())
        share = dict.fromkeys(arms, both)
    places = own or _cut([sum(gone.values())], wanted, threshold)
    straight = {arm: np.interp(days, days[[0, *places]], values[[0, *places]]) for arm, values in share.items()}
    return straight, bool(own)


def _cut(levels: list[np.ndarray], wanted: list[int], threshold: int) -> list[int]:
    """Places of days between which enough people of each level left."""
    ends = [Ends(0, {EVENT: np.append(counts, counts[-1])}) for counts in levels]
    return cuts(ends, EVENT, wanted, threshold)


def _arrived(curve: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    if not len(curve):
        return np.zeros(len(days))
    return np.cumsum(curve["n_events"].to_numpy("float64"))[
        np.searchsorted(curve["time"].to_numpy("float64"), days, side="right") - 1
    ]


def told_followed(every: Every) -> Told:
    """Numbers of people followed that the released shares tell, exactly."""
    return {(population, arm): list(shares.told) for (population, _, arm), shares in every.items()}


def ao_by_block(rows: pd.DataFrame, threshold: int, told: Told | None = None) -> pd.DataFrame:
    """`rows` with mean AO% over blocks of four weeks in place of weeks; `told` are people followed shown elsewhere."""
    rows, told = rows.copy(), {} if told is None else told
    ours = rows["analysis"].eq("ao_curve").to_numpy(dtype=bool)
    numbers = rows.loc[ours, ["estimate", "se", "ci_low", "ci_high", "n", "status", "time", *_KEYS[1:]]].copy()
    rows.loc[ours, list(NUMBERS)] = pd.NA
    known = ours & rows["status"].eq("ok").to_numpy(dtype=bool)
    rows.loc[known, ["status", "reason"]] = ["suppressed", f"rests on fewer than {threshold} people or events"]
    numbers["block"] = numbers["time"] // BLOCK
    for (_, population, _, _, level, block), weeks in numbers.groupby([*_KEYS[1:], "block"]):
        least = weeks["n"].min()
        if len(weeks) < BLOCK // 7 or weeks["status"].ne("ok").any() or least < threshold:
            continue
        place = weeks.index[weeks["time"].eq(block * BLOCK)][0]
        for name in ("estimate", "se", "ci_low", "ci_high"):
            rows.loc[place, name] = float(np.round(float(weeks[name].mean())))
        shown = tell([float(least)], told.setdefault((population, level), []), threshold)[0]
        rows.loc[place, "n"] = int(rounded_people(least)) if shown else pd.NA
        rows.loc[place, ["status", "reason"]] = ["ok", pd.NA]
        rows.loc[place, "method"] += _MEAN
    return rows
