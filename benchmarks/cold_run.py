"""A whole cold run, environment ready, all formats in both languages, beside two scripts in R on the same outcomes.

    python benchmarks/cold_run.py [--delivery FOLDER] [--runs 3] [--cores 2] [--permutations 9999] [--bootstraps 1999]

- Cold: new output folders each time, so that every stage runs. Without --delivery the synthetic one is made first.
- `reference.R` (survival, survminer) is small: six models, six figures, no report. `reference_whole.R` (survival,
  cmprsk, geepack, lme4, survminer, officer, openxlsx) makes what these packages carry of our content. Both start from
  tables that this pipeline derived. They run where R has their packages; without R: lifelines and matplotlib.
- Re-randomisation and bootstrap in R are loops, as often as the plan asks; --permutations and --bootstraps make them
  shorter. Ours always does the whole plan.
- Runs alternate; ratios are of medians. Processor seconds hold on a busy machine too. Writes benchmarks/cold_run.md.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

PROJECT = Path(__file__).parents[1]
BENCHMARKS = PROJECT / "benchmarks"
OURS, SMALL, WHOLE = "this pipeline, raw files to reports", "`reference.R`", "`reference_whole.R`"
WHOLE_NEEDS = ("survival", "cmprsk", "geepack", "lme4", "sandwich", "survminer", "officer", "openxlsx",
               "rmarkdown")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Wall and processor seconds of a command and its children, and peak memory of the largest process (MB)."""

    wall: float
    processor: float
    memory: float


def main() -> None:
    """Run, print, and write the page."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--delivery", type=Path, help="canonical or described delivery (default: the synthetic one)")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--cores", type=int, default=2)
    options.add_argument("--permutations", type=int, default=9999)
    options.add_argument("--bootstraps", type=int, default=1999)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        delivery = chosen.delivery or synthetic(work / "delivery")
        runs: dict[str, list[Run]] = {}
        for number in range(chosen.runs):
            out = work / f"run{number}"
            runs.setdefault(OURS, []).append(measured(run_command(delivery, out, chosen.cores)))
            for name, command in references(out, work / f"reference{number}", chosen).items():
                runs.setdefault(name, []).append(measured(command))
            last = {name: f"{found[-1].wall:.1f} s ({found[-1].processor:.1f})" for name, found in runs.items()}
            print(f"run {number + 1}: {last}", flush=True)
        page = written(chosen, runs, out, work / f"reference{number}")
    (BENCHMARKS / "cold_run.md").write_text(page, encoding="utf-8")
    print(page)


def synthetic(folder: Path) -> Path:
    """Make the synthetic delivery outside the project, so that making it is not timed."""
    subprocess.run([sys.executable, "-m", "pilot_analysis.cli", "synthetic", str(folder)], check=True, cwd=PROJECT)
    return folder


def run_command(delivery: Path, out: Path, cores: int) -> list[str]:
    """Our whole run: every format, both languages."""
    settings = [f"raw_dir={delivery.resolve()}", f"processed_dir={out}/processed", f"reports_dir={out}/reports"]
    return [
        sys.executable, "-m", "snakemake", "--cores", str(cores), "--nolock",
        "--config", *settings, "language=nl,en",
    ]  # fmt: skip


def references(run: Path, out: Path, chosen: argparse.Namespace) -> dict[str, list[str]]:
    """The scripts beside ours that can run here, on the tables that `run` derived."""
    derived = run / "processed" / "derived"
    outcomes = str(derived / "outcomes.csv")
    if not has_r("survival", "survminer"):
        small = [sys.executable, str(BENCHMARKS / "reference_lifelines.py"), outcomes, str(out / "small")]
        return {"lifelines + matplotlib": small}
    commands = {SMALL: ["Rscript", str(BENCHMARKS / "reference.R"), outcomes, str(out / "small")]}
    if has_r(*WHOLE_NEEDS):
        tables = plain_tables(derived, out / "tables")
        counts = [str(chosen.permutations), str(chosen.bootstraps)]
        commands[WHOLE] = ["Rscript", str(BENCHMARKS / "reference_whole.R"), str(tables), str(out / "whole"), "all"]
        commands[WHOLE] += counts
    return commands


def has_r(*packages: str) -> bool:
    """Whether there is R with these packages."""
    code = "; ".join(f"library({name})" for name in packages)
    return bool(shutil.which("Rscript")) and not subprocess.run(["Rscript", "-e", code], capture_output=True).returncode


def plain_tables(derived: Path, folder: Path) -> Path:
    """Write the derived tables that the large script reads, as CSV; not timed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("outcomes", "cases", "periods"):
        pd.read_parquet(derived / f"{name}.parquet").to_csv(folder / f"{name}.csv", index=False)
    return folder


