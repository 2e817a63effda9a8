"""Deliveries at the edge of what can come in: never a crash, never a number that means nothing."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import estimated, frame, many, people, pick, protocol

from pilot_analysis.release import release

NUMBERS = ["estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value"]
COUNTS = ["n_at_risk", "n", "percent"]
EFFECTS = ["cox_unadjusted", "cox_adjusted", "cox_piecewise", "cox_interaction", "logrank"]
ONE = estimated(people("time status\n200 event")).estimates
PLANNED = ONE.loc[~ONE["analysis"].isin(["flow", "baseline", "quality"]), "result_id"].tolist()
RETURNS = {"time": [100, 150, 200, 250, 300], "status": "event"}


def sound(who: pd.DataFrame, **design: str) -> pd.DataFrame:
    """The store of these people, after what must hold of every store."""
    result = estimated(who, protocol(**design))
    rows = result.estimates
    assert rows.loc[~rows["analysis"].isin(["flow", "baseline", "quality"]), "result_id"].tolist() == PLANNED
    ok = rows[rows["status"] == "ok"]
    assert np.isfinite(ok["estimate"]).all()
    assert not np.isinf(ok[NUMBERS].to_numpy(float)).any()
    within = ok[ok["ci_low"].notna() & ok["ci_high"].notna()]
    assert (within["ci_low"] <= within["estimate"] + 1e-9).all()
    assert (within["estimate"] <= within["ci_high"] + 1e-9).all()
    tested = ok[ok["p_value"].notna() & ok["measure"].ne("interaction") & ok["analysis"].ne("logrank")]
    assert (tested["se"] > 0).all()
    without = rows[rows["status"] != "ok"]
    assert without[NUMBERS].isna().all(axis=None)
    assert without["reason"].str.len().gt(0).all()
    assert result.curves["estimate"].between(0, 1).all()
    released = release(rows, result.curves, 10)
    assert len(released.estimates) == len(rows)
    return rows


def no_effect_shown(rows: pd.DataFrame) -> None:
    """No number compares the arms."""
    assert rows.loc[rows["analysis"].isin(EFFECTS), "status"].eq("not_estimable").all()
    assert (
        rows.loc[rows["measure"].str.endswith("_difference") & rows["analysis"].ne("baseline"), "status"]
        .eq("not_estimable")
        .all()
    )


def test_two_people():
    rows = sound(people("arm time status\nintervention 120 event\ncontrol 150 event"))
    effects = rows[rows["analysis"].isin(["cox_unadjusted", "cox_adjusted"]) & rows["group_by"].eq("arm")]
    assert effects["status"].eq("not_estimable").all()  # one return each: the first separates the arms
    means = pick(rows, analysis="rmst", population="landmark_84")
    assert set(means["reason"].str.split(": ").str[-1]) == {"these events leave no variance to estimate"}


def test_one_person():
    no_effect_shown(ONE)


def test_everybody_censored():
    rows = sound(many(40, time=[100, 200, 365], status="censored"))
    no_effect_shown(rows)
    shown = rows[(rows["status"] == "ok") & ~rows["analysis"].isin(["flow", "baseline", "quality", "ao_curve"])]
    assert set(shown["measure"]) == {"n_at_risk"}


def test_everybody_leaves():
    rows = sound(many(40, time=[100, 200, 300], status="competing"))
    no_effect_shown(rows)
    assert pick(rows, analysis="days_not_returned")["reason"].str.contains("no event").all()


def test_everybody_returns_on_one_day():
    rows = sound(many(40, time=120, status="event"))
    no_effect_shown(rows[~rows["analysis"].str.startswith("cox")])
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
    no_effect_shown(rows[~rows["analysis"].str.startswith("cox")])
    no_effect_shown(rows[rows["origin"].eq("landmark")])


def test_everybody_on_the_last_day():
    rows = sound(many(40, time=365, status=["event", "event", "censored", "censored"]))
    assert pick(rows, measure="mean_difference", population="landmark_84")["status"].eq("not_estimable").all()


@pytest.mark.parametrize("arm", ["intervention", "control"])
def test_an_empty_arm(arm):
    no_effect_shown(sound(many(40, arm=arm, **RETURNS)))


def test_nobody_at_risk():
    rows = sound(many(12, time=None, status="not_at_risk"))
    no_effect_shown(rows)
    planned = rows[rows["result_id"].isin(PLANNED) & rows["status"].eq("ok")]
    assert set(planned["measure"]) == {"n_at_risk"}
    assert planned["estimate"].eq(0).all()


def test_nobody_at_the_landmarks():
    rows = sound(many(40, time=[20, 30, 40, 50, 84], status="event"))
    landmark = rows[rows["origin"].eq("landmark") & rows["status"].eq("ok")]
    assert set(landmark["measure"]) == {"n_at_risk"}
    assert landmark["estimate"].eq(0).all()
    assert pick(rows, analysis="cox_unadjusted", population="itt")["status"].eq("ok").all()


def test_everybody_excluded():
    rows = sound(many(6, exclusion="enrolled_twice", time=200))
    assert rows.loc[rows["status"] == "ok", "measure"].isin(COUNTS).all()


def test_nobody_allocated():
    rows = sound(many(0))
    assert rows.loc[rows["status"] == "ok", "measure"].isin(COUNTS).all()


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
        "cas_group": rng.choice(["psychological", "other", "unknown"], n),
        "fml_group_84": rng.choice(["mental", "none"], n),
        "age": rng.integers(20, 60, n),
        "male": rng.integers(0, 2, n),
    }
    sound(frame(pd.DataFrame(about)), strata=str(rng.choice(["organisation", "stratum", "none"])))
