"""Counts of people who are among other people counted: what subtraction leaves is a cell of its own.

- Labour experts: who was assessed, by activity, within a window or otherwise, is among those with a contact; the
  assessed who are compared are among those whose course is known, and these among the assessed of a period; of week 13
  these had their contact in its window.
- Who was followed until a step of the law may be among those followed until another, and are people analysed.
- Intercurrent events up to the return are among those of the whole year, and those among the exits of the flow, which
  is exempt. Who had no contact in time is among those without an assessment in the window.
- People analysed are events, people who left, and people whose follow-up ended (`followup`): two of them make the
  third. Who left is counted among the intercurrent events and behind the ratio of leaving too.
- Who was due a labour expert in week 13 is among those absent then. Who is in a group by FML was assessed.
- A first FML can happen to those without one: they are the people analysed less those assessed by the landmark. Among
  them are those who got one, who returned and who left before it.
- Nested sets that are as many are one set. Where few are between them those few are a cell to protect.

What two exempt counts leave follows from the flow diagram and is exempt too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from pilot_analysis.release.cells import ARMS, BOTH, Cells, Key
from pilot_analysis.schemas.canonical import ASSESSMENTS

Equation = dict[int, float]
_SHARE, _EVENT, _FLOW = "adherence/share", "intercurrent/share", "flow"
_CUT, _LEAVING_BOTH = "followup/median", "cox_cause_specific/hazard_ratio_leaving"
_WINDOWS = {"week_13": "first_window", "months_10_12": "second_window"}  # of timing -> of the first contact
_FOLLOWED = ("ao_points", "ao_curve", "wage_value", "state_occupation")  # seen to by release.followed
_UNTIL_FML = {f"fml_availability/{exit_}" for exit_ in ("first", "return", "leaving")}
_EXITS = {"leaving": "competing:", "pregnancy_leave": "censored:", "consent_withdrawn": "censored:"}


def within(cells: Cells, threshold: int) -> list[Equation]:
    """Equations of sets within sets; makes the cells of the few between them, and of who left."""
    found = []
    for parts, whole in _pairs(cells):
        between = sum(cells.values[cell] for cell in whole) - sum(cells.values[cell] for cell in parts)
        equation = _signed(parts, whole)
        if between == 0 and len(equation) > 1:
            found.append(equation)
        elif 0 < between < threshold and not all(cells.exempt[cell] for cell in equation):
            key = Key("between", f"{parts} within {whole}")
            found.append(equation | {cells.cell(key, between): 1.0})
    return [*found, *_left(cells, threshold)]


def _signed(parts: list[int], whole: list[int]) -> Equation:
    equation: Equation = defaultdict(float)
    for cell in parts:
        equation[cell] += 1.0
    for cell in whole:
        equation[cell] -= 1.0
    return {cell: value for cell, value in equation.items() if value}


def _pairs(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Cells that together are within the people of other cells."""
    yield from _labour_experts(cells)
    yield from _law(cells)
    yield from _courses_known(cells)
    yield from _intercurrent(cells)
    yield from _populations(cells)
    yield from _without_fml(cells)
    yield from _until_fml(cells)
    yield from _not_assessed(cells)
    yield from _due(cells)
    yield from _scores(cells)
    yield from _known_for_a_year(cells)
    yield from _of_everybody(cells)


def _named(cells: Cells, table: str) -> dict[tuple[str, str], list[int]]:
    """Counts of one kind of row by term and arm."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.kind == "events" and key.table == table:
            found[(key.term, key.arm)].append(cell)
    return found


def _labour_experts(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    named = _named(cells, _SHARE)
    for (term, arm), inner in named.items():
        stem, _, code = term.removesuffix("]").partition("[")
        outer = []
        if stem in ("activity", "assessment", "other_route", "window"):
            outer.append("contact")
        if stem == "window" or (stem == "activity" and code in ASSESSMENTS):
            outer.append("assessment")
        yield from ((inner[:1], named[(name, arm)][:1]) for name in outer if (name, arm) in named)


def _everyone(cells: Cells) -> dict[str, int]:
    """The people analysed by arm, the most of several endpoints."""
    found: dict[str, int] = {}
    for cell, key in enumerate(cells.keys):
        if key.kind == "n" and key.population == "itt" and not key.table and not key.group_by:
            found[key.arm] = max(cell, found.get(key.arm, cell), key=lambda of: cells.values[of])
    return found


def _law(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Those followed until the steps of the law, the fewer taken to be among the more, and among everybody."""
    everyone = _everyone(cells)
    followed: dict[str, list[int]] = defaultdict(list)
    for _, events, n in cells.lacking:
        if cells.keys[events].table == _SHARE and cells.keys[events].term.startswith("law["):
            followed[cells.keys[events].arm].append(n)
    for arm, steps in followed.items():
        ordered = sorted({*steps, *([everyone[arm]] if arm in everyone else [])}, key=lambda cell: cells.values[cell])
        yield from (([one], [other]) for one, other in combinations(ordered, 2))


