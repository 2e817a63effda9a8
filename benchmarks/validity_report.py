"""What validity.py reports: shares and their gate per cell and method, the verdict, and the readable tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from validity_trial import COLUMNS, LOG_RATIO, PERMUTATIONS, SEED, Cell, mean_log_ratio, true_days

from pilot_analysis.models.arithmetic import normal_quantile, wald_p

LEVEL = 0.95
METHODS = ("P1", "P2", "adjusted Cox", "re-randomisation of P1")
COVERAGE_GATE, ERROR_GATE = (0.935, 0.965), (0.035, 0.065)
GATED_N, GATED_CENSORING = 100, 0.40
TOO_SMALL = 0.80  # of the variance: what the gate must catch
CAUGHT = 0.90  # of the gated intervals, at least
CSV = (
    *("cell", "n", "clusters", "censoring", "effect", "heterogeneity", "method", "replicates", "estimable"),
    *("share_not_estimable", "n_landmark", "censored", "truth", "mean_estimate", "bias", "bias_mc_error"),
    *("empirical_sd", "mean_se", "se_ratio", "significant", "coverage", "gated", "inside", "small_significant"),
    *("small_coverage", "small_inside", "seed"),
)


def summarise(cell: Cell, results: np.ndarray) -> list[dict[str, Any]]:
    """One row per method of a cell; `results` has the shape (replicates, columns)."""
    column = dict(zip(COLUMNS, results.T, strict=True))
    p1, p2 = true_days(cell)
    truths = {"P1": p1, "P2": p2, "adjusted Cox": mean_log_ratio(cell.effect, cell.heterogeneity)}
    about = {
        **cell._asdict(),
        "replicates": len(results),
        "n_landmark": column["n_landmark"].mean(),
        "censored": column["censored"].mean(),
    }
    rows = []
    for method, name in zip(METHODS, ("p1", "p2", "cox", "p_rerandomised"), strict=True):
        rows.append({**about, "cell": about["number"], "method": method, **_gated(cell, method, about["n_landmark"])})
        if method in truths:
            rows[-1] |= _wald(column[name], column[f"{name}_se"], truths[method])
        else:
            rows[-1] |= _shares(np.isfinite(column[name]), column[name] <= 1 - LEVEL, None)
        rows[-1] |= _verdicts(rows[-1])
    return rows


def _gated(cell: Cell, method: str, n_landmark: float) -> dict[str, Any]:
    n = cell.n if method == "P2" else n_landmark
    promised = cell.heterogeneity == 0 and n >= GATED_N and cell.censoring <= GATED_CENSORING
    return {"gated": promised and (method != METHODS[-1] or cell.effect == "none")}


def _wald(estimate: np.ndarray, se: np.ndarray, truth: float) -> dict[str, Any]:
    usable = np.isfinite(estimate) & np.isfinite(se)
    with np.errstate(invalid="ignore"):
        significant = wald_p(estimate, se) <= 1 - LEVEL
        reach, off = normal_quantile(LEVEL) * se, np.abs(estimate - truth)
        row = _shares(usable, significant, off <= reach)
        small = _shares(usable, np.abs(estimate) > reach * TOO_SMALL**0.5, off <= reach * TOO_SMALL**0.5)
    row |= {"truth": truth, "small_significant": small["significant"], "small_coverage": small["coverage"]}
    estimate, se = estimate[usable], se[usable]
    if estimate.size < 2:
        return row
    sd = estimate.std(ddof=1)
    row |= {"mean_estimate": estimate.mean(), "bias": estimate.mean() - truth, "bias_mc_error": sd / estimate.size**0.5}
    return row | {"empirical_sd": sd, "mean_se": se.mean(), "se_ratio": se.mean() / sd}


def _shares(usable: np.ndarray, significant: np.ndarray, covered: np.ndarray | None) -> dict[str, Any]:
    """Shares among the estimable replicates, and how many are not; without any, no share."""
    some = usable.any()
    return {
        "estimable": int(usable.sum()),
        "share_not_estimable": 1 - usable.mean(),
        "significant": significant[usable].mean() if some else np.nan,
        "coverage": covered[usable].mean() if some and covered is not None else np.nan,
    }


def _verdicts(row: dict[str, Any]) -> dict[str, Any]:
    """Inside the gate as computed, and with the variance too small; empty where there is no gate (no interval)."""
    if not row["gated"]:
        return {"inside": None, "small_inside": None}
    interval = row["method"] != METHODS[-1]
    small = _inside(row["effect"], row["small_significant"], row["small_coverage"]) if interval else None
    return {"inside": _inside(row["effect"], row["significant"], row["coverage"]), "small_inside": small}


def _inside(effect: str, significant: float, coverage: float) -> bool:
    error = effect != "none" or ERROR_GATE[0] <= significant <= ERROR_GATE[1]
    return bool(error and (np.isnan(coverage) or COVERAGE_GATE[0] <= coverage <= COVERAGE_GATE[1]))


def table_of(found: dict[Cell, np.ndarray]) -> pd.DataFrame:
    """One row per cell and method; `small_...` is with the variance 20 % too small."""
    rows = [row for cell, results in found.items() for row in summarise(cell, results)]
    return pd.DataFrame(rows).assign(seed=SEED)[list(CSV)]


def report(table: pd.DataFrame, command: str) -> str:
    """Write the table as Markdown: the verdict, then a table per method."""
    gated = table[table["gated"]]
    intervals = gated[gated["coverage"].notna()]
    outside = gated[~gated["inside"].astype(bool)]
    caught = intervals[~intervals["small_inside"].astype(bool)]
    verdict = "holds" if outside.empty else f"FAILS in {len(outside)}: {'; '.join(map(_named, outside.itertuples()))}"
    lines = [
        "# Validity by simulation",
        "",
        f"`{command}` (any number of workers gives these numbers; seeds below).",
        "",
        f"Gate: of {len(gated)} gated results (a method in a cell) {len(gated) - len(outside)} are inside: the gate"
        f" **{verdict}**.",
        f"With every variance 20 % too small {len(caught)} of {len(intervals)} gated intervals are outside: the gate"
        f" **{'catches it' if len(caught) >= CAUGHT * len(intervals) > 0 else 'DOES NOT CATCH IT'}**.",
        f"Largest deviation from 95 % coverage in a gated cell: {_largest(intervals)}.",
        "",
        _notes(),
    ]
    for method in METHODS:
        lines += ["", f"## {method}", "", *_method_table(table[table["method"] == method])]
    return "\n".join(lines) + "\n"


def _notes() -> str:
    ratio, centre = np.exp(LOG_RATIO["planted"]), mean_log_ratio("none", 0.3)
    p2 = true_days(Cell(0, 100, 5, 0.1, "none", 0.3))[1]
    return f"""\
