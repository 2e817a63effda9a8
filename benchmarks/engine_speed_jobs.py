"""One timed job of `engine_speed.py`, in a process of its own: JOB ENGINE DATA.npz RUNS, prints one line of JSON.

- Only the job is timed: reading, imports and building the engine's own table come before the clock. The median of the
  runs after a first one, which imports and compiles; the first alone when it took more than 5 seconds.
- Memory is the peak of the process, and what of it came on top of the data and the imports.
- Engines: `ours`, `lifelines`, and `pypi` (the package survival; run by the Python of its own environment, NumPy only).
"""

import json
import os
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

TAU = 281
SEED = 20_261_123
BATCH = 500


def main(job: str, engine: str, path: str, runs: str) -> None:
    """Prepare, time, print."""
    with np.load(path) as stored:
        data = {name: stored[name] for name in stored}
    task = JOBS[job, engine](data)
    before, seconds = now_mb(), []
    for _ in range(1 + int(runs)):
        started, processor = time.perf_counter(), sum(os.times()[:4])
        numbers = task()
        seconds.append((time.perf_counter() - started, sum(os.times()[:4]) - processor))
        if seconds[0][0] > 5:
            break
    wall, processor = (statistics.median(column) for column in zip(*(seconds[1:] or seconds), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": wall, "processor": processor, "peak": peak, "above": peak - before}
    print(json.dumps(found | {"numbers": [float(number) for number in numbers]}))


def now_mb() -> float:
    """Resident memory of this process, MB."""
    with Path("/proc/self/status").open(encoding="ascii") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def design(data: dict) -> np.ndarray:
    """The six columns of the adjusted model."""
    return np.column_stack([data[f"x{k}"] for k in range(6)]).astype(float)


def ours_cox(data: dict):
    """Adjusted stratified Cox model with cluster errors: coefficient and both errors of the arm."""
    from pilot_analysis.models.cox import cox
    from pilot_analysis.models.cox_errors import robust
    from pilot_analysis.models.outcome import Outcome

    columns = design(data)

    def task():
        fit = cox(Outcome.of(0, data["time"], data["state"]), columns, data["stratum"])
        return fit.coef[0], fit.se[0], robust(fit, data["cluster"]).se[0]

    return task


def ours_curves(data: dict):
    """Kaplan-Meier and days not returned of each group: survival on day 182, mean days and its error, first group."""
    from pilot_analysis.models.competing import days_not_returned
    from pilot_analysis.models.outcome import Outcome
    from pilot_analysis.models.product_limit import kaplan_meier, survival_at

    def task():
        outcome = Outcome.of(0, data["time"], data["state"])
        found = []
        for group in range(12):
            part = outcome.take(data["group"] == group)
            mean = days_not_returned(part, TAU)
            found.append((survival_at(kaplan_meier(part), 182)[0], mean.estimate, mean.se))
        return found[0]

    return task


def ours_bootstrap(data: dict, workers: int = 1):
    """Bootstrap within arm and organisation of P1 and of the adjusted hazard ratio: the spread of the replicates."""
    from pilot_analysis.models.resampling import in_batches

    batches = list(in_batches(int(data["replicates"]), BATCH))

    def task():
        if workers == 1:
            drawn = np.concatenate([resampled(data, batch) for batch in batches])
        else:
            with ProcessPoolExecutor(workers) as pool:
                drawn = np.concatenate(list(pool.map(partial(resampled, data), batches)))
        return *np.nanstd(drawn, axis=0, ddof=1), np.isnan(drawn).any(axis=1).sum(), drawn[0, 1]

    return task


def resampled(data: dict, replicates: range) -> np.ndarray:
    """P1 and the log hazard ratio of the arm in some replicates: (replicates, 2)."""
    from pilot_analysis.models.batch import batch_days_not_returned
    from pilot_analysis.models.batch_cox import batch_cox
    from pilot_analysis.models.outcome import Outcome
    from pilot_analysis.models.resampling import as_weights, bootstrap_picks, joint_labels

    outcome, arm = Outcome.of(0, data["time"], data["state"]), data["x0"] == 1
    weights = as_weights(bootstrap_picks(joint_labels(arm, data["stratum"]), replicates, SEED), arm.size)
    first, other = (batch_days_not_returned(outcome.take(side), weights[:, side], TAU)[0] for side in (arm, ~arm))
    ratio = batch_cox(outcome, design(data), weights, data["stratum"])[0][:, 0]
    return np.column_stack([first - other, ratio])


def ours_permutation(data: dict):
    """The re-randomisation test with 199 permutations, as a simulation calls it."""
    from pilot_analysis.models.outcome import Outcome
    from pilot_analysis.models.rerandomisation import rerandomisation_test

    outcome = Outcome.of(0, data["time"], data["state"])
    return lambda: [rerandomisation_test(outcome, data["x0"] == 1, data["stratum"], TAU, 199, SEED).p_value]


def lifelines_table(data: dict):
    """What lifelines takes: a data frame."""
    import pandas as pd

    wanted = ["time", "stratum", "cluster", *(f"x{k}" for k in range(6))]
    return pd.DataFrame({name: data[name] for name in wanted} | {"event": data["state"] == 1})


def lifelines_cox(data: dict):
    """As ours; its cluster errors are 4 % off under ties."""
    from lifelines import CoxPHFitter

    table = lifelines_table(data)

    def task():
        fit = CoxPHFitter().fit(table, "time", "event", strata=["stratum"], cluster_col="cluster")
        return fit.params_["x0"], np.nan, fit.standard_errors_["x0"]

    return task


def lifelines_curves(data: dict):
    """Kaplan-Meier only: its Aalen-Johansen moves tied days at random."""
    from lifelines import KaplanMeierFitter

    def task():
        found = []
        for group in range(12):
            rows = data["group"] == group
            curve = KaplanMeierFitter().fit(data["time"][rows], data["state"][rows] == 1)
            found.append(curve.predict(182))
        return found[0], np.nan, np.nan

    return task


def pypi_cox(data: dict):
    """As ours; the same formula as in R."""
    import survival

    table = {name: data[name].tolist() for name in ("time", "stratum", "cluster", *(f"x{k}" for k in range(6)))}
    table["event"] = (data["state"] == 1).astype(int).tolist()
    terms = " + ".join(f"x{k}" for k in range(6))
    formula = f"Surv(time, event) ~ {terms} + strata(stratum) + cluster(cluster)"

    def task():
        fit = survival.coxph(formula, data=table)
        return fit.coefficients[0], np.sqrt(np.array(fit.naive_var)[0, 0]), np.sqrt(np.array(fit.var)[0, 0])

    return task


def pypi_curves(data: dict):
    """Kaplan-Meier only."""
    import survival

    table = {"time": data["time"].tolist(), "group": data["group"].tolist()}
    table["event"] = (data["state"] == 1).astype(int).tolist()

    def task():
        curves = survival.survfit("Surv(time, event) ~ group", data=table)
        first = curves.strata["group=0"]  # the steps of the first curve
        step = np.searchsorted(np.array(curves.time[:first]), 182, side="right") - 1
        return curves.surv[step], np.nan, np.nan

    return task


JOBS = {
    ("cox", "ours"): ours_cox,
    ("cox", "lifelines"): lifelines_cox,
    ("cox", "pypi"): pypi_cox,
    ("curves", "ours"): ours_curves,
    ("curves", "lifelines"): lifelines_curves,
    ("curves", "pypi"): pypi_curves,
    ("bootstrap", "ours"): ours_bootstrap,
    ("bootstrap", "ours, two processes"): lambda data: ours_bootstrap(data, 2),
    ("permutation", "ours"): ours_permutation,
}

if __name__ == "__main__":
    main(*sys.argv[1:5])
