"""Samples for what comes after a Cox fit, and derivatives by case weight."""

import numpy as np

from pilot_analysis.models.outcome import Outcome


def simulated(seed: int, n: int = 70) -> tuple[Outcome, np.ndarray, np.ndarray]:
    """Ties, delayed entry, strata, competing exits, weights that are not whole, and three covariates."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    design = np.column_stack([rng.integers(0, 2, n), rng.normal(40, 10, n), rng.integers(0, 2, n)])
    entry = rng.integers(0, 4, n)
    time = entry + np.ceil(rng.exponential(6 * np.exp(-0.5 * design[:, 0]))).astype(int)
    outcome = Outcome.of(entry, time, rng.choice([0, 1, 1, 2], n), rng.choice([0.4, 1, 1.3, 2.5], n))
    return outcome, design, rng.integers(0, 3, n)


def with_weights(outcome: Outcome, weight: np.ndarray) -> Outcome:
    return Outcome.of(outcome.entry, outcome.time, outcome.state, weight)


def by_weight(outcome: Outcome, estimate) -> np.ndarray:
    """Weight x derivative of an estimate (a function of an outcome) with respect to each case's weight."""
    rows = []
    for i, weight in enumerate(outcome.weight):
        step = np.zeros(len(outcome))
        step[i] = 1e-4 * weight
        up, down = (np.asarray(estimate(with_weights(outcome, outcome.weight + s))) for s in (step, -step))
        rows.append((up - down) / 2e-4)
    return np.array(rows)
