"""The business case on what was observed, beside what was assumed (S7): the AO% path, wage, hours and pay of each case.

- Everybody still absent when week 13 begins, as allocated. A month is a twelfth of the year since t0; the assumed
  months are those after the assessment, as in `business_case`.
- Saved = control - intervention of the wage paid over hours lost: daily wage x contract_fte x AO% x working days, times
  the share of wage paid (full, or reduced). Every allocated person counts, so the assumed amounts beside it are those
  per employee: where AO% can be adjusted at once, times that share.
- Cost of assessments (intervention - control) and replacement saved are what was delivered over the year.
- Means are weighted for follow-up that ended early, intervals are normal (estimate/cost.py says how). Month by month,
  because a case seen for part of the year tells about that part.
- Not estimable as in `cost`: fewer than two people, hardly anybody seen for the year, nothing of this kind delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.business_case import assumptions
from pilot_analysis.estimate.business_case import method as assumed_method
from pilot_analysis.estimate.cost import JACKKNIFE, NO_SPREAD, NOT_DELIVERED, TERMS, WEIGHTED, Ledger, ledger
from pilot_analysis.estimate.populations import ARMS, Population
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import normal_interval
from pilot_analysis.models.business_case import MONTHS, Assumptions, business_case, fall_by_month
from pilot_analysis.models.partitioned import partitioned_means

SAVED, SPENT = "control - intervention", "intervention - control"
MEASURES = {"full": "observed", "reduced": "observed_reduced"}  # by the share of wage paid (pay_share)
_DELIVERED = {"ad_cost": "labour_expert", "replacement_total": "replacement"}
_HOW = (
    f"employer; control - intervention, everybody still absent at the landmark, as allocated; {WEIGHTED}; {JACKKNIFE}"
)


class Found(NamedTuple):
    """A difference of the arms, and its derivatives to each case's weight."""

    estimate: float
    influence: np.ndarray

    def times(self, factor: float) -> Found:
        """A multiple of it."""
        return Found(factor * self.estimate, factor * self.influence)

    def plus(self, other: Found) -> Found:
        """Their sum."""
        return Found(self.estimate + other.estimate, self.influence + other.influence)


def observed_rows(
    population: Population, cases: pd.DataFrame, periods: pd.DataFrame, costs: pd.DataFrame, protocol: Protocol
) -> list[dict[str, Any]]:
    """Rows `business_case_observed` of one population; the tables fit schemas.derived.

    Measures: `assumed` (per employee, the plan's daily wage), `observed` and `observed_reduced`.
    """
    assumed = _within_the_year(protocol)
    about = {"analysis": "business_case_observed", "endpoint": "cost", "population": population.population}
    rows = Rows({**about, "origin": "t0"})
    _assumed_rows(rows, assumed)
    book = ledger(cases[cases["case_id"].isin(population.people["case_id"])], costs, protocol)
    reason = _too_little(book, protocol)
    found = {} if reason else differences(book, periods, assumed, protocol)
    about = {"group_by": "arm", "n": len(book.people)}
    spans = _spans(assumed)
    for name in spans:
        _add(rows, found.get(f"ao_fall_{name}"), reason, protocol, measure="observed", level=SAVED, unit="points",
             term=f"ao_fall_{name}", method=f"AO%, {_HOW}", **about)  # fmt: skip
    for rule, measure in MEASURES.items():
        _euro_rows(rows, found, reason, protocol, rule, {"measure": measure, "unit": "euro", **about})
    for term, delivered in (("replacement_total", "replacement"), ("ad_cost", "labour_expert")):
        level, sign = (SPENT, -1.0) if term == "ad_cost" else (SAVED, 1.0)
        amount = found[term].times(sign) if term in found else None
        how = f"costs delivered over the year: {delivered.replace('_', ' ')}; {_HOW.replace(SAVED, level)}"
        n_events = int(sum(book.having(delivered, book.within("arm", arm)) or 0 for arm in ARMS))
        _add(rows, amount, reason or NOT_DELIVERED, protocol, measure="observed", level=level, unit="euro", term=term,
             method=how, n_events=n_events, **about)  # fmt: skip
    return rows.rows


def _euro_rows(
    rows: Rows, found: dict[str, Found], reason: str | None, protocol: Protocol, rule: str, about: Mapping[str, Any]
) -> None:
    """Wage saved by month and in all, and less the cost of assessments, at one share of wage paid."""
    share = protocol.cost.pay_share[rule]
    how = f"daily wage x fte x AO% x working days, {100 * share:g} % of the wage paid; {_HOW}"
    wages = [f"wage_{name}" for name in _spans(_within_the_year(protocol))]
    for term in (*wages, "wage_mean"):
        amount = found[term].times(share) if term in found else None
        _add(rows, amount, reason, protocol, level=SAVED, term=term, method=how, **about)
    net = None
    if "ad_cost" in found:
        net = found["wage_mean"].times(share).plus(found["ad_cost"])
    _add(rows, net, reason or NOT_DELIVERED, protocol, level=SAVED, term="net_mean",
         method=f"{how}; less the labour expert costs delivered", **about)  # fmt: skip


def _add(rows: Rows, found: Found | None, reason: str | None, protocol: Protocol, **about: Any) -> None:
    if found is None:
        rows.add_not_estimable(str(reason), **about)
        return
    se = float(np.sqrt(found.influence @ found.influence))
    low, high = normal_interval(found.estimate, se, protocol.thresholds.confidence_level)
    spread = se > NO_SPREAD * max(1.0, abs(found.estimate))
    limits = {"se": se, "ci_low": float(low), "ci_high": float(high)} if spread else {}
    rows.add(estimate=float(found.estimate), **limits, **about)


