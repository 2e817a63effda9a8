"""Which cells add up, by the definitions: arms, groups, exits, populations, endpoints, waves, routes, places.

Everything here follows from the specification of the trial (definitions, analyses, results), not from its data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from attack_book import Book, by_name
from attack_cells import ARMS, Cell, Row

LANDMARKS = ("landmark_84", "landmark_91")
_DUE = ("answered", "not_answered", "outside_window")
_RETURNS = ("partial_rtw", "full_rtw", "sustained_rtw")
_NOT_ADDITIVE = ("compared", "course known", "beside", "assessed in", "complete", "theme", "interviewed", "piece")


def relate_all(book: Book, rows: list[Row]) -> None:
    """Write every relation of the trial in the book."""
    for relations in (_exits, _arms, _groups, _populations, _endpoints, _flow, _places, _waves, _guidance, _courses):
        relations(book)
    _steps(book)
    _tested(book, rows)


def _arms(book: Book) -> None:
    for cell in list(book.truth):
        if cell.arm == ARMS[0] and cell.what not in _NOT_ADDITIVE:
            book.total([cell, cell._replace(arm=ARMS[1])], cell._replace(arm=""))


def _parts(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Cells that differ in their group only."""
    found: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.by:
            found[cell._replace(group="")].append(cell)
    yield from found.values()


def _groups(book: Book) -> None:
    """Diagnosis groups, limitation groups, organisations: each person is in one."""
    names = by_name(book)
    for what in ("people", "events", "without event"):
        for parts in _parts(cell for cell in names[what] if not cell.about):
            book.total(parts, parts[0]._replace(by="", group=""))
    for parts in _parts(cell for cell in names["place"] if not cell.about):
        book.total(parts, Cell("analysed", arm=parts[0].arm), sure=False)  # some have no place


def _exits(book: Book) -> None:
    """People are those with the event, those who left, and those who went out of sight."""
    for cell in list(book.truth):
        if cell.what == "events" and cell._replace(what="people") in book.truth:
            people, gone = cell._replace(what="people"), cell._replace(what="without event")
            book.truth[gone] = book.truth[people] - book.truth[cell]
            book.total([cell, gone], people)
            book.total([cell._replace(what="leaving"), cell._replace(what="cut")], gone)


def _populations(book: Book) -> None:
    """Whoever is in a landmark population is in `itt`, with the same events; the landmarks are nearly nested."""
    for cell in list(book.truth):
        if cell.what not in ("people", "events", "leaving", "cut") or cell.population not in LANDMARKS or cell.about:
            continue
        if cell.by != "fml_group":
            book.within(cell, cell._replace(population="itt"))
            if cell.population == LANDMARKS[1]:  # false only for those enrolled between the two
                book.within(cell, cell._replace(population=LANDMARKS[0]), sure=False)
    for cell in by_name(book)["intercurrent"]:
        if cell.population in LANDMARKS:
            book.within(cell, cell._replace(population="itt"))
            if cell.about == "leaving":
                book.total([cell], Cell("leaving", cell.population, "full_rtw", arm=cell.arm), sure=False)
            if cell.about in ("pregnancy_leave", "consent_withdrawn"):
                book.within(cell, Cell("cut", cell.population, "full_rtw", arm=cell.arm), sure=False)


def _endpoints(book: Book) -> None:
    """Whoever can still return in part can return in full; a lasting return is a return."""
    for cell in list(book.truth):
        if cell.endpoint == "partial_rtw" and cell.what == "people" and cell.by != "fml_group":
            book.within(cell, cell._replace(endpoint="full_rtw"), sure=cell.population == "itt")
        if cell.endpoint == "sustained_rtw" and cell.what == "events" and cell.population == "itt":
            book.within(cell, cell._replace(endpoint="full_rtw"))


def _flow(book: Book) -> None:
    """Reasons in the flow make those at risk, and those make the people analysed."""
    kinds: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in by_name(book)["flow"]:
        kinds[(cell.endpoint, cell.arm, cell.about.partition(":")[0])].append(cell)
    for (endpoint, arm, kind), parts in kinds.items():
        about = {"population": "itt", "endpoint": endpoint, "arm": arm}
        if kind in ("competing", "censored"):
            book.total(parts, Cell("leaving" if kind == "competing" else "cut", **about))
        elif kind == "not_at_risk":
            book.total([*parts, Cell("people", **about)], Cell("analysed", arm=arm))
        elif kind == "excluded":
            book.total([*parts, Cell("analysed", arm=arm)], Cell("allocated", arm=arm))


def _places(book: Book) -> None:
    """A group of the baseline holds that group of each population; an organisation and the others make everybody."""
    for cell in list(book.truth):
        if cell.by and cell.what == "people" and cell.population == "itt" and not cell.about:
            book.within(cell, Cell("place", arm=cell.arm, by=cell.by, group=cell.group))
        if cell.by == "organisation" and cell.about == "others":
            whole = cell._replace(about="", by="", group="")
            whole = Cell("analysed") if cell.what == "place" else whole
            book.total([cell, cell._replace(about="")], whole)
        if cell.by == "organisation" and cell.what == "events" and cell.population == "itt":
            book.within(cell, cell._replace(what="place", population="", endpoint=""))


