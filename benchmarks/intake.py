"""How intake and validation, and derivation, grow with the number of cases, beside plain readers of the same files.

    python benchmarks/intake.py [--sizes 10000 100000 1000000] [--runs 1] [--folder FOLDER]

- Each measurement is a process of its own (intake_stages.py, intake_fread.R): seconds of the work without imports, and
  peak resident memory (ru_maxrss) of the process. The stages alternate; figures are medians of the runs.
- The growth exponent is the slope of log(processor seconds), which other work on the machine disturbs less than the
  clock, or of log(memory above that after imports), on log(cases): 1 is linear. Fixed parts pull it below 1.
- Needs about 1 GB of disk in --folder (default: the temporary folder) at a million cases. Writes benchmarks/intake.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
STAGES = {
    "intake": "intake and validation",
    "write": "validated tables written",
    "derive": "derive, from the validated tables",
    "pandas": "pandas `read_csv` + pandera, same schemas",
    "fread": "data.table `fread`, no checks",
}
Measured = dict[str, float]


def main() -> None:
    """Run, print, and write the page."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--runs", type=int, default=1)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    found = {size: measured(size, chosen.runs, chosen.folder) for size in sorted(set(chosen.sizes))}
    page = written(found, chosen.runs)
    (HERE / "intake.md").write_text(page, encoding="utf-8")
    print(page)


def measured(size: int, runs: int, folder: Path | None) -> dict[str, Measured]:
    """Medians of every stage at one size."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        delivery, validated = Path(temporary, "delivery"), Path(temporary, "validated")
        run_stage("make", delivery, size)
        rounds: list[dict[str, Measured]] = []
        for _ in range(runs):
            found = run_stage("intake", delivery, validated) | run_stage("derive", validated)
            found |= run_stage("pandas", delivery) | (run_fread(delivery) if has_fread() else {})
            rounds.append(found)
            told = ", ".join(f"{stage} {result['seconds']:.1f} s" for stage, result in found.items())
            print(f"{size} cases: {told}", flush=True)
    return {
        stage: {key: statistics.median(found[stage][key] for found in rounds) for key in rounds[0][stage]}
        for stage in rounds[0]
    }


def run_stage(stage: str, *arguments: Path | int) -> dict[str, Measured]:
    """One stage of ours, or of pandas, in a process of its own: rows, seconds, memory (kB)."""
    return run([sys.executable, str(HERE / "intake_stages.py"), stage, *map(str, arguments)])


def run_fread(delivery: Path) -> dict[str, Measured]:
    """`fread` of every file."""
    return run(["Rscript", str(HERE / "intake_fread.R"), str(delivery)])


def run(command: list[str]) -> dict[str, Measured]:
    """What a process writes as the last line of its output, as JSON."""
    # This process must stay small: on Linux a child's ru_maxrss begins at what its parent holds when it starts.
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    return json.loads(done.stdout.splitlines()[-1])


def has_fread() -> bool:
    """Whether R with data.table is there."""
    test = ["Rscript", "-e", "library(data.table)"]
    return shutil.which("Rscript") is not None and not subprocess.run(test, capture_output=True).returncode


def slope(sizes: list[int], values: list[float]) -> float:
    """Least-squares slope of log(value) on log(size)."""
    x, y = [math.log(size) for size in sizes], [math.log(max(value, 1e-9)) for value in values]
    middle = statistics.fmean(x)
    return sum((a - middle) * b for a, b in zip(x, y, strict=True)) / sum((a - middle) ** 2 for a in x)


def written(found: dict[int, dict[str, Measured]], runs: int) -> str:
    """The page: ratios, exponents, then the figures of this machine."""
    sizes = list(found)
    stages = [stage for stage in STAGES if stage in found[sizes[0]]]
    others = [stage for stage in ("pandas", "fread") if stage in stages]
    heads = [f"{what} / {STAGES[other]}" for other in others for what in ("time", "processor time", "memory")]
    lines = [
        "# Intake at scale", "",
        f"`python benchmarks/intake.py --sizes {' '.join(map(str, sizes))} --runs {runs}`: canonical CSV; per case ten",
        "AO% rows, 1.3 spells, half an FML and one row of allocation, cases and diagnoses; rows in order of date.",
        "Every measurement is a process of its own.", "",
        "Intake and validation as a multiple of plain readers, in the same run:", "",
        table(["cases", "rows", *heads], [ratios(size, found[size], others) for size in sizes]), "",
        "The plain readers do less: they take this one format only, say neither file nor line of what they find,",
        "compare no tables and look for no personal data; `fread` checks nothing at all.", "",
    ]  # fmt: skip
    if len(sizes) > 1:
        last = f"{sizes[-2]} to {sizes[-1]}"
        heads = [
            f"{what}, {part}" for what in ("processor time", "memory above imports") for part in ("all sizes", last)
        ]
        lines += ["Growth exponents (1 = linear), of memory above what imports take:", ""]
        lines += [table(["", *heads], [growth(stage, found) for stage in stages]), ""]
    heads = ["", "cases", "seconds", "processor seconds", "rows per second", "peak memory, MB", "bytes per row"]
    lines += ["Figures of one machine, with two cores shared with other work (rows per second of the clock):", ""]
    lines += [table(heads, [figures(stage, size, found[size][stage]) for stage in stages for size in sizes])]
    return "\n".join(lines) + "\n"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])


def ratios(size: int, found: dict[str, Measured], others: list[str]) -> list[str]:
    """Our time and memory over those of the others."""
    ours, keys = found["intake"], ("seconds", "processor", "peak")
    ratio = [f"{ours[key] / max(found[other][key], 1e-3):.1f}" for other in others for key in keys]
    return [str(size), f"{ours['rows']:.0f}", *ratio]


def growth(stage: str, found: dict[int, dict[str, Measured]]) -> list[str]:
    """Exponents of one stage."""
    sizes, results = list(found), [sizes[stage] for sizes in found.values()]
    seconds = [result["processor"] for result in results]
    memory = [result["peak"] - result["base"] for result in results]
    parts = (slice(None), slice(-2, None))
    return [STAGES[stage], *(f"{slope(sizes[part], of[part]):.2f}" for of in (seconds, memory) for part in parts)]


def figures(stage: str, size: int, result: Measured) -> list[str]:
    """Seconds and memory of one stage at one size."""
    speed, share = result["rows"] / result["seconds"], 1024 * (result["peak"] - result["base"]) / result["rows"]
    seconds = [f"{result[key]:.1f}" for key in ("seconds", "processor")]
    return [STAGES[stage], str(size), *seconds, f"{speed:,.0f}", f"{result['peak'] / 1024:,.0f}", f"{share:.0f}"]


if __name__ == "__main__":
    main()
