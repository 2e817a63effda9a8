"""Which levels get a protected life table, on which days: everything that could be subtracted is looked at together.

- Arms first, on one grid; an arm that cannot be shown takes the other with it. All together are the sum of the arms on
  their grid, or alone where the arms cannot be shown.
- Groups on one grid cut from that of the arms. Of those with most events as many are shown, by arm too or not, as give
  most points; who is in none of them must be enough people too, in both arms.
- Populations hold the same people. A later landmark is shown only where it differs from the first by nobody or by
  enough people in every cell, and everybody from enrolment only where it exceeds the landmark by that many people and
  events. Between these two only totals can be compared, their clocks differ from person to person; totals are rounded.
  An exit of a landmark is not told apart where the flow, which is published, has only a few more of it.
- The three endpoints are different events: cells of one are not subtracted from those of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from pilot_analysis.release.ends import COURSES, EVENT, OUT, Ends, Key, add, ends_of, without
from pilot_analysis.release.grid import cut_from, grids
from pilot_analysis.release.protected import LifeTable, joined, life_table
from pilot_analysis.schemas.canonical import ARMS

GROUPS = ("cas_group", "fml_group")
_LANDMARK, _EVERYBODY = "landmark_", "itt"


class Level(NamedTuple):
    """Where a table belongs."""

    course: str
    endpoint: str
    population: str
    group_by: str
    level: str


@dataclass(frozen=True)
class Family:
    """The tables of one population and what they were made from."""

    ends: dict[Key, Ends]
    cut: dict[str, list[int]]
    tables: dict[Key, LifeTable]


def protected_tables(curves: pd.DataFrame, milestones: list[int], least: int) -> dict[Level, LifeTable]:
    """The protected table of every level of `curves` (schema CURVES) that may have one."""
    found: dict[Level, LifeTable] = {}
    for course, (main, others) in COURSES.items():
        here = curves[curves["analysis"].isin([main, *others.values()])]
        for endpoint, of_endpoint in here.groupby("endpoint", sort=True):
            for population, family in _populations(of_endpoint, course, milestones, least).items():
                found |= {Level(course, endpoint, population, *key): table for key, table in family.tables.items()}
    return found


def _populations(curves: pd.DataFrame, course: str, milestones: list[int], least: int) -> dict[str, Family]:
    """Families of the populations, the first landmark before the others."""
    names = sorted(curves["population"].unique(), key=lambda name: (not name.startswith(_LANDMARK), name))
    found: dict[str, Family] = {}
    first = None
    flow = ends_of(curves[curves["population"] == _EVERYBODY], course) if course == "return" else {}
    for name in names:
        ends = ends_of(curves[curves["population"] == name], course)
        if first is None or not found[first].cut:
            found[name] = _family(ends, milestones, least, flow=flow if name.startswith(_LANDMARK) else {})
            first = name if name.startswith(_LANDMARK) else first
        elif name.startswith(_LANDMARK):
            found[name] = _later(found[first], ends, _day(name) - _day(first), least)
        else:
            found[name] = _family(ends, milestones, least, found[first])
    return found


def _day(population: str) -> int:
    return int(population.removeprefix(_LANDMARK))


def _family(
    ends: dict[Key, Ends],
    milestones: list[int],
    least: int,
    inner: Family | None = None,
    flow: dict[Key, Ends] | None = None,
) -> Family:
    """Tables of one population; `inner` is that of some of the same people, `flow` what is published of all."""
    arms = [ends[key] for key in _arm_keys() if key in ends]
    cut, kept = {}, []
    if len(arms) == len(ARMS) and _beside(_arm_keys(), ends, inner, least):
        untold = [*_untold(ends, inner, least), *_beside_flow(ends, flow or {}, least)]
        cut, kept = grids([level.together(OUT, *untold) for level in arms], milestones, least)
    closed = bool(cut) and kept[0].at_risk(cut[EVENT][-1]) == 0
    if closed:
        ends = {key: level.closed() for key, level in ends.items()}
    tables = _tables(dict(zip(_arm_keys(), kept, strict=True)), arms, cut, least) if cut else {}
    whole = ("all", "all")
    if whole in ends and cut:
        tables[whole] = joined(list(tables.values()))
    elif whole in ends:
        alone, kept = grids([ends[whole]], milestones, least)
        tables = _tables({whole: kept[0]}, [ends[whole]], alone, least) if alone else {}
    for name in GROUPS if cut else ():
        tables |= _grouped(ends, name, cut if closed else _of_groups(cut, arms), least, inner)
    return Family(ends, cut, tables)


def _of_groups(cut: dict[str, list[int]], arms: list[Ends]) -> dict[str, list[int]]:
    """Cuts of the arms that groups may have: they count an exit on the last day, such as leaving, as after it."""
    exits = [level.upto[name] for level in arms for name in level.upto if name not in (EVENT, OUT)]
    last = len(arms[0].upto[EVENT]) - 2
    same = all(counts[last] == counts[last - 1] for counts in exits)
    return cut if same else cut | {OUT: [day for day in cut[OUT] if day != last]}


def _beside(keys: list[Key], ends: dict[Key, Ends], inner: Family | None, least: int) -> bool:
    """These levels hold nobody or enough people, and events, more than those of `inner`, where that shows them."""
    both = [(ends[key], inner.ends[key]) for key in keys if inner is not None and key in inner.tables]
    return all(_apart(*pair, least) for pair in both)


def _untold(ends: dict[Key, Ends], inner: Family | None, least: int) -> list[str]:
    """Exits that are told apart in `inner`, and that only a few more people have here."""
    if inner is None or not inner.cut:
        return []
    pairs = [(ends[key], inner.ends[key]) for key in _arm_keys()]
    names = [name for name in inner.cut if name not in (EVENT, OUT)]
    return [name for name in names if any(_few(a.upto[name][-1] - b.upto[name][-1], least) for a, b in pairs)]


def _beside_flow(ends: dict[Key, Ends], flow: dict[Key, Ends], least: int) -> list[str]:
    """Exits that only a few more people have in the flow than here."""
    pairs = [(flow[key], ends[key]) for key in _arm_keys() if key in flow]
    names = {name for _, level in pairs for name in level.upto if name not in (EVENT, OUT)}
    return sorted(name for name in names if any(_few(a.upto[name][-1] - b.upto[name][-1], least) for a, b in pairs))


def _arm_keys() -> list[Key]:
    return [("arm", arm) for arm in ARMS]


def _tables(kept: dict[Key, Ends], original: list[Ends], cut: dict[str, list[int]], least: int) -> dict[Key, LifeTable]:
    """Tables of levels on one grid; exits that are not told apart count by their share in all levels together."""
    hidden = tuple(name for name in original[0].upto if name not in cut)
    end = cut[EVENT][-1]
    gone = sum(ends.upto[OUT][end] for ends in kept.values())
    of_hidden = sum(ends.upto[name][end] for ends in original for name in hidden)
    share = round(float(of_hidden / gone), 1) if min(of_hidden, gone - of_hidden) >= least else 0.0
    return {key: life_table(ends, cut, hidden, share) for key, ends in kept.items()}


def _apart(outer: Ends, inner: Ends, least: int) -> bool:
    """`outer` has nobody or enough people more than `inner`, and so of those with the event."""
    return not _few(outer.n - inner.n, least) and not _few(outer.upto[EVENT][-1] - inner.upto[EVENT][-1], least)


def _few(difference: int, least: int) -> bool:
    return 0 < abs(int(difference)) < least


def _later(first: Family, ends: dict[Key, Ends], shift: int, least: int) -> Family:
    """Arms of a later landmark on the grid of the first, where no cell differs from that of the first by a few."""
    cut = {name: [day - shift for day in days if day > shift] for name, days in first.cut.items()}
    if not cut[EVENT] or any(key not in ends for key in _arm_keys()):
        return Family(ends, {}, {})
    end, kept = first.cut[EVENT][-1], {}
    for key in _arm_keys():
        before, now = first.ends[key], ends[key]
        now = now.closed() if before.at_risk(end) == 0 else now
        hidden = [name for name in before.upto if name not in cut]
        kept[key] = now.together(OUT, *hidden)
        if _differs_by_few(before.together(OUT, *hidden), kept[key], cut, shift, least):
            return Family(ends, {}, {})
    return Family(ends, cut, _tables(kept, [ends[key] for key in kept], cut, least))


def _differs_by_few(before: Ends, now: Ends, cut: dict[str, list[int]], shift: int, least: int) -> bool:
    differences = [before.n - now.n]
    for name, days in cut.items():
        earlier = [shift, *(day + shift for day in days), len(before.upto[name]) - 1]
        since = np.diff(now.upto[name][[*days, len(now.upto[name]) - 1]], prepend=0)
        differences += [*(np.diff(before.upto[name][earlier]) - since), before.upto[name][-1] - now.upto[name][-1]]
    return any(_few(difference, least) for difference in differences)


def _grouped(
    ends: dict[Key, Ends], name: str, cut: dict[str, list[int]], least: int, inner: Family | None
) -> dict[Key, LifeTable]:
    """Tables of the groups of one grouping, and of the groups by arm, that give most points."""
    events = {key[1]: level.upto[EVENT][-1] for key, level in ends.items() if key[0] == name}
    groups = sorted((group for group in events if events[group] >= least), key=lambda group: (-events[group], group))
    best, points = {}, 0
    for shown in range(len(groups), 0, -1):
        for by_arm in range(shown, -1, -1):
            found = _choice(ends, name, groups[:shown], groups[:by_arm], cut, least, inner)
            total = sum(len(table.days) - 1 for table in found.values())
            if total > points:
                best, points = found, total
    return best


def _choice(
    ends: dict[Key, Ends],
    name: str,
    shown: list[str],
    by_arm: list[str],
    cut: dict[str, list[int]],
    least: int,
    inner: Family | None,
) -> dict[Key, LifeTable]:
    """Tables of these groups, of some by arm too; none where a cell, or what is left, would be too small."""
    groups = [(name, group) for group in shown]
    crossed = [(f"arm*{name}", f"{arm}:{group}") for group in by_arm for arm in ARMS]
    if any(key not in ends or ends[key].upto[EVENT][-1] < least for key in crossed):
        return {}
    rest = _rest(ends, groups, crossed)
    own = cut_from(cut, [*(ends[key] for key in [*groups, *crossed]), *rest], least)
    if not own or not _beside([*groups, *crossed], ends, inner, least):
        return {}
    same = inner is not None and {*groups, *crossed} == {key for key in inner.tables if name in key[0]}
    if same and not all(map(partial(_apart, least=least), rest, _rest(inner.ends, groups, crossed))):
        return {}
    return {key: life_table(ends[key], own) for key in [*groups, *crossed]}


def _rest(ends: dict[Key, Ends], groups: list[Key], crossed: list[Key]) -> list[Ends]:
    """Who is in none of the groups, and in each arm in none of the groups by arm."""
    both = add([ends[key] for key in _arm_keys()])
    mine = {arm: [ends[key] for key in crossed if key[1].startswith(f"{arm}:")] for arm in ARMS}
    of_arm = [without(ends[("arm", arm)], groups_of_arm) for arm, groups_of_arm in mine.items()]
    return [without(both, [ends[key] for key in groups]), *of_arm]
