"""Kaplan-Meier, intervals, quantiles, follow-up, restricted means and what is made of them, against R survfit."""

from fractions import Fraction

import numpy as np
import pytest
from reference_tables import CURVES, Topic, data_set, expected, levels, outcome_of

from pilot_analysis.models.arithmetic import difference, ratio, ratio_interval
from pilot_analysis.models.competing import days_not_returned
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.product_limit import follow_up, kaplan_meier, median, quantile, rmst

TOPIC = Topic("product limit")
LIMITS = ["ci_low", "ci_high"]


def summaries(name: str, level: str, measure: str):
    return expected("summaries", name, level=level, measure=measure)


@TOPIC.check("Kaplan-Meier curve and numbers at risk", CURVES, 1e-12)
def curve(name):
    for level, outcome in levels(name):
        r, found = expected("kaplan_meier", name, level=level), kaplan_meier(outcome)
        for column in ("time", "n_at_risk", "n_events", "n_censored", "survival"):
            yield getattr(found, column), r[column]


@TOPIC.check("Kaplan-Meier standard error", CURVES, 1e-12)
def standard_error(name):
    for level, outcome in levels(name):
        yield kaplan_meier(outcome).se, expected("kaplan_meier", name, level=level)["se"]


@TOPIC.check("Kaplan-Meier limits, five scales", CURVES, 1e-12)
def limits(name):
    for level, outcome in levels(name):
        r, found = expected("kaplan_meier", name, level=level), kaplan_meier(outcome)
        yield from ((getattr(found, column), r[column]) for column in LIMITS)
    outcome = outcome_of(data_set(name))
    for scale in ("plain", "log", "logit", "arcsin"):
        r, found = expected("kaplan_meier_intervals", name, type=scale), kaplan_meier(outcome, interval=scale)
        inside = (found.survival > 0) & (found.survival < 1)  # elsewhere ours are absent, some of R's are not
        yield from ((getattr(found, column)[inside], r[column][inside]) for column in LIMITS)


@TOPIC.check("quantiles and their limits", CURVES, 1e-12)
def quantiles(name):
    for level, outcome in levels(name):
        r, found = summaries(name, level, "quantile"), kaplan_meier(outcome)
        yield [quantile(found, p) for p in r["at"]], r[["estimate", *LIMITS]]
        yield median(found), r[r["at"] == 0.5][["estimate", *LIMITS]].iloc[0]


@TOPIC.check("reverse Kaplan-Meier, median follow-up", CURVES, 1e-12)
def followed(name):
    found, r = follow_up(outcome_of(data_set(name))), expected("follow_up", name)
    inside = (found.survival > 0) & (found.survival < 1)
    yield found.survival, r["survival"]
    yield from ((getattr(found, column)[inside], r[column][inside]) for column in ("se", *LIMITS))
    for level, outcome in levels(name):
        yield median(follow_up(outcome)), summaries(name, level, "follow_up")[["estimate", *LIMITS]].iloc[0]


@TOPIC.check("restricted mean", CURVES, 1e-12)
def restricted_mean(name):
    for level, outcome in levels(name):
        r = summaries(name, level, "rmst")
        yield [rmst(outcome, int(tau)) for tau in r["at"]], r[["estimate", "se"]]


@TOPIC.check("differences and ratios of means", CURVES, 1e-12)
def contrasts(name):
    groups = [outcome for _, outcome in levels(name)[1:3]]
    for kind, estimator in (("rmst", rmst), ("days", days_not_returned)):
        r = summaries(name, "contrast", f"{kind}_difference").iloc[0]
        pair = [estimator(outcome, int(r["at"])) for outcome in groups]
        # A difference may be nearly 0: its digits are those of the means.
        yield difference(*pair), r[["estimate", "se"]], [pair[0].estimate, r["se"]]
        found, r = ratio(*pair), summaries(name, "contrast", f"{kind}_ratio").iloc[0]
        yield [*found, *ratio_interval(np.log(found.estimate), found.se)], r[["estimate", "se", *LIMITS]]


test_against_r = TOPIC.as_test()


def test_by_hand_with_ties_entry_and_a_fractional_weight():
    """Rows (entry, time, state, weight): at risk on day 2: 1 + 1/2, one event of 1/2; day 5: 1 + 2 + 1, one of 2."""
    outcome = Outcome.of([0, 0, 2, 3], [5, 2, 5, 6], [0, 1, 1, 0], [1, 0.5, 2, 1])
    first = 1 - Fraction(1, 2) / Fraction(3, 2)
    second = first * (1 - Fraction(2, 4))
    assert kaplan_meier(outcome).survival == pytest.approx([float(first), float(second), float(second)], rel=1e-15)
    assert rmst(outcome, 6).estimate == pytest.approx(float(2 + 3 * first + second), rel=1e-15)
