"""The core set of the plan, from made-up people through `estimate`, against R: every row, and no row more or less."""

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import pytest
from pipeline_people import FOLDER, HERE, SETS, derived_tables, read
from reference_tables import Topic

from pilot_analysis.config import load_protocol
from pilot_analysis.estimate import estimate

KEYS = ["endpoint", "population", "origin", "analysis", "measure", "group_by", "level", "term", "time"]
NUMBERS = ["estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value"]
COUNTS = ["n", "n_events"]
ANALYSES = {
    "km", "days_not_returned", "rmst", "logrank", "cox_unadjusted", "cox_adjusted", "cox_piecewise", "cox_interaction",
    "cuminc", "fine_gray", "cox_cause_specific", "cox_adjusted_clustered", "cox_adjusted_clustered_t", "ph_test",
}  # fmt: skip
CLOSE = {"fine_gray": 1e-6}  # others 1e-9: crr may stop short of its maximum even at gtol = 1e-12
EMPTY = {("large", "km"), ("thin", "cox_interaction")}  # no row of the set has a number
TOPIC = Topic("the whole plan")
ISSUES = pd.DataFrame({"severity": ["note"], "rule": ["made"], "decision": [pd.NA], "count": [1]})
SUMMARY = pd.DataFrame({"table": ["cases"], "rows": [1]})


@lru_cache
def ours(name: str) -> pd.DataFrame:
    """Rows of the store that R has too, by key."""
    protocol = load_protocol(HERE.parents[1] / "config" / "protocol.yaml")
    # The plan of the reference, whatever the shipped plan becomes.
    protocol = replace(protocol, milestones=(42, 91, 182, 273), piecewise_cut=84)
    rows = estimate(**derived_tables(read(name)), summary=SUMMARY, issues=ISSUES, protocol=protocol).estimates
    rows = rows[rows["analysis"].isin(ANALYSES) & rows["measure"].ne("logrank_fh_0_1")]
    if name == "large":
        rows = rows[rows["analysis"].ne("km")]
    if name == "thin":  # a coefficient without a finite value: cox.zph is singular, here its column is dropped
        rows = rows[rows["measure"].ne("ph_adjusted")]
    return rows.assign(term=rows["term"].fillna(""), time=rows["time"].fillna(-1)).set_index(KEYS).sort_index()


@lru_cache
def theirs(name: str) -> pd.DataFrame:
    """R's rows, by key."""
    rows = pd.read_csv(FOLDER / "expected.csv").query("set == @name").drop(columns="set")
    return rows.assign(term=rows["term"].fillna(""), time=rows["time"].fillna(-1)).set_index(KEYS).sort_index()


def estimable(r: pd.DataFrame) -> pd.Series:
    """What the plan's rules say of R's rows, from the facts beside them."""
    analysis, measure = (pd.Series(r.index.get_level_values(key), index=r.index) for key in ("analysis", "measure"))
    happens = r["fewest"] > 0
    supported = (r["at_risk"] >= 5) | (r["settled"] == 1)
    by_analysis = [
        (measure == "n_at_risk", True),
        (measure == "survival", happens & (r["at_risk"] > 0)),
        (measure.str.startswith("cumulative_incidence"), happens & (r["at_risk"] > 0)),
        ((measure == "gray") | (analysis == "fine_gray"), happens & (r["leaving"] >= 5)),
        (measure == "median", r["estimate"].notna()),
        (measure.str.endswith("_difference"), happens & (r["settled"] == 1)),
        (analysis.isin(["days_not_returned", "rmst"]), happens & supported),
        (measure == "interaction", r["df"] >= 1),
        (analysis == "cox_interaction", r["fewest"] >= 10),
    ]
    return pd.Series(
        np.select([which for which, _ in by_analysis], [rule for _, rule in by_analysis], happens), index=r.index
    ).astype(bool)


@pytest.mark.parametrize("name", SETS)
def test_the_rows_are_those_of_r(name):
    found, r = ours(name), theirs(name)
    assert found.index.is_unique
    assert r.index.is_unique
    assert len(r) > 200
    assert found.index.symmetric_difference(r.index).tolist() == []


@pytest.mark.parametrize("name", SETS)
def test_the_rules_decide_what_has_a_number(name):
    r = theirs(name)
    found = ours(name).reindex(r.index)
    differs = (found["status"] == "ok").to_numpy() != estimable(r).to_numpy()
    assert r.index[differs].tolist() == []
    without = found[found["status"] != "ok"]
    assert without[NUMBERS].isna().all(axis=None)
    assert without["reason"].str.len().gt(10).all()


def numbers(analysis: str, name: str):
    """Our numbers of an analysis and R's, where the rules allow one; numbers near 0 are compared as they stand."""
    r = theirs(name)
    r = r[r.index.get_level_values("analysis") == analysis]
    found = ours(name).reindex(r.index)
    yield found[COUNTS].astype(int), r[COUNTS], 1.0
    shown = (found["status"] == "ok").to_numpy()
    assert shown.any()
    yield found.loc[shown, NUMBERS].astype(float), r.loc[shown, NUMBERS], r.loc[shown, NUMBERS].abs().clip(lower=1e-3)


for _analysis in sorted(ANALYSES):
    TOPIC.check(_analysis, [name for name in SETS if (name, _analysis) not in EMPTY], CLOSE.get(_analysis, 1e-9))(
        partial(numbers, _analysis)
    )

test_the_numbers_are_those_of_r = TOPIC.as_test()


def test_a_group_without_an_event_has_no_ratio_and_the_arm_has_its_limit():
    """In the thin set R's coefficient runs away; the arm beside it is compared above with all other terms."""
    term = "cas_group[unknown]"
    r, found = (rows.xs(("cox_adjusted", term), level=["analysis", "term"]) for rows in (theirs("thin"), ours("thin")))
    assert len(r) == 12
    assert (r["estimate"] < 1e-4).all()
    assert found["reason"].eq("no event in this level").all()
    arm = ours("thin").xs(("cox_adjusted", ""), level=["analysis", "term"])
    assert arm["status"].eq("ok").all()


def test_the_sets_reach_every_part_of_the_plan():
    status = pd.concat([ours(name) for name in SETS]).groupby("analysis")["status"].value_counts().unstack()
    assert (status["ok"] > 0).all()
    assert (
        status.loc[["km", "days_not_returned", "rmst", "cox_adjusted", "cox_interaction"], "not_estimable"].gt(0).all()
    )
    tests = ours("large").xs("interaction", level="measure")
    assert set(tests["df"].dropna()) >= {1, 2}
