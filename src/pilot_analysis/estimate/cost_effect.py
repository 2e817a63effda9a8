"""What the intervention costs and saves: difference of the arms, and cost held against days (S7).

- People are drawn anew within arm and organisation, cost and days together; the chances to be seen are estimated anew
  in each sample. Intervals are percentiles.
- `cost_difference`: intervention - control of every term, weighted (`mean_difference`) and as seen
  (`naive_mean_difference`). A negative difference is a saving; of `ao_days` it is days saved.
- `cost_effectiveness`, per perspective: cost per AO-weighted day saved (`icer`) as a point, because its denominator may
  be 0; the share of samples in each quadrant of the cost plane, and the correlation of cost and days saved; net benefit
  at each worth of a day (`<perspective>:<euro>`), and the share of samples where it is above 0; return on what labour
  experts cost more, as a point. And the share of samples with more days saved than the smallest effect worth having.
- The worth of a day comes on top of the wage saved: 0 euro asks whether the intervention pays for itself.
- Not estimable: what the means of the arms are not; more than one in twenty samples without a number; a ratio whose
  denominator is 0 (return on investment: not above 0); a share of samples that are all alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol, Resampling
from pilot_analysis.estimate.cost import (
    DAYS,
    NAIVE,
    NO_SPREAD,
    NOT_DELIVERED,
    PERSPECTIVES,
    TERMS,
    WEIGHTED,
    Ledger,
    common,
    cost_rows,
    ledger,
    perspectives,
    unit_of,
)
from pilot_analysis.estimate.means import CONTRAST
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.resampled import seed_of
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.partitioned import batch_partitioned_means
from pilot_analysis.models.resampling import as_weights, bootstrap_picks, in_batches, joint_labels

Progress = Callable[[int, int], None]
_BLOCK = 200_000  # weights in memory at once; the chances to be seen take several times as much
_ALIKE = "the bootstrap samples do not differ"
_MOST_MISSING = 0.05  # share of samples without a number beyond which the others are a selection
QUADRANTS = {  # more or less costly, days saved or lost
    "cheaper_days_saved": (-1, 1),
    "dearer_days_saved": (1, 1),
    "cheaper_days_lost": (-1, -1),
    "dearer_days_lost": (1, -1),
}
_COLUMN = {term: place for place, term in enumerate(TERMS)}
_WEIGHTED_MEASURE, _NAIVE_MEASURE = "mean_difference", "naive_mean_difference"


@dataclass(frozen=True)
class Drawn:
    """Intervention - control of every term: as found (TERMS,) and in each sample (samples, TERMS), or why not."""

    found: np.ndarray
    samples: np.ndarray
    reason: str | None
    method: str

    def of(self, term: str) -> tuple[float, np.ndarray]:
        """Difference of a term as found, and in each sample."""
        return float(self.found[_COLUMN[term]]), self.samples[:, _COLUMN[term]]


def all_rows(
    cases: pd.DataFrame,
    costs: pd.DataFrame,
    protocol: Protocol,
    resampling: Resampling,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Every row about cost: means, differences, cost held against days; `cases` and `costs` fit schemas.derived."""
    book = ledger(cases, costs, protocol)
    return cost_rows(book, protocol) + cost_effect_rows(book, protocol, resampling, progress)


