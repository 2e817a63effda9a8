"""Effects that change over time, and Firth's correction, against R coxph on split rows and direct maximisation in R."""

import numpy as np
import pytest
from reference_tables import Topic, data_set, design_of, expected, outcome_of, sets_of

from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.firth import cox_firth, profile_interval
from pilot_analysis.models.intervals import split_rows, varying_effect
from pilot_analysis.models.not_estimable import NotEstimable

TOPIC = Topic("Cox, changing effects and Firth")


def firth_set(name: str):
    return data_set("separated/separated" if name == "separated" else name)


@TOPIC.check("effect x g(day), Efron and Breslow", sets_of("cox_varying"), 1e-8, "R, rows split daily")
def changing(name):
    table = data_set(name)
    for (ties, stratified), r in expected("cox_varying", name).groupby(["ties", "stratified"]):
        strata = table["stratum"] if stratified else None
        fit, _ = varying_effect(
            outcome_of(table), design_of(table), 0, lambda day: np.log(day + 20), strata=strata, ties=ties
        )
        yield fit.coef, r["coef"], r["se"]
        yield fit.se, r["se"]


@TOPIC.check("effects per interval, errors by case", sets_of("cox_pieces"), 1e-8, "R survSplit")
def per_interval(name):
    table, r = data_set(name), expected("cox_pieces", name)
    rows, case, piece = split_rows(outcome_of(table), r[["first", "second"]].iloc[0].to_numpy())
    yield len(rows), r["rows"].iloc[0]
    design = design_of(table).to_numpy(float)[case]
    own = design[:, :1] * (piece[:, None] == np.arange(3))
    fit = cox(rows, np.column_stack([own, design[:, 1:]]))
    yield fit.coef, r["coef"], r["se"]
    yield fit.se, r["se"]
    yield robust(fit, case).se, r["robust_se"]


@TOPIC.check("Firth: coefficients, errors, likelihood", sets_of("firth"), 1e-8, "maximised in R")
def firth(name):
    table = firth_set(name)
    for stratified, r in expected("firth", name).groupby("stratified"):
        fit = cox_firth(outcome_of(table), design_of(table), table["stratum"] if stratified else None)
        yield fit.coef, r["coef"], r["se"]
        yield fit.se, r["se"]
        yield fit.loglik, r["penalised"].iloc[0]


@TOPIC.check("Firth: profile-likelihood interval", sets_of("firth"), 1e-8, "maximised in R")
def profile(name):
    table = firth_set(name)
    for stratified, r in expected("firth", name).groupby("stratified"):
        fit = cox_firth(outcome_of(table), design_of(table), table["stratum"] if stratified else None)
        limits = [profile_interval(fit, column) for column in range(len(r))]
        yield limits, r[["low", "high"]], r[["se", "se"]]


test_against_r = TOPIC.as_test()


def test_without_the_correction_the_separated_set_has_no_estimate():
    table = firth_set("separated")
    with pytest.raises(NotEstimable, match="without bound"):
        cox(outcome_of(table), design_of(table))
