"""Days and cost of one organisation beside those of all other organisations together, for the page of that employer.

- Both arms together, as allocated: an employer knows its own people, so nothing here is by arm, sex, age or group.
- `days_not_returned`: as P1, of those still absent when week 13 begins. `ao_days` and `cost`: AO-weighted days, and
  what absence and guidance cost the employer with the wage paid in full, over the year from t0, weighted by the chance
  to be seen (models.partitioned, as S7).
- `share_of_largest`, `share_of_two_largest`: how much of the cost seen few people make up, for release only.
- `term` is the organisation, `level` it (`own`) or all others together (`others`); `n_events` are full returns.
- It compares nothing: organisations differ in work, in people and in how long they could be followed.
- Not estimable: what the means of an arm would not be; no other organisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.cost import (
    DAYS,
    JACKKNIFE,
    NO_SPREAD,
    TERMS,
    WEIGHTED,
    Ledger,
    add_largest,
    ledger,
    perspectives,
)
from pilot_analysis.estimate.means import unsupported
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import Mean, normal_interval
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.partitioned import partitioned_means

PERSPECTIVE = "employer:full"
_POPULATION = "landmark_84"
_STATE = {"censored": 0, "event": 1, "competing": 2}
_NOBODY = "nobody in this level"
_TOO_FEW = "fewer than two people"
_NOT_FOLLOWED = "too few people are followed to the end"  # of an organisation not even how few
_NO_VARIANCE = "these events leave no variance to estimate"
_DAYS_METHOD = (
    "area under 1 - Aalen-Johansen probability of return; infinitesimal jackknife variance; both arms together"
)


def organisation_rows(
    cases: pd.DataFrame, outcomes: pd.DataFrame, costs: pd.DataFrame, protocol: Protocol
) -> list[dict[str, Any]]:
    """All rows of `organisation`: each organisation with people analysed, and all the others together."""
    analysed = cases[cases["exclusion"].isna()]
    returns = outcomes[outcomes["endpoint"] == "full_rtw"]
    book = ledger(cases, costs, protocol)
    rows = Rows({"analysis": "organisation", "group_by": "organisation"})
    names = sorted(analysed["organisation"].unique())
    for name in names:
        _not_returned(rows, returns, name, protocol)
        _amounts(rows, book, returns, name, protocol)
    if not names:
        about = {"measure": "cost", "endpoint": "cost", "population": "itt", "origin": "t0", "unit": "euro"}
        rows.add_not_estimable(_NOBODY, level="none", method=WEIGHTED, **about)
    return rows.rows


def _sides(organisation: pd.Series, name: str) -> Iterator[tuple[str, np.ndarray]]:
    own = organisation.eq(name).to_numpy(bool)
    yield from (("own", own), ("others", ~own))


def _not_returned(rows: Rows, returns: pd.DataFrame, name: str, protocol: Protocol) -> None:
    """Days not yet returned from the start of week 13."""
    clock = protocol.clocks[_POPULATION]
    at_risk = returns[returns["status"] != "not_at_risk"]
    absent = at_risk[(at_risk["time"] > clock.day) & (at_risk["entry"] <= clock.day)]
    keys = {"measure": "days_not_returned", "endpoint": "full_rtw", "population": _POPULATION, "origin": "landmark"}
    keys |= {"term": name, "time": float(clock.horizon), "unit": "days", "method": _DAYS_METHOD}
    for level, chosen in _sides(absent["organisation"], name):
        people = absent[chosen]
        since = people["time"].to_numpy("int64") - clock.day
        state = people["status"].map(_STATE).to_numpy("int64")
        outcome = Outcome.of(np.zeros_like(since), since, state)
        about = {**keys, "level": level, "n": len(outcome), "n_events": int(outcome.cause_specific.sum())}
        reason = _NOBODY if not len(outcome) else None
        if reason is None and unsupported(
            outcome, clock.horizon, "days_not_returned", protocol.thresholds.min_at_risk_at_tau
        ):
            reason = _NOT_FOLLOWED
        found = days_not_returned(outcome, clock.horizon) if reason is None else None
        _mean(rows, found, reason, protocol, about, clock.horizon)


def _amounts(rows: Rows, book: Ledger, returns: pd.DataFrame, name: str, protocol: Protocol) -> None:
    """AO-weighted days and cost for the employer over the year from t0."""
    came_back = book.people["case_id"].isin(returns.loc[returns["status"] == "event", "case_id"]).to_numpy(bool)
    keys = {"endpoint": "cost", "population": "itt", "origin": "t0", "term": name}
    keys["time"] = float(protocol.thresholds.horizon_days)
    for level, chosen in _sides(book.people["organisation"], name):
        size = int(chosen.sum())
        about = {**keys, "level": level, "n": size, "n_events": int((chosen & came_back).sum())}
        reason = _NOBODY if size == 0 else _TOO_FEW if size < 2 else None
        if reason is None and book.few_known(chosen, protocol):
            reason = _NOT_FOLLOWED
        means = None if reason else partitioned_means(book.amount, book.watched, chosen)
        for measure, term, unit in (("ao_days", DAYS, "days"), ("cost", PERSPECTIVE, "euro")):
            place, how = TERMS.index(term), perspectives(protocol).get(term, "AO-weighted days")
            found = None if means is None else Mean(float(means.estimate[place]), float(means.se[place]))
            given = {**about, "measure": measure, "unit": unit, "method": f"{how}; {WEIGHTED}; {JACKKNIFE}"}
            _mean(rows, found, reason, protocol, given, protocol.thresholds.horizon_days)
        add_largest(rows, book.seen[chosen][:, TERMS.index(PERSPECTIVE)], **about)


def _mean(
    rows: Rows, found: Mean | None, reason: str | None, protocol: Protocol, about: dict[str, Any], days: int
) -> None:
    if found is not None and found.se <= NO_SPREAD * max(1.0, abs(found.estimate)):
        found, reason = None, _NO_VARIANCE
    if found is None:
        rows.add_not_estimable(str(reason), **about)
        return
    low, high = normal_interval(found.estimate, found.se, protocol.thresholds.confidence_level)
    high = min(high, float(days)) if about["unit"] == "days" else high
    rows.add(estimate=found.estimate, se=found.se, ci_low=max(0.0, low), ci_high=high, **about)
