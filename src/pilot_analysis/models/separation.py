"""Separation: a Cox likelihood without a maximum, recognised exactly for any number of cases.

- The likelihood grows without bound along a direction b when, whenever somebody has the event, nobody at risk beside
  them has a higher x'b, and somebody has a lower one (Jacobsen 1989, Scandinavian Journal of Statistics 16:335-349).
  With exact ties only those at risk without the event count.
- All such b form a cone: is there one in it with a coefficient of +-1? A linear programme per coefficient and sign,
  with cutting planes: only the inequalities that a candidate violates most are added, found from the running
  maxima over day-grouped risk sets. Rounds cost cases x log(cases); only suspicious fits come here.
- It fails where the columns are collinear among people at risk (refused before), and on gaps below a millionth of a
  column's range, which count as ties.
"""

import numpy as np

from pilot_analysis.models.cox_data import CoxData, prepare

_EQUAL = 1e-9  # differences of x'b up to here are rounding of the linear programme
_GAP = 1e-6  # from here on they are real
_CUTS = 30  # cutting planes added per round
_MOST_ROUNDS = 500


def separated(outcome, design, strata=None, ties: str = "efron") -> str | None:
    """Return why the likelihood of a Cox model has no maximum, or None when it has one.

    Parameters are those of `cox`, which asks by itself; the columns must not be collinear.

    Raises
    ------
    NotEstimable
        No event.
    """
    return separation(prepare(outcome, design, strata, ties))


def separation(data: CoxData) -> str | None:
    """As `separated`, of prepared data."""
    span = np.ptp(data.design, axis=0)
    varying = np.flatnonzero(span > 0)
    if not varying.size:
        return None
    design = data.design[:, varying] / span[varying]
    direction = _direction(design, _RiskSets(data))
    if direction is None:
        return None
    involved = varying[np.abs(direction) > _GAP] + 1
    return "a coefficient grows without bound: " + (
        f"column {involved[0]} of the model separates events from the others at risk"
        if involved.size == 1
        else f"columns {', '.join(map(str, involved))} of the model together separate events from the others at risk"
    )


class _RiskSets:
    """Finds for each cell whoever at risk has the highest value, and whoever has the event with the lowest."""

    def __init__(self, data: CoxData) -> None:
        self.own, self.happened = data.own, data.grid.happened
        low = np.searchsorted(data.used, data.grid.entered, side="right")
        high = np.searchsorted(data.used, data.grid.left, side="right")
        if data.ties == "exact":
            high[self.happened] -= 1
        self.rows = np.flatnonzero(low < high)
        self.low, high = low[self.rows], high[self.rows]
        # Every interval of cells is two overlapping ones of a length that is a power of two.
        self.level = np.frexp(high - self.low)[1] - 1
        self.other = high - (1 << self.level)
        self.shape = (int(self.level.max(initial=0)) + 1, data.used.size)

    def worst(self, value: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return per cell the excess of the highest value at risk over the lowest with the event, and both rows."""
        order = np.argsort(value)
        rank = np.empty(order.size, dtype=np.int64)
        rank[order] = np.arange(order.size)
        highest = np.full(self.shape, -1)
        for start in (self.low, self.other):
            np.maximum.at(highest, (self.level, start), rank[self.rows])
        for level in range(self.shape[0] - 1, 0, -1):
            half, above = 1 << (level - 1), highest[level]
            np.maximum(highest[level - 1], above, out=highest[level - 1])
            np.maximum(highest[level - 1, half:], above[:-half], out=highest[level - 1, half:])
        lowest = np.full(self.shape[1], order.size)
        np.minimum.at(lowest, self.own, rank[self.happened])
        top, bottom = order[highest[0]], order[lowest]
        alone = highest[0] < 0  # exact ties: everyone at risk has the event
        return np.where(alone, -np.inf, value[top] - value[bottom]), top, bottom


def _direction(design: np.ndarray, sets: _RiskSets) -> np.ndarray | None:
    """Return a direction along which the likelihood grows without bound, with few columns, or None."""
    p = design.shape[1]
    cuts = np.empty((0, p))
    for leading in np.concatenate([np.eye(p), -np.eye(p)]):
        for _ in range(_MOST_ROUNDS):
            direction = _shortest(leading, cuts)
            if direction is None:
                break
            value = design @ direction
            excess, top, bottom = sets.worst(value)
            if excess.max() <= _EQUAL:
                if sets.worst(-value)[0].max() > _GAP:
                    return direction
                break
            worst = np.argsort(excess)[-_CUTS:]
            worst = worst[excess[worst] > _EQUAL]
            new = design[bottom[worst]] - design[top[worst]]
            cuts = np.concatenate([cuts, new / np.abs(new).max(axis=1, keepdims=True)])
    return None


def _shortest(leading: np.ndarray, cuts: np.ndarray) -> np.ndarray | None:
    """Return the b with the least sum of |b|, each up to 1, that is 1 along `leading` and has cuts b >= 0, or None."""
    if not cuts.size:
        return leading
    from scipy.optimize import linprog

    both = np.concatenate([leading, -leading])  # b = u - v, both at least 0
    found = linprog(
        np.ones(both.size),
        A_ub=np.hstack([-cuts, cuts]),
        b_ub=np.zeros(len(cuts)),
        A_eq=both[None],
        b_eq=[1.0],
        bounds=(0, 1),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return found.x[: leading.size] - found.x[leading.size :] if found.status == 0 else None
