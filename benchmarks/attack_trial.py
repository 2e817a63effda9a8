"""One trial attacked: which cells of 1 .. 9 people are protected, and which of them the intruder finds.

- Protected is every cell of 1 .. 9 people or events of the exact store, and every difference of two cells that holds so
  few, but for what the trial declares to publish (`is_published`): the flow by arm.
- Recovered is a protected cell whose feasible range is narrower than the threshold. The true value must lie in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from attack_book import LEAST, Book, as_rows, read_store, true_counts
from attack_cells import ARMS, Cell, Row, cells_of
from attack_invert import invert, spells_of, steps, true_steps
from attack_lp import Ranges, Span
from attack_sums import relate_all

_FLOW = ("analysed", "allocated", "flow")
_COUNTS = ("people", "events")
_UNPRINTED = ("step", "earlier spells")
_EXITS = ("leaving", "cut")


@dataclass(frozen=True)
class Found:
    """How many cells are protected, how many of them withheld, and the recovered ones with their ranges.

    `declared` cells are narrow by the published flow alone.
    """

    protected: int
    withheld: int
    recovered: dict[Cell, Span]
    declared: dict[Cell, Span]
    truth: dict[Cell, float]

    @property
    def narrowest(self) -> float:
        """Width of the narrowest range of a protected cell, at most the threshold."""
        return min((high - low for low, high in self.recovered.values()), default=float(LEAST))

    def kinds(self) -> Counter[str]:
        """Recovered cells by what they count."""
        return Counter(cell.what for cell in self.recovered)


@dataclass(frozen=True)
class Stores:
    """A results store with its whole curves (schemas.results), exact or released."""

    estimates: pd.DataFrame
    curves: pd.DataFrame


def attack(exact: Stores, released: Stores) -> Found:
    """Attack what is `released`; where that is `exact` itself, the release stage is off.

    The exact stores are the truth, by which the ranges that were found are judged.
    """
    return judged(*books(exact, released))


def books(exact: Stores, released: Stores) -> tuple[Book, Book]:
    """All that the intruder knows, and what the flow alone tells, before any range is worked out."""
    rows, off = as_rows(released.estimates), released is exact
    truth = _truth(exact, released, off)
    book = _written(truth, rows, off)
    if not off:
        steps(book, released.curves)
    invert(book, rows, off)
    return book, _written(truth, rows, off, _of_flow)


def judged(book: Book, flow: Book) -> Found:
    """Which protected cells are found in the book, but not by the flow alone; not those of an earlier release."""
    few = (cell for cell, value in book.truth.items() if 0 < value < LEAST and not cell.release)
    small = [cell for cell in few if not is_published(cell, book)]
    narrow = _narrow(book, small)
    declared = _narrow(flow, [cell for cell in narrow if cell not in book.shown])
    recovered = {cell: span for cell, span in narrow.items() if cell not in declared}
    withheld = sum(cell not in book.shown for cell in small)
    return Found(len(small) - len(declared), withheld, recovered, declared, book.truth)


def _truth(exact: Stores, released: Stores, off: bool) -> dict[Cell, float]:
    """Every count that the evaluator knows."""
    rows = as_rows(exact.estimates)
    found = true_counts(rows)
    for row in rows:
        cell = spells_of(row)
        if cell is not None and not np.isnan(row["estimate"] * row["n"]):
            found[cell] = float(round(row["estimate"] * row["n"]))
    return found if off else found | true_steps(exact.curves, released.curves)


def _narrow(book: Book, small: list[Cell]) -> dict[Cell, Span]:
    """Which of the small cells are found, with their ranges, in which the true values must lie."""
    ranges = Ranges(book)
    wanted = {book.cells[cell]: cell for cell in small if cell in book.cells}
    found = {wanted[place]: span for place, span in ranges.narrow(list(wanted), LEAST).items()}
    for cell, (low, high) in found.items():
        if not low <= book.truth[cell] <= high:
            raise ValueError(f"{cell} is {book.truth[cell]:g}, not in {low:g} .. {high:g}")
    return found


def _written(
    truth: dict[Cell, float], rows: list[Row], exact: bool, only: Callable[[Cell], bool] = lambda _: True
) -> Book:
    """The book of the intruder before the ranges are worked out; of `only` some cells the numbers are known."""
    book = Book(dict(truth))
    read_store(book, rows, exact, only)
    shown = {cell for row in rows if row["status"] != "suppressed" for name, cell in cells_of(row) if row[name] == 0}
    silent = {_kind(cell) for cell, value in truth.items() if value == 0 and cell not in shown}
    for cell, value in truth.items():  # where every zero is printed, what is withheld is none
        if cell.what not in _UNPRINTED and value > 0 and _kind(cell) not in silent:
            book.learn(cell, 1.0, float("inf"))
    relate_all(book, rows)
    return book


def _kind(cell: Cell) -> tuple[str, ...]:
    """Cells of one table."""
    return cell.what, cell.population, cell.endpoint, cell.by


def is_published(cell: Cell, book: Book) -> bool:
    """Whether the number is a process count that the trial declares to publish, or some of few such people.

    Of what few people of an arm are in the flow cannot be more in a group, in a landmark population, or for one reason.
    """
    if cell.what != "between":
        return _of_flow(cell) or any(_is_few(whole, book) for whole in _wholes(cell))
    part, whole = book.sides[cell]
    if (_of_flow(part) and _of_flow(whole)) or book.truth[part] == 0:  # nobody less is the same cell
        return True
    if any(_is_few(of, book) for of in (whole, *_wholes(whole))):
        return True
    part, whole = _by_arm(part), _by_arm(whole)
    arms = [(side._replace(arm=arm) for side in (part, whole)) for arm in ([part.arm] if part.arm else ARMS)]
    return all(_few_more(*sides, book) for sides in arms)  # of both arms as of each


def _few_more(part: Cell, whole: Cell, book: Book) -> bool:
    known = all(_of_flow(side) and side in book.truth for side in (part, whole))
    return known and abs(book.truth[whole] - book.truth[part]) < LEAST


def _is_few(whole: Cell, book: Book) -> bool:
    return _of_flow(whole) and whole.what not in _FLOW and book.truth.get(whole, np.inf) < LEAST


def _wholes(cell: Cell) -> list[Cell]:
    """Cells by arm that hold this one."""
    if cell.what == "intercurrent":
        what = "leaving" if cell.about == "leaving" else "cut"
        return [] if cell.about == "relapse" else [Cell(what, "itt", "full_rtw", arm=cell.arm)]
    whole = cell._replace(by="", group="", about="", time=-1.0)
    if cell.what == "step":
        return []
    return [of for of in (whole, whole._replace(population="itt")) if of != cell and of.what == cell.what]


def _by_arm(cell: Cell) -> Cell:
    """The cell of all groups, and of all without the event, that this one is some of."""
    if cell.what == "place":
        return Cell("analysed", arm=cell.arm)
    return cell._replace(by="", group="", what="without event" if cell.what in _EXITS else cell.what)


def _of_flow(cell: Cell) -> bool:
    """Whether the flow tells the number, or that of people and events of a population by arm does."""
    if cell.what == "seen" and cell.about == "after enrolment":  # those at risk of full return, by another name
        return True
    of_arm = cell.what in (*_COUNTS, "without event") or (cell.what in _EXITS and cell.population == "itt")
    return cell.what in _FLOW or (of_arm and not cell.by)