def _waves(book: Book) -> None:
    """Questionnaires: states make everybody, three of them make those due; answers make those who replied."""
    states: dict[tuple[float, str], list[Cell]] = defaultdict(list)
    names = by_name(book)
    for cell in names["wave"]:
        states[(cell.time, cell.arm)].append(cell)
    for (time, arm), parts in states.items():
        book.total(parts, Cell("analysed", arm=arm))
        book.total([cell for cell in parts if cell.about in _DUE], Cell("due", time=time, arm=arm))
    answers: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in names["answer"]:
        answers[(cell.about.rpartition("[")[0], cell.arm)].append(cell)
    for (item, arm), parts in answers.items():
        given = [cell for cell in parts if not cell.about.endswith(("[missing]", "[not_applicable]"))]
        rest = [cell for cell in parts if cell not in given]
        replied, asked = (Cell(what, about=item, arm=arm) for what in ("replied", "asked"))
        book.total(given, replied, sure=False)
        book.total([replied, *rest], asked, sure=False)
    for cell in names["score"]:
        if cell.arm:
            book.within(cell, Cell("wave", about="answered", time=cell.time, arm=cell.arm), sure=False)


def _guidance(book: Book) -> None:
    """Contacts with labour experts by arm, and assessments by when they came."""
    for arm in ARMS:
        mine = {cell.about: cell for cell in by_name(book)["guidance"] if cell.arm == arm}
        if mine:
            _guided(book, arm, mine)
    for cell in by_name(book)["assessed in"]:
        course = cell._replace(what="course known")
        book.within(course, cell)
        book.within(cell._replace(what="compared"), course, sure=False)


def _guided(book: Book, arm: str, mine: dict[str, Cell]) -> None:
    """Categories of an arm: times, routes, windows, steps of the law; no contact, no assessment."""
    analysed, contact = Cell("analysed", arm=arm), mine["contact"]
    wholes = {"reassessed": mine["assessment"], "assessment": contact, "other_route": contact}
    for about, cell in mine.items():
        name, _, value = about.removesuffix("]").partition("[")
        law, window = Cell("followed by law", about=value, arm=arm), Cell("absent in window", about=value, arm=arm)
        whole = {"activity": contact, "law": law, "window": window}.get(name, wholes.get(name))
        book.within(cell, analysed)
        if whole is not None:
            book.within(cell, whole, sure=name in ("reassessed", "law", "window"))
    for stem, whole in (("timing[", analysed), ("route[", contact)):
        book.total([cell for about, cell in mine.items() if about.startswith(stem)], whole, sure=False)
    never = mine["timing[none]"]
    book.total([mine["assessment"], never], analysed, sure=False)
    book.total([contact, never], analysed, sure=False)
    book.total([contact], mine["assessment"], sure=False)


def _courses(book: Book) -> None:
    """What is left of shares: at work and not, with a cost and without, still waiting for an FML."""
    for cell in list(book.truth):
        whole = {
            "at work on 365": Cell("known on 365", arm=cell.arm),
            "known on 365": Cell("analysed", arm=cell.arm),
            "has cost": Cell("analysed", arm=cell.arm),
            "assessed": Cell("people", cell.population, "full_rtw", arm=cell.arm),
            "lasting": Cell("events", "itt", "sustained_rtw", arm=cell.arm),
            "relapse": Cell("lasting", "itt", arm=cell.arm),
            "wage value": cell._replace(what="followed"),
            "known": Cell("people", cell.population, "full_rtw", arm=cell.arm),
            "visited": Cell("people", cell.population, "full_rtw", arm=cell.arm),
            "seen": _everybody(cell),
            "followed week": Cell("people", cell.population, "full_rtw", arm=cell.arm),
        }.get(cell.what)
        if whole is not None and cell != whole:
            book.within(cell, whole)
        if cell.what == "fml" and cell.about == "first":
            parts = [cell._replace(about=about) for about in ("first", "return", "leaving")]
            waiting, gone = cell._replace(what="waiting", about=""), cell._replace(about="out of sight")
            if all(part in book.truth for part in (*parts, waiting)):
                book.truth[gone] = book.truth[waiting] - sum(book.truth[part] for part in parts)
                book.total([*parts, gone], waiting)
        if cell.what == "assessed":
            groups = [of for of in book.truth if _limited(of, cell)]
            book.total(groups, cell, sure=False)


def _everybody(cell: Cell) -> Cell:
    """Those of whom some are seen long enough."""
    population = cell.population
    return Cell("people", population, "full_rtw", arm=cell.arm) if population else Cell("analysed", arm=cell.arm)


def _limited(of: Cell, cell: Cell) -> bool:
    same = (of.what, of.population, of.endpoint, of.arm) == ("people", cell.population, "full_rtw", cell.arm)
    return same and of.by == "fml_group" and of.group != "not_assessed"


def _steps(book: Book) -> None:
    """Risk tables: whoever is still followed on a later day was followed before."""
    series: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in list(book.truth):
        if cell.what in ("known", "followed week", "at risk"):
            series[cell._replace(time=-1.0)].append(cell)
    for cells in series.values():
        ordered = sorted(cells, key=lambda cell: cell.time)
        shown = [cell for cell in ordered if cell in book.shown] or ordered
        for one, later in pairwise(shown):
            book.within(later, one)


def _tested(book: Book, rows: list[Row]) -> None:
    """Interaction tests are of the groups in which a ratio could be estimated, which their rows say."""
    for row in rows:
        if row["measure"] != "interaction" or row["status"] == "not_estimable":
            continue
        by = row["group_by"].removeprefix("arm*")
        of = (row["population"], row["endpoint"])
        groups = [
            other["level"].rpartition(" @ ")[2]
            for other in rows
            if other["analysis"] == "cox_interaction"
            and other["measure"] == "hazard_ratio"
            and other["status"] != "not_estimable"
            and (other["population"], other["endpoint"], other["group_by"]) == (*of, row["group_by"])
        ]
        for what in ("people", "events"):
            parts = [Cell(what, *of, by=by, group=group) for group in groups]
            book.total(parts, Cell(f"{what} tested", *of, by=by), sure=False)
