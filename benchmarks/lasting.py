"""Is lasting recovery recovered? Share at work on day 365 and new absence spells per case against the planted truth.

    python benchmarks/lasting.py [--trials 1000] [--n 400] [--truth-cases 1200000] [--out benchmarks]

- Each trial is simulated (calendar cut-off, exits, withdrawn consent included), derived and estimated by the code of
  the pipeline. The truth is that of a very large trial that the calendar does not cut off: of the share the plain mean
  over people, in which nothing is weighted; of the spells the same mean per case, in which nobody is censored.
- The unweighted share stands beside the weighted one: it is expected to miss the truth, because leavers are known
  sooner than others.
- A second block repeats everything without effect: there the differences are 0.
- Every trial has its own child of one SeedSequence. Writes lasting.csv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from trials import ARMS, CHUNK, ROOT, derived_trial, lines, many, pooled_truth, protocol, with_contrast, write

from pilot_analysis.estimate.recovery import AT_WORK, recovery_rows
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, NULL_TRUTH, Truth

SEED = 20_270_409
BLOCKS: dict[str, Truth] = {"planted effect": DEFAULT_TRUTH, "no effect": NULL_TRUTH}
SHARE, NAIVE, SPELLS = "at_work_365", "at_work_365_complete", "spells_per_case"


def trial(n: int, truth: Truth, key: tuple[int, ...]) -> pd.DataFrame:
    """The rows of one trial."""
    derived = derived_trial(n, SEED, key, truth)
    rows = pd.DataFrame(recovery_rows(derived.cases, derived.periods, protocol()))
    return rows[rows["measure"] != "state_known_365"]


def true_values(n: int, truth: Truth, block: int) -> pd.DataFrame:
    """Value and Monte Carlo error by measure and level, from `n` people whom the calendar does not cut off."""
    parts = []
    for chunk in range(max(1, n // CHUNK)):
        derived = derived_trial(CHUNK, SEED, (9, block, chunk), truth, calendar=False)
        people = derived.cases[derived.cases["exclusion"].isna()]
        shares = people["state_at_horizon"].isin(AT_WORK).groupby(people["arm"]).mean()
        rows = pd.DataFrame(recovery_rows(derived.cases, derived.periods, protocol()))
        spells = rows[rows["measure"] == SPELLS].set_index("level")["estimate"]
        for measure, values in ((SHARE, shares), (SPELLS, spells)):
            found = with_contrast(values)
            parts += [{"measure": measure, "level": level, "value": value} for level, value in found.items()]
    return pooled_truth(parts, ["measure", "level"])


def summary(rows: pd.DataFrame, truth: pd.DataFrame, block: str, n: int) -> list[dict]:
    """A line per measure and level: bias, spread, coverage."""

    def true_value(measure: str, level: str) -> tuple[float, float]:
        if block == "no effect" and level not in ARMS:
            return 0.0, 0.0  # by construction
        return tuple(truth.loc[(measure.removesuffix("_difference").replace(NAIVE, SHARE), level)])

    return lines(rows, ["measure", "level"], true_value, block, n=n, seed=SEED)


def main() -> None:
    """Run both blocks and write the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--trials", type=int, default=1000)
    options.add_argument("--n", type=int, default=400)
    options.add_argument("--truth-cases", type=int, default=1_200_000)
    options.add_argument("--out", type=Path, default=ROOT / "benchmarks")
    given = options.parse_args()
    table = []
    for place, (block, truth) in enumerate(BLOCKS.items()):
        rows = many(given.trials, block, lambda k, truth=truth, place=place: trial(given.n, truth, (place, k)))
        table += summary(rows, true_values(given.truth_cases, truth, place), block, given.n)
    write(table, given.out / "lasting.csv")


if __name__ == "__main__":
    main()
