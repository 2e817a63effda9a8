"""Log-rank tests against R survdiff; Fleming-Harrington (0, 1), which R does not have, against lifelines."""

import numpy as np
import pytest
from reference_tables import SETS, data_set, deviation, expected, outcome_of

from pilot_analysis.models.logrank import logrank

CASES = [
    pytest.param(name, row, id=f"{name}-rho{row.rho}{'-stratified' * row.stratified}")
    for name in SETS
    for row in expected("logrank", name).itertuples()
]


@pytest.mark.parametrize(("name", "row"), CASES)
def test_survdiff(name, row):
    table = data_set(name)
    strata = table["stratum"] if row.stratified else None
    found = logrank(outcome_of(table), table["group"], strata, rho=row.rho)
    assert found.df == row.df
    assert deviation(found.statistic, row.statistic) < 1e-11


@pytest.mark.parametrize("name", ["aml", "lung", "ovarian", "mgus2"])
@pytest.mark.parametrize(("rho", "gamma"), [(0, 1), (1, 1), (0.5, 2)])
def test_fleming_harrington_where_lifelines_is_right(name, rho, gamma):
    """lifelines is right for two groups, without strata, delayed entry, case weights or a time of 0."""
    from lifelines.statistics import logrank_test

    table = data_set(name)
    table = table[table["time"] > 0]
    first = table["group"] == table["group"].iloc[0]
    theirs = logrank_test(
        table["time"][first], table["time"][~first], table["state"][first] == 1, table["state"][~first] == 1,
        weightings="fleming-harrington", p=rho, q=gamma,
    )  # fmt: skip
    found = logrank(outcome_of(table), np.where(first, "first", "second"), rho=rho, gamma=gamma)
    assert found.statistic == pytest.approx(theirs.test_statistic, rel=1e-9)
    assert found.p_value == pytest.approx(theirs.p_value, rel=1e-8)
