"""Rounding by rule, the flow that adds up, and the release record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_release import NO_CURVES, NUMBERS, THRESHOLD, difference, released, share, store

from pilot_analysis.release import release
from pilot_analysis.release.flow import merged_reasons, rounded_flow
from pilot_analysis.release.rounding import RULES
from pilot_analysis.schemas.columns import conform, validated
from pilot_analysis.schemas.decisions import DECISIONS
from pilot_analysis.schemas.results import CURVES, UNITS


def whole(*rows: dict):
    return release(store(*rows), conform(NO_CURVES, CURVES), THRESHOLD)


@pytest.mark.parametrize(
    ("unit", "number", "expected"),
    [
        ("days", 12.349, 12.3), ("euro", 1234.5, 1230.0), ("ratio", 1.23456, 1.23), ("points", 4.456, 4.5),
        ("score", 4.4567, 4.46), ("years", 47.9167, 47.9), ("statistic", 0.81133, 0.81), ("fte", 0.8325, 0.83),
    ],
)  # fmt: skip
def test_numbers_have_the_decimals_of_their_unit(unit, number, expected):
    row = {
        "analysis": "x",
        "unit": unit,
        "estimate": number,
        "se": number,
        "ci_low": number,
        "n": 52,
        "p_value": 0.04567,
    }
    found = released(row).iloc[0]
    assert found[["estimate", "se", "ci_low"]].tolist() == [expected] * 3
    assert found["p_value"] == 0.046
    assert found["n"] == 50


def test_every_unit_of_numbers_about_people_has_a_rule():
    nobody = {"numbers", "digits"}  # agreement of engines: about numbers, not people
    assert set(UNITS) - nobody == set(RULES) | {"people", "rows"}


def test_assumptions_and_what_sources_print_keep_their_digits():
    rows = released(
        {"analysis": "business_case", "unit": "euro", "estimate": 381.333, "n": None},
        {"analysis": "timing", "measure": "published_fall", "unit": "percent", "estimate": 29.25},
    )
    assert rows["estimate"].tolist() == [381.333, 29.25]


def test_a_share_says_no_more_than_its_rounded_counts():
    rows = released(*share("sex[female]", "control", 73, 121), *share("sex[male]", "control", 48, 121))
    assert rows["estimate"].tolist() == [75.0, 62.0, 50.0, 42.0]  # 75 and 50 of 120
    assert rows["n_events"].tolist() == [75, 75, 50, 50]


def test_a_standardised_difference_is_that_of_the_released_shares():
    rows = released(
        *share("sex[female]", "control", 40, 120),
        *share("sex[female]", "intervention", 61, 119),
        difference("sex[female]", estimate=0.3712),
    )
    one, other = 0.50, 0.33
    expected = (one - other) / np.sqrt((one * (1 - one) + other * (1 - other)) / 2)
    assert rows["estimate"].iloc[-1] == round(expected, 2)


def step(term: str, level: str, count: int, endpoint: str = "full_rtw") -> dict:
    return {
        "analysis": "flow", "measure": "n", "unit": "people", "population": "allocated", "origin": "none", "term": term,
        "level": level, "group_by": "all" if level == "all" else "arm", "endpoint": endpoint, "estimate": float(count),
        "n": count,
    }  # fmt: skip


def a_flow(arms: dict[str, dict[str, int]], excluded: dict[str, int]) -> pd.DataFrame:
    """Flow rows of two arms from their ends, and of both arms together."""
    rows: dict[tuple[str, str, str], int] = {}
    for arm, ends in arms.items():
        risk = sum(ends.values())
        for name, count in {
            "allocated": risk + excluded[arm],
            "excluded:no_case_record": excluded[arm],
            "itt": risk,
        }.items():
            rows[("none", arm, name)] = count
        for name, count in {"at_risk": risk, **ends}.items():
            rows[("full_rtw", arm, name)] = count
    for (endpoint, _, term), count in list(rows.items()):
        rows[(endpoint, "all", term)] = rows.get((endpoint, "all", term), 0) + count
    made = [step(term, level, count, endpoint) for (endpoint, level, term), count in rows.items() if count]
    frame = store(*made)
    frame["result_id"] = [f"{row.endpoint}.{row.level}.{row.term}" for row in frame.itertuples()]
    return frame


ends = st.fixed_dictionaries(
    {
        "event": st.integers(20, 90), "censored:end_of_year": st.integers(0, 30),
        "censored:data_cutoff": st.integers(0, 9),
        "competing:death": st.integers(0, 4), "competing:retirement": st.integers(0, 14),
        "competing:employment_end": st.integers(0, 14),
    }
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(ends, ends, st.integers(0, 9), st.integers(0, 9))
def test_the_rounded_flow_is_near_and_adds_up(one, other, out_one, out_other):
    exact = a_flow({"intervention": one, "control": other}, {"intervention": out_one, "control": out_other})
    merged = merged_reasons(exact, THRESHOLD)
    merged["estimate"] = pd.Series(rounded_flow(merged)).reindex(merged.index)
    assert (merged["estimate"] % 5 == 0).all()
    assert (merged["estimate"] - merged["n"]).abs().max() <= 10
    at = merged.set_index(["endpoint", "level", "term"])["estimate"]
    for (endpoint, term), of_term in merged.groupby(["endpoint", "term"]):
        by_level = of_term.set_index("level")["estimate"]
        assert by_level["all"] == by_level.drop("all").sum(), (endpoint, term)
    for level in ("intervention", "control", "all"):
        parts = at["full_rtw"][level].drop("at_risk")
        assert parts.sum() == at["full_rtw"][level]["at_risk"] == at["none"][level]["itt"]
        steps = at["none"][level]
        assert steps["allocated"] == steps["itt"] + steps.filter(like="excluded:").sum()


def test_small_reasons_are_one_row_per_level_with_the_people_of_both():
    ends = {"event": 40, "competing:death": 2, "competing:retirement": 3, "competing:employment_end": 20}
    exact = a_flow(
        {"intervention": ends, "control": {"event": 50, "competing:death": 1}},
        dict.fromkeys(["intervention", "control"], 0),
    )
    merged = merged_reasons(exact, THRESHOLD).set_index("result_id")
    joined = "competing:death+employment_end+retirement"
    assert merged.loc[f"full_rtw.all.{joined}", "n"] == 26
    assert merged.loc[f"full_rtw.control.{joined}", "n"] == 1
    assert not merged["term"].isin(["competing:death", "competing:retirement"]).any()


def test_a_small_reason_that_stands_alone_keeps_its_name_and_is_rounded():
    ends = {"event": 40, "competing:death": 3}
    exact = a_flow({"intervention": ends, "control": ends}, dict.fromkeys(["intervention", "control"], 0))
    result = release(exact, conform(NO_CURVES, CURVES), THRESHOLD)
    rows = result.estimates.set_index("result_id")
    assert rows.loc["full_rtw.all.competing:death", "estimate"] == 5
    assert rows["status"].eq("ok").all()
    assert result.decisions["decision"].eq("exempt").all()


# --- the release record ---------------------------------------------------------------------------------------------


def test_each_result_has_one_decision_with_its_rule():
    result = whole(
        {"n": 40, "estimate": 12.34},
        {"n": 9},
        {"analysis": "business_case", "unit": "euro", "estimate": 381.333},
        *share("job[x]", "control", 4, 60), *share("job[y]", "control", 16, 60), *share("job[z]", "control", 40, 60),
    )  # fmt: skip
    record = validated(result.decisions, DECISIONS).set_index("result_id")
    expected = ["rounded", "suppressed_primary", "exempt", *["suppressed_primary"] * 2, *["suppressed_secondary"] * 2]
    assert record["decision"].tolist() == [*expected, "rounded", "rounded"]
    assert record.loc["row0", "rule"] == "days: to 0.1"


def test_what_is_released_does_not_tell_why_it_is_withheld():
    rows = released(
        *share("job[x]", "control", 4, 60), *share("job[y]", "control", 16, 60), *share("job[z]", "control", 40, 60)
    )
    gone = rows[rows["status"] == "suppressed"]
    assert len(gone) == 4
    assert gone["reason"].nunique() == 1
    assert gone[NUMBERS].isna().all(axis=None)


def test_the_checksum_is_of_what_is_released():
    rows = ({"n": 40, "estimate": 12.34}, {"n": 40, "estimate": 12.31}, {"n": 9})
    one, other = whole(*rows), whole(*rows)
    pd.testing.assert_frame_equal(one.decisions, other.decisions)
    pd.testing.assert_frame_equal(one.decisions, whole({"n": 41, "estimate": 12.32}, *rows[1:]).decisions)
    changed = whole({"n": 40, "estimate": 14.0}, *rows[1:]).decisions
    assert (changed["checksum"] != one.decisions["checksum"]).tolist() == [True, False, False]
