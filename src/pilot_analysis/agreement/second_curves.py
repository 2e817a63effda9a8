"""Curves, means and tests by lifelines and statsmodels: the second opinion on `km`, `rmst`, `logrank`, `cuminc`.

- Only what these libraries are measured to do right on tied data: statsmodels for curves, Greenwood errors, quantiles,
  log-rank and Aalen-Johansen; lifelines for log(-log) limits, the restricted mean and Fleming-Harrington (0, 1).
- lifelines' variance of the restricted mean and its Aalen-Johansen (ties broken at random) are not asked.
- A number is a dictionary of columns of the results store; what a library does not give is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pilot_analysis.estimate.populations import Population

Numbers = dict[str, float]
STATSMODELS, LIFELINES = "statsmodels", "lifelines"
HALF = "the curve is exactly a half over an interval: R and this engine take its middle, lifelines an end of it"
ZERO = "the curve ends at 0, where log(-log) limits do not exist: lifelines writes 0, R and this engine none"
RISES = (
    "a limit rises between two days, as log(-log) limits may at a high confidence level: this engine takes the "
    "first day at a half, lifelines supposes that limits only fall"
)
_ROUNDING = 1e-9


class Curves:
    """Second opinions on one population; the fitted curves of a level are kept, because many rows read them."""

    def __init__(self, population: Population, level: float) -> None:
        self.population, self.level = population, level
        self._fitted: dict[tuple[str, str], tuple[Any, Any]] = {}

    def km(self, row: Mapping[str, Any]) -> tuple[Numbers, str] | str:
        """Height with its error and limits at a milestone, people at risk, or the median with its limits."""
        if row["n"] == 0:
            return "nobody in this level"
        stepped, fitted = self._fit(row["group_by"], row["level"])
        if row["measure"] == "median":
            limits = fitted.confidence_interval_survival_function_
            low, high = (_first_at_half(limits.iloc[:, side]) for side in (0, 1))
            return {"estimate": _absent(fitted.median_survival_time_), "ci_low": low, "ci_high": high}, LIFELINES
        day = float(row["time"])
        if row["measure"] == "n_at_risk":
            later = fitted.event_table.loc[day:, "at_risk"]
            return {"estimate": float(later.iloc[0]) if len(later) else 0.0}, LIFELINES
        step = np.searchsorted(stepped.surv_times, day, side="right") - 1
        limits = fitted.confidence_interval_survival_function_.loc[:day].iloc[-1]
        return {
            "estimate": float(stepped.surv_prob[step]) if step >= 0 else 1.0,
            "se": float(stepped.surv_prob_se[step]) if step >= 0 else 0.0,
            "ci_low": float(limits.iloc[0]) if step >= 0 else np.nan,
            "ci_high": float(limits.iloc[1]) if step >= 0 else np.nan,
        }, f"{STATSMODELS}, {LIFELINES}"

    def known(self, row: Mapping[str, Any], name: str) -> str | None:
        """Return the difference of definition that explains a deviation, as seen on the curve itself; or None."""
        if row["analysis"] != "km":
            return None
        stepped, fitted = self._fit(row["group_by"], row["level"])
        height = stepped.surv_prob
        if row["measure"] == "median" and name == "estimate" and np.any(np.abs(height - 0.5) < _ROUNDING):
            return HALF
        if row["measure"] == "median" and name in ("ci_low", "ci_high"):
            limit = fitted.confidence_interval_survival_function_.iloc[:, 0 if name == "ci_low" else 1].to_numpy()
            if np.any(np.diff(limit) > _ROUNDING):
                return RISES
        return ZERO if name in ("ci_low", "ci_high") and height[-1] < _ROUNDING else None

    def rmst(self, row: Mapping[str, Any]) -> tuple[Numbers, str]:
        """Restricted mean of an arm, or the difference of the arms; no error: that of lifelines is another thing."""
        from lifelines.utils import restricted_mean_survival_time

        means = [
            restricted_mean_survival_time(self._fit("arm", arm)[1], t=row["time"])
            for arm in str(row["level"]).split(" - ")
        ]
        return {"estimate": float(means[0] - sum(means[1:]))}, LIFELINES

    def days_not_returned(self, row: Mapping[str, Any]) -> tuple[Numbers, str]:
        """Area above the cumulative incidence of return, per arm or as a difference; errors are pointwise only."""
        means = [self._area_above(arm, float(row["time"])) for arm in str(row["level"]).split(" - ")]
        return {"estimate": means[0] - sum(means[1:])}, STATSMODELS

    def _area_above(self, arm: str, tau: float) -> float:
        incidence = self._incidence(arm)
        day = np.asarray(incidence.times, dtype=float)
        inside = day < tau
        edges = np.concatenate([[0.0], day[inside], [tau]])
        return float(np.sum(np.diff(edges) * np.concatenate([[1.0], 1 - incidence.cinc[0][inside]])))

    def cuminc(self, row: Mapping[str, Any]) -> tuple[Numbers, str]:
        """Cumulative incidence at a milestone with its error, of return or of leaving."""
        incidence = self._incidence(row["level"])
        step = np.searchsorted(incidence.times, float(row["time"]), side="right") - 1
        cause = 1 if row["measure"].endswith("_leaving") else 0
        if step < 0:
            return {"estimate": 0.0}, STATSMODELS
        height, error = incidence.cinc[cause][step], incidence.cinc_se[cause][step]
        # On a day on which everybody leaves statsmodels divides by nobody: it has no error there.
        se = {"se": float(error)} if np.isfinite(error) else {}
        return {"estimate": float(height), **se}, STATSMODELS

    def logrank(self, row: Mapping[str, Any]) -> tuple[Numbers, str]:
        """Plain and stratified log-rank by statsmodels, Fleming-Harrington (0, 1) by lifelines."""
        outcome, arm = self.population.outcome, self.population.arm
        event = outcome.cause_specific.astype(int)
        if row["measure"] == "logrank_fh_0_1":
            from lifelines.statistics import logrank_test

            one, other = arm == 1, arm == 0
            test = logrank_test(
                outcome.time[one], outcome.time[other], event[one], event[other],
                weightings="fleming-harrington", p=0, q=1,
            )  # fmt: skip
            return _tested(test.test_statistic, test.p_value), LIFELINES
        from statsmodels.duration.survfunc import survdiff

        strata = self.population.strata if row["measure"] == "logrank_stratified" else None
        statistic, p_value = survdiff(outcome.time, event, arm, strata=strata)
        return _tested(statistic, p_value), STATSMODELS

    def _fit(self, group_by: str, level: str) -> tuple[Any, Any]:
        if (group_by, level) not in self._fitted:
            from lifelines import KaplanMeierFitter
            from statsmodels.duration.survfunc import SurvfuncRight

            outcome = self.population.within(group_by, level).outcome
            event = outcome.cause_specific.astype(int)
            fitted = KaplanMeierFitter(alpha=1 - self.level).fit(outcome.time, event)
            self._fitted[group_by, level] = SurvfuncRight(outcome.time, event), fitted
        return self._fitted[group_by, level]

    def _incidence(self, arm: str) -> Any:
        from statsmodels.duration.survfunc import CumIncidenceRight

        outcome = self.population.within("arm", arm).outcome
        with np.errstate(all="ignore"):
            return CumIncidenceRight(outcome.time, outcome.state)


def _tested(statistic: float, p_value: float) -> Numbers:
    return {"estimate": float(statistic), "statistic": float(statistic), "p_value": float(p_value)}


def _first_at_half(limit: Any) -> float:
    from lifelines.utils import qth_survival_time

    return _absent(qth_survival_time(0.5, limit))


def _absent(day: float) -> float:
    return float(day) if np.isfinite(day) else np.nan
