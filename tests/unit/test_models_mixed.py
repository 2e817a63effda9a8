"""Mixed models: by hand, against one dense matrix, at the edges; errors of fixed effects as R has them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panel_samples import Sample, sample

from pilot_analysis.models.mixed import Mixed, generalised_least_squares, reml
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.panel import panel

SIZES = [1, 2]  # random effects


def dense(some: Sample, random: np.ndarray, relative) -> tuple[float, np.ndarray, np.ndarray, float]:
    """Deviance, coefficients, their covariance and the residual variance, from one large matrix."""
    parts = list(some.people())
    design, outcome = np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])
    person = np.repeat(np.arange(len(parts)), [len(values) for _, values in parts])
    columns = np.concatenate([random[: len(values)] for _, values in parts])
    spread = np.where(person[:, None] == person, columns @ relative @ columns.T, 0.0) + np.eye(outcome.size)
    weighted = np.linalg.solve(spread, design)
    information = design.T @ weighted
    coef = np.linalg.solve(information, weighted.T @ outcome)
    rest, free = outcome - design @ coef, outcome.size - coef.size
    squares = rest @ np.linalg.solve(spread, rest)
    sizes = np.linalg.slogdet(spread)[1] + np.linalg.slogdet(information)[1]
    return sizes + free * np.log(squares), coef, squares / free * np.linalg.inv(information), squares / free


def relative_of(found: Mixed) -> np.ndarray:
    return found.random_covariance / found.residual_variance


# --- at given variances -----------------------------------------------------------------------------------------------


def test_a_mean_of_people_with_a_level_of_their_own():
    """Four people, three rows each: variance of a mean of means, between / 4 + within / 12."""
    values = np.random.default_rng(3).normal(size=(4, 3))
    made = panel(values, [3] * 4, [0] * 4, np.ones((1, 3, 1)))
    found = generalised_least_squares(made, np.ones((3, 1)), [[1.5]])
    within = found.residual_variance
    assert found.coef == pytest.approx([values.mean()])
    assert found.errors == pytest.approx([np.sqrt(1.5 * within / 4 + within / 12)])


@pytest.mark.parametrize("relative", [np.zeros((2, 2)), [[4.0, -1.0], [-1.0, 2.0]], [[1e4, 30.0], [30.0, 0.1]]])
def test_people_in_any_order_give_what_one_large_matrix_gives(relative):
    some = sample(0).of(np.random.default_rng(5).permutation(40))
    found = generalised_least_squares(some.panel, some.random, relative)
    deviance, coef, covariance, within = dense(some, some.random, np.array(relative))
    assert found.deviance == pytest.approx(deviance, rel=1e-9)
    assert found.coef == pytest.approx(coef, rel=1e-7, abs=1e-9)
    assert found.covariance == pytest.approx(covariance, rel=1e-7, abs=1e-9)
    assert found.residual_variance == pytest.approx(within, rel=1e-9)


def test_effects_that_are_not_determined_are_refused():
    some = sample(1)
    twice = some._replace(designs=np.zeros_like(some.designs))
    with pytest.raises(np.linalg.LinAlgError):
        generalised_least_squares(twice.panel, some.random, np.eye(2))
    with pytest.raises(NotEstimable, match="converge"):
        reml(twice.panel, some.random)


# --- REML -------------------------------------------------------------------------------------------------------------


def test_a_balanced_trial_is_an_analysis_of_variance():
    """A mean only, everybody seen as often: variances from the mean squares between and within people."""
    values = np.random.default_rng(8).normal(size=(12, 5)) + np.random.default_rng(9).normal(size=(12, 1)) * 2
    found = reml(panel(values, [5] * 12, [0] * 12, np.ones((1, 5, 1))), np.ones((5, 1)))
    between = 5 * values.mean(axis=1).var(ddof=1)
    within = values.var(axis=1, ddof=1).mean()
    assert found.residual_variance == pytest.approx(within, rel=1e-10)
    assert found.random_covariance == pytest.approx(np.array([[(between - within) / 5]]), rel=1e-9)
    assert found.errors == pytest.approx([np.sqrt(between / 60)], rel=1e-10)
    assert not found.singular


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(5))
def test_no_step_from_the_maximum_is_better(seed, size):
    """The deviance of one large matrix, a little away in every direction and far away."""
    some = sample(seed, spread=(2.0, 4.0))
    random = some.random[:, :size]
    found = reml(some.panel, random)
    assert not found.singular
    relative = relative_of(found)
    best, coef, covariance, _ = dense(some, random, relative)
    assert found.coef == pytest.approx(coef, abs=1e-9)
    assert found.covariance == pytest.approx(covariance, rel=1e-7, abs=1e-10)
    root, rng = np.linalg.cholesky(relative), np.random.default_rng(seed)
    for reach in (1e-3, 0.1, 1.0):
        for _ in range(6):
            other = root + reach * np.tril(rng.normal(size=(size, size))) * root[0, 0]
            assert dense(some, random, other @ other.T)[0] > best - 1e-9


@pytest.mark.parametrize("size", SIZES)
def test_the_slope_of_the_deviance_is_nothing_at_the_maximum(size):
    some = sample(6, spread=(2.0, 4.0))
    random = some.random[:, :size]
    root = np.linalg.cholesky(relative_of(reml(some.panel, random)))
    for row, column in zip(*np.tril_indices(size), strict=True):
        step = np.zeros_like(root)
        step[row, column] = 1e-4
        up, down = (dense(some, random, (root + turn * step) @ (root + turn * step).T)[0] for turn in (1, -1))
        assert (up - down) / 2e-4 == pytest.approx(0, abs=1e-5)


def test_people_who_differ_less_than_by_chance_have_no_variance_between_them():
    some = sample(2, spread=(0.0, 0.0), shrunk=0.9)
    found = reml(some.panel, some.random[:, :1])
    assert found.singular
    assert found.random_covariance == 0
    _, coef, covariance, _ = dense(some, some.random[:, :1], np.zeros((1, 1)))
    assert found.coef == pytest.approx(coef, abs=1e-9)
    assert found.covariance == pytest.approx(covariance, abs=1e-9)


@pytest.mark.parametrize("spread", [(2.0, 0.0), (0.0, 3.0), (0.0, 0.0)])
def test_at_the_edge_no_covariance_is_better(spread):
    """Trials without one of the two variances: about half end at the edge, where one number makes level and slope."""
    edge, rng = 0, np.random.default_rng(1)
    for seed in range(10):
        some = sample(seed, spread=spread)
        found = reml(some.panel, some.random)
        relative = relative_of(found)
        edge += found.singular
        assert found.singular == (np.linalg.eigvalsh(relative)[0] < 1e-9)
        best, coef, covariance, _ = dense(some, some.random, relative)
        assert found.coef == pytest.approx(coef, abs=1e-8)
        assert found.covariance == pytest.approx(covariance, rel=1e-6, abs=1e-8)
        values, vectors = np.linalg.eigh(relative)
        root = vectors * np.sqrt(np.maximum(values, 0))
        for reach in (0.01, 0.1, 1.0):
            other = root + reach * rng.normal(size=(2, 2))
            assert dense(some, some.random, other @ other.T)[0] > best - 1e-9
    assert 2 <= edge <= 9


@pytest.mark.parametrize(
    ("seed", "spread", "growth", "error", "variances"),
    [
        (1, (2.0, 0.0), 0.01977522, 0.12998012, (5.51003541, 1.29078339, 0.30237950)),
        (2, (0.0, 3.0), -0.04296756, 0.20706731, (0.00070234, 0.07126734, 7.23156568)),
        (6, (0.0, 0.0), 0.03072201, 0.09988712, (0.00795365, -0.00143465, 0.00025878)),
    ],
)
def test_at_the_edge_as_lme4_has_it(seed, spread, growth, error, variances):
    """`lmer(y ~ 0 + X + (time | id))` of lme4 1.1.31, bobyqa with `rhoend = 1e-10`; singular, it says."""
    some = sample(seed, spread=spread)
    found = reml(some.panel, some.random)
    assert found.singular
    assert (found.coef[-1], found.errors[-1]) == pytest.approx((growth, error), abs=2e-8)
    assert found.random_covariance[np.tril_indices(2)] == pytest.approx(np.array(variances), abs=1e-6)


def test_as_many_random_effects_as_periods_are_refused():
    some = sample(3, periods=2)
    with pytest.raises(NotEstimable, match="converge"):
        reml(some.panel, some.random)
    assert np.isfinite(reml(some.panel, some.random[:, :1]).errors).all()


def test_people_who_never_change_leave_no_residual_variance():
    some = sample(4, periods=3)
    level = np.random.default_rng(2).normal(size=(40, 1))
    same = some._replace(values=np.repeat(level, 3, axis=1), followed=np.full(40, 3))
    for size in SIZES:
        with pytest.raises(NotEstimable):
            reml(same.panel, some.random[:, :size])


def test_a_likelihood_without_bound_is_refused():
    """Who is seen three times never changes, the others are seen twice: level and slope explain all of them."""
    some = sample(5, n=20, periods=3)
    thrice = np.arange(20) < 12
    values = np.where(np.isnan(some.values), 1.0, some.values)
    values[thrice] = values[thrice, :1]
    made = Sample(values, np.where(thrice, 3, 2), some.kind, some.designs).panel
    assert made.rows > 2 * 20  # more observations than random effects
    with pytest.raises(NotEstimable):
        reml(made, some.random)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000), n=st.integers(10, 30), periods=st.integers(3, 7), size=st.sampled_from(SIZES),
    spread=st.tuples(st.floats(0, 5), st.floats(0, 5)), unit=st.sampled_from([0.01, 1.0, 1000.0]),
)  # fmt: skip
def test_of_any_panel_order_unit_and_level_are_nothing(seed, n, periods, size, spread, unit):
    some = sample(seed, n, periods, spread)
    random = some.random[:, :size]
    try:
        found = reml(some.panel, random)
    except NotEstimable:
        return
    order = np.random.default_rng(seed).permutation(n)
    other = reml(some._replace(values=unit * (some.values + 3)).of(order).panel, random)
    assert other.coef[periods:] == pytest.approx(unit * found.coef[periods:], rel=1e-6, abs=1e-6 * unit)
    assert other.errors == pytest.approx(unit * found.errors, rel=1e-6)
    assert found.deviance <= dense(some, random, np.eye(size))[0] + 1e-9
    assert found.deviance == pytest.approx(dense(some, random, relative_of(found))[0], abs=1e-6)
