"""Who is in which population, on which clock, and in which FML group."""

import numpy as np
import pytest
from estimate_tables import derived, many, people, populations_of, protocol

from pilot_analysis.estimate.populations import levels_of, populations

BOUNDARIES = """
name               entry  time  status
out_84             0      84    event
in_84              0      85    event
in_84_late         84     100   censored
out_84_entry       85     100   event
out_91             0      91    censored
in_91              0      92    competing
in_91_late         91     365   censored
out_91_entry       92     93    event
never_at_risk      10     -     not_at_risk
"""


def members(population, key="full_rtw") -> dict[str, tuple[int, int, int]]:
    """Entry, time and state of everybody in a population of the boundary table."""
    one = populations_of(people(BOUNDARIES))[(key, *population)]
    outcome = one.outcome
    names = dict(zip(people(BOUNDARIES)["case_id"], people(BOUNDARIES)["name"], strict=True))
    rows = zip(one.people["case_id"], outcome.entry, outcome.time, outcome.state, strict=True)
    return {names[case]: (int(entry), int(time), int(state)) for case, entry, time, state in rows}


def test_from_enrolment_everybody_at_risk_counts_from_the_day_of_enrolment():
    found = members(("itt", "enrolment"))
    assert len(found) == 8
    assert found["out_84"] == (0, 84, 1)
    assert found["in_84_late"] == (0, 16, 0)
    assert found["in_91"] == (0, 92, 2)
    assert found["out_91_entry"] == (0, 1, 1)


def test_from_t0_the_same_people_enter_late():
    found = members(("itt", "t0"))
    assert set(found) == set(members(("itt", "enrolment")))
    assert found["in_84_late"] == (84, 100, 0)
    assert found["out_84"] == (0, 84, 1)


def test_landmark_84_needs_a_time_after_day_84_and_an_entry_by_day_84():
    assert members(("landmark_84", "landmark")) == {
        "in_84": (0, 1, 1),
        "in_84_late": (0, 16, 0),
        "out_91": (0, 7, 0),
        "in_91": (0, 8, 2),
    }


def test_landmark_91_needs_a_time_after_day_91_and_an_entry_by_day_91():
    assert members(("landmark_91", "landmark")) == {
        "in_84_late": (0, 9, 0),
        "out_84_entry": (0, 9, 1),
        "in_91": (0, 1, 2),
        "in_91_late": (0, 274, 0),
    }


def test_each_endpoint_has_its_own_outcome():
    tables = derived(people("time status\n100 event\n200 event"))
    outcomes = tables["outcomes"]
    sustained = (outcomes["endpoint"] == "sustained_rtw") & (outcomes["case_id"] == "C0000")
    outcomes.loc[sustained, ["time", "status"]] = [120, "censored"]
    found = {
        one.endpoint: one.outcome.time.tolist()
        for one in populations(tables["cases"], outcomes, protocol())
        if one.population == "landmark_84"
    }
    assert found == {"partial_rtw": [16, 116], "full_rtw": [16, 116], "sustained_rtw": [36, 116]}


def test_excluded_people_are_in_no_population():
    who = people("time status exclusion\n100 event -\n100 event enrolled_twice")
    for one in populations_of(who).values():
        assert one.people["case_id"].tolist() == ["C0000"]


def test_the_order_of_populations_is_fixed():
    expected = [
        (endpoint, *clock)
        for endpoint in ("partial_rtw", "full_rtw", "sustained_rtw")
        for clock in [("itt", "enrolment"), ("itt", "t0"), ("landmark_84", "landmark"), ("landmark_91", "landmark")]
    ]
    assert list(populations_of(people("time\n300"))) == expected
    horizons = {key[1:]: one.horizon for key, one in populations_of(people("time\n300")).items()}
    assert horizons == {
        ("itt", "enrolment"): 320,
        ("itt", "t0"): 365,
        ("landmark_84", "landmark"): 281,
        ("landmark_91", "landmark"): 274,
    }


@pytest.mark.parametrize(
    ("population", "group"),
    [
        (("itt", "enrolment"), "none"),
        (("itt", "t0"), "none"),
        (("landmark_84", "landmark"), "mental"),
        (("landmark_91", "landmark"), "physical"),
    ],
)
def test_the_fml_group_is_the_one_known_by_the_landmark_else_by_enrolment(population, group):
    who = people("time fml_group_enrolment fml_group_84 fml_group_91\n300 none mental physical")
    assert populations_of(who)[("full_rtw", *population)].people["fml_group"].tolist() == [group]


def test_age_counts_per_ten_years():
    one = populations_of(people("age time\n47 300"))[("full_rtw", "itt", "t0")]
    assert one.people["age_10"].tolist() == [4.7]


@pytest.mark.parametrize(
    ("strata", "labels"),
    [("organisation", ["org_a", "org_b", "org_a"]), ("stratum", ["x", "unknown", "unknown"]), ("none", None)],
)
def test_strata_are_those_of_the_design_and_an_empty_one_is_a_stratum(strata, labels):
    who = people("organisation stratum time\norg_a x 300\norg_b - 300\norg_a - 300")
    found = populations_of(who, protocol(strata=strata))[("full_rtw", "itt", "enrolment")].strata
    assert (None if found is None else found.tolist()) == labels


def test_a_level_of_a_crossed_grouping_is_both_at_once():
    who = many(8, cas_group=["psychological", "psychological", "other", "other"], time=300)
    one = populations_of(who)[("full_rtw", "landmark_84", "landmark")]
    part = one.within("arm*cas_group", "control:other")
    assert len(part.outcome) == len(part.people) == len(part.strata) == 2
    assert set(zip(part.people["arm"], part.people["cas_group"], strict=True)) == {("control", "other")}
    assert np.array_equal(part.outcome.time, [216, 216])


def test_levels_are_listed_in_a_fixed_order_whether_or_not_somebody_is_in_them():
    assert levels_of("arm") == ["intervention", "control"]
    assert levels_of("arm*cas_group")[:5] == [
        "intervention:psychological",
        "intervention:musculoskeletal",
        "intervention:other",
        "intervention:unknown",
        "control:psychological",
    ]
    assert len(levels_of("arm*fml_group")) == 12
