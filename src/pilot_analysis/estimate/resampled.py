"""Resampling beside P1: the re-randomisation test within organisation, and bootstrap intervals.

- `rerandomisation`: P1's difference over its standard error, held against allocations drawn anew within organisation.
- bootstrap: people drawn anew within arm and organisation; percentile interval; se is the spread of the replicates (of
  the logarithm for ratios). Replicates without a number are left out and counted in `method`.
- Chance comes from the seed of the protocol and the name of the analysis: other analyses change no number.
- Not estimable: what its result is not; allocation of whole organisations; one possible allocation; more than one in
  twenty replicates without a number.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pilot_analysis.config import Protocol, Resampling
from pilot_analysis.estimate.adjusted import AdjustedModel
from pilot_analysis.estimate.hazards import RATIO
from pilot_analysis.estimate.means import CONTRAST, arm_means, missing_arms
from pilot_analysis.estimate.populations import Population
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.survival import common
from pilot_analysis.models.batch import batch_days_not_returned
from pilot_analysis.models.batch_cox import batch_cox
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.rerandomisation import rerandomisation_test
from pilot_analysis.models.resampling import as_weights, bootstrap_picks, in_batches, joint_labels

Progress = Callable[[int, int], None]
_BLOCK = 1_000_000  # weights in memory at once
_MOST_MISSING = 0.05  # share of replicates without a number beyond which the others are a selection


def is_resampled(population: Population) -> bool:
    """Whether this is the population of P1."""
    return population.endpoint == "full_rtw" and population.population == "landmark_84"


def seed_of(protocol: Protocol, analysis: str) -> np.random.SeedSequence:
    """Seed of one analysis."""
    return np.random.SeedSequence([protocol.seed, zlib.crc32(analysis.encode())])


def rerandomisation_rows(
    population: Population, protocol: Protocol, resampling: Resampling, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """`rerandomisation/studentised_difference` of the days not returned; `progress(done, total)`."""
    rows = _start(population, "rerandomisation", "studentised_difference", CONTRAST, "statistic")
    method = f"difference / se of days not returned; {resampling.permutations} allocations drawn within organisation"
    reason = missing_arms(arm_means(population, protocol, "days_not_returned"))
    if reason is None and protocol.design.allocation != "randomised_individuals":
        reason = "people were not randomised one by one"
    if reason is None:
        try:
            test = rerandomisation_test(
                population.outcome,
                population.arm == 1,
                population.people["organisation"].to_numpy(dtype=object),
                population.horizon,
                resampling.permutations,
                seed_of(protocol, "rerandomisation"),
                progress,
            )
        except NotEstimable as problem:
            reason = str(problem).partition(": ")[0]
    if reason:
        rows.add_not_estimable(reason, method=method)
    else:
        counted = f"; {test.not_estimable} without a number count as extreme" if test.not_estimable else ""
        rows.add(estimate=test.statistic, statistic=test.statistic, p_value=test.p_value, method=method + counted)
    return rows.rows


def bootstrap_rows(
    population: Population,
    protocol: Protocol,
    resampling: Resampling,
    model: AdjustedModel,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """`days_not_returned_bootstrap/mean_difference` and `cox_adjusted_bootstrap/hazard_ratio`; `progress` as above."""
    reason = missing_arms(arm_means(population, protocol, "days_not_returned"))
    days = _start(population, "days_not_returned_bootstrap", "mean_difference", CONTRAST, "days")
    _add_bootstrap(days, population, protocol, resampling, reason, lambda weights: _days(population, weights), progress)
    ratios = _start(population, "cox_adjusted_bootstrap", "hazard_ratio", RATIO, "ratio")
    _add_bootstrap(
        ratios,
        population,
        protocol,
        resampling,
        model.failure,
        lambda weights: _log_ratio(population, model, weights),
        progress,
    )
    return days.rows + ratios.rows


def _start(population: Population, analysis: str, measure: str, level: str, unit: str) -> Rows:
    return Rows(
        common(
            population,
            analysis,
            measure=measure,
            group_by="arm",
            level=level,
            time=None if unit == "ratio" else float(population.horizon),
            unit=unit,
            n=len(population.outcome),
            n_events=int(population.outcome.cause_specific.sum()),
        )
    )


def _weights(
    population: Population, replicates: int, seed: np.random.SeedSequence, progress: Progress | None
) -> Iterator[np.ndarray]:
    """How often each person is in each resample, (replicates of a batch, people)."""
    place = population.people["organisation"].to_numpy(dtype=object).astype(str)
    group = joint_labels(population.arm, place)
    for batch in in_batches(replicates, max(1, _BLOCK // max(1, group.size)), progress):
        yield as_weights(bootstrap_picks(group, batch, seed), group.size)


def _days(population: Population, weights: np.ndarray) -> np.ndarray:
    sides = [population.arm == side for side in (1, 0)]
    first, second = (
        batch_days_not_returned(population.outcome.take(side), weights[:, side], population.horizon)[0]
        for side in sides
    )
    return first - second


def _log_ratio(population: Population, model: AdjustedModel, weights: np.ndarray) -> np.ndarray:
    design = np.column_stack(list(model.columns.values()))
    coef, converged = batch_cox(population.outcome, design, weights, model.strata)
    return np.where(converged, coef[:, 0], np.nan)


def _add_bootstrap(
    rows: Rows,
    population: Population,
    protocol: Protocol,
    resampling: Resampling,
    reason: str | None,
    estimator: Callable[[np.ndarray], np.ndarray],
    progress: Progress | None,
) -> None:
    """Add the row of an estimator that takes weights of people; that of a ratio gives its logarithm."""
    count, analysis = resampling.bootstraps, str(rows.common["analysis"])
    method = f"percentile interval of {count} bootstrap samples of people within arm and organisation"
    if reason is None:
        seed = seed_of(protocol, analysis)
        drawn = np.concatenate([estimator(weights) for weights in _weights(population, count, seed, progress)])
        found = drawn[np.isfinite(drawn)]
        missing = count - found.size
        method += f"; {missing} of them without a number"
        if missing > _MOST_MISSING * count:
            reason = f"more than {_MOST_MISSING:.0%} of the bootstrap samples have no number"
        elif np.ptp(found) <= 1e-9 * max(1.0, abs(found).max()):
            reason = "the bootstrap samples do not differ"
    if reason:
        rows.add_not_estimable(reason, method=method)
        return
    tail = (1 - protocol.thresholds.confidence_level) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    shown = np.exp if rows.common["unit"] == "ratio" else float
    everybody = np.ones((1, len(population.outcome)), dtype="int64")
    rows.add(
        estimate=float(shown(estimator(everybody)[0])),
        se=float(found.std(ddof=1)),
        ci_low=float(shown(low)),
        ci_high=float(shown(high)),
        method=method,
    )
