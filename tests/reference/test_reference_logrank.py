"""Log-rank, Fleming-Harrington and Gray's tests: R survdiff and cuminc, exact fractions, and lifelines."""

from fractions import Fraction

import numpy as np
import pytest
from reference_tables import Topic, data_set, expected, is_late, outcome_of, sets_of

from pilot_analysis.models.gray import gray
from pilot_analysis.models.logrank import logrank
from pilot_analysis.models.not_estimable import NotEstimable

TOPIC = Topic("tests between groups")


@TOPIC.check("log-rank, stratified, rho", sets_of("logrank"), 1e-12, "R survdiff")
def survdiff(name):
    table = data_set(name)
    for r in expected("logrank", name).itertuples():
        found = logrank(outcome_of(table), table["group"], table["stratum"] if r.stratified else None, rho=r.rho)
        yield found[:2], [r.statistic, r.df]


@TOPIC.check("Gray, stratified, rho", sets_of("gray"), 1e-12, "R cuminc")
def cuminc(name):
    table = data_set(name)
    for r in expected("gray", name).itertuples():
        strata = table["stratum"] if r.stratified else None
        found = gray(outcome_of(table).about(int(r.cause)), table["group"], strata, rho=r.rho)
        # cuminc takes the p value as 1 - pchisq, so only its first digits after the point are compared.
        yield found[:2], [r.statistic, r.df]
        yield found.p_value, r.p_value, 1.0


def in_fractions(table, stratified: bool, rho: int, gamma: int) -> Fraction:
    """The Fleming-Harrington statistic of K groups as it is defined, in fractions."""
    groups = sorted(set(table["group"]))[1:]
    score = [Fraction(0)] * len(groups)
    variance = [[Fraction(0)] * len(groups) for _ in groups]
    for _, part in table.groupby("stratum") if stratified else [("all", table)]:
        height = Fraction(1)
        for day in sorted(set(part["time"][part["state"] == 1])):
            at_risk = part[(part["entry"] < day) & (part["time"] >= day)]
            event = at_risk[(at_risk["time"] == day) & (at_risk["state"] == 1)]
            n, d = len(at_risk), len(event)
            weight = height**rho * (1 - height) ** gamma
            share = [Fraction(int((at_risk["group"] == group).sum()), n) for group in groups]
            spread = weight**2 * d * Fraction(n - d, max(n - 1, 1))
            for j, group in enumerate(groups):
                score[j] += weight * (int((event["group"] == group).sum()) - d * share[j])
                for k in range(len(groups)):
                    variance[j][k] += spread * ((j == k) * share[j] - share[j] * share[k])
            height *= 1 - Fraction(d, n)
    return sum(a * b for a, b in zip(score, solved(variance, score), strict=True))


def solved(matrix, right):
    """Gaussian elimination in fractions; a covariance needs no pivoting."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for k, pivot in enumerate(rows):
        pivot[:] = [value / pivot[k] for value in pivot]
        for other in rows[:k] + rows[k + 1 :]:
            other[:] = [value - other[k] * own for value, own in zip(other, pivot, strict=True)]
    return [line[-1] for line in rows]


@TOPIC.check(
    "Fleming-Harrington (0,1), (1,1), stratified, entry",
    ["aml", "small", "small_late", "small_causes_late", "tied", "tied_late", "causes_late"],
    1e-12,
    "exact fractions",
)
def fleming_harrington(name):
    table = data_set(name)
    for rho, gamma in ((0, 1), (1, 1), (0, 0)):
        for stratified in {False, table["stratum"].nunique() > 1}:
            found = logrank(outcome_of(table), table["group"], table["stratum"] if stratified else None, rho, gamma)
            yield found.statistic, float(in_fractions(table, stratified, rho, gamma))


@TOPIC.check(
    "Fleming-Harrington (0,1), (1,1), (0.5,2), two groups", ["aml", "lung", "ovarian", "mgus2"], 1e-9, "lifelines"
)
def where_lifelines_is_right(name):
    """lifelines is right for two groups, without strata, delayed entry, case weights or a time of 0."""
    from lifelines.statistics import logrank_test

    table = data_set(name)
    first = table["group"] == table["group"].iloc[0]
    for rho, gamma in ((0, 1), (1, 1), (0.5, 2)):
        theirs = logrank_test(
            table["time"][first], table["time"][~first], table["state"][first] == 1, table["state"][~first] == 1,
            weightings="fleming-harrington", p=rho, q=gamma,
        )  # fmt: skip
        found = logrank(outcome_of(table), np.where(first, "first", "second"), rho=rho, gamma=gamma)
        yield found.statistic, theirs.test_statistic
        yield found.p_value, theirs.p_value


@TOPIC.check("whole weights are replicates", ["tied", "causes"], 1e-12, "rows repeated")
def replicates(name):
    table = data_set(name)
    weight = 1 + np.arange(len(table)) % 3
    repeated = table.loc[table.index.repeat(weight)]
    weighted = outcome_of(table.assign(weight=weight))
    for test in (logrank, gray):
        found = test(weighted, table["group"], table["stratum"])
        yield found.statistic, test(outcome_of(repeated), repeated["group"], repeated["stratum"]).statistic


test_against_the_oracles = TOPIC.as_test()


@pytest.mark.parametrize("name", [name for name in sets_of("logrank") if is_late(name) and name != "heart"])
def test_gray_refuses_delayed_entry(name):
    table = data_set(name)
    with pytest.raises(NotEstimable, match="entry"):
        gray(outcome_of(table), table["group"])
