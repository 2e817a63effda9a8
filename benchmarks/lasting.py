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
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import SeedSequence

from pilot_analysis.config import Protocol, load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.estimate.recovery import AT_WORK, recovery_rows
from pilot_analysis.synthetic.trial import simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, NULL_TRUTH, Truth

ROOT = Path(__file__).resolve().parents[1]
SEED = 20_270_409
BLOCKS: dict[str, Truth] = {"planted effect": DEFAULT_TRUTH, "no effect": NULL_TRUTH}
ARMS = ("intervention", "control")
SHARE, NAIVE, SPELLS = "at_work_365", "at_work_365_complete", "spells_per_case"
CHUNK = 50_000


@lru_cache(maxsize=1)
def protocol() -> Protocol:
    """The plan of the pilot."""
    return load_protocol(ROOT / "config" / "protocol.yaml")


def trial(n: int, truth: Truth, key: tuple[int, ...]) -> pd.DataFrame:
    """The rows of one trial."""
    derived = derive(simulate_trial(n, SeedSequence(SEED, spawn_key=key), truth), protocol())
    rows = pd.DataFrame(recovery_rows(derived.cases, derived.periods, protocol()))
    return rows[rows["measure"] != "state_known_365"]


def true_values(n: int, truth: Truth, block: int) -> pd.DataFrame:
    """Value and Monte Carlo error by measure and level, from `n` people whom the calendar does not cut off."""
    parts = []
    for chunk in range(max(1, n // CHUNK)):
        tables = simulate_trial(CHUNK, SeedSequence(SEED, spawn_key=(9, block, chunk)), truth, calendar=False)
        derived = derive(tables, protocol())
        people = derived.cases[derived.cases["exclusion"].isna()]
        shares = people["state_at_horizon"].isin(AT_WORK).groupby(people["arm"]).mean()
        rows = pd.DataFrame(recovery_rows(derived.cases, derived.periods, protocol()))
        spells = rows[rows["measure"] == SPELLS].set_index("level")["estimate"]
        for measure, values in ((SHARE, shares), (SPELLS, spells)):
            found = {arm: float(values[arm]) for arm in ARMS}
            found["intervention - control"] = found["intervention"] - found["control"]
            parts += [{"measure": measure, "level": level, "value": value} for level, value in found.items()]
    values = pd.DataFrame(parts).groupby(["measure", "level"])["value"]
    return pd.DataFrame({"truth": values.mean(), "truth_mc_error": values.std(ddof=1) / np.sqrt(values.size())})


def summary(rows: pd.DataFrame, truth: pd.DataFrame, block: str, n: int) -> list[dict]:
    """A line per measure and level: bias, spread, coverage."""
    lines = []
    for (measure, level), found in rows.groupby(["measure", "level"], sort=False):
        about = (measure.removesuffix("_difference").replace(NAIVE, SHARE), level)
        value, error = truth.loc[about]
        if block == "no effect" and " - " in level:
            value, error = 0.0, 0.0  # by construction
        ok = found[found["status"] == "ok"].astype({name: float for name in ("estimate", "se", "ci_low", "ci_high")})
        covered = (ok["ci_low"] <= value) & (value <= ok["ci_high"])
        lines.append(
            {
                "block": block, "measure": measure, "level": level, "trials": len(found), "n": n, "seed": SEED,
                "truth": value, "truth_mc_error": error, "mean": ok["estimate"].mean(),
                "bias": ok["estimate"].mean() - value,
                "bias_mc_error": np.hypot(ok["estimate"].std(ddof=1) / np.sqrt(len(ok)), error),
                "spread": ok["estimate"].std(ddof=1), "mean_se": ok["se"].mean(), "coverage": covered.mean(),
                "share_not_estimable": 1 - len(ok) / len(found),
            }
        )  # fmt: skip
    return lines


def main() -> None:
    """Run both blocks and write the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--trials", type=int, default=1000)
    options.add_argument("--n", type=int, default=400)
    options.add_argument("--truth-cases", type=int, default=1_200_000)
    options.add_argument("--out", type=Path, default=ROOT / "benchmarks")
    given = options.parse_args()
    lines = []
    for place, (block, truth) in enumerate(BLOCKS.items()):
        rows = []
        for k in range(given.trials):
            rows.append(trial(given.n, truth, (place, k)))
            if (k + 1) % max(1, given.trials // 10) == 0:
                print(f"{block}: {k + 1} of {given.trials}", file=sys.stderr, flush=True)
        lines += summary(pd.concat(rows), true_values(given.truth_cases, truth, place), block, given.n)
    pd.DataFrame(lines).to_csv(given.out / "lasting.csv", index=False, float_format="%.5f", lineterminator="\n")


if __name__ == "__main__":
    main()
