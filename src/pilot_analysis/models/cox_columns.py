"""Which columns of a Cox model have a finite coefficient, seen before fitting.

- A column is of use only where it varies among the people at risk when an event happens (within strata).
- An indicator of which no event happens while others are at risk has no finite coefficient: the limit is minus
  infinity; when all events happen in the level while it is at risk the limit is plus infinity. Either way the other
  coefficients tend to those of the fit stratified by that indicator; without any event in the level that is the fit
  without its people.
- A reference level is no column: pass its indicator too (`level_reasons` does) to learn whether it has events.
- Separation by several columns together is not seen here: `separation.separated` says so, and `cox` by itself.
- Case weights change nothing: they are above 0.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.days import EventGrid
from pilot_analysis.models.outcome import Outcome


class ColumnCheck(NamedTuple):
    """Columns to keep, shape (p,), and for each of the others the reason and the limit of its coefficient."""

    keep: np.ndarray
    reasons: dict[str, str]
    limits: dict[str, float]  # -inf, +inf, or NaN where the data say nothing


def usable_columns(outcome: Outcome, design, names, strata=None) -> ColumnCheck:
    """Return which columns can be estimated, each by itself.

    Parameters
    ----------
    outcome
        n cases.
    design
        Shape (n, p); columns of 0 and 1 are indicators of a level, others are only checked for variation.
    names
        p names for the reasons.
    strata
        Label of the stratum of each case, or None.
    """
    design = np.asarray(design, dtype=float).reshape(len(outcome), len(names))
    reasons, limits = {}, {}
    if not outcome.cause_specific.any():
        return ColumnCheck(
            np.zeros(len(names), dtype=bool), dict.fromkeys(names, "no event"), dict.fromkeys(names, np.nan)
        )
    grid = EventGrid.of(outcome, strata)
    for name, column in zip(names, design.T, strict=True):
        reason, limit = _problem(grid, str(name), column)
        if reason:
            reasons[name], limits[name] = reason, limit
    return ColumnCheck(np.array([name not in reasons for name in names], dtype=bool), reasons, limits)


def level_reasons(outcome: Outcome, labels, levels, strata=None) -> dict[str, str]:
    """Return for each level (reference included) that has no finite effect the reason why."""
    labels = np.asarray(labels)
    indicators = np.column_stack([labels == level for level in levels])
    return usable_columns(outcome, indicators, list(levels), strata).reasons


def _problem(grid: EventGrid, name: str, column: np.ndarray) -> tuple[str, float]:
    low, high = column.min(), column.max()
    if low == high:
        return (f"nobody in level {name}" if high == 0 else f"{name} does not vary"), np.nan
    if np.all((column == low) | (column == high)):
        inside = column == high
        return _problem_of_level(grid, name, inside, indicator=(low, high) == (0, 1))
    if not _varies(grid, column):
        return f"{name} does not vary among people at risk", np.nan
    return "", np.nan


def _problem_of_level(grid: EventGrid, name: str, inside: np.ndarray, indicator: bool) -> tuple[str, float]:
    level = f"level {name}" if indicator else f"the upper value of {name}"
    sides = np.column_stack([inside, ~inside]).astype(float)
    in_level, outside = np.rint(grid.in_risk_set(sides)).T
    happened_in, happened_out = grid.events(sides).T
    events_in = happened_in[outside > 0].sum()  # events that chose between the level and the others
    events_out = happened_out[in_level > 0].sum()
    if not events_in and not events_out:
        if not happened_in.any():
            return f"no event in {level}", np.nan
        return f"{name} does not vary among people at risk", np.nan
    if not events_in:
        return f"no event in {level}" + (" while others are at risk" if happened_in.any() else ""), -np.inf
    if not events_out:
        return f"no event outside {level}" + (" while it is at risk" if happened_out.any() else ""), np.inf
    return "", np.nan


def _varies(grid: EventGrid, column: np.ndarray) -> bool:
    standard = (column - column.mean()) / column.std()
    used = np.unique(grid.left[grid.happened])
    n, first, second = grid.in_risk_set(np.column_stack([np.ones(column.size), standard, standard**2]))[used].T
    return bool(np.any(second / n - (first / n) ** 2 > 1e-10))
