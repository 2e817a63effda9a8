"""Generate the data sets that no published one covers: heavy ties, delayed entry, strata, clusters, case weights and
several causes of leaving together; recurrent events with an end; a process that goes back and forth between states.

Run from anywhere: python tests/reference/generate.py. Fixed seeds; the committed files are its output.
"""

from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parent / "data"


def generated(seed: int, n: int, tie: int, delayed: bool) -> pd.DataFrame:
    """Return n cases with times in multiples of `tie` days up to a year, entering late when `delayed`."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    group, stratum = rng.integers(0, 3, n), rng.integers(0, 5, n)
    age, male = rng.integers(20, 65, n), rng.integers(0, 2, n)
    rate = np.exp(0.3 * (group == 1) - 0.4 * (group == 2) - 0.01 * (age - 40) + 0.2 * male + 0.15 * stratum)
    event, leaving, known = rng.exponential(180 / rate), rng.exponential(900, n), rng.uniform(60, 600, n)
    first = np.minimum(np.minimum(event, leaving), np.minimum(known, 365))
    state = np.select([first == event, first == leaving], [1, 2], 0)
    time = (np.ceil(first / tie) * tie).astype(int)
    entry = rng.integers(0, 60, n) // tie * tie if delayed else np.zeros(n, int)
    table = pd.DataFrame({"entry": entry, "time": time, "state": state, "group": group, "stratum": stratum})
    table = table.assign(age=age, male=male, one=(group == 1).astype(int), two=(group == 2).astype(int))
    return table[table.entry < table.time]


def combined(seed: int, n: int, tie: int, delayed: bool, weighted: bool) -> pd.DataFrame:
    """Return n cases in clusters of about ten, with three causes of leaving and, when `weighted`, case weights."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    cluster = rng.integers(0, max(n // 10, 4), n)
    group, stratum = rng.integers(0, 3, n), cluster % 3
    age, male = rng.integers(20, 65, n), rng.integers(0, 2, n)
    frailty = rng.normal(0, 0.4, cluster.max() + 1)[cluster]
    rate = np.exp(0.5 * (group == 1) - 0.3 * (group == 2) - 0.02 * (age - 40) + 0.3 * male + frailty)
    causes = rng.exponential([200 / rate, 500 + 0 * rate, 700 / np.sqrt(rate)])
    known = np.minimum(rng.uniform(60, 600, n), 365)
    first = np.minimum(causes.min(axis=0), known)
    state = np.where(first == known, 0, 1 + causes.argmin(axis=0))
    time = (np.ceil(first / tie) * tie).astype(int)
    entry = rng.integers(0, 90, n) // tie * tie * delayed
    table = pd.DataFrame({"entry": entry, "time": time, "state": state, "group": group, "stratum": stratum})
    table["cluster"] = cluster
    if weighted:
        table["weight"] = rng.choice([0.4, 0.75, 1.0, 1.3, 2.6], n)
    table = table.assign(age=age, male=male, one=(group == 1).astype(int), two=(group == 2).astype(int))
    return table[table.entry < table.time]


