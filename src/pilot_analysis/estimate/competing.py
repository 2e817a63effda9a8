"""Return beside other exits: both probabilities by arm, the rate of leaving, and effects on the probability of return.

- `cuminc`: Aalen-Johansen probability of return and of leaving, by arm at the milestones; Gray's test of the arms.
- `fine_gray`: ratio of the hazards of the subdistribution: how much the arm moves the probability of return.
- `cox_cause_specific`: ratio of the rates of leaving, returns censored.
- Not estimable: an arm without the exit; a milestone with nobody at risk; fewer than `min_competing_per_arm` competing
  exits in an arm (fine_gray, gray); what the models refuse.
"""

from __future__ import annotations

from typing import Any

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.hazards import NEVER_BESIDE, RATIO, fit_or_reason, plain, ratio
from pilot_analysis.estimate.populations import ARMS, Population, no_event_in_an_arm
from pilot_analysis.estimate.store import Rows
from pilot_analysis.estimate.survival import common
from pilot_analysis.models.competing import cumulative_incidence, incidence_at
from pilot_analysis.models.fine_gray import fine_gray
from pilot_analysis.models.gray import gray
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import COMPETING, EVENT, Outcome
from pilot_analysis.models.product_limit import n_at_risk_at

EXITS = {  # exit -> ending of its measures and curves, and the reason without one
    EVENT: ("", "no event in this level"),
    COMPETING: ("_leaving", "nobody leaves in this level"),
}
_CUMINC = "Aalen-Johansen; infinitesimal jackknife se; log(-log) interval"
_LEAVING_SEPARATED = "the ratio of leaving has no finite value"
_LEAVING_NEVER_BESIDE = "the arms are never at risk beside each other when somebody leaves"


def cuminc_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cuminc`: probability of return and of leaving by arm at the milestones, and `gray`."""
    rows = Rows(common(population, "cuminc", group_by="arm"))
    for arm in ARMS:
        outcome = population.outcome_of("arm", arm)
        for cause, (ending, nobody) in EXITS.items():
            about = {"measure": f"cumulative_incidence{ending}", "level": arm, "unit": "probability"}
            _add_probabilities(rows, outcome, cause, nobody, about, protocol)
    _add_gray(rows, population, protocol)
    return rows.rows


def _add_probabilities(
    rows: Rows, outcome: Outcome, cause: int, nobody: str, about: dict[str, Any], protocol: Protocol
) -> None:
    count = int((outcome.state == cause).sum())
    about |= {"method": _CUMINC, "n": len(outcome), "n_events": count}
    curve = cumulative_incidence(outcome, cause, protocol.thresholds.confidence_level) if count else None
    for day in protocol.milestones:
        at_risk = n_at_risk_at(outcome, day)
        if at_risk == 0 or curve is None:
            reason = "nobody at risk at this milestone" if at_risk == 0 else nobody
            rows.add_not_estimable(reason, time=float(day), **about)
            continue
        estimate, se, low, high = incidence_at(curve, day)
        rows.add(time=float(day), estimate=estimate, se=se, ci_low=low, ci_high=high, **about)


def _too_few(population: Population, protocol: Protocol) -> str | None:
    """Reason when the arms have too few events or competing exits for a subdistribution, else None."""
    outcome, least = population.outcome, protocol.thresholds.min_competing_per_arm
    reason = no_event_in_an_arm(outcome, population.arm)
    fewest = min(int((outcome.state[population.arm == side] == COMPETING).sum()) for side in (0, 1))
    if reason is None and fewest < least:
        reason = f"fewer than {least} competing exits in an arm"
    return reason


def _add_gray(rows: Rows, population: Population, protocol: Protocol) -> None:
    outcome = population.outcome
    about = {
        "measure": "gray",
        "level": "all",
        "unit": "statistic",
        "method": "Gray's test, rho 0, of the probability of return",
        "n": len(outcome),
        "n_events": int(outcome.cause_specific.sum()),
    }
    reason = _too_few(population, protocol)
    if reason is None:
        try:
            test = gray(outcome, population.arm)
        except NotEstimable as problem:
            reason = str(problem).partition(": ")[0]
    if reason:
        rows.add_not_estimable(reason, **about)
    else:
        rows.add(estimate=test.statistic, statistic=test.statistic, df=test.df, p_value=test.p_value, **about)


def fine_gray_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`fine_gray/subdistribution_hazard_ratio` of the arm."""
    outcome = population.outcome
    method = "Fine-Gray, Breslow ties, Kaplan-Meier censoring weights, sandwich se that counts the weights as estimated"
    rows = Rows(
        common(
            population,
            "fine_gray",
            measure="subdistribution_hazard_ratio",
            group_by="arm",
            level=RATIO,
            unit="ratio",
            method=method,
            n=len(outcome),
            n_events=int(outcome.cause_specific.sum()),
        )
    )
    reason = _too_few(population, protocol)
    if reason is None:
        try:
            fit = fine_gray(outcome, population.arm[:, None])
        except NotEstimable as problem:
            reason = plain(problem)
    if reason:
        rows.add_not_estimable(reason)
    else:
        rows.add(**ratio(fit.coef[0], fit.se[0], protocol.thresholds.confidence_level))
    return rows.rows


def leaving_rows(population: Population, protocol: Protocol) -> list[dict[str, Any]]:
    """`cox_cause_specific/hazard_ratio_leaving`: ratio of the rates of leaving, whoever returns is censored."""
    leaving = population.outcome.about(COMPETING)
    rows = Rows(
        common(
            population,
            "cox_cause_specific",
            measure="hazard_ratio_leaving",
            group_by="arm",
            level=RATIO,
            unit="ratio",
            method="Cox of leaving, Efron ties, model-based se, returns censored",
            n=len(leaving),
            n_events=int(leaving.cause_specific.sum()),
        )
    )
    reason = no_event_in_an_arm(leaving, population.arm)
    fit, failure = (None, None) if reason else fit_or_reason(leaving, population.arm[:, None], None)
    if reason:
        rows.add_not_estimable(reason.replace("no event", "nobody leaves"))
    elif failure:
        rows.add_not_estimable(_LEAVING_NEVER_BESIDE if failure == NEVER_BESIDE else _LEAVING_SEPARATED)
    else:
        rows.add(**ratio(fit.coef[0], fit.se[0], protocol.thresholds.confidence_level))
    return rows.rows
