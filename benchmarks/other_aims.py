"""One readable table of what lasting.py, money.py and surveys.py found: writes other_aims.md from their CSV files.

    python benchmarks/other_aims.py [--folder benchmarks]

- A line per quantity and arm, or difference: truth, mean estimate, bias, coverage; where there is an estimate that
  ignores that follow-up ended early, its mean and coverage stand beside it.
- Nothing is computed but the verdict on the gate and the range of the naive coverage. A file that is not there is left
  out and named.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
GATE = (0.92, 0.975)
HEAVY = "40 % censored"
FILES = {
    "lasting": "Lasting recovery",
    "money": "Days and cost",
    "surveys": "Questionnaires",
}
NAMES = {
    "at_work_365": "share at work on day 365",
    "spells_per_case": "new spells per case",
    "days_any_absence": "days with any absence",
    "ao_days": "AO-weighted days",
    "employer:full": "cost, employer, full pay (euro)",
    "society:friction": "cost, society, friction period (euro)",
}
CLOCKS = {("ao_days", "landmark_84"): " from week 13", ("ao_days", "itt"): " from enrolment"}
_TEXT = ("block", "analysis", "population", "measure", "term", "level")
HEAD = (
    "| quantity | of | truth (MC error) | mean estimate | bias (MC error) | spread / mean se | coverage | naive mean "
    "| naive coverage |\n|---|---|---|---|---|---|---|---|---|"
)
_INTRODUCTION = (
    "Written by `python benchmarks/other_aims.py`. Trials are simulated, derived and estimated by the code of the "
    "pipeline; what is planted: `docs/synthetic_truth.md`."
)
_SEEDS = (
    "Seeds: trial k of block b is `SeedSequence(seed, spawn_key=(b, k))`, chunk j of the large trial behind the truth "
    "`spawn_key=(9, b, j)`, 50,000 people each; bootstrap samples of money.py have `spawn_key=(8, b, k)`."
)


def read(folder: Path, name: str) -> pd.DataFrame | None:
    """The lines of one file with `quantity`, and the naive ones beside the others; None without the file."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return None
    table = pd.read_csv(path).assign(source=name)
    if "scale" in table:
        table = table.assign(measure=table["scale"].str.replace("_", " ") + ", week " + table["week"].astype(str))
    texts = [column for column in _TEXT if column in table]
    table[texts] = table[texts].fillna("")
    naive = table["measure"].str.contains("naive|_complete")
    table["quantity"] = [_quantity(row) for row in table.to_dict("records")]
    keys = ["block", "quantity", "level"]
    beside = table[naive].set_index(keys)[["mean", "bias", "bias_mc_error", "coverage"]].add_prefix("naive_")
    return table[~naive].join(beside, on=keys)


def _quantity(row: dict) -> str:
    base = row["measure"].removesuffix("_difference").removesuffix("_complete")
    if row.get("term"):
        return NAMES.get(row["term"], row["term"]) + (", year from t0" if row["term"] == "ao_days" else "")
    return NAMES.get(base, base) + CLOCKS.get((row.get("analysis", ""), row.get("population", "")), "")


def _number(value: float, size: float) -> str:
    """As many decimals as the size of the truth asks for."""
    places = 0 if size >= 1000 else 1 if size >= 50 else 2 if size >= 2 else 4
    return f"{value:,.{places}f}"


