"""When a first FML is there: probability by arm beside return and leaving without one, median, and by the landmark.

- Aalen-Johansen on the clocks of the plan: from enrolment (whoever has no FML then and is still absent), and from the
  landmarks (no FML, return or exit up to that day). Full return and leaving end the waiting and are competing exits.
- `cumulative_incidence` (first FML), `_return`, `_leaving` at the milestones, with `n_at_risk`; `difference` of the
  arms in the probability of an FML; Gray's test; `median`, the first day on which half have an FML.
- `assessed_by_landmark`: share with an FML up to the landmark day among those still absent then: what a labour expert
  in week 13 could have read.
- Not estimable: nobody at risk at the milestone; no such exit in the arm; what Gray's test refuses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.means import CONTRAST
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.relapse import incidence_frame
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import Mean, difference, normal_interval
from pilot_analysis.models.competing import Incidence, cumulative_incidence, incidence_at
from pilot_analysis.models.gray import gray
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import CENSORED, EVENT, Outcome
from pilot_analysis.models.product_limit import n_at_risk_at
from pilot_analysis.models.proportions import share

RETURN, LEAVING = 2, 3
EXITS = {
    EVENT: ("cumulative_incidence", "no first FML in this arm"),
    RETURN: ("cumulative_incidence_return", "nobody returned without an FML in this arm"),
    LEAVING: ("cumulative_incidence_leaving", "nobody left without an FML in this arm"),
}
_METHOD = "Aalen-Johansen of first FML, full return and leaving; infinitesimal jackknife se; log(-log) interval"
_AT_MILESTONE = "nobody at risk at this milestone"


def fml_rows(process: pd.DataFrame, outcomes: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """All rows of `fml_availability`; `process` and `outcomes` are those of derivation."""
    found = []
    for name, clock in protocol.clocks.items():
        rows = Rows(
            {
                "analysis": "fml_availability",
                "endpoint": "first_fml",
                "population": name,
                "origin": "enrolment" if clock.day is None else "landmark",
                "group_by": "arm",
            }
        )
        outcome, arm = _waiting(process, clock.day)
        curves = {side: _add_arm(rows, outcome.take(arm == side), side, protocol) for side in ARMS}
        _add_differences(rows, outcome, curves, protocol)
        _add_gray(rows, outcome, arm)
        if clock.day is not None:
            _add_by_landmark(rows, process, outcomes, clock.day, protocol)
        found += rows.rows
    return found


def fml_curves(process: pd.DataFrame | None, protocol: Protocol) -> list[pd.DataFrame]:
    """Whole curves of the first FML, of returning and of leaving without one, by arm; an arm without anybody has none.

    They are internal: what may be released of the milestones is read off them.
    """
    drawn = []
    for name, clock in protocol.clocks.items() if process is not None and len(process) else ():
        outcome, arm = _waiting(process, clock.day)
        about = {"endpoint": "first_fml", "population": name, "group_by": "arm"}
        about["origin"] = "enrolment" if clock.day is None else "landmark"
        for side in ARMS:
            own = outcome.take(arm == side)
            for cause, (measure, _) in EXITS.items() if len(own) else ():
                curve = incidence_frame(
                    cumulative_incidence(own, cause, protocol.thresholds.confidence_level), len(own)
                )
                analysis = measure.replace("cumulative_incidence", "fml_availability")
                drawn.append(curve.assign(analysis=analysis, level=side, **about))
    return drawn


def _waiting(process: pd.DataFrame, landmark: int | None) -> tuple[Outcome, np.ndarray]:
    """Those who wait for a first FML from their origin on, and their arms."""
    rows = process[process["fml_status"] != "not_at_risk"]
    if landmark is not None:
        rows = rows[(rows["entry"] <= landmark) & (rows["fml_time"] > landmark)]
    origin = rows["entry"].to_numpy("int64") if landmark is None else np.full(len(rows), landmark)
    returned = rows["fml_reason"].eq("full_rtw").fillna(False).to_numpy(dtype=bool)
    status = rows["fml_status"].to_numpy(object)
    state = np.select([status == "event", returned, status == "competing"], [EVENT, RETURN, LEAVING], CENSORED)
    return Outcome.of(0, rows["fml_time"].to_numpy("int64") - origin, state), rows["arm"].to_numpy(object)


def _add_arm(rows: Rows, outcome: Outcome, arm: str, protocol: Protocol) -> Incidence | None:
    """Rows of one arm; returns the curve of a first FML, None without any."""
    curves = {}
    for cause, (measure, nobody) in EXITS.items():
        count = int((outcome.state == cause).sum())
        about = {"measure": measure, "level": arm, "unit": "probability", "method": _METHOD}
        about |= {"n": len(outcome), "n_events": count}
        curves[cause] = cumulative_incidence(outcome, cause, protocol.thresholds.confidence_level) if count else None
        for day in protocol.milestones:
            at_risk = n_at_risk_at(outcome, day)
            if at_risk == 0 or not count:
                rows.add_not_estimable(nobody if at_risk else _AT_MILESTONE, time=float(day), **about)
                continue
            estimate, se, low, high = incidence_at(curves[cause], day)
            rows.add(time=float(day), estimate=estimate, se=se, ci_low=low, ci_high=high, **about)
    people = {"level": arm, "n": len(outcome), "n_events": int((outcome.state == EVENT).sum())}
    for day in protocol.milestones:
        at_risk = float(n_at_risk_at(outcome, day))
        rows.add(
            measure="n_at_risk", time=float(day), unit="people", method="time >= milestone", estimate=at_risk, **people
        )
    _add_median(rows, curves[EVENT], people)
    return curves[EVENT]


def _add_median(rows: Rows, curve: Incidence | None, people: dict[str, Any]) -> None:
    method = "first day on which the probability of an FML is at least 0.5; limits from the log(-log) interval"
    about = {"measure": "median", "unit": "days", "method": method, **people}
    if curve is None:
        rows.add_not_estimable(EXITS[EVENT][1], **about)
        return
    middle, low, high = (_reaches_half(curve, height) for height in (curve.probability, curve.ci_high, curve.ci_low))
    if middle is None:
        rows.add_not_estimable("fewer than half have an FML by the end", **about)
    else:
        rows.add(estimate=middle, ci_low=low, ci_high=high, **about)


def _reaches_half(curve: Incidence, height: np.ndarray) -> float | None:
    """First day on which `height` is at least a half, but for rounding."""
    reached = np.flatnonzero(height >= 0.5 - 1e-12)  # NaN compares false
    return float(curve.time[reached[0]]) if reached.size else None


def _add_differences(rows: Rows, outcome: Outcome, curves: dict[str, Incidence | None], protocol: Protocol) -> None:
    about = {"measure": "difference", "level": CONTRAST, "unit": "probability", "n": len(outcome)}
    about |= {"n_events": int((outcome.state == EVENT).sum()), "method": f"difference of two: {_METHOD}; Wald interval"}
    for day in protocol.milestones:
        found = []
        for arm in ARMS:
            reason = None if curves[arm] is not None else EXITS[EVENT][1]
            if reason is None:
                try:
                    estimate, se, _, _ = incidence_at(curves[arm], day)
                    found.append(Mean(estimate, se))
                except NotEstimable:
                    reason = _AT_MILESTONE
            if reason or not np.isfinite(found[-1].se):
                reason = f"{arm}: {reason or 'everybody has an FML'}"
                break
        if reason:
            rows.add_not_estimable(reason, time=float(day), **about)
            continue
        both = difference(*found)
        low, high = normal_interval(both.estimate, both.se, protocol.thresholds.confidence_level)
        rows.add(time=float(day), estimate=both.estimate, se=both.se, ci_low=low, ci_high=high, **about)


def _add_gray(rows: Rows, outcome: Outcome, arm: np.ndarray) -> None:
    method = "Gray's test, rho 0, of the probability of a first FML"
    about = {"measure": "gray", "level": "all", "unit": "statistic", "method": method, "n": len(outcome)}
    about["n_events"] = int((outcome.state == EVENT).sum())
    without = [side for side in ARMS if not (outcome.state[arm == side] == EVENT).any()]
    if without:
        rows.add_not_estimable(f"{without[0]}: {EXITS[EVENT][1]}", **about)
        return
    try:
        test = gray(outcome, arm)
    except NotEstimable:
        rows.add_not_estimable("too few first FMLs beside each other", **about)
        return
    rows.add(estimate=test.statistic, statistic=test.statistic, df=test.df, p_value=test.p_value, **about)


def _add_by_landmark(rows: Rows, process: pd.DataFrame, outcomes: pd.DataFrame, day: int, protocol: Protocol) -> None:
    full = outcomes[(outcomes["endpoint"] == "full_rtw") & (outcomes["status"] != "not_at_risk")]
    there = process["case_id"].isin(full.loc[(full["time"] > day) & (full["entry"] <= day), "case_id"])
    for arm in ARMS:
        first = process.loc[there & (process["arm"] == arm), "first_fml_day"]
        count, n = int(first.le(day).sum()), len(first)
        about = {"measure": "assessed_by_landmark", "level": arm, "unit": "percent", "n": n}
        about["method"] = "share with an FML of this absence up to the landmark day; Wilson's interval"
        if n == 0:
            rows.add_not_estimable("nobody in this arm", **about)
            continue
        found = share(count, n, protocol.thresholds.confidence_level)
        limits = {"ci_low": 100 * found.low, "ci_high": 100 * found.high}
        rows.add(estimate=100 * found.estimate, n_events=count, **limits, **about)
