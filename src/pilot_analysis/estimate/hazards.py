"""Cox models of the arm effect: unadjusted, piecewise, and within groups with an interaction test.

- Efron ties, model-based standard errors, exits censored (cause-specific hazards); control is the reference, so a ratio
  above 1 means faster return.
- piecewise: separate effects before and after the cut; an event on the cut belongs to the first interval.
- interaction: main effects of the group and one arm effect per group, same strata; likelihood-ratio test against one
  common effect, over the groups with enough events in both arms.
- Not estimable: an arm without an event in the interval; arms never at risk beside each other (in any stratum); no
  variation; separation; no convergence.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import LEVELS, Population, no_event_in_an_arm
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.survival import common
from pilot_analysis.models.arithmetic import normal_quantile, t_quantile, wald_p
from pilot_analysis.models.cox import CoxFit, cox, likelihood_ratio
from pilot_analysis.models.cox_columns import usable_columns
from pilot_analysis.models.intervals import restrict
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

RATIO = "intervention / control"
NEVER_BESIDE = "the arms are never at risk beside each other when an event happens"
SEPARATED = "a coefficient grows without bound: the model separates events from the others at risk"
_PLAIN = {
    "a coefficient grows without bound": SEPARATED,
    "columns of the model are collinear": "the characteristics in the model follow from each other",
    "column": "a characteristic in the model does not vary among people at risk when events happen",
}
EFRON = "Cox, Efron ties, model-based se, exits censored"


def plain(problem: NotEstimable) -> str:
    """Reason of a model without the numbers of its columns, which mean nothing to a reader."""
    for start, reason in _PLAIN.items():
        if str(problem).startswith(start):
            return reason
    return str(problem)


class Fitted(NamedTuple):
    """A fit, or why there is none."""

    fit: CoxFit | None
    failure: str | None


def _events(outcome: Outcome, chosen: np.ndarray) -> int:
    return int((outcome.cause_specific & chosen).sum())


def no_comparison(outcome: Outcome, arm: np.ndarray, strata: np.ndarray | None = None) -> str | None:
    """Return why the arms cannot be compared (in no stratum, where arms are whole organisations), else None."""
    reason = no_event_in_an_arm(outcome, arm)
    if reason is None and np.isnan(usable_columns(outcome, arm, ["arm"], strata).limits.get("arm", 0.0)):
        reason = NEVER_BESIDE
    return reason


def ratio(coefficient: float, se: float, level: float, df: int | None = None) -> dict[str, float]:
    """Numbers of a ratio from its logarithm: normal, or t where `df` is given."""
    from scipy.special import stdtr

    reach = normal_quantile(level) if df is None else t_quantile(df, level)
    z = coefficient / se
    return {
        "estimate": float(np.exp(coefficient)),
        "se": float(se),
        "ci_low": float(np.exp(coefficient - reach * se)),
        "ci_high": float(np.exp(coefficient + reach * se)),
        "statistic": float(z),
        "df": df,
        "p_value": float(wald_p(coefficient, se) if df is None else 2 * stdtr(df, -abs(z))),
    }


def unadjusted_model(population: Population) -> Fitted:
    """Fit the arm alone."""
    return fit_or_reason(population.outcome, population.arm[:, None], None)


def unadjusted_rows(population: Population, protocol: Protocol, model: Fitted) -> list[dict[str, Any]]:
    """`cox_unadjusted/hazard_ratio`."""
    rows = Rows(common(population, "cox_unadjusted", measure="hazard_ratio", group_by="arm", level=RATIO, unit="ratio"))
    _add_arm_effect(rows, population.outcome, model, EFRON + clock_of(population), protocol)
    return rows.rows


def piecewise_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_piecewise/hazard_ratio` before and after the cut; `time` is the lower bound of the interval."""
    rows = Rows(common(population, "cox_piecewise", measure="hazard_ratio", group_by="arm", level=RATIO, unit="ratio"))
    cut, end = protocol.piecewise_cut, protocol.thresholds.horizon_days
    for low, high in ((0, cut), (cut, end)):
        outcome, index = restrict(population.outcome, low, high)
        method = f"{EFRON}; events in ({low}, {high}]{clock_of(population)}"
        fitted = fit_or_reason(outcome, population.arm[index][:, None], None)
        _add_arm_effect(rows, outcome, fitted, method, protocol, time=float(low))
    return rows.rows


