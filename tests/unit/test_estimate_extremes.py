"""Deliveries at the edge of what can come in: never a crash, never a number that means nothing."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import estimated, frame, many, people, pick, protocol

from pilot_analysis.messages import load
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.release import release

NUMBERS = ["estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value"]
COUNTS = ["n_at_risk", "n", "percent", "events", "n_known", "assessed", "state_known_365"]
DUTCH = load("nl")
CONTRASTS = ("intervention / control", "intervention - control")
DIAGNOSES = ["events_per_cell", "followup"]
ONE = estimated(people("time status\n200 event")).estimates
# Days, money and guidance can be compared without a single return; curves of AO% are theirs too.
OTHER_AIMS = {
    *("ao_days", "state_occupation", "ao_points", "ao_gee", "ao_mixed", "recovery", "relapse", "timing", "adherence"),
    *("fml_availability", "survey", "theory_of_change", "interview_themes"),
    *("cost", "cost_difference", "cost_effectiveness", "intercurrent", "organisation"),
    *("business_case", "business_case_sensitivity", "business_case_observed"),
}
RETURNS = {"time": [100, 150, 200, 250, 300], "status": "event"}


def planned(rows: pd.DataFrame) -> list[str]:
    """Ids of the rows that do not follow names in the data."""
    places = ["department", "region", "organisation"]
    named = rows["analysis"].isin(["flow", "baseline", "quality"]) | rows["group_by"].isin(places)
    return rows.loc[~named, "result_id"].tolist()


PLANNED = planned(ONE)


def sound(who: pd.DataFrame, **design: str) -> pd.DataFrame:
    """The store of these people, after what must hold of every store."""
    result = estimated(who, protocol(**design))
    rows = result.estimates
    assert planned(rows) == PLANNED
    ok = rows[rows["status"] == "ok"]
    assert np.isfinite(ok["estimate"]).all()
    assert not np.isinf(ok[NUMBERS].to_numpy(float)).any()
    within = ok[ok["ci_low"].notna() & ok["ci_high"].notna()]
    assert (within["ci_low"] <= within["estimate"] + 1e-9).all()
    assert (within["estimate"] <= within["ci_high"] + 1e-9).all()
    contrasts = ok[ok["level"].str.startswith(CONTRASTS) & ok["se"].notna()]
    assert (contrasts["se"] > 1e-5).all()  # nothing but rounding
    assert (contrasts.loc[contrasts["unit"] != "euro", "se"] < 1e4).all()
    tested = ok[ok["p_value"].notna()]
    assert tested["statistic"].abs().lt(1e4).all()
    without = rows[rows["status"] != "ok"]
    assert without[NUMBERS].isna().all(axis=None)
    assert without["reason"].str.len().gt(0).all()
    # Why an effect cannot be measured is said in both languages by config/theory_of_change.csv itself.
    reasons = without.loc[~without["reason"].str.startswith("not measurable within one year"), "reason"]
    for part in {part for reason in reasons for part in reason.split("; ")}:
        part = part.removeprefix("intervention: ").removeprefix("control: ")
        assert DUTCH.reason(part) != part, f"no Dutch words for {part}"
    over_time = result.curves["analysis"].eq("effect_over_time")
    assert result.curves.loc[~over_time, "estimate"].between(-1e-12, 1 + 1e-12).all()
    assert result.curves.loc[over_time, "se"].between(1e-5, 1e4).all()
    released = release(rows, result.curves, 10)
    inside = ["share_of_largest", "share_of_two_largest"]  # what the rules of concentration need, and nobody else
    assert set(released.estimates["result_id"]) == set(rows.loc[~rows["measure"].isin(inside), "result_id"])
    return rows


def from_data(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with a number that comes from these people: not assumed, not quoted from a publication."""
    given = rows["analysis"].isin(["business_case", "business_case_sensitivity"]) | rows["measure"].eq("assumed")
    given |= rows["level"].eq("published") | rows["measure"].eq("published_fall")
    return rows[rows["status"].eq("ok") & ~given]


