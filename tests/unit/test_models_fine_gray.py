"""Fine-Gray against R `cmprsk::crr` (2.2.11, gtol 1e-12), `survival::finegray`, loops, and numeric derivatives."""

import numpy as np
import pytest

from pilot_analysis.models import fine_gray as module
from pilot_analysis.models.cox import cox
from pilot_analysis.models.cox_errors import robust
from pilot_analysis.models.fine_gray import fine_gray
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import Outcome

TIME = [2, 3, 4, 2, 2, 1, 1, 3, 4, 2, 2, 2, 2, 4, 4, 2, 2, 1, 1, 3, 1, 3, 3, 1]
STATE = [1, 1, 0, 2, 2, 1, 2, 0, 0, 2, 1, 0, 1, 2, 1, 0, 0, 1, 0, 0, 1, 1, 0, 2]
X1 = [
    0.6, 1, 1.1, 0, -1.4, -1.4, 1.3, 0.7, 0.1, -0.4, 0, 0,
    -0.3, -0.7, 2.2, 0.2, -0.6, -1.3, -0.7, 0.7, 0.8, -0.2, 0.1, -0.3,
]  # fmt: skip
X2 = [0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1]
TINY, TINY_DESIGN = Outcome.of(0, TIME, STATE), np.column_stack([X1, X2])

# Entry and censoring on even days, exits on odd days: there crr and finegray agree on the censoring distribution.
# Columns: entry, time, state, x1, x2.
LATE_ROWS = """
2 33 1 -0.3 0; 4 17 1 0.1 0; 10 23 1 -2.1 1; 14 39 2 1.4 0; 18 35 2 -1.1 1; 18 23 1 -2.2 0; 10 24 0 -0.9 1;
0 37 2 -0.8 1; 10 45 1 0.6 0; 6 46 0 -0.9 1; 4 30 0 0.3 1; 16 32 0 -0.9 1; 16 44 0 2.2 1; 16 50 0 0.6 0; 0 16 0 2 1;
16 28 0 -1 0; 16 30 0 0.7 1; 4 43 1 -0.9 0; 10 50 0 0.6 1; 10 22 0 0.7 0; 8 21 1 -1.6 1; 0 5 2 -1.1 0; 2 35 2 -1.1 1;
8 13 1 -1.5 1; 4 12 0 -0.7 1; 10 30 0 -0.9 0; 10 23 1 -1.4 0; 4 9 1 0.1 1; 8 13 1 0.6 0; 8 49 2 -1.3 0; 18 23 1 -0.5 0;
6 35 2 0 1; 10 30 0 -0.2 1; 0 26 0 -0.7 1; 6 48 0 0.8 1; 0 29 1 0.9 0; 0 21 1 0.7 1; 14 34 0 -0.2 1;
0 2 0 2 1; 0 37 1 1.8 0
"""
_ROWS = np.array([row.split() for row in LATE_ROWS.split(";")], dtype=float)
LATE, LATE_DESIGN = Outcome.of(*_ROWS[:, :3].T), _ROWS[:, 3:]


def simulated(seed: int, n: int, late: bool, states: int = 4) -> tuple[Outcome, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    entry = rng.integers(0, 6, n) if late else np.zeros(n, int)
    state = rng.integers(0, states, n)
    outcome = Outcome.of(entry, entry + rng.integers(1, 12, n), state)
    return outcome, np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)]), rng.integers(0, 2, n)


def slow_loglik(outcome: Outcome, design: np.ndarray, group: np.ndarray, coef: np.ndarray) -> float:
    """The definition, in loops over days."""
    entry, time, state = outcome.entry, outcome.time, outcome.state

    def chance(k, day):
        """Not censored before the day, times entered before it, in group k."""
        inside, product = group == k, 1.0
        for u in range(int(time.max()) + 1):
            at_risk = np.count_nonzero(inside & (entry < u) & (time >= u))
            censored = np.count_nonzero(inside & (time == u) & (state == 0))
            after = np.count_nonzero(inside & (entry <= u) & (time > u))
            entered = np.count_nonzero(inside & (entry == u))
            if censored and u < day:
                product *= 1 - censored / at_risk
            if entered and u >= day:
                product *= 1 - entered / after
        return product if day <= time[inside].max() else 0.0

    total = 0.0
    for event in np.flatnonzero(state == 1):
        day, in_risk_set = time[event], 0.0
        for j in range(len(outcome)):
            if entry[j] < day <= time[j]:
                in_risk_set += np.exp(design[j] @ coef)
            elif state[j] > 1 and time[j] < day:
                in_risk_set += np.exp(design[j] @ coef) * chance(group[j], day) / chance(group[j], time[j])
        total += design[event] @ coef - np.log(in_risk_set)
    return total


