"""Derivatives of an estimate with respect to each case's weight (infinitesimal jackknife), from sums by day.

- A case changes the hazards only through its exit and the days it was at risk. So a derivative is a jump on its exit
  day, by kind of exit, minus a drift from its entry to its exit: cumulative sums, linear in cases plus days.
- The variance is the sum over cases of (weight x derivative) squared, as in R `survfit` (Therneau, vignette
  "Variance computations"); exact under ties and delayed entry. It needs independent cases.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.days import DayTable


class Influence(NamedTuple):
    """`jump` on the exit day by kind of exit, minus `drift` while at risk: (3, days) and (days + 1,)."""

    jump: np.ndarray
    drift: np.ndarray  # cumulated


def influence(table: DayTable, on_event: np.ndarray, on_competing: np.ndarray) -> Influence:
    """Return the derivative of the sum over days of on_event d(event hazard) + on_competing d(competing hazard)."""
    jump = np.zeros((3, table.day.size))
    np.divide(on_event, table.at_risk, out=jump[1])
    np.divide(on_competing, table.at_risk, out=jump[2])
    daily = (jump[1] * table.events + jump[2] * table.competing) / table.at_risk
    drift = np.zeros(table.day.size + 1)
    np.cumsum(daily, out=drift[1:])
    return Influence(jump, drift)


def at_exit(table: DayTable, change: Influence) -> np.ndarray:
    """Return each case's derivative when it has left, shape (n,)."""
    spent = change.drift[table.exit_index + 1] - change.drift[table.entry_index]
    return change.jump[table.kind, table.exit_index] - spent


def sum_of_products(table: DayTable, a: Influence, b: Influence) -> np.ndarray:
    """Return for each day the sum over cases of weight squared x a x b as they stand at its end: (days,)."""
    square = None if table.weight is None else table.weight**2

    def by_day(index, value=None):
        if square is not None:
            value = square if value is None else square * value
        return np.cumsum(np.bincount(index, weights=value, minlength=table.day.size))

    def still_there(value=None):
        return by_day(table.entry_index, value) - by_day(table.exit_index, value)

    gone = by_day(table.exit_index, at_exit(table, a) * at_exit(table, b))
    at_a, at_b = a.drift[table.entry_index], b.drift[table.entry_index]
    end_a, end_b = a.drift[1:], b.drift[1:]
    staying = still_there() * end_a * end_b - end_a * still_there(at_b) - end_b * still_there(at_a)
    # Nothing changes on a day without a step. Sums in another order must not say so: quantiles look for equal limits.
    steps = (np.diff(a.drift) != 0) | (np.diff(b.drift) != 0)
    last_step = np.maximum.accumulate(np.where(steps, np.arange(steps.size), 0))
    return (gone + staying + still_there(at_a * at_b))[last_step]
