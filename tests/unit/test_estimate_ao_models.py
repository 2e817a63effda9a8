"""AO% at fixed weeks and in models over time, against what can be computed by hand."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import derived, frame, many, one, people, populations_of, protocol, trial

from pilot_analysis.estimate.ao_models import ao_gee_rows, observations
from pilot_analysis.estimate.ao_points import ao_points_rows

LANDMARK = ("full_rtw", "landmark_84", "landmark")
FROM_T0 = ("full_rtw", "itt", "t0")
CONTRAST = "intervention - control"


def rows_of(build, who: pd.DataFrame, key=LANDMARK) -> pd.DataFrame:
    return pd.DataFrame(build(populations_of(who)[key], derived(who)["periods"], protocol()))


# --- weeks of absence -------------------------------------------------------------------------------------------------


def test_weeks_are_weeks_of_absence_and_the_change_is_from_day_84():
    who = people(
        "arm time status\ncontrol 87 event\ncontrol 365 censored\nintervention 180 event\nintervention 88 event"
    )
    rows = rows_of(ao_points_rows, who)
    assert sorted(rows["time"].unique()) == [0.0, 91.0, 273.0]  # weeks 13, 26, 52: days 84, 175, 357
    first = one(rows, measure="mean", level="control", time=0.0)
    assert first["estimate"] == pytest.approx((300 / 7 + 100) / 2)  # back on the fourth day of week 13
    assert one(rows, measure="mean", level="intervention", time=91.0)["estimate"] == pytest.approx((500 / 7 + 0) / 2)
    change = one(rows, measure="change", level="intervention", time=91.0)
    assert change["estimate"] == pytest.approx((500 / 7 - 100 + 0 - 100) / 2)
    difference = one(rows, measure="change_difference", time=91.0)
    control = one(rows, measure="change", level="control", time=91.0)
    assert difference["estimate"] == pytest.approx(change["estimate"] - control["estimate"])
    assert difference["level"] == CONTRAST


def test_a_difference_is_welchs():
    rng = np.random.default_rng(3)
    who = many(40, time=[int(day) for day in rng.integers(170, 185, 40)], status="event")
    rows = rows_of(ao_points_rows, who)
    row = one(rows, measure="mean_difference", time=91.0)
    days = who["time"].to_numpy(float)
    ao = np.clip((days - 175) / 7, 0, 1) * 100
    first, second = (ao[(who["arm"] == arm).to_numpy()] for arm in ("intervention", "control"))
    parts = [values.var(ddof=1) / 20 for values in (first, second)]
    assert row["estimate"] == pytest.approx(first.mean() - second.mean())
    assert row["se"] == pytest.approx(np.sqrt(sum(parts)))
    assert row["df"] == pytest.approx(sum(parts) ** 2 / sum(part**2 / 19 for part in parts))
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_from_t0_only_who_was_enrolled_by_then_and_followed_through_counts():
    who = people(
        "arm entry time status known\ncontrol 10 300 event 365\ncontrol 40 300 event 365\ncontrol 5 38 censored 38"
    )
    rows = rows_of(ao_points_rows, who, FROM_T0)
    week_6 = one(rows, measure="mean", level="control", time=35.0)
    assert (week_6["n"], week_6["reason"]) == (1, "fewer than two people followed through this week")
    week_13 = one(rows, measure="mean", level="control", time=84.0)
    assert (week_13["n"], week_13["estimate"]) == (2, 100.0)
    assert not rows["measure"].str.startswith("change").any()
    reason = one(rows, measure="mean_difference", time=84.0)["reason"]
    assert reason == "intervention: fewer than two people followed through this week"


def test_everybody_alike_has_a_mean_and_no_test():
    rows = rows_of(ao_points_rows, many(20, time=365, status="censored"))
    assert one(rows, measure="mean", level="control", time=91.0)["ci_low"] is None
    assert one(rows, measure="mean_difference", time=91.0)["status"] == "not_estimable"


# --- models -----------------------------------------------------------------------------------------------------------


def balanced() -> pd.DataFrame:
    """Forty people followed to the end, in one organisation."""
    rng = np.random.default_rng(8)
    return many(40, time=[int(day) for day in rng.integers(90, 360, 40)], status="event", known=400)


def test_observations_are_means_of_four_weeks_followed_through():
    who = people("arm time status known\ncontrol 98 event 200\ncontrol 365 censored 365")
    data = observations(populations_of(who)[LANDMARK], derived(who)["periods"], protocol())
    assert data.followed.tolist() == [4, 10]  # days 84 .. 195 hold four periods of 28, 84 .. 363 hold ten
    assert data.ao[0, :4].tolist() == [50.0, 0.0, 0.0, 0.0]
    assert np.isnan(data.ao[0, 4:]).all()
    assert data.ao[1].tolist() == [100.0] * 10


def test_who_leaves_within_the_first_period_takes_no_part():
    who = people("arm time status known\ncontrol 98 event 110\nintervention 365 censored 111\ncontrol 85 event 84")
    data = observations(populations_of(who)[LANDMARK], derived(who)["periods"], protocol())
    assert (data.n, data.followed.tolist(), data.arm.tolist()) == (1, [1], [1.0])
    assert data.ao.tolist() == [[100.0]]


def test_in_a_balanced_trial_both_models_give_the_difference_of_peoples_means():
    who = balanced()
    rows = rows_of(ao_gee_rows, who)
    data = observations(populations_of(who)[LANDMARK], derived(who)["periods"], protocol())
    means, arm = data.ao.mean(axis=1), data.arm
    difference = means[arm == 1].mean() - means[arm == 0].mean()
    for analysis in ("ao_gee", "ao_mixed"):
        row = one(rows, analysis=analysis, measure="mean_difference")
        exact = analysis == "ao_gee"  # a mixed model with slopes weighs the periods
        assert row["estimate"] == pytest.approx(difference, rel=1e-9 if exact else 0, abs=0 if exact else 1e-2)
        assert "without organisation" in row["method"]
    # The small-sample sandwich of a mean: residuals over (1 - 1/n), as a jackknife.
    parts = [((means[arm == side] - means[arm == side].mean()) ** 2).sum() / (1 - 1 / 20) ** 2 / 400 for side in (0, 1)]
    gee = one(rows, analysis="ao_gee", measure="mean_difference")
    assert gee["se"] == pytest.approx(np.sqrt(sum(parts)), rel=1e-9)


def test_the_growth_of_a_planted_difference_is_found():
    rng = np.random.default_rng(2)
    late, early = rng.integers(200, 360, 60), rng.integers(100, 340, 60)
    who = frame(
        pd.DataFrame(
            {
                "arm": ["control"] * 60 + ["intervention"] * 60, "time": np.concatenate([late, early]),
                "status": "event", "known": 400, "organisation": np.resize(["org_a", "org_b"], 120),
            }
        )
    )  # fmt: skip
    rows = rows_of(ao_gee_rows, who)
    for analysis in ("ao_gee", "ao_mixed"):
        row = one(rows, analysis=analysis, measure="slope_difference")
        assert row["estimate"] < -1
        assert ", organisation" in row["method"]
        assert one(rows, analysis=analysis, measure="mean_difference")["estimate"] < -5


@pytest.mark.parametrize(
    ("known", "latest", "random"),
    [(140, 190, "intercept per case"), (364, 190, "intercept and slope per case, singular"),
     (364, 360, "intercept and slope per case")],
)  # fmt: skip
def test_the_random_effects_that_were_used_are_named(known, latest, random):
    """Two periods tell of no slope; where everybody is back half way, a late return is both level and slope."""
    rng = np.random.default_rng(4)
    who = many(60, known=known, time=[int(day) for day in rng.integers(100, latest, 60)], status="event")
    rows = rows_of(ao_gee_rows, who).query("analysis == 'ao_mixed'")
    assert (rows["status"] == "ok").all()
    assert rows["method"].str.endswith(f"; random {random}").all()


def test_the_order_of_people_is_nothing():
    who = trial(80, known=[300] * 40 + [365] * 40)
    rows, turned = rows_of(ao_gee_rows, who), rows_of(ao_gee_rows, who.iloc[::-1].reset_index(drop=True))
    assert (rows["status"] == "ok").all()
    assert turned[["estimate", "se"]].to_numpy(float) == pytest.approx(rows[["estimate", "se"]].to_numpy(float))


def test_an_organisation_of_one_person_takes_no_part_with_organisations():
    who = trial(80)
    who.loc[0, "organisation"] = "org_alone"
    rows = rows_of(ao_gee_rows, who)
    row = one(rows, analysis="ao_gee", measure="mean_difference")
    assert (row["status"], row["n"]) == ("ok", 79)


def test_arms_that_are_whole_organisations_leave_organisations_out():
    who = trial(80)
    who["organisation"] = who["arm"].map({"control": "org_a", "intervention": "org_b"})
    row = one(rows_of(ao_gee_rows, who), analysis="ao_gee", measure="mean_difference")
    assert row["status"] == "ok"
    assert row["method"].endswith("; without organisation")


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (many(8, time=[120, 200, 300], status="event"), "fewer than 10 people followed through a period"),
        (many(20, time=[100, 110], status="censored", known=130), "fewer than two periods were followed through"),
        (many(20, time=[120, 200], status="event", arm="control"),
         "fewer than two people in an arm followed through a period"),
        (many(20, time=365, status="censored"), "these events leave no variance to estimate"),
    ],
)  # fmt: skip
def test_too_thin_for_a_model_says_why(who, reason):
    rows = rows_of(ao_gee_rows, who)
    assert rows["reason"].tolist() == [reason] * 4
    assert rows["estimate"].isna().all()
