"""States: shares by hand, against competing risks, and standard errors against derivatives taken another way."""

from fractions import Fraction as F

import numpy as np
import pytest

from pilot_analysis.models.competing import cumulative_incidence, time_lost
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome
from pilot_analysis.models.states import days_in_states, occupation_at, state_occupation

COLUMNS = ("start", "stop", "from_state", "to_state", "case")


def rows(*stays) -> dict:
    return dict(zip(COLUMNS, map(list, zip(*stays, strict=True)), strict=True))


# Four people, all absent on day 0. P and Q go to partial work on day 2, P returns on day 4, Q falls back on day 5; R
# returns on day 4, S is lost after day 4.
FOUR = rows(
    (0, 2, "absent", "partial", "P"),
    (2, 4, "partial", "returned", "P"),
    (0, 2, "absent", "partial", "Q"),
    (2, 5, "partial", "absent", "Q"),
    (5, 9, "absent", "absent", "Q"),
    (0, 4, "absent", "returned", "R"),
    (0, 4, "absent", "absent", "S"),
)


def histories(seed: int, n: int, late=False, gaps=False, mixed=False, weighted=False) -> tuple[dict, np.ndarray]:
    """Columns of stays in states 0 to 3, 3 final, and a weight per row."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    stays, weights = [], []
    for case in range(n):
        day, state = int(rng.integers(0, 6)) if late else 0, int(rng.integers(0, 2)) if mixed else 0
        weight = rng.uniform(0.4, 3) if weighted else 1.0
        while state != 3 and day < 30:
            stop, kind = day + int(rng.integers(1, 9)), rng.uniform()
            target = state if kind < 0.4 else int(rng.choice([s for s in range(4) if s != state]))
            stays.append((day, stop, state, target, case))
            weights.append(weight)
            if kind < 0.2:
                break
            day, state = stop + int(gaps and rng.integers(0, 4)), target
    return rows(*stays), np.array(weights)


def naive(columns: dict, weights: np.ndarray, horizon: int) -> np.ndarray:
    """Shares on the days 0 .. horizon, (horizon + 1, 4), from the definition; one weight per row."""
    start, stop, origin, target = (np.array(columns[name]) for name in COLUMNS[:4])
    first = stop[origin != target].min()
    at_first = (start < first) & (stop >= first)
    share = np.array([weights[at_first & (origin == s)].sum() for s in range(4)]) / weights[at_first].sum()
    shares = [share]
    for day in range(1, horizon + 1):
        onward = np.eye(4, dtype=weights.dtype)
        for s in range(4):
            here = (start < day) & (stop >= day) & (origin == s)
            for t in set(range(4)) - {s}:
                moved = weights[here & (stop == day) & (target == t)].sum()
                hazard = moved / weights[here].sum() if here.any() else 0
                onward[s, t] += hazard
                onward[s, s] -= hazard
        share = share @ onward
        shares.append(share)
    return np.array(shares)


def jackknife(columns: dict, weights: np.ndarray, functional) -> np.ndarray:
    """Covariance: sum over cases of (weight x derivative) outer products, by the complex-step method."""
    case = np.array(columns["case"])
    total = 0.0
    for one in np.unique(case):
        moved = weights + 1e-30j * (case == one)
        change = weights[case == one][0] * functional(moved).imag / 1e-30
        total = total + np.outer(change, change)
    return total


def test_shares_by_hand():
    occupation = state_occupation(**FOUR)
    assert occupation.states == ("absent", "partial", "returned")
    assert occupation.day.tolist() == [2, 4, 5]
    assert occupation.n_at_risk.tolist() == [[4, 0, 0], [2, 2, 0], [0, 1, 0]]
    shares = [[F(1, 2), F(1, 2), 0], [F(1, 4), F(1, 4), F(1, 2)], [F(1, 2), 0, F(1, 2)]]
    assert occupation.probability == pytest.approx(np.array(shares, dtype=float), rel=1e-14)
    assert occupation_at(occupation, 1)[0].tolist() == [1, 0, 0]
    assert occupation_at(occupation, 1)[1].tolist() == [0, 0, 0]
    assert occupation_at(occupation, 4)[0] == pytest.approx([0.25, 0.25, 0.5])
    assert occupation.se[0] == pytest.approx([(0.25 / 4) ** 0.5] * 2 + [0])
    with pytest.raises(NotEstimable, match="nobody at risk on day 10"):
        occupation_at(occupation, 10)


def test_days_by_hand():
    occupation = state_occupation(**FOUR, tau=8)
    assert occupation.days == pytest.approx([2 + 2 / 2 + 1 / 4 + 3 / 2, 2 / 2 + 1 / 4, 1 / 2 + 3 / 2])
    assert days_in_states(occupation, {"absent": 1, "partial": 0.5}).estimate == pytest.approx(4.75 + 0.625)
    everything = days_in_states(occupation, dict.fromkeys(occupation.states, 1))
    assert everything == pytest.approx((8.0, 0.0), abs=1e-14)
    assert days_in_states(state_occupation(**FOUR, tau=1), {"absent": 1}) == (1.0, 0.0)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_competing_risks_are_a_special_case(late, weighted):
    rng = np.random.default_rng(np.random.SeedSequence(41))
    entry = rng.integers(0, 6, 60) * late
    weight = rng.uniform(0.3, 3, 60) if weighted else None
    outcome = Outcome.of(entry, entry + rng.integers(1, 15, 60), rng.integers(0, 4, 60), weight)
    tau = 12
    occupation = state_occupation(
        outcome.entry, outcome.time, np.zeros(60, int), outcome.state, np.arange(60), outcome.weight, tau
    )
    for cause in (1, 2, 3):
        curve = cumulative_incidence(outcome, cause)
        for row, day in enumerate(curve.time[:-1]):
            share, se = occupation_at(occupation, day)
            assert share[cause] == pytest.approx(curve.probability[row], rel=1e-11)
            assert se[cause] == pytest.approx(curve.se[row], rel=1e-9)
        assert days_in_states(occupation, {cause: 1}) == pytest.approx(time_lost(outcome, tau, cause), rel=1e-11)


@pytest.mark.parametrize(
    "traits",
    [{}, {"late": True}, {"gaps": True}, {"mixed": True}, dict.fromkeys(("late", "gaps", "mixed", "weighted"), True)],
    ids=lambda traits: "-".join(traits) or "plain",
)
def test_shares_and_standard_errors_from_the_definition(traits):
    columns, weights = histories(42, 60, **traits)
    occupation = state_occupation(**columns, weight=weights, tau=15)
    expected = naive(columns, weights, 20)
    for day in (1, 4, 9, 14, 20):
        share, se = occupation_at(occupation, day)
        assert share == pytest.approx(expected[day], rel=1e-11, abs=1e-14)
        covariance = jackknife(columns, weights, lambda w, day=day: naive(columns, w, day)[day])
        assert se == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-9, abs=1e-14)
    assert occupation.days == pytest.approx(expected[:15].sum(axis=0), rel=1e-11)
    covariance = jackknife(columns, weights, lambda w: naive(columns, w, 14).sum(axis=0))
    assert occupation.days_cov == pytest.approx(covariance, rel=1e-9, abs=1e-13)


def test_a_stay_in_two_rows_is_one_stay():
    whole, _ = histories(43, 25)
    halves = [
        piece
        for start, stop, origin, target, case in zip(*whole.values(), strict=True)
        for piece in ([(start, stop - 1, origin, origin, case)] if stop - start > 1 else [])
        + [(max(start, stop - 1), stop, origin, target, case)]
    ]
    one, two = state_occupation(**whole, tau=10), state_occupation(**rows(*halves), tau=10)
    assert len(halves) > len(whole["case"])
    assert two.probability == pytest.approx(one.probability, rel=1e-13)
    assert two.se == pytest.approx(one.se, rel=1e-11, abs=1e-15)
    assert two.days_cov == pytest.approx(one.days_cov, rel=1e-11)


def test_nobody_moves_and_one_person():
    still = state_occupation([0, 0], [5, 7], ["a", "a"], ["a", "a"], [1, 2], tau=6)
    assert (still.day.size, still.initial.tolist(), still.days.tolist()) == (0, [1.0], [6.0])
    alone = state_occupation([0], [5], ["a"], ["b"], [1], tau=9)
    assert (alone.days.tolist(), alone.days_cov.tolist()) == ([5.0, 4.0], [[0.0, 0.0], [0.0, 0.0]])


def test_no_days_beyond_the_follow_up():
    with pytest.raises(NotEstimable, match="nobody at risk on day 10 in absent"):
        state_occupation(**FOUR, tau=10)
    # half of them at partial work, and nobody of these followed to day 8
    half = rows(
        (0, 2, "a", "p", 1),
        (2, 4, "p", "p", 1),
        (0, 2, "a", "p", 2),
        (2, 5, "p", "p", 2),
        (0, 9, "a", "a", 3),
        (0, 9, "a", "a", 4),
    )
    with pytest.raises(NotEstimable, match="nobody at risk on day 8 in p"):
        state_occupation(**half, tau=8)
    assert state_occupation(**half, tau=5).days == pytest.approx([2 + 3 / 2, 3 / 2])
    with pytest.raises(NotEstimable, match="nobody at risk"):
        state_occupation([], [], [], [], [])


@pytest.mark.parametrize(
    ("stays", "text"),
    [
        ([(0, 4, "a", "b", 1), (3, 6, "b", "b", 1)], "overlap"),
        ([(0, 4, "a", "b", 1), (4, 6, "a", "b", 1)], "in another state"),
        ([(4, 4, "a", "b", 1)], "entry must be before time"),
        ([(0.5, 4, "a", "b", 1)], "whole numbers"),
    ],
)
def test_rows_that_are_refused(stays, text):
    with pytest.raises(ValueError, match=text):
        state_occupation(**rows(*stays))


def test_calls_that_are_refused():
    with pytest.raises(ValueError, match="differ within a case"):
        state_occupation(**FOUR, weight=[1, 2, 1, 1, 1, 1, 1])
    with pytest.raises(ValueError, match="tau must be above 0"):
        state_occupation(**FOUR, tau=0)
    with pytest.raises(ValueError, match="unequal lengths"):
        state_occupation([0, 0], [1, 2], ["a", "a"], ["b", "b"], [1])
    with pytest.raises(ValueError, match="without tau"):
        days_in_states(state_occupation(**FOUR), {"absent": 1})
    with pytest.raises(ValueError, match="no such states: absence"):
        days_in_states(state_occupation(**FOUR, tau=8), {"absence": 1})