def _courses_known(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Of the assessed of a period those whose course is known, and their contacts in the window of an arm."""
    named = _named(cells, _SHARE)
    levels = {table.measure: of for table, of in cells.tables.items() if table[0] == "timing" and table.field == "n"}
    for period, assessed in levels.get("assessed", {}).items():
        known = [levels.get(measure, {}).get(period) for measure in ("difference_points", "ao_before")]
        nested = [*(cell for cell in known if cell is not None), assessed]  # compared with others, known, assessed
        yield from (([one], [other]) for one, other in combinations(nested, 2))
        windows = [named.get((f"timing[{_WINDOWS.get(period)}]", arm)) for arm in ARMS]
        if all(windows):
            both = [of_arm[0] for of_arm in windows]
            first = period == "week_13"  # the same days; the other period is longer than its window
            yield ([assessed], both) if first else (both, [assessed])


def _intercurrent(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    without = {cells.keys[events][:9]: lack for lack, events, _ in cells.lacking}
    named = _named(cells, _EVENT)
    flow: dict[tuple[str, str], list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.kind == _FLOW:
            flow[(key.term, key.arm)].append(cell)
    for (term, arm), counts in named.items():
        landmark = [cell for cell in counts if cells.keys[cell].population != "itt"]
        year = [cell for cell in counts if cells.keys[cell].population == "itt"]
        yield from (([one], [other]) for one in landmark for other in year)
        exits = [cell for (reason, of), found in flow.items() if of == arm and reason in _flow_terms(term, flow)
                 for cell in found if cells.keys[cell].endpoint == "full_rtw"]  # fmt: skip
        if exits:
            yield from (([one], exits) for one in landmark)
            if term == "leaving":  # who leaves after the return too
                yield from ((exits, [one]) for one in year)
        contact = _named(cells, _SHARE).get(("contact", arm))
        if term == "early_ad_in_control" and contact:
            yield counts[:1], contact[:1]
    for (term, arm), counts in named.items():
        if term == "no_or_late_ad":
            window = _named(cells, _SHARE).get(("window[assessment_intervention]", arm))
            lack = without.get(cells.keys[window[0]][:9]) if window else None
            yield from ((counts[:1], [lack]) for _ in range(lack is not None))


def _flow_terms(term: str, flow: dict[tuple[str, str], list[int]]) -> set[str]:
    """The reasons of the flow that an intercurrent event is among: all of leaving, its own otherwise."""
    kind = _EXITS.get(term, "-")
    reasons = {reason for reason, _ in flow if reason.startswith(kind)}
    return reasons if term == "leaving" else reasons & {kind + term}


def _populations(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Ends of follow-up, and leavers, in populations of the same people, the fewer taken to be among the more."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.table in (_CUT, _LEAVING_BOTH) and key.kind == "events":
            counts[(key.endpoint, key.arm)].append(cell)
    for of_arm in counts.values():
        ordered = sorted(of_arm, key=lambda cell: cells.values[cell])
        yield from (([one], [other]) for one, other in combinations(ordered, 2))


def _without_fml(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Who can have a first FML: everybody analysed less the assessed by the landmark."""
    lacks = {(cells.keys[lack].population, cells.keys[lack].arm): lack for lack, events, _ in cells.lacking
             if cells.keys[events].table == "fml_availability/share"}  # fmt: skip
    people: dict[tuple[str, str], int] = {}
    for cell, key in enumerate(cells.keys):
        if key.kind == "n" and not key.table and not key.group_by:  # several endpoints: most are analysed for return
            other = people.setdefault((key.population, key.arm), cell)
            people[(key.population, key.arm)] = max(cell, other, key=lambda of: cells.values[of])
    for cell, key in enumerate(cells.keys):
        if key.kind == "n" and key.endpoint == "first_fml" and not key.group_by:
            about = (key.population, key.arm)
            if about in lacks:
                yield [cell], [lacks[about]]
            elif key.arm != BOTH and about in people:
                yield [cell], [people[about]]


def _until_fml(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Who waits for a first FML gets one, returns or leaves before it, or goes out of sight."""
    exits: dict[int, set[int]] = defaultdict(set)
    for _, events, waiting in cells.lacking:
        if cells.keys[events].table in _UNTIL_FML and not cells.keys[events].group_by:
            exits[waiting].add(events)
    for waiting, of_arm in exits.items():
        if len(of_arm) == len(_UNTIL_FML):
            yield sorted(of_arm), [waiting]


def _not_assessed(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Who is in no FML group but `not_assessed` is without an assessment by the landmark."""
    lacks = {(cells.keys[lack].population, cells.keys[lack].arm): lack for lack, events, _ in cells.lacking
             if cells.keys[events].table == "fml_availability/share"}  # fmt: skip
    for cell, key in enumerate(cells.keys):
        lack = lacks.get((key.population, key.arm))
        ours = (key.kind, key.group_by, key.group, key.table) == ("n", "fml_group", "not_assessed", "")
        if ours and lack is not None and _equal(cells, cell, lack):  # of several endpoints one is that of return
            yield [cell], [lack]


def _due(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Who was due a labour expert in week 13 is among the people still absent when it begins."""
    for _, events, due in cells.lacking:
        key = cells.keys[events]
        if (key.table, key.term) == (_EVENT, "no_or_late_ad"):
            people = _absent(cells, key)
            yield from (([due], [cell]) for cell in people)
            yield from (([cell], [due]) for cell in people)


def _absent(cells: Cells, about: Key) -> list[int]:
    """The people of the arm at risk of this endpoint in this population."""
    clock = (about.population, about.endpoint, about.origin)
    return [cell for cell, clocks in cells.clocks.items()
            if clock in clocks and cells.keys[cell].arm == about.arm and not cells.keys[cell].group_by]  # fmt: skip


def _scores(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """Who has a score at a wave has answered."""
    answered: dict[tuple[str, float | None], int] = {}
    for _, events, _ in cells.lacking:
        key = cells.keys[events]
        if key.table == "survey/share" and not key.term:
            answered[(key.arm, key.time)] = events
    for cell, key in enumerate(cells.keys):
        if key.kind == "n" and key.table == "survey" and (key.arm, key.time) in answered and key.term:
            yield [cell], [answered[(key.arm, key.time)]]


def _known_for_a_year(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """People known on the last day, counted by themselves, behind the shares at work, and behind costs."""
    known: dict[str, list[int]] = defaultdict(list)
    everyone = _everyone(cells)
    for cell, key in enumerate(cells.keys):
        counted = key.kind == "events" and key.table in ("recovery", "cost/share")
        if counted or (key.kind == "n" and key.table == "recovery"):
            known[key.arm].append(cell)
    for arm, of_arm in known.items():
        yield from (([one], [other]) for one, other in combinations(of_arm, 2) if _equal(cells, one, other))
        yield from (([one], [everyone[arm]]) for one in of_arm if arm in everyone)


def _of_everybody(cells: Cells) -> Iterator[tuple[list[int], list[int]]]:
    """People that a table counts by itself are among those of its population, at risk of full return."""
    people = {(cells.keys[cell].population, cells.keys[cell].arm): cell for cell, clocks in cells.clocks.items()
              if not cells.keys[cell].group_by and any(clock[1] == "full_rtw" for clock in clocks)}  # fmt: skip
    for cell, key in enumerate(cells.keys):
        about = (key.population, key.arm)
        ours = key.kind == "n" and key.table not in ("", *_FOLLOWED) and not key.group_by
        if ours and about in people:
            yield [cell], [people[about]]


def _equal(cells: Cells, one: int, other: int) -> bool:
    return cells.values[one] == cells.values[other]


def _left(cells: Cells, threshold: int) -> list[Equation]:
    """People less events less ends of follow-up have left; an arm's leavers wherever they are counted."""
    found = []
    index = {key: cell for cell, key in enumerate(cells.keys)}
    arms: dict[tuple[str, str], list[int]] = defaultdict(list)
    flow: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for key, cell in index.items():
        if key.kind == _FLOW:
            flow[(key.endpoint, key.arm, key.term.partition(":")[0])].append(cell)
    for key, cut in list(index.items()):
        if key.kind != "events" or key.table != _CUT:
            continue
        about = (key.population, key.endpoint)
        events = index.get(Key("events", "", key.endpoint, key.population, "", None, "", "", "", key.arm))
        n = next((cell for cell, clocks in cells.clocks.items() if cells.keys[cell].arm == key.arm
                  and not cells.keys[cell].group_by and any(clock[:2] == about for clock in clocks)), None)  # fmt: skip
        if events is None or n is None:
            continue
        gone = cells.values[n] - cells.values[events] - cells.values[cut]
        left = cells.cell(Key("between", f"left {about} {key.arm}"), gone)
        found.append({left: 1.0, cut: 1.0, events: 1.0, n: -1.0})
        arms[about].append(left)
        found += _beside_flow(cells, left, flow[(key.endpoint, key.arm, "competing")], threshold)
        found += _beside_flow(cells, cut, flow[(key.endpoint, key.arm, "censored")], threshold)
        same = index.get(key._replace(table=_EVENT, term="leaving"))
        found += [{left: 1.0, same: -1.0}] if same is not None else []
    for key, cell in index.items():
        both = arms.get((key.population, key.endpoint), [])
        if key.table == _LEAVING_BOTH and len(both) == len(ARMS):
            found.append({both[0]: 1.0, both[1]: 1.0, cell: -1.0})
            found += _beside_flow(cells, cell, flow[(key.endpoint, BOTH, "competing")], threshold)
    return found


def _beside_flow(cells: Cells, one: int, exits: list[int], threshold: int) -> list[Equation]:
    """Of an exit that the flow tells for everybody, the few more that it tells."""
    more = sum(cells.values[cell] for cell in exits) - cells.values[one]
    if not exits or not 0 < more < threshold:
        return []
    between = cells.cell(Key("between", f"{one} within flow {exits}"), more)
    return [_signed([one, between], exits)]
