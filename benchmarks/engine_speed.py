"""Time the engine beside R survival, lifelines and the package survival of PyPI, in one run.

    python benchmarks/engine_speed.py [--sizes 10000 100000 1000000] [--runs 3] [--patience 300] [--replicates 10000]
                                      [--pypi PYTHON] [--out benchmarks]

- Adjusted Cox model (6 columns, 20 strata) with errors by 400 clusters; Kaplan-Meier and days not returned of 12
  groups; case bootstrap of P1 and of the adjusted hazard ratio at n = 240; the re-randomisation test. Whole days of one
  year, heavily tied, leaving as a competing exit.
- Each job is a process of its own (`engine_speed_jobs.py`, `engine_speed.R`) that times the fit alone; nothing runs
  beside it. Smallest size first: an engine that would need more than `--patience` seconds, judged from its last two
  sizes, is not run; what it would need is shown with a ~.
- An engine that is not there is left out. The package of PyPI wants an environment of its own:
  `python3 -m venv FOLDER && FOLDER/bin/pip install survival`, then `--pypi FOLDER/bin/python`.
- Writes engine_speed.md. Data come from a fixed seed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).parents[1]
SEED = 20_261_122
SMALLEST = 5_000
R, OURS, LIFELINES, PYPI = "R survival", "ours", "lifelines", "survival (PyPI)"
STOPPED, HARD_STOP = 124, 4  # exit code of `timeout`; and when: times the patience
R_DAYS = 500  # replicates of the slow R loop; the time of all is proportional


def main() -> None:
    """Run all jobs and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--patience", type=float, default=300)
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--pypi", default=sys.executable)
    parser.add_argument("--out", type=Path, default=PROJECT / "benchmarks")
    chosen = parser.parse_args()
    sizes = sorted({min(SMALLEST, *chosen.sizes), *chosen.sizes})
    with tempfile.TemporaryDirectory() as folder:
        work, engines = Path(folder), there(chosen.pypi)
        tables = {job: by_size(job, engines, sizes, chosen, work) for job in ("cox", "curves")}
        small = bootstraps(engines, chosen, work)
    page = written(chosen, sizes, tables, small)
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "engine_speed.md").write_text(page, encoding="utf-8")
    print(page)


def there(pypi: str) -> dict[str, list[str]]:
    """The command of each engine that this machine has."""
    jobs = str(PROJECT / "benchmarks" / "engine_speed_jobs.py")
    engines = {OURS: [sys.executable, jobs], LIFELINES: [sys.executable, jobs], PYPI: [pypi, jobs]}
    engines[R] = ["Rscript", str(PROJECT / "benchmarks" / "engine_speed.R")]
    probes = {
        LIFELINES: [sys.executable, "-c", "import lifelines"],
        PYPI: [pypi, "-c", "import survival, numpy"],
        R: ["Rscript", "-e", "library(survival)"],
    }
    for engine, probe in probes.items():
        if not shutil.which(probe[0]) or subprocess.run(probe, capture_output=True).returncode:
            print(f"{engine}: not there, left out", file=sys.stderr)
            del engines[engine]
    return engines


def made(n: int, work: Path, replicates: int = 0) -> Path:
    """Write n made-up cases as .npz and .csv; the stem of both."""
    path = work / f"cases_{n}"
    if not path.with_suffix(".npz").exists():
        data = cases(n, np.random.default_rng([SEED, n]))
        np.savez(path.with_suffix(".npz"), replicates=replicates, **data)
        table = np.column_stack(list(data.values()))
        np.savetxt(path.with_suffix(".csv"), table, "%g", ",", header=",".join(data), comments="")
    return path


