"""The partial likelihood of a Cox model term by term, and data with everything that is hard about it."""

from itertools import combinations

import numpy as np

from pilot_analysis.models.outcome import Outcome


def simulated(seed: int, n: int = 60) -> tuple[Outcome, np.ndarray, np.ndarray]:
    """Ties, delayed entry, strata, competing exits and three covariates."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    design = np.column_stack([rng.integers(0, 2, n), rng.normal(40, 10, n), rng.integers(0, 2, n)])
    entry = rng.integers(0, 4, n)
    time = entry + np.ceil(rng.exponential(6 * np.exp(-0.5 * design[:, 0]))).astype(int)
    return Outcome.of(entry, time, rng.choice([0, 1, 1, 2], n)), design, rng.integers(0, 3, n)


def weighted(outcome: Outcome, seed: int) -> Outcome:
    """The same cases with weights that are not whole."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    return Outcome.of(outcome.entry, outcome.time, outcome.state, rng.gamma(2, 0.7, len(outcome)) + 0.05)


def log_likelihood(outcome: Outcome, design: np.ndarray, strata: np.ndarray, coef: np.ndarray, ties: str = "efron"):
    """The log partial likelihood, term by term; complex coefficients give derivatives."""
    linear = (design - design.mean(axis=0)) @ coef
    weight = np.ones(len(outcome)) if outcome.weight is None else outcome.weight
    total = 0
    for stratum in set(strata.tolist()):
        inside = strata == stratum
        for day in set(outcome.time[inside & (outcome.state == 1)].tolist()):
            at_risk = inside & (outcome.entry < day) & (outcome.time >= day)
            happened = at_risk & (outcome.time == day) & (outcome.state == 1)
            total = total + (weight * linear)[happened].sum() - _denominator(linear, weight, at_risk, happened, ties)
    return total


def _denominator(linear, weight, at_risk, happened, ties):
    d, risk = int(happened.sum()), weight * np.exp(linear)
    if ties == "exact":
        return np.log(sum(np.exp(linear[list(rows)].sum()) for rows in combinations(np.flatnonzero(at_risk), d)))
    part = 1 / d if ties == "efron" else 0
    terms = [risk[at_risk].sum() - k * part * risk[happened].sum() for k in range(d)]
    return weight[happened].mean() * np.log(terms).sum()


def gradient(outcome, design, strata, coef, ties: str = "efron") -> np.ndarray:
    """By complex steps: exact to rounding."""
    steps = 1e-30j * np.eye(coef.size)
    return np.array([log_likelihood(outcome, design, strata, coef + step, ties).imag / 1e-30 for step in steps])


def information(outcome, design, strata, coef, width, ties: str = "efron") -> np.ndarray:
    """By central differences of the gradient, to about 1e-9."""
    arguments = (outcome, design, strata)
    rows = [
        gradient(*arguments, coef - step, ties) - gradient(*arguments, coef + step, ties) for step in np.diag(width)
    ]
    return np.array(rows) / (2 * np.asarray(width)[:, None])
