"""Panels reduced to sums by kind and pattern: against every row written out."""

import numpy as np
import pytest
from panel_samples import Sample, designs, sample

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.panel import centred, split


def written_out(some: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Design and outcome of all rows."""
    parts = list(some.people())
    return np.concatenate([design for design, _ in parts]), np.concatenate([values for _, values in parts])


@pytest.mark.parametrize("seed", range(4))
def test_sums_are_those_of_all_rows(seed):
    some = sample(seed)
    design, outcome = written_out(some)
    made = some.panel
    assert (made.rows, made.columns, made.people.sum()) == (*design.shape, 40)
    assert made.squares == pytest.approx(outcome @ outcome)
    coef, rest = centred(made)
    expected = np.linalg.lstsq(design, outcome, rcond=None)[0]
    assert coef == pytest.approx(expected, abs=1e-10)
    assert rest.squares == pytest.approx(((outcome - design @ expected) ** 2).sum())


@pytest.mark.parametrize("seed", range(3))
def test_the_two_parts_are_the_products_on_a_basis_and_beside_it(seed):
    some = sample(seed)
    made = some.panel
    bases = [np.linalg.qr(np.random.default_rng(length).normal(size=(length, 1)))[0] for length in made.lengths]
    parts = split(made, bases)
    outside, inside = np.zeros_like(parts.outside), np.zeros_like(parts.inside)
    for design, values in some.people():
        joined, place = np.column_stack([design, values]), list(made.lengths).index(len(values))
        on_it = bases[place].T @ joined
        inside[place, 0, 0] += on_it.T @ on_it
        outside += joined.T @ joined - on_it.T @ on_it
    assert parts.outside == pytest.approx(outside, abs=1e-9)
    assert parts.inside == pytest.approx(inside, abs=1e-9)


def test_what_lies_beyond_the_follow_up_is_not_looked_at():
    some = sample(1)
    other = some._replace(values=np.where(np.isnan(some.values), 1e6, some.values))
    for one, two in zip(some.panel.patterns, other.panel.patterns, strict=True):
        assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_who_is_followed_through_nothing_takes_no_part():
    some = sample(2)
    with_others = Sample(
        np.vstack([some.values, np.full((3, 6), 9.0)]), np.append(some.followed, [0, 0, 0]),
        np.append(some.kind, [0, 1, 2]), some.designs,
    )  # fmt: skip
    assert with_others.panel.squares == some.panel.squares
    with pytest.raises(ValueError, match="nobody is followed"):
        some._replace(followed=np.zeros(40, dtype=int)).panel  # noqa: B018


def test_columns_that_follow_from_others_and_outcomes_that_follow_from_columns():
    some = sample(3)
    with pytest.raises(np.linalg.LinAlgError):
        centred(some._replace(designs=np.zeros_like(some.designs)).panel)
    exact = np.arange(1.0, some.designs.shape[2] + 1)
    followed = np.full(40, 6)
    predicted = Sample(some.designs[some.kind] @ exact, followed, some.kind, designs(6))
    with pytest.raises(NotEstimable, match="no variance"):
        centred(predicted.panel)