def measured(command: list[str]) -> Run:
    """Run a command to its end; stop when it fails. Bytecode is kept, as `run.py` has it."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed:\n{output}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def steps(logs: Path) -> dict[str, tuple[float, float, float]]:
    """Wall and processor seconds and MB of each step of the last run, as Snakemake measured them."""
    found = {}
    for path in sorted(logs.glob("*.time.tsv")):
        with path.open() as handle:
            row = next(csv.DictReader(handle, delimiter="\t"))
        values = (float(row[name]) if row[name] not in ("NA", "-") else 0.0 for name in ("s", "cpu_time", "max_rss"))
        found[path.name.removesuffix(".time.tsv")] = tuple(values)
    return found


def content(folder: Path, estimates: Path) -> dict[str, int]:
    """What a run made: files of each kind below `folder`, and rows of estimates."""
    kinds = {"figures as SVG": "svg", "as PNG": "png", "Word": "docx", "HTML, with pages per employer": "html"}
    kinds["workbooks"] = "xlsx"
    found = {label: len(list(folder.rglob(f"*.{kind}"))) for label, kind in kinds.items()}
    found["PDF of figures"] = len([path for path in folder.rglob("*.pdf") if path.parent != folder])
    found["PDF reports"] = len(list(folder.glob("*.pdf")))
    found["rows of estimates"] = len(pd.read_csv(estimates)) if estimates.is_file() else 0
    return found


def line(name: str, runs: list[Run]) -> str:
    """A row of the table of whole runs."""
    each = ", ".join(f"{run.wall:.1f}" for run in runs)
    wall, processor = (statistics.median(getattr(run, what) for run in runs) for what in ("wall", "processor"))
    return f"| {name} | {wall:.1f} ({each}) | {processor:.1f} | {max(run.memory for run in runs):.0f} |"


def ratios(runs: dict[str, list[Run]]) -> str:
    """Ours over each reference, wall and processor seconds."""

    def median(name: str, what: str) -> float:
        return statistics.median(getattr(run, what) for run in runs[name])

    said = [
        f"beside {name} {median(OURS, 'wall') / median(name, 'wall'):.2f} of the wall seconds and "
        f"{median(OURS, 'processor') / median(name, 'processor'):.2f} of the processor seconds"
        for name in runs if name != OURS
    ]  # fmt: skip
    return "Ours takes, by medians, " + "; ".join(said) + "."


def written(chosen: argparse.Namespace, runs: dict[str, list[Run]], out: Path, reference: Path) -> str:
    """The page."""
    made = {
        OURS: content(out / "reports", out / "processed" / "estimates.csv"),
        SMALL: content(reference / "small", reference / "small" / "estimates.csv"),
        WHOLE: content(reference / "whole", reference / "whole" / "estimates.csv"),
    }
    kinds = list(made[OURS])
    lines = [
        "# A whole cold run",
        "",
        f"`python benchmarks/cold_run.py --runs {chosen.runs} --cores {chosen.cores} --permutations "
        f"{chosen.permutations} --bootstraps {chosen.bootstraps}`, environment ready, delivery "
        f"`{chosen.delivery.name if chosen.delivery else 'synthetic, 240 people'}`, all formats, Dutch and English. "
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.",
        "",
        "| | wall seconds, median (all) | processor seconds, median | peak memory, MB |",
        "|---|---|---|---|",
        *(line(name, found) for name, found in runs.items()),
        "",
        ratios(runs),
        "",
        "## What each makes",
        "",
        f"| | {' | '.join(kinds)} |",
        f"|---|{'---|' * len(kinds)}",
        *(f"| {name} | {' | '.join(str(made[name][kind]) for kind in kinds)} |" for name in made if name in runs),
        "",
        *EXPLAINED,
        "",
        *parts(reference / "whole" / "seconds.csv"),
        "## Where our time goes",
        "",
        "| step of the last run | wall seconds | processor seconds | peak memory, MB |",
        "|---|---|---|---|",
        *(f"| {step} | {wall:.1f} | {own:.1f} | {memory:.0f} |" for step, (wall, own, memory) in
          steps(out / "processed" / "logs").items()),
        "",
        "Steps run side by side where they can. Snakemake reads a process's seconds now and then: of short steps it",
        "misses the last ones.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


EXPLAINED = (
    "`reference.R` starts from our outcomes table: per endpoint and two clocks a Kaplan-Meier figure, a log-rank",
    "test, a restricted mean and a Cox model. It has no intake, derivation, groups, AO%, release, tables or",
    "report, and one language.",
    "",
    "`reference_whole.R` starts from our tables of cases, outcomes and AO% periods. It has, for three endpoints",
    "and three populations: Kaplan-Meier by arm and group with medians, restricted means, Aalen-Johansen, days",
    "not returned with errors from pseudo-values and adjusted, log-rank plain and stratified, Gray, Fine-Gray,",
    "Cox unadjusted, adjusted, clustered, piecewise and of leaving, the jackknife over clusters, constancy,",
    "effects within groups with their tests; GEE and mixed models of AO%; re-randomisation and bootstrap as often",
    "as the command above says (the plan: 9,999 and 1,999). Of our figures it draws the 15 that survminer and ggplot2",
    "carry, each as SVG, PNG (300 dpi) and PDF in two languages; Word with tables and figures, HTML and a",
    "workbook in two languages. It leaves out: intake and checks, derivation, the second engine, disclosure",
    "control, the other figures (flow, cost, states, relapse, questionnaires, business case, theories of change,",
    "cards), costs, questionnaires, timing, process and recovery, Fleming-Harrington's test, the report as PDF,",
    "pages per employer, trace.",
)


def parts(seconds: Path) -> list[str]:
    """Where the large script spends its time."""
    if not seconds.is_file():
        return []
    rows = pd.read_csv(seconds)
    head = ["## Where the time of `reference_whole.R` goes", "", "| part | wall seconds | processor seconds |"]
    shown = [f"| {row.part} | {row.seconds:.1f} | {row.processor:.1f} |" for row in rows.itertuples()]
    return [*head, "|---|---|---|", *shown, ""]


if __name__ == "__main__":
    main()
