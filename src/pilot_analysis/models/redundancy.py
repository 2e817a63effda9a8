"""Which columns of a Cox model follow from the columns before them, among the people at risk when events happen.

- Rank of the information at no effect: its null space is that of the information at any coefficients, because both are
  sums over events of covariances of the risk set, with weights above 0.
- R `coxph` gives such a column the coefficient NA; the others are those of the fit without it, exactly.
"""

import numpy as np

from pilot_analysis.models.days import EventGrid
from pilot_analysis.models.outcome import Outcome

_DEPENDENT = 1e-8  # share of a column's information that the columns before it leave: above rounding, below any data


def redundant_columns(outcome: Outcome, design, strata=None) -> list[int]:
    """Return the positions of columns that are linear in those before them, a column without variation included.

    Parameters
    ----------
    outcome
        n cases.
    design
        Finite numbers, shape (n, p).
    strata
        Label of the stratum of each case, or None.
    """
    design = np.asarray(design, dtype=float)
    if not outcome.cause_specific.any():
        return list(range(design.shape[1]))
    information, raw = _information(EventGrid.of(outcome, strata), design)
    kept, redundant = [], []
    for column in range(design.shape[1]):
        own, beside = information[column, column], information[column, kept]
        left = own - beside @ np.linalg.solve(information[np.ix_(kept, kept)], beside)
        varies = own > _DEPENDENT * max(raw[column], np.finfo(float).tiny)
        (kept if varies and left > _DEPENDENT * own else redundant).append(column)
    return redundant


def _information(grid: EventGrid, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum over event days of the sums of squares of the risk set about its mean; and the diagonal about 0."""
    spread = design.std(axis=0)
    standard = (design - design.mean(axis=0)) / np.where(spread > 0, spread, 1)
    used = np.unique(grid.left[grid.happened])
    sums = grid.in_risk_set(np.column_stack([np.ones(len(design)), standard]))[used]
    happens = np.zeros(grid.shape)
    happens.flat[used] = 1
    cumulated = np.cumsum(happens, axis=1).ravel()
    days = cumulated[grid.left] - cumulated[grid.entered]
    squares = standard.T @ (days[:, None] * standard)
    return squares - sums[:, 1:].T @ (sums[:, 1:] / sums[:, :1]), np.diag(squares)
