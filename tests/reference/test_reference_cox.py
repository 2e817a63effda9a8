"""Cox models and what follows them, against R coxph at eps = 1e-14, cox.zph, basehaz and survfit.coxph."""

import numpy as np
import pytest
from reference_tables import HERE, SETS, Topic, data_set, design_of, expected, is_late, outcome_of, sets_of

from pilot_analysis.models.cox import CoxFit, cox
from pilot_analysis.models.cox_curves import baseline_hazard, standardised_curves
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.cox_ph import proportional_hazards
from pilot_analysis.models.cox_residuals import dfbeta, martingale, scaled_schoenfeld, schoenfeld, score_residuals

TOPIC = Topic("Cox")
TESTS = {"score": "score_test", "wald": "wald_test", "likelihood_ratio": "likelihood_ratio_test"}


def fitted(name: str, ties: str, stratified: bool) -> CoxFit:
    """Our model of R's."""
    table = data_set(name)
    return cox(outcome_of(table), design_of(table), table["stratum"] if stratified else None, ties)


def models(table_name: str, name: str, **which):
    """R's rows of each model of a data set, and our fit of it."""
    rows = expected(table_name, name, **which)
    for (ties, stratified), r in rows.groupby(["ties", "stratified"], sort=False):
        yield r, fitted(name, ties, stratified)


def labels(name: str) -> np.ndarray:
    """The strata in the order in which fits number them."""
    return np.unique(data_set(name)["stratum"])


@TOPIC.check("coefficients and model errors, Efron", SETS, 1e-8)
def efron(name):
    yield from coefficients(name, "efron")


@TOPIC.check("the same, Breslow", SETS, 1e-8)
def breslow(name):
    yield from coefficients(name, "breslow")


@TOPIC.check("the same, exact ties", sets_of("cox", ties="exact"), 1e-8)
def exact(name):
    yield from coefficients(name, "exact")


def coefficients(name: str, ties: str):
    """Errors of a coefficient are counted in its standard errors: one may happen to be nearly 0."""
    for r, fit in models("cox", name, ties=ties):
        assert r["term"].tolist() == design_of(data_set(name)).columns.tolist()
        yield fit.coef, r["coef"], r["se"]
        yield fit.se, r["se"]


@TOPIC.check("covariance of the coefficients, model and cluster", SETS, 1e-8)
def covariance(name):
    table = data_set(name)
    terms = design_of(table).columns
    for r, fit in models("cox_covariance", name):
        square = [r.pivot(index="row", columns="column", values=kind) for kind in ("covariance", "cluster")]
        yield fit.cov, square[0].loc[terms, terms], np.outer(fit.se, fit.se)
        if "cluster" in table:
            found = robust(fit, table["cluster"])
            yield found.cov, square[1].loc[terms, terms], np.outer(found.se, found.se)


@TOPIC.check("robust errors, each row by itself", SETS, 1e-8)
def robust_errors(name):
    for r, fit in models("cox", name):
        if fit.ties != "exact":
            yield robust(fit).se, r["robust_se"]


@TOPIC.check("cluster errors", [name for name in SETS if "cluster" in data_set(name)], 1e-8)
def cluster_errors(name):
    for r, fit in models("cox", name):
        if fit.ties != "exact":
            yield robust(fit, data_set(name)["cluster"]).se, r["cluster_se"]


@TOPIC.check("delete-one-cluster jackknife", sets_of("cox_jackknife"), 1e-8, "R, refitted")
def jackknife(name):
    for stratified, r in expected("cox_jackknife", name).groupby("stratified"):
        fit = fitted(name, "efron", stratified)
        yield robust(fit, data_set(name)["cluster"], small="jackknife").se, r["se"]


@TOPIC.check("log likelihoods; score, Wald, likelihood-ratio tests", SETS, 1e-8)
def global_tests(name):
    for r, fit in models("cox_global", name):
        row = r.iloc[0]
        yield [fit.loglik_null, fit.loglik], row[["null", "fitted"]]
        for column, test in TESTS.items():
            yield getattr(fit, test)[:2], row[[column, "df"]]


@TOPIC.check("residuals: martingale, score, dfbeta", sets_of("cox_residuals"), 1e-8)
def residuals(name):
    terms = design_of(data_set(name)).columns
    for r, fit in models("cox_residuals", name):
        wide = {kind: r.pivot(index="row", columns="term", values=kind) for kind in ("score", "dfbeta")}
        rows = {kind: table[terms].to_numpy() for kind, table in wide.items()}
        yield martingale(fit), r[r["term"] == terms[0]].sort_values("row")["martingale"], 1.0
        # Residuals of a column are counted in its standard deviation: some are nearly 0.
        for kind, function in (("score", score_residuals), ("dfbeta", dfbeta)):
            yield function(fit), rows[kind], rows[kind].std(axis=0)


