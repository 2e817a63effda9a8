"""Recurrent events: Andersen-Gill, PWP and mean cumulative functions, against R coxph, survfit and derivatives."""

from fractions import Fraction

import pytest
from reference_tables import Topic, data_set, design_of, expected, outcome_of, sets_of

from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.recurrent import mean_cumulative, mean_number, recurrent_cox

TOPIC = Topic("recurrent events")
SETS = sets_of("recurrent_mean")


@TOPIC.check("Andersen-Gill, PWP total and gap time, errors by case", SETS, 1e-8)
def models(name):
    table = data_set(f"recurrent/{name}")
    for kind, r in expected("recurrent_cox", name).groupby("kind"):
        found = recurrent_cox(outcome_of(table), table["case"], design_of(table), kind, last=3)
        yield found.fit.coef, r["coef"], r["se"]
        yield found.fit.se, r["se"]
        yield found.robust.se, r["cluster_se"]


def means(name: str, ends: bool):
    table = data_set(f"recurrent/{name}")
    if not ends:
        table = table.assign(state=(table["state"] == 1).astype(int))
    for level, r in expected("recurrent_mean", name, ends=ends).groupby("level"):
        part = table if level == "all" else table[table["group"] == level]
        found = mean_cumulative(outcome_of(part), part["case"])
        yield found.time, r["time"]
        yield found.mean, r["mean"]
        yield found.se, r["se"]


@TOPIC.check("mean number of events, nothing ends it", SETS, 1e-12, "R survfit(id=)")
def endless(name):
    yield from means(name, ends=False)


@TOPIC.check("mean number of events until an end (Ghosh-Lin)", SETS, 1e-12, "complex-step derivatives")
def ending(name):
    yield from means(name, ends=True)


test_against_the_oracles = TOPIC.as_test()


def test_by_hand_an_end_lowers_the_mean():
    """Day 2: 2 events among 4. Day 3: one of 4 leaves. Day 5: one event among the 3 left."""
    outcome = Outcome.of([0, 2, 0, 2, 0, 0, 5], [2, 6, 2, 3, 6, 5, 6], [1, 0, 1, 2, 0, 1, 0])
    found = mean_cumulative(outcome, [1, 1, 2, 2, 3, 4, 4])
    last = Fraction(2, 4) + Fraction(3, 4) * Fraction(1, 3)
    assert mean_number(found, 4).estimate == 0.5
    assert mean_number(found, 6).estimate == pytest.approx(float(last), rel=1e-15)
