"""Cox models by statsmodels PHReg (Efron ties, delayed entry, strata): the second opinion on the `cox_*` rows.

- The design is built here anew from the people's characteristics, not taken from the first engine.
- A CAS group without a ratio becomes a stratum, as in the plan. Where the plan drops more, no second model is fitted.
- Clustered errors, Fine-Gray and Gray's test are wrong or absent in these libraries: references of R stand for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.agreement.second_curves import STATSMODELS, Numbers
from pilot_analysis.estimate.populations import Population

_CONVERGED = 1e-16  # squared standard errors that the next Newton step would still go
DROPPED = "the plan drops a column of this model; a second model would only copy that"


class Models:
    """Second opinions on the Cox models of one population; `rows` are its rows of the store."""

    def __init__(self, population: Population, level: float, rows: pd.DataFrame, cut: int) -> None:
        self.population, self.level, self.rows, self.cut = population, level, rows, cut
        self._fits: dict[Any, Any] = {}

    def cox_unadjusted(self, row: Mapping[str, Any]) -> tuple[Numbers, str]:
        """Ratio of the arms."""
        everyone = np.ones(len(self.population.people), dtype=bool)
        return self._ratio(self._kept("unadjusted", everyone, lambda: self.population.arm[:, None]), 0)

    def cox_piecewise(self, row: Mapping[str, Any]) -> tuple[Numbers, str]:
        """Ratio of the arms before or after the cut: later events censored at it, or entry moved to it."""
        outcome, arm = self.population.outcome, self.population.arm
        if row["time"] == 0:
            seen, event = outcome.entry < self.cut, outcome.cause_specific & (outcome.time <= self.cut)
            entry, time = outcome.entry, np.minimum(outcome.time, self.cut)
        else:
            seen, event = outcome.time > self.cut, outcome.cause_specific
            entry, time = np.maximum(outcome.entry, self.cut), outcome.time
        fit = _fit(entry[seen], time[seen], event[seen], arm[seen][:, None], None)
        return self._ratio(fit, 0)

    def cox_adjusted(self, row: Mapping[str, Any]) -> tuple[Numbers, str] | str:
        """Ratio of the arms, or of a covariate; a CAS group without a ratio is a stratum of its own, as in the plan."""
        of_model = self.rows[self.rows["analysis"] == "cox_adjusted"]
        status = dict(zip(of_model["term"].fillna(""), of_model["status"], strict=True))
        groups = [term for term in status if term.startswith("cas_group[")]
        used = [term for term in groups if status[term] == "ok"]
        if {status[term] for term in status if term not in groups} != {"ok"} or (groups and not used):
            return DROPPED
        people = self.population.people
        belongs = {term: (people["cas_group"] == term[10:-1]).to_numpy("float64") for term in groups}
        own = ["+".join(term for term in groups if term not in used and belongs[term][k]) for k in range(len(people))]

        def design() -> np.ndarray:
            covariates = [people[name].to_numpy("float64") for name in ("age_10", "male")]
            return np.column_stack([self.population.arm, *covariates, *(belongs[term] for term in used)])

        fit = self._kept("adjusted", np.ones(len(people), dtype=bool), design, stratified=True, own=own)
        return self._ratio(fit, ["", "age_10", "male", *used].index("" if pd.isna(row["term"]) else row["term"]))

    def cox_interaction(self, row: Mapping[str, Any]) -> tuple[Numbers, str]:
        """Ratio of the arms within a group, or the likelihood-ratio test of one common ratio."""
        name = str(row["group_by"]).removeprefix("arm*")
        of_name = (self.rows["group_by"] == row["group_by"]) & (self.rows["analysis"] == "cox_interaction")
        ratios = self.rows[of_name & (self.rows["measure"] == "hazard_ratio") & (self.rows["status"] == "ok")]
        groups = [str(level).rpartition(" @ ")[2] for level in ratios["level"]]
        values = self.population.people[name].to_numpy(dtype=object)
        chosen = np.isin(values, groups)
        arm = self.population.arm[chosen]
        member = np.column_stack([values[chosen] == group for group in groups]).astype(float)
        full = self._kept(
            name, chosen, lambda: np.column_stack([member * arm[:, None], member[:, 1:]]), stratified=True
        )
        if row["measure"] == "hazard_ratio":
            return self._ratio(full, groups.index(str(row["level"]).rpartition(" @ ")[2]))
        small = self._kept(name + ", common", chosen, lambda: np.column_stack([arm, member[:, 1:]]), stratified=True)
        return {"statistic": float(2 * (full.llf - small.llf))}, STATSMODELS

    def _kept(
        self, key: str, chosen: np.ndarray, design: Any, stratified: bool = False, own: list[str] | None = None
    ) -> Any:
        if key not in self._fits:
            outcome = self.population.outcome.take(chosen)
            strata = np.full(len(chosen), "", dtype=object) if own is None else np.array(own, dtype=object)
            if stratified and self.population.strata is not None:
                strata = strata + "|" + self.population.strata.astype(str)
            self._fits[key] = _fit(outcome.entry, outcome.time, outcome.cause_specific, design(), strata[chosen])
        return self._fits[key]

    def _ratio(self, fit: Any, column: int) -> tuple[Numbers, str]:
        low, high = fit.conf_int(alpha=1 - self.level)[column]
        return {
            "estimate": float(np.exp(fit.params[column])),
            "se": float(fit.bse[column]),
            "ci_low": float(np.exp(low)),
            "ci_high": float(np.exp(high)),
            "statistic": float(fit.tvalues[column]),
            "p_value": float(fit.pvalues[column]),
        }, STATSMODELS


def _fit(entry: np.ndarray, time: np.ndarray, event: np.ndarray, design: np.ndarray, strata: np.ndarray | None) -> Any:
    from statsmodels.duration.hazard_regression import PHReg

    codes = None if strata is None else np.unique(strata, return_inverse=True)[1]
    # PHReg's default tolerance stops a few digits early; columns are centred for its sake, which changes no ratio.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # PHReg counts whoever enters on a day as at risk on it; entry < day <= time is asked: half a day later.
        model = PHReg(
            time, design - design.mean(axis=0), status=event.astype(int), entry=entry + 0.5, strata=codes, ties="efron"
        )
        fit = model.fit(gtol=1e-10, disp=0)
    score = model.score(fit.params)
    if not abs(score @ fit.cov_params() @ score) <= _CONVERGED:
        raise ArithmeticError("statsmodels did not converge")
    return fit