- Cells: n allocated; clusters (organisations, also the strata); share of all allocated who are censored at random
  before return, leaving and the end of the year (without effect); effect: none, or a rate ratio of {ratio:.1f} from the
  landmark on; heterogeneity: SD over clusters of the log rate ratio. What is drawn, and how the true values are summed
  up without any estimator: `validity_trial.py`.
- P1: difference in days not returned, landmark_84, to day 281. P2: the same from enrolment, to day 320. Adjusted Cox:
  log hazard ratio of the arm at the landmark, with age, male, CAS group, strata cluster. Re-randomisation of P1:
  {PERMUTATIONS} permutations within cluster.
- Type I error: share significant at 5 % without effect; power: the same with it. Coverage of the true value by 95 %
  intervals, se/sd (mean standard error over the standard deviation of the estimates), bias and share not estimable:
  without effect, and with it.
- Gate: coverage 93.5-96.5 % and type I error 3.5-6.5 % where there is no heterogeneity, on average 100 or more at the
  landmark (P2: allocated), and censoring up to 40 %: ✓ inside, ✗ outside. The others are shown without a verdict.
- Monte Carlo error of a share of 95 % over 5,000 replicates: 0.31 points. A method that covers 95 % leaves the gate
  once in a million cells; with its variance 20 % too small it covers 92.0 % and stays inside once in 10,000.
- Not estimable, as in the product: fewer than 5 at risk at the horizon in an arm and not everybody done; no event in
  an arm; no finite hazard ratio of the arm. Such replicates are left out of the other columns; where they are many,
  what is left are trials in which more people were still absent.
- With heterogeneity, `none` means that P1's true difference, averaged over clusters, is 0 days. The mean log ratio is
  then {centre:.3f}, because in days a high ratio gains more than a low one loses; the true difference of P2 is
  {p2:.2f} days. The truth of Cox is taken to be the mean log ratio, although the fit weighs clusters by their
  information. Clusters are drawn anew in each trial: intervals at the level of the case do not promise to cover that
  variation, nor is it the null hypothesis of the re-randomisation test; the table shows what it costs.
- Seeds: replicate i of cell c is `SeedSequence({SEED}, spawn_key=(c, i))`, its permutations `spawn_key=(c, i, 1)`;
  c is in `validity.csv`."""


def _named(row: Any) -> str:
    covered = "" if np.isnan(row.coverage) else f"{row.coverage:.1%} coverage, "
    return f"cell {row.cell} {row.method} ({covered}{row.significant:.1%} significant)"


def _largest(intervals: pd.DataFrame) -> str:
    if intervals.empty:
        return "no gated cell"
    row = intervals.loc[(intervals["coverage"] - LEVEL).abs().idxmax()]
    return f"{row['coverage']:.1%} ({row['method']}, cell {row['cell']})"


def _method_table(table: pd.DataFrame) -> list[str]:
    keys = ["heterogeneity", "n", "clusters", "censoring"]
    head = ["heterogeneity", "n", "clusters", "censored", "at landmark", "type I error", "coverage, none", "coverage"]
    head += ["power", "bias, none", "bias", "se/sd, none", "se/sd", "not estimable, none", "not estimable"]
    if table["coverage"].isna().all():
        head = [name for name in head if not name.startswith(("coverage", "bias", "se/sd"))]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for key, pair in table.groupby(keys, sort=True):
        values = dict(zip(["heterogeneity", "n", "clusters", "censored"], map(str, key), strict=True))
        values["censored"] = f"{key[3]:.0%}"
        values["at landmark"] = f"{pair['n_landmark'].mean():.0f}"
        for row in pair.itertuples():
            values |= _cells_of_row(row)
        lines.append("| " + " | ".join(values.get(name, "") for name in head) + " |")
    return lines


def _cells_of_row(row: Any) -> dict[str, str]:
    none = row.effect == "none"
    after, mark = ", none" if none else "", {True: " ✓", False: " ✗"}.get(row.inside, "")
    digits = 3 if row.method == "adjusted Cox" else 2
    return {
        "type I error" if none else "power": _share(row.significant) + (mark if none else ""),
        f"coverage{after}": _share(row.coverage) + mark,
        f"bias{after}": "" if np.isnan(row.bias) else f"{row.bias:.{digits}f}",
        f"se/sd{after}": "" if np.isnan(row.se_ratio) else f"{row.se_ratio:.3f}",
        f"not estimable{after}": _share(row.share_not_estimable),
    }


def _share(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.1%}"
