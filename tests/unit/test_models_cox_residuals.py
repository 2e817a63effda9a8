"""Residuals of a Cox fit: term by term, in fractions, and as derivatives with respect to case weights."""

import numpy as np
import pytest
from cox_samples import by_weight, simulated

from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_residuals import dfbeta, martingale, scaled_schoenfeld, schoenfeld, score_residuals
from pilot_analysis.models.outcome import Outcome

TIES = pytest.mark.parametrize("ties", ["efron", "breslow"])


def written_out(fit, strata):
    """Martingale and score residuals of each case, and the Schoenfeld residual of each event, term by term."""
    data = fit.data
    outcome, x, w, risk = data.outcome, data.design, data.weight, np.exp(data.design @ fit.coef)
    expected, score, raw = np.zeros(len(outcome)), np.zeros(x.shape), {}
    for stratum in set(strata.tolist()):
        for day in sorted(set(outcome.time[(strata == stratum) & (outcome.state == 1)].tolist())):
            at_risk = (strata == stratum) & (outcome.entry < day) & (outcome.time >= day)
            tied = at_risk & (outcome.time == day) & (outcome.state == 1)
            d = int(tied.sum())
            for k in range(d):
                part = at_risk - (k / d if fit.ties == "efron" else 0) * tied
                total = (part * w * risk).sum()
                mean = (part * w * risk) @ x / total
                hazard = w[tied].mean() / total
                expected += part * risk * hazard
                score += (tied / d - part * risk * hazard)[:, None] * (x - mean)
                for i in np.flatnonzero(tied):
                    raw[i] = raw.get(i, 0) + (x[i] - mean) / d
    return (outcome.state == 1) - expected, score, raw


@TIES
@pytest.mark.parametrize("seed", [41, 42])
def test_term_by_term(ties, seed):
    outcome, design, strata = simulated(seed)
    fit = cox(outcome, design, strata, ties=ties)
    expected, score, raw = written_out(fit, strata)
    assert martingale(fit) == pytest.approx(expected, abs=1e-13)
    assert score_residuals(fit) == pytest.approx(score, abs=1e-11)
    assert outcome.weight @ martingale(fit) == pytest.approx(0, abs=1e-11)
    assert outcome.weight @ score_residuals(fit) == pytest.approx(0, abs=1e-10)
    found = schoenfeld(fit)
    assert found.residual == pytest.approx(np.array([raw[i] for i in found.case]), abs=1e-12)
    assert (found.day == outcome.time[found.case]).all()
    assert (found.stratum == strata[found.case]).all()
    assert list(zip(found.stratum, found.day, strict=True)) == sorted(zip(found.stratum, found.day, strict=True))
    scaled = scaled_schoenfeld(fit).residual
    assert scaled == pytest.approx(fit.coef + found.residual @ fit.cov * len(found.day), abs=1e-11)
    assert np.average(scaled, axis=0, weights=outcome.weight[found.case]) == pytest.approx(fit.coef, abs=1e-10)


@TIES
def test_dfbeta_is_the_derivative_by_weight(ties):
    outcome, design, strata = simulated(43)
    design = (design - design.mean(axis=0)) / design.std(axis=0)
    slope = by_weight(outcome, lambda weighted: cox(weighted, design, strata, ties=ties).coef)
    assert dfbeta(cox(outcome, design, strata, ties=ties)) == pytest.approx(slope, abs=2e-9)


def test_one_tie_in_fractions():
    # both of two have the event on a day, coefficient 0: hazards 1/2 and 1, the second shared by half of each
    fit = cox(Outcome.of(0, [4, 4], [1, 1]), [1, 0])
    assert martingale(fit) == pytest.approx([0, 0], abs=1e-14)
    assert score_residuals(fit)[:, 0] == pytest.approx([0, 0], abs=1e-14)
    assert schoenfeld(fit).residual[:, 0] == pytest.approx([0.5, -0.5], abs=1e-14)
    # Breslow counts both events among two: hazard 1 for each
    fit = cox(Outcome.of(0, [4, 4, 5], [1, 1, 0]), [1, 0, 0.5], ties="breslow")
    assert martingale(fit) == pytest.approx([1 / 3, 1 / 3, -2 / 3], abs=1e-14)


def test_without_columns_martingale_residuals_are_those_of_the_cumulative_hazard():
    fit = cox(Outcome.of([0, 0, 2], [1, 3, 4], [1, 0, 1]), np.empty((3, 0)))
    assert martingale(fit) == pytest.approx([0.5, -0.5, 0], abs=1e-14)
    assert score_residuals(fit).shape == (3, 0)


def test_exact_ties_have_no_such_residuals():
    fit = cox(Outcome.of(0, [1, 2, 3], [1, 1, 1]), [1, 0, 1], ties="exact")
    for residuals in (martingale, score_residuals, dfbeta, schoenfeld, scaled_schoenfeld):
        with pytest.raises(ValueError, match="Efron's or Breslow's"):
            residuals(fit)
