"""A small released store, written by hand, for the tests of presentation and report."""

import numpy as np
import pandas as pd

from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES

ORIGIN = {"itt": "enrolment", "landmark_84": "landmark", "landmark_91": "landmark", "allocated": "none"}
ARMS = ("intervention", "control")
PLAN = {
    "version": "1.0",
    "amendments": [],
    "design": {"allocation": "randomised_individuals", "strata": "organisation"},
    "dates": {"enrolment_from": "2021-04-01", "enrolment_until": "2022-12-31", "data_cutoff": "2022-12-31"},
    "thresholds": {
        "horizon_days": 365,
        "merge_gap_days": 28,
        "sustained_days": 28,
        "min_at_risk_at_tau": 5,
        "min_events_per_arm_in_group": 10,
        "release_min_people": 10,
        "relevant_effect_days": 11.5,
        "confidence_level": 0.95,
        "power": 0.8,
        "min_events_per_bin": 10,
    },
    "piecewise_cut": 84,
    "cost": {"friction_days": 84, "friction_elasticity": 0.8},
    "clocks": {
        "itt": {"horizon": 320},
        "landmark_84": {"day": 84, "horizon": 281},
        "landmark_91": {"day": 91, "horizon": 274},
    },
    "weeks": {"assessment_intervention": [84, 90], "assessment_control": [329, 364]},
    "estimands": [
        {
            "id": "P1",
            "question": "q",
            "summary": "s",
            "intercurrent": {"leaving": "composite, leaving counts as not returned"},
        },
        {"id": "X9", "question": "a question of its own", "summary": "s", "intercurrent": {}},
    ],
}
RUN = {
    "synthetic": True,
    "config": {"raw_dir": "data/raw/synthetic", "language": "nl"},
    "protocol": PLAN,
    "versions": {"pilot_analysis": "0.1.0", "python": "3.11.7"},
}


def row(analysis, measure, **given):
    """One row of the released store; what is not given has a harmless default."""
    population = given.get("population", "landmark_84")
    endpoint = given.get("endpoint", "none" if population == "allocated" else "full_rtw")
    base = {
        "analysis": analysis,
        "measure": measure,
        "estimand": "P1",
        "role": "secondary",
        "endpoint": endpoint,
        "population": population,
        "origin": ORIGIN.get(population, "none"),
        "group_by": "arm",
        "level": "all",
        "term": None,
        "time": np.nan,
        "estimate": np.nan,
        "se": np.nan,
        "ci_low": np.nan,
        "ci_high": np.nan,
        "statistic": np.nan,
        "df": np.nan,
        "p_value": np.nan,
        "n": None,
        "n_events": None,
        "unit": "days",
        "method": "as in this test",
        "engine": "test 1",
        "status": "ok",
        "reason": None,
        **given,
    }
    parts = (
        endpoint,
        population,
        analysis,
        measure,
        base["level"],
        base["term"] or "",
        "" if base["time"] != base["time"] else base["time"],
    )
    return {"result_id": ".".join(str(part) for part in parts if part != ""), **base}


def released(rows):
    """Rows as a frame that fits schema RELEASED."""
    return RELEASED.validate(conform(pd.DataFrame(rows)[list(RELEASED.columns)], RELEASED))


def curves(rows):
    """Tuples (analysis, group_by, level, [(time, estimate, n_at_risk)]) as released curves of full_rtw from day 84."""
    made = [
        {
            "analysis": analysis,
            "endpoint": "full_rtw",
            "population": "landmark_84",
            "origin": "landmark",
            "group_by": group_by,
            "level": level,
            "time": float(time),
            "estimate": estimate,
            "se": 0.03,
            "ci_low": max(0, estimate - 0.06),
            "ci_high": min(1, estimate + 0.06),
            "n_at_risk": at_risk,
        }
        for analysis, group_by, level, points in rows
        for time, estimate, at_risk in points
    ]
    return conform(pd.DataFrame(made, columns=list(RELEASED_CURVES.columns)), RELEASED_CURVES)


