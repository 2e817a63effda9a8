"""Scores by hand, missing and reversed items included; windows, absence on the day, states at waves."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from survey_tables import codebook, people, surveyed

from pilot_analysis.derive.survey import scored
from pilot_analysis.instruments import load_instruments
from pilot_analysis.schemas.derived import ITEM_STATES, WAVE_STATES

CODEBOOK = Path(__file__).parents[2] / "config" / "instruments.yaml"
NONE = np.nan
TRUST, STRAIN, WANTED, TEAMWORK = codebook().instruments


def score(one, *answers) -> float:
    return float(scored(one, np.array([answers], dtype=float)).score[0])


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((5, 4, 1), (5 + 4 + 5) / 3),  # t3 is reversed: 1 + 5 - 1
        ((1, 1, 5), 1.0),
        ((3, NONE, 2), (3 + 4) / 2),  # one missing: the mean of what was answered
        ((NONE, NONE, 2), NONE),  # one answer is too few
        ((9, 4, 2), (4 + 4) / 2),  # "does not apply" is missing, not nine and not zero
        ((9, 9, 2), NONE),
        ((7, 4, 2), (4 + 4) / 2),  # no code of the scale
        ((2.5, 4, 2), (4 + 4) / 2),
        ((9, 9, 9), NONE),
        ((NONE, NONE, NONE), NONE),
    ],
)
def test_a_mean_with_a_reversed_item_by_hand(answers, expected):
    assert score(TRUST, *answers) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((0, 1, 2, 0), 3),
        ((4, 3, 2, 1), 2 + 2 + 2 + 1),  # 3 and 4 count as 2 before summing
        ((4, 4, 4, 4), 8),
        ((0, 0, 0, 0), 0),
        ((1, NONE, 3, 2), (1 + 2 + 2) / 3 * 4),  # one missing: the mean of three times four items
        ((1, NONE, NONE, 2), NONE),
    ],
)
def test_a_sum_with_recoding_by_hand(answers, expected):
    assert score(STRAIN, *answers) == pytest.approx(expected, nan_ok=True)


def test_what_is_only_counted_has_no_score():
    assert np.isnan(score(WANTED, 1))
    assert np.isnan(score(WANTED, 0))


def test_recoding_comes_before_reversing():
    from dataclasses import replace

    both = replace(STRAIN, items=tuple(replace(item, reverse=True) for item in STRAIN.items))
    assert both.scored_range == (0, 2)
    assert score(both, 4, 3, 0, 1) == 0 + 0 + 2 + 1


def test_the_state_of_an_answer():
    found = scored(TRUST, np.array([[4, 9, NONE], [0, 6, 5]]))
    names = [[ITEM_STATES[code] for code in row] for row in found.state]
    assert names == [["answered", "not_applicable", "missing"], ["invalid", "invalid", "answered"]]
    assert found.n_answered.tolist() == [1, 1]


@given(st.lists(st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 9, NONE]), min_size=4, max_size=4), min_size=1))
def test_scores_equal_a_slow_plain_count_item_by_item(rows):
    found = scored(STRAIN, np.array(rows, dtype=float))
    for row, value in zip(rows, found.score, strict=True):
        kept = [min(answer, 2) for answer in row if answer in (0, 1, 2, 3, 4)]
        expected = 4 * sum(kept) / len(kept) if len(kept) >= 3 else NONE
        assert value == pytest.approx(expected, nan_ok=True)
        assert np.isnan(value) or 0 <= value <= 8


@given(st.lists(st.lists(st.sampled_from([1, 2, 3, 4, 5, 9, 0, NONE]), min_size=3, max_size=3), min_size=1))
def test_means_with_a_reversed_item_equal_a_slow_plain_count_item_by_item(rows):
    found = scored(TRUST, np.array(rows, dtype=float))
    for row, value in zip(rows, found.score, strict=True):
        kept = [6 - answer if place == 2 else answer for place, answer in enumerate(row) if answer in (1, 2, 3, 4, 5)]
        assert value == pytest.approx(sum(kept) / len(kept) if len(kept) >= 2 else NONE, nan_ok=True)


# --- the shipped codebook: whole questionnaires added up by hand ---------------------------------------------------

SHIPPED = {one.name: one for one in load_instruments(CODEBOOK).instruments}


@pytest.mark.parametrize(
    ("scale", "answers", "expected"),
    [
        ("work_ability", (7,), 7),
        ("work_ability", (0,), 0),  # a zero is an answer
        ("work_ability", (NONE,), NONE),
        ("work_ability", (11,), NONE),
        # Items 2, 6 and 9 are reversed: 7 - answer. 4+5+3+4+2+5+6+1+5+3+4 = 42.
        ("rtw_self_efficacy", (4, 2, 3, 4, 2, 2, 6, 1, 2, 3, 4), 42 / 11),
        ("rtw_self_efficacy", (6, 1, 6, 6, 6, 1, 6, 6, 1, 6, 6), 6),
        # Items 2, 5 and 6 missing, eight are left: 4+3+4+6+1+5+3+4 = 30.
        ("rtw_self_efficacy", (4, NONE, 3, 4, NONE, NONE, 6, 1, 2, 3, 4), 30 / 8),
        ("rtw_self_efficacy", (4, NONE, 3, 4, NONE, NONE, NONE, 1, 2, 3, 4), NONE),  # seven are too few
        # The seventh item is reversed: 6 - answer. 4+3+5+2+4+4+4+3 = 29.
        ("guidance", (4, 3, 5, 2, 4, 4, 2, 3), 29 / 8),
        ("guidance", (5, 5, 5, 5, 5, 5, 1, 5), 5),
        # "Does not apply" three times: missing, neither 9 nor 0. 4+5+2+4+3 = 18.
        ("guidance", (4, 9, 5, 2, 9, 4, 9, 3), 18 / 5),
        ("guidance", (4, 9, 5, 2, 9, 9, 9, 3), NONE),  # four are too few
        ("guidance", (9, 9, 9, 9, 9, 9, 9, 9), NONE),
        # 3 and 4 count as 2: eight times 2, four times 1, four times 0.
        ("distress", (2, 3, 4, 2, 3, 4, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0), 20),
        ("distress", (4,) * 16, 32),
        ("distress", (0,) * 16, 0),
        # Twelve answers that add up to 15: the mean of 1.25 times sixteen items.
        ("distress", (2, 3, NONE, 2, 3, NONE, 2, 2, 1, 1, 1, NONE, 0, 0, NONE, 0), 15 / 12 * 16),
        ("distress", (2, 3, NONE, 2, 3, NONE, 2, 2, 1, 1, NONE, NONE, 0, 0, NONE, 0), NONE),
        ("ad_cooperation", (4, 9, 2, 3), 3),
        ("ad_cooperation", (4, 9, NONE, 3), NONE),
    ],
)
def test_the_shipped_scales_by_hand(scale, answers, expected):
    assert score(SHIPPED[scale], *answers) == pytest.approx(expected, nan_ok=True)


# --- tables ---------------------------------------------------------------------------------------------------------


def test_a_row_per_case_wave_and_instrument_with_where_it_came_from():
    found = surveyed(people(arm=["control"]), [{"case": 0, "week": 6, "day": 36, "t1": 4, "t2": 4, "t3": 1}])
    row = found.scores.set_index("instrument").loc["trust"]
    assert (row["wave"], row["day"], row["n_answered"]) == (6, 36, 3)
    assert row["score"] == pytest.approx((4 + 4 + 5) / 3)
    assert (row["source_file"], row["source_line"]) == ("q.csv", 2)
    assert row["in_window"]
    assert row["absent"]
    assert found.scores["instrument"].tolist() == ["trust", "strain", "wanted"]
    strain = found.items[found.items["instrument"] == "strain"]
    assert strain["state"].tolist() == ["missing"] * 4  # columns that were not delivered


def test_answers_are_kept_as_given_and_values_as_scored():
    found = surveyed(people(arm=["control"]), [{"case": 0, "week": 6, "t1": 2, "t2": 9, "t3": 2, "s1": 4}])
    items = found.items.set_index("item")
    assert items.loc[["t1", "t3", "s1"], "answer"].tolist() == [2, 2, 4]
    assert items.loc[["t1", "t3", "s1"], "value"].tolist() == [2, 4, 2]
    assert items.loc["t2", "state"] == "not_applicable"
    assert items.loc["t2", ["answer", "value"]].isna().all()


@pytest.mark.parametrize(
    ("week", "day", "inside"),
    [(6, 28, True), (6, 27, False), (6, 55, True), (6, 56, False), (7, 42, False), (10, 63, True), (6, -1, False)],
)
def test_the_window_of_a_wave_is_from_a_week_before_to_twenty_days_after_its_first_day(week, day, inside):
    found = surveyed(people(arm=["control"]), [{"case": 0, "week": week, "day": day, "t1": 3, "t2": 3}])
    assert found.scores["in_window"].eq(inside).all()


def test_without_a_day_of_completion_the_first_day_of_the_week_counts():
    found = surveyed(people(arm=["control"]), [{"case": 0, "week": 10, "t1": 3}])
    assert found.scores["day"].tolist() == [63, 63, 63]


def test_absence_is_that_of_the_day_of_completion():
    who = people(back=[40, 41])
    given = [{"case": case, "week": 6, "day": 40, "t1": 3, "t2": 3} for case in (0, 1)]
    found = surveyed(who, given)
    assert found.scores.groupby("case_id")["absent"].first().tolist() == [False, True]


def test_a_questionnaire_after_the_last_known_day_is_kept_and_not_used():
    found = surveyed(people(last_known_day=[39]), [{"case": 0, "week": 6, "day": 40, "t1": 3, "t2": 3}])
    assert not found.scores["in_window"].any()
    assert not found.scores["absent"].any()


def test_labour_experts_have_the_weeks_of_their_arm():
    who = people(arm=["intervention", "control", "control"])
    given = [{"case": 0, "week": 14, "a1": 4}, {"case": 1, "week": 14, "a1": 4}, {"case": 2, "week": 50, "a1": 4}]
    found = surveyed(who, ad=given)
    assert found.scores["in_window"].tolist() == [True, False, True]
    assert found.scores["score"].tolist() == [4, 4, 4]


def test_questionnaires_of_people_who_are_not_analysed_are_left_out():
    found = surveyed(people(arm=["control"]), [{"case": 5, "week": 6, "t1": 3}])
    assert len(found.scores) == 0
    assert found.waves["state"].eq("not_answered").all()


def test_everyone_has_one_state_at_every_wave():
    who = people(
        entry=[0, 0, 0, 0, 0, 50, 50], back=[1000, 1000, 1000, 30, 30, 1000, 1000],
        last_known_day=[365, 365, 365, 365, 365, 365, 365],
    )  # fmt: skip
    given = [
        {"case": 0, "week": 6, "day": 36, "t1": 3},
        {"case": 1, "week": 6, "day": 90, "t1": 3},
        {"case": 2, "week": 6, "day": 36},  # opened, nothing answered
        {"case": 4, "week": 6, "day": 36, "t1": 3},
        {"case": 6, "week": 6, "day": 52, "t1": 3},
    ]
    waves = surveyed(who, given).waves
    assert len(waves) == 7 * 3
    expected = ["answered", "outside_window", "not_answered", "at_work", "unasked", "not_enrolled", "unasked"]
    assert waves.loc[waves["wave"] == 6, "state"].tolist() == expected
    assert set(waves["state"]) <= set(WAVE_STATES)


_PERSON = st.tuples(st.sampled_from([0, 35, 36, 64]), st.sampled_from([20, 35, 36, 64, 1000]), st.sampled_from(
    [34, 35, 60, 365]))  # fmt: skip
_ANSWER = st.tuples(st.integers(0, 3), st.sampled_from([6, 7, 10, 14]), st.integers(20, 120), st.sampled_from([3, 9]))


@given(st.lists(_PERSON, min_size=4, max_size=4), st.lists(_ANSWER, max_size=8, unique_by=lambda row: row[:2]))
def test_states_add_up_to_everyone_and_equal_a_slow_plain_count(persons, given_answers):
    entry, back, last = (list(values) for values in zip(*persons, strict=True))
    back = [max(one, 1) for one in back]
    who = people(entry=entry, back=back, last_known_day=last)
    rows = [{"case": case, "week": week, "day": day, "t1": answer} for case, week, day, answer in given_answers]
    waves = surveyed(who, rows).waves
    assert (waves.groupby("wave").size() == len(persons)).all()
    for row in waves.itertuples():
        case, first = int(row.case_id[1:]), 7 * (row.wave - 1)
        mine = [day for one, week, day, answer in given_answers if (one, week, answer) == (case, row.wave, 3)]
        in_time = any(-7 <= day - first <= 20 and day <= last[case] for day in mine)
        if entry[case] <= first <= last[case] and first < back[case]:
            expected = "answered" if in_time else "outside_window" if mine else "not_answered"
        elif in_time:
            expected = "unasked"
        else:
            expected = "left" if first > last[case] else "not_enrolled" if first < entry[case] else "at_work"
        assert row.state == expected


def test_who_is_no_longer_followed_has_left():
    waves = surveyed(people(last_known_day=[63, 62])).waves
    assert waves.loc[waves["wave"] == 10, "state"].tolist() == ["not_answered", "left"]
