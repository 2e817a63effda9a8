"""An intruder attacks the released results of made-up trials; writes `attack.csv` and `attack.md`.

- The intruder knows the rules and everything under `reports_dir`: released store and curves (a test holds every other
  file to them: it shows nothing more), the pages of employers, and a second release of the same trial.
- What is worked out: `attack_cells` (what each number counts), `attack_sums` (what adds up), `attack_invert` (what is
  no count and tells one), `attack_lp` (feasible ranges), `attack_two` (one release less another).
- The same attack on the exact store, with the release stage off, shows that it finds what there is to find.
- Each trial is made from its own number: `--from` and `--trials` choose which; with `--resume` the file that is there
  is gone on with.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd
from attack_trial import Found, attack
from attack_trials import Tables, Trial, delivered, earlier, made
from attack_two import attack_two
from numpy.random import SeedSequence
from trials import ROOT, protocol

SEED, TRIALS = 20_261_206, 200
COLUMNS = (
    "trial", "people", "cells", "withheld", "declared", "recovered", "recovered_without_release", "narrowest",
    "seconds_to_make", "seconds_to_attack", "kinds", "second_release", "refused", "beyond",
)  # fmt: skip
EVERY = 20  # of the trials with this number a second release, and the store with the stage off, are attacked too
_NONE = ("", "", "")


def one(trial: int, seed: int) -> dict[str, object]:
    """Make and attack one trial; a row of the table."""
    start = time.perf_counter()
    tables = delivered(SeedSequence(seed, spawn_key=(trial,)))
    here = made(tables, protocol())
    between = time.perf_counter()
    found = attack(here.exact, here.released)
    more = trial % EVERY == 0
    without = len(attack(here.exact, here.exact).recovered) if more else ""
    end = time.perf_counter()
    values = (
        trial, len(tables["allocation"]), found.protected, found.withheld, len(found.declared), len(found.recovered),
        without, found.narrowest, round(between - start, 1), round(end - between, 1), _kinds(found),
        *(_second(tables, here, found, SeedSequence(seed, spawn_key=(trial, 2))) if more else _NONE),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _second(tables: Tables, here: Trial, found: Found, seed: SeedSequence) -> tuple[str, str, int]:
    """What the second release was, whether the ledger refuses one beside the other, and what both tell together."""
    before, plan, kind = earlier(tables, seed)
    two = attack_two(made(before, plan), here)
    return kind, "refused" if two.refused else "let through", len(two.beyond(found))


def _kinds(found: Found) -> str:
    return "; ".join(f"{count} {kind}" for kind, count in sorted(found.kinds().items()))


def run(arguments: argparse.Namespace) -> pd.DataFrame:
    """The rows of all trials asked for, those already in the file as they are there."""
    file = arguments.out / "attack.csv"
    done = pd.read_csv(file) if arguments.resume and file.is_file() else pd.DataFrame(columns=list(COLUMNS))
    rows = done.to_dict("records")
    todo = sorted(set(range(arguments.first, arguments.first + arguments.trials)) - set(done["trial"]))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for row in pool.map(partial(one, seed=arguments.seed), todo):
            rows.append(row)
            table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("trial", ignore_index=True)
            table.to_csv(file, index=False, lineterminator="\n")
            print(row, flush=True)
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("trial", ignore_index=True)


def report(table: pd.DataFrame, seed: int) -> str:
    """The page: what the intruder knows and does, and what came of it."""
    total, two = table.sum(numeric_only=True), table[table["second_release"].fillna("").ne("")]
    through = two[two["refused"].eq("let through")]
    off = pd.to_numeric(table["recovered_without_release"])
    lines = {
        "trials (people)": f"{len(table)} ({table['people'].min()} to {table['people'].max()})",
        "cells of 1 .. 9": f"{total['cells'] + total['declared']:.0f}",
        "of these withheld, or printed nowhere": f"{total['withheld']:.0f}",
        "of these told by the published flow alone": f"{total['declared']:.0f}",
        "the others, which are protected": f"{total['cells']:.0f}",
        "**recovered**": f"**{total['recovered']:.0f}**, in {int((table['recovered'] > 0).sum())} trials",
        f"recovered by the same attack with the release stage off, in every {EVERY}th trial": f"{off.sum():.0f}",
        "narrowest range of a protected cell, in people": f"{table['narrowest'].min():.0f}",
        "second releases, refused by the ledger": f"{len(two)}, {len(two) - len(through)}",
        "recovered from two releases together that the ledger let through": f"{_sum(through):.0f}",
        "recovered from those that it refused, had it not": f"{_sum(two) - _sum(through):.0f}",
        "seconds per trial to make, to attack": f"{table['seconds_to_make'].mean():.1f}, "
        f"{table['seconds_to_attack'].mean():.1f}",
    }
    head = [
        "# Attack on the released results",
        "",
        f"`python benchmarks/attack.py --trials {len(table)} --seed {seed}`; one row per trial in `attack.csv`.",
        "",
        "| | |",
        "|---|---|",
    ]
    return "\n".join([*head, *(f"| {name} | {value} |" for name, value in lines.items()), "", *_TEXT]) + "\n"


def _sum(rows: pd.DataFrame) -> float:
    return float(pd.to_numeric(rows["beyond"]).sum())


_TEXT = (
    "## What the intruder knows",
    "",
    "The rules (rounding, threshold, how curves are made), the definitions and the plan, and every released file: the",
    "store and the curves; `tests/pipeline/test_nothing_beyond_the_store.py` makes every other file again from these",
    "alone, byte for byte, so that none holds more. The intruder is luckier than a real one: an assumption that is",
    "false in a trial is dropped, and where all zeros of a table are printed, what is withheld there is at least 1.",
    "",
    "## What is tried",
    "",
    "- Subtraction: arms, diagnosis and limitation groups, organisations, places, exits, reasons; populations and",
    "  endpoints nested in each other; states and answers of questionnaires, routes and windows of guidance.",
    "- Complements: people with and without the event, of every share that is shown.",
    "- Rounding: every count is an interval; intervals are narrowed by each other.",
    "- Risk tables: who is followed on two days; curves: events between two days from heights and numbers at risk.",
    "- Inversion: ratios and their errors, means of counts, standardised differences, the words of what is missing.",
    "- A second release, interim or without one organisation, less the first.",
    "- Feasible ranges of all protected cells by linear programming (HiGHS), arms, groups and tables together.",
    "",
    "A cell is recovered when its range is narrower than 10 (most less least, in whole people). The attack tests",
    "itself: every relation that follows from the definitions must hold in the exact store, and every range must hold",
    "the truth.",
    "",
    "Published as process counts, and not protected: the flow by arm, people and events of a population by arm, and",
    "what follows from these alone (line `told by the published flow alone`). Of what few people of an arm are in the",
    "flow cannot be more in a group, and is not counted there. Not tried: which of several equally good cells the",
    "release stage would have withheld (its algorithm run backwards), and what an intruder knows of single people.",
)


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first trial")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=1, help="processes; any number gives the same rows")
    parser.add_argument("--resume", action="store_true", help="go on with the file that is there")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    table = run(arguments)
    text = report(table, arguments.seed)
    (arguments.out / "attack.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
