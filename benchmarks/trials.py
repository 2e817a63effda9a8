"""What the recovery tables share: trials, true values by chunk, lines of bias, spread and coverage, writing.

- A trial is simulated with its own child of one SeedSequence and derived by the code of the pipeline.
- True values come as a table per chunk of a very large trial; their Monte Carlo error is that of the mean of chunks.
- A line compares the estimates of all trials with the true value: those without a number are counted and left out;
  the Monte Carlo error of the bias holds that of the trials and that of the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import SeedSequence

from pilot_analysis.config import Protocol, load_protocol
from pilot_analysis.derive import Derived, derive
from pilot_analysis.synthetic.trial import simulate_trial
from pilot_analysis.synthetic.truth import Truth

ROOT = Path(__file__).resolve().parents[1]
ARMS = ("intervention", "control")
CONTRAST = "intervention - control"
CHUNK = 50_000
_NUMBERS = ("estimate", "se", "ci_low", "ci_high")


@lru_cache(maxsize=1)
def protocol() -> Protocol:
    """The plan of the pilot."""
    return load_protocol(ROOT / "config" / "protocol.yaml")


def derived_trial(n: int, seed: int, key: tuple[int, ...], truth: Truth, calendar: bool = True) -> Derived:
    """One trial of `n` people without questionnaires, simulated and derived under the plan of the pilot."""
    tables = simulate_trial(n, SeedSequence(seed, spawn_key=key), truth, calendar, questionnaires=False)
    return derive(tables, protocol())


def with_contrast(values: pd.Series) -> dict[str, float]:
    """Values of both arms and their difference, by level."""
    found = {arm: float(values[arm]) for arm in ARMS}
    return {**found, CONTRAST: found["intervention"] - found["control"]}


def pooled_truth(parts: Iterable[dict[str, Any]], keys: list[str]) -> pd.DataFrame:
    """`truth` and `truth_mc_error` by `keys`, from one `value` per chunk of the large trial."""
    values = pd.DataFrame(parts).groupby(keys)["value"]
    return pd.DataFrame({"truth": values.mean(), "truth_mc_error": values.std(ddof=1) / np.sqrt(values.size())})


def many(trials: int, name: str, one: Callable[[int], pd.DataFrame]) -> pd.DataFrame:
    """The rows of trials 0, 1, ... below each other; says how far it is."""
    rows = []
    for k in range(trials):
        rows.append(one(k))
        if (k + 1) % max(1, trials // 10) == 0:
            print(f"{name}: {k + 1} of {trials}", file=sys.stderr, flush=True)
    return pd.concat(rows)


def lines(
    rows: pd.DataFrame, keys: list[str], true_value: Callable[..., tuple[float, float]], block: str, **about: Any
) -> list[dict[str, Any]]:
    """A line per combination of `keys`: bias, spread, coverage; `true_value(*key)` gives the truth and its error."""
    return [
        {"block": block, **dict(zip(keys, key, strict=True)), "trials": len(found), **about}
        | _line(found, *true_value(*key))
        for key, found in rows.groupby(keys, sort=False)
    ]


def _line(found: pd.DataFrame, value: float, error: float) -> dict[str, float]:
    ok = found[found["status"] == "ok"].astype({name: float for name in _NUMBERS})
    estimate, covered = ok["estimate"], (ok["ci_low"] <= value) & (value <= ok["ci_high"])
    return {
        "truth": value, "truth_mc_error": error, "mean": estimate.mean(), "bias": estimate.mean() - value,
        "bias_mc_error": np.hypot(estimate.std(ddof=1) / np.sqrt(len(ok)), error),
        "spread": estimate.std(ddof=1), "mean_se": ok["se"].mean(), "coverage": covered.mean(),
        "share_not_estimable": 1 - len(ok) / len(found),
    }  # fmt: skip


def write(table: list[dict[str, Any]], path: Path) -> None:
    """Write the lines as CSV, with five decimals."""
    pd.DataFrame(table).to_csv(path, index=False, float_format="%.5f", lineterminator="\n")
