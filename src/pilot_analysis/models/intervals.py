"""Follow-up cut into intervals of time, for effects that differ before and after a day.

An event on the cut itself belongs to the interval that ends there: intervals are (low, high].
"""

import numpy as np

from pilot_analysis.models.outcome import CENSORED, Outcome


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
