"""GEE: against the definition written out person by person, leaving people out, and by hand."""

import numpy as np
import pytest
from panel_samples import Sample, designs, sample

from pilot_analysis.models.gee import exchangeable
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.panel import panel


def working(length: int, correlation: float) -> np.ndarray:
    """Inverse of an exchangeable correlation matrix."""
    return np.linalg.inv((1 - correlation) * np.eye(length) + correlation)


def solved(some: Sample, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    """Information and coefficients at a correlation."""
    information, right = 0.0, 0.0
    for design, values in some.people():
        weighted = design.T @ working(len(values), correlation)
        information, right = information + weighted @ design, right + weighted @ values
    return information, np.linalg.lstsq(information, right, rcond=None)[0]


def moment(some: Sample, coef: np.ndarray) -> float:
    """Residual products of pairs over (pairs - p), over squares over (rows - p)."""
    squares = products = rows = pairs = 0.0
    for design, values in some.people():
        rest = values - design @ coef
        squares, rows, pairs = squares + rest @ rest, rows + rest.size, pairs + rest.size * (rest.size - 1) / 2
        products += sum(rest[i] * rest[j] for i in range(rest.size) for j in range(i))
    return products / (pairs - coef.size) / (squares / (rows - coef.size))


@pytest.mark.parametrize(("seed", "spread"), [(0, (2.0, 1.5)), (1, (0.3, 0.0)), (2, (9.0, 9.0)), (3, (0.0, 3.0))])
def test_coefficients_correlation_and_errors_are_as_defined(seed, spread):
    some = sample(seed, spread=spread)
    found = exchangeable(some.panel)
    information, coef = solved(some, found.correlation)
    assert found.coef == pytest.approx(coef, rel=1e-9, abs=1e-10)
    assert found.correlation == pytest.approx(moment(some, coef), abs=1e-11)
    bread, covariance = np.linalg.inv(information), 0.0
    for design, values in some.people():
        weighted = design.T @ working(len(values), found.correlation)
        own = np.eye(len(values)) - design @ bread @ weighted
        change = bread @ weighted @ np.linalg.solve(own, values - design @ coef)
        covariance = covariance + np.outer(change, change)
    assert found.covariance == pytest.approx(covariance, rel=1e-8, abs=1e-10)
    assert found.errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-8)


def left_out(some: Sample, coef: np.ndarray, correlation: float, column: int) -> float:
    """Error of a coefficient: root of its squared changes when one person after another is left out."""
    changes = [
        coef[column] - solved(some.of(np.arange(some.followed.size) != person), correlation)[1][column]
        for person in range(some.followed.size)
    ]
    return float(np.sqrt(np.square(changes).sum()))


@pytest.mark.parametrize("alone", [False, True])
def test_errors_are_those_of_leaving_people_out(alone):
    """`alone`: the last period holds one person, whose fit there is exact."""
    some = sample(5, n=24)
    if alone:
        some = some._replace(followed=np.minimum(some.followed, np.where(np.arange(24) == 0, 6, 5)))
    found = exchangeable(some.panel)
    for column in (-1, -2):
        expected = left_out(some, found.coef, found.correlation, column)
        assert found.errors[column] == pytest.approx(expected, rel=1e-7)
    assert np.isinf(found.errors).tolist() == [False] * 5 + [alone] + [False] * 3


def test_a_coefficient_of_one_person_has_no_error():
    """The only one in an arm who is seen twice: without that person nobody tells of the growth there."""
    some = sample(6)
    single = np.flatnonzero(some.kind % 2)[0]
    some = some._replace(followed=np.where((some.kind % 2 == 1) & (np.arange(40) != single), 1, some.followed))
    errors = exchangeable(some.panel).errors
    assert np.isinf(errors[-1])
    assert np.isfinite(errors[-2])


def test_a_mean_of_people_by_hand():
    """Everybody seen as often: the mean of people's means, with their spread over n - 1."""
    values = np.array([[1.0, 2], [3, 5], [2, 2], [9, 4]])
    found = exchangeable(panel(values, [2] * 4, [0] * 4, np.ones((1, 2, 1))))
    means = values.mean(axis=1)
    assert found.coef == pytest.approx([means.mean()])
    assert found.errors**2 == pytest.approx([((means - means.mean()) ** 2).sum() / 16 / (3 / 4) ** 2])


@pytest.mark.parametrize("seed", range(3))
def test_order_of_people_and_unit_are_nothing(seed):
    some = sample(seed)
    found = exchangeable(some.panel)
    order = np.random.default_rng(seed).permutation(40)
    other = exchangeable(some.of(order).panel)
    assert other.coef == pytest.approx(found.coef, rel=1e-11)
    assert other.errors == pytest.approx(found.errors, rel=1e-11)
    larger = exchangeable(some._replace(values=1000 * some.values).panel)
    assert larger.errors == pytest.approx(1000 * found.errors, rel=1e-10)


def test_each_person_of_a_kind_of_their_own_is_the_same():
    some = sample(4)
    own = some._replace(kind=np.arange(40), designs=some.designs[some.kind])
    assert exchangeable(own.panel).errors == pytest.approx(exchangeable(some.panel).errors, rel=1e-11)


def test_people_who_never_change_are_no_model():
    some = sample(7, n=12, periods=2)
    rng = np.random.default_rng(1)
    same = some._replace(values=np.repeat(rng.choice([0.0, 100.0], 12), 2).reshape(12, 2), followed=np.full(12, 2))
    with pytest.raises(NotEstimable, match="converge"):
        exchangeable(same.panel)


def test_too_few_pairs_for_a_correlation():
    few = sample(8, n=9, periods=2)
    with pytest.raises(NotEstimable, match="converge"):
        exchangeable(few._replace(followed=np.where(np.arange(9) < 3, 2, 1)).panel)
    with pytest.raises(NotEstimable, match="converge"):  # columns that follow from others
        exchangeable(few._replace(designs=0 * designs(2)).panel)
