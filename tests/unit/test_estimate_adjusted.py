"""The adjusted model: terms, what is left out of it and why, clustered errors and their variants."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import FROM_T0, LANDMARK, frame, of, one, people, populations_of, trial

from pilot_analysis.estimate import adjusted, hazards
from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_errors import robust


def test_a_row_per_term_in_a_fixed_order_with_other_as_the_reference():
    rows = of(adjusted.adjusted_rows, trial())
    assert rows["status"].eq("ok").all()
    assert rows["term"].fillna("").tolist() == [
        "", "age_10", "male", "cas_group[psychological]", "cas_group[musculoskeletal]", "cas_group[unknown]",
    ]  # fmt: skip
    assert rows["group_by"].tolist() == ["arm"] + ["all"] * 5
    assert rows["method"].str.contains("strata organisation").all()


def test_a_group_without_an_event_becomes_a_stratum_and_the_others_are_at_their_limit():
    who = trial()
    unknown = who["cas_group"] == "unknown"
    who.loc[unknown & (who["status"] == "event"), "status"] = "censored"
    rows = of(adjusted.adjusted_rows, who)
    term = one(rows, term="cas_group[unknown]")
    assert (term["status"], term["reason"]) == ("not_estimable", "no event in this level")
    # As its coefficient falls without bound nobody of the group is compared with others: the fit without them.
    rest = populations_of(frame(who[~unknown].reset_index(drop=True).drop(columns="case_id")))[LANDMARK]
    groups = [rest.people["cas_group"] == group for group in ("psychological", "musculoskeletal")]
    covariates = [rest.people["arm"] == "intervention", rest.people["age_10"], rest.people["male"], *groups]
    fit = cox(rest.outcome, np.column_stack(covariates).astype(float), rest.strata)
    kept = rows[rows["status"] == "ok"]
    assert np.log(kept["estimate"]).to_numpy() == pytest.approx(fit.coef, abs=1e-9)
    assert kept["se"].to_numpy() == pytest.approx(fit.se, abs=1e-9)
    # The same as a group with its own baseline; and what a fit with a coefficient of -30 comes to.
    everybody = populations_of(who)[LANDMARK]
    far = np.where(everybody.people["cas_group"] == "unknown", -30.0, 0.0)
    assert abs(_score(everybody, fit.coef, far)).max() < 1e-6


def _score(population, coef, offset) -> np.ndarray:
    """Numerical gradient of the partial likelihood at `coef` with `offset`: Efron's product, written out."""
    groups = [population.people["cas_group"] == group for group in ("psychological", "musculoskeletal")]
    people_ = population.people
    columns = [people_["arm"] == "intervention", people_["age_10"], people_["male"], *groups]
    design = np.column_stack(columns).astype(float)

    def value(beta: np.ndarray) -> float:
        linear, total = design @ beta + offset, 0.0
        time, happened = population.outcome.time, population.outcome.cause_specific
        for stratum in np.unique(population.strata):
            own = population.strata == stratum
            for day in np.unique(time[own & happened]):
                tied = own & happened & (time == day)
                everyone, those = np.exp(linear[own & (time >= day)]).sum(), np.exp(linear[tied]).sum()
                d = tied.sum()
                total += linear[tied].sum() - np.log(everyone - np.arange(d) / d * those).sum()
        return total

    step = 1e-5
    return np.array([(value(coef + e) - value(coef - e)) / (2 * step) for e in step * np.eye(len(coef))])


def test_without_people_in_a_group_only_its_own_term_is_missing():
    who = trial()
    who.loc[who["cas_group"] == "unknown", "cas_group"] = "psychological"
    rows = of(adjusted.adjusted_rows, who)
    assert one(rows, term="cas_group[unknown]")["reason"] == "nobody in this level"
    assert rows["status"].eq("ok").sum() == 5


