"""A whole cold run, environment ready: wall seconds, peak memory, where the time goes, beside a reference script.

    python benchmarks/cold_run.py [--delivery FOLDER] [--runs 3] [--cores 2]

- Cold: new output folders each time, so that every stage runs. Without --delivery the synthetic one is made first.
- The reference is benchmarks/reference.R (survival, survminer) where R has both, else the same content with lifelines
  and matplotlib. It starts from our derived outcomes: it reads and derives nothing, with part of the content.
- Runs alternate ours, reference, ours, ...; the ratio is of medians. Writes benchmarks/cold_run.md.
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
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def main() -> None:
    """Run, print, and write the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--delivery", type=Path, help="canonical or described delivery (default: the synthetic one)")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--cores", type=int, default=2)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        delivery = chosen.delivery or synthetic(work / "delivery")
        ours, theirs = [], []
        for number in range(chosen.runs):
            out = work / f"run{number}"
            ours.append(measured(run_command(delivery, out, chosen.cores)))
            name, command = reference(out / "processed" / "derived" / "outcomes.csv", work / f"reference{number}")
            theirs.append(measured(command))
            print(f"run {number + 1}: ours {ours[-1][0]:.1f} s, {name} {theirs[-1][0]:.1f} s", flush=True)
        page = written(chosen, name, ours, theirs, stages(out / "processed" / "logs"))
    (PROJECT / "benchmarks" / "cold_run.md").write_text(page, encoding="utf-8")
    print(page)


def synthetic(folder: Path) -> Path:
    """Make the synthetic delivery outside the project, so that making it is not timed."""
    subprocess.run([sys.executable, "-m", "pilot_analysis.cli", "synthetic", str(folder)], check=True, cwd=PROJECT)
    return folder


def run_command(delivery: Path, out: Path, cores: int) -> list[str]:
    """Our whole run."""
    settings = [f"raw_dir={delivery.resolve()}", f"processed_dir={out}/processed", f"reports_dir={out}/reports"]
    return [sys.executable, "-m", "snakemake", "--cores", str(cores), "--config", *settings]


def reference(outcomes: Path, out: Path) -> tuple[str, list[str]]:
    """The reference script: R where it has survival and survminer, else lifelines."""
    has_r = (
        shutil.which("Rscript")
        and not subprocess.run(
            ["Rscript", "-e", "library(survival); library(survminer)"], capture_output=True
        ).returncode
    )
    folder = PROJECT / "benchmarks"
    if has_r:
        return "R survival + survminer", ["Rscript", str(folder / "reference.R"), str(outcomes), str(out)]
    return "lifelines + matplotlib", [sys.executable, str(folder / "reference_lifelines.py"), str(outcomes), str(out)]


def measured(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MB, the largest single process) of a command and its children."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed:\n{output}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def stages(logs: Path) -> dict[str, tuple[float, float]]:
    """Seconds and MB of each step of the last run, as Snakemake measured them."""
    found = {}
    for path in sorted(logs.glob("*.time.tsv")):
        with path.open() as handle:
            row = next(csv.DictReader(handle, delimiter="\t"))
        found[path.name.removesuffix(".time.tsv")] = (float(row["s"]), float(row["max_rss"]))
    return found


def listed(seconds) -> str:
    """Seconds of each run."""
    return ", ".join(f"{value:.1f}" for value in seconds)


def written(chosen: argparse.Namespace, name: str, ours: list, theirs: list, steps: dict) -> str:
    """The page."""
    wall = [statistics.median(run[0] for run in runs) for runs in (ours, theirs)]
    rest = wall[0] - sum(seconds for seconds, _ in steps.values())
    lines = [
        "# A whole cold run",
        "",
        f"`python benchmarks/cold_run.py --runs {chosen.runs} --cores {chosen.cores}`, environment ready, delivery "
        f"`{chosen.delivery.name if chosen.delivery else 'synthetic, 240 people'}`, one language.",
        "",
        "| | wall seconds, median (all) | peak memory, MB |",
        "|---|---|---|",
        *(
            f"| {label} | {median:.1f} ({listed(run[0] for run in runs)}) | {max(run[1] for run in runs):.0f} |"
            for label, median, runs in zip(
                ("this pipeline, raw files to report", name), wall, (ours, theirs), strict=True
            )
        ),
        "",
        f"Ratio of medians: {wall[0] / wall[1]:.2f}. The reference draws six of our sixteen figures, fits six models",
        "from our outcomes table; it has no intake, derivation, groups, AO% curves, tables or report.",
        "",
        "| step of the last run | seconds | peak memory, MB |",
        "|---|---|---|",
        *(f"| {step} | {seconds:.1f} | {memory:.0f} |" for step, (seconds, memory) in steps.items()),
        f"| Snakemake itself, less what ran side by side | {rest:.1f} | |",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
