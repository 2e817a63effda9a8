"""Are AO% days and cost recovered? Days with any absence, AO-weighted days and cost per case against the planted truth.

    python benchmarks/money.py [--trials 1000] [--n 400] [--bootstraps 499] [--truth-cases 1200000] [--out benchmarks]

- Each trial is simulated (calendar cut-off, exits, withdrawn consent included), derived and estimated by the code of
  the pipeline: `ao_days` from week 13 and from enrolment, `cost` per arm and `cost_difference`, weighted and naive.
- The truth is that of a very large trial that the calendar does not cut off: the plain mean over people of what their
  own AO% path and costs add up to, in which nothing is estimated. (The 320 days from enrolment are cut short for the
  few enrolled more than 76 days after t0: hundredths of a day.)
- Blocks: the planted effect, no effect (there days do not differ, but labour experts cost more in week 13), and the
  planted effect with about 40 % of the people not known to day 365. There organisations end data collection at
  different times, those that end first are those in which people return slowest (and so cost most), more people are
  lost, and nobody enrols after the end of data collection: the large trial has the mix of organisations of those who
  can enrol. The date of enrolment has nothing to do with cost, as the weights suppose.
- Bootstrap intervals rest on fewer samples than in the pipeline (column `bootstraps`); each trial has its own seed.
- Every trial has its own child of one SeedSequence. Writes money.csv.
"""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import SeedSequence
from trials import CHUNK, CONTRAST, ROOT, derived_trial, lines, many, pooled_truth, protocol, with_contrast, write

from pilot_analysis.config import Protocol, Resampling
from pilot_analysis.derive import Derived, derive
from pilot_analysis.estimate.cost import DAYS, TERMS, cost_rows, ledger
from pilot_analysis.estimate.cost_effect import cost_effect_rows
from pilot_analysis.estimate.occupation import ao_days_rows, arm_paths
from pilot_analysis.estimate.populations import Population, populations
from pilot_analysis.estimate.stays import origin_days
from pilot_analysis.synthetic.people import CUTOFF, ENROLMENT_FROM
from pilot_analysis.synthetic.trial import simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, NULL_TRUTH, Truth

SEED = 20_280_613
SHOWN = ("employer:full", "society:friction", DAYS)
COSTS = {("cost", name) for name in ("mean", "naive_mean")}
COSTS |= {("cost_difference", name) for name in ("mean_difference", "naive_mean_difference")}
KEYS = ["analysis", "population", "measure", "term", "level"]
CENSORED = "40 % censored"


@dataclass(frozen=True)
class Block:
    """What is planted, and when the organisations that end early end data collection."""

    truth: Truth
    cutoffs: dict[str, dt.date] = field(default_factory=dict)

    @property
    def plan(self) -> Protocol:
        """The plan of the pilot with these cut-offs."""
        return replace(protocol(), dates=replace(protocol().dates, data_cutoff_per_organisation=self.cutoffs))

    @property
    def enrolled(self) -> Truth:
        """The truth of the large trial: organisations as often as among those who enrol before data collection ends."""
        first, last = ENROLMENT_FROM.astype(object), CUTOFF.astype(object)
        days, shape = (last - first).days + 1, self.truth.enrolment_shape
        open_share = {
            name: 1 - (1 - min(1.0, ((end - first).days + 1) / days)) ** shape for name, end in self.cutoffs.items()
        }
        shares = np.array([one.share * open_share.get(one.name, 1.0) for one in self.truth.organisations])
        organisations = (
            replace(one, share=share)
            for one, share in zip(self.truth.organisations, shares / shares.sum(), strict=True)
        )
        return replace(self.truth, organisations=tuple(organisations))


def _slower(organisations, by: dict[str, float]):
    return tuple(
        replace(one, physicians=tuple(rate + by[one.name] for rate in one.physicians)) for one in organisations
    )


# Change of the log rate of return, and the end of data collection: the slower the sooner.
_RATES = {"org_noord": 0.25, "org_oost": 0.05, "org_zuid": -0.30, "org_west": 0.0}
_CUTOFFS = {"org_oost": dt.date(2022, 9, 30), "org_zuid": dt.date(2022, 6, 30)}
_HEAVY = replace(
    DEFAULT_TRUTH,
    organisations=_slower(DEFAULT_TRUTH.organisations, _RATES),
    consent_rate=0.0002,
    lost_rate=0.0004,
)
BLOCKS = {
    "planted effect": Block(DEFAULT_TRUTH),
    "no effect": Block(NULL_TRUTH),
    CENSORED: Block(_HEAVY, _CUTOFFS),
}


def derived_block(n: int, block: Block, key: tuple[int, ...]) -> Derived:
    """One trial of `n` people, derived; without those enrolled after the end of data collection."""
    tables, plan = simulate_trial(n, SeedSequence(SEED, spawn_key=key), block.truth, questionnaires=False), block.plan
    rows = tables["allocation"]
    ends = pd.to_datetime([plan.dates.cutoff(name) for name in rows["organisation"]])
    tables["allocation"] = rows[rows["enrolment_date"].to_numpy() <= ends.to_numpy()]
    return derive(tables, plan)


