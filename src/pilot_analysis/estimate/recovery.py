"""Lasting recovery as allocated: at work on the last day of the year, and new absence spells per case.

- `at_work_365`: share with AO% 0 on day 365; who left before is not at work. Weighted by the inverse probability of
  being seen so far, from the known cut-offs and the losses before them (`models.partitioned`, one interval).
- `at_work_365_complete` beside it: the plain share of those whose state is known. Leavers are known sooner than others,
  so there are too many of them in it.
- `state_known_365`: how many of each arm these shares rest on.
- `spells_per_case`: mean number of new absence spells per allocated case, from enrolment to the horizon of its clock
  (`new_spells`); the spell of the enrolment is not counted.
- Not estimable: fewer than `min_at_risk_at_tau` known (followed) so far in an arm; an organisation of which less than
  `cost.min_seen_share` could be followed to day 365 (weighted only); everybody alike; no new spell in an arm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.means import CONTRAST
from pilot_analysis.estimate.new_spells import NOBODY, mean_spells, spell_outcome
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.watching import hardly_seen, watched_to
from pilot_analysis.models.arithmetic import (
    Mean,
    difference,
    normal_interval,
    probability_interval,
    ratio_interval,
    wald_p,
)
from pilot_analysis.models.partitioned import PartitionedMeans, partitioned_means

AT_WORK = ("returned", "recovered")
_WEIGHTED = (
    "share at AO% 0, leaving counts as not at work; weighted by the inverse probability of being seen: known cut-offs "
    "within organisation, losses within arm, both since enrolment; infinitesimal jackknife se; logit interval; n "
    "counts people whose state is known"
)
_COMPLETE = "share at AO% 0 among people whose state is known, leavers included; binomial se; logit interval"
_SPELLS = (
    "mean cumulative function of spells that start after enrolment, after at least {gap} days at AO% 0; leaving is "
    "terminal; infinitesimal jackknife se; log interval; n_events counts spells"
)


def recovery_rows(cases: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """Rows `recovery` of both arms and their differences; `cases` and `periods` fit schemas.derived."""
    followed = (cases["followup"] > cases["entry"]).fillna(False).astype(bool)
    people = cases[cases["exclusion"].isna() & followed].reset_index(drop=True)
    return [*_at_work_rows(people, protocol), *_spell_rows(people, periods, protocol)]


def _rows(origin: str, day: int) -> Rows:
    about = {"analysis": "recovery", "endpoint": "none", "population": "itt", "origin": origin, "group_by": "arm"}
    return Rows({**about, "time": float(day)})


# --- at work on day 365 -----------------------------------------------------------------------------------------------


def _at_work_rows(people: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    day = protocol.thresholds.horizon_days
    rows, name = _rows("t0", day), f"at_work_{day}"
    state, arm_of = people["state_at_horizon"], people["arm"].to_numpy(dtype=object)
    known, at_work = state.notna().to_numpy(dtype=bool), state.isin(AT_WORK).to_numpy(dtype=bool)
    counts, reasons = {}, {}
    for arm in ARMS:
        n, size = int((known & (arm_of == arm)).sum()), int((arm_of == arm).sum())
        counts[arm] = {"n": n, "n_events": int((at_work & (arm_of == arm)).sum())}
        reasons[arm] = _unsupported(**counts[arm], size=size, day=day, protocol=protocol)
        about = {"measure": f"state_known_{day}", "unit": "people", "method": "followed so far, or left before"}
        rows.add(level=arm, estimate=float(n), n=size, **about)
    complete = {arm: reasons[arm] or _binomial(**counts[arm]) for arm in ARMS}
    _add(rows, f"{name}_complete", complete, None, counts, protocol, unit="probability", method=_COMPLETE)
    weighted, both = _weighted(people, at_work, reasons, protocol)
    _add(rows, name, weighted, both, counts, protocol, unit="probability", method=_WEIGHTED)
    return rows.rows


def _unsupported(n: int, n_events: int, size: int, day: int, protocol: Protocol) -> str | None:
    """Why there is no share of an arm of `size` people, of whom `n` are known and `n_events` at work, or None."""
    least = protocol.thresholds.min_at_risk_at_tau
    if not size:
        return NOBODY
    if n < least:
        return f"fewer than {least} people are known for the whole year"
    return f"all people seen are alike on day {day}" if n_events in (0, n) else None


def _binomial(n: int, n_events: int) -> Mean:
    share = n_events / n
    return Mean(share, float(np.sqrt(share * (1 - share) / n)))


def _weighted(
    people: pd.DataFrame, at_work: np.ndarray, reasons: dict[str, str | None], protocol: Protocol
) -> tuple[dict[str, Mean | str], Mean | None]:
    """Weighted share of each arm, or why there is none, and their difference; the arms share the weights."""
    if not len(people):
        return {arm: str(reasons[arm]) for arm in ARMS}, None
    watched = watched_to(people, [protocol.thresholds.horizon_days])
    hardly = hardly_seen(watched, protocol)
    found: dict[str, PartitionedMeans | str] = {}
    for arm in ARMS:
        chosen = people["arm"].eq(arm).to_numpy(dtype=bool)
        amount = at_work.astype("float64")[:, None, None]
        found[arm] = reasons[arm] or hardly or partitioned_means(amount, watched, chosen)
    shares = {
        arm: one if isinstance(one, str) else Mean(float(one.estimate[0]), float(one.se[0]))
        for arm, one in found.items()
    }
    if any(isinstance(one, str) for one in found.values()):
        return shares, None
    first, second = (found[arm] for arm in ARMS)
    change = (first.influence - second.influence)[:, 0]
    return shares, Mean(float(first.estimate[0] - second.estimate[0]), float(np.sqrt(change @ change)))


# --- new absence spells -----------------------------------------------------------------------------------------------


def _spell_rows(people: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    horizon, least = protocol.clocks["itt"].horizon, protocol.thresholds.min_at_risk_at_tau
    outcome, case = spell_outcome(people, periods, horizon)
    arm_of = people["arm"].to_numpy(dtype=object)
    found, counts = {}, {}
    for arm in ARMS:
        inside = arm_of[case] == arm
        mine = outcome.take(inside)
        counts[arm] = {"n": int((arm_of == arm).sum()), "n_events": int(mine.cause_specific.sum())}
        found[arm] = mean_spells(mine, case[inside], horizon, least)
    rows = _rows("enrolment", horizon)
    method = _SPELLS.format(gap=protocol.thresholds.merge_gap_days)
    _add(rows, "spells_per_case", found, None, counts, protocol, unit="events", method=method)
    return rows.rows


# --- rows -------------------------------------------------------------------------------------------------------------


def _add(
    rows: Rows,
    measure: str,
    found: dict[str, Mean | str],
    both: Mean | None,
    counts: dict[str, dict[str, int]],
    protocol: Protocol,
    **about: Any,
) -> None:
    """A row per arm (its mean, or why there is none) and one of the difference; `both` where the means depend."""
    level = protocol.thresholds.confidence_level
    for arm, mean in found.items():
        keys = {"measure": measure, "level": arm, **counts[arm], **about}
        if isinstance(mean, str):
            rows.add_not_estimable(mean, **keys)
            continue
        low, high = _limits(mean, about["unit"], level)
        rows.add(estimate=mean.estimate, se=mean.se, ci_low=low, ci_high=high, **keys)
    total = {name: sum(count[name] for count in counts.values()) for name in ("n", "n_events")}
    keys = {"measure": f"{measure}_difference", "level": CONTRAST, **total, **about}
    missing = "; ".join(f"{arm}: {mean}" for arm, mean in found.items() if isinstance(mean, str))
    if missing:
        rows.add_not_estimable(missing, **keys)
        return
    mean = both or difference(*found.values())
    low, high = normal_interval(mean.estimate, mean.se, level)
    test = {"statistic": mean.estimate / mean.se, "p_value": float(wald_p(mean.estimate, mean.se))}
    rows.add(estimate=mean.estimate, se=mean.se, ci_low=low, ci_high=high, **test, **keys)


def _limits(mean: Mean, unit: str, level: float) -> tuple[float, float]:
    """Limits of a share, which stay between 0 and 1, or of a mean number, which stay above 0."""
    if unit == "probability":
        low, high = probability_interval(np.array([mean.estimate]), np.array([mean.se]), level, "logit")
        return float(low[0]), float(high[0])
    low, high = ratio_interval(np.log(mean.estimate), mean.se / mean.estimate, level)
    return float(low), float(high)
