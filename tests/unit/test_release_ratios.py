"""What a ratio within a group tells of the events of its arms, on cells written by hand."""

from __future__ import annotations

import pytest

from pilot_analysis.release.cells import ARMS, Cells, Key
from pilot_analysis.release.ratios import floors

THRESHOLD = 10
ROW = 7  # of the ratio, in the store


def events(cells: Cells, group: str, arm: str, count: int, **about: str) -> int:
    about = {"endpoint": "full_rtw", "population": "landmark_84", **about}
    return cells.cell(Key("events", group_by="cas_group", group=group, arm=arm, **about), count)


def ratio(cells: Cells, group: str, intervention: int, control: int, **about: str) -> tuple[int, int]:
    both = tuple(events(cells, group, arm, n, **about) for arm, n in zip(ARMS, (intervention, control), strict=True))
    cells.ratios.append((ROW, *both))
    return both


@pytest.mark.parametrize(("intervention", "control", "least"), [(40, 40, 20), (12, 12, 10), (60, 30, 20), (11, 90, 10)])
def test_the_error_of_a_ratio_bounds_the_events_of_both_arms(intervention, control, least):
    cells = Cells()
    both = ratio(cells, "mental", intervention, control)
    assert floors(cells, THRESHOLD) == dict.fromkeys(both, float(least))
    assert not cells.shown


def test_the_wider_set_has_at_least_the_events_of_the_narrower():
    cells = Cells()
    wide = [
        events(cells, "mental", "control", 45, **about)
        for about in ({"population": "itt"}, {"endpoint": "partial_rtw"})
    ]
    apart = [events(cells, "mental", "control", 45, endpoint="sustained_rtw"), events(cells, "other", "control", 45)]
    ratio(cells, "mental", 40, 40)
    found = floors(cells, THRESHOLD)
    assert [found.get(cell) for cell in wide] == [20.0, 20.0]
    assert not set(found) & set(apart)


def test_a_floor_is_never_above_the_number_itself():
    """Partial and full returns have other dates: a wider endpoint can have fewer events within reach of a ratio."""
    cells = Cells()
    fewer = events(cells, "mental", "control", 14, endpoint="partial_rtw")
    ratio(cells, "mental", 40, 40)
    assert floors(cells, THRESHOLD)[fewer] == 14.0


def test_the_highest_of_several_floors_holds():
    cells = Cells()
    full = ratio(cells, "mental", 30, 30)
    ratio(cells, "mental", 44, 44, endpoint="sustained_rtw")
    assert floors(cells, THRESHOLD)[full[0]] == 22.0


@pytest.mark.parametrize(("rest", "tells"), [((3, 4), True), ((12, 15), False), ((3, 40), False)])
def test_a_ratio_that_leaves_the_other_groups_no_room_shows_the_events(rest, tells):
    """Of 10 and 10 events the error tells that they are 10 at least, so 7 others would be all that is unknown."""
    cells = Cells()
    both = ratio(cells, "mental", 10, 10)
    for group, count in zip(("muscles", "other"), rest, strict=True):
        events(cells, group, "intervention", count)
        events(cells, group, "control", 50)
    found = floors(cells, THRESHOLD)
    assert ((ROW, "estimate", both[0]) in cells.shown) == tells
    assert (both[0] in found) != tells