def small_store():
    """Arms with curves and means, effects, a group that is not estimable, withheld counts, flow, baseline, quality."""
    common = {"population": "allocated", "group_by": "all"}
    rows = [
        row("flow", "n", term="allocated", estimate=291, unit="people", **common),
        row("quality", "n", term="rows:cases", estimate=291, unit="rows", **common),
        row("quality", "n", term="issues:query:ao_outside_spell:accepted", estimate=12, unit="rows", **common),
    ]
    for arm, mean, n in (("intervention", 154.0, 143), ("control", 179.3, 148)):
        rows += [*_arm(arm, mean, n), *_design(arm)]
    return released(rows + _effects())


def _arm(arm, mean, n):
    counts = {"level": arm, "n": n, "n_events": 80}
    ao = {"endpoint": "ao_percent", "level": arm, "n": n, "unit": "points"}
    return [
        row("days_not_returned", "mean", time=281, estimate=mean, ci_low=mean - 17, ci_high=mean + 17, **counts),
        row("km", "median", estimate=mean - 30, ci_low=100, **counts),
        row("km", "survival", time=42, estimate=0.87, ci_low=0.8, ci_high=0.92, unit="probability", **counts),
        row("km", "n_at_risk", level=arm, time=42, estimate=118, n=118, unit="people"),
        row("km", "n_at_risk", level=arm, time=273, status="suppressed", unit="people", reason="too few"),
        row("ao_curve", "mean", time=0, estimate=88.0, ci_low=80, ci_high=95, **ao),
        row("ao_curve", "mean", time=7, estimate=84.0, ci_low=76, ci_high=91, **ao),
        row("flow", "n", population="allocated", level=arm, term="allocated", estimate=n, n=n, unit="people"),
        row("flow", "n", population="allocated", level=arm, term="excluded:no_case_record", status="suppressed"),
    ]


def _effects():
    effect = "intervention / control"
    by_cas = {"group_by": "arm*cas_group"}
    few = {"status": "not_estimable", "reason": "fewer than 10 events in an arm of this group", "n": 32, "n_events": 20}
    psychological = {"estimate": 1.87, "ci_low": 1.03, "ci_high": 3.39, "p_value": 0.041, "n": 94, "n_events": 46}
    overall = {"n": 291, "n_events": 159}
    days = {"estimate": -25.3, "ci_low": -49.5, "ci_high": -1.1, "p_value": 0.041, "role": "primary"}
    return [
        row("days_not_returned", "mean_difference", level="intervention - control", time=281, **days, **overall),
        row("cox_unadjusted", "hazard_ratio", level=effect, estimate=1.38, ci_low=1.01, ci_high=1.89, **overall),
        row("cox_interaction", "hazard_ratio", level=f"{effect} @ psychological", **psychological, **by_cas),
        row("cox_interaction", "hazard_ratio", level=f"{effect} @ other", **few, **by_cas),
        row("cox_interaction", "interaction", level="all", estimate=1.24, df=2, p_value=0.54, **by_cas),
    ]


def _design(arm):
    at = {"endpoint": "none", "population": "itt", "origin": "none", "level": arm}
    return [
        row("baseline", "mean", term="age", estimate=44.0, unit="years", **at),
        row("baseline", "sd", term="age", estimate=12.9, unit="years", **at),
        row("baseline", "n", term="sex[female]", estimate=97, unit="people", **at),
        row("baseline", "percent", term="sex[female]", estimate=57.1, unit="percent", **at),
    ]


def small_curves():
    """Kaplan-Meier and not-returned curves of both arms, cut before the end."""
    points = [(0, 1.0, 148), (30, 0.9, 140), (120, 0.6, 80), (250, 0.3, 12)]
    return curves([(analysis, "arm", arm, points) for analysis in ("km", "not_returned") for arm in ARMS])


def no_curves():
    """Curves of which nothing was released."""
    return curves([])
