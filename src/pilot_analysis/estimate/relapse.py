"""Relapse after a confirmed sustained return, by arm and for all: descriptive, those who returned are a selection.

- At risk from the last day of the confirming run (day 28 of it, which is day 0 here) to the last known day, also beyond
  the year; relapse is the first day with AO% above 0.
- `probability`: Aalen-Johansen, leaving without relapse counts as never relapsed; `probability_leaving_censored`: one
  minus Kaplan-Meier, what would be seen if nobody left. `n_at_risk` beside them, at the milestones. Curve `relapse`.
- There is no contrast of the arms: the arm may change who returns.
- Not estimable: a milestone with nobody at risk; a level in which nobody relapsed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.competing import Incidence, cumulative_incidence, incidence_at
from pilot_analysis.models.outcome import COMPETING, EVENT, Outcome
from pilot_analysis.models.product_limit import kaplan_meier, n_at_risk_at, survival_at
from pilot_analysis.schemas.canonical import COMPETING_REASONS

ABOUT = {"endpoint": "sustained_rtw", "population": "returned", "origin": "confirmed_return"}
LEVELS = (*(("arm", arm) for arm in ARMS), ("all", "all"))
NO_RELAPSE = "nobody relapsed in this level"
_CUMINC = "Aalen-Johansen, leaving competes; infinitesimal jackknife se; log(-log) interval"
_KM = "1 - Kaplan-Meier, leaving censored; Greenwood se; log-log interval of the complement"
_AFTER = "; days since the confirmed return; those who returned are a selection"


def relapse_outcome(cases: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol) -> tuple[Outcome, np.ndarray]:
    """Days from the confirmed return to relapse (1), leaving (2) or the last known day (0), and the arm of each.

    `cases` and `outcomes` fit schemas.derived; people whose follow-up ends with the confirming run are not at risk.
    """
    back = outcomes[(outcomes["endpoint"] == "sustained_rtw") & (outcomes["status"] == "event")]
    who = cases.set_index("case_id").loc[back["case_id"]]
    confirmed = back["time"].to_numpy("int64") + protocol.thresholds.sustained_days - 1
    last, relapse = who["last_known_day"].to_numpy("int64"), who["relapse_day"]
    relapsed = relapse.notna().to_numpy(dtype=bool)
    leaves = who["followup_reason"].isin(COMPETING_REASONS).to_numpy(dtype=bool)
    state = np.select([relapsed, leaves], [EVENT, COMPETING], 0)
    time = np.where(relapsed, relapse.fillna(0).to_numpy("int64"), last) - confirmed
    here = time > 0
    return Outcome.of(0, time[here], state[here]), who["arm"].to_numpy(dtype=object)[here]


def relapse_rows(cases: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """`relapse`: probabilities and numbers at risk by arm and for all at the milestones."""
    whole, arm_of = relapse_outcome(cases, outcomes, protocol)
    rows = Rows({"analysis": "relapse", **ABOUT})
    for group_by, level in LEVELS:
        outcome = whole.take(_in(arm_of, level))
        about = {"group_by": group_by, "level": level, "n": len(outcome), "n_events": int(outcome.cause_specific.sum())}
        for day in protocol.milestones:
            _add_day(rows, outcome, day, about, protocol.thresholds.confidence_level)
    return rows.rows


def _in(arm_of: np.ndarray, level: str) -> np.ndarray:
    return np.ones(len(arm_of), dtype=bool) if level == "all" else arm_of == level


def _add_day(rows: Rows, outcome: Outcome, day: int, about: dict[str, Any], level: float) -> None:
    at_risk = n_at_risk_at(outcome, day)
    about = {**about, "time": float(day)}
    rows.add(measure="n_at_risk", unit="people", method="time >= milestone", estimate=float(at_risk), **about)
    reason = "nobody at risk at this milestone" if at_risk == 0 else None if about["n_events"] else NO_RELAPSE
    for measure, method in (("probability", _CUMINC), ("probability_leaving_censored", _KM)):
        keys = {"measure": measure, "unit": "probability", "method": method + _AFTER, **about}
        if reason:
            rows.add_not_estimable(reason, **keys)
            continue
        estimate, se, low, high = _cumulative(measure, outcome, day, level)
        rows.add(estimate=estimate, se=se, ci_low=low, ci_high=high, **keys)


def _cumulative(measure: str, outcome: Outcome, day: int, level: float) -> tuple[float, float, float, float]:
    if measure == "probability":
        return incidence_at(cumulative_incidence(outcome, EVENT, level), day)
    height, se, low, high = survival_at(kaplan_meier(outcome, level), day)
    return 1 - height, se, 1 - high, 1 - low


def relapse_curves(cases: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol) -> list[pd.DataFrame]:
    """Whole Aalen-Johansen curves of relapse, and of leaving without one; a level without anybody at risk has none."""
    whole, arm_of = relapse_outcome(cases, outcomes, protocol)
    drawn = []
    for group_by, level in LEVELS:
        outcome = whole.take(_in(arm_of, level))
        for analysis, cause in (("relapse", EVENT), ("relapse_leaving", COMPETING)) if len(outcome) else ():
            curve = cumulative_incidence(outcome, cause, protocol.thresholds.confidence_level)
            frame = incidence_frame(curve, len(outcome))
            drawn.append(frame.assign(analysis=analysis, group_by=group_by, level=level, **ABOUT))
    return drawn


def incidence_frame(curve: Incidence, n: int) -> pd.DataFrame:
    """A curve of one exit as rows of CURVES without their keys, from day 0 on; other exits count as censored."""
    steps = {
        "time": curve.time.astype("float64"),
        "estimate": curve.probability,
        "se": curve.se,
        "ci_low": curve.ci_low,
        "ci_high": curve.ci_high,
        "n_at_risk": curve.n_at_risk,
        "n_events": curve.n_events,
        "n_censored": curve.n_competing + curve.n_censored,
    }
    start = {name: [0 if name.startswith("n_") else 0.0] for name in steps} | {"n_at_risk": [n]}
    return pd.concat([pd.DataFrame(start), pd.DataFrame(steps)], ignore_index=True)
