"""Suppression of states: what adds up may not be told by the rest."""

import numpy as np
import pandas as pd
import pytest
from test_release import curve, hidden, released, released_curves

ABOUT = {"analysis": "state_occupation", "endpoint": "ao_percent", "n": 100, "n_events": 50}


def share(state: str, estimate: float, **about) -> dict:
    return {
        **ABOUT,
        "measure": "probability",
        "unit": "probability",
        "time": 91.0,
        "term": state,
        "estimate": estimate,
        **about,
    }


def days(state: str, estimate: float, n_events: int, **about) -> dict:
    return {
        **ABOUT,
        "measure": "days",
        "time": 281.0,
        "term": state,
        "estimate": estimate,
        **about,
        "n_events": n_events,
    }


def test_with_the_share_of_few_people_goes_the_smallest_other():
    rows = released(share("absent", 0.4), share("partial", 0.3), share("recovered", 0.25), share("left", 0.05))
    assert hidden(rows) == [False, False, True, True]


def test_two_hidden_shares_hide_each_other():
    rows = released(share("absent", 0.44), share("partial", 0.45), share("returned", 0.05), share("left", 0.06))
    assert hidden(rows) == [False, False, True, True]


def test_a_share_of_nobody_hides_nothing():
    assert hidden(released(share("absent", 0.6), share("partial", 0.4), share("left", 0.0))) == [False] * 3


def test_shares_where_few_are_followed_are_hidden():
    followed = {**ABOUT, "measure": "n_at_risk", "unit": "people", "estimate": 8.0, "time": 91.0, "n_events": None}
    rows = released(share("absent", 0.6), share("partial", 0.4), followed, share("absent", 0.5, time=42.0))
    assert hidden(rows) == [True, True, True, False]


def test_days_absent_and_partial_hide_each_other_because_their_sum_is_shown():
    rows = released(days("absent", 60, 90), days("partial", 5, 6), days("recovered", 200, 60), days("returned", 10, 60))
    assert hidden(rows) == [True, True, False, False]


def test_with_hidden_days_go_the_differences():
    contrast = {"measure": "days_difference", "level": "intervention - control"}
    rows = released(
        days("left", 5, 6),
        days("recovered", 100, 60),
        days("left", 20, 30, level="intervention"),
        days("left", -15, 36, **contrast),
        days("absent", -15, 80, **contrast),
    )
    assert hidden(rows) == [True, True, False, True, False]


@pytest.mark.parametrize(("n", "small"), [(9, True), (10, False)])
def test_a_difference_of_means_goes_with_the_mean_of_few(n, small):
    about = {"analysis": "ao_points", "endpoint": "ao_percent", "unit": "points", "time": 91.0}
    rows = released(
        {**about, "measure": "mean", "n": n},
        {**about, "measure": "mean", "n": 40, "level": "intervention"},
        {**about, "measure": "mean_difference", "n": 49, "level": "intervention - control"},
        {**about, "measure": "mean_difference", "n": 49, "level": "intervention - control", "time": 0.0},
    )
    assert hidden(rows) == [small, False, small, False]


def states(**arrivals: int) -> pd.DataFrame:
    """Curves of the states of the control arm with so many arrivals each."""
    made = [
        curve([(0, 50, 0), (9, 40, n)], analysis="occupation", level=f"control:{state}").assign(group_by="arm*state")
        for state, n in arrivals.items()
    ]
    return pd.concat(made, ignore_index=True)


def test_with_the_curve_of_a_state_of_few_goes_the_one_with_the_fewest_arrivals():
    shown = released_curves(states(absent=40, partial=30, recovered=20, left=9))
    assert set(shown["level"]) == {"control:absent", "control:partial"}
    both = released_curves(states(absent=40, partial=30, recovered=9, left=9))
    assert set(both["level"]) == {"control:absent", "control:partial"}
    assert len(set(released_curves(states(absent=40, partial=30, left=10))["level"])) == 3


def test_other_curves_are_left_as_they_were():
    other = curve([(0, 50, 0), (9, 40, 20)])
    shown = released_curves(states(absent=40, left=9), other)
    assert set(shown["analysis"]) == {"km"}
    assert np.array_equal(shown["time"], [0.0, 9.0])
