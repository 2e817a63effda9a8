"""What anybody can add up and subtract: equations between cells.

- Arms make everybody; groups make their arm; answers, states, routes, windows and categories make those they divide;
  people with and without the event make the people; pieces of time make the whole.
- People of a group at risk in nested populations or endpoints differ by a set of people: a cell of its own, protected
  when it is small and by arm it is not: what is nobody's by arm cannot be hidden in a group. The same for events.
- An equation is taken up when the numbers satisfy it: what holds in the data can be used by whoever reads them. Two
  counts that happen to add up protect a little more than need be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from scipy.sparse import csr_array

from pilot_analysis.release.cells import ARMS, BOTH, CODE, UNANSWERED, Cells, Key
from pilot_analysis.release.nesting import narrow_first
from pilot_analysis.release.within import within

Equation = dict[int, float]
_CLOSE = 1e-6
_ADHERENCE = "adherence/share"


def find_relations(cells: Cells, threshold: int) -> list[Equation]:
    """Equations `sum of coefficient x cell = 0`; makes the cells that are only differences of two others."""
    found = [_sum([without, events], n) for without, events, n in cells.lacking]
    found += _nested(cells, threshold)
    found += within(cells, threshold)
    found += _categories(cells, threshold)
    for relations in (_arms, _groups, _baseline, _survey, _guidance, _pieces):
        found += relations(cells)
    kept: dict[tuple[tuple[int, float], ...], Equation] = {}
    for equation in found:
        total = sum(coefficient * cells.values[cell] for cell, coefficient in equation.items())
        if len(equation) > 1 and abs(total) < _CLOSE:
            kept.setdefault(tuple(sorted(equation.items())), equation)
    return list(kept.values())


def as_matrix(equations: list[Equation], n_cells: int) -> csr_array:
    """Equations as a sparse matrix, shape (equations, cells)."""
    places = [(row, cell, value) for row, equation in enumerate(equations) for cell, value in equation.items()]
    rows, columns, values = zip(*places, strict=True) if places else ((), (), ())
    return csr_array((values, (rows, columns)), shape=(len(equations), n_cells), dtype="float64")


def _sum(parts: Iterable[int], total: int) -> Equation:
    equation: Equation = defaultdict(float)
    for part in parts:
        equation[part] += 1.0
    equation[total] -= 1.0
    return {cell: value for cell, value in equation.items() if value}


def _nested(cells: Cells, threshold: int) -> Iterator[Equation]:
    """Differences of nested sets of people or events of a group that are fewer than the threshold."""
    chains: dict[Key, list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.group_by and not key.table and key.kind in ("n", "events"):
            chains[key._replace(population="")].append(cell)
    for chain in chains.values():
        ordered = narrow_first(cells, chain)
        for one, other in combinations(ordered, 2):
            between = cells.values[other] - cells.values[one]
            if 0 < between < threshold <= _by_arm(cells, one, other):
                key = cells.keys[one]._replace(kind="between", table=f"{one}, {other}")
                yield _sum([one, cells.cell(key, between)], other)
        yield from _aside(cells, ordered)
    yield from _endpoints(cells, threshold)


def _endpoints(cells: Cells, threshold: int) -> Iterator[Equation]:
    """Events of a group: a stronger return is among the weaker; the few between them where by arm they are not few."""
    by_arm = {key: cells.values[cell] for cell, key in enumerate(cells.keys) if key.kind == "events" and not key.table}
    chains: dict[Key, list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.group_by and not key.table and key.kind == "events":
            chains[key._replace(endpoint="")].append(cell)
    for chain in chains.values():
        for one, other in combinations(narrow_first(cells, chain), 2):
            less, more = (by_arm.get(cells.keys[cell]._replace(group_by="", group="")) for cell in (one, other))
            between = cells.values[other] - cells.values[one]
            if None not in (less, more) and 0 < between < threshold <= abs(more - less):
                key = cells.keys[one]._replace(kind="between", table=f"{one}, {other}")
                yield _sum([one, cells.cell(key, between)], other)
        yield from _aside(cells, chain)


def _aside(cells: Cells, chain: list[int]) -> Iterator[Equation]:
    """Neighbours of nested sets: what is between them is nobody's to hide, but they bound each other."""
    for one, other in pairwise(narrow_first(cells, chain)):
        key = cells.keys[one]._replace(kind="aside", table=f"{one}, {other}")
        yield _sum([one, cells.cell(key, cells.values[other] - cells.values[one])], other)


def _by_arm(cells: Cells, one: int, other: int) -> float:
    """The most by which the people of all groups differ where those of `one` and `other` are counted."""
    arm = cells.keys[one].arm
    gaps = [
        cells.people.get((*late, arm), 0.0) - cells.people.get((*early, arm), 0.0)
        for early in cells.clocks.get(one, ())
        for late in cells.clocks.get(other, ())
    ]
    return max((abs(gap) for gap in gaps), default=float("inf"))


