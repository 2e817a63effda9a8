"""Linear mixed model by REML: a random intercept, or a random intercept and slope, by person.

- Likelihood profiled over coefficients and residual variance (Bates et al. 2015, J Stat Softw 67(1), eq. 41), climbed
  by Newton's method in the logarithms of variances over that of the residuals: that of the intercept, and that of the
  slope at a given intercept, with its regression on the intercept between them (LDL'). Derivatives are exact; curvature
  that is not is replaced by its size, and no step multiplies a variance by more than e^2.
- Standard errors are those of generalised least squares at the fitted variances, as `vcov(lme4::lmer())` and
  `nlme::lme()` give them (Laird and Ware 1982, Biometrics 38:963-974).
- Where intercept and slope go together fully, or one of their variances goes to 0, that climb has no end. The maximum
  is then sought at the edge itself, where the covariance is v v': one number per person makes level and slope; it is
  taken where the likelihood does not rise from there into the interior. `singular` says so, as `lme4::isSingular`: a
  standard deviation (of the slope at a given intercept) under 1e-4 of the residual one.
- A lone intercept at its edge has the variance 0, which is exact.
- Cost beyond `models.panel` grows with patterns only.

It fails (`NotEstimable`) without convergence, with no more observations than random effects (as lme4 does), and where
nothing is left of the residual variance.
"""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models import newton
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.panel import NOT_CONVERGED, Panel, Split, centred, split

_SINGULAR = 1e-4  # of the residual standard deviation
_BOUNDLESS = 1e5  # residual standard deviations: more, and nothing is left within people
_LARGEST_STEP = 2.0
_MOST = 100  # iterations
_NOTHING = 1e-12  # of the squares of residuals
_FLAT = 1e-14  # curvature below which there is none
_LEVEL = 1e-6  # of the largest slope of the likelihood: less is none
_START = {1: (0.0,), 2: (0.0, 0.0, 0.0)}
_DIRECTIONS = ((1.0, 0.0), (0.1, 1.0), (1.0, 1.0), (1.0, -1.0))
_ENTRIES = {1: ((0, 0),), 2: ((0, 0), (1, 0), (1, 1))}  # of the covariance, in the order of its parameters


class Mixed(NamedTuple):
    """Coefficients (p,) and their covariance, covariance of the random effects, variance within people.

    `singular`: a variance is at its edge; `deviance`: -2 log likelihood (REML) but for a constant.
    """

    coef: np.ndarray
    covariance: np.ndarray
    random_covariance: np.ndarray
    residual_variance: float
    singular: bool
    deviance: float

    @property
    def errors(self) -> np.ndarray:
        """Standard errors of the coefficients (p,)."""
        return np.sqrt(self.covariance.diagonal())


class _Fit(NamedTuple):
    """Generalised least squares at given variances, and derivatives of the deviance by the entries of `relative`."""

    coef: np.ndarray
    inverse: np.ndarray
    variance: float
    deviance: float
    gradient: np.ndarray
    hessian: np.ndarray


class _Point(NamedTuple):
    """What `newton` climbs; `curvature`: the lowest of the information before it is made positive."""

    value: float
    score: np.ndarray
    information: np.ndarray
    curvature: float


class _Problem(NamedTuple):
    """Sums by pattern in the basis of the random effects: triangles (patterns, r, r), people (patterns,)."""

    parts: Split
    triangles: np.ndarray
    people: np.ndarray
    rows: int


def reml(people: Panel, random) -> Mixed:
    """Fit the columns of a panel; `random`: columns of the random effects by period, shape (periods, 1 or 2)."""
    try:
        first, rest = centred(people)
        problem = _problem(rest, np.asarray(random, dtype=float))
        size = problem.triangles.shape[1]
        if people.rows <= size * people.people.sum():
            raise newton.Stuck("as many random effects as observations, which lme4 refuses too")
        if _left_within(problem.parts.outside) <= _NOTHING * rest.squares:
            raise newton.Stuck("random effects explain everything: the likelihood has no bound")
        relative = _inside(problem)
        singular = relative is None
        if relative is None:
            relative = np.zeros((1, 1)) if size == 1 else _at_the_edge(problem)
        fit = _fit(problem, relative)
        if singular and _rises_inwards(fit, relative):
            raise newton.Stuck("the likelihood rises from the edge, and the climb missed it")
    except (newton.Stuck, np.linalg.LinAlgError):
        raise NotEstimable(NOT_CONVERGED) from None
    covariance = fit.variance * fit.inverse
    return Mixed(first + fit.coef, covariance, fit.variance * relative, fit.variance, singular, fit.deviance)


