"""Mean cost per case over the year from t0: by arm with its parts, by department and by region (S7).

- Employer: wage paid over the working time lost (in full, or at the reduced share) and every cost delivered. Society:
  production lost within the friction period and every cost delivered but replacement, which restores production.
- Everybody analysed who was followed at all counts, as allocated, from t0. Leaving ends the employer's cost and the
  days that absence costs: who left is known for the whole year.
- `mean`: partitioned inverse-probability weighting by the known cut-offs (models.partitioned). `naive_mean`: what was
  seen, as if nothing came after; too low where follow-up ended early, and shown for that reason.
- `mean_leaving_censored`: AO-weighted days as the derived table of cases has them complete, only by a whole year, by
  retirement or by death. Who left otherwise counts as lost from sight: days had they stayed.
- `share_of_largest`, `share_of_two_largest`: what the largest one and two people make up of what was seen of a cost;
  never released, they tell disclosure control whether few people make up a mean.
- Not estimable: fewer than two people; a kind of cost that nobody delivered; for `mean` an organisation that could
  hardly be seen for the whole year, or fewer than `min_at_risk_at_tau` people known through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.watching import hardly_seen, watched_to
from pilot_analysis.models.arithmetic import normal_interval
from pilot_analysis.models.partitioned import Watched, partitioned_means
from pilot_analysis.schemas.canonical import COST_CATEGORIES

DAYS = "ao_days"
WAGE = {"employer:full": "wage_full", "employer:reduced": "wage_reduced", "society:friction": "production_loss"}
PERSPECTIVES = tuple(WAGE)
TERMS = (*PERSPECTIVES, DAYS, *WAGE.values(), *COST_CATEGORIES)
NOT_OF_SOCIETY = "replacement"
WEIGHTED = (
    "partitioned inverse-probability weighting by known cut-offs per organisation, losses before them per arm, both "
    "since enrolment"
)
NAIVE = "mean of what was seen, as if nothing came after the end of follow-up"
LARGEST = "for disclosure control only: part of what was seen in the year"
JACKKNIFE = "infinitesimal jackknife variance; normal interval"
NOT_DELIVERED = "no cost of this kind was delivered"
NO_SPREAD = 1e-9  # a standard error this small, as a share of the estimate, is rounding


@dataclass(frozen=True)
class Ledger:
    """Who counts, what they cost by interval and term (people, intervals, TERMS), and how long they were watched."""

    people: pd.DataFrame
    amount: np.ndarray
    watched: Watched

    @property
    def seen(self) -> np.ndarray:
        """What was seen of each case: (people, TERMS)."""
        return self.amount.sum(axis=1)

    def within(self, group_by: str, level: str) -> np.ndarray:
        """Who is in a level, as booleans."""
        return self.people[group_by].eq(level).fillna(False).to_numpy(dtype=bool)

    def delivered(self, term: str) -> bool:
        """Whether anybody has a cost of this term; a kind that nobody delivered is unknown rather than nothing."""
        return term not in COST_CATEGORIES or bool(self.amount[:, :, TERMS.index(term)].any())

    def having(self, term: str, chosen: np.ndarray) -> int | None:
        """How many of the chosen have a cost of this term; of a perspective, any cost delivered; else None."""
        if term in COST_CATEGORIES:
            columns = [TERMS.index(term)]
        elif term in PERSPECTIVES:
            columns = [TERMS.index(name) for name in COST_CATEGORIES]
        else:
            return None
        return int((self.seen[chosen][:, columns] > 0).any(axis=1).sum())

    def few_known(self, chosen: np.ndarray, protocol: Protocol) -> str | None:
        """Why the weighted mean of the chosen has too little to stand on, or None."""
        at_least = protocol.thresholds.min_at_risk_at_tau
        hardly = hardly_seen(self.watched, protocol)
        if hardly:
            return hardly
        if (chosen & self.watched.known[:, -1]).sum() < at_least:
            return f"fewer than {at_least} people are known for the whole year"
        return None


def ledger(cases: pd.DataFrame, costs: pd.DataFrame, protocol: Protocol) -> Ledger:
    """Bring derived cases and costs (schemas.derived) together; everybody analysed and followed for a day or more."""
    people = cases[cases["exclusion"].isna() & (cases["followup"] > 0).fillna(False)].reset_index(drop=True)
    horizon, step = protocol.thresholds.horizon_days, protocol.cost.interval_days
    ends = np.minimum(np.arange(step, horizon + step, step), horizon)
    amount = np.zeros((len(people), len(ends), len(TERMS)))
    case = pd.Index(people["case_id"]).get_indexer(costs["case_id"])
    rows = np.flatnonzero(case >= 0)
    amount[case[rows], costs["interval"].to_numpy("int64")[rows]] = _terms(costs)[rows]
    return Ledger(people, amount, watched_to(people, ends))


def _terms(costs: pd.DataFrame) -> np.ndarray:
    """Euro (days of DAYS) by row of `costs` and term."""
    delivered = costs[list(COST_CATEGORIES)].sum(axis="columns")
    totals = {name: costs[wage] + delivered for name, wage in WAGE.items()}
    totals["society:friction"] -= costs[NOT_OF_SOCIETY]
    found = pd.DataFrame(totals).join(costs[[name for name in TERMS if name not in totals]])
    return found[list(TERMS)].to_numpy("float64")


def unit_of(term: str) -> str:
    """Unit of a term."""
    return "days" if term == DAYS else "euro"


def common(protocol: Protocol, analysis: str, **more: Any) -> dict[str, Any]:
    """The keys that rows about cost share."""
    about = {"analysis": analysis, "endpoint": "cost", "population": "itt", "origin": "t0"}
    return {**about, "time": float(protocol.thresholds.horizon_days), **more}


def perspectives(protocol: Protocol) -> Mapping[str, str]:
    """How each perspective counts, for `method`."""
    rules = protocol.cost
    day = f"daily wage x fte x AO% x {rules.working_days_per_year:g}/{rules.days_per_year:g} per calendar day"
    paid = {name: f"{100 * share:g} % of the wage paid" for name, share in rules.pay_share.items()}
    society = (
        f"society: {day}, {rules.friction_days} days of each absence (friction period; friction cost method, "
        f"Koopmanschap 1995) at elasticity {rules.friction_elasticity:g}; costs delivered without replacement"
    )
    return {
        "employer:full": f"employer: {day}, {paid['full']}; all costs delivered",
        "employer:reduced": f"employer: {day}, {paid['reduced']}; all costs delivered",
        "society:friction": society,
    }


def cost_rows(book: Ledger, protocol: Protocol) -> list[dict[str, Any]]:
    """`mean` and `naive_mean` of all terms by arm, of the perspectives by department and region; who is known."""
    rows = Rows(common(protocol, "cost"))
    for arm in ARMS:
        _known(rows, book, arm)
        _level(rows, book, "arm", arm, TERMS, protocol)
        _had_they_stayed(rows, book, arm, protocol)
    for group_by in ("department", "region"):
        levels = sorted(book.people[group_by].dropna().unique())
        for level in levels:
            _level(rows, book, group_by, level, PERSPECTIVES, protocol)
        if not levels:
            about = {"measure": "mean", "group_by": group_by, "level": "none", "unit": "euro", "method": WEIGHTED}
            rows.add_not_estimable(f"no {group_by} was delivered", **about)
    return rows.rows


def _known(rows: Rows, book: Ledger, arm: str) -> None:
    chosen = book.within("arm", arm)
    known = int((chosen & book.watched.known[:, -1]).sum())
    about = {"measure": "n_known", "group_by": "arm", "level": arm, "unit": "people", "n": int(chosen.sum())}
    rows.add(
        estimate=float(known), n_events=known, method="known for the whole year: followed, or left before", **about
    )


def _level(rows: Rows, book: Ledger, group_by: str, level: str, terms: tuple[str, ...], protocol: Protocol) -> None:
    chosen = book.within(group_by, level)
    size = int(chosen.sum())
    about = {"group_by": group_by, "level": level, "n": size}
    too_few = "fewer than two people" if size < 2 else None
    reason = too_few or book.few_known(chosen, protocol)
    weighted = partitioned_means(book.amount, book.watched, chosen) if reason is None else None
    seen = book.seen[chosen]
    for term in terms:
        place, delivered = TERMS.index(term), book.delivered(term)
        how = perspectives(protocol).get(term, term.replace("_", " "))
        # Names of places may differ in a blank only, which ids keep apart in a term.
        about["term"] = term if group_by == "arm" else f"{term}:{level}"
        about["n_events"] = book.having(term, chosen) if group_by == "arm" else None
        naive = None if too_few else (seen[:, place].mean(), seen[:, place].std(ddof=1) / np.sqrt(size))
        found = None if weighted is None else (weighted.estimate[place], weighted.se[place])
        ways = {"mean": f"{WEIGHTED}; {JACKKNIFE}", "naive_mean": f"{NAIVE}; standard error of a mean; normal interval"}
        for (measure, way), number, why in zip(ways.items(), (found, naive), (reason, too_few), strict=True):
            about |= {"measure": measure, "unit": unit_of(term), "method": f"{how}; {way}"}
            _mean(rows, number if delivered else None, why if delivered else NOT_DELIVERED, protocol, **about)
        if unit_of(term) == "euro":
            add_largest(rows, seen[:, place], **{name: about[name] for name in ("group_by", "level", "term", "n")})


def add_largest(rows: Rows, amounts: np.ndarray, **about: Any) -> None:
    """Two rows: what the largest and the two largest of the people's `amounts` make up of all of them, in per cent."""
    having = int((amounts > 0).sum())
    largest = 100.0 * np.sort(amounts)[::-1][:2].cumsum() / amounts.sum() if having else ()
    for people, measure in enumerate(("share_of_largest", "share_of_two_largest")):
        keys = {**about, "measure": measure, "unit": "percent", "method": LARGEST}
        if having > people:
            rows.add(estimate=float(largest[people]), **keys)
        else:
            rows.add_not_estimable("fewer than two people have this cost" if having else "nobody has this cost", **keys)