def _line(row: dict, size: float) -> str:
    def show(name: str) -> str:
        return _number(row[name], size)

    has_naive = pd.notna(row["naive_mean"])
    cells = [
        row["quantity"], row["level"], f"{show('truth')} ({show('truth_mc_error')})", show("mean"),
        f"{show('bias')} ({show('bias_mc_error')})", f"{show('spread')} / {show('mean_se')}", f"{row['coverage']:.1%}",
        show("naive_mean") if has_naive else "-", f"{row['naive_coverage']:.1%}" if has_naive else "-",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _section(name: str, title: str, table: pd.DataFrame | None) -> list[str]:
    if table is None:
        return [f"## {title}", "", f"`{name}.csv` is not there yet: run `python benchmarks/{name}.py`.", ""]
    text = [f"## {title}", "", f"`python benchmarks/{name}.py`, `{name}.csv`.", ""]
    sizes = table.groupby("quantity")["truth"].transform(lambda values: values.abs().max())
    for block, rows in table.assign(size=sizes).groupby("block", sort=False):
        text += [f"### {_about(block, rows)}", "", HEAD]
        text += [_line(row, row["size"]) for row in rows.to_dict("records")] + [""]
    return text


def _about(block: str, rows: pd.DataFrame) -> str:
    about = [f"{block}: {rows['trials'].min()} trials of {rows['n'].min()}", f"seed {rows['seed'].iloc[0]}"]
    if "mean_share_not_known" in rows:
        about.append(f"{rows['mean_share_not_known'].iloc[0]:.0%} not known to day 365")
        about.append(f"{rows['bootstraps'].iloc[0]} bootstrap samples")
    return ", ".join(about)


def _verdict(tables: list[pd.DataFrame]) -> str:
    table = pd.concat(tables)
    outside = table[~table["coverage"].between(*GATE)]
    least, most = table["coverage"].min(), table["coverage"].max()
    text = (
        f"Coverage of the 95 % intervals: {least:.1%} to {most:.1%} over {len(table)} numbers; "
        f"{len(outside)} outside {GATE[0]:.1%}-{GATE[1]:.1%}"
    )
    named = "; ".join(f"{row.block}: {row.quantity}, {row.level} ({row.coverage:.1%})" for row in outside.itertuples())
    return text + (f": {named}." if named else ".")


def _naive(tables: list[pd.DataFrame]) -> str:
    """Where the naive mean fails."""
    table = pd.concat(tables).dropna(subset=["naive_mean"])
    said = []
    for (source, block), rows in table.groupby(["source", "block"], sort=False):
        both = rows["level"].str.contains(" - ")
        arms, share = rows[~both], (rows["naive_bias"] / rows["truth"])[~both]
        said.append(
            f"- `{source}.csv`, {block}: means of arms are off by {share.min():.1%} to {share.max():.1%}, and their "
            f"intervals hold the truth in {arms['naive_coverage'].min():.1%} to {arms['naive_coverage'].max():.1%} of "
            f"the trials; those of differences in {rows['naive_coverage'][both].min():.1%} to "
            f"{rows['naive_coverage'][both].max():.1%}."
        )
    return "\n".join(
        [
            "The naive mean adds up what was seen, as if nothing came after the end of follow-up; the naive share at "
            "work is that of the people whose state is known.",
            "",
            *said,
            "",
            "The interval of a naive difference covers better than those of the means, because both arms miss in the "
            f"same direction and it is wide; the difference itself fails too{_naive_differences(table)}.",
        ]
    )


def _naive_differences(table: pd.DataFrame) -> str:
    """How much of each true difference the naive one finds where follow-up ends early for many."""
    heavy = table[(table["block"] == HEAVY) & table["level"].str.contains(" - ")]
    found = [f"{row.naive_mean / row.truth:.0%} of the truth for {row.quantity}" for row in heavy.itertuples()]
    return f" ({HEAVY}: {'; '.join(found)})" if found else ""


def write(folder: Path) -> None:
    """Write other_aims.md from the CSV files of a folder."""
    found = {name: read(folder, name) for name in FILES}
    there = [table for table in found.values() if table is not None]
    text = ["# Recovery of the other aims: lasting recovery, days and cost, questionnaires", ""]
    text += [_INTRODUCTION, "", _verdict(there), "", "## Where the naive mean fails", "", _naive(there), ""]
    for name, title in FILES.items():
        text += _section(name, title, found[name])
    text += [_SEEDS, ""]
    (folder / "other_aims.md").write_text("\n".join(text), encoding="utf-8", newline="\n")


def main() -> None:
    """Write the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--folder", type=Path, default=HERE)
    write(options.parse_args().folder)


if __name__ == "__main__":
    main()
