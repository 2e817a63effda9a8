"""The data sets, R's numbers beside them, and how ours are held against those: once, for pytest and for `table.py`.

A topic is a list of checks. A check computes pairs (ours, theirs) for one data set; its deviation is the largest of
|ours - theirs| / scale, the scale being |theirs| unless the check gives another one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilot_analysis.models.outcome import Outcome

HERE = Path(__file__).parent
DATA = HERE / "data"
SETS = tuple(sorted(path.stem for path in DATA.glob("*.csv")))
CURVES = tuple(name for name in SETS if name != "colon")  # colon holds every patient twice
_TINY = 1e-12  # numbers below this are compared as they stand, not relatively
_NOT_COVARIATES = {
    "entry", "time", "state", "group", "stratum", "cluster", "weight", "case", "from", "to",
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One comparison on one data set; `pairs` yields (ours, theirs) or (ours, theirs, scale)."""

    topic: str
    what: str
    oracle: str
    set_name: str
    tolerance: float
    pairs: Callable[[], Iterator[tuple]]

    def __str__(self) -> str:
        return f"{self.what}-{self.set_name}"

    def run(self) -> tuple[int, float]:
        """Return how many numbers were compared and their largest deviation."""
        numbers, worst = 0, 0.0
        for ours, theirs, *scale in self.pairs():
            numbers += int(np.count_nonzero(~np.isnan(np.asarray(theirs, dtype=float))))
            worst = max(worst, deviation(ours, theirs, *scale))
        return numbers, worst


@dataclass
class Topic:
    """The checks of one file of tests."""

    name: str
    checks: list[Check] = field(default_factory=list)

    def check(self, what: str, sets, tolerance: float, oracle: str = "R"):
        """Register a function of the name of a data set that yields pairs, for each of `sets`."""

        def register(function):
            for name in sets:
                self.checks.append(Check(self.name, what, oracle, name, tolerance, partial(function, name)))
            return function

        return register

    def as_test(self):
        """Return the pytest function over all checks."""

        @pytest.mark.parametrize("check", self.checks, ids=str)
        def agrees(check):
            numbers, worst = check.run()
            assert numbers > 0
            assert worst <= check.tolerance

        return agrees


def deviation(ours, theirs, scale=None) -> float:
    """Return the largest |ours - theirs| / scale; both absent is agreement, one absent is not."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if ours.shape != theirs.shape or np.any(np.isnan(ours) != np.isnan(theirs)):
        return np.inf
    scale = np.maximum(np.abs(theirs), _TINY) if scale is None else np.broadcast_to(scale, theirs.shape)
    there = ~np.isnan(theirs)
    return float(np.max(np.abs(ours - theirs)[there] / scale[there], initial=0.0))


@lru_cache
def data_set(name: str) -> pd.DataFrame:
    """Return a data set, `folder/name` where it is not in the common layout; labels of group and stratum are text."""
    return pd.read_csv(DATA / f"{name}.csv", dtype={"group": str, "stratum": str})


def outcome_of(table: pd.DataFrame) -> Outcome:
    """Return the outcome of a data set, with its case weights."""
    return Outcome.of(table["entry"], table["time"], table["state"], table.get("weight"))


def is_late(name: str) -> bool:
    """Return whether anybody enters after the origin."""
    return bool((data_set(name)["entry"] > 0).any())


def design_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the covariates of a data set."""
    return table[[name for name in table if name not in _NOT_COVARIATES]]


@lru_cache
def _expected(name: str) -> pd.DataFrame:
    labels = {"level": str, "stratum": str, "censoring_by": str, "group": str}
    return pd.read_csv(HERE / "expected" / f"{name}.csv", dtype=labels)


def expected(name: str, set_name: str, **which) -> pd.DataFrame:
    """Return the rows of expected/<name>.csv for one data set, and of one value of other columns."""
    table = _expected(name)
    chosen = table["set"] == set_name
    for column, value in which.items():
        chosen &= table[column] == value
    assert chosen.any(), (name, set_name, which)
    return table[chosen].drop(columns="set").reset_index(drop=True)


def sets_of(name: str, **which) -> tuple[str, ...]:
    """Return the data sets of which expected/<name>.csv has rows."""
    table = _expected(name)
    for column, value in which.items():
        table = table[table[column] == value]
    return tuple(sorted(set(table["set"])))


def levels(name: str) -> list[tuple[str, Outcome]]:
    """Return everybody and each group of a data set, as R's rows name them."""
    table = data_set(name)
    groups = [(group, outcome_of(part)) for group, part in table.groupby("group")]
    return [("all", outcome_of(table)), *groups]
