"""Linear GEE with an exchangeable correlation within people, and the small-sample sandwich of Mancl and DeRouen.

- Correlation by moments (Liang and Zeger 1986, Biometrika 73:13-22): residual products of all pairs within people over
  (pairs - p) and the scale, squares over (rows - p); coefficients and correlation in turn until they stand still.
- Covariance: residuals of each person over I - H, H the person's own part of the hat matrix (Mancl and DeRouen 2001,
  Biometrics 57:126-134): what leaving the person out does to the coefficients, squared and summed.
- A coefficient that somebody alone determines has no error (infinite). What that person observed says nothing of the
  other coefficients: a last period with one person fits exactly.
- Cost beyond `models.panel` grows with kinds and patterns, not with people.

It fails (`NotEstimable`) without convergence, without residuals, and where the moments are no correlation.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.panel import NOT_CONVERGED, Panel, Pattern, Split, centred, split

_STILL = 1e-13  # change of the correlation that is only rounding
_MOST = 200  # iterations
_ALONE = 1e-8  # share of a direction that others determine: below it, nobody else does


class Gee(NamedTuple):
    """Coefficients (p,), covariance (p, p; infinite where one person alone determines one), correlation."""

    coef: np.ndarray
    covariance: np.ndarray
    correlation: float

    @property
    def errors(self) -> np.ndarray:
        """Standard errors (p,)."""
        return np.sqrt(np.maximum(self.covariance.diagonal(), 0.0))


def exchangeable(people: Panel) -> Gee:
    """Fit the columns of a panel."""
    try:
        first, rest = centred(people)
        coef, correlation = _in_turn(rest)
        return Gee(first + coef, _sandwich(rest.about(coef), correlation), correlation)
    except np.linalg.LinAlgError:
        raise NotEstimable(NOT_CONVERGED) from None


def _in_turn(people: Panel) -> tuple[np.ndarray, float]:
    lengths, number = people.lengths, people.columns
    parts = split(people, [np.full((length, 1), length**-0.5) for length in lengths])
    pairs = float(people.people @ (lengths * (lengths - 1) / 2))
    if pairs <= number or people.rows <= number:
        raise NotEstimable(NOT_CONVERGED)
    correlation = 0.0
    for _ in range(_MOST):
        gram = _weighted(parts, lengths, correlation)
        coef = np.linalg.solve(gram[:-1, :-1], gram[:-1, -1])
        moment = _moment(parts, lengths, np.append(-coef, 1.0), people.rows - number, pairs - number)
        if not -1 / max(lengths[-1] - 1, 1) < moment < 1:
            raise NotEstimable(NOT_CONVERGED)
        if abs(moment - correlation) < _STILL:
            return coef, correlation
        correlation = moment
    raise NotEstimable(NOT_CONVERGED)


def _weighted(parts: Split, lengths: np.ndarray, correlation: float) -> np.ndarray:
    """Cross-products over the eigenvalues of the correlation: 1 - a outside people's means, 1 + (k - 1) a on them."""
    on_means = np.tensordot(1 / (1 + (lengths - 1) * correlation), parts.inside[:, 0, 0], axes=1)
    return parts.outside / (1 - correlation) + on_means


def _moment(parts: Split, lengths: np.ndarray, contrast: np.ndarray, free: int, free_pairs: float) -> float:
    means = parts.inside[:, 0, 0] @ contrast @ contrast  # squares of people's means, times k
    squares = contrast @ parts.outside @ contrast + means.sum()
    return float((lengths @ means - squares) / 2 / free_pairs / (squares / free))


def _sandwich(residuals: Panel, correlation: float) -> np.ndarray:
    roots = [_root(length, correlation) for length in residuals.lengths]
    weighted = [root @ pattern.design for root, pattern in zip(roots, residuals.patterns, strict=True)]
    information = np.zeros(2 * (residuals.columns,))
    for pattern, design in zip(residuals.patterns, weighted, strict=True):
        flat = design.reshape(-1, residuals.columns)
        information += flat.T @ (np.repeat(pattern.size, pattern.length)[:, None] * flat)
    bread = np.linalg.inv(information)
    bread = (bread + bread.T) / 2
    covariance, lost = np.zeros_like(bread), np.zeros(len(bread), dtype=bool)
    for pattern, design, root in zip(residuals.patterns, weighted, roots, strict=True):
        part, alone = _meat(pattern, design, root, bread)
        covariance, lost = covariance + part, lost | alone
    covariance[lost] = covariance[:, lost] = np.inf
    return covariance


def _meat(pattern: Pattern, design: np.ndarray, root: np.ndarray, bread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum over people of squared changes of the coefficients, and which of these a person alone determines."""
    gain = design @ bread  # (m, k, p), on the scale where rows are independent
    shares, directions = np.linalg.eigh(np.eye(pattern.length) - gain @ design.swapaxes(1, 2))
    along = directions.swapaxes(1, 2) @ gain
    alone = shares < _ALONE
    lost = (np.abs(along[alone]) > np.sqrt(_ALONE * np.diag(bread))).any(axis=0)
    over = np.where(alone, 0.0, 1 / np.where(alone, 1.0, shares))
    change = (directions * over[:, None, :]) @ along
    squares = pattern.scatter + pattern.size[:, None, None] * pattern.mean[:, :, None] * pattern.mean[:, None, :]
    spread = root @ squares @ root
    number = len(bread)
    return change.reshape(-1, number).T @ (spread @ change).reshape(-1, number), lost


def _root(length: int, correlation: float) -> np.ndarray:
    """Symmetric square root of the inverse of an exchangeable correlation matrix."""
    means = np.full((length, length), 1 / length)
    return (np.eye(length) - means) / np.sqrt(1 - correlation) + means / np.sqrt(1 + (length - 1) * correlation)
