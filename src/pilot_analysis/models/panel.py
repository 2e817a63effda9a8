"""A number per person in successive periods, reduced to what linear models with alike people need.

- Somebody is followed through the first k periods and missing from then on, so that k decides the covariance of what
  was observed: people are put together by k (a pattern), and within it by kind: people of a kind have one design.
- Number of people, means and scatter by kind and pattern hold all that GEE and mixed models take from the data: with
  few kinds nothing that comes after grows with the number of people, and the order of people is nothing either.
- Covariances of the form I + Q S Q', Q an orthonormal basis of a few columns by pattern, act on two parts of the
  observations: `split` gives cross-products of design and outcome outside the basis (summed over patterns) and on it.

It fails (`ValueError`) where nobody is followed through a period; `centred` where the columns are not independent
(`LinAlgError`) and where they leave nothing of the outcome (`NotEstimable`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.not_estimable import NotEstimable

NO_VARIANCE = "these events leave no variance to estimate"
NOT_CONVERGED = "the model did not converge"
_ROUNDING = 1e-20  # of the squares of the outcome


class Pattern(NamedTuple):
    """People followed through k periods, by kind: designs (m, k, p), people (m,), means (m, k), scatter (m, k, k)."""

    design: np.ndarray
    size: np.ndarray
    mean: np.ndarray
    scatter: np.ndarray

    @property
    def length(self) -> int:
        """Periods."""
        return self.design.shape[1]


class Split(NamedTuple):
    """Cross-products of the columns and, last, the outcome; c = p + 1.

    `outside`: of what is orthogonal to the basis, (c, c); `inside`: of the coordinates on it, by pattern, for every
    pair of the r coordinates, (patterns, r, r, c, c).
    """

    outside: np.ndarray
    inside: np.ndarray


class Panel(NamedTuple):
    """Patterns in the order of their length."""

    patterns: tuple[Pattern, ...]

    @property
    def people(self) -> np.ndarray:
        """People by pattern."""
        return np.array([pattern.size.sum() for pattern in self.patterns])

    @property
    def lengths(self) -> np.ndarray:
        """Periods by pattern."""
        return np.array([pattern.length for pattern in self.patterns])

    @property
    def rows(self) -> int:
        """Observations."""
        return int(self.people @ self.lengths)

    @property
    def columns(self) -> int:
        """Columns of the design."""
        return self.patterns[0].design.shape[2]

    @property
    def squares(self) -> float:
        """Sum of squares of the outcome."""
        return float(
            sum(np.trace(one.scatter.sum(axis=0)) + one.size @ (one.mean**2).sum(axis=1) for one in self.patterns)
        )

    def about(self, coef: np.ndarray) -> Panel:
        """The same with the outcome less what `coef` (p,) predicts."""
        return Panel(tuple(one._replace(mean=one.mean - one.design @ coef) for one in self.patterns))


def panel(values, followed, kind, designs) -> Panel:
    """Return the patterns of a panel.

    Parameters
    ----------
    values
        Outcome by person and period, shape (n, periods); what lies beyond `followed` is not looked at.
    followed
        Number of periods, from the first, that each person was followed through, shape (n,); 0: takes no part.
    kind, designs
        Row of `designs` of each person, shape (n,), and the designs, shape (kinds, periods, p).
    """
    values, designs = np.asarray(values, dtype=float), np.asarray(designs, dtype=float)
    followed, kind = np.asarray(followed), np.asarray(kind)
    lengths = np.unique(followed[followed > 0])
    if not lengths.size:
        raise ValueError("nobody is followed through a period")
    return Panel(tuple(_pattern(values, np.flatnonzero(followed == k), int(k), kind, designs) for k in lengths))


def _pattern(values: np.ndarray, people: np.ndarray, length: int, kind: np.ndarray, designs: np.ndarray) -> Pattern:
    people = people[np.argsort(kind[people], kind="stable")]
    kinds, starts, size = np.unique(kind[people], return_index=True, return_counts=True)
    seen = values[people, :length]
    mean = np.add.reduceat(seen, starts, axis=0) / size[:, None]
    apart = seen - np.repeat(mean, size, axis=0)
    scatter = np.zeros((kinds.size, length, length))
    for place in np.flatnonzero(size > 1):
        some = apart[starts[place] : starts[place] + size[place]]
        scatter[place] = some.T @ some
    return Pattern(designs[kinds, :length], size, mean, scatter)


def split(people: Panel, bases: list[np.ndarray]) -> Split:
    """Return cross-products outside a basis and on it; `bases`: (k, r) by pattern, columns orthonormal or 0."""
    width = people.columns + 1
    outside, inside = np.zeros((width, width)), []
    for pattern, basis in zip(people.patterns, bases, strict=True):
        joined = np.concatenate([pattern.design, pattern.mean[:, :, None]], axis=2)
        on_it = basis.T @ joined
        apart = (joined - basis @ on_it).reshape(-1, width)
        outside += apart.T @ (np.repeat(pattern.size, pattern.length)[:, None] * apart)
        scatter = pattern.scatter.sum(axis=0)
        within = basis.T @ scatter @ basis
        outside[-1, -1] += np.trace(scatter) - np.trace(within)
        flat = on_it.reshape(len(on_it), -1)
        products = (flat.T @ (pattern.size[:, None] * flat)).reshape(2 * (basis.shape[1], width)).swapaxes(1, 2)
        products[:, :, -1, -1] += within
        inside.append(products)
    return Split(outside, np.array(inside))


def centred(people: Panel) -> tuple[np.ndarray, Panel]:
    """Return the coefficients of ordinary least squares, shape (p,), and the panel of its residuals."""
    total = split(people, [np.zeros((length, 1)) for length in people.lengths]).outside
    coef = np.linalg.solve(total[:-1, :-1], total[:-1, -1])
    rest = people.about(coef)
    if rest.squares <= _ROUNDING * people.squares:
        raise NotEstimable(NO_VARIANCE)
    return coef, rest