def recurring(seed: int, n: int, tie: int) -> pd.DataFrame:
    """Return rows of n cases with repeated events (state 1) until an end (2) or censoring (0), entering late."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    rows = []
    for case in range(n):
        group, age, weight = rng.integers(0, 2), rng.integers(20, 65), rng.choice([0.5, 1.0, 1.7])
        pace = rng.gamma(2, 0.5) * np.exp(-0.5 * group + 0.01 * (age - 40))
        ends = {2: rng.exponential(500), 0: rng.uniform(100, 400)}
        last = min(ends, key=ends.get)
        end = int(np.ceil(ends[last] / tie) * tie)
        entry = int(rng.choice([0, 0, rng.integers(0, 60)]) // tie * tie)
        if entry >= end:
            continue
        days = np.cumsum(rng.exponential(80 / pace, 40)) + entry
        days = np.unique(np.ceil(days / tie).astype(int) * tie)
        days = days[(days > entry) & (days < end)]
        edges = [entry, *days.tolist(), end]
        for k in range(len(edges) - 1):
            state = 1 if k < len(days) else last
            rows.append((case, edges[k], edges[k + 1], state, group, case % 3, case % 12, weight, age))
    names = ["case", "entry", "time", "state", "group", "stratum", "cluster", "weight", "age"]
    return pd.DataFrame(rows, columns=names).assign(one=lambda table: table["group"])


def untied(table: pd.DataFrame) -> pd.DataFrame:
    """Return the same cases with every entry and every exit on a day of its own, in the same order."""
    late = table[table["entry"] > 0]
    exits, entries = table.assign(day=table["time"], kind=0), late.assign(day=late["entry"], kind=1)
    order = pd.concat([exits, entries]).sort_values(["day", "kind"], kind="stable")
    order["number"] = np.arange(1, len(order) + 1)
    now = order[order["kind"] == 0]["number"].reindex(table.index)
    first = order[order["kind"] == 1]["number"].reindex(table.index).fillna(0).astype(int)
    return table.assign(entry=first, time=now)


def back_and_forth(seed: int, n: int, tie: int) -> pd.DataFrame:
    """Return rows of n cases that move between states 1 (ill) and 2 (partly back) until 3 (back) or 4 (left)."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    means = {1: {2: 90, 3: 260, 4: 700}, 2: {1: 150, 3: 110, 4: 900}}
    rows = []
    for case in range(n):
        group, weight = rng.integers(0, 2), rng.choice([0.5, 1.0, 1.7])
        state, now = rng.choice([1, 1, 2]), int(rng.integers(0, 50) // tie * tie)
        end = now + int(rng.integers(5, 365) // tie + 1) * tie
        while state in means:
            waits = {to: rng.exponential(mean * (0.7 if group else 1)) for to, mean in means[state].items()}
            to = min(waits, key=waits.get)
            then = now + int(np.ceil(waits[to] / tie)) * tie
            if then >= end:
                rows.append((case, now, end, state, 0, group, weight))
                break
            rows.append((case, now, then, state, to, group, weight))
            state, now = to, then
    return pd.DataFrame(rows, columns=["case", "entry", "time", "from", "to", "group", "weight"])


def main() -> None:
    """Write the data sets."""
    generated(1, 400, 14, False).to_csv(DATA / "tied.csv", index=False)
    generated(2, 400, 14, True).to_csv(DATA / "tied_late.csv", index=False)
    generated(3, 450, 1, True).to_csv(DATA / "daily_late.csv", index=False)
    generated(4, 30, 14, False).to_csv(DATA / "small.csv", index=False)
    generated(5, 40, 28, True).to_csv(DATA / "small_late.csv", index=False)
    combined(6, 420, 7, delayed=False, weighted=False).to_csv(DATA / "causes.csv", index=False)
    combined(7, 420, 14, delayed=True, weighted=False).to_csv(DATA / "causes_late.csv", index=False)
    combined(8, 420, 14, delayed=False, weighted=True).to_csv(DATA / "weighted.csv", index=False)
    combined(9, 420, 7, delayed=True, weighted=True).to_csv(DATA / "weighted_late.csv", index=False)
    combined(10, 44, 28, delayed=True, weighted=False).to_csv(DATA / "small_causes_late.csv", index=False)
    for folder in ("recurrent", "states", "separated", "untied"):
        (DATA / folder).mkdir(exist_ok=True)
    separated = combined(13, 40, 28, delayed=False, weighted=False)
    # Nobody of this group has the event: its coefficient has no limit but by Firth's correction.
    separated["one"] = ((separated["state"] != 1) & (separated["age"] < 50)).astype(int)
    separated[["entry", "time", "state", "group", "stratum", "age", "one"]].to_csv(
        DATA / "separated" / "separated.csv", index=False
    )
    for name in ("causes", "causes_late", "weighted_late"):
        untied(pd.read_csv(DATA / f"{name}.csv").head(160)).to_csv(DATA / "untied" / f"{name}.csv", index=False)
    recurring(11, 110, 7).to_csv(DATA / "recurrent" / "made_late.csv", index=False)
    back_and_forth(12, 130, 7).to_csv(DATA / "states" / "made_late.csv", index=False)


if __name__ == "__main__":
    main()