def no_effect_shown(rows: pd.DataFrame, except_for: set[str] = OTHER_AIMS) -> None:
    """No number compares the arms, and no test does."""
    compares = rows["level"].str.startswith(CONTRASTS) | rows["unit"].eq("statistic")
    compares &= ~rows["analysis"].isin({"baseline", *except_for})
    assert rows.loc[compares, "status"].eq("not_estimable").all()


def test_two_people():
    rows = sound(people("arm time status\nintervention 120 event\ncontrol 150 event"))
    effects = rows[rows["analysis"].isin(["cox_unadjusted", "cox_adjusted"]) & rows["group_by"].eq("arm")]
    assert effects["status"].eq("not_estimable").all()  # one return each: the first separates the arms
    means = pick(rows, analysis="rmst", population="landmark_84")
    assert set(means["reason"].str.split(": ").str[-1]) == {"these events leave no variance to estimate"}


def test_one_person():
    no_effect_shown(ONE, except_for=set())


def test_everybody_censored():
    rows = sound(many(40, time=[100, 200, 365], status="censored"))
    no_effect_shown(rows)
    described = ["flow", "baseline", "quality", "ao_curve", *DIAGNOSES, *OTHER_AIMS]
    shown = rows[(rows["status"] == "ok") & ~rows["analysis"].isin(described)]
    assert set(shown["measure"]) == {"n_at_risk"}


def test_everybody_leaves():
    rows = sound(many(40, time=[100, 200, 300], status="competing"))
    leaving = rows["analysis"].eq("cox_cause_specific")
    no_effect_shown(rows[~leaving])
    assert rows.loc[leaving, "status"].eq("ok").all()
    assert pick(rows, analysis="days_not_returned")["reason"].str.contains("no event").all()


def test_everybody_returns_on_one_day():
    rows = sound(many(40, time=120, status="event"))
    no_effect_shown(rows[~rows["analysis"].str.startswith("cox") & rows["analysis"].ne("minimum_detectable")])
    # Efron's ties leave a ratio, as in R: exactly 1.
    cox = pick(rows, analysis="cox_unadjusted", status="ok")["estimate"].astype(float)
    assert cox.to_numpy() == pytest.approx(1)
    assert (
        pick(rows, analysis="km", measure="median", population="landmark_84", level="control")["estimate"].eq(36).all()
    )


def test_each_arm_returns_on_a_day_of_its_own():
    rows = sound(many(40, time=[120, 140], status="event"))
    no_effect_shown(rows[rows["analysis"].ne("logrank")])


def test_everybody_returns_the_day_after_enrolment():
    rows = sound(many(40, entry=20, time=21, status="event"))
    no_effect_shown(rows[~rows["analysis"].str.startswith("cox") & rows["analysis"].ne("minimum_detectable")])
    no_effect_shown(rows[rows["origin"].eq("landmark")])


def test_everybody_on_the_last_day():
    rows = sound(many(40, time=365, status=["event", "event", "censored", "censored"]))
    assert pick(rows, measure="mean_difference", population="landmark_84")["status"].eq("not_estimable").all()


@pytest.mark.parametrize("arm", ["intervention", "control"])
def test_an_empty_arm(arm):
    no_effect_shown(sound(many(40, arm=arm, **RETURNS)), except_for=set())


def test_nobody_at_risk():
    rows = sound(many(12, time=None, status="not_at_risk"))
    no_effect_shown(rows)
    shown = from_data(rows[rows["result_id"].isin(PLANNED)])
    shown = shown[~shown["analysis"].str.startswith("cost")]  # who is at work at enrolment still cost something
    assert set(shown["measure"]) == {"n", "n_at_risk", "events", "assessed", "state_known_365"}
    assert shown["estimate"].eq(0).all()


def test_nobody_at_the_landmarks():
    rows = sound(many(40, time=[20, 30, 40, 50, 84], status="event"))
    landmark = rows[rows["origin"].eq("landmark") & rows["status"].eq("ok")]
    assert set(landmark["measure"]) == {"n_at_risk", "events"}
    assert landmark["estimate"].eq(0).all()
    assert pick(rows, analysis="cox_unadjusted", population="itt")["status"].eq("ok").all()


