"""What the intruder writes down: an unknown for each cell, what is known of it, and which of them add up.

- An unknown is a number of people (or events): not negative, in the interval that the rounding of a released number
  leaves. A count is rounded to 5, half up; 1 .. 9 are never printed outside the flow; the flow is off by `flow_error`.
- A relation is a sum of unknowns between two limits. A relation that is `sure` follows from the definitions, and must
  hold in the exact store of every trial: otherwise `ValueError`, the intruder's own arithmetic is wrong. One that is
  only likely is dropped where it is false: the intruder is luckier than any real one.
- Withheld numbers are at least 1 where they are: a zero would have been printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from attack_cells import Cell, Row, cells_of

BASE, LEAST = 5, 10
_READ = ("km", "cuminc", "relapse", "fml_availability")  # read off protected life tables, except for
_NOT_READ = ("gray", "assessed_by_landmark")
_CLOSE = 1e-6
Terms = Mapping[Cell, float]


def as_rows(store: pd.DataFrame) -> list[Row]:
    """Rows of a results store as plain records: empty texts and NaN for what is missing."""
    plain = {}
    for name in store.columns:
        column = store[name]
        if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
            plain[name] = column.astype(object).where(column.notna(), "").to_numpy()
        else:
            plain[name] = column.to_numpy("float64", na_value=np.nan)
    names = list(plain)
    return [dict(zip(names, values, strict=True)) for values in zip(*plain.values(), strict=True)]


def true_counts(rows: Iterable[Row]) -> dict[Cell, float]:
    """The count behind each cell of the exact store; fails when two numbers of one name differ."""
    found: dict[Cell, float] = {}
    for row in rows:
        for name, cell in cells_of(row):
            value = row[name]
            if not np.isnan(value) and found.setdefault(cell, value) != value:
                raise ValueError(f"two numbers of one name: {cell}, {found[cell]:g} and {value:g}")
    return found


@dataclass
class Book:
    """Unknowns by name with their limits, and relations; `truth` is what only the evaluator knows."""

    truth: dict[Cell, float]
    cells: dict[Cell, int] = field(default_factory=dict)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    relations: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    shown: set[Cell] = field(default_factory=set)
    sides: dict[Cell, tuple[Cell, Cell]] = field(default_factory=dict)  # of a difference: the part and the whole

    def place(self, cell: Cell) -> int:
        """Number of the unknown of a cell, new when it has none."""
        found = self.cells.setdefault(cell, len(self.low))
        if found == len(self.low):
            self.low.append(0.0)
            self.high.append(np.inf)
        return found

    def learn(self, cell: Cell, low: float, high: float, sure: bool = True) -> None:
        """The cell lies in `low` .. `high`."""
        value = self.truth.get(cell)
        if value is not None and not low - _CLOSE <= value <= high + _CLOSE:
            if sure:
                raise ValueError(f"{cell} is {value:g}, not in {low:g} .. {high:g}")
            return
        at = self.place(cell)
        self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)

    def limits(self, cell: Cell) -> tuple[float, float]:
        """Least and most of a cell as far as they were learned."""
        at = self.cells.get(cell)
        return (0.0, np.inf) if at is None else (self.low[at], self.high[at])

    def relate(self, terms: Terms, low: float = 0.0, high: float = 0.0, sure: bool = True) -> None:
        """The sum of coefficient x cell lies in `low` .. `high`; it is left out when a cell is unheard of."""
        values = [self.truth.get(cell, np.nan) for cell in terms]
        total = float(np.dot(values, list(terms.values())))
        if np.isnan(total):
            return
        if not low - _CLOSE <= total <= high + _CLOSE:
            if sure:
                raise ValueError(f"{total:g} is not in {low:g} .. {high:g}: {dict(terms)}")
            return
        self.relations.append(({self.place(cell): value for cell, value in terms.items()}, low, high))

    def total(self, parts: Iterable[Cell], whole: Cell, sure: bool = True) -> None:
        """The parts make the whole."""
        self.relate({**dict.fromkeys(parts, 1.0), whole: -1.0}, sure=sure)

    def within(self, part: Cell, whole: Cell, sure: bool = True) -> Cell | None:
        """The part is some of the whole; returns the cell of the others, or None where that is not known."""
        inside, outside = self.truth.get(part), self.truth.get(whole)
        if inside is None or outside is None:
            return None
        rest = Cell("between", about=f"{_text(whole)} - {_text(part)}")
        if outside < inside and sure:
            raise ValueError(f"{part} is more than {whole}")
        if outside < inside:
            return None
        self.truth[rest] = outside - inside
        self.sides[rest] = (part, whole)
        self.total([part, rest], whole)
        return rest


def _text(cell: Cell) -> str:
    return "/".join(str(part) for part in cell if part not in ("", -1.0))


def read_store(book: Book, rows: list[Row], exact: bool, only: Callable[[Cell], bool] = lambda _: True) -> None:
    """Learn every count that is shown, of `only` some cells; `exact` of a store that did not pass the release stage."""
    unrounded = _unrounded(rows)
    flow_error = 0.0 if exact else _flow_error(book, rows)
    for row in rows:
        for name, cell in cells_of(row):
            book.place(cell)
            value = row[name]
            if np.isnan(value) or row["status"] == "suppressed" or not only(cell):
                continue
            if exact:
                book.learn(cell, value, value)
            elif row["analysis"] == "flow":
                book.learn(cell, max(value - flow_error, 0), value + flow_error)
                continue  # published as a process count, which does not release the cell elsewhere
            else:
                _rounded(book, row, name, cell, value, row["analysis"] in unrounded)
            book.shown.add(cell)


def _rounded(book: Book, row: Row, name: str, cell: Cell, value: float, exact: bool) -> None:
    if row["analysis"] in _READ and row["measure"] not in _NOT_READ:
        if name == "n_events":  # up to the last cut; as many again may come later
            book.learn(cell, max(value - 2.5, 0), np.inf)
            return
        if name == "estimate":  # of the table, in which exits are spread evenly
            return
    if row["analysis"] == "ao_curve":  # a block of four weeks shows the fewest of its weeks
        cell = cell._replace(time=cell.time + 21)
        book.shown.add(cell)
    low, high = (value, value) if exact or value == 0 else (max(value - 2, LEAST), value + 2)
    # People followed are released as on the last day before on which anything happened, so they may be a few more.
    book.learn(cell, low, high, sure=cell.what != "known")


def _unrounded(rows: list[Row]) -> set[str]:
    """Analyses that show a count which is no multiple of 5: there counts are as they are."""
    return {row["analysis"] for row in rows for name in ("n", "n_events") if row[name] % BASE > 0}


def _flow_error(book: Book, rows: list[Row]) -> float:
    """How far the rounded flow is off at most: the intruder may know it from flows of other trials."""
    errors = [4.0]
    for row in rows:
        if row["analysis"] == "flow":
            errors += [abs(row[name] - book.truth[cell]) for name, cell in cells_of(row) if cell in book.truth]
    return max(errors)


def by_name(book: Book) -> dict[str, list[Cell]]:
    """Cells in the book by what they count."""
    found: dict[str, list[Cell]] = defaultdict(list)
    for cell in book.truth:
        found[cell.what].append(cell)
    return found
