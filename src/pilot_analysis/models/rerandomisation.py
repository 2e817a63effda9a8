"""Re-randomisation test of the difference in days not yet returned, allocation permuted within organisation.

- The statistic is studentised, |difference| / se: the test is exact when the arms have one distribution of outcome and
  censoring, and keeps its size asymptotically when they differ in spread or censoring only (Janssen 1997; Chung and
  Romano 2013). P = (1 + permutations at least as extreme) / (1 + permutations).
- A permutation without a number (nobody followed to tau in an arm) counts as extreme: that keeps the test valid and
  makes it conservative.
- Fails when no organisation has both arms: then there is no other allocation.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.batch import BLOCK, DayCells, days_from_counts, pick_counts
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.resampling import allocation_picks, in_batches

_SAME = 1e-9  # statistics this close are one: rounding must not break ties


class Rerandomisation(NamedTuple):
    """Difference in days (intervention - control), its standard error, the ratio of the two, and the test."""

    difference: float
    se: float
    statistic: float
    p_value: float
    replicates: int
    not_estimable: int  # permutations without a number, counted as extreme


def rerandomisation_test(
    outcome: Outcome,
    arm,
    organisation,
    tau: int,
    replicates: int = 9999,
    seed=0,
    progress: Callable[[int, int], None] | None = None,
) -> Rerandomisation:
    """Test that the allocation made no difference to anybody's days not yet returned.

    Parameters
    ----------
    outcome
        n cases, all with entry 0, without weights.
    arm
        True for the intervention, shape (n,).
    organisation
        Label within which cases were allocated, shape (n,).
    tau
        End of the restricted mean, in days.
    replicates, seed
        Number of permutations; whole number or `SeedSequence`.
    progress
        Called with (done, total) after each batch.

    Raises
    ------
    NotEstimable
        An arm without a number of its own (see `days_not_returned`), or no organisation with both arms.
    """
    arm = np.asarray(arm, dtype=bool)
    place = DayCells.of(outcome, tau)
    if arm.shape != outcome.time.shape or np.shape(organisation) != arm.shape:
        raise ValueError(f"arm has shape {arm.shape}, organisation {np.shape(organisation)}, {len(outcome)} cases")
    difference, se, statistic = (float(x[0]) for x in _studentised(place, np.flatnonzero(arm)[None], tau))
    if np.isnan(statistic):
        for rows in (arm, ~arm):
            days_not_returned(outcome.take(rows), tau)  # raises the reason
    _refuse_one_allocation(arm, organisation)
    extreme = unseen = 0
    for batch in in_batches(replicates, max(1, BLOCK // max(place.cells, arm.size)), progress):
        permuted = np.abs(_studentised(place, allocation_picks(arm, organisation, batch, seed), tau)[2])
        missing = np.isnan(permuted)
        unseen += int(np.count_nonzero(missing))
        extreme += int(np.count_nonzero(missing | (permuted >= abs(statistic) * (1 - _SAME))))
    return Rerandomisation(difference, se, statistic, (1 + extreme) / (1 + replicates), replicates, unseen)


def _studentised(place: DayCells, treated: np.ndarray, tau: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Difference, standard error and their ratio for allocations given as positions of the treated, (B, treated)."""
    intervention = pick_counts(place, treated)
    everybody = np.bincount(place.cell, minlength=place.cells)
    mean, variance = days_from_counts(intervention, place.left, tau)
    other_mean, other_variance = days_from_counts(everybody - intervention, place.left, tau)
    difference, se = mean - other_mean, np.sqrt(variance + other_variance)
    # Without any spread a difference is either nothing or beyond doubt.
    without = np.where(np.abs(difference) <= _SAME, 0.0, np.copysign(np.inf, difference))
    without[np.isnan(difference)] = np.nan
    return difference, se, np.divide(difference, se, out=without, where=se > 0)


def _refuse_one_allocation(arm: np.ndarray, organisation) -> None:
    label = np.unique(np.asarray(organisation), return_inverse=True)[1]
    treated, size = np.bincount(label[arm], minlength=label.max() + 1), np.bincount(label)
    if not np.any((treated > 0) & (treated < size)):
        raise NotEstimable("no organisation has cases in both arms: the allocation could not have been different")