def cases(n: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Weibull times in whole days up to a year, exits and censoring; fewer organisations and clusters when small."""
    stratum = random.integers(0, min(20, max(2, n // 50)), n)
    cluster = random.integers(0, min(400, max(2, n // 12)), n)
    arm = random.integers(0, 2, n)
    columns = {"x0": arm, "x1": np.rint(random.normal(45, 10, n)) / 10, "x2": random.integers(0, 2, n)}
    columns |= {f"x{k}": (random.random(n) < share).astype(int) for k, share in ((3, 0.3), (4, 0.2), (5, 0.1))}
    log_hazard = 0.3 * arm - 0.1 * columns["x1"] + 0.2 * columns["x3"] + 0.1 * random.normal(size=400)[cluster]
    event = 350 * (random.exponential(size=n) / np.exp(log_hazard)) ** 0.9
    leaving, end = random.exponential(1500, n), random.integers(150, 366, n)
    exact = np.minimum(np.minimum(event, leaving), end)
    state = np.where(exact == event, 1, np.where(exact == leaving, 2, 0))
    time = np.maximum(np.ceil(exact).astype(int), 1)
    return {
        "time": time,
        "state": state,
        **columns,
        "stratum": stratum,
        "cluster": cluster,
        "group": random.integers(0, 12, n),
    }


def measured(command: list[str], patience: float) -> dict | None:
    """Run one job; {"over": seconds} when it was stopped, None when it failed (the reason goes to stderr)."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            ["timeout", str(HARD_STOP * patience), *command], stdout=out, stderr=errors, env=environment, cwd=PROJECT
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode == STOPPED:
            return {"over": HARD_STOP * patience}
        if process.returncode:
            print(f"{' '.join(command[1:4])}: {errors.read()[-400:]}", file=sys.stderr)
            return None
        return {"peak": usage.ru_maxrss / 1024} | json.loads(out.read().splitlines()[-1])


def run(engine: str, engines: dict, job: str, stem: Path, chosen, replicates: int = 0) -> dict | None:
    """One job of one engine on one file."""
    if engine == R:
        return measured([*engines[R], job, f"{stem}.csv", str(chosen.runs), str(replicates)], chosen.patience)
    name = {PYPI: "pypi", LIFELINES: "lifelines"}.get(engine, engine)
    return measured([*engines.get(engine, engines[OURS]), job, name, f"{stem}.npz", str(chosen.runs)], chosen.patience)


def by_size(job: str, engines: dict, sizes: list[int], chosen, work: Path) -> dict[str, dict[int, dict | None]]:
    """For each engine and size what was measured, or {"guess": seconds}, {"over": seconds}, or None: failed."""
    found: dict[str, dict[int, dict | None]] = {engine: {} for engine in engines}
    for n in sizes:
        stem = made(n, work)
        for engine in engines:
            earlier, guess = list(found[engine].values())[-1:], guessed(found[engine], n)
            if earlier and (earlier[0] is None or "over" in earlier[0]):
                found[engine][n] = earlier[0]
            elif guess is not None and guess > chosen.patience:
                found[engine][n] = {"guess": guess}
            else:
                found[engine][n] = run(engine, engines, job, stem, chosen)
            print(f"{job}, n = {n}, {engine}: {seconds_cell(found[engine][n], None)}", file=sys.stderr, flush=True)
    return found


def guessed(found: dict[int, dict], n: int) -> float | None:
    """Seconds at n from the growth between the two largest sizes measured; none with fewer than two."""
    sizes = [size for size in sorted(found) if "seconds" in (found[size] or {})]
    if len(sizes) < 2:
        return None
    last = found[sizes[-1]]["seconds"]
    return last * (n / sizes[-1]) ** max(exponent(found, sizes[-2], sizes[-1]), 1)


def exponent(found: dict[int, dict], small: int, large: int) -> float:
    """Growth exponent of the time between two sizes."""
    return math.log(found[large]["seconds"] / found[small]["seconds"]) / math.log(large / small)


def bootstraps(engines: dict, chosen, work: Path) -> dict[str, dict]:
    """The resampling jobs at n = 240, and the permutation test at n = 350."""
    stem = made(240, work, chosen.replicates)
    found = {name: run(name, engines, "bootstrap", stem, chosen) for name in (OURS, f"{OURS}, two processes")}
    found["permutation"] = run(OURS, engines, "permutation", made(350, work), chosen)
    if R in engines:
        found["hazard_ratios"] = run(R, engines, "hazard_ratios", stem, chosen, chosen.replicates)
        found["days"] = run(R, engines, "days", stem, chosen, min(R_DAYS, chosen.replicates))
    return {name: result for name, result in found.items() if result and "seconds" in result}


def written(chosen, sizes: list[int], tables: dict, small: dict) -> str:
    """The page."""
    lines = ["# Speed of the engine", "", f"`{command_line(chosen)}`, seed {SEED}. Each engine one thread, one process"]
    lines += ["per measurement, the fit alone timed: ratios hold elsewhere, seconds are those of this machine.", ""]
    titles = {
        "cox": "Adjusted Cox model, 6 columns, 20 strata, Efron's ties, errors by 400 clusters",
        "curves": "Kaplan-Meier and days not returned (Aalen-Johansen, with error) of 12 groups",
    }
    for job, found in tables.items():
        lines += [f"## {titles[job]}", "", *size_table(found, sizes), ""]
    lines += [
        "~: not run, from the growth between its two largest sizes (at least linear); >: stopped then, larger ones not",
        "tried. Same numbers: largest relative deviation from ours at the largest size run; lifelines' cluster errors",
        "are off under ties. Of the days R gives the mean alone: its error would need a matrix of cases x days;",
        "lifelines and the package of PyPI draw Kaplan-Meier only.",
        "",
    ]
    return "\n".join(lines + bootstrap_lines(chosen, small) + memory_lines(tables, sizes)) + "\n"


def command_line(chosen) -> str:
    """How this page was made."""
    sizes = " ".join(map(str, chosen.sizes))
    return (
        f"python benchmarks/engine_speed.py --sizes {sizes} --runs {chosen.runs} --patience {chosen.patience:g} "
        f"--replicates {chosen.replicates} --pypi PYTHON"
    )


def size_table(found: dict[str, dict[int, dict]], sizes: list[int]) -> list[str]:
    """Seconds by size, the ratio to ours, the growth exponent and the agreement of each engine."""
    head = ["engine", *(f"n = {n:,}: seconds (ratio to ours)" for n in sizes), "growth exponent", "same numbers"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for engine, by_n in found.items():
        timed = [n for n in sizes if "seconds" in (by_n[n] or {})]
        cells = [seconds_cell(by_n[n], found[OURS][n]) for n in sizes]
        growth = f"{exponent(by_n, *timed[-2:]):.2f} ({timed[-2]:,} to {timed[-1]:,})" if len(timed) > 1 else ""
        lines.append("| " + " | ".join([engine, *cells, growth, agreement(by_n, found[OURS], timed)]) + " |")
    return lines


def seconds_cell(result: dict | None, ours: dict | None) -> str:
    """Seconds, and how many times ours."""
    if result is None:
        return "failed"
    sign = "~" if "guess" in result else ">" if "over" in result else ""
    seconds = next(result[key] for key in ("seconds", "guess", "over") if key in result)
    ratio = f" ({sign}{seconds / ours['seconds']:.3g})" if ours and "seconds" in ours else ""
    return f"{sign}{seconds:.3g}{ratio}"


def agreement(by_n: dict[int, dict], ours: dict[int, dict], timed: list[int]) -> str:
    """Largest relative deviation of the numbers from ours, where the engine has them."""
    if not timed or by_n is ours:
        return ""
    a, b = (np.array(each[timed[-1]]["numbers"]) for each in (by_n, ours))
    return f"{np.nanmax(np.abs(a / b - 1)):.0e}"


def bootstrap_lines(chosen, small: dict) -> list[str]:
    """The table of the resampling jobs."""
    count, few = chosen.replicates, min(R_DAYS, chosen.replicates)
    lines = [f"## {count:,} case-bootstrap replicates at n = 240, within arm and organisation", ""]
    lines += ["| | seconds | processor seconds | se of P1, days | se of log hazard ratio | without a number |"]
    lines += ["|---|---|---|---|---|---|"]
    titles = {
        OURS: "ours, P1 and adjusted stratified hazard ratio",
        f"{OURS}, two processes": "the same, two processes (start included)",
        "hazard_ratios": "R: bare `coxph.fit` in a loop, hazard ratio alone",
        "days": f"R: `survfit` in a loop, P1 alone; {few} replicates, times {count / few:g}",
    }
    for name, title in titles.items():
        if name in small:
            scale = count / few if name == "days" else 1
            days, ratio, missing, _ = small[name]["numbers"]
            times = (f"{small[name][key] * scale:.2f}" for key in ("seconds", "processor"))
            spread = ("" if math.isnan(number) else f"{number:.4g}" for number in (days, ratio))
            lines.append("| " + " | ".join([title, *times, *spread, f"{missing:.0f}"]) + " |")
    lines += ["", "R draws other resamples: its spread differs by chance."]
    if "permutation" in small:
        milliseconds = 1000 * small["permutation"]["seconds"]
        lines += [f"The re-randomisation test, n = 350, 199 permutations: {milliseconds:.2f} ms."]
    return [*lines, ""]


def memory_lines(tables: dict, sizes: list[int]) -> list[str]:
    """Peak memory at the largest size."""
    lines = [f"## Peak memory at n = {sizes[-1]:,}, MB", "", "| engine | Cox | curves |", "|---|---|---|"]
    for engine in tables["cox"]:
        cells = []
        for job in ("cox", "curves"):
            result = tables[job][engine][sizes[-1]] or {}
            above = f" ({result['above']:,.0f} above data and imports)" if "above" in result else ""
            cells.append(f"{result['peak']:,.0f}{above}" if "peak" in result else "not run")
        lines.append(f"| {engine} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
