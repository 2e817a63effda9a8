"""Hold the core rows of the store against the second engine, number by number.

- A number agrees when it is within the protocol's tolerance of the second one, relative to that.
- A row without a second number says why, and which reference test (R's numbers in files) stands behind it.
- A deviation has a known reason or stops the run: a wrong number is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.agreement.core import CORE, REFERENCES
from pilot_analysis.agreement.second_curves import Curves
from pilot_analysis.agreement.second_models import Models
from pilot_analysis.agreement.summary import agreement_rows
from pilot_analysis.config import Protocol
from pilot_analysis.errors import UserError
from pilot_analysis.estimate.populations import Population, populations
from pilot_analysis.estimate.store import to_store
from pilot_analysis.schemas.agreement import AGREEMENT
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import ESTIMATES

KEYS = ["endpoint", "population", "origin"]
LARGEST = 20_000  # people: beyond it the second engines take minutes and much memory
_MOST_DIGITS = 15.0
_NEAR_ZERO = 1e-3  # a smaller number is measured on this scale: a difference or a z may be 0

_NO_ANSWER = (ArithmeticError, ValueError, LookupError, np.linalg.LinAlgError, Warning)
_ABSENT = {
    "cox_adjusted_clustered": "lifelines and statsmodels are wrong here under ties or strata",
    "fine_gray": "in neither library",
    "gray": "in neither library",
}


@dataclass(frozen=True)
class Agreement:
    """`table`: a row per core number (schemas.agreement); `estimates`: the results store, with its summary."""

    table: pd.DataFrame
    estimates: pd.DataFrame

    @property
    def said(self) -> str:
        """One line for the log: how much was compared."""
        compared = self.table[self.table["number"].notna()]
        rows, all_rows = compared["result_id"].nunique(), self.table["result_id"].nunique()
        known = int((compared["verdict"] == "known").sum())
        return (
            f"{rows} of {all_rows} core results have a second number; {known} numbers differ by definition, 0 otherwise"
        )


def agree(cases: pd.DataFrame, outcomes: pd.DataFrame, estimates: pd.DataFrame, protocol: Protocol) -> Agreement:
    """Compare every core row that has a number.

    Raises
    ------
    UserError
        Numbers that differ beyond the tolerance without a known reason: which, and by how much.
    """
    core = estimates[estimates["analysis"].isin(CORE) & (estimates["status"] == "ok")]
    found = []
    by_key = dict(list(core.groupby(KEYS, sort=False)))
    whole = dict(list(estimates.groupby(KEYS, sort=False)))
    for population in populations(cases, outcomes, protocol):
        key = (population.endpoint, population.population, population.origin)
        if key in by_key:
            found += _population(population, by_key[key], whole[key], protocol)
    table = conform(pd.DataFrame(found, columns=list(AGREEMENT.columns)), AGREEMENT)
    _refuse_disagreement(table, protocol.thresholds.agreement_tolerance)
    added = to_store(agreement_rows(table), protocol, later=True)
    return Agreement(table, conform(pd.concat([estimates, added], ignore_index=True), ESTIMATES))


def _population(
    population: Population, core: pd.DataFrame, whole: pd.DataFrame, protocol: Protocol
) -> list[dict[str, Any]]:
    level, tolerance = protocol.thresholds.confidence_level, protocol.thresholds.agreement_tolerance
    curves = Curves(population, level)
    models = Models(population, level, whole, protocol.piecewise_cut)
    too_many = f"more than {LARGEST} people: too many for the second engines"
    found = []
    for row in core.to_dict("records"):
        reason = _ABSENT.get(row["measure"], _ABSENT.get(row["analysis"]))
        reason = too_many if reason is None and len(population.outcome) > LARGEST else reason
        found += _row(row, curves, models, reason, tolerance)
    return found


def _row(
    row: Mapping[str, Any], curves: Curves, models: Models, reason: str | None, tolerance: float
) -> list[dict[str, Any]]:
    about = {"result_id": row["result_id"], "analysis": row["analysis"], "reference": REFERENCES[row["analysis"]]}
    answer: Any = reason
    if reason is None:
        engine = curves if hasattr(curves, row["analysis"]) else models
        try:
            answer = getattr(engine, row["analysis"])(row)
        except _NO_ANSWER:  # where data are thin these libraries divide by zero, do not converge, or warn
            answer = "the second engine gives no number for these data"
    if isinstance(answer, str):
        return [{**about, "verdict": "reference", "reason": answer}]
    numbers, library = answer
    return [
        {**about, "engine": library, "number": name, **_compared(row, name, theirs, curves, tolerance)}
        for name, theirs in numbers.items()
        if not (pd.isna(row[name]) and np.isnan(theirs))
    ]


def _compared(row: Mapping[str, Any], name: str, theirs: float, curves: Curves, tolerance: float) -> dict[str, Any]:
    ours = np.nan if pd.isna(row[name]) else float(row[name])
    deviation = _deviation(ours, theirs)
    digits = np.floor(np.clip(-np.log10(max(deviation, 1e-300)), 0, _MOST_DIGITS))
    compared = {"ours": ours, "theirs": theirs, "digits": digits}
    if deviation <= tolerance:
        return {**compared, "verdict": "agrees"}
    reason = curves.known(row, name)
    return {**compared, "verdict": "known" if reason else "differs", "reason": reason}


def _deviation(ours: float, theirs: float) -> float:
    if np.isnan(ours) or np.isnan(theirs):
        return np.inf
    return abs(ours - theirs) / max(abs(theirs), _NEAR_ZERO)


def _refuse_disagreement(table: pd.DataFrame, tolerance: float) -> None:
    wrong = table[table["verdict"] == "differs"]
    if wrong.empty:
        return
    shown = [f"{row.result_id}, {row.number}: {row.digits:.0f} digits" for row in wrong.head(10).itertuples()]
    raise UserError(
        f"the two engines disagree on {len(wrong)} of {len(table)} numbers by more than {tolerance:g} (relative); "
        "no result is written. Please report this as a defect, with the lines below and run.yaml.\n" + "\n".join(shown)
    )