@pytest.mark.parametrize("empty", [True, False])
def test_without_events_in_the_reference_no_group_has_a_ratio_and_the_arm_has(empty):
    who = trial()
    other = who["cas_group"] == "other"
    if empty:
        who.loc[other, "cas_group"] = "unknown"
    else:
        who.loc[other & (who["status"] == "event"), "status"] = "censored"
    rows = of(adjusted.adjusted_rows, who)
    reasons = rows.loc[rows["term"].fillna("").str.startswith("cas_group"), "reason"]
    why = "nobody is in the reference group" if empty else "the reference group has no ratio"
    assert reasons.tolist() == [why] * 3
    assert rows["status"].tolist() == ["ok"] * 3 + ["not_estimable"] * 3
    # The choice of a reference changes no other coefficient.
    one_more = trial()
    one_more["cas_group"] = who["cas_group"].replace({"musculoskeletal": "other", "other": "musculoskeletal"})
    again = of(adjusted.adjusted_rows, one_more.assign(status=who["status"]))
    assert rows["estimate"].iloc[:3].tolist() == pytest.approx(again["estimate"].iloc[:3].tolist(), rel=1e-8)


@pytest.mark.parametrize(("column", "term"), [("age", "age_10"), ("male", "male")])
def test_a_characteristic_that_does_not_vary_is_left_out(column, term):
    rows = of(adjusted.adjusted_rows, trial(**{column: 1}))
    assert one(rows, term=term)["reason"] == "this characteristic does not vary"
    assert rows["status"].eq("ok").sum() == 5


def test_without_anything_to_adjust_for_it_is_the_unadjusted_ratio():
    who = trial(age=40, male=0, cas_group="other", organisation="org_a")
    with_none, plain = (of(rows, who).iloc[0] for rows in (adjusted.adjusted_rows, hazards.unadjusted_rows))
    assert with_none["estimate"] == pytest.approx(plain["estimate"], rel=1e-12)
    assert with_none["se"] == pytest.approx(plain["se"], rel=1e-12)


# --- characteristics that follow from others ------------------------------------------------------------------------


def test_a_characteristic_that_follows_from_others_is_left_out_and_the_others_are_those_without_it():
    who = trial()
    twice = who.assign(male=(who["cas_group"] == "psychological").astype(int))
    rows = of(adjusted.adjusted_rows, twice).set_index(of(adjusted.adjusted_rows, twice)["term"].fillna("arm"))
    reasons = rows["reason"].dropna().to_dict()
    assert reasons == {"cas_group[psychological]": "this characteristic follows from the others in the model"}
    population = populations_of(twice)[LANDMARK]
    groups = [population.people["cas_group"] == name for name in ("musculoskeletal", "unknown")]
    columns = [population.arm, population.people["age_10"], population.people["male"], *groups]
    fit = cox(population.outcome, np.column_stack(columns).astype(float), population.strata)
    assert np.log(rows["estimate"].dropna()).to_numpy() == pytest.approx(fit.coef, abs=1e-9)


def test_an_age_that_is_a_sum_of_others_is_seen_in_any_unit():
    who = trial()
    group = who["cas_group"].map({"psychological": 7, "musculoskeletal": 11, "other": 0, "unknown": 2})
    rows = of(adjusted.adjusted_rows, who.assign(age=30 + 5 * who["male"] + group))
    assert rows["status"].eq("not_estimable").sum() == 1
    assert rows.iloc[0]["status"] == "ok"


def test_an_arm_that_follows_from_a_characteristic_has_no_ratio():
    who = trial()
    rows = of(adjusted.adjusted_rows, who.assign(male=(who["arm"] == "control").astype(int)))
    assert set(rows["reason"]) == {"the arm follows from the other characteristics in the model"}


def test_collinear_only_among_those_at_risk_counts_as_collinear():
    """Male and old are the same among all who are there when the first event happens."""
    who = trial(n=80)
    early = people("arm time status\nintervention 85 censored\ncontrol 85 censored", age=[30, 60], male=[1, 1])
    who = who.assign(age=np.where(who["male"] == 1, 60, 30), time=who["time"] + 2)
    both = frame(pd.concat([who, early], ignore_index=True).drop(columns="case_id"))
    both["time"] = both["time"].clip(upper=365)
    rows = of(adjusted.adjusted_rows, both)
    assert one(rows, term="male")["reason"] == "this characteristic follows from the others in the model"
    assert rows.iloc[0]["status"] == "ok"


# --- clustered errors -----------------------------------------------------------------------------------------------


def in_clusters(count: int, n: int = 160) -> pd.DataFrame:
    """A trial in so many clusters."""
    return trial(n, cluster_id=[f"K{number % count:02d}" for number in range(n)])