def clock_of(population: Population) -> str:
    """What `method` says of the clock."""
    return "; delayed entry at enrolment" if population.origin == "t0" else ""


def _add_arm_effect(rows: Rows, outcome: Outcome, model: Fitted, method: str, protocol: Protocol, **about: Any) -> None:
    about |= {"method": method, "n": len(outcome), "n_events": int(outcome.cause_specific.sum())}
    if model.fit is None:
        rows.add_not_estimable(str(model.failure), **about)
    else:
        rows.add(**ratio(model.fit.coef[0], model.fit.se[0], protocol.thresholds.confidence_level), **about)


def fit_or_reason(outcome: Outcome, design: np.ndarray, strata: np.ndarray | None) -> Fitted:
    """Fit with the arm as the first column, or the reason why not."""
    reason = no_comparison(outcome, design[:, 0], strata)
    if reason is None:
        try:
            return Fitted(cox(outcome, design, strata), None)
        except NotEstimable as problem:
            reason = plain(problem)
    return Fitted(None, reason)


def interaction_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_interaction`: arm effect within each CAS and FML group, and the likelihood-ratio interaction test."""
    rows = Rows(common(population, "cox_interaction"))
    for name in ("cas_group", "fml_group"):
        _add_interaction(rows, population, name, protocol)
    return rows.rows


def _add_interaction(rows: Rows, population: Population, name: str, protocol: Protocol) -> None:
    groups, least = LEVELS[name], protocol.thresholds.min_events_per_arm_in_group
    values, arm = population.people[name].to_numpy(dtype=object), population.arm
    counts = {
        group: [_events(population.outcome, (values == group) & (arm == side)) for side in (1, 0)] for group in groups
    }
    enough = [group for group in groups if min(counts[group]) >= least]
    part = population.subset(np.isin(values, enough))
    model = f"arm effect per {name}, main effects of {name}, strata {protocol.design.strata}"
    method = f"{EFRON}; {model}; groups with {least} events per arm"
    reason, fit = None, None
    try:
        fit, test = _interaction_fit(part, name, enough)
    except NotEstimable as problem:
        reason = plain(problem)
    for group in groups:
        about = {
            "measure": "hazard_ratio",
            "group_by": f"arm*{name}",
            "level": f"{RATIO} @ {group}",
            "unit": "ratio",
            "method": method,
            "n": int((values == group).sum()),
            "n_events": sum(counts[group]),
        }
        if group not in enough:
            rows.add_not_estimable(f"fewer than {least} events in an arm of this group", **about)
        elif fit is None:
            rows.add_not_estimable(str(reason), **about)
        else:
            column = enough.index(group)
            rows.add(**ratio(fit.coef[column], fit.se[column], protocol.thresholds.confidence_level), **about)
    about = {
        "measure": "interaction",
        "group_by": f"arm*{name}",
        "level": "all",
        "unit": "statistic",
        "method": f"likelihood-ratio test; {method}",
        "n": len(part.people),
        "n_events": int(part.outcome.cause_specific.sum()),
    }
    if fit is None or test is None:
        rows.add_not_estimable(reason or f"fewer than two groups with {least} events per arm", **about)
    else:
        rows.add(estimate=test.statistic, statistic=test.statistic, df=test.df, p_value=test.p_value, **about)


def _interaction_fit(part: Population, name: str, groups: list[str]) -> tuple[CoxFit | None, Any]:
    """Fit one arm effect per group, and test it against a common one; (None, None) without groups, no test with one."""
    if not groups:
        return None, None
    values, arm = part.people[name].to_numpy(dtype=object), part.arm
    members = np.column_stack([(values == group).astype("float64") for group in groups])
    main = members[:, 1:]
    fit = cox(part.outcome, np.column_stack([members * arm[:, None], main]), part.strata)
    if len(groups) < 2:
        return fit, None
    common_effect = cox(part.outcome, np.column_stack([arm, main]), part.strata)
    return fit, likelihood_ratio(fit, common_effect, len(groups) - 1)
