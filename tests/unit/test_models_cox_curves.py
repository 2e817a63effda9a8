"""Curves predicted by a Cox fit: in fractions, one person at a time, and their errors by case weights."""

import numpy as np
import pytest
from cox_samples import by_weight, simulated

from pilot_analysis.models import cox_curves
from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_curves import baseline_hazard, standardised_curves, standardised_days
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


def test_hazard_in_fractions():
    outcome = Outcome.of([0, 0, 0, 1], [2, 2, 3, 4], [1, 1, 0, 1])
    efron, breslow = (baseline_hazard(cox(outcome, np.empty((4, 0)), ties=ties)) for ties in ("efron", "breslow"))
    assert efron.day.tolist() == [2, 4]
    assert efron.hazard == pytest.approx([1 / 4 + 1 / 3, 1 / 4 + 1 / 3 + 1], rel=1e-14)
    assert efron.se**2 == pytest.approx([1 / 16 + 1 / 9, 1 / 16 + 1 / 9 + 1], rel=1e-14)
    assert breslow.hazard == pytest.approx([1 / 2, 3 / 2], rel=1e-14)


def test_hazard_of_a_person_is_a_matter_of_where_zero_is():
    outcome, design, strata = simulated(71)
    person = design[3]
    found = baseline_hazard(cox(outcome, design, strata), person)
    moved = baseline_hazard(cox(outcome, design - person, strata))
    assert found.hazard == pytest.approx(moved.hazard, rel=1e-11)
    assert found.se == pytest.approx(moved.se, rel=1e-11)
    for stratum in range(3):
        inside = strata == stratum
        own = found.hazard[found.stratum == stratum]
        assert (np.diff(own) > 0).all()
        assert own.size == np.unique(outcome.time[inside & (outcome.state == 1)]).size
    with pytest.raises(ValueError, match="covariates have shape"):
        baseline_hazard(cox(outcome, design, strata), [1.0])


@pytest.mark.parametrize("block", [4_000_000, 50])
def test_standardised_curves_one_person_at_a_time(block, monkeypatch):
    monkeypatch.setattr(cox_curves, "_BLOCK", block)
    outcome, design, strata = simulated(72)
    fit = cox(outcome, design, strata)
    found, base = standardised_curves(fit, 0, (0, 1)), baseline_hazard(fit)
    assert found.last == min(outcome.time[strata == s].max() for s in range(3))
    assert found.day.max() <= found.last
    for k in (0, 1):
        for day, height in zip(found.day, found.survival[k], strict=True):
            each = []
            for person, stratum in zip(design, strata, strict=True):
                hazard = base.hazard[(base.stratum == stratum) & (base.day <= day)].max(initial=0)
                each.append(np.exp(-hazard * np.exp(np.concatenate([[k], person[1:]]) @ fit.coef)))
            assert height == pytest.approx(np.average(each, weights=outcome.weight), rel=1e-11)


@pytest.mark.parametrize(("ties", "stratified"), [("efron", True), ("efron", False), ("breslow", True)])
def test_errors_are_derivatives_by_weight(ties, stratified):
    outcome, design, strata = simulated(73, 50)
    strata = strata % 2 if stratified else 0 * strata
    design = (design - design.mean(axis=0)) / design.std(axis=0)
    cluster = np.arange(50) % 7
    tau = 8

    def estimates(weighted):
        fit = cox(weighted, design, strata, ties=ties)
        days = standardised_days(fit, 0, tau, (-1, 1))
        return [*(one.estimate for one in days), *standardised_curves(fit, 0, (-1, 1)).survival.ravel()]

    slope = by_weight(outcome, estimates)
    sums = np.array([slope[cluster == g].sum(axis=0) for g in range(7)])
    fit = cox(outcome, design, strata, ties=ties)
    for labels, each in ((None, slope), (cluster, sums)):
        days = standardised_days(fit, 0, tau, (-1, 1), labels)
        curves = standardised_curves(fit, 0, (-1, 1), labels)
        found = [*(one.se for one in days), *curves.se.ravel()]
        assert found == pytest.approx(np.sqrt((each**2).sum(axis=0)), rel=1e-6, abs=1e-9)


def test_days_are_the_area_below_the_curve():
    outcome, design, strata = simulated(74)
    fit = cox(outcome, design, strata)
    curves = standardised_curves(fit, 2, (0, 1))
    for tau in (1, 5, curves.last):
        days = standardised_days(fit, 2, tau)
        for k, mean in enumerate(days[:2]):
            height = [curves.survival[k][curves.day <= day][-1] if day >= curves.day[0] else 1 for day in range(tau)]
            assert mean.estimate == pytest.approx(sum(height), rel=1e-12)
        assert days.difference.estimate == pytest.approx(days.second.estimate - days.first.estimate, rel=1e-12)
    same = standardised_days(fit, 2, 5, (1, 1))
    assert same.difference == (0, 0)


def test_nothing_beyond_the_follow_up_of_a_stratum():
    outcome = Outcome.of(0, [2, 4, 6, 8, 1, 2, 3, 5], [1, 1, 0, 1, 1, 1, 1, 0])
    fit = cox(outcome, [1, 0, 1, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1])
    assert standardised_curves(fit, 0).last == 5
    assert standardised_days(fit, 0, 5).first.estimate > 0
    with pytest.raises(NotEstimable, match=r"nobody at risk on day 6 .* ends on day 5"):
        standardised_days(fit, 0, 6)
    short = cox(Outcome.of(0, [2, 4, 6, 8, 1], [1, 1, 0, 1, 0]), [1, 0, 1, 0, 1], [0, 0, 0, 0, 1])
    with pytest.raises(NotEstimable, match="after day 1"):
        standardised_curves(short, 0)


def test_a_bad_call():
    outcome, design, strata = simulated(75)
    fit = cox(outcome, design, strata)
    with pytest.raises(ValueError, match="tau must be above 0"):
        standardised_days(fit, 0, 0)
    for call in (lambda: standardised_days(fit, 3, 4), lambda: standardised_curves(fit, -1)):
        with pytest.raises(ValueError, match="no column"):
            call()
