"""Newton's method for a log likelihood with gradient and information, and the linear algebra it needs.

- Steps are halved until the likelihood does not fall by more than rounding.
- Systems are solved after scaling to a unit diagonal: columns may be years, euros or indicators.
"""

from typing import Any, NamedTuple

import numpy as np

_SMALL_STEP = 1e-16  # Newton decrement, in squared standard errors: the step taken then leaves only rounding
_UNDETERMINED = "the data do not determine the coefficients (singular information)"


class Stuck(Exception):
    """There is no next step, or there were too many; the message says which."""


class Maximum(NamedTuple):
    """Where the climb ended, the likelihood there, the number of steps, and the decrement before each."""

    coef: np.ndarray
    likelihood: Any
    iterations: int
    decrements: list[float]


def newton(evaluate, coef: np.ndarray, now, max_iter: int) -> Maximum:
    """Climb from `coef`, where the likelihood is `now`.

    Parameters
    ----------
    evaluate
        Function of coefficients (p,) that returns an object with `value`, `score` (p,) and `information` (p, p).
    coef, now
        Where to begin, and what `evaluate` says there.
    max_iter
        Steps before giving up.

    Raises
    ------
    Stuck
        Singular information, a likelihood that does not rise, or no convergence.
    """
    decrements: list[float] = []
    while len(decrements) < max_iter:
        step = solve(now.information, now.score)
        decrements.append(float(now.score @ step))
        coef, now = _halved(evaluate, coef, step, now.value)
        if decrements[-1] <= _SMALL_STEP:
            return Maximum(coef, now, len(decrements), decrements)
    raise Stuck(f"no convergence in {max_iter} iterations")


def _halved(evaluate, coef: np.ndarray, step: np.ndarray, value: float) -> tuple:
    """Take the step, or as much of it as does not lower the likelihood by more than rounding."""
    for _ in range(25):
        new = evaluate(coef + step)
        if new.value >= value - 1e-10 * (1 + abs(value)) and np.isfinite(new.information).all():
            return coef + step, new
        step = step / 2
    raise Stuck("the likelihood does not rise in the direction of Newton's step")


def solve(information: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve a symmetric system with a positive diagonal; Stuck where there is no solution."""
    diagonal = information.diagonal()
    if not np.all(diagonal > 0):
        raise Stuck(_UNDETERMINED)
    scale = 1 / np.sqrt(diagonal)
    try:
        return (np.linalg.solve(information * scale[:, None] * scale, (scale * right.T).T).T * scale).T
    except np.linalg.LinAlgError:
        raise Stuck(_UNDETERMINED) from None


def inverse(information: np.ndarray) -> np.ndarray:
    """Return the symmetric inverse; Stuck where a variance would not be above 0."""
    result = solve(information, np.eye(len(information)))
    if not np.all(result.diagonal() > 0):
        raise Stuck(_UNDETERMINED)
    return (result + result.T) / 2
