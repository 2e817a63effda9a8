"""Is a shift of one survey scale recovered, and do the others stay? Differences while still absent against the truth.

    python benchmarks/surveys.py [--trials 1000] [--n 400] [--out benchmarks]

- Each trial is simulated with calendar cut-off, exits and drop-out of the survey. Path, scores and differences come
  from the code of the pipeline; what else it derives of a trial is left out, because surveys do not need it.
- The truth is planted and exact: answers have nothing to do with return, so people still absent differ by the shift of
  `guidance` from week 14 on, and by nothing in the other scales and before it. In the second block nothing moves.
- `rejects_zero` is the share of intervals without 0: type I error where the truth is 0, else power.
- Every trial has its own child of one SeedSequence. Writes surveys.csv.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import SeedSequence
from trials import CONTRAST, ROOT, lines, many, protocol, write

from pilot_analysis.config import Protocol
from pilot_analysis.derive.days import day_numbers
from pilot_analysis.derive.path import ao_periods
from pilot_analysis.derive.spells import merged_spells
from pilot_analysis.derive.survey import survey_tables
from pilot_analysis.estimate.survey import survey_rows
from pilot_analysis.synthetic.trial import simulate_latent, simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, NULL_TRUTH, Truth

SEED = 20_280_415
BLOCKS: dict[str, Truth] = {"planted effect": DEFAULT_TRUTH, "no effect": NULL_TRUTH}
SCALES = ("work_ability", "rtw_self_efficacy", "guidance", "distress")
WEEKS = (10, 14, 18, 22)


def scales_only() -> Protocol:
    """The plan with the four scales and the waves that are looked at."""
    plan = protocol()
    known = plan.instruments
    chosen = tuple(one for one in known.instruments if one.name in SCALES)
    return replace(plan, instruments=replace(known, waves=replace(known.waves, weeks=WEEKS), instruments=chosen))


def trial(n: int, truth: Truth, key: tuple[int, ...], plan: Protocol) -> pd.DataFrame:
    """The differences of one trial, with the week they belong to."""
    seed = SeedSequence(SEED, spawn_key=key)
    tables = simulate_trial(n, seed, truth)
    people, course = simulate_latent(n, seed, truth)
    analysed = tables["allocation"][["case_id", "arm"]].assign(
        t0=people.t0.astype("datetime64[ns]"), entry=people.entry, last_known_day=course.last
    )
    case_ids, t0 = pd.Index(analysed["case_id"]), day_numbers(analysed["t0"])
    spells = merged_spells(tables["absence_spells"], case_ids, plan.thresholds.merge_gap_days)
    periods = ao_periods(spells, tables["ao_percent"], case_ids, t0, course.last)
    made = survey_tables(tables, analysed, periods, plan.instruments)
    rows = pd.DataFrame(survey_rows(plan, made.scores, made.items, made.waves))
    rows = rows[rows["measure"] == "mean_difference"]
    return rows.assign(scale=rows["term"], week=(rows["time"] // 7 + 1).astype(int))


def true_difference(truth: Truth, scale: str, week: int) -> tuple[float, float]:
    """What is planted, and its error: none."""
    moved = scale == "guidance" and week >= truth.guidance_shift_week
    return (truth.guidance_shift if moved else 0.0), 0.0


def summary(rows: pd.DataFrame, truth: Truth, block: str, n: int) -> list[dict]:
    """A line per scale and week: bias, spread, coverage, share of intervals without 0."""
    keys = ["scale", "week"]
    low, high = rows["ci_low"].astype(float), rows["ci_high"].astype(float)
    rejects = np.where(low.isna(), np.nan, (low > 0) | (high < 0))
    shares = rows.assign(rejects=rejects).groupby(keys)["rejects"].mean()
    found = lines(rows, keys, lambda scale, week: true_difference(truth, scale, week), block, n=n, seed=SEED)
    return [{**line, "level": CONTRAST, "rejects_zero": shares[line["scale"], line["week"]]} for line in found]


def main() -> None:
    """Run both blocks and write the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--trials", type=int, default=1000)
    options.add_argument("--n", type=int, default=400)
    options.add_argument("--out", type=Path, default=ROOT / "benchmarks")
    given = options.parse_args()
    plan, table = scales_only(), []
    for place, (block, truth) in enumerate(BLOCKS.items()):
        # The default binds what the loop changes.
        rows = many(given.trials, block, lambda k, place=place, truth=truth: trial(given.n, truth, (place, k), plan))
        table += summary(rows, truth, block, given.n)
    write(table, given.out / "surveys.csv")


if __name__ == "__main__":
    main()