def _left_within(outside: np.ndarray) -> float:
    """Squares that the columns leave of what the random effects cannot explain."""
    coef = np.linalg.lstsq(outside[:-1, :-1], outside[:-1, -1], rcond=1e-10)[0]
    contrast = np.append(-coef, 1.0)
    return float(contrast @ outside @ contrast)


def generalised_least_squares(people: Panel, random, relative) -> Mixed:
    """Fit at a given covariance of the random effects over the residual variance, shape (1 or 2, 1 or 2)."""
    relative = np.asarray(relative, dtype=float)
    first, rest = centred(people)
    fit = _fit(_problem(rest, np.asarray(random, dtype=float)), relative)
    covariance = fit.variance * fit.inverse
    return Mixed(first + fit.coef, covariance, fit.variance * relative, fit.variance, False, fit.deviance)


def _problem(people: Panel, random: np.ndarray) -> _Problem:
    if people.rows <= people.columns:
        raise np.linalg.LinAlgError("no more rows than columns")
    size = random.shape[1]
    bases, triangles = [], np.zeros((len(people.patterns), size, size))
    for number, length in enumerate(people.lengths):
        basis, triangle = np.linalg.qr(random[:length])
        triangles[number, : len(triangle)] = triangle
        bases.append(np.pad(basis, ((0, 0), (0, size - basis.shape[1]))))  # one period has no slope
    return _Problem(split(people, bases), triangles, people.people, people.rows)


def _climb(problem: _Problem, start) -> newton.Maximum:
    def evaluate(parameters: np.ndarray) -> _Point:
        return _point(problem, parameters)

    start = np.array(start, dtype=float)
    top = newton.newton(evaluate, start, evaluate(start), _MOST)
    if np.sqrt(_matrix(_entries(top.coef)[0]).diagonal().max()) > _BOUNDLESS:
        raise NotEstimable(NOT_CONVERGED)  # nothing is left of the residual variance
    return top


def _inside(problem: _Problem) -> np.ndarray | None:
    """Covariance of the random effects at a maximum that is not at the edge, or None."""
    size = problem.triangles.shape[1]
    try:
        top = _climb(problem, _START[size])
    except newton.Stuck:
        if size == 1:
            raise
        return None
    relative = _matrix(_entries(top.coef)[0])
    return relative if _least_deviation(relative) >= _SINGULAR and top.likelihood.curvature > 0 else None


def _at_the_edge(problem: _Problem) -> np.ndarray:
    """The best covariance of the form v v', from a level, a slope and both together."""
    found = []
    for start in _DIRECTIONS:
        try:
            found.append(_climb(problem, start))
        except newton.Stuck:
            continue
    if not found:
        raise newton.Stuck(NOT_CONVERGED)
    return _matrix(_entries(max(found, key=lambda top: top.likelihood.value).coef)[0])


def _rises_inwards(fit: _Fit, relative: np.ndarray) -> bool:
    """Whether the likelihood rises with a variance across the direction that the random effects have."""
    if len(relative) == 1:
        return bool(fit.gradient[0] < 0)
    across = np.linalg.eigh(relative)[1][:, 0]
    slope = fit.gradient @ np.array([across[0] ** 2, across[0] * across[1], across[1] ** 2])
    return bool(slope < -_LEVEL * np.abs(fit.gradient).max())


def _point(problem: _Problem, parameters: np.ndarray) -> _Point:
    """Half the deviance, downwards, with its derivatives by the parameters."""
    entries, first, second = _entries(parameters)
    fit = _fit(problem, _matrix(entries))
    score = -first.T @ fit.gradient / 2
    information = (first.T @ fit.hessian @ first + np.tensordot(fit.gradient, second, axes=1)) / 2
    values, vectors = np.linalg.eigh(information)
    size = np.maximum(np.maximum(np.abs(values), np.abs(vectors.T @ score) / _LARGEST_STEP), _FLAT)
    return _Point(-fit.deviance / 2, score, (vectors * size) @ vectors.T, float(values[0]))