def test_everybody_excluded():
    rows = sound(many(6, exclusion="enrolled_twice", time=200))
    assert from_data(rows)["measure"].isin(COUNTS).all()


def test_nobody_allocated():
    rows = sound(many(0))
    assert from_data(rows)["measure"].isin(COUNTS).all()


def test_everybody_in_one_organisation():
    rows = sound(many(40, organisation="org_a", **RETURNS))
    plain, stratified = (
        pick(rows, measure=name, population="itt").iloc[0] for name in ("logrank", "logrank_stratified")
    )
    assert stratified["statistic"] == pytest.approx(plain["statistic"])


def test_an_empty_stratum_column():
    rows = sound(many(40, stratum=None, **RETURNS), strata="stratum")
    assert pick(rows, measure="logrank_stratified")["status"].eq("ok").all()


def test_an_organisation_for_each_person():
    who = many(20, **RETURNS)
    rows = sound(who.assign(organisation=[f"org_{place}" for place in range(20)]))
    for name in ("logrank_stratified", "cox_adjusted"):
        found = rows[(rows["measure"] == name) | (rows["analysis"] == name)]
        assert found["status"].eq("not_estimable").all()
    assert pick(rows, analysis="cox_unadjusted")["status"].eq("ok").all()


def test_whole_organisations_compared():
    who = many(60, organisation=["org_a", "org_b"], **RETURNS)
    stratified = sound(who, allocation="organisations_compared", strata="organisation")
    plain = sound(who, allocation="organisations_compared", strata="none")
    assert pick(stratified, analysis="cox_adjusted")["status"].eq("not_estimable").all()
    assert pick(plain, analysis="cox_adjusted", group_by="arm")["status"].eq("ok").all()
    assert pick(plain, measure="logrank_stratified")["reason"].eq("the design declares no strata").all()


def test_groups_without_an_event():
    who = many(60, cas_group=["psychological"] * 2 + ["other"] * 4, **RETURNS)
    who.loc[who["cas_group"] == "psychological", "status"] = "censored"
    rows = sound(who)
    term = pick(rows, analysis="cox_adjusted", term="cas_group[psychological]")
    assert set(term["reason"]) == {"no event in this level"}
    assert pick(rows, analysis="cox_adjusted", group_by="arm")["status"].eq("ok").all()
    cells = pick(rows, analysis="events_per_cell", level="control:psychological")
    assert cells["estimate"].eq(0).all()
    assert cells["n"].eq(10).all()


def test_a_single_cluster():
    rows = sound(many(40, cluster_id="K1", **RETURNS))
    clustered = rows["analysis"].isin(["cox_adjusted_clustered", "cox_adjusted_clustered_t", "cox_adjusted_jackknife"])
    assert set(rows.loc[clustered & rows["group_by"].eq("arm"), "reason"]) == {"there is a single cluster"}
    assert pick(rows, analysis="cox_adjusted", group_by="arm")["status"].eq("ok").all()


def test_a_cluster_for_each_person():
    rows = sound(many(40, cluster_id=[f"K{number}" for number in range(40)], **RETURNS))
    assert pick(rows, analysis="cox_adjusted_clustered", group_by="arm")["status"].eq("ok").all()


def test_entry_on_the_day_of_the_exit_is_in_no_risk_set():
    who = many(40, **RETURNS)
    late = frame(pd.DataFrame({"arm": ["control"], "entry": [150], "time": [None], "status": ["not_at_risk"]}))
    both = frame(pd.concat([who, late], ignore_index=True).drop(columns="case_id"))
    with_late, without = (pick(sound(each), origin="t0", analysis="cox_unadjusted").iloc[0] for each in (both, who))
    assert with_late[["estimate", "se", "n"]].tolist() == without[["estimate", "se", "n"]].tolist()
    with pytest.raises(ValueError, match="entry must be before time"):
        Outcome.of([150], [150], [1])


