"""Follow-up cut at days, and effects that change with time."""

import numpy as np
import pytest
from cox_written_out import gradient, simulated

from pilot_analysis.models.cox import cox
from pilot_analysis.models.intervals import restrict, split_at, split_rows, varying_effect
from pilot_analysis.models.not_estimable import NotEstimable
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


def test_split_rows():
    rows, case, piece = split_rows(Outcome.of([0, 5, 6], [4, 12, 10], [1, 2, 1], [1, 2, 3]), [5, 10])
    assert case.tolist() == [0, 1, 1, 2]
    assert piece.tolist() == [0, 1, 2, 1]  # an entry on the cut begins after it, an exit on the cut ends before it
    assert rows.entry.tolist() == [0, 5, 10, 6]
    assert rows.time.tolist() == [4, 10, 12, 10]
    assert rows.state.tolist() == [1, 0, 2, 1]
    assert rows.weight.tolist() == [1, 2, 2, 3]
    with pytest.raises(ValueError, match="increasing"):
        split_rows(rows, [5, 5])


def test_split_rows_without_cuts_or_beyond_everyone():
    outcome, _, _ = simulated(81)
    for cuts in ([], [-50, 5000]):
        rows, case, _ = split_rows(outcome, cuts)
        assert case.tolist() == list(range(len(outcome)))
        for name in ("entry", "time", "state"):
            assert getattr(rows, name).tolist() == getattr(outcome, name).tolist()


def test_follow_up_in_rows_is_the_same_follow_up():
    outcome, design, strata = simulated(82)
    rows, case, piece = split_rows(outcome, [2, 3, 7, 9])
    whole = cox(outcome, design, strata)
    assert cox(rows, design[case], strata[case]).coef == pytest.approx(whole.coef, rel=1e-11)
    # an effect of its own in each interval is a fit of its own
    apart = cox(rows.take(piece == 1), design[case[piece == 1], 0])
    assert cox(rows, design[case, :1] * (piece[:, None] == np.arange(5))).coef[1] == pytest.approx(apart.coef[0])


def test_an_effect_that_changes_with_time():
    # four pairs x = 1, 0, each a stratum; on day 4 the event in x = 1 has weight 2, that in x = 0 weight 1: r = 2;
    # on day 9 they have 1 and 3: r = 1/3
    outcome = Outcome.of(0, [4, 10, 10, 4, 9, 10, 10, 9], [1, 0, 0, 1, 1, 0, 0, 1], [2, 2, 1, 1, 1, 1, 3, 3])
    x, pair = np.tile([1, 0], 4), np.repeat(np.arange(4), 2)
    fit, case = varying_effect(outcome, x, 0, lambda day: (day > 5).astype(float), pair)
    assert fit.coef == pytest.approx([np.log(2), np.log(1 / 6)], rel=1e-12)
    assert case.tolist() == [0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7]


def test_an_effect_that_changes_is_the_derivative_written_out():
    outcome, design, strata = simulated(83, 40)
    fit, case = varying_effect(outcome, design, 1, np.log, strata)
    rows = fit.data.outcome
    extra = design[case, 1] * np.log(rows.time)
    assert np.abs(gradient(rows, np.column_stack([design[case], extra]), strata[case], fit.coef) * fit.se).max() < 1e-10
    days = set(outcome.time[outcome.cause_specific].tolist())
    assert set(rows.time[rows.cause_specific].tolist()) == days


def test_an_effect_that_changes_needs_events_and_room():
    with pytest.raises(NotEstimable, match="no event"):
        varying_effect(Outcome.of(0, [3, 4], [0, 2]), [0, 1], 0, np.log)
    n = 300_000
    time = np.arange(n) % 300 + 1
    with pytest.raises(NotEstimable, match="too many"):
        varying_effect(Outcome.of(0, time, np.ones(n, dtype=int)), np.arange(n) % 2, 0, np.log)
