"""Reads the data sets and R's numbers beside them."""

from pathlib import Path

import numpy as np
import pandas as pd

from pilot_analysis.models.outcome import Outcome

HERE = Path(__file__).parent
SETS = tuple(sorted(path.stem for path in (HERE / "data").glob("*.csv")))
LATE = tuple(name for name in SETS if name.endswith("late"))
_NOT_COVARIATES = ["entry", "time", "state", "group", "stratum"]


def data_set(name: str) -> pd.DataFrame:
    """Return a data set; labels of group and stratum are text."""
    return pd.read_csv(HERE / "data" / f"{name}.csv", dtype={"group": str, "stratum": str})


def outcome_of(table: pd.DataFrame) -> Outcome:
    """Return the outcome of a data set."""
    return Outcome.of(table["entry"], table["time"], table["state"])


def design_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the covariates of a data set."""
    return table.drop(columns=_NOT_COVARIATES)


def expected(name: str, set_name: str) -> pd.DataFrame:
    """Return the rows of expected/<name>.csv for one data set."""
    table = pd.read_csv(HERE / "expected" / f"{name}.csv", dtype={"level": str})
    return table[table["set"] == set_name].drop(columns="set").reset_index(drop=True)


def levels(name: str) -> list[tuple[str, Outcome]]:
    """Return everybody and each group of a data set, as R's rows name them."""
    table = data_set(name)
    groups = [(group, outcome_of(part)) for group, part in table.groupby("group")]
    return [("all", outcome_of(table)), *groups]


def deviation(ours, theirs) -> float:
    """Return the largest relative deviation; both absent is agreement, one absent is not."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if ours.shape != theirs.shape or np.any(np.isnan(ours) != np.isnan(theirs)):
        return np.inf
    there = ~np.isnan(theirs)
    scale = np.maximum(np.abs(theirs[there]), 1e-12)
    return float(np.max(np.abs(ours[there] - theirs[there]) / scale, initial=0.0))
