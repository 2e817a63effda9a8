"""The data of a Cox model on the grid of strata x event days: prepared once, for the fit and all that follows it."""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.days import EventGrid, days_until, distinct_days
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

TIES = ("efron", "breslow", "exact")


class CoxData(NamedTuple):
    """What the likelihood and everything after the fit are computed from.

    Row i is at risk in the cells of its stratum after `grid.entered[i]` up to `grid.left[i]`. Of the layout of cells
    only this is promised: those of a stratum follow each other by day. `day` and `stratum` say what they are.
    """

    outcome: Outcome
    design: np.ndarray  # (n, p), centred; each column contiguous
    centre: np.ndarray  # (p,) means taken out of the design
    weight: np.ndarray  # (n,) case weights, 1 without
    ties: str  # "efron", "breslow" or "exact"
    grid: EventGrid
    used: np.ndarray  # (cells,) the cells with events, sorted
    day: np.ndarray  # (cells,) the day of each
    stratum: np.ndarray  # (cells,) the number of its stratum
    own: np.ndarray  # for each row of `grid.happened`: position of its cell in `used`
    # Terms of the likelihood: share x log(sum over everyone at risk - fraction x sum over the tied events). Efron has
    # one for each event (share: mean weight of the tied events), Breslow one for each cell (share: total weight).
    cell: np.ndarray  # (terms,) position of the cell in `used`, sorted
    first: np.ndarray  # (cells,) position in `cell` of the first term of each used cell
    fraction: np.ndarray  # (terms,) l/d; 0 for Breslow
    share: np.ndarray  # (terms,)


def prepare(outcome: Outcome, design, strata=None, ties: str = "efron") -> CoxData:
    """Check a design of shape (n, p) or (n,) and place it on the grid.

    Raises
    ------
    NotEstimable
        No event.
    ValueError
        A design of another length or with missing values; unknown ties; case weights with exact ties.
    """
    design, centre = _centred(design, len(outcome))
    if ties not in TIES:
        raise ValueError(f"ties are {', '.join(TIES)}, not {ties!r}")
    if ties == "exact" and outcome.weight is not None:
        raise ValueError("exact ties know no case weights")
    grid = _placed(outcome, strata)
    happened = grid.happened
    if not happened.size:
        raise NotEstimable("no event")
    weight = np.ones(len(outcome)) if outcome.weight is None else outcome.weight
    count = np.bincount(grid.left[happened])
    used = np.flatnonzero(count)
    own, count = (np.cumsum(count > 0) - 1)[grid.left[happened]], count[used]
    total = count.astype(float) if outcome.weight is None else np.bincount(own, weight[happened])
    day = np.empty(used.size, dtype=outcome.time.dtype)
    day[own] = outcome.time[happened]
    first = cell = np.arange(used.size)
    fraction, share = np.zeros(used.size), total
    if ties == "efron":
        first, cell = np.cumsum(count) - count, np.repeat(cell, count)
        fraction, share = (np.arange(cell.size) - first[cell]) / count[cell], (total / count)[cell]
    stratum = used // grid.shape[1]
    return CoxData(outcome, design, centre, weight, ties, grid, used, day, stratum, own, cell, first, fraction, share)


def _centred(design, n: int) -> tuple[np.ndarray, np.ndarray]:
    design = np.asarray(design, dtype=float)
    design = design[:, None] if design.ndim == 1 else design
    if design.ndim != 2 or len(design) != n:
        raise ValueError(f"the design has shape {design.shape}, the outcome {n} cases")
    columns = np.array(design.T, order="C")  # a copy: each column contiguous
    mean = columns.sum(axis=1, keepdims=True) / max(n, 1)
    if not np.all(np.isfinite(mean)):
        raise ValueError("the design has missing or infinite values")
    columns -= mean
    return columns.T, mean[:, 0]


def _placed(outcome: Outcome, strata) -> EventGrid:
    """Return a grid with the event days of each stratum only: fewer cells than strata x days where strata are small."""
    if strata is None:
        return EventGrid.of(outcome)
    if np.shape(strata) != outcome.time.shape:
        raise ValueError(f"strata have shape {np.shape(strata)}, the outcome {len(outcome)} cases")
    labels, stratum = np.unique(np.asarray(strata), return_inverse=True)
    start = outcome.entry.min(initial=0)
    span = outcome.time.max(initial=0) - start + 1
    shift = stratum * span - start
    exits, entries = outcome.time + shift, outcome.entry + shift
    happened = np.flatnonzero(outcome.cause_specific)
    days = distinct_days(exits[happened])
    before = np.searchsorted(days, np.arange(labels.size) * span)  # event days in earlier strata
    shape = (labels.size, int(np.diff(before, append=days.size).max(initial=0)) + 1)
    base = (np.arange(labels.size) * shape[1] - before)[stratum]
    left = base + days_until(days, exits)
    entered = base + days_until(days, entries)
    return EventGrid(shape, left, entered, np.flatnonzero(entered > stratum * shape[1]), happened)
