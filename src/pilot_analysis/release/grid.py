"""Days at which people may be counted: between two of them each exit holds enough people, in every level at once.

- The levels that share a grid are those that could be subtracted: both arms (and all), the groups, and who is left when
  the groups shown are taken from the arms. A grid of groups is cut from that of the arms, the same for all of them.
- Every cell between two cuts holds at least the threshold, and so does what comes after the last cut, unless nothing
  does. An exit that nobody has is no cell. Nobody or the threshold is still at risk after the last cut.
- Each exit has its own cuts, taken from those of the event. One that cannot be cut safely even once is not told apart.
- Cuts are tried in a fixed order (the milestones, then week by week), so the same counts give the same grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pilot_analysis.release.ends import EVENT, OUT, Ends

WEEK = 7
FEWEST = 2  # cuts of a curve: one would be a straight line from the start to the end
_NEARLY = 0.8  # of the time: a little less of it, and every exit is told apart


def cuts(levels: Sequence[Ends], name: str, wanted: Iterable[int], least: int) -> list[int]:
    """The days of `wanted`, tried in turn, that leave each part with enough people who have the exit `name`."""
    counts = np.array([level.upto[name] for level in levels])
    counts = counts[counts[:, -1] > 0]
    kept: list[int] = []
    for day in dict.fromkeys(wanted):
        edges = [*sorted({*kept, day}), counts.shape[1] - 1]
        parts = np.diff(counts[:, edges], axis=1, prepend=0)
        after = parts[:, -1]
        if len(counts) and (parts[:, :-1] >= least).all() and ((after == 0) | (after >= least)).all():
            kept.append(day)
    return sorted(kept)


def last_cut(levels: Sequence[Ends], names: Sequence[str], wanted: Iterable[int], least: int) -> int | None:
    """The latest day of `wanted` at which the exits can be counted and nobody or enough people are still at risk."""
    for day in sorted(wanted, reverse=True):
        if _still_there(levels, day, least) and all(cuts(levels, name, [day], least) for name in names):
            return day
    return None


def _still_there(levels: Sequence[Ends], day: int, least: int) -> bool:
    """Nobody or enough people are at risk after a day, and without the event where all events are counted by then."""
    people = [level.at_risk(day) for level in levels]
    people += [level.n - level.upto[EVENT][-1] for level in levels if level.upto[EVENT][day] == level.upto[EVENT][-1]]
    return _enough(people, least)


def _enough(people: Sequence[int], least: int) -> bool:
    counts = np.array(people)
    return bool(((counts == 0) | (counts >= least)).all())


def grids(levels: Sequence[Ends], milestones: Iterable[int], least: int) -> tuple[dict[str, list[int]], list[Ends]]:
    """Cuts of each exit of levels that share a grid, and the levels with only the exits that are told apart.

    Without cuts nothing can be shown. Where fewer than the threshold reach the end, the last interval takes everybody
    who is left: its height rests on all its events, and its people go out of sight evenly.
    """
    if min(level.upto[EVENT][-1] for level in levels) < least:
        return {}, []
    last = len(levels[0].upto[EVENT]) - 2
    days = [*range(WEEK, last, WEEK), last]
    others = [name for name in levels[0].upto if name not in (EVENT, OUT)]
    end = last_cut(levels, [EVENT], days, least)
    closed = [level.closed() for level in levels]
    safe = _still_there(closed, last, least) and cuts(closed, OUT, [last], least)
    if (end is None or end < _NEARLY * last) and safe:
        levels, end = closed, last
    if end is None:
        return {}, []
    every = last_cut(levels, [EVENT, *others], days, least)
    end = every if every is not None and every >= _NEARLY * end else end
    told = [name for name in others if cuts(levels, name, [end], least)]
    told = told if _enough([level.upto[OUT][-1] for level in levels], least) else []
    kept = [level.together(OUT, *(name for name in others if name not in told)) for level in levels]
    event = cuts(kept, EVENT, [end, *(day for day in [*milestones, *days] if day < end)], least)
    if len(event) < FEWEST:
        return {}, []
    order = [end, *event[:-1]]
    return {EVENT: event} | {name: cuts(kept, name, order, least) for name in [*told, OUT]}, kept


def cut_from(arms: dict[str, list[int]], levels: Sequence[Ends], least: int) -> dict[str, list[int]]:
    """Cuts of the groups (and of who is in none of them), from those of the arms, up to the same last day."""
    end, there = arms[EVENT][-1], [level for level in levels if level.n]
    if min(level.n for level in there) < least or not _still_there(there, end, least):
        return {}
    event = cuts(there, EVENT, [end, *arms[EVENT][:-1]], least)
    if end not in event or len(event) < FEWEST:
        return {}
    of_all = set(event).intersection(*(arms[name] for name in arms if name != EVENT))
    out = cuts(there, OUT, sorted(of_all, key=lambda day: (day != end, day)), least)
    left = any(level.at_risk(end) for level in there)
    return {EVENT: event, OUT: out} if left or end in out else {}