def cost_effect_rows(
    book: Ledger, protocol: Protocol, resampling: Resampling, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """`cost_difference` and `cost_effectiveness` of everybody in the ledger; `progress(done, total)`."""
    weighted, naive = draw(book, protocol, resampling, progress)
    about = {"group_by": "arm", "level": CONTRAST, "n": len(book.people)}
    differences = Rows(common(protocol, "cost_difference", **about))
    _difference_rows(differences, book, weighted, _WEIGHTED_MEASURE, WEIGHTED, protocol)
    _difference_rows(differences, book, naive, _NAIVE_MEASURE, NAIVE, protocol)
    held = Rows(common(protocol, "cost_effectiveness", **about))
    for perspective in PERSPECTIVES:
        _plane_rows(held, weighted, perspective, protocol)
        _benefit_rows(held, weighted, perspective, protocol)
    _break_even(held, weighted, protocol)
    return differences.rows + held.rows


def draw(
    book: Ledger, protocol: Protocol, resampling: Resampling, progress: Progress | None = None
) -> tuple[Drawn, Drawn]:
    """Draw the differences, weighted and as seen, from the same samples."""
    arms = [book.within("arm", arm) for arm in ARMS]
    count = resampling.bootstraps
    method = (
        f"standard error and percentile interval of {count} bootstrap samples of people within arm and organisation"
    )
    small = [arm for arm, chosen in zip(ARMS, arms, strict=True) if chosen.sum() < 2]
    reason = "; ".join(f"{arm}: fewer than two people" for arm in small) or None
    few = [(arm, book.few_known(chosen, protocol)) for arm, chosen in zip(ARMS, arms, strict=True)]
    unweighted = reason or "; ".join(f"{arm}: {why}" for arm, why in few if why) or None

    def both(weights: np.ndarray) -> np.ndarray:
        first, second = (batch_partitioned_means(book.amount, book.watched, chosen, weights) for chosen in arms)
        seen_first, seen_second = (_seen_means(book, chosen, weights) for chosen in arms)
        return np.stack([first - second, seen_first - seen_second])

    if reason:
        nothing = np.empty((0, len(TERMS)))
        return tuple(Drawn(np.full(len(TERMS), np.nan), nothing, reason, method) for _ in range(2))
    found = both(np.ones((1, len(book.people))))[:, 0]
    group = joint_labels(*(book.people[name].to_numpy(dtype=object).astype(str) for name in ("arm", "organisation")))
    seed, samples = seed_of(protocol, "cost_difference"), []
    for batch in in_batches(count, max(1, _BLOCK // group.size), progress):
        samples.append(both(as_weights(bootstrap_picks(group, batch, seed), group.size).astype(float)))
    drawn = np.concatenate(samples, axis=1)
    return _checked(found[0], drawn[0], unweighted, method), _checked(found[1], drawn[1], None, method)


def _seen_means(book: Ledger, chosen: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return weights[:, chosen] @ book.seen[chosen] / weights[:, chosen].sum(axis=1)[:, None]


def _checked(found: np.ndarray, samples: np.ndarray, reason: str | None, method: str) -> Drawn:
    missing = ~np.isfinite(samples).all(axis=1)
    if reason is None and missing.mean() > _MOST_MISSING:
        reason = f"more than {_MOST_MISSING:.0%} of the bootstrap samples have no number"
    counted = f"; {missing.sum()} of them without a number"
    return Drawn(found, samples[~missing], reason, method + counted)


def _difference_rows(rows: Rows, book: Ledger, drawn: Drawn, measure: str, how: str, protocol: Protocol) -> None:
    for term in TERMS:
        counts = perspectives(protocol).get(term, term.replace("_", " "))
        about = {"measure": measure, "term": term, "unit": unit_of(term), "method": f"{counts}; {how}; {drawn.method}"}
        if drawn.reason or not book.delivered(term):
            rows.add_not_estimable(drawn.reason or NOT_DELIVERED, **about)
        else:
            _interval_row(rows, *drawn.of(term), protocol, **about)


def _interval_row(rows: Rows, found: float, samples: np.ndarray, protocol: Protocol, **about: Any) -> None:
    """A row with se and percentile interval; everybody alike (a cost that nobody has): no interval without width."""
    tail = (1 - protocol.thresholds.confidence_level) / 2
    limits = {}
    if _differ(samples):
        low, high = np.quantile(samples, [tail, 1 - tail])
        limits = {"se": float(samples.std(ddof=1)), "ci_low": float(low), "ci_high": float(high)}
    rows.add(estimate=found, **limits, **about)


def _plane_rows(rows: Rows, drawn: Drawn, perspective: str, protocol: Protocol) -> None:
    """Cost per day saved, correlation and quadrants of the cost plane, return on what labour experts cost more."""
    how = perspectives(protocol)[perspective]
    point = f"{how}; a point: its denominator may be 0"
    icer = {"measure": "icer", "unit": "euro", "method": f"euro per AO-weighted day saved, {point}"}
    together = {"measure": "correlation", "unit": "statistic"}
    together["method"] = f"of cost and days saved over the samples, {how}; {drawn.method}"
    returned = {"measure": "return_on_investment", "unit": "ratio"}
    returned["method"] = f"net saving over what labour experts cost more, {point}"
    share = f"share of bootstrap samples in the quadrant, {how}; {drawn.method}"
    quadrants = [_quadrant(perspective, name, share) for name in QUADRANTS]
    if drawn.reason:
        for about in ({"term": perspective, **keys} for keys in (icer, together, returned)):
            rows.add_not_estimable(drawn.reason, **about)
        for about in quadrants:
            rows.add_not_estimable(drawn.reason, **about)
        return
    (cost, costs), (days, lost) = drawn.of(perspective), drawn.of(DAYS)
    _ratio(rows, cost, -days, "no days are saved or lost", term=perspective, **icer)
    alike = None if _differ(costs) and _differ(lost) else _ALIKE
    if alike:
        rows.add_not_estimable(alike, term=perspective, **together)
    else:
        rows.add(estimate=float(np.corrcoef(costs, -lost)[0, 1]), term=perspective, **together)
    invested, none = drawn.of("labour_expert")[0], "labour experts do not cost more in the intervention arm"
    _ratio(rows, -cost, max(invested, 0.0), none, term=perspective, **returned)
    for (dearer, saved), about in zip(QUADRANTS.values(), quadrants, strict=True):
        if alike:
            rows.add_not_estimable(alike, **about)
            continue
        inside = (np.where(costs > 0, 1, -1) == dearer) & (np.where(lost < 0, 1, -1) == saved)
        rows.add(estimate=float(inside.mean()), **about)


def _quadrant(perspective: str, name: str, method: str) -> dict[str, Any]:
    return {"measure": "quadrant", "term": f"{perspective}:{name}", "unit": "probability", "method": method}


def _ratio(rows: Rows, top: float, bottom: float, reason: str, **about: Any) -> None:
    if bottom == 0:
        rows.add_not_estimable(reason, **about)
    else:
        rows.add(estimate=top / bottom, **about)


def _benefit_rows(rows: Rows, drawn: Drawn, perspective: str, protocol: Protocol) -> None:
    """Net benefit, and the share of samples where it is above 0, at each worth of a day."""
    how = perspectives(protocol)[perspective]
    for worth in protocol.cost.thresholds_eur_per_day:
        term = f"{perspective}:{worth:g}"
        benefit = {"measure": "net_benefit", "term": term, "unit": "euro"}
        benefit["method"] = f"{worth:g} euro x AO-weighted days saved - cost, {how}; {drawn.method}"
        chance = {"measure": "probability_cost_effective", "term": term, "unit": "probability"}
        chance["method"] = f"share of bootstrap samples with a net benefit above 0, {how}; {drawn.method}"
        if drawn.reason:
            rows.add_not_estimable(drawn.reason, **benefit)
            rows.add_not_estimable(drawn.reason, **chance)
            continue
        (cost, costs), (days, lost) = drawn.of(perspective), drawn.of(DAYS)
        samples = -worth * lost - costs
        _interval_row(rows, -worth * days - cost, samples, protocol, **benefit)
        _chance(rows, samples, 0.0, **chance)


def _break_even(rows: Rows, drawn: Drawn, protocol: Protocol) -> None:
    worth = protocol.thresholds.relevant_effect_days
    about = {"measure": "probability_break_even", "term": DAYS, "unit": "probability"}
    about["method"] = f"share of bootstrap samples with more than {worth:g} AO-weighted days saved; {drawn.method}"
    if drawn.reason:
        rows.add_not_estimable(drawn.reason, **about)
    else:
        _chance(rows, -drawn.of(DAYS)[1], worth, **about)


def _chance(rows: Rows, samples: np.ndarray, limit: float, **about: Any) -> None:
    """Share of samples above a limit; where the samples do not differ there is no chance to speak of."""
    if _differ(samples):
        rows.add(estimate=float((samples > limit).mean()), **about)
    else:
        rows.add_not_estimable(_ALIKE, **about)


def _differ(samples: np.ndarray) -> bool:
    """Whether samples differ by more than rounding."""
    return bool(np.ptp(samples) > NO_SPREAD * max(1.0, float(np.abs(samples).max())))
