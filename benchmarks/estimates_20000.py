"""Estimates of 20,000 people: the step `estimate` beside R on the same derived tables.

    python benchmarks/estimates_20000.py [--cases 20000] [--permutations 20] [--bootstraps 20] [--derived FOLDER]

- The delivery is made and derived first (or taken from --derived, a `processed_dir`); neither is timed.
- Both have one process and one thread; processor seconds, which hold on a busy machine too, and wall seconds.
- R: `reference_whole.R`, estimates only. Its re-randomisation and bootstrap are loops whose time is proportional: few
  are run (--permutations, --bootstraps) and the time of the plan's 9,999 and 1,999 is worked out of them.
- Ours: the whole step, with more in it than R has; and the part that R has too, alone.
- Numbers of both are compared. Writes estimates_20000.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parents[1]
TABLES = ("cases", "periods", "outcomes", "flow", "costs", "wage_values", "guidance", "process")
SURVEYS = ("survey", "survey_items", "survey_waves")
KEYS = ["endpoint", "population", "origin"]
SAME = {
    ("cox_unadjusted", "armintervention"): ("cox_unadjusted", "hazard_ratio", "intervention / control"),
    ("cox_adjusted", "armintervention"): ("cox_adjusted", "hazard_ratio", "intervention / control"),
    ("cox_adjusted_jackknife", "armintervention"): ("cox_adjusted_jackknife", "hazard_ratio", "intervention / control"),
    ("days_not_returned", "mean_difference"): ("days_not_returned", "mean_difference", "intervention - control"),
    ("days_not_returned_adjusted", "mean_difference"): (
        "days_not_returned_adjusted", "mean_difference", "intervention - control",
    ),
    ("rmst", "rmst_difference"): ("rmst", "rmst_difference", "intervention - control"),
    ("logrank", "logrank"): ("logrank", "logrank", "all"),
    ("logrank", "logrank_stratified"): ("logrank", "logrank_stratified", "all"),
    ("cuminc", "gray"): ("cuminc", "gray", "all"),
}  # fmt: skip


def main() -> None:
    """Make the tables, time both, compare, and write the page."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, default=20_000)
    options.add_argument("--permutations", type=int, default=20)
    options.add_argument("--bootstraps", type=int, default=20)
    options.add_argument("--derived", type=Path, help="processed_dir of a run, instead of making one")
    options.add_argument("--ours", choices=("whole", "same"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.ours:
        print(json.dumps(ours(chosen.derived, chosen.ours)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        processed = chosen.derived or derived(work, chosen.cases)
        page = measured(processed, work, chosen)
    (PROJECT / "benchmarks" / "estimates_20000.md").write_text(page, encoding="utf-8")
    print(page)


def derived(work: Path, cases: int) -> Path:
    """Make a delivery and derive it."""
    made, processed = work / "delivery", work / "processed"
    command = [sys.executable, "-m", "pilot_analysis.cli", "synthetic", str(made), "--cases", str(cases)]
    subprocess.run(command, check=True, cwd=PROJECT)
    settings = [f"raw_dir={made}", f"processed_dir={processed}", f"reports_dir={work}/reports", "strict=false"]
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--nolock", f"{processed}/derived/cases.parquet"]
    subprocess.run([*command, "--config", *settings], check=True, cwd=PROJECT)
    return processed


def ours(processed: Path, what: str) -> dict[str, float]:
    """Time our estimates: the `whole` step as planned, or what R has too (`same`)."""
    from pilot_analysis import io
    from pilot_analysis.config import load_protocol

    protocol = load_protocol(PROJECT / "config" / "protocol.yaml")
    tables = {name: io.read_table(processed / "derived" / f"{name}.parquet") for name in TABLES + SURVEYS}
    others = ("summary", "issues", "interview_themes")
    tables |= {name: io.read_table(processed / "validated" / f"{name}.parquet") for name in others}
    start = time.perf_counter(), time.process_time()
    number = whole(tables, protocol) if what == "whole" else same(tables, protocol)
    seconds = {"wall": time.perf_counter() - start[0], "processor": time.process_time() - start[1]}
    return seconds | {"rows": number, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def whole(tables: dict, protocol) -> int:
    """Everything that the plan asks for, 9,999 allocations and 1,999 bootstrap samples included."""
    from pilot_analysis.estimate import estimate

    return len(estimate(**tables, protocol=protocol).estimates)


def same(tables: dict, protocol) -> int:
    """Curves, tests and models of return and of AO%, in every population; nothing is drawn by chance."""
    from pilot_analysis.estimate import adjusted, ao_models, competing, diagnostics, hazards, means, survival
    from pilot_analysis.estimate.populations import populations

    rows = []
    for population in populations(tables["cases"], tables["outcomes"], protocol):
        plain, model = hazards.unadjusted_model(population), adjusted.adjusted_model(population)
        rows += hazards.unadjusted_rows(population, protocol, plain)
        rows += adjusted.adjusted_rows(population, protocol, model)
        rows += adjusted.clustered_rows(population, protocol, model)
        rows += diagnostics.ph_rows(population, protocol, plain, model)
        if population.origin == "t0":
            rows += hazards.piecewise_rows(population, protocol)
            continue
        for build in (survival.km_rows, survival.logrank_rows, means.mean_rows, means.adjusted_days_rows,
                      competing.cuminc_rows, competing.fine_gray_rows, competing.leaving_rows):  # fmt: skip
            rows += build(population, protocol)
        if population.is_landmark:
            rows += hazards.interaction_rows(population, protocol)
        if population.endpoint == "full_rtw" and population.population != "landmark_91":
            rows += ao_models.ao_gee_rows(population, tables["periods"], protocol)
    return len(rows)


def measured(processed: Path, work: Path, chosen: argparse.Namespace) -> str:
    """Time both and write the page."""
    import pandas as pd

    tables, out = work / "tables", work / "out"
    tables.mkdir(parents=True, exist_ok=True)
    for name in ("outcomes", "cases", "periods"):
        pd.read_parquet(processed / "derived" / f"{name}.parquet").to_csv(tables / f"{name}.csv", index=False)
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    found = {}
    for what in ("same", "whole"):
        command = [sys.executable, __file__, "--derived", str(processed), "--ours", what]
        said = subprocess.run(command, check=True, env=alone, stdout=subprocess.PIPE, text=True).stdout
        found[what] = json.loads(said)
    script = ["Rscript", str(PROJECT / "benchmarks" / "reference_whole.R"), str(tables), str(out), "estimates"]
    subprocess.run([*script, str(chosen.permutations), str(chosen.bootstraps)], check=True, env=alone)
    parts = pd.read_csv(out / "seconds.csv").set_index("part")
    return written(chosen, processed, found, parts, pd.read_csv(out / "estimates.csv"))


def written(chosen: argparse.Namespace, processed: Path, found: dict, parts, theirs) -> str:
    """The page."""
    import pandas as pd

    chance = {
        "estimates: re-randomisation": 9999 / chosen.permutations,
        "estimates: bootstrap": 1999 / chosen.bootstraps,
    }
    models = parts.drop(index=[*chance, "read"]).sum()
    drawn = sum(parts.loc[part] * times for part, times in chance.items())
    total = {what: models[what] + drawn[what] for what in models.index}
    same, everything = found["same"], found["whole"]
    people = len(pd.read_parquet(processed / "derived" / "cases.parquet"))
    lines = [
        f"# Estimates of {people:,} people",
        "",
        f"`python benchmarks/estimates_20000.py --cases {chosen.cases} --permutations {chosen.permutations} "
        f"--bootstraps {chosen.bootstraps}`; one process, one thread each; load at the end {os.getloadavg()[0]:.1f} on "
        f"{os.cpu_count()} processors, so read the processor seconds.",
        "",
        "| | rows | processor seconds | wall seconds | ours / R, processor |",
        "|---|---|---|---|---|",
        f"| R: curves, tests, models of return and of AO% | {len(theirs):,} | {models['processor']:.1f} | "
        f"{models['seconds']:.1f} | |",
        f"| ours: the same content | {same['rows']:,} | {same['processor']:.1f} | {same['wall']:.1f} | "
        f"{same['processor'] / models['processor']:.3f} |",
        f"| R: the same with 9,999 allocations and 1,999 bootstrap samples (worked out) | {len(theirs):,} | "
        f"{total['processor']:.0f} | {total['seconds']:.0f} | |",
        f"| ours: the whole step, all that is planned | {everything['rows']:,} | {everything['processor']:.1f} | "
        f"{everything['wall']:.1f} | {everything['processor'] / total['processor']:.3f} |",
        "",
        f"Peak memory of ours {everything['memory']:.0f} MB. Of R: "
        + "; ".join(f"{part.removeprefix('estimates: ')} {row.processor:.1f} s" for part, row in parts.iterrows())
        + f": {chosen.permutations} allocations and {chosen.bootstraps} samples: the third row comes of these.",
        "",
        "Ours has, beside what R has, cost and its bootstrap, questionnaires, timing, process, recovery, states,",
        "standardised curves, power, and the checks on what may not be estimated.",
        "",
        "## Same numbers",
        "",
        "Largest relative difference over endpoints and populations.",
        "",
        "| analysis | estimates compared | largest difference |",
        "|---|---|---|",
        *compared(processed, theirs),
    ]
    return "\n".join(lines) + "\n"


def compared(processed: Path, theirs) -> list[str]:
    """A line for each analysis that both have: how far they are apart at most."""
    import pandas as pd

    store = pd.read_parquet(processed / "estimated" / "estimates.parquet")
    lines = []
    for (analysis, measure), (own, what, level) in SAME.items():
        left = theirs[(theirs["analysis"] == analysis) & (theirs["measure"] == measure)]
        of_arm = (store["level"] == level) & store["term"].isna()
        right = store[(store["analysis"] == own) & (store["measure"] == what) & of_arm]
        both = left.merge(right, on=KEYS, suffixes=("", "_ours"))
        far = (both["estimate"] / both["estimate_ours"] - 1).abs().max()
        lines.append(f"| {own}, {what} | {len(both)} | {far:.0e} |")
    return lines


if __name__ == "__main__":
    main()
