"""Made-up panels for the tests of GEE and mixed models, and the same as one dense design."""

from typing import NamedTuple

import numpy as np

from pilot_analysis.models.panel import Panel, panel


class Sample(NamedTuple):
    """Outcome (n, periods), periods followed (n,), kind (n,), designs by kind."""

    values: np.ndarray
    followed: np.ndarray
    kind: np.ndarray
    designs: np.ndarray

    @property
    def panel(self) -> Panel:
        return panel(*self)

    @property
    def time(self) -> np.ndarray:
        """Centred, and a span of 1."""
        return np.linspace(-0.5, 0.5, self.values.shape[1])

    @property
    def random(self) -> np.ndarray:
        """Columns of a random intercept and slope."""
        return np.column_stack([np.ones(self.time.size), self.time])

    def of(self, people) -> "Sample":
        return Sample(self.values[people], self.followed[people], self.kind[people], self.designs)

    def people(self):
        """Design and outcome of each person who was followed through a period."""
        for person, length in enumerate(self.followed):
            if length:
                yield self.designs[self.kind[person], :length], self.values[person, :length]


def designs(periods: int, places: int = 2) -> np.ndarray:
    """Kinds 2 * place + arm: a level for each period, places but the first, arm, arm x period."""
    made = np.zeros((2 * places, periods, periods + places + 1))
    made[:, :, :periods] = np.eye(periods)
    for kind in range(2 * places):
        if kind // 2:
            made[kind, :, periods + kind // 2 - 1] = 1
        made[kind, :, -2] = kind % 2
        made[kind, :, -1] = kind % 2 * np.arange(periods)
    return made


def sample(seed: int, n: int = 40, periods: int = 6, spread=(2.0, 1.5), shrunk: float = 0.0) -> Sample:
    """People with a level and a slope of their own (standard deviations `spread`), residuals of 1; some leave.

    `shrunk`: what is taken from the means of people, so that they vary less than by chance.
    """
    rng = np.random.default_rng([61, seed])
    own = rng.normal(size=(n, 2)) * np.array(spread)
    values = own[:, :1] + own[:, 1:] * np.linspace(-0.5, 0.5, periods) + rng.normal(size=(n, periods))
    values -= shrunk * values.mean(axis=1, keepdims=True)
    followed = rng.integers(1, periods + 1, n)
    followed[:4] = periods
    kind = np.concatenate([np.resize(np.arange(4), 8), rng.integers(0, 4, n - 8)])
    values[np.arange(periods) >= followed[:, None]] = np.nan
    return Sample(values, followed, kind, designs(periods))
