"""The ledger across releases: whom each released cell described, as marks that only the holder of a key can make.

- A cell is a released result and one of its sets of people: `members` (n), `events` (n_events), `counted` (an estimate
  that is a number of people). People are HMAC-SHA256 marks of their pseudonym: the same person has the same mark in
  every release, and without the key nobody can tell whose it is. Sets that hold the same people are kept once.
- Counts of the flow are left out: they are exempt, and rounded so that their differences tell nothing exact.
- An earlier and a new cell expose people when one holds all people of the other and fewer than the threshold besides;
  of the same cell also when some came and some went, fewer than the threshold together. Cells whose people are those
  of a cell of the other release too are left out: what they tell was told by one release alone, and is for its own
  disclosure control. So the same release twice exposes nobody.
- Pairs only: what three cells of two releases would tell together is not looked at, nor the steps of a curve.

`release.chain` is the text in which entries are kept, `release.beside` withholds what would expose people. Nothing here
fails on data.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.release.basis import Basis

Sets = Mapping[str, np.ndarray]  # cell -> people, boolean by position
_MARK = 32  # hexadecimal digits of a person's mark


@dataclass(frozen=True)
class Entry:
    """One release: what it is called, marks of its people, its sets (rows) by person, and the set of each cell."""

    label: str
    people: tuple[str, ...]
    sets: np.ndarray
    cells: Mapping[str, int]


@dataclass(frozen=True)
class Pair:
    """Two cells that together would show fewer people than the threshold, and the earlier release."""

    release: str
    earlier: str
    new: str


def released_cells(released: pd.DataFrame, bases: Mapping[str, Basis]) -> dict[str, np.ndarray]:
    """People of every cell with a number in the released store (schema RELEASED), by `result_id#set`.

    A row whose `n` is withheld still tells something about its members; withheld events are no cell.
    """
    shown = released[(released["status"] == "ok") & (released["analysis"] != "flow")]
    withheld = set(shown.loc[shown["n_events"].isna(), "result_id"])
    return {
        f"{name}#{part}": who
        for name in shown["result_id"]
        if name in bases
        for part, who in bases[name].sets().items()
        if part != "events" or name not in withheld
    }


def entry_of(label: str, cells: Sets, case_ids: Sequence[str], key: bytes) -> Entry:
    """The entry of a release of `cells`; `case_ids` are the people by position."""
    described = np.zeros(len(case_ids), dtype=bool)
    for who in cells.values():
        described |= who
    marks = np.array([_mark(case_ids[place], key) for place in np.flatnonzero(described)], dtype=object)
    order = np.argsort(marks) if len(marks) else np.empty(0, dtype="int64")
    places = np.flatnonzero(described)[order]
    numbers: dict[bytes, int] = {}
    of_cell = {}
    for name in sorted(cells):
        packed = np.packbits(cells[name][places]).tobytes()
        of_cell[name] = numbers.setdefault(packed, len(numbers))
    return Entry(label, tuple(marks[order]), unpacked(list(numbers), len(places)), of_cell)


def _mark(case_id: str, key: bytes) -> str:
    return keyed(key, "person", str(case_id))[:_MARK]


def keyed(key: bytes, purpose: str, text: str) -> str:
    """HMAC-SHA256 of a text under the key; hashes of one purpose are of no use for another."""
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def unpacked(packed: Sequence[bytes], n: int) -> np.ndarray:
    """Sets of `n` people (rows) from their bits."""
    if not packed:
        return np.zeros((0, n), dtype=bool)
    bits = np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(len(packed), -1)
    return np.unpackbits(bits, axis=1)[:, :n].astype(bool)


def same_entry(one: Entry, other: Entry) -> bool:
    """Whether two entries are the same release, whatever it is called."""
    return one.people == other.people and one.cells == other.cells and np.array_equal(one.sets, other.sets)


def exposing_pairs(earlier: Entry, new: Entry, threshold: int) -> list[Pair]:
    """Pairs of cells by which the new release would show fewer than `threshold` people beside the earlier one."""
    pairs = []
    for before, after, same in _exposing(earlier, new, threshold):
        named = [(name, name) for name in same] or [(before[0], after[0])]
        pairs += [Pair(earlier.label, *names) for names in named]
    return sorted(pairs, key=lambda pair: (pair.earlier != pair.new, pair.new, pair.earlier))


def exposed_cells(earlier: Entry, new: Entry, threshold: int) -> dict[str, Pair]:
    """Every cell of the new release that exposes people beside the earlier one, with the first pair that it is in."""
    found: dict[str, Pair] = {}
    for before, after, same in _exposing(earlier, new, threshold):
        for name in after:  # one set of people: whichever of its cells stays would tell it
            found.setdefault(name, Pair(earlier.label, name if name in same else before[0], name))
    return found


def _exposing(earlier: Entry, new: Entry, threshold: int) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Names of the cells of an earlier and of a new set of people that expose some, and the names in both."""
    people = {mark: place for place, mark in enumerate(sorted({*earlier.people, *new.people}))}
    before, after = (_on(entry, people) for entry in (earlier, new))
    known = {row.tobytes() for row in before} & {row.tobytes() for row in after}
    old, fresh = ([place for place, row in enumerate(sets) if row.tobytes() not in known] for sets in (before, after))
    if not old or not fresh:
        return
    first, second = before[old].astype(np.float32), after[fresh].astype(np.float32)
    both = first @ second.T
    gone, come = first.sum(axis=1)[:, None] - both, second.sum(axis=1)[None, :] - both
    few = (gone + come > 0) & (gone + come < threshold)
    nested = few & ((gone == 0) | (come == 0))
    names = [_names(entry, chosen) for entry, chosen in ((earlier, old), (new, fresh))]
    for i, j in zip(*np.nonzero(few), strict=True):
        same = sorted({*names[0][i]} & {*names[1][j]})
        if same or nested[i, j]:
            yield names[0][i], names[1][j], same


def _on(entry: Entry, people: Mapping[str, int]) -> np.ndarray:
    """The sets of an entry over the people of both releases."""
    wide = np.zeros((len(entry.sets), len(people)), dtype=bool)
    wide[:, [people[mark] for mark in entry.people]] = entry.sets
    return wide


def _names(entry: Entry, chosen: Sequence[int]) -> list[list[str]]:
    """Cells of each of the chosen sets."""
    found: dict[int, list[str]] = {}
    for name, number in entry.cells.items():
        found.setdefault(number, []).append(name)
    return [sorted(found[number]) for number in chosen]