def test_clustered_rows_have_the_ratios_of_the_adjusted_model_with_sandwich_errors():
    who = in_clusters(12)
    rows = of(adjusted.clustered_rows, who)
    clustered = rows[rows["analysis"] == "cox_adjusted_clustered"]
    plain = of(adjusted.adjusted_rows, who)
    population = populations_of(who)[LANDMARK]
    model = adjusted.adjusted_model(population)
    errors = robust(model.fit, who["cluster_id"].to_numpy())
    assert clustered["estimate"].tolist() == plain["estimate"].tolist()
    assert clustered["term"].fillna("").tolist() == plain["term"].fillna("").tolist()
    assert clustered["se"].to_numpy() == pytest.approx(errors.se, rel=1e-12)
    arm = clustered.iloc[0]
    assert arm["ci_high"] == pytest.approx(arm["estimate"] * np.exp(1.959963984540054 * arm["se"]))
    assert "12 clusters" in arm["method"]
    assert "not reliable" not in arm["method"]


def test_small_cluster_variants_are_analyses_of_the_arm_only_with_t_intervals():
    from scipy.special import stdtrit

    rows = of(adjusted.clustered_rows, in_clusters(8))
    plain, small, jackknife = (
        one(rows, analysis=name, group_by="arm")
        for name in ("cox_adjusted_clustered", "cox_adjusted_clustered_t", "cox_adjusted_jackknife")
    )
    assert small["se"] == pytest.approx(plain["se"] * np.sqrt(8 / 7))
    assert (small["df"], jackknife["df"]) == (7, 7)
    for row in (small, jackknife):
        assert np.log(row["ci_high"] / row["estimate"]) == pytest.approx(stdtrit(7, 0.975) * row["se"])
        assert row["p_value"] > 2 * np.exp(-(row["statistic"] ** 2))
    assert jackknife["se"] > plain["se"]
    assert rows["analysis"].value_counts().to_dict()["cox_adjusted_jackknife"] == 1
    assert rows["method"].str.contains("8 clusters; fewer than 10 clusters: not reliable").all()


def test_people_without_a_cluster_count_each_by_themselves():
    who = in_clusters(12)
    who.loc[:9, "cluster_id"] = None
    row = of(adjusted.clustered_rows, who).iloc[0]
    assert "22 clusters, people without one each their own" in row["method"]
    labels = who["cluster_id"].fillna(pd.Series([f"x{number}" for number in range(len(who))]))
    errors = robust(adjusted.adjusted_model(populations_of(who)[LANDMARK]).fit, labels.to_numpy())
    assert row["se"] == pytest.approx(errors.se[0], rel=1e-12)


@pytest.mark.parametrize(
    ("clusters", "reason"),
    [
        (None, "no cluster_id was delivered"),
        ("K1", "there is a single cluster"),
    ],
)
def test_without_clusters_to_compare_there_is_no_clustered_ratio(clusters, reason):
    rows = of(adjusted.clustered_rows, trial(cluster_id=clusters))
    assert set(rows["reason"]) == {reason}
    assert rows[["estimate", "se", "df"]].isna().all(axis=None)


def test_clusters_of_which_one_is_never_beside_others_leave_no_error():
    """The second cluster is gone before the first event: all there is to say comes from one."""
    who = trial(n=60, cluster_id="K1")
    early = people("arm time status\nintervention 85 censored\ncontrol 85 censored", cluster_id="K2")
    who["time"] = (who["time"] + 2).clip(upper=365)
    rows = of(adjusted.clustered_rows, frame(pd.concat([who, early], ignore_index=True).drop(columns="case_id")))
    assert set(rows.loc[rows["analysis"] == "cox_adjusted_clustered", "reason"]) == {
        "fewer than two clusters bear on any ratio"
    }
    assert rows["status"].eq("not_estimable").all()


def test_more_clusters_than_refits_are_worth_have_no_jackknife():
    rows = of(adjusted.clustered_rows, in_clusters(120))
    assert one(rows, analysis="cox_adjusted_jackknife")["reason"] == "the jackknife is for at most 100 clusters"
    assert one(rows, analysis="cox_adjusted_clustered_t")["status"] == "ok"


def test_the_reason_of_the_model_comes_first():
    rows = of(adjusted.clustered_rows, trial(status="censored"), FROM_T0)
    assert rows.loc[rows["group_by"] == "arm", "reason"].unique().tolist() == [
        "no event in arm intervention and control"
    ]