def _arms(cells: Cells) -> Iterator[Equation]:
    """Intervention and control make both, wherever the numbers do."""
    pools: dict[Key, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for cell, key in enumerate(cells.keys):
        if key.kind not in ("lack", "between", "aside", "flow"):
            pools[key._replace(arm="")][key.arm].append(cell)
    for arms in pools.values():
        totals = {cells.values[total]: total for total in arms[BOTH]}
        for one in arms[ARMS[0]]:
            for other in arms[ARMS[1]]:
                total = totals.get(cells.values[one] + cells.values[other])
                if total is not None:
                    yield _sum([one, other], total)


def _groups(cells: Cells) -> Iterator[Equation]:
    """Levels of a grouping make their arm, table by table."""
    wholes: dict[Key, list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if not key.group_by:
            wholes[key].append(cell)
    for named in cells.tables.values():
        parts = list(named.values())
        whole = cells.keys[parts[0]]._replace(group_by="", group="")
        total = sum(cells.values[part] for part in parts)
        same = [cell for cell in wholes[whole] if cells.values[cell] == total]
        if len(parts) > 1:
            yield from (_sum(parts, cell) for cell in same or [_implied(cells, parts, total)])


def _implied(cells: Cells, parts: list[int], total: float) -> int:
    """The whole that parts make where no row shows it: it may be known from elsewhere."""
    return cells.cell(cells.keys[parts[0]]._replace(kind="whole", table=f"{parts}"), total, exempt=True)


def _categories(cells: Cells, threshold: int) -> Iterator[Equation]:
    """Terms such as `timing[later]` of one arm and time make the people they divide; so do states of one day."""
    parts: dict[Key, set[int]] = defaultdict(set)
    people: dict[Key, set[int]] = defaultdict(set)
    missing: dict[Key, set[int]] = defaultdict(set)
    for _, events, n in cells.lacking:
        key = cells.keys[events]
        code = CODE.match(key.term)
        if code and code[2] in UNANSWERED:
            missing[key._replace(term=code[1])].add(events)
            people[key._replace(term=code[1] + "+missing")].add(n)
        elif code:
            parts[key._replace(term=code[1])].add(events)
            people[key._replace(term=code[1])].add(n)
    for key, of_key in parts.items():
        yield from (_sum(sorted(of_key), n) for n in sorted(people[key]))
    for key, rest in missing.items():
        for replied in sorted(people[key]):
            for asked in sorted(people[key._replace(term=key.term + "+missing")]):
                yield _sum([replied, *sorted(rest)], asked)
                gone = cells.values[asked] - cells.values[replied]  # few of them are a cell, however it is divided
                if 0 < gone < threshold:
                    yield _sum([replied, cells.cell(Key("between", f"{replied} within {asked}"), gone)], asked)


def _baseline(cells: Cells) -> Iterator[Equation]:
    """A category of the baseline is a group of the analyses when they are as many, and both arms are a place's."""
    named: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for cell, key in enumerate(cells.keys):
        if key.kind == "events" and key.table == "baseline/share":
            named[key.term][key.arm].append(cell)
    for cell, key in enumerate(cells.keys):
        own = key.term if (key.group_by, key.group) == ("organisation", "own") else key.group
        arms = named.get(f"{key.group_by}[{own}]") if key.kind == "n" and key.population == "itt" else None
        if arms and key.arm in ARMS:
            yield from (_sum([same], cell) for same in arms[key.arm])
        elif arms:
            yield from (_sum([one, other], cell) for one in arms[ARMS[0]] for other in arms[ARMS[1]])


def _survey(cells: Cells) -> Iterator[Equation]:
    """Who answered and who did not make those due, and all states at a wave make the arm."""
    waves: dict[tuple[str, float | None], dict[str, int]] = defaultdict(dict)
    for cell, key in enumerate(cells.keys):
        if (key.kind, key.table) == ("events", "survey"):
            waves[(key.arm, key.time)][key.term] = cell
    everybody: dict[str, list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if (key.kind, key.population, key.group_by, key.table) == ("n", "itt", "", ""):
            everybody[key.arm].append(cell)
    for (arm, _), states in waves.items():
        parts, total = list(states.values()), sum(cells.values[state] for state in states.values())
        same = [cell for cell in everybody[arm] if cells.values[cell] == total]
        if len(parts) > 1:
            yield from (_sum(parts, cell) for cell in same or [_implied(cells, parts, total)])
    for _, events, n in cells.lacking:
        states = waves.get((cells.keys[events].arm, cells.keys[events].time), {})
        if cells.keys[events].table == "survey/share" and not cells.keys[events].term and len(states) > 1:
            answered, not_answered = states.get("answered"), states.get("not_answered")
            if answered is not None:
                yield _sum([events], answered)
            yield _sum([state for state in (answered, not_answered) if state is not None], n)


def _guidance(cells: Cells) -> Iterator[Equation]:
    """Counts of labour experts' work that are the same number of an arm; who had a contact and who had none."""
    same: dict[tuple[str, float], list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.table in (_ADHERENCE, "adherence") and cells.values[cell] and key.kind in ("events", "n"):
            same[(key.arm, cells.values[cell])].append(cell)
    for equal in same.values():
        yield from (_sum([other], equal[0]) for other in equal[1:])
    contact = {(cells.keys[e].arm, cells.keys[e].term): (e, n) for _, e, n in cells.lacking}
    for arm in ARMS:
        if (arm, "contact") in contact and (arm, "timing[none]") in contact:
            yield _sum([contact[(arm, "contact")][0], contact[(arm, "timing[none]")][0]], contact[(arm, "contact")][1])


def _pieces(cells: Cells) -> Iterator[Equation]:
    """Events of the pieces of time make the events of the whole."""
    pieces: dict[tuple[str, str], list[int]] = defaultdict(list)
    wholes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        about = (key.endpoint, key.population)
        if key.kind == "events" and key.table.startswith("cox_piecewise/"):
            pieces[about].append(cell)
        elif key.kind == "events" and not key.table and not key.group_by and key.arm == BOTH:
            wholes[about].append(cell)
    for about, parts in pieces.items():
        yield from (_sum(parts, whole) for whole in wholes[about])
