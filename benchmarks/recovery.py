"""Is the planted effect recovered? Simulate trials, analyse them as the pipeline does, compare with the truth.

    python benchmarks/recovery.py [--trials 1000] [--n 400] [--workers 2] [--truth-cases 2000000] [--out benchmarks]

- Each trial is simulated (calendar cut-off, exits, withdrawn consent included), derived and estimated by the code of
  the pipeline: P1 (`days_not_returned`, landmark_84) and the RMST difference beside it.
- The truth is the same estimand, by the same code, in a very large trial that the calendar does not cut off; the value
  by integration over the planted hazards is printed beside it as an independent check.
- A second block repeats everything without effect: the truth is 0, and the share of significant results is the type I
  error.
- Every trial has its own child of one SeedSequence: the result does not depend on the number of workers.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import SeedSequence

from pilot_analysis.config import Protocol, load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.estimate.means import mean_rows
from pilot_analysis.estimate.populations import Population, populations
from pilot_analysis.models.arithmetic import normal_quantile
from pilot_analysis.synthetic.expected import expected_days
from pilot_analysis.synthetic.trial import simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, NULL_TRUTH, Truth

ROOT = Path(__file__).resolve().parents[1]
SEED = 20_261_122
BLOCKS: dict[str, Truth] = {"planted effect": DEFAULT_TRUTH, "no effect": NULL_TRUTH}
TRUTH_KEY = 9
TRUTH_CHUNK = 50_000
MEASURES = {"days_not_returned": "mean_difference", "rmst": "rmst_difference"}
ENDPOINT, POPULATION = "full_rtw", "landmark_84"
GATE = (0.92, 0.975)


def estimates(n: int, truth: Truth, calendar: bool, key: tuple[int, ...]) -> list[float]:
    """Estimate and se of each measure in one trial, in the order of `MEASURES`; NaN where not estimable."""
    tables = simulate_trial(n, SeedSequence(SEED, spawn_key=key), truth, calendar, questionnaires=False)
    protocol = _protocol()
    derived = derive(tables, protocol)
    rows = mean_rows(_landmark(derived.cases, derived.outcomes, protocol), protocol)
    found = {row["measure"]: (row.get("estimate", np.nan), row.get("se", np.nan)) for row in rows}
    return [float(number) for measure in MEASURES.values() for number in found[measure]]


@lru_cache(maxsize=1)
def _protocol() -> Protocol:
    return load_protocol(ROOT / "config" / "protocol.yaml")


def _landmark(cases: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol) -> Population:
    rows = outcomes[outcomes["endpoint"] == ENDPOINT]
    return next(
        one
        for one in populations(cases, rows, protocol)
        if one.endpoint == ENDPOINT and one.population == POPULATION and one.origin == "landmark"
    )


def run_many(
    pool: ProcessPoolExecutor, n: int, truth: Truth, calendar: bool, keys: list[tuple], label: str
) -> np.ndarray:
    """Run one trial per key; shape (trials, measures, 2), in the order of the keys whoever computes them."""
    started, results = time.perf_counter(), []
    for done, result in enumerate(pool.map(partial(estimates, n, truth, calendar), keys, chunksize=4), start=1):
        results.append(result)
        if done % max(1, len(keys) // 10) == 0:
            print(f"{label}: {done} of {len(keys)}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return np.array(results).reshape(len(keys), len(MEASURES), 2)


def summarise(found: np.ndarray, truth: float, truth_se: float) -> dict[str, float]:
    """Bias, spread, coverage with their Monte Carlo errors, from estimates and standard errors, shape (trials, 2)."""
    usable = found[np.isfinite(found).all(axis=1)]
    estimate, se = usable[:, 0], usable[:, 1]
    trials = len(usable)
    z = normal_quantile(0.95)
    covered = np.abs(estimate - truth) <= z * se
    low, high = wilson(covered.sum(), trials)
    significant = np.abs(estimate) > z * se
    return {
        "trials": len(found),
        "share_not_estimable": 1 - trials / len(found),
        "truth": truth,
        "truth_mc_error": truth_se,
        "mean_estimate": estimate.mean(),
        "bias": estimate.mean() - truth,
        "bias_mc_error": float(np.hypot(estimate.std(ddof=1) / np.sqrt(trials), truth_se)),
        "empirical_sd": estimate.std(ddof=1),
        "mean_se": se.mean(),
        "coverage": covered.mean(),
        "coverage_low": low,
        "coverage_high": high,
        "share_significant": significant.mean(),
    }


def wilson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share (Wilson 1927)."""
    z = normal_quantile(level)
    share = successes / trials
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return float(middle - half), float(middle + half)


