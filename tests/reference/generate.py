"""Generate the data sets that no published one covers: heavy ties, delayed entry, strata and competing exits together.

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


def main() -> None:
    """Write the data sets."""
    generated(1, 400, 14, False).to_csv(DATA / "tied.csv", index=False)
    generated(2, 400, 14, True).to_csv(DATA / "tied_late.csv", index=False)
    generated(3, 450, 1, True).to_csv(DATA / "daily_late.csv", index=False)
    generated(4, 30, 14, False).to_csv(DATA / "small.csv", index=False)
    generated(5, 40, 28, True).to_csv(DATA / "small_late.csv", index=False)


if __name__ == "__main__":
    main()
