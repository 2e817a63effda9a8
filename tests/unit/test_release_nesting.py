"""Sets that lie within each other by the definitions, on cells written by hand."""

from __future__ import annotations

import pytest

from pilot_analysis.release.cells import Cells, Key
from pilot_analysis.release.nesting import holds, narrow_first
from pilot_analysis.release.relations import find_relations

THRESHOLD = 10
KEY = Key("events", endpoint="full_rtw", population="landmark_84", group_by="cas_group", group="other", arm="control")


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({"endpoint": "partial_rtw"}, {"endpoint": "full_rtw"}),
        ({"endpoint": "full_rtw"}, {"endpoint": "sustained_rtw"}),
        ({"population": "itt"}, {"population": "landmark_84"}),
        ({"population": "landmark_84"}, {"population": "landmark_112"}),  # by its day, not by its letters
    ],
)
def test_the_weaker_return_and_the_earlier_landmark_hold_the_other(wide, narrow):
    one, other = KEY._replace(**wide), KEY._replace(**narrow)
    assert holds(one, other)
    assert not holds(other, one)
    cells = Cells()
    same = [cells.cell(key, 13) for key in (one, other)]
    assert narrow_first(cells, same) == narrow_first(cells, same[::-1]) == same[::-1]


def test_neither_of_a_weaker_return_later_and_a_stronger_one_earlier_holds_the_other():
    one, other = KEY._replace(endpoint="partial_rtw"), KEY._replace(population="itt")
    assert not holds(one, other)
    assert not holds(other, one)


@pytest.mark.parametrize("narrow", [{"endpoint": "sustained_rtw"}, {"population": "landmark_112"}])
def test_as_many_in_a_set_bound_the_set_that_holds_it_from_below(narrow):
    """Not the other way round: a shown 13 says that a withheld 13 is at least so many."""
    cells = Cells()
    within, all_of = cells.cell(KEY._replace(**narrow), 13), cells.cell(KEY, 13)
    found = [equation for equation in find_relations(cells, THRESHOLD) if {within, all_of} <= set(equation)]
    assert found
    for equation in found:
        (beside,) = set(equation) - {within, all_of}
        assert equation[all_of] == -equation[within] == -equation[beside]