@TOPIC.check("Schoenfeld residuals, plain and scaled", sets_of("cox_schoenfeld"), 1e-8)
def schoenfeld_residuals(name):
    terms = design_of(data_set(name)).columns
    for r, fit in models("cox_schoenfeld", name):
        for kind, function in (("raw", schoenfeld), ("scaled", scaled_schoenfeld)):
            found = function(fit)
            theirs = np.column_stack([r[r["term"] == term][kind] for term in terms])
            place = r[r["term"] == terms[0]]
            order = np.searchsorted(labels(name), place["stratum"]) if (place["stratum"] != "all").all() else 0
            ours = in_order(found.stratum, found.day, found.residual)
            theirs = in_order(np.broadcast_to(order, len(place)), place["time"], theirs)
            yield ours[:, :2], theirs[:, :2]
            yield ours[:, 2:], theirs[:, 2:], theirs[:, 2:].std(axis=0)


def in_order(stratum, day, residual) -> np.ndarray:
    """Rows by stratum, day and residuals: of events on one day R keeps another order."""
    whole = np.column_stack([stratum, day, residual])
    return whole[np.lexsort(np.round(whole, 6).T[::-1])]


@TOPIC.check("cox.zph: km, identity, rank, log; columns, terms, global", sets_of("cox_zph"), 1e-8)
def zph(name):
    terms = design_of(data_set(name)).columns.tolist()
    for r, fit in models("cox_zph", name):
        for (transform, together), rows in r.groupby(["transform", "terms"]):
            named = rows[rows["term"] != "GLOBAL"]
            groups = [[terms.index(column) for column in term.split("+")] for term in named["term"]]
            found = proportional_hazards(fit, groups if together else None, transform)
            theirs = [*named.itertuples(), rows[rows["term"] == "GLOBAL"].iloc[0]]
            # A statistic near 0 is the square of a difference of sums: below 0.01 it is compared as it stands.
            for ours, row in zip(found, theirs, strict=True):
                yield ours.statistic, row.statistic, max(row.statistic, 0.01)
                yield ours.df, row.df


@TOPIC.check("baseline hazard", sets_of("cox_hazard"), 1e-8)
def hazard(name):
    for stratified, r in expected("cox_hazard", name).groupby("stratified"):
        found = baseline_hazard(fitted(name, "efron", stratified))
        if stratified:
            assert labels(name)[found.stratum].tolist() == r["stratum"].tolist()
        yield found.day, r["time"]
        yield found.hazard, r["hazard"]


@TOPIC.check("standardised (g-formula) curves", sets_of("cox_standardised"), 1e-8)
def standardised(name):
    terms = design_of(data_set(name)).columns.tolist()
    for (stratified, term), r in expected("cox_standardised", name).groupby(["stratified", "term"]):
        found = standardised_curves(fitted(name, "efron", stratified), terms.index(term))
        for k in (0, 1):
            rows = r[(r["value"] == k) & (r["time"] <= found.last)]
            yield found.survival[k][np.isin(found.day, rows["time"])], rows["survival"]


test_against_r = TOPIC.as_test()


def test_the_references_combine_what_is_hard():
    late = [name for name in SETS if is_late(name)]
    for name in late:
        table = data_set(name)
        assert table["stratum"].nunique() > 1
        assert name == "heart" or table["state"].nunique() >= 3
    assert len(late) >= 6
    everything = data_set("weighted_late")
    assert {"cluster", "weight"} <= set(everything)
    assert everything["weight"].mod(1).gt(0).any()
    assert set(everything["state"]) == {0, 1, 2, 3}
    assert everything["time"].nunique() < 50
    assert data_set("small_causes_late")["time"].nunique() < 10


def test_the_files_stay_small():
    assert sum(path.stat().st_size for path in HERE.rglob("*.csv")) < 6e6


@pytest.mark.parametrize("name", sets_of("cox", ties="exact"))
def test_the_exact_score_test_of_an_indicator_is_the_log_rank_test(name):
    from pilot_analysis.models.logrank import logrank

    table = data_set(name)
    second = (table["group"] == sorted(set(table["group"]))[1]).to_numpy()
    for strata in (None, table["stratum"]):
        fit = cox(outcome_of(table), second.astype(float), strata, "exact")
        expected_statistic = logrank(outcome_of(table), second, strata).statistic
        assert fit.score_test.statistic == pytest.approx(expected_statistic, rel=1e-11)
