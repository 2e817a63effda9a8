"""Suppression of states: what adds up may not be told by the rest."""

import pytest
from test_release import THRESHOLD, hidden, released, store

from pilot_analysis.release.ao import with_what_adds_up
from pilot_analysis.release.primary import too_small

ABOUT = {"analysis": "state_occupation", "endpoint": "ao_percent", "n": 100, "n_events": 50}


def added_up(*rows: dict) -> list[bool]:
    """Which rows go because they are few or add up with one that is; shares are read off life tables afterwards."""
    frame = store(*rows)
    return with_what_adds_up(frame, too_small(frame, THRESHOLD).to_numpy(dtype=bool), THRESHOLD).tolist()


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
    rows = added_up(share("absent", 0.4), share("partial", 0.3), share("recovered", 0.25), share("left", 0.05))
    assert rows == [False, False, True, True]


def test_two_hidden_shares_hide_each_other():
    rows = added_up(share("absent", 0.44), share("partial", 0.45), share("returned", 0.05), share("left", 0.06))
    assert rows == [False, False, True, True]


def test_a_share_of_nobody_hides_nothing():
    assert added_up(share("absent", 0.6), share("partial", 0.4), share("left", 0.0)) == [False] * 3


def test_shares_where_few_are_followed_are_hidden():
    followed = {**ABOUT, "measure": "n_at_risk", "unit": "people", "estimate": 8.0, "time": 91.0, "n_events": None}
    rows = added_up(share("absent", 0.6), share("partial", 0.4), followed, share("absent", 0.5, time=42.0))
    assert rows == [True, True, True, False]


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
