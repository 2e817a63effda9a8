"""Fine-Gray against R crr (gtol = 1e-12), and its estimating equation with complex-step derivatives."""

import numpy as np
import pytest
from reference_tables import Topic, data_set, design_of, expected, outcome_of, sets_of

from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.fine_gray import fine_gray

TOPIC = Topic("Fine-Gray")
DERIVED = sets_of("fine_gray_by_definition")


def fitted(name: str, cause: int = 1, by: str = ""):
    """Our model of the cause, censoring alike within the groups of column `by`."""
    table = data_set(name)
    return fine_gray(outcome_of(table).about(cause), design_of(table), table[by] if by else None)


def models(table_name: str, name: str):
    """R's rows of each model and our fit of it."""
    rows = expected(table_name, name)
    for (cause, by), r in rows.assign(censoring_by=rows["censoring_by"].fillna("")).groupby(["cause", "censoring_by"]):
        yield r, fitted(name, int(cause), by), by


@TOPIC.check("coefficients, likelihoods, crr", sets_of("fine_gray"), 1e-6, "R crr")
def coefficients(name):
    for r, fit, _ in models("fine_gray", name):
        yield fit.coef, r["coef"], r["se"]
        yield [fit.loglik_null, fit.loglik], r[["null", "loglik"]].iloc[0]


@TOPIC.check("sandwich errors and covariance, crr", sets_of("fine_gray"), 1e-6, "R crr")
def errors(name):
    terms = design_of(data_set(name)).columns
    for r, fit, by in models("fine_gray_covariance", name):
        if not by:  # of several censoring groups crr's sandwich is another one: see README
            square = r.pivot(index="row", columns="column", values="covariance").loc[terms, terms]
            yield fit.cov, square, np.outer(fit.se, fit.se)
            yield fit.se, np.sqrt(np.diag(square))


@TOPIC.check("coefficients with entry, weights, censoring groups", DERIVED, 1e-6, "definition")
def by_definition(name):
    for r, fit, _ in models("fine_gray_by_definition", name):
        yield fit.coef, r["coef"], fit.se


@TOPIC.check(
    "errors with entry, weights, censoring groups", [s for s in DERIVED if "/" in s], 1e-6, "complex-step derivatives"
)
def errors_by_definition(name):
    for r, fit, _ in models("fine_gray_by_definition", name):
        yield fit.se, r["se"]


test_against_the_oracles = TOPIC.as_test()


@pytest.mark.parametrize("name", sets_of("fine_gray_weighted_cox"))
def test_weighted_cox_on_rows_of_finegray_is_close(name):
    """Other conventions under ties (README): within a quarter of a standard error, but the same model."""
    for cause, r in expected("fine_gray_weighted_cox", name).groupby("cause"):
        fit = fitted(name, int(cause))
        assert np.abs((fit.coef - r["coef"]) / r["se"]).max() < 0.25
        assert np.abs(fit.se / r["se"] - 1).max() < 0.1


@pytest.mark.parametrize("name", ["aml", "lung", "veteran"])
def test_without_competing_exits_it_is_cox_with_breslow_ties(name):
    table = data_set(name)
    model = cox(outcome_of(table), design_of(table), ties="breslow")
    found = fitted(name)
    assert found.coef == pytest.approx(model.coef, rel=1e-9)
    assert found.se == pytest.approx(robust(model).se, rel=1e-9)