def _entries(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries of the relative covariance with first and second derivatives by the parameters."""
    if parameters.size == 2:
        return _edge_entries(*parameters)
    intercept = np.exp(parameters[0])
    if parameters.size == 1:
        return np.array([intercept]), np.full((1, 1), intercept), np.full((1, 1, 1), intercept)
    slope, given = parameters[1], np.exp(parameters[2])
    by_log = intercept * np.array([1.0, slope, slope**2])
    by_slope = intercept * np.array([0.0, 1.0, 2 * slope])
    by_given = np.array([0.0, 0.0, given])
    second = np.zeros((3, 3, 3))
    second[:, 0, 0], second[:, 2, 2] = by_log, by_given
    second[:, 0, 1] = second[:, 1, 0] = by_slope
    second[2, 1, 1] = 2 * intercept
    return by_log + by_given, np.column_stack([by_log, by_slope, by_given]), second


def _edge_entries(level: float, slope: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of v v', v = (level, slope)."""
    second = np.zeros((3, 2, 2))
    second[0, 0, 0] = second[2, 1, 1] = 2.0
    second[1, 0, 1] = second[1, 1, 0] = 1.0
    first = np.array([[2 * level, 0.0], [slope, level], [0.0, 2 * slope]])
    return np.array([level**2, level * slope, slope**2]), first, second


def _matrix(entries: np.ndarray) -> np.ndarray:
    size = {1: 1, 3: 2}[entries.size]
    matrix = np.zeros((size, size))
    for (row, column), value in zip(_ENTRIES[size], entries, strict=True):
        matrix[row, column] = matrix[column, row] = value
    return matrix


def _least_deviation(relative: np.ndarray) -> float:
    """The lowest of the standard deviations of intercept and slope, and of the slope at a given intercept."""
    if len(relative) == 1 or relative[0, 0] <= 0:
        return float(np.sqrt(relative[0, 0]))
    given = relative[1, 1] - relative[1, 0] ** 2 / relative[0, 0]
    return float(np.sqrt(max(min(relative[0, 0], given), 0.0)))


def _fit(problem: _Problem, relative: np.ndarray) -> _Fit:
    weights, log_size, by_size, by_sizes = _weights(problem, relative)
    grams = np.tensordot(weights, problem.parts.inside, axes=([1, 2, 3], [0, 1, 2]))
    grams[0] += problem.parts.outside
    count = len(by_size)
    inverse = newton.inverse(grams[0, :-1, :-1])
    coef = inverse @ grams[0, :-1, -1]
    contrast, free = np.append(-coef, 1.0), problem.rows - len(coef)
    rest = float(contrast @ grams[0] @ contrast)
    if not rest > 0:
        raise newton.Stuck(NOT_CONVERGED)
    moved = grams[1 : 1 + count] @ contrast
    by_rest, across = moved @ contrast, moved[:, :-1] @ inverse @ moved[:, :-1].T
    twice = (grams[1 + count :] @ contrast @ contrast).reshape(count, count)
    turned = inverse @ grams[1:, :-1, :-1]
    by_log, by_logs = (np.trace(some, axis1=1, axis2=2) for some in (turned[:count], turned[count:]))
    pairs = np.einsum("sab,tba->st", turned[:count], turned[:count])
    deviance = log_size - np.linalg.slogdet(inverse)[1] + free * np.log(rest)
    gradient = by_size + by_log + free * by_rest / rest
    hessian = by_sizes + by_logs.reshape(count, count) - pairs
    hessian += free * ((twice - 2 * across) / rest - np.outer(by_rest, by_rest) / rest**2)
    return _Fit(coef, inverse, rest / free, float(deviance), gradient, hessian)


def _weights(problem: _Problem, relative: np.ndarray) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Inverse covariance in the basis by pattern, beside its first and second derivatives; the same of log det."""
    size = len(relative)
    units = np.zeros((len(_ENTRIES[size]), size, size))
    for number, (row, column) in enumerate(_ENTRIES[size]):
        units[number, row, column] = units[number, column, row] = 1.0
    triangles, turned = problem.triangles, problem.triangles.swapaxes(1, 2)
    spread = np.eye(size) + triangles @ relative @ turned
    inverse = np.linalg.inv(spread)
    moves = inverse @ (triangles @ units[:, None] @ turned)  # (entries, patterns, r, r)
    first = -moves @ inverse
    both = -moves[:, None] @ first
    second = both + both.swapaxes(0, 1)
    weights = np.concatenate([inverse[None], first, second.reshape(-1, *inverse.shape)])
    by_size = np.trace(moves, axis1=2, axis2=3) @ problem.people
    by_sizes = -np.einsum("skab,tkba,k->st", moves, moves, problem.people)
    return weights, float(np.linalg.slogdet(spread)[1] @ problem.people), by_size, by_sizes