def test_heavy_ties_as_crr():
    fit = fine_gray(TINY, TINY_DESIGN)
    assert fit.coef == pytest.approx([-0.1431450402841334, -0.6155977190666424], rel=1e-12)
    cov = [[0.1378335694665086, 0.08115619171716021], [0.08115619171716021, 0.5325144205692358]]
    assert fit.cov == pytest.approx(np.array(cov), rel=1e-12)
    assert fit.se == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-12)
    assert (fit.loglik, fit.loglik_null) == pytest.approx((-25.18300125844441, -25.56042777511847), rel=1e-13)
    assert fit.converged


def test_delayed_entry_as_finegray_with_known_weights(monkeypatch):
    """`coxph` on the rows of `finegray` takes the weights as known: so must we, to compare the sandwich."""
    monkeypatch.setattr(module, "_through_weights", lambda data, sums: 0.0)
    fit = fine_gray(LATE, LATE_DESIGN)
    assert fit.coef == pytest.approx([-0.1490389420875556, -0.7926375427820556], rel=1e-11)
    cov = [[0.06085633680487882, 0.0002336841522462317], [0.0002336841522462317, 0.3096006878026309]]
    assert fit.cov == pytest.approx(np.array(cov), rel=1e-11)
    assert (fit.loglik, fit.loglik_null) == pytest.approx((-46.88098757547929, -48.16853762240579), rel=1e-13)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_likelihood_against_loops(late, grouped):
    outcome, design, group = simulated(41, 40, late)
    fit = fine_gray(outcome, design, group if grouped else None)
    group = group if grouped else np.zeros(40, int)
    assert fit.loglik == pytest.approx(slow_loglik(outcome, design, group, fit.coef), rel=1e-12)
    for step in 1e-3 * np.concatenate([np.eye(2), -np.eye(2)]):
        assert slow_loglik(outcome, design, group, fit.coef + step) < fit.loglik


@pytest.mark.parametrize("states", [(1, 2), (0, 1, 2)])
def test_influence_is_the_derivative_by_the_weight_of_a_case(states):
    """Exact through entry; through censoring `crr` uses 1 / n where the derivative has 1 / (n - d)."""
    rng = np.random.default_rng(np.random.SeedSequence(42))
    outcome, design, group = simulated(42, 150, late=True)
    outcome = Outcome.of(outcome.entry, outcome.time, rng.choice(states, 150))
    influence = fine_gray(outcome, design, group).influence

    def moved(case, by):
        weight = np.ones(150)
        weight[case] += by
        return fine_gray(Outcome.of(outcome.entry, outcome.time, outcome.state, weight), design, group).coef

    numeric = np.array([(moved(case, 1e-4) - moved(case, -1e-4)) / 2e-4 for case in range(150)])
    close = 1e-8 if 0 not in states else 0.04
    assert np.abs(influence - numeric).max() < close * np.abs(numeric).max()
    assert np.sqrt((influence**2).sum(axis=0)) == pytest.approx(np.sqrt((numeric**2).sum(axis=0)), rel=close / 10)


def test_without_competing_exits_it_is_cox_with_breslow_ties_and_robust_errors():
    outcome, design, _ = simulated(43, 120, late=True, states=2)
    fit, other = fine_gray(outcome, design), cox(outcome, design, ties="breslow")
    assert fit.coef == pytest.approx(other.coef, rel=1e-11)
    assert fit.loglik == pytest.approx(other.loglik, rel=1e-13)
    assert fit.cov == pytest.approx(robust(other).cov, rel=1e-10)


def test_without_censoring_the_competing_exits_stay_for_good():
    outcome, design, _ = simulated(44, 120, late=False)
    outcome = outcome.with_state(1 + outcome.state % 2)
    stay = Outcome.of(0, np.where(outcome.state == 2, 99, outcome.time), outcome.state % 2)
    fit, other = fine_gray(outcome, design), cox(stay, design, ties="breslow")
    assert fit.coef == pytest.approx(other.coef, rel=1e-11)
    assert fit.cov == pytest.approx(robust(other).cov, rel=1e-10)


def test_every_cause_but_the_event_competes():
    outcome, design, _ = simulated(45, 100, late=False)
    assert np.array_equal(fine_gray(outcome, design).coef, fine_gray(outcome.about(1), design).coef)


def test_scale_order_and_names_change_nothing():
    outcome, design, group = simulated(46, 90, late=True)
    fit = fine_gray(outcome, design, group)
    order = np.random.default_rng(1).permutation(90)
    other = fine_gray(outcome.take(order), design[order] * [1e4, 1e-3] + 5, np.array(["z", "a"])[group[order]])
    assert other.coef * [1e4, 1e-3] == pytest.approx(fit.coef, rel=1e-10)
    assert other.se * [1e4, 1e-3] == pytest.approx(fit.se, rel=1e-10)
    assert other.influence * [1e4, 1e-3] == pytest.approx(fit.influence[order], abs=1e-12)


