"""The comparison itself: it sees a wrong number, a missing one and an extra one, and the table fails with it."""

import numpy as np
import pytest
from reference_tables import Check, deviation
from table import row


@pytest.mark.parametrize(
    ("ours", "theirs", "expectation"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.2], [1.0, 2.0], 0.1),
        ([1.0, np.nan], [1.0, np.nan], 0.0),
        ([1.0, np.nan], [1.0, 2.0], np.inf),
        ([1.0, 2.0], [1.0, np.nan], np.inf),
        ([1.0], [1.0, 2.0], np.inf),
        ([1e-20], [0.0], 1e-8),
    ],
)
def test_deviation(ours, theirs, expectation):
    assert deviation(ours, theirs) == pytest.approx(expectation)


def test_a_deviation_is_counted_in_its_scale():
    assert deviation([1e-9, 5.0], [0.0, 5.1], [1.0, 10.0]) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [([(1.0, 1.0)], "met"), ([(1.0, 1.0), (1.0, 1.001)], "NOT MET"), ([(np.nan, np.nan)], "NOT MET"), ([], "NOT MET")],
)
def test_the_verdict(pairs, verdict):
    check = Check("topic", "what", "R", "set", 1e-6, lambda: iter(pairs))
    assert row("topic", "what", "R", 1e-6, [check])[-1] == verdict
