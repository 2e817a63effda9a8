"""Kaplan-Meier, medians, restricted means and Aalen-Johansen against R survival."""

import numpy as np
import pytest
from reference_tables import SETS, deviation, expected, levels

from pilot_analysis.models.competing import days_not_returned, not_returned_curve
from pilot_analysis.models.product_limit import kaplan_meier, median, rmst

PAIRS = [pytest.param(name, level, outcome, id=f"{name}-{level}") for name in SETS for level, outcome in levels(name)]


def rows(table: str, name: str, level: str):
    found = expected(table, name)
    found = found[found["level"] == level]
    assert len(found) > 0
    return found


@pytest.mark.parametrize(("name", "level", "outcome"), PAIRS)
def test_kaplan_meier(name, level, outcome):
    r, curve = rows("kaplan_meier", name, level), kaplan_meier(outcome)
    for column in ("time", "n_at_risk", "n_events", "n_censored"):
        assert getattr(curve, column).tolist() == r[column].tolist()
    for column in ("survival", "se", "ci_low", "ci_high"):
        assert deviation(getattr(curve, column), r[column]) < 1e-11, column


@pytest.mark.parametrize(("name", "level", "outcome"), PAIRS)
def test_median(name, level, outcome):
    r = rows("summaries", name, level).query("measure == 'median'")
    assert deviation(median(kaplan_meier(outcome)), r[["estimate", "ci_low", "ci_high"]].iloc[0]) == 0


@pytest.mark.parametrize(("name", "level", "outcome"), PAIRS)
def test_restricted_mean(name, level, outcome):
    r = rows("summaries", name, level).query("measure == 'rmst'")
    assert deviation([rmst(outcome, int(tau)) for tau in r["tau"]], r[["estimate", "se"]]) < 1e-11


@pytest.mark.parametrize(("name", "level", "outcome"), PAIRS)
def test_aalen_johansen(name, level, outcome):
    r, curve = rows("aalen_johansen", name, level), not_returned_curve(outcome)
    assert curve.time.tolist() == r["time"].tolist()
    assert np.abs(1 - curve.survival - r["probability"]).max() < 1e-13
    returning = curve.survival > 0  # R gives a standard error of 0 where everybody returned; here it is absent
    assert deviation(curve.se[returning], r["se"][returning]) < 1e-9


@pytest.mark.parametrize(("name", "level", "outcome"), PAIRS)
def test_days_not_returned(name, level, outcome):
    r = rows("summaries", name, level).query("measure == 'days_in_event_state'")
    ours = [days_not_returned(outcome, int(tau)) for tau in r["tau"]]
    assert deviation([mean.estimate for mean in ours], r["tau"] - r["estimate"]) < 1e-11
    assert deviation([mean.se for mean in ours], r["se"]) < 1e-9
