"""Do the tests and intervals hold what they promise? Type I error and coverage over 108 settings, no cell skipped.

    python benchmarks/validity.py [--replicates 5000] [--workers 2] [--resume DIR] [--cells 0 3 10-20] [--out DIR]

- Settings: n allocated x clusters x censoring x effect x heterogeneity of the effect over clusters; validity_trial.py
  draws the trials and sums up the true values, validity_report.py judges and writes the tables.
- Every trial is analysed with the functions of the product and its rules of what is not estimable: P1, P2, the adjusted
  Cox model at the landmark, and the re-randomisation test of P1.
- Gate: 93.5-96.5 % coverage and 3.5-6.5 % type I error where theory promises 95 and 5: no heterogeneity, 100 or more
  analysed on average, censoring up to 40 %. The rest is shown without a verdict.
- Does the gate see an error? The same trials with every variance 20 % too small must fail it.
- Each trial has its own child of one SeedSequence: neither workers nor chunks change a number. With --resume, finished
  cells are kept in DIR, and found again as long as models, benchmark and NumPy are the same.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import validity_trial
from numpy.random import SeedSequence
from validity_report import report, table_of
from validity_trial import (
    CAS_GROUPS,
    CELLS,
    LANDMARK,
    LAST_DAY,
    PERMUTATIONS,
    SEED,
    TAU_ENROLMENT,
    TAU_LANDMARK,
    Cell,
    Trial,
    simulate,
)

from pilot_analysis.estimate.adjusted import adjusted_model
from pilot_analysis.estimate.populations import Population
from pilot_analysis.models.arithmetic import difference
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.cox import cox
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, Outcome
from pilot_analysis.models.product_limit import n_at_risk_at
from pilot_analysis.models.rerandomisation import rerandomisation_test

ROOT = Path(__file__).resolve().parents[1]
REPLICATES, CHUNK = 5_000, 125
MIN_AT_RISK, NO_SPREAD = 5, 1e-12  # as the protocol and estimate.means say: tests/recovery/test_validity.py
_MISSING = (np.nan, np.nan)


def analyse(cell: Cell, replicate: int) -> tuple[float, ...]:
    """Draw one trial and analyse it: the `COLUMNS` of validity_trial, NaN where not estimable."""
    trial = simulate(cell, SeedSequence(SEED, spawn_key=(cell.number, replicate)))
    everyone = Outcome.of(np.zeros_like(trial.time), trial.time - trial.entry, trial.state)
    chosen = trial.time > LANDMARK
    members = Trial(*(column[chosen] for column in trial))
    late = Outcome.of(np.zeros_like(members.time), members.time - LANDMARK, members.state)
    p1 = mean_difference(late, members.arm, TAU_LANDMARK)
    seed = SeedSequence(SEED, spawn_key=(cell.number, replicate, 1))
    p_value = rerandomised(late, members, seed) if np.isfinite(p1[0]) else np.nan
    censored = float(np.mean((trial.state == CENSORED) & (trial.time < LAST_DAY)))
    p2 = mean_difference(everyone, trial.arm, TAU_ENROLMENT)
    return (*p1, *p2, *adjusted_log_ratio(late, members), p_value, float(chosen.sum()), censored)


def mean_difference(outcome: Outcome, arm: np.ndarray, tau: int) -> tuple[float, float]:
    """Estimate and se of the difference in days not returned, under the rules of `estimate.means`."""
    means = []
    for side in (1, 0):
        one = outcome.take(arm == side)
        if not supported(one, tau):
            return _MISSING
        means.append(days_not_returned(one, tau))
        if means[-1].se <= NO_SPREAD * tau:
            return _MISSING
    return difference(*means)


def supported(outcome: Outcome, tau: int) -> bool:
    """Return whether there is an event up to tau, and enough at risk at tau or nobody who could still have it."""
    if not (outcome.cause_specific & (outcome.time <= tau)).any():
        return False
    if n_at_risk_at(outcome, tau) >= MIN_AT_RISK:
        return True
    last = outcome.time.max()
    return bool(last <= tau and np.all(outcome.state[outcome.time == last] != CENSORED))


def adjusted_log_ratio(outcome: Outcome, people: Trial) -> tuple[float, float]:
    """Log hazard ratio and se of the arm, as `estimate.adjusted`.

    The model is fitted directly; where that is refused, the product's own rules decide: a covariate without a finite
    ratio becomes a stratum, and what remains may be estimable.
    """
    groups = [people.cas == CAS_GROUPS.index(name) for name in CAS_GROUPS if name != "other"]
    design = np.column_stack([people.arm, people.age / 10, people.male, *groups])
    try:
        fit = cox(outcome, design, people.organisation)
    except NotEstimable:
        model = adjusted_model(as_population(outcome, people, "landmark_84", TAU_LANDMARK))
        if model.why_not("arm"):
            return _MISSING
        at = model.position("arm")
        return float(model.fit.coef[at]), float(model.fit.se[at])
    return float(fit.coef[0]), float(fit.se[0])


def as_population(outcome: Outcome, people: Trial, name: str, horizon: int) -> Population:
    """Return what the estimation stage takes."""
    origin = "landmark" if name.startswith("landmark") else "enrolment"
    frame = pd.DataFrame(
        {
            "arm": np.where(people.arm == 1, "intervention", "control"),
            "age_10": people.age / 10,
            "male": people.male,
            "cas_group": np.array(CAS_GROUPS)[people.cas],
            "organisation": people.organisation,
        }
    )
    return Population("full_rtw", name, origin, horizon, outcome, frame, people.organisation.astype(object))


def rerandomised(outcome: Outcome, people: Trial, seed: SeedSequence) -> float:
    """P value of the re-randomisation test; NaN where it is not estimable."""
    arm, place = people.arm == 1, people.organisation
    try:
        return rerandomisation_test(outcome, arm, place, TAU_LANDMARK, PERMUTATIONS, seed).p_value
    except NotEstimable:
        return np.nan


def analyse_chunk(task: tuple[Cell, int, int]) -> np.ndarray:
    """Analyse the replicates first .. last - 1 of a cell; shape (replicates, columns)."""
    cell, first, last = task
    return np.array([analyse(cell, replicate) for replicate in range(first, last)])


def analyse_cells(cells: list[Cell], replicates: int, workers: int, folder: Path | None) -> dict[Cell, np.ndarray]:
    """Analyse every replicate of every cell; those found in `folder` are not computed again."""
    found = {cell: kept for cell in cells if (kept := _kept(folder, cell, replicates)) is not None}
    missing = [cell for cell in cells if cell not in found]
    tasks = [(cell, at, min(at + CHUNK, replicates)) for cell in missing for at in range(0, replicates, CHUNK)]
    print(f"{len(found)} cells kept, {len(missing)} to do", file=sys.stderr, flush=True)
    parts: list[np.ndarray] = []
    for (cell, _, last), part in zip(tasks, _progress(_chunks(tasks, workers), len(tasks)), strict=True):
        parts.append(part)
        if last == replicates:
            found[cell], parts = np.concatenate(parts), []
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                np.save(_place(folder, cell, replicates), found[cell])
    return {cell: found[cell] for cell in cells}


def _chunks(tasks: list[tuple[Cell, int, int]], workers: int) -> Iterator[np.ndarray]:
    if workers == 1:
        yield from map(analyse_chunk, tasks)
        return
    # A thread of BLAS per worker: fresh processes read these when they load NumPy.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(analyse_chunk, tasks)


def _progress(parts: Iterator[np.ndarray], total: int) -> Iterator[np.ndarray]:
    started = told = time.monotonic()
    for done, part in enumerate(parts, start=1):
        yield part
        now = time.monotonic()
        if now - told >= 20 or done == total:
            told, left = now, (now - started) / done * (total - done)
            spent = f"{(now - started) / 60:.1f} min, {left / 60:.1f} min left"
            print(f"{done} of {total} chunks, {spent}", file=sys.stderr, flush=True)


def _place(folder: Path, cell: Cell, replicates: int) -> Path:
    return folder / f"{_fingerprint()}_{replicates}_{cell.number:03d}.npy"


def _kept(folder: Path | None, cell: Cell, replicates: int) -> np.ndarray | None:
    if folder is None or not _place(folder, cell, replicates).exists():
        return None
    return np.load(_place(folder, cell, replicates))


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """Of everything that makes the numbers: models in use, benchmark, NumPy."""
    ours = [module for name, module in sys.modules.items() if name.startswith("pilot_analysis.models.")]
    files = sorted({str(module.__file__) for module in ours} | {str(validity_trial.__file__), __file__})
    text = b"".join(Path(file).read_bytes() for file in files) + np.__version__.encode()
    return hashlib.sha256(text).hexdigest()[:12]


def chosen_cells(words: list[str]) -> list[Cell]:
    """Cells by number, `3` or `10-20`; all of them without a word."""
    if not words:
        return list(CELLS)
    numbers = set()
    for word in words:
        first, _, last = word.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return [cell for cell in CELLS if cell.number in numbers]


def main() -> None:
    """Run, print and write `validity.csv` and `validity.md`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cells", nargs="*", default=[])
    parser.add_argument("--resume", type=Path, help="folder outside the project that keeps finished cells")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks")
    arguments = parser.parse_args()
    cells = chosen_cells(arguments.cells)
    table = table_of(analyse_cells(cells, arguments.replicates, arguments.workers, arguments.resume))
    arguments.out.mkdir(parents=True, exist_ok=True)
    written = arguments.out / "validity.csv"
    table.to_csv(written, index=False, float_format="%.6g", lineterminator="\n")
    some = f" --cells {' '.join(arguments.cells)}" if arguments.cells else ""
    command = f"python benchmarks/validity.py --replicates {arguments.replicates}{some}"
    text = report(pd.read_csv(written), command)  # what is read, not what was in memory: both files say the same
    (arguments.out / "validity.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
