"""Groups read together: shrinkage by hand, Holm's p values, and the means adjusted for who people are."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import LANDMARK, of, one, people, populations_of, protocol, trial

from pilot_analysis.estimate import means, subgroups

LEVELS = [f"intervention / control @ {name}" for name in ("psychological", "musculoskeletal", "other", "unknown")]


def results(*groups) -> list[dict]:
    """Rows of `cox_interaction`, from pairs of log ratio and se; None: no ratio."""
    shared = {"analysis": "cox_interaction", "measure": "hazard_ratio", "group_by": "arm*cas_group", "endpoint": "e",
              "population": "p", "origin": "o", "unit": "ratio", "n": 50, "n_events": 30}  # fmt: skip
    made = []
    for level, group in zip(LEVELS, groups, strict=False):
        if group is None:
            made.append({**shared, "level": level, "status": "not_estimable", "reason": "why"})
            continue
        log, se = group
        row = {"estimate": np.exp(log), "se": se, "statistic": log / se, "p_value": 0.01 * len(made) + 0.02}
        made.append({**shared, "level": level, "status": "ok", "reason": None, **row})
    return made


def rows_of(*groups) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pooled rows and Holm's rows."""
    rows = pd.DataFrame(subgroups.family_rows(results(*groups), protocol()))
    return tuple(rows[rows["analysis"] == f"cox_interaction_{name}"] for name in ("pooled", "holm"))


def test_groups_that_differ_no_more_than_chance_get_their_common_mean():
    pooled, _ = rows_of((0.1, 0.2), (0.2, 0.2), (0.15, 0.2))
    assert np.log(pooled["estimate"]).to_numpy() == pytest.approx([0.15] * 3)
    assert pooled["se"].to_numpy() == pytest.approx([0.2 / np.sqrt(3)] * 3)


def test_groups_that_differ_are_drawn_part_of_the_way():
    pooled, _ = rows_of((1.0, 0.2), (-1.0, 0.2))
    # Q = 2 x 25 x 1 = 50; between = (50 - 1) / (50 - 25) = 1.96; each keeps 1.96 / 2.00 of its distance to 0.
    assert np.log(pooled["estimate"]).to_numpy() == pytest.approx([0.98, -0.98])
    assert pooled["se"].to_numpy() == pytest.approx([np.sqrt(0.98 * 0.04 + 0.02**2 * 1.0)] * 2)


def test_holm_multiplies_the_smallest_by_the_number_of_groups_with_a_ratio():
    _, tested = rows_of((0.3, 0.1), None, (0.3, 0.1), (0.2, 0.1))
    # 0.02, 0.04, 0.05 of three groups: 0.06, 0.08, and not below the one before.
    assert tested["p_value"].dropna().tolist() == pytest.approx([0.06, 0.08, 0.08])
    assert tested["status"].tolist() == ["ok", "not_estimable", "ok", "ok"]
    assert tested["reason"].dropna().tolist() == ["why"]
    assert tested["method"].eq("Holm over 3 groups").all()


def test_holm_is_at_most_1():
    assert subgroups.holm([0.9, 0.6]) == [1.0, 1.0]
    assert subgroups.holm([]) == []


def test_a_single_group_is_not_pooled():
    pooled, tested = rows_of((0.3, 0.1), None, None, None)
    assert pooled["reason"].tolist() == ["fewer than two groups with a ratio", "why", "why", "why"]
    assert tested["status"].tolist()[0] == "ok"


# --- ratios of means, adjusted days ---------------------------------------------------------------------------------

FOUR = "arm time status\nintervention 94 event\nintervention 104 event\ncontrol 114 event\ncontrol 134 event"


def test_ratio_of_means_by_hand():
    row = one(of(means.ratio_rows, people(FOUR)), analysis="rmst_ratio")
    assert row["estimate"] == pytest.approx(15 / 40)
    assert row["se"] == pytest.approx(np.sqrt(12.5 / 15**2 + 50 / 40**2))
    assert row["ci_high"] == pytest.approx(15 / 40 * np.exp(1.959963984540054 * row["se"]))
    assert (row["measure"], row["level"], row["time"]) == ("rmst_ratio", "intervention / control", 281.0)


def test_without_a_mean_there_is_no_ratio():
    rows = of(means.ratio_rows, people("arm time status\nintervention 94 event\ncontrol 120 censored"))
    assert rows["status"].eq("not_estimable").all()
    assert rows["reason"].iloc[0].startswith("intervention: ")


def test_adjusted_for_nothing_the_difference_is_that_of_the_means():
    who = trial(age=40, male=0, cas_group="other", organisation="org_a")
    row = of(means.adjusted_days_rows, who).iloc[0]
    plain = one(of(means.mean_rows, who), analysis="days_not_returned", measure="mean_difference")
    assert row["estimate"] == pytest.approx(plain["estimate"])
    assert row["se"] == pytest.approx(plain["se"], rel=0.03)


def test_adjusted_days_are_least_squares_of_pseudo_values():
    who = trial()
    row = of(means.adjusted_days_rows, who).iloc[0]
    population = populations_of(who)[LANDMARK]
    from pilot_analysis.models.pseudo import pseudo_days

    pseudo = np.empty(len(who))
    for side in (0, 1):
        chosen = population.arm == side
        pseudo[chosen] = pseudo_days(population.outcome.take(chosen), 281)
    dummies = (
        pd.get_dummies(who[["cas_group", "organisation"]])
        .astype(float)
        .drop(columns=["cas_group_other", "organisation_org_a"])
    )
    design = np.column_stack([np.ones(len(who)), population.arm, who["age"], who["male"], dummies])
    assert row["estimate"] == pytest.approx(np.linalg.lstsq(design, pseudo, rcond=None)[0][1])
    assert row["method"].endswith("organisation")


@pytest.mark.parametrize(
    "organisation", [np.resize(["org_a", "org_b"], 160), [f"org_{number}" for number in range(160)]]
)
def test_organisations_that_determine_the_arm_or_are_too_many_are_left_out(organisation):
    row = of(means.adjusted_days_rows, trial(organisation=organisation)).iloc[0]
    assert row["status"] == "ok"
    assert row["method"].endswith("without organisation")


def test_an_arm_that_follows_from_a_characteristic_has_no_adjusted_difference():
    who = trial()
    row = of(means.adjusted_days_rows, who.assign(male=(who["arm"] == "control").astype(int))).iloc[0]
    assert row["reason"] == "the arm follows from the other characteristics in the model"


def test_a_characteristic_that_follows_from_another_changes_nothing():
    who = trial()
    twice = who.assign(male=(who["cas_group"] == "unknown").astype(int))
    once = who.assign(male=0)
    estimates = [of(means.adjusted_days_rows, each)["estimate"].iloc[0] for each in (twice, once)]
    assert estimates[0] == pytest.approx(estimates[1], rel=1e-10)
