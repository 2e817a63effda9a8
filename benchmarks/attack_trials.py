"""Made-up trials to attack: small and larger, uneven arms, rare groups, small organisations, many or few exits.

- Everything that varies is drawn from the number of the trial; the generator, derivation, estimation and release are
  those of the pipeline. Resampling is short: it changes no count.
- A second release: the data up to an earlier day (interim), or without one organisation, estimated and released by the
  same code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from attack_trial import Stores
from numpy.random import Generator, SeedSequence
from trials import protocol

from pilot_analysis.config import Protocol, Resampling
from pilot_analysis.derive import Derived, derive
from pilot_analysis.estimate import estimate
from pilot_analysis.release import release
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.issues import ISSUES, SUMMARY
from pilot_analysis.synthetic.trial import simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, Truth

SMALLEST, LARGEST = 60, 400
INTERIM = ("2021-10-31", "2022-01-31", "2022-06-30")
_SHORT = Resampling(permutations=19, bootstraps=19)
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Trial:
    """A trial with its plan, its exact stores, and what is released of it."""

    plan: Protocol
    derived: Derived
    exact: Stores
    released: Stores


def delivered(seed: SeedSequence) -> Tables:
    """The canonical tables of a trial drawn by `seed`."""
    rng = np.random.default_rng(seed)
    people = round(float(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST)))))
    tables = simulate_trial(people, SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, 1)), _truth(rng))
    return kept(tables, _uneven(rng, tables["allocation"]))


def _truth(rng: Generator) -> Truth:
    """Groups, organisations, speed of return and exits drawn anew."""
    names = DEFAULT_TRUTH.organisations
    shares = rng.dirichlet(np.full(len(names), rng.choice([1.0, 4.0])))
    speed, exits = np.exp(rng.uniform(-0.9, 0.6)), np.exp(rng.uniform(-1.5, 1.2))
    scaled = {
        name: getattr(DEFAULT_TRUTH, name) * exits
        for name in ("employment_end_rate", "ill_health_rate", "retirement_rate", "pregnancy_rate", "consent_rate")
    }
    return replace(
        DEFAULT_TRUTH,
        organisations=tuple(replace(one, share=share) for one, share in zip(names, shares, strict=True)),
        cas_share=tuple(rng.dirichlet([3.0, 2.0, 1.0, 0.7])),
        makeham=DEFAULT_TRUTH.makeham * speed,
        gompertz=DEFAULT_TRUTH.gompertz * speed,
        enrolment_shape=float(rng.uniform(1.0, 3.5)),
        fml_mean_days=float(rng.uniform(40, 160)),
        relapse_share=float(rng.uniform(0.05, 0.4)),
        answer_share=float(rng.uniform(0.4, 0.95)),
        **scaled,
    )


def _uneven(rng: Generator, allocation: pd.DataFrame) -> np.ndarray:
    """The people who stay when one arm is made smaller, up to one to three."""
    smaller = rng.choice(["intervention", "control"])
    drop = rng.random(len(allocation)) < rng.choice([0.0, 0.0, 0.3, 0.6])
    return allocation["case_id"][~(drop & (allocation["arm"] == smaller).to_numpy())].to_numpy(dtype=object)


def kept(tables: Tables, people: np.ndarray) -> Tables:
    """The tables with the rows of some people; interviews name nobody and stay."""
    return {
        name: table[table["case_id"].isin(people)].reset_index(drop=True) if "case_id" in table else table
        for name, table in tables.items()
    }


def earlier(tables: Tables, seed: SeedSequence) -> tuple[Tables, Protocol, str]:
    """The tables and the plan of an earlier release of the same trial, and what it was."""
    rng, plan, allocation = np.random.default_rng(seed), protocol(), tables["allocation"]
    if rng.random() < 0.5:
        day = pd.Timestamp(str(rng.choice(INTERIM)))
        people = allocation["case_id"][(allocation["enrolment_date"] <= day).to_numpy(dtype=bool)]
        changed = replace(plan, dates=replace(plan.dates, data_cutoff=day.date()))
        return kept(tables, people.to_numpy(dtype=object)), changed, "interim"
    left_out = rng.choice(sorted(allocation["organisation"].unique()))
    people = allocation["case_id"][(allocation["organisation"] != left_out).to_numpy(dtype=bool)]
    return kept(tables, people.to_numpy(dtype=object)), plan, "without one organisation"


def made(tables: Tables, plan: Protocol) -> Trial:
    """Derive, estimate and release a trial."""
    derived = derive(tables, plan)
    rows = [(name, "supplier", f"{name}.csv", len(table), True) for name, table in tables.items() if len(table)]
    summary = conform(pd.DataFrame(rows, columns=["table", "supplier", "file", "rows", "synthetic"]), SUMMARY)
    result = estimate(
        derived.cases, derived.periods, derived.outcomes, derived.flow, derived.costs, summary, empty_table(ISSUES),
        plan, _SHORT, survey=derived.surveys.scores, survey_items=derived.surveys.items,
        survey_waves=derived.surveys.waves, guidance=derived.guidance, process=derived.process,
        interview_themes=tables.get("interview_themes", empty_table(TABLES["interview_themes"].schema)),
        wage_values=derived.wage_values,
    )  # fmt: skip
    limits = plan.thresholds
    out = release(result.estimates, result.curves, limits.release_min_people, limits.confidence_level)
    return Trial(plan, derived, Stores(result.estimates, result.curves), Stores(out.estimates, out.curves))
