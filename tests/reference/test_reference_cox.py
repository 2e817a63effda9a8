"""Cox models against R coxph(ties = "efron") at eps = 1e-14."""

import numpy as np
import pytest
from reference_tables import LATE, SETS, data_set, design_of, deviation, expected, outcome_of

from pilot_analysis.models.cox import cox

CASES = [
    pytest.param(name, stratified, id=name + "-stratified" * stratified)
    for name in SETS
    for stratified in sorted(set(expected("cox", name)["stratified"].tolist()))
]


@pytest.mark.parametrize(("name", "stratified"), CASES)
def test_coxph(name, stratified):
    table = data_set(name)
    design = design_of(table)
    fit = cox(outcome_of(table), design, table["stratum"] if stratified else None)
    of_r = {kind: expected(kind, name).query(f"stratified == {stratified}") for kind in ("cox", "cox_likelihood")}
    assert design.columns.tolist() == of_r["cox"]["term"].tolist()
    # Errors of a coefficient are counted in its standard errors: one may happen to be nearly 0.
    assert np.max(np.abs(fit.coef - of_r["cox"]["coef"]) / fit.se) < 1e-9
    assert deviation(fit.se, of_r["cox"]["se"]) < 1e-9
    likelihood = of_r["cox_likelihood"].iloc[0]
    assert deviation([fit.loglik_null, fit.loglik], [likelihood["null"], likelihood["fitted"]]) < 1e-12


@pytest.mark.parametrize(("name", "stratified"), CASES)
def test_covariance(name, stratified):
    table = data_set(name)
    fit = cox(outcome_of(table), design_of(table), table["stratum"] if stratified else None)
    r = expected("cox_covariance", name).query(f"stratified == {stratified}")
    theirs = r.pivot(index="row", columns="column", values="covariance")
    terms = design_of(table).columns
    assert np.max(np.abs(fit.cov - theirs.loc[terms, terms]) / np.outer(fit.se, fit.se)) < 1e-9


def test_the_references_combine_what_is_hard():
    for name in LATE:
        table = data_set(name)
        assert (table["entry"] > 0).any()
        assert set(table["state"]) == {0, 1, 2}
        assert table["stratum"].nunique() == 5
    assert data_set("tied")["time"].nunique() < 30