def trial(n: int, block: Block, key: tuple[int, ...], bootstraps: int) -> pd.DataFrame:
    """The rows of one trial, with its number of people and the share of them that is not known to day 365."""
    derived = derived_block(n, block, key)
    plan = replace(block.plan, seed=int(SeedSequence(SEED, spawn_key=(8, *key)).generate_state(1)[0]))
    book = ledger(derived.cases, derived.costs, plan)
    only_arms = replace(book, people=book.people.assign(department=pd.NA, region=pd.NA))
    rows = cost_rows(only_arms, plan)
    rows += cost_effect_rows(only_arms, plan, Resampling(permutations=1, bootstraps=bootstraps))
    rows = [row for row in rows if (row["analysis"], row["measure"]) in COSTS and row["term"] in SHOWN]
    for population in clocks(derived, plan):
        rows += ao_days_rows(population, arm_paths(population, derived.periods, plan), plan)
    not_known = 1 - book.watched.known[:, -1].mean()
    return pd.DataFrame(rows).fillna({"term": ""}).assign(people=len(book.people), not_known=not_known)


def clocks(derived: Derived, plan: Protocol) -> list[Population]:
    """Everybody from enrolment, and those still absent from week 13."""
    wanted = {("itt", "enrolment"), ("landmark_84", "landmark")}
    found = populations(derived.cases, derived.outcomes, replace(plan, endpoints=("full_rtw",)))
    return [one for one in found if (one.population, one.origin) in wanted]


def true_values(n: int, block: Block, place: int) -> pd.DataFrame:
    """Value and Monte Carlo error by analysis, population, quantity and level, from `n` people seen for the year."""
    parts = []
    for chunk in range(max(1, n // CHUNK)):
        parts += chunk_values(derived_trial(CHUNK, SEED, (9, place, chunk), block.enrolled, calendar=False))
    return pooled_truth(parts, ["analysis", "population", "quantity", "level"])


def chunk_values(derived: Derived) -> list[dict[str, Any]]:
    """Plain means over people of whom the whole year is known."""
    book = ledger(derived.cases, derived.costs, protocol())
    if not book.watched.known.all():
        raise ValueError("the truth needs people of whom the whole year is known")
    cost = pd.DataFrame(book.seen, columns=list(TERMS)).groupby(book.people["arm"].to_numpy(dtype=object)).mean()
    found = {("cost", "itt", term): cost[term] for term in SHOWN}
    for population in clocks(derived, protocol()):
        days = days_lost(population, derived.periods)
        means = days.groupby(population.people["arm"].to_numpy(dtype=object)).mean()
        found |= {("ao_days", population.population, name): means[name] for name in days}
    names = ("analysis", "population", "quantity")
    return [
        {**dict(zip(names, about, strict=True)), "level": level, "value": value}
        for about, values in found.items()
        for level, value in with_contrast(values).items()
    ]


def days_lost(population: Population, periods: pd.DataFrame) -> pd.DataFrame:
    """Days with any absence and AO-weighted days from the origin to the horizon or leaving, summed along each path."""
    people, start = population.people, origin_days(population, protocol())
    end = np.minimum(start + population.horizon, people["last_known_day"].to_numpy("int64"))
    of_all = pd.Index(people["case_id"]).get_indexer(periods["case_id"])
    periods, person = periods[of_all >= 0], of_all[of_all >= 0]
    first = np.maximum(periods["first_day"].to_numpy("int64"), start[person])
    days = np.clip(np.minimum(periods["last_day"].to_numpy("int64") + 1, end[person]) - first, 0, None)
    share = periods["ao_percent"].to_numpy("float64") / 100
    weights = {"days_any_absence": days * (share > 0), "ao_days": days * share}
    return pd.DataFrame({name: np.bincount(person, some, len(people)) for name, some in weights.items()})


def summary(rows: pd.DataFrame, truth: pd.DataFrame, block: str, n: int, bootstraps: int) -> list[dict[str, Any]]:
    """A line per analysis, population, measure, term and level: bias, spread, coverage."""

    def true_value(analysis: str, population: str, measure: str, term: str, level: str) -> tuple[float, float]:
        quantity = term or measure.removesuffix("_difference")
        if block == "no effect" and level == CONTRAST and quantity in (DAYS, "days_any_absence"):
            return 0.0, 0.0  # by construction; costs differ, labour experts do
        return tuple(truth.loc[(analysis.removesuffix("_difference"), population, quantity, level)])

    about = {"n": n, "mean_people": rows["people"].mean(), "mean_share_not_known": rows["not_known"].mean()}
    return lines(rows, KEYS, true_value, block, **about, bootstraps=bootstraps, seed=SEED)


def main() -> None:
    """Run all blocks and write the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--trials", type=int, default=1000)
    options.add_argument("--n", type=int, default=400)
    options.add_argument("--bootstraps", type=int, default=499)
    options.add_argument("--truth-cases", type=int, default=1_200_000)
    options.add_argument("--out", type=Path, default=ROOT / "benchmarks")
    given = options.parse_args()
    table = []
    for place, (name, block) in enumerate(BLOCKS.items()):
        rows = many(given.trials, name, lambda k, b=block, place=place: trial(given.n, b, (place, k), given.bootstraps))
        truth = true_values(given.truth_cases, block, place)
        table += summary(rows, truth, name, given.n, given.bootstraps)
        write(table, given.out / "money.csv")


if __name__ == "__main__":
    main()
