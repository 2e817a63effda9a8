"""Standard errors of fixed effects: by hand, and from one large matrix."""

import numpy as np
import pytest

from pilot_analysis.models.mixed import fixed_effect_errors


def test_a_mean_of_people_with_a_level_of_their_own():
    """Four people, three rows each: variance of a mean of means, between / 4 + within / 12."""
    person = np.repeat(["d", "a", "c", "b"], 3)
    errors = fixed_effect_errors(np.ones((12, 1)), np.ones((12, 1)), person, [[9.0]], 6.0)
    assert errors == pytest.approx([np.sqrt(9 / 4 + 6 / 12)])


def test_rows_in_any_order_give_what_one_large_matrix_gives():
    rng = np.random.default_rng(5)
    person = rng.integers(0, 9, 60)
    design = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    random = np.column_stack([np.ones(60), rng.uniform(size=60)])
    cov, within = np.array([[4.0, -1.0], [-1.0, 2.0]]), 0.7
    spread = np.where(person[:, None] == person, random @ cov @ random.T, 0.0) + within * np.eye(60)
    expected = np.sqrt(np.diag(np.linalg.inv(design.T @ np.linalg.inv(spread) @ design)))
    assert fixed_effect_errors(design, random, person, cov, within) == pytest.approx(expected, rel=1e-10)
    assert fixed_effect_errors(design, 0 * random, person, cov, 1.0) == pytest.approx(
        np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    )


def test_effects_that_are_not_determined_are_refused():
    with pytest.raises(np.linalg.LinAlgError):
        fixed_effect_errors(np.ones((4, 2)), np.ones((4, 1)), np.arange(4), [[1.0]], 1.0)
