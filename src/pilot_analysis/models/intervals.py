"""Follow-up cut into intervals of time, for effects that differ before and after a day.

- An event on the cut itself belongs to the interval that ends there: intervals are (low, high].
- A case cut into rows is the same follow-up: no estimate changes. Errors by case need the index of the case as cluster.
- An effect that changes with every day takes a row per case and event day at risk: cases x days. Too many are refused.
"""

from collections.abc import Callable

import numpy as np

from pilot_analysis.models.cox import CoxFit, cox
from pilot_analysis.models.days import distinct_days
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, Outcome

_MOST_ROWS = 20_000_000  # about 2 GB with six columns


def restrict(outcome: Outcome, low: int, high: int | None) -> tuple[Outcome, np.ndarray]:
    """Return what is seen of an outcome within (low, high] days, and the positions of the cases that are at risk there.

    Entry is moved to `low`, time to `high`; whoever is still there on `high` is censored. `high` None is no bound.
    """
    reach = outcome.time.max(initial=low + 1) if high is None else high
    if reach <= low and high is not None:
        raise ValueError(f"the interval ({low}, {high}] is empty")
    rows = np.flatnonzero((outcome.time > low) & (outcome.entry < reach))
    seen = outcome.take(rows)
    state = np.where(seen.time <= reach, seen.state, CENSORED)
    return Outcome(np.maximum(seen.entry, low), np.minimum(seen.time, reach), state, seen.weight), rows


def split_at(outcome: Outcome, cut: int) -> list[tuple[Outcome, np.ndarray]]:
    """Return the outcome up to and including day `cut`, and after it, each with the positions of its cases."""
    start = int(min(outcome.entry.min(initial=0), cut - 1))
    return [restrict(outcome, start, cut), restrict(outcome, cut, None)]


def split_rows(outcome: Outcome, cuts) -> tuple[Outcome, np.ndarray, np.ndarray]:
    """Cut the follow-up of every case at several days, as R `survSplit`.

    Parameters
    ----------
    outcome
        n cases.
    cuts
        Whole days, increasing; m of them make m + 1 intervals, the last without end.

    Returns
    -------
    Outcome, positions of the cases, and numbers 0 .. m of the intervals: a row per case and interval at risk.
    """
    cuts = np.asarray(cuts, dtype=np.int64)
    if cuts.ndim != 1 or np.any(np.diff(cuts) <= 0):
        raise ValueError("cuts must be increasing days")
    first, last = np.searchsorted(cuts, outcome.entry, side="right"), np.searchsorted(cuts, outcome.time)
    count = last - first + 1
    case = np.repeat(np.arange(len(outcome)), count)
    piece = np.arange(case.size) - np.repeat(np.cumsum(count) - count - first, count)
    rows = outcome.take(case)
    low = np.concatenate([[np.iinfo(np.int64).min], cuts])[piece]
    high = np.concatenate([cuts, [np.iinfo(np.int64).max]])[piece]
    entry, time = np.maximum(rows.entry, low), np.minimum(rows.time, high)
    return Outcome(entry, time, np.where(piece == last[case], rows.state, CENSORED), rows.weight), case, piece


def varying_effect(
    outcome: Outcome, design, column: int, of_day: Callable[[np.ndarray], np.ndarray], strata=None, ties: str = "efron"
) -> tuple[CoxFit, np.ndarray]:
    """Fit a Cox model in which the effect of a column changes with time: b x + c x g(day), as R `coxph(tt = )`.

    Parameters
    ----------
    outcome, design, strata, ties
        As for `cox`; design of shape (n, p).
    column
        Which column has the effect that changes; its x g(day) is added as the last column, with coefficient c.
    of_day
        g: from days (m,) to numbers (m,), for instance `np.log`; asked for event days only.

    Returns
    -------
    The fit, with p + 1 coefficients, and for each of its rows the position of the case (the cluster of robust errors).

    Raises
    ------
    NotEstimable
        As `cox`; more than 20 million rows (cases x event days).
    """
    design = np.asarray(design, dtype=float).reshape(len(outcome), -1)
    days = distinct_days(outcome.time[outcome.cause_specific])
    if not days.size:
        raise NotEstimable("no event")
    at_risk = np.searchsorted(days, outcome.time, side="right") - np.searchsorted(days, outcome.entry, side="right")
    if at_risk.sum() > _MOST_ROWS:
        raise NotEstimable("too many cases and event days for an effect that changes every day: use intervals")
    rows, case, piece = split_rows(outcome, days)
    seen = np.flatnonzero(piece < days.size)  # nothing happens after the last event day
    case = case[seen]
    extra = design[case, column] * np.asarray(of_day(days), dtype=float)[piece[seen]]
    strata = None if strata is None else np.asarray(strata)[case]
    return cox(rows.take(seen), np.column_stack([design[case], extra]), strata, ties), case
