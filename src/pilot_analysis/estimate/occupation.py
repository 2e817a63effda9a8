"""Where people are day by day, and the days that this takes: one multi-state picture per arm.

- `state_occupation`: probability of each state (absent, partial, returned, recovered, left) at the milestones, and mean
  days in each up to the horizon; these add up to 1 and to the horizon.
- `ao_days`: restricted days with any absence (absent or partial), and AO-weighted days (a day at AO% 40 counts 0.4).
- Aalen-Johansen (models.states) rather than the mean over paths followed: who is out of sight at the cut-off keeps
  counting by what the others did from the same state, who left stays left; where everybody is followed to the horizon
  both are the mean over people of what each path adds up to.
- Three states for the moves: absence, work, left. Within absence and work people are divided (absent or partial and at
  which AO%; up to 28 days back or beyond) as those observed there that day. With moves between five states, one in
  sixteen trials of 400 has on day 281 nobody left to follow in one of them, and no days at all.
- After leaving no absence is counted; days in `left` stand beside it, so that leaving cannot pass for recovery.
- Not estimable: fewer than `min_at_risk_at_tau` followed to the horizon, people in a state in which nobody is followed,
  no variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.means import CONTRAST, missing_arms
from pilot_analysis.estimate.populations import ARMS, Population
from pilot_analysis.estimate.stays import ABSENCE, LEFT, STATES, Stays, stays_of
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import Mean, difference, log_log_interval, normal_interval, wald_p
from pilot_analysis.models.states import ValuedOccupation, values_by_day

ENDPOINT = "ao_percent"
CURVE = "occupation"
_AALEN_JOHANSEN = "Aalen-Johansen of absence, work, left (for good), divided within as observed that day"
_SHARES = f"{_AALEN_JOHANSEN}; infinitesimal jackknife se; log-log interval"
_DAYS = f"area under {_AALEN_JOHANSEN}; infinitesimal jackknife variance"
_METHODS = {
    "days_any_absence": f"{_DAYS}; days absent or partial, none after leaving",
    "ao_days": f"{_DAYS}; weighted by AO%, none after leaving",
}
_NO_VARIANCE = "these events leave no variance to estimate"
_VALUES = ("any", "ao", "employed", "absent", "partial", "returned", "recovered")
_NO_SPREAD = 1e-12  # a standard error this small, as a share of tau, is rounding


@dataclass(frozen=True)
class ArmPath:
    """One arm: its stays, its values by day (None without anybody), why it has no days (else None)."""

    stays: Stays
    n: int
    n_events: int
    found: ValuedOccupation | None
    why_no_days: str | None

    def share(self, state: str, day: int) -> tuple[float, float]:
        """Share in a state on a day, and its standard error."""
        place = _VALUES.index("employed" if state == LEFT else state)
        share, se = float(np.clip(self.found.mean[day, place], 0.0, 1.0)), float(self.found.se[day, place])
        share = 1.0 - share if state == LEFT else share
        return (share, se) if share > _NO_SPREAD else (0.0, 0.0)

    def days(self, value: str) -> Mean | str:
        """Mean days of a value or in a state, or why there are none."""
        if self.why_no_days:
            return self.why_no_days
        place = _VALUES.index("employed" if value == LEFT else value)
        mean, tau = float(self.found.days[place]), len(self.found.mean) - 1
        mean = tau - mean if value == LEFT else mean
        return Mean(mean, float(self.found.days_se[place])) if mean > _NO_SPREAD * tau else Mean(0.0, 0.0)

    def visitors(self, state: str) -> int:
        """How many people were ever in a state."""
        s = self.stays
        here = np.concatenate([s.person[s.from_state == state], s.person[s.to_state == state]])
        return np.unique(here).size


def arm_paths(population: Population, periods: pd.DataFrame, protocol: Protocol) -> dict[str, ArmPath]:
    """The multi-state picture of each arm of a population of `full_rtw`, whose people are absent at the origin."""
    stays, arm = stays_of(population, periods, protocol), population.people["arm"].to_numpy()
    paths = {}
    for name in ARMS:
        part, outcome = stays.of(arm == name), population.outcome_of("arm", name)
        counts = (len(outcome), int(outcome.cause_specific.sum()))
        paths[name] = ArmPath(part, *counts, *_occupied(part, population.horizon, protocol))
    return paths


def _occupied(stays: Stays, tau: int, protocol: Protocol) -> tuple[ValuedOccupation | None, str | None]:
    if not len(stays):
        return None, "nobody at risk"
    found = values_by_day(**stays.columns, value=_values(stays), tau=tau)
    at_least = protocol.thresholds.min_at_risk_at_tau
    if stays.followed(tau) < at_least:
        return found, f"fewer than {at_least} people followed to day {tau}"
    return found, found.why_no_days and f"on day {tau} nobody is followed in a state that holds people"


def _values(stays: Stays) -> np.ndarray:
    """What a day in each stay counts for, (stays, _VALUES)."""
    state = stays.from_state.astype(str)
    known = {"any": np.isin(state, ABSENCE), "ao": stays.ao_percent / 100, "employed": np.ones(len(stays))}
    return np.column_stack([known.get(name, state == name) for name in _VALUES]).astype(float)


def occupation_rows(population: Population, paths: dict[str, ArmPath], protocol: Protocol) -> list[dict[str, Any]]:
    """Rows `state_occupation` of one population."""
    rows, tau = _start(population, "state_occupation"), float(population.horizon)
    level = protocol.thresholds.confidence_level
    for arm, path in paths.items():
        for day in protocol.milestones:
            _shares(rows, arm, path, day, level)
    for state in STATES:
        about = {"term": state, "time": tau, "unit": "days", "method": _DAYS}
        means = [path.days(state) for path in paths.values()]
        counts = {arm: (path.n, path.visitors(state)) for arm, path in paths.items()}
        _means(rows, "days", means, counts, level, **about)
    return rows.rows


def ao_days_rows(population: Population, paths: dict[str, ArmPath], protocol: Protocol) -> list[dict[str, Any]]:
    """Rows `ao_days` of one population; `days_any_absence_difference` from week 13 is the second claim of the plan."""
    rows, tau = _start(population, "ao_days"), population.horizon
    counts = {arm: (path.n, path.n_events) for arm, path in paths.items()}
    found = {
        "days_any_absence": [path.days("any") for path in paths.values()],
        "ao_days": [path.days("ao") for path in paths.values()],
    }
    for measure, means in found.items():
        means = [_NO_VARIANCE if isinstance(mean, Mean) and mean.se <= _NO_SPREAD * tau else mean for mean in means]
        about = {"time": float(tau), "unit": "days", "method": _METHODS[measure]}
        _means(rows, measure, means, counts, protocol.thresholds.confidence_level, **about)
    return rows.rows


def _start(population: Population, analysis: str) -> Rows:
    keys = {"population": population.population, "origin": population.origin, "group_by": "arm"}
    return Rows({"analysis": analysis, "endpoint": ENDPOINT, **keys})


def _shares(rows: Rows, arm: str, path: ArmPath, day: int, level: float) -> None:
    """Probability of each state on a day, and the number of people still followed then."""
    followed = path.stays.followed(day)
    at = {"level": arm, "time": float(day), "n": path.n}
    counted = {"measure": "n_at_risk", "unit": "people", "method": "people followed on this day", "n_events": None}
    rows.add(estimate=float(followed), **at, **counted)
    for state in STATES:
        about = {"measure": "probability", "term": state, "unit": "probability", "method": _SHARES, **at}
        about["n_events"] = path.visitors(state)
        if followed == 0:
            rows.add_not_estimable("nobody at risk at this milestone", **about)
            continue
        share, se = path.share(state, day)
        low, high = log_log_interval(np.array([share]), np.array([se]), level)
        interval = {} if np.isnan(low[0]) or se == 0 else {"ci_low": float(low[0]), "ci_high": float(high[0])}
        rows.add(estimate=share, se=se, **interval, **about)


def _means(
    rows: Rows, measure: str, means: list[Mean | str], counts: dict[str, tuple[int, int]], level: float, **about: Any
) -> None:
    """Add the mean of each arm and their difference; `counts` are people and events by arm."""
    tau = about["time"]
    for (arm, (n, n_events)), mean in zip(counts.items(), means, strict=True):
        at = {"measure": measure, "level": arm, "n": n, "n_events": n_events, **about}
        if isinstance(mean, str):
            rows.add_not_estimable(mean, **at)
            continue
        low, high = normal_interval(mean.estimate, mean.se, level)
        interval = {"ci_low": max(0.0, low), "ci_high": min(tau, high)} if mean.se > _NO_SPREAD * tau else {}
        rows.add(estimate=mean.estimate, se=mean.se, **interval, **at)
    people, events = (sum(values) for values in zip(*counts.values(), strict=True))
    at = {"measure": f"{measure}_difference", "level": CONTRAST, "n": people, "n_events": events, **about}
    reason = missing_arms(means)
    found = None if reason else difference(*means)
    if found is not None and found.se <= _NO_SPREAD * tau:
        reason = _NO_VARIANCE
    if reason:
        rows.add_not_estimable(reason, **at)
        return
    low, high = normal_interval(found.estimate, found.se, level)
    tested = {"statistic": found.estimate / found.se, "p_value": float(wald_p(found.estimate, found.se))}
    rows.add(estimate=found.estimate, se=found.se, ci_low=low, ci_high=high, **tested, **at)


def occupation_curves(population: Population, paths: dict[str, ArmPath], protocol: Protocol) -> list[pd.DataFrame]:
    """Curves `occupation` by arm and state, on the days on which somebody moves or goes out of sight."""
    level = protocol.thresholds.confidence_level
    return [
        _curve(path, state, level).assign(
            analysis=CURVE,
            endpoint=ENDPOINT,
            population=population.population,
            origin=population.origin,
            group_by="arm*state",
            level=f"{arm}:{state}",
        )
        for arm, path in paths.items()
        if path.found is not None
        for state in STATES
        if path.visitors(state)
    ]


def _curve(path: ArmPath, state: str, level: float) -> pd.DataFrame:
    """One state; `n_events` are arrivals, at the start those who are in it; `n_at_risk` are followed in any state."""
    stays = path.stays
    tau = len(path.found.mean) - 1
    days = np.union1d([0, tau] if stays.followed(tau) else [0], stays.stop[stays.stop <= tau])
    found = [path.share(state, day) for day in days]
    share, se = (np.array(values) for values in zip(*found, strict=True))
    low, high = log_log_interval(share, se, level)
    arrivals = np.where(days == 0, np.count_nonzero((stays.start == 0) & (stays.from_state == state)), 0)
    arrivals = arrivals + _on(days, stays.stop[stays.moved & (stays.to_state == state)])
    gone = _on(days, stays.stop[_final(stays) & ~stays.moved & (stays.from_state == state)])
    followed = [path.n if day == 0 else stays.followed(day) for day in days]
    return pd.DataFrame(
        {
            "time": days.astype("float64"),
            "estimate": share,
            "se": se,
            "ci_low": np.where(se > 0, low, share),
            "ci_high": np.where(se > 0, high, share),
            "n_at_risk": followed,
            "n_events": arrivals,
            "n_censored": gone,
        }
    )


def _on(days: np.ndarray, happened: np.ndarray) -> np.ndarray:
    """How often something happened on each of the sorted `days`."""
    return np.searchsorted(np.sort(happened), days, "right") - np.searchsorted(np.sort(happened), days, "left")


def _final(stays: Stays) -> np.ndarray:
    """The last stay of each person."""
    return np.append(stays.person[1:] != stays.person[:-1], True)[: len(stays)]
