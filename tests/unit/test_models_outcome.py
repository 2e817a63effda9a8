"""What an outcome accepts and refuses, and the risk sets it leads to."""

import numpy as np
import pytest

from pilot_analysis.models.days import EventGrid, at_risk_on, count_days
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome


def test_one_entry_serves_all_and_floats_become_whole_days():
    outcome = Outcome.of(0, [3.0, 5.0], [1, 0])
    assert outcome.entry.tolist() == [0, 0]
    assert outcome.time.dtype == np.int64
    assert outcome.cause_specific.tolist() == [True, False]


def test_a_competing_exit_is_no_event():
    assert Outcome.of(0, [1, 2, 3], [0, 1, 2]).cause_specific.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("entry", "time", "state", "text"),
    [
        ([0], [1, 2], [0, 1], "unequal lengths"),
        ([0, 2], [1, 2], [0, 1], "entry must be before time"),
        (0, [1.5], [1], "whole numbers"),
        (0, [np.nan], [1], "finite"),
        (0, [4], [-1], "state must be"),
        (0, [200_000], [1], "days"),
        ([4], [4], [1], "entry must be before time"),
        (0, [[4]], [[1]], "one dimension"),
    ],
)
def test_what_is_refused(entry, time, state, text):
    with pytest.raises(ValueError, match=text):
        Outcome.of(entry, time, state)


def test_the_risk_set_of_a_day_holds_those_with_entry_before_it_and_time_from_it():
    outcome = Outcome.of([0, 2, 3, 0], [3, 4, 5, 5], [1, 2, 0, 1])
    table = count_days(outcome)
    assert table.day.tolist() == [3, 4, 5]
    assert table.at_risk.tolist() == [3, 3, 2]  # the case entering on day 3 counts from day 4
    assert table.events.tolist() == [1, 0, 1]
    assert table.competing.tolist() == [0, 1, 0]
    assert table.censored.tolist() == [0, 0, 1]
    assert [at_risk_on(outcome, day) for day in (1, 3, 4, 5, 6)] == [2, 3, 3, 2, 0]


def test_nobody_is_not_estimable():
    with pytest.raises(NotEstimable, match="nobody"):
        count_days(Outcome.of([], [], []))


def test_risk_sets_do_not_leak_between_strata():
    outcome = Outcome.of([0, 0, 0, 1], [2, 4, 2, 4], [1, 1, 0, 1])
    grid = EventGrid.of(outcome, ["a", "a", "b", "b"])
    sums = grid.in_risk_set(np.ones((4, 1))).reshape(grid.shape)
    assert sums[:, 1:].tolist() == [[2, 1], [2, 1]]  # event days 2 and 4
    assert grid.events(np.ones((4, 1))).reshape(grid.shape)[:, 1:].tolist() == [[1, 1], [0, 1]]


def test_weights():
    outcome = Outcome.of(0, [3, 5, 5], [1, 0, 2], [0.5, 2, 1])
    assert outcome.counts.tolist() == [0.5, 2, 1]
    assert outcome.take([0, 2]).counts.tolist() == [0.5, 1]
    assert Outcome.of(0, [3, 5], [1, 0]).counts.tolist() == [1, 1]
    table = count_days(outcome)
    assert table.at_risk.tolist() == [3.5, 3]
    assert table.events.tolist() == [0.5, 0]
    assert (table.competing.tolist(), table.censored.tolist()) == ([0, 1], [0, 2])
    for weight, text in (([1, 0, 1], "above 0"), ([1, np.nan, 1], "above 0"), ([1, 1], "shape")):
        with pytest.raises(ValueError, match=text):
            Outcome.of(0, [3, 5, 5], [1, 0, 2], weight)


def test_a_risk_set_that_dies_out_is_exactly_empty_whatever_the_weights():
    outcome = Outcome.of([0, 0, 0, 9], [4, 4, 4, 12], [1, 1, 2, 0], [0.1, 0.2, 0.3, 0.7])
    table = count_days(outcome)
    assert table.after_exits[0] == 0
    assert table.after_events[0] == pytest.approx(0.3)


def test_about_a_cause():
    outcome = Outcome.of(0, [1, 2, 3, 4], [0, 1, 2, 3])
    assert outcome.about(2).state.tolist() == [0, 2, 1, 2]
    with pytest.raises(ValueError, match="a cause is"):
        outcome.about(0)


def test_every_competing_cause_is_counted():
    assert count_days(Outcome.of(0, [1, 1, 1, 2], [2, 3, 4, 1])).competing.tolist() == [3, 0]