def test_an_arm_that_always_returns_first():
    who = many(40, status="event", time=[100, 200]).assign(time=lambda frame: frame["time"] + range(40))
    rows = sound(who)
    unbounded = pick(rows, analysis="cox_unadjusted", population="landmark_84")["reason"]
    assert unbounded.str.startswith("a coefficient grows without bound").all()
    assert pick(rows, analysis="ph_test", population="landmark_84")["status"].eq("not_estimable").all()
    assert pick(rows, analysis="days_not_returned", measure="mean_difference")["status"].eq("ok").all()
    assert pick(rows, analysis="rerandomisation")["p_value"].le(0.02).all()


def test_a_characteristic_that_orders_all_returns():
    who = many(40, status="event").assign(time=range(100, 140), age=range(20, 60))
    rows = sound(who)
    adjusted = pick(rows, analysis="cox_adjusted", population="landmark_84", group_by="arm")
    assert adjusted["reason"].str.startswith("a coefficient grows without bound").all()
    assert pick(rows, analysis="cox_unadjusted", population="landmark_84")["status"].eq("ok").all()


def test_constant_and_collinear_characteristics():
    constant = sound(many(60, **RETURNS))
    assert pick(constant, analysis="cox_adjusted", group_by="arm")["status"].eq("ok").all()
    assert set(pick(constant, analysis="cox_adjusted", term="age_10")["reason"]) == {
        "this characteristic does not vary"
    }
    same = many(60, male=[0, 1, 1], age=[30, 50, 50], **RETURNS)
    collinear = sound(same)
    male = pick(collinear, analysis="cox_adjusted", term="male")
    assert set(male["reason"]) == {"this characteristic follows from the others in the model"}
    assert pick(collinear, analysis="cox_adjusted", term="age_10")["status"].eq("ok").all()
    assert pick(collinear, analysis="days_not_returned_adjusted", population="landmark_84")["status"].eq("ok").all()


def test_names_that_are_missing():
    blank = {"stratum": ["x", None], "cluster_id": ["K1", None, "K2"], "job_group": [None, "j"], "region": None}
    rows = sound(
        many(60, arm=["intervention", "intervention", "control", "control"], **blank, **RETURNS), strata="stratum"
    )
    assert pick(rows, analysis="cox_adjusted", group_by="arm")["status"].eq("ok").all()
    method = pick(rows, analysis="cox_adjusted_clustered", group_by="arm", population="itt")["method"]
    assert method.str.contains("22 clusters, people without one each their own").all()


def test_one_case_per_arm_in_every_organisation():
    rows = sound(many(40, **RETURNS).assign(organisation=np.repeat([f"org_{place}" for place in range(20)], 2)))
    assert pick(rows, analysis="rerandomisation")["status"].eq("ok").all()
    reason = pick(rows, analysis="days_not_returned_bootstrap")["reason"]
    assert reason.tolist() == ["the bootstrap samples do not differ"]


@pytest.mark.parametrize("seed", range(8))
def test_small_random_deliveries(seed):
    rng = np.random.default_rng([20, seed])
    n, last = int(rng.choice([3, 6, 15, 40])), int(rng.choice([4, 100, 365]))
    entry = rng.integers(0, min(last, 90), n)
    time = np.minimum(entry + 1 + rng.integers(0, last, n), 365)
    status = rng.choice(["event", "censored", "competing", "not_at_risk"], n, p=rng.dirichlet([2, 1, 1, 0.3]))
    about = {
        "arm": rng.choice(["intervention", "control"], n),
        "entry": entry,
        "time": [None if state == "not_at_risk" else int(day) for state, day in zip(status, time, strict=True)],
        "status": status,
        "known": np.maximum(time, entry + 1),
        "organisation": rng.choice(["org_a", "org_b", "org_c"], n),
        "stratum": rng.choice(np.array(["x", None], dtype=object), n),
        "cluster_id": rng.choice(np.array(["K1", "K2", "K3", None], dtype=object), n),
        "cas_group": rng.choice(["psychological", "other", "unknown"], n),
        "fml_group_84": rng.choice(["mental", "none"], n),
        "age": rng.integers(20, 60, n),
        "male": rng.integers(0, 2, n),
    }
    sound(frame(pd.DataFrame(about)), strata=str(rng.choice(["organisation", "stratum", "none"])))
