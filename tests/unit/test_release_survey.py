"""Suppression of questionnaires and interviews: counts that add up to a number that is shown."""

import pytest
from test_release import hidden, released

from pilot_analysis.theory import pointing

WAVE = {"analysis": "survey", "time": 91.0, "term": None}


def state(term: str, people: float, **about) -> dict:
    return {**WAVE, "measure": "n", "unit": "people", "term": term, "estimate": people, "n": people, **about}


def response(answered: int, due: int) -> dict:
    return {**WAVE, "measure": "response", "unit": "percent", "estimate": 50.0, "n": due, "n_events": answered}


def answer(code: int, people: int, of: int = 60, item: str = "guidance.guidance_say") -> dict:
    about = {**WAVE, "measure": "frequency", "unit": "percent", "term": f"{item}[{code}]", "n": of}
    return {**about, "estimate": 100 * people / of, "n_events": people}


def tone(valence: str, people: int, theme: str = "fml_late") -> dict:
    about = {"analysis": "interview_themes", "measure": "interviews", "unit": "people", "group_by": "valence"}
    return {**about, "term": theme, "level": valence, "estimate": people, "n": 60, "n_events": people}


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (2, [False, False, False, False, True, True, False]),  # the others less the arm would tell it
        (0, [False] * 7),
        (12, [False] * 7),
    ],
)
def test_with_the_people_of_one_state_goes_the_smallest_other_outside_the_response(left, expected):
    rows = released(
        response(56, 74), state("answered", 56), state("not_answered", 18), state("outside_window", 0),
        state("left", left), state("at_work", 26), state("not_enrolled", 30),
    )  # fmt: skip
    assert hidden(rows) == expected


def test_with_who_answered_or_did_not_goes_the_response():
    rows = released(response(56, 74), state("answered", 56), state("not_answered", 18), state("left", 2))
    assert hidden(rows) == [True, False, True, True]


def test_states_of_another_wave_and_arm_stay():
    other = [state("at_work", 20, time=119.0), state("at_work", 20, level="intervention")]
    rows = released(state("left", 2), state("at_work", 26), *other)
    assert hidden(rows) == [True, True, False, False]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((3, 20, 15, 22, 0), [True, False, True, False, False]),
        ((3, 4, 20, 15, 18), [True, True, False, True, False]),  # seven together are few as well
        ((4, 6, 20, 15, 15), [True, True, False, True, False]),  # both at least one: neither more than nine
    ],
)
def test_answers_that_few_gave_are_not_what_the_others_leave(counts, expected):
    other = answer(1, 12, item="guidance.guidance_plan")
    rows = released(*(answer(code, people) for code, people in enumerate(counts, start=1)), other)
    assert hidden(rows) == [*expected, False]


def test_a_tone_of_few_interviews_is_not_what_the_others_leave():
    rows = released(tone("positive", 25), tone("negative", 2), tone("mixed", 14), tone("positive", 20, "fml"))
    assert hidden(rows) == [False, True, True, False]


def test_a_direction_goes_with_a_difference_that_is_hidden_because_of_another():
    cost = {"analysis": "cost", "measure": "mean", "unit": "euro", "n": 100}
    difference = {"analysis": "cost_difference", "measure": "mean_difference", "unit": "euro", "n": 200}
    rows = released(
        {**cost, "term": "training", "n_events": 3},
        {**cost, "term": "replacement", "n_events": 60},
        {**difference, "term": "replacement"},
        {"analysis": "theory_of_change", "measure": "direct", "method": pointing("row2", "down"), "n": 200},
    )
    assert hidden(rows) == [True, True, True, True]