def test_weights_are_replicates_for_the_coefficients_and_their_rows_a_cluster():
    outcome, design, group = simulated(47, 80, late=True)
    times = 1 + np.arange(80) % 3
    weighted = Outcome.of(outcome.entry, outcome.time, outcome.state, times)
    rows = np.repeat(np.arange(80), times)
    fit = fine_gray(weighted, design, group)
    repeated = fine_gray(outcome.take(rows), design[rows], group[rows], cluster=rows)
    assert fit.coef == pytest.approx(repeated.coef, rel=1e-11)
    assert fit.cov == pytest.approx(repeated.cov, rel=1e-10)


def test_weights_that_do_not_sum_to_whole_numbers():
    outcome, design, _ = simulated(48, 60, late=True)
    fit = fine_gray(Outcome.of(outcome.entry, outcome.time, outcome.state, np.full(60, 0.1)), design)
    assert fit.coef == pytest.approx(fine_gray(outcome, design).coef, rel=1e-10)


def test_clusters_sum_the_influence():
    outcome, design, group = simulated(49, 90, late=False)
    fit = fine_gray(outcome, design, cluster=np.array(["p", "q"])[group])
    sums = np.array([fit.influence[group == k].sum(axis=0) for k in (0, 1)])
    assert fit.cov == pytest.approx(sums.T @ sums, rel=1e-12)
    with pytest.raises(NotEstimable, match="single cluster"):
        fine_gray(outcome, design, cluster=np.zeros(90))


ARM = np.tile([0.0, 1.0], 30)
DAY = 1 + np.arange(60) // 3


@pytest.mark.parametrize(
    ("state", "design", "text"),
    [
        (np.zeros(60), ARM, "no event"),
        (np.full(60, 2), ARM, "no event"),
        (np.ones(60), np.full(60, 0.1), "column 1 .* does not vary"),
        (1 + ARM, ARM, "column 1 .* separates"),  # every exit of an arm competes
        (1 - ARM, ARM, "column 1 .* separates"),  # everybody of an arm is censored
        (np.arange(60) % 3, np.column_stack([ARM, 1 - ARM]), "collinear"),
    ],
)
def test_not_estimable(state, design, text):
    with pytest.raises(NotEstimable, match=text):
        fine_gray(Outcome.of(0, DAY, state), design)


def test_a_competing_exit_that_stays_may_undo_a_separation():
    """Both events have the highest value of those still there, not of those who left by a competing exit."""
    outcome, x = Outcome.of(0, [2, 3, 4, 5], [2, 1, 1, 0]), [2.0, 1.0, 0.5, 0.0]
    with pytest.raises(NotEstimable, match="separates"):
        cox(outcome, x)
    assert fine_gray(outcome, x).converged
    gone = Outcome.of(0, [2, 3, 4, 5], [0, 1, 1, 0])
    with pytest.raises(NotEstimable, match="separates"):
        fine_gray(gone, x)


def test_a_gap_in_the_follow_up():
    outcome = Outcome.of([0, 0, 5, 5, 5], [2, 3, 8, 9, 10], [1, 2, 1, 0, 1])
    with pytest.raises(NotEstimable, match="nobody is followed on some days"):
        fine_gray(outcome, [0, 1, 0, 1, 1])


def test_a_gap_that_no_competing_exit_has_to_cross():
    outcome = Outcome.of([0, 0, 0, 5, 5, 5, 5], [2, 2, 3, 7, 8, 9, 10], [1, 0, 0, 2, 1, 0, 1])
    x = np.array([1.0, 0, 1, 1, 0, 1, 0])
    fit, apart = fine_gray(outcome, x), fine_gray(outcome, x, outcome.entry)  # before and after the gap by themselves
    assert fit.coef == pytest.approx(apart.coef, rel=1e-12)
    assert fit.cov == pytest.approx(apart.cov, rel=1e-12)


def test_bad_calls():
    with pytest.raises(ValueError, match="the design has shape"):
        fine_gray(TINY, TINY_DESIGN[:5])
    with pytest.raises(ValueError, match="missing or infinite"):
        fine_gray(TINY, np.where(TINY_DESIGN == 1, np.nan, TINY_DESIGN))
    with pytest.raises(ValueError, match="censoring_group has shape"):
        fine_gray(TINY, TINY_DESIGN, [1, 2])
    with pytest.raises(ValueError, match="cluster is missing"):
        fine_gray(TINY, TINY_DESIGN, cluster=[None, *"abcdefghijklmnopqrstuvw"])