def _assumed_rows(rows: Rows, assumed: Assumptions) -> None:
    """What the assumptions give per employee, under the terms of what was observed."""
    case, fall = business_case(assumed), fall_by_month(assumed)
    share = assumed.exact("adjustable_percent") / 100
    about = {"measure": "assumed", "group_by": "daily_wage", "level": f"daily_wage={assumed.daily_wage:.10g}"}
    about["method"] = f"mean per employee; {assumed_method(assumed)}"
    spans = _spans(assumed)
    for name, (first, last) in spans.items():
        points = sum(fall[month] for month in range(first, last + 1)) / (last - first + 1)
        rows.add(term=f"ao_fall_{name}", estimate=float(share * points), unit="points", **about)
    for name, (first, _) in spans.items():
        wage = case.building.get(first, case.wage_complete)
        rows.add(term=f"wage_{name}", estimate=float(share * wage), unit="euro", **about)
    totals = {"wage_mean": case.wage_mean, "replacement_total": share * case.replacement_total}
    for term, amount in {**totals, "ad_cost": case.ad_cost, "net_mean": case.net_mean}.items():
        rows.add(term=term, estimate=float(amount), unit="euro", **about)


def _within_the_year(protocol: Protocol) -> Assumptions:
    """The plan's assumptions, with nothing after the year that is observed."""
    assumed = assumptions(protocol.business_case)
    seen = int(MONTHS * protocol.thresholds.horizon_days // protocol.cost.days_per_year)
    return replace(assumed, horizon_month=min(assumed.horizon_month, seen, MONTHS))


def _spans(assumed: Assumptions) -> dict[str, tuple[int, int]]:
    """First and last month of each term: `month_4`, `month_5`, `months_6_12`."""
    case = business_case(assumed)
    spans = {f"month_{month}": (month, month) for month in case.building}
    if case.complete:
        first, last = case.complete
        spans[f"months_{first}_{last}"] = case.complete
    return spans


def _too_little(book: Ledger, protocol: Protocol) -> str | None:
    """Why there is no difference of the arms, by arm."""
    found = []
    for arm in ARMS:
        chosen = book.within("arm", arm)
        why = "fewer than two people" if chosen.sum() < 2 else book.few_known(chosen, protocol)
        found += [f"{arm}: {why}"] if why else []
    return "; ".join(found) or None


def differences(book: Ledger, periods: pd.DataFrame, assumed: Assumptions, protocol: Protocol) -> dict[str, Found]:
    """Control - intervention by term: AO% in points, wage in euro when paid in full, costs delivered in euro."""
    spans = _spans(assumed)
    # The month of each interval; the first interval holds all that came before, up to the assessment.
    month = np.arange(assumed.assessment_month, assumed.horizon_month + 1)
    edges = np.append(0, (month * protocol.cost.days_per_year // MONTHS).astype("int64"))
    lost, days = lost_days(book.people, periods, edges), np.diff(edges)
    wage = book.people["daily_wage_eur"].to_numpy("float64") * book.people["contract_fte"].to_numpy("float64")
    wage *= protocol.cost.working_days_per_year / protocol.cost.days_per_year
    amount = np.zeros((*lost.shape, 2 * len(spans)))
    for place, (first, last) in enumerate(spans.values()):
        inside = (month >= first) & (month <= last)
        inside[0] = False
        amount[:, inside, place] = 100 * lost[:, inside] / days[inside].sum()
        amount[:, inside, place + len(spans)] = wage[:, None] * lost[:, inside]
    names = [*(f"ao_fall_{name}" for name in spans), *(f"wage_{name}" for name in spans)]
    found = dict(zip(names, _contrast(book, amount, edges[1:]), strict=True))
    total = Found(0.0, np.zeros(len(book.people)))
    for name in spans:
        total = total.plus(found[f"wage_{name}"])
    found["wage_mean"] = total
    kinds = {term: TERMS.index(kind) for term, kind in _DELIVERED.items() if book.delivered(kind)}
    delivered = _contrast(book, book.amount[:, :, list(kinds.values())], book.watched.ends)
    return found | dict(zip(kinds, delivered, strict=True))


def _contrast(book: Ledger, amount: np.ndarray, ends: np.ndarray) -> list[Found]:
    """Control - intervention of each amount (cases, intervals, amounts); intervals are over by the days `ends`."""
    watched = replace(book.watched, ends=np.asarray(ends, dtype=np.int64))
    means = {arm: partitioned_means(amount, watched, book.within("arm", arm)) for arm in ARMS}
    control, intervention = means["control"], means["intervention"]
    estimate, influence = control.estimate - intervention.estimate, control.influence - intervention.influence
    return [Found(float(estimate[place]), influence[:, place]) for place in range(amount.shape[2])]


def lost_days(people: pd.DataFrame, periods: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """AO-weighted days of each case (row) in each interval from one edge to before the next, over the days 0 .. F-1."""
    position = pd.Index(people["case_id"]).get_indexer(periods["case_id"])
    rows, position = periods[position >= 0], position[position >= 0]
    until = people["followup"].to_numpy("int64")[position]
    first, after = rows["first_day"].to_numpy("int64"), np.minimum(rows["last_day"].to_numpy("int64") + 1, until)
    share = rows["ao_percent"].to_numpy("float64") / 100
    lost = np.empty((len(people), len(edges) - 1))
    for place, (begin, end) in enumerate(pairwise(edges)):
        days = np.clip(np.minimum(after, end) - np.maximum(first, begin), 0, None)
        lost[:, place] = np.bincount(position, weights=days * share, minlength=len(people))
    return lost
