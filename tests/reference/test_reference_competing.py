"""Cumulative incidence, days lost by cause, pseudo-values and occupation of states, against R survfit."""

from fractions import Fraction

import numpy as np
import pytest
from reference_tables import CURVES, Topic, data_set, design_of, expected, levels, outcome_of, sets_of

from pilot_analysis.models.arithmetic import Mean
from pilot_analysis.models.competing import (
    cumulative_incidence,
    days_not_returned,
    influence_days_not_returned,
    not_returned_curve,
    time_lost,
)
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.pseudo import adjusted_difference, pseudo_days
from pilot_analysis.models.states import days_in_states, occupation_at, state_occupation

TOPIC = Topic("competing exits and states")


def incidence_rows(name):
    """Each cause of each level that R has: its outcome and R's rows."""
    for level, outcome in levels(name):
        r = expected("cumulative_incidence", name, level=level)
        for cause, rows in r.groupby("cause"):
            yield int(cause), outcome, rows


@TOPIC.check("Aalen-Johansen of every cause", CURVES, 1e-12)
def incidence(name):
    for cause, outcome, r in incidence_rows(name):
        found = cumulative_incidence(outcome, cause)
        yield found.time, r["time"]
        yield found.probability, r["probability"]
        if cause == 1:
            yield 1 - not_returned_curve(outcome).survival, r["probability"], 1.0


@TOPIC.check("its infinitesimal jackknife error", CURVES, 1e-12)
def error(name):
    for cause, outcome, r in incidence_rows(name):
        found = cumulative_incidence(outcome, cause)
        below = ~np.isnan(found.se)  # R gives an error of 0 where everybody has the event; ours is absent
        yield found.se[below], r["se"][below]
        assert r["probability"][~below].min() > 1 - 1e-12 if not below.all() else True


@TOPIC.check("its limits, log and log-log", CURVES, 1e-12)
def limits(name):
    for cause, outcome, r in incidence_rows(name):
        for scale in ("log", "log-log"):
            found = cumulative_incidence(outcome, cause, interval=scale)
            inside = (found.probability > 0) & ~np.isnan(found.se)
            prefix = scale.replace("-", "_")
            for side in ("low", "high"):
                yield getattr(found, f"ci_{side}")[inside], r[f"{prefix}_{side}"][inside]


@TOPIC.check("days not returned, days lost to each cause", CURVES, 1e-12)
def days(name):
    for level, outcome in levels(name):
        r = expected("summaries", name, level=level)
        r = r[r["measure"].str.startswith("days_in_")]
        for row in r.itertuples():
            cause, tau = int(row.measure.removeprefix("days_in_")), int(row.at)
            yield time_lost(outcome, tau, cause), [row.estimate, row.se]
            if cause == 1:
                yield days_not_returned(outcome, tau), [tau - row.estimate, row.se]


@TOPIC.check("pseudo-values of days not returned", sets_of("pseudo_values"), 1e-12)
def pseudo_values(name):
    outcome, r = outcome_of(data_set(name)), expected("pseudo_values", name)
    tau = int(r["tau"].iloc[0])
    yield pseudo_days(outcome, tau), r["value"], tau
    moved = influence_days_not_returned(outcome, tau)
    yield np.sqrt(np.sum(moved**2)), days_not_returned(outcome, tau).se


@TOPIC.check("adjusted difference of days, HC0 to HC3", sets_of("pseudo_regression"), 1e-12, "R lm, vcovHC")
def adjusted(name):
    table = data_set(name)
    covariates = design_of(table)
    design = np.column_stack([np.ones(len(table)), covariates])
    for (small, tau), r in expected("pseudo_regression", name).groupby(["type", "tau"]):
        values = pseudo_days(outcome_of(table), int(tau))
        assert r["term"].tolist() == covariates.columns.tolist()
        for column, row in enumerate(r.itertuples(), start=1):
            yield adjusted_difference(values, design, column, small), [row.coef, row.se], row.se


def occupation_of(table, tau=None):
    """Occupation of the states of a data set, in which 0 is no move."""
    to = np.where(table["to"] == 0, table["from"], table["to"])
    return state_occupation(table["entry"], table["time"], table["from"], to, table["case"], table.get("weight"), tau)


def state_levels(name):
    """Everybody, and where R has them each group."""
    table = data_set(f"states/{name}")
    for level in expected("state_occupation", name)["level"].unique():
        yield level, table if level == "all" else table[table["group"] == level]


@TOPIC.check("occupation of states, back and forth, entry, weights", sets_of("state_occupation"), 1e-12)
def occupation(name):
    for level, table in state_levels(name):
        found, r = occupation_of(table), expected("state_occupation", name, level=level)
        assert set(map(str, found.states)) == set(map(str, r["state"]))
        for state, rows in r.groupby("state"):
            k = list(map(str, found.states)).index(str(state))
            share, se = np.transpose([[part[k] for part in occupation_at(found, int(day))] for day in rows["time"]])
            # R's shares of 1e-16 are rounding: where nobody is they are compared as they stand.
            yield share, rows["probability"], np.maximum(rows["probability"], 1e-3)
            yield se, rows["se"], np.maximum(rows["se"], 1e-3)


@TOPIC.check("mean time in states", sets_of("state_time"), 1e-12)
def stays(name):
    for level, table in state_levels(name):
        for tau, rows in expected("state_time", name, level=level).groupby("tau"):
            found = occupation_of(table, int(tau))
            for row in rows.itertuples():
                yield days_in_states(found, {row.state: 1}), [row.estimate, row.se]


test_against_r = TOPIC.as_test()


def test_by_hand_with_entry_ties_and_three_causes():
    """Day 2: 2 at risk, one of cause 1. Day 4: 4 at risk (one enters on 2, two on 3), one of each cause.

    The last is censored on day 6.
    """
    outcome = Outcome.of([0, 0, 2, 3, 3], [2, 4, 4, 4, 6], [1, 1, 2, 3, 0])
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    for cause, expectation in ((1, [half, half + half * quarter]), (2, [0, half * quarter]), (3, [0, half * quarter])):
        found = cumulative_incidence(outcome, cause)
        assert found.time.tolist() == [2, 4, 6]
        assert found.probability.tolist() == [float(x) for x in [*expectation, expectation[-1]]]
    lost = [time_lost(outcome, 6, cause).estimate for cause in (1, 2, 3)]
    assert lost == pytest.approx([2 * 0.5 + 2 * 0.625, 0.25, 0.25], rel=1e-15)
    assert days_not_returned(outcome, 6) == Mean(pytest.approx(6 - lost[0]), time_lost(outcome, 6).se)
