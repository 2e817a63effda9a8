"""The second engine: it agrees, it says why it does not, and a wrong number stops the run."""

from dataclasses import replace

import estimate_tables as tables
import numpy as np
import pytest

from pilot_analysis.agreement import agree
from pilot_analysis.agreement import comparison as module
from pilot_analysis.agreement.core import CORE
from pilot_analysis.errors import UserError
from pilot_analysis.schemas.agreement import AGREEMENT
from pilot_analysis.schemas.columns import validated
from pilot_analysis.schemas.results import ESTIMATES


@pytest.fixture(scope="module")
def trial():
    """Seventy people an arm with ties, late entry, exits and three organisations: tables and the planned store."""
    rng = np.random.default_rng(11)
    size = 140
    who = tables.many(
        size,
        organisation=["a", "b", "c"],
        entry=rng.integers(0, 40, size).tolist(),
        time=(rng.integers(7, 52, size) * 7).tolist(),
        status=rng.choice(["event", "event", "censored", "competing"], size).tolist(),
        cas_group=["psychological", "other", "other", "psychological", "unknown"],
        age=rng.integers(20, 64, size).tolist(),
        male=rng.integers(0, 2, size).tolist(),
    )
    given = tables.derived(who)
    estimates = tables.estimated(who).estimates
    return given["cases"], given["outcomes"], estimates[estimates["endpoint"].isin(["full_rtw", "none"])]


def test_most_core_rows_have_a_second_number_and_all_agree(trial):
    result = agree(*trial, tables.protocol())
    table = validated(result.table, AGREEMENT)
    core = trial[2][trial[2]["analysis"].isin(CORE) & trial[2]["status"].eq("ok")]
    compared = table[table["number"].notna()]
    assert set(table["result_id"]) == set(core["result_id"])
    assert compared["result_id"].nunique() >= 0.6 * len(core)
    assert (compared.loc[compared["verdict"] == "agrees", "digits"] >= 9).all()
    assert set(compared["verdict"]) <= {"agrees", "known"}
    assert table["reference"].str.startswith("tests/reference").all()
    assert table.loc[table["number"].isna(), "reason"].notna().all()


@pytest.mark.parametrize("analysis", ["km", "rmst", "days_not_returned", "logrank", "cox_adjusted", "cox_piecewise"])
def test_a_wrong_number_stops_the_run(trial, analysis):
    cases, outcomes, estimates = trial
    wrong = estimates.copy()
    place = wrong.index[wrong["analysis"].eq(analysis) & wrong["status"].eq("ok") & wrong["unit"].ne("people")][0]
    wrong.loc[place, "estimate"] *= 1.00001
    wrong.loc[place, "statistic"] *= 1.00001
    with pytest.raises(UserError, match="disagree") as problem:
        agree(cases, outcomes, wrong, tables.protocol())
    assert wrong.loc[place, "result_id"] in str(problem.value)


def test_a_tolerance_is_a_choice_of_the_protocol(trial):
    cases, outcomes, estimates = trial
    wrong = estimates.copy()
    place = wrong.index[wrong["analysis"].eq("rmst") & wrong["status"].eq("ok")][0]
    wrong.loc[place, "estimate"] *= 1.00001
    plan = tables.protocol()
    loose = replace(plan, thresholds=replace(plan.thresholds, agreement_tolerance=1e-3))
    assert (agree(cases, outcomes, wrong, loose).table["verdict"] != "differs").all()


def test_a_median_at_exactly_a_half_is_a_known_difference():
    who = tables.people(
        """
        arm          time status
        intervention 100  event
        intervention 120  event
        intervention 200  event
        intervention 240  event
        control      110  event
        control      130  event
        control      210  event
        control      300  event
        """
    )
    given = tables.derived(who)
    table = agree(given["cases"], given["outcomes"], tables.estimated(who).estimates, tables.protocol()).table
    known = table[table["verdict"] == "known"]
    assert known["result_id"].str.contains("median").any()
    assert known["reason"].str.contains("exactly a half").any()


def test_a_limit_that_rises_at_a_high_level_is_no_disagreement():
    plan = tables.protocol()
    sure = replace(plan, thresholds=replace(plan.thresholds, confidence_level=0.999))
    who = tables.many(60, time=list(range(100, 220, 2)), status=["event"])
    given = tables.derived(who)
    estimates = tables.estimated(who, plan=sure).estimates
    table = agree(given["cases"], given["outcomes"], estimates, sure).table
    rising = table[table["verdict"].eq("known") & table["reason"].str.contains("a limit rises")]
    assert rising["result_id"].str.contains("median").any()
    assert set(rising["number"]) <= {"ci_low", "ci_high"}


def test_the_store_tells_what_was_compared(trial):
    store = validated(agree(*trial, tables.protocol()).estimates, ESTIMATES)
    told = store[store["analysis"] == "agreement"].set_index(["level", "measure"])["estimate"]
    assert told["all", "rows"] == sum(told[analysis, "rows"] for analysis in CORE)
    assert 0.6 * told["all", "rows"] <= told["all", "rows_compared"] <= told["all", "rows"]
    assert told["km", "digits"] >= 9
    assert set(store.loc[store["analysis"] == "agreement", "estimand"]) == {"Q1"}


def test_beyond_a_size_the_second_engine_is_not_asked(trial, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 10)
    table = agree(*trial, tables.protocol()).table
    assert table["number"].isna().all()
    assert table["reason"].str.contains("too many|in neither|wrong here").all()


def test_where_the_second_engine_fails_it_says_so_and_the_run_goes_on(trial, monkeypatch):
    def fails(*_):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(module.Curves, "logrank", fails)
    table = agree(*trial, tables.protocol()).table
    tests = table[table["analysis"] == "logrank"]
    assert tests["reason"].eq("the second engine gives no number for these data").all()
    assert tests["number"].isna().all()
    assert table.loc[table["analysis"] == "km", "number"].notna().any()


def test_a_second_model_that_did_not_converge_is_no_judge(trial, monkeypatch):
    from statsmodels.duration.hazard_regression import PHReg

    plain = PHReg.fit

    def early(self, **options):
        fit = plain(self, **options)
        fit.params = fit.params + 0.01
        return fit

    monkeypatch.setattr(PHReg, "fit", early)
    table = agree(*trial, tables.protocol()).table
    cox = table[table["analysis"].str.startswith("cox_")]
    assert cox["number"].isna().all()
    assert (table["verdict"] != "differs").all()