def _had_they_stayed(rows: Rows, book: Ledger, arm: str, protocol: Protocol) -> None:
    """AO-weighted days of an arm when leaving, but for retirement and death, counts as lost from sight."""
    complete = book.people["ao_days_complete"].to_numpy(dtype=bool)
    stayed = replace(book, watched=replace(book.watched, complete=complete))
    chosen = book.within("arm", arm)
    reason = "fewer than two people" if chosen.sum() < 2 else stayed.few_known(chosen, protocol)
    found = None
    if reason is None:
        mean = partitioned_means(book.amount[:, :, [TERMS.index(DAYS)]], stayed.watched, chosen)
        found = (float(mean.estimate[0]), float(mean.se[0]))
    about = {"measure": "mean_leaving_censored", "term": DAYS, "unit": unit_of(DAYS), "group_by": "arm", "level": arm}
    how = f"ao days, leaving other than by retirement or death censored; {WEIGHTED}; {JACKKNIFE}"
    _mean(rows, found, reason, protocol, n=int(chosen.sum()), method=how, **about)


def _mean(rows: Rows, found: tuple[float, float] | None, reason: str | None, protocol: Protocol, **about: Any) -> None:
    if found is None:
        rows.add_not_estimable(str(reason), **about)
        return
    estimate, se = (float(value) for value in found)
    limits = {}
    if se > NO_SPREAD * max(1.0, abs(estimate)):  # everybody alike: no interval rather than one without width
        low, high = normal_interval(estimate, se, protocol.thresholds.confidence_level)
        limits = {"se": se, "ci_low": max(0.0, float(low)), "ci_high": float(high)}
    rows.add(estimate=estimate, **limits, **about)
