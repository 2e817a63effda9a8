"""Entry, time and state of each case: what every estimator takes.

- Times are whole days from an origin. A case is at risk on the days entry < day <= time (delayed entry: entry > 0).
- State at `time`: 0 censored, 1 event, 2 competing exit.
- This is the boundary: what is not finite, not whole, or out of order is refused here and checked nowhere else.
"""

from dataclasses import dataclass

import numpy as np

CENSORED, EVENT, COMPETING = 0, 1, 2
_LONGEST_SPAN = 100_000  # days; more is a unit mistaken (seconds, nanoseconds), and the day grid would not fit


@dataclass(frozen=True)
class Outcome:
    """Integer arrays of equal length, one element per case; make it with `Outcome.of`."""

    entry: np.ndarray
    time: np.ndarray
    state: np.ndarray

    @classmethod
    def of(cls, entry, time, state) -> "Outcome":
        """Check and build an outcome.

        Parameters
        ----------
        entry, time
            Whole days from the origin, shape (n,); `entry` may be one number for all. n may be 0.
        state
            0 censored, 1 event, 2 competing exit, shape (n,).

        Raises
        ------
        ValueError
            Unequal lengths, values that are missing or not whole, entry >= time, an unknown state, or a span of more
            than 100,000 days.
        """
        time, state = _whole("time", time), _whole("state", state)
        entry = _whole("entry", np.broadcast_to(entry, time.shape) if np.ndim(entry) == 0 else entry)
        if not entry.shape == time.shape == state.shape:
            raise ValueError(f"unequal lengths: entry {entry.shape}, time {time.shape}, state {state.shape}")
        if np.any(entry >= time):
            raise ValueError(f"entry must be before time; it is not in {np.count_nonzero(entry >= time)} cases")
        if np.any((state < CENSORED) | (state > COMPETING)):
            raise ValueError("state must be 0 (censored), 1 (event) or 2 (competing exit)")
        if time.size and time.max() - entry.min() > _LONGEST_SPAN:
            raise ValueError(f"times span more than {_LONGEST_SPAN} days: are they in days?")
        return cls(entry, time, state)

    def __len__(self) -> int:
        return self.time.size

    @property
    def cause_specific(self) -> np.ndarray:
        """True where the event happened; every other exit counts as censored."""
        return self.state == EVENT

    def take(self, rows) -> "Outcome":
        """Return the outcome of some rows (a mask or positions)."""
        return Outcome(self.entry[rows], self.time[rows], self.state[rows])


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