def large_trial(pool: ProcessPoolExecutor, truth: Truth, cases: int) -> tuple[np.ndarray, np.ndarray]:
    """Estimate the truth of each measure and its error from chunks of a trial without calendar cut-off."""
    keys = [(TRUTH_KEY, number) for number in range(max(2, cases // TRUTH_CHUNK))]
    found = run_many(pool, TRUTH_CHUNK, truth, False, keys, "truth")
    return found[:, :, 0].mean(axis=0), np.sqrt((found[:, :, 1] ** 2).sum(axis=0)) / len(keys)


def recover(arguments: argparse.Namespace) -> pd.DataFrame:
    """Run everything; one row per block and measure."""
    rows = []
    with ProcessPoolExecutor(arguments.workers) as pool:
        for number, (block, truth) in enumerate(BLOCKS.items()):
            null = truth is NULL_TRUTH
            value, error = (np.zeros(2), np.zeros(2)) if null else large_trial(pool, truth, arguments.truth_cases)
            keys = [(number, trial) for trial in range(arguments.trials)]
            found = run_many(pool, arguments.n, truth, True, keys, block)
            for place, analysis in enumerate(MEASURES):
                exact = expected_days(truth, leaving=analysis == "days_not_returned")
                about = {"block": block, "analysis": analysis, "n": arguments.n}
                numbers = summarise(found[:, place], value[place], error[place])
                rows.append(
                    about | numbers | {"truth_by_integration": exact.difference, "seed": SEED, "block_key": number}
                )
    return pd.DataFrame(rows)


def report(table: pd.DataFrame, arguments: argparse.Namespace) -> str:
    """Write the table as Markdown, a column per row of it."""
    p1 = table.iloc[0]
    inside = GATE[0] <= p1["coverage"] <= GATE[1]
    head = [
        "# Recovery of the planted effect",
        "",
        f"`python benchmarks/recovery.py --trials {arguments.trials} --n {arguments.n}"
        f" --truth-cases {arguments.truth_cases}` (any number of workers gives these numbers).",
        f"Endpoint `{ENDPOINT}`, population `{POPULATION}`, horizon 281 days, intervention minus control, in days.",
        "What is planted: `docs/synthetic_truth.md`.",
        "",
        f"Coverage of P1 with the planted effect: {p1['coverage']:.1%}"
        f" ({'within' if inside else 'OUTSIDE'} {GATE[0]:.1%}-{GATE[1]:.1%}).",
        "",
        "| | " + " | ".join(f"{row.block}: {row.analysis}" for row in table.itertuples()) + " |",
        "|---|" + "---|" * len(table),
    ]
    return "\n".join([*head, *_lines(table), "", *_notes()]) + "\n"


def _lines(table: pd.DataFrame) -> list[str]:
    days, share = "{:.2f}".format, "{:.1%}".format
    lines = {
        "trials": table["trials"].map(str),
        "not estimable": table["share_not_estimable"].map(share),
        "truth (Monte Carlo error)": table["truth"].map(days) + " (" + table["truth_mc_error"].map(days) + ")",
        "truth by integration": table["truth_by_integration"].map(days),
        "mean estimate": table["mean_estimate"].map(days),
        "bias (Monte Carlo error)": table["bias"].map(days) + " (" + table["bias_mc_error"].map(days) + ")",
        "empirical sd": table["empirical_sd"].map(days),
        "mean standard error": table["mean_se"].map(days),
        "coverage of the 95 % interval": table["coverage"].map(share),
        "its 95 % Monte Carlo interval": table["coverage_low"].map(share) + " to " + table["coverage_high"].map(share),
        "share significant at 5 % (without effect: type I error)": table["share_significant"].map(share),
    }
    return ["| " + name + " | " + " | ".join(values) + " |" for name, values in lines.items()]


def _notes() -> list[str]:
    return [
        f"Seeds: trial i of block b is `SeedSequence({SEED}, spawn_key=(b, i))`, b = 0 with the planted effect,"
        f" 1 without; chunk j of the large trial is `spawn_key=({TRUTH_KEY}, j)`, {TRUTH_CHUNK} cases each.",
        "Not estimable: fewer than 5 at risk in an arm on day 365; such trials are left out of the other lines.",
    ]


def main() -> None:
    """Run, print and write `recovery.md` and `recovery.csv`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--truth-cases", type=int, default=2_000_000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks")
    arguments = parser.parse_args()
    table = recover(arguments)
    text = report(table, arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "recovery.md").write_text(text, encoding="utf-8", newline="\n")
    table.to_csv(arguments.out / "recovery.csv", index=False, float_format="%.6g", lineterminator="\n")
    print(text)


if __name__ == "__main__":
    main()
