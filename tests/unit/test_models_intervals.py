"""Follow-up cut at a day."""

import pytest

from pilot_analysis.models.intervals import restrict, split_at
from pilot_analysis.models.outcome import Outcome

FIVE = Outcome.of([0, 10, 84, 90, 0], [84, 85, 120, 100, 40], [1, 1, 2, 1, 0])


def test_an_event_on_the_cut_belongs_to_the_first_interval():
    (first, rows), (second, later_rows) = split_at(FIVE, 84)
    assert rows.tolist() == [0, 1, 4]
    assert (first.entry.tolist(), first.time.tolist(), first.state.tolist()) == ([0, 10, 0], [84, 84, 40], [1, 0, 0])
    assert later_rows.tolist() == [1, 2, 3]
    assert second.entry.tolist() == [84, 84, 90]
    assert (second.time.tolist(), second.state.tolist()) == ([85, 120, 100], [1, 2, 1])


def test_each_event_is_in_one_interval_and_no_day_is_lost():
    parts = [part for part, _ in split_at(FIVE, 50)]
    assert sum(part.cause_specific.sum() for part in parts) == FIVE.cause_specific.sum()
    assert sum((part.time - part.entry).sum() for part in parts) == (FIVE.time - FIVE.entry).sum()


def test_a_bounded_interval_censors_what_comes_after_it():
    seen, rows = restrict(FIVE, 84, 100)
    assert rows.tolist() == [1, 2, 3]
    assert (seen.time.tolist(), seen.state.tolist()) == ([85, 100, 100], [1, 0, 1])


def test_nobody_left_is_an_empty_outcome_and_an_empty_interval_is_refused():
    seen, rows = restrict(FIVE, 300, None)
    assert (len(seen), rows.size) == (0, 0)
    with pytest.raises(ValueError, match="empty"):
        restrict(FIVE, 84, 84)
