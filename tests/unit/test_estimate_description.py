"""Flow, quality, baseline and mean AO% of tiny tables, computed by hand."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import derived, frame, one, people, populations_of, protocol

from pilot_analysis.estimate.ao_curve import ao_curve_rows, weekly_means
from pilot_analysis.estimate.description import CONTRAST, baseline_rows, flow_rows, quality_rows

# --- flow and quality -----------------------------------------------------------------------------------------------


def test_flow_counts_people_per_arm_and_together():
    flow = pd.DataFrame(
        [
            ("control", pd.NA, "allocated", 3),
            ("intervention", pd.NA, "allocated", 4),
            ("intervention", "full_rtw", "landmark_84", 2),
        ],
        columns=["arm", "endpoint", "step", "n"],
    ).astype({"endpoint": "string"})
    rows = pd.DataFrame(flow_rows(flow))
    assert one(rows, term="allocated", level="all")["estimate"] == 7
    assert one(rows, term="allocated", level="control")["estimate"] == 3
    assert one(rows, term="landmark_84", level="all", endpoint="full_rtw")["estimate"] == 2
    assert set(rows.loc[rows["term"] == "allocated", "endpoint"]) == {"none"}
    assert rows["n"].tolist() == rows["estimate"].tolist()


def test_quality_adds_files_of_a_table_and_findings_of_a_rule():
    summary = pd.DataFrame({"table": ["cases", "fml", "cases"], "rows": [7, 2, 5]})
    issues = pd.DataFrame(
        [("note", "a", None, 3), ("query", "b", "accepted", 1), ("query", "b", None, 4), ("note", "a", None, 2)],
        columns=["severity", "rule", "decision", "count"],
    ).astype({"decision": "string"})
    rows = pd.DataFrame(quality_rows(summary, issues)).set_index("term")["estimate"]
    assert rows.to_dict() == {
        "rows:cases": 12, "rows:fml": 2, "issues:note:a": 5,
        "issues:query:b:accepted": 1, "issues:query:b:undecided": 4,
    }  # fmt: skip


# --- baseline -------------------------------------------------------------------------------------------------------

FIVE = """
arm           age  sex     organisation  exclusion
intervention  30   female  org_a         -
intervention  50   male    org_a         -
control       50   female  org_a         -
control       60   male    org_b         -
control       70   male    org_b         -
control       20   female  org_a         enrolled_twice
"""


def baseline(text=FIVE, **given) -> pd.DataFrame:
    return pd.DataFrame(baseline_rows(derived(people(text, **given))["cases"]))


def test_a_number_is_described_by_mean_and_standard_deviation_of_those_analysed():
    rows = baseline()
    assert one(rows, term="age", measure="mean", level="intervention")["estimate"] == 40
    assert one(rows, term="age", measure="sd", level="intervention")["estimate"] == pytest.approx(np.sqrt(200))
    assert one(rows, term="age", measure="mean", level="control")["estimate"] == 60
    assert one(rows, term="age", measure="mean", level="control")["n"] == 3


def test_the_standardised_difference_of_a_number():
    row = one(baseline(), term="age", level=CONTRAST)
    assert row["estimate"] == pytest.approx((40 - 60) / np.sqrt((200 + 100) / 2))
    assert (row["measure"], row["unit"], row["n"]) == ("standardised_difference", "sd", 5)


def test_a_category_is_described_by_number_share_and_standardised_difference():
    rows = baseline()
    count = one(rows, term="sex[female]", measure="n", level="control")
    assert (count["estimate"], count["n"], count["n_events"]) == (1, 3, 1)
    assert one(rows, term="sex[female]", measure="percent", level="control")["estimate"] == pytest.approx(100 / 3)
    row = one(rows, term="sex[female]", level=CONTRAST)
    assert row["estimate"] == pytest.approx((1 / 2 - 1 / 3) / np.sqrt((1 / 4 + 2 / 9) / 2))


def test_a_category_that_one_arm_lacks_is_0_there():
    rows = baseline()
    assert one(rows, term="organisation[org_b]", measure="percent", level="intervention")["estimate"] == 0
    row = one(rows, term="organisation[org_b]", level=CONTRAST)
    assert row["estimate"] == pytest.approx((0 - 2 / 3) / np.sqrt((0 + 2 / 9) / 2))


def test_without_spread_there_is_no_standardised_difference():
    row = one(baseline(), term="contract_fte", level=CONTRAST)
    assert (row["status"], row["reason"]) == ("not_estimable", "no spread in either arm, or an arm is empty")


def test_an_empty_arm_is_described_as_empty():
    rows = baseline("arm age sex\ncontrol 30 female\ncontrol 40 male")
    assert one(rows, term="age", measure="mean", level="intervention")["reason"] == "fewer than two people"
    assert one(rows, term="sex[male]", measure="n", level="intervention")["estimate"] == 0
    assert one(rows, term="sex[male]", measure="percent", level="intervention")["reason"] == "nobody in this arm"
    assert one(rows, term="age", level=CONTRAST)["status"] == "not_estimable"
    assert one(rows, term="age", measure="mean", level="control")["estimate"] == 35


def test_unknown_characteristics_count_in_the_size_of_the_arm_only():
    rows = baseline("arm age region\ncontrol 30 north\ncontrol 40 -\nintervention 30 -\nintervention 50 north")
    assert one(rows, term="region[north]", measure="percent", level="control")["estimate"] == 50


def test_nobody_analysed_is_no_fault():
    rows = baseline("arm age exclusion\ncontrol 30 enrolled_twice")
    assert rows.loc[rows["measure"] == "mean", "n"].eq(0).all()
    assert rows["status"].eq("not_estimable").all()


# --- mean AO% by week -----------------------------------------------------------------------------------------------


def path(*steps: tuple[str, int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(steps, columns=["case_id", "first_day", "last_day", "ao_percent"])


PATH = path(
    ("A", 0, 89, 100.0), ("A", 90, 200, 0.0),  # back on the last day of week 13
    ("B", 0, 300, 100.0),
    ("C", 0, 90, 100.0), ("C", 91, 97, 50.0),  # known for two weeks of the landmark clock
    ("D", 0, 89, 100.0),  # known for six days of week 13
)  # fmt: skip


def test_the_mean_of_a_week_is_over_its_seven_days():
    means = weekly_means(PATH, pd.Series(["B", "A", "C"]), np.array([84, 84, 84]), 3)
    assert means == pytest.approx(np.array([[100, 100, 100], [600 / 7, 0, 0], [100, 50, 0]]))


def test_weeks_start_at_each_persons_own_origin():
    means = weekly_means(PATH, pd.Series(["A", "C"]), np.array([80, 87]), 2)
    assert means == pytest.approx(np.array([[100, 300 / 7], [(4 * 100 + 3 * 50) / 7, 4 * 50 / 7]]))


def test_mean_ao_by_arm_counts_who_was_followed_through_the_week():
    who = frame(
        pd.DataFrame(
            {
                "arm": ["control"] * 4,
                "time": [90, 300, 97, 89],
                "status": ["event", "censored", "censored", "censored"],
                "known": [200, 300, 97, 89],
            }
        )
    )
    tables = derived(who)
    population = populations_of(who)[("full_rtw", "landmark_84", "landmark")]
    periods = PATH.assign(case_id=PATH["case_id"].map(dict(zip("ABCD", who["case_id"], strict=True))))
    rows = pd.DataFrame(ao_curve_rows(population, tables["cases"], periods, protocol()))
    rows = rows[rows["level"] == "control"].set_index("time")
    assert len(rows) == 40
    first = rows.loc[0.0]
    # A, B and C; the last known day of D is the sixth of the week.
    values = np.array([600 / 7, 100, 100])
    assert first["n"] == 3
    assert first["estimate"] == pytest.approx(values.mean())
    assert first["se"] == pytest.approx(values.std(ddof=1) / np.sqrt(3))
    assert first["ci_low"] == pytest.approx(values.mean() - 4.302652729911275 * first["se"])  # t with 2 degrees
    assert first["ci_high"] == 100  # AO% goes no further
    assert (rows.loc[7.0, "n"], rows.loc[7.0, "estimate"]) == (3, pytest.approx(50))
    # From day 98 on only A and B, from day 201 on (within week 112-118) only B.
    assert rows.loc[14.0, "n"] == 2
    assert rows.loc[105.0, "n"] == 2
    assert rows.loc[112.0, "reason"] == "fewer than two people followed through this week"
    assert rows.loc[112.0, "n"] == 1


def test_mean_ao_from_enrolment_starts_on_the_day_of_enrolment():
    who = people("arm entry time status\ncontrol 10 24 event\ncontrol 20 365 censored")
    tables = derived(who)
    population = populations_of(who)[("full_rtw", "itt", "enrolment")]
    rows = pd.DataFrame(ao_curve_rows(population, tables["cases"], tables["periods"], protocol()))
    rows = rows[rows["level"] == "control"].set_index("time")
    assert len(rows) == 45
    assert rows["estimate"].iloc[:4].tolist() == [100, 100, 50, 50]  # days 10-23 absent, back on day 24
    assert rows["endpoint"].eq("ao_percent").all()
