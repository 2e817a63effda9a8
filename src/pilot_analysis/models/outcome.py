"""Entry, time, state and weight of each case: what every estimator takes.

- Times are whole days from an origin. A case is at risk on the days entry < day <= time (delayed entry: entry > 0).
- State at `time`: 0 censored, 1 event, 2 and higher the competing exits, one number per cause.
- A weight is a case weight as in R `weights=`; without weights every case counts once.
- This is the boundary: what is not finite, not whole, or out of order is refused here and checked nowhere else.
"""

from dataclasses import dataclass

import numpy as np

CENSORED, EVENT, COMPETING = 0, 1, 2
_MOST_CAUSES = 50
_LONGEST_SPAN = 100_000  # days; more is a unit mistaken (seconds, nanoseconds), and the day grid would not fit


@dataclass(frozen=True)
class Outcome:
    """Arrays of equal length, one element per case; make it with `Outcome.of`. `weight` None: each counts once."""

    entry: np.ndarray
    time: np.ndarray
    state: np.ndarray
    weight: np.ndarray | None = None

    @classmethod
    def of(cls, entry, time, state, weight=None) -> "Outcome":
        """Check and build an outcome.

        Parameters
        ----------
        entry, time
            Whole days from the origin, shape (n,); `entry` may be one number for all. n may be 0.
        state
            0 censored, 1 event, 2, 3, ... competing exits by cause, shape (n,).
        weight
            Case weights above 0, shape (n,); None for 1 each.

        Raises
        ------
        ValueError
            Unequal lengths, values that are missing or not whole, entry >= time, a state below 0, a weight that is not
            above 0, or a span of more than 100,000 days.
        """
        time, state = _whole("time", time), _whole("state", state)
        entry = _whole("entry", np.broadcast_to(entry, time.shape) if np.ndim(entry) == 0 else entry)
        if not entry.shape == time.shape == state.shape:
            raise ValueError(f"unequal lengths: entry {entry.shape}, time {time.shape}, state {state.shape}")
        if np.any(entry >= time):
            raise ValueError(f"entry must be before time; it is not in {np.count_nonzero(entry >= time)} cases")
        if np.any((state < CENSORED) | (state > _MOST_CAUSES)):
            raise ValueError("state must be 0 (censored), 1 (event), or the number of a competing exit (2, 3, ...)")
        if time.size and time.max() - entry.min() > _LONGEST_SPAN:
            raise ValueError(f"times span more than {_LONGEST_SPAN} days: are they in days?")
        return cls(entry, time, state, _checked_weight(weight, time.shape))

    def __len__(self) -> int:
        return self.time.size

    @property
    def counts(self) -> np.ndarray:
        """How much each case counts, shape (n,): its weight, or 1."""
        return np.ones(len(self)) if self.weight is None else self.weight

    @property
    def cause_specific(self) -> np.ndarray:
        """True where the event happened; every other exit counts as censored."""
        return self.state == EVENT

    def take(self, rows) -> "Outcome":
        """Return the outcome of some rows (a mask or positions)."""
        weight = None if self.weight is None else self.weight[rows]
        return Outcome(self.entry[rows], self.time[rows], self.state[rows], weight)

    def with_state(self, state: np.ndarray) -> "Outcome":
        """Return the same cases with another state at the end, shape (n,)."""
        return Outcome(self.entry, self.time, np.asarray(state, dtype=np.int64), self.weight)

    def about(self, cause: int) -> "Outcome":
        """Return the same cases with `cause` as the event and every other cause as a competing exit."""
        if not EVENT <= cause <= _MOST_CAUSES:
            raise ValueError(f"a cause is a state from 1 to {_MOST_CAUSES}, not {cause}")
        return self.with_state(np.select([self.state == cause, self.state != CENSORED], [EVENT, COMPETING], CENSORED))


def _checked_weight(weight, shape: tuple[int, ...]) -> np.ndarray | None:
    if weight is None:
        return None
    weight = np.asarray(weight, dtype=float)
    if weight.shape != shape:
        raise ValueError(f"weight has shape {weight.shape}, the outcome {shape}")
    if not np.all(np.isfinite(weight) & (weight > 0)):
        raise ValueError(f"weights must be above 0; {np.count_nonzero(~(weight > 0))} are not")
    return weight


def _whole(name: str, values) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {values.ndim}")
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    numbers = values.astype(float)
    if not np.all(np.isfinite(numbers)):
        raise ValueError(
            f"{name} must be finite; {np.count_nonzero(~np.isfinite(numbers))} values are missing or infinite"
        )
    if np.any(numbers != np.rint(numbers)):
        raise ValueError(f"{name} must be whole numbers (days)")
    return numbers.astype(np.int64)
