"""A release checked against the ledger: as it is, without what would expose people, or refused.

- `ledger.on_exposure` in config.yaml says what becomes of a release that would expose people beside an earlier one:
  `refuse` (default), or `withhold` (release.beside).
- A release that comes out as the last one of the ledger is that one again, and is compared with those before it.
- Every pair is listed in a file; the message holds the first ones, in words, and no number of people.

It fails with `UserError` when the release is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pilot_analysis import io
from pilot_analysis.config import Protocol
from pilot_analysis.errors import UserError
from pilot_analysis.release import Released
from pilot_analysis.release.basis import Basis
from pilot_analysis.release.beside import withheld_beside
from pilot_analysis.release.ledger import Entry, Pair, entry_of, exposing_pairs, released_cells, same_entry
from pilot_analysis.release.members import all_bases, plain_rows
from pilot_analysis.release.people import People
from pilot_analysis.sign.ledger_file import Ledger

NO_LEDGER = "no ledger was kept: config.yaml names no key, or its environment variable is not set"
_SHOWN = 3  # pairs in the message; all are in the list
_SETS = {"members": "the people", "events": "those with the event", "counted": "those counted"}
Tables = Mapping[str, pd.DataFrame]
Make = Callable[[Mapping[str, str]], Released]
Enter = Callable[[pd.DataFrame], Entry]


@dataclass(frozen=True)
class Checked:
    """A release that may be signed, what the record says of the ledger, and its entry (None without a ledger)."""

    result: Released
    note: str
    entry: Entry | None


def entries_of(tables: Tables, protocol: Protocol, key: bytes, label: str = "this run") -> Enter:
    """What makes the entry of a released store (schemas.results.RELEASED) of these derived tables, by name."""
    people, known = People(tables, protocol), dict[str, Basis]()
    ids = list(people.ids)

    def enter(released: pd.DataFrame) -> Entry:
        shown = set(released.loc[released["status"] == "ok", "result_id"])
        known.update(all_bases(released, people, sorted(shown - known.keys())))
        return entry_of(label, released_cells(released, known), ids, key)

    return enter


def check_release(
    ledger: Ledger | None,
    make: Make,
    read: Callable[[], Tables],
    protocol: Protocol,
    listed: Path,
    on_exposure: str = "refuse",
) -> Checked:
    """The release as the ledger lets it.

    Parameters
    ----------
    ledger
        The ledger, or None where none is kept.
    make
        Makes the release without given cells (release.beside).
    read
        Reads the derived tables; without a ledger nobody asks for them.
    protocol
        The plan.
    listed
        Where the pairs are written.
    on_exposure
        `refuse` or `withhold`.
    """
    if ledger is None:
        return Checked(make({}), NO_LEDGER, None)
    threshold, entries = protocol.thresholds.release_min_people, ledger.entries
    once, enter = _once(make), entries_of(read(), protocol, ledger.key)

    def against(earlier: Sequence[Entry]) -> tuple[Released, Entry, list[Pair]]:
        return withheld_beside(once, enter, earlier if on_exposure == "withhold" else (), threshold)

    result, entry, withheld = against(entries[:-1])
    if entries and same_entry(entry, entries[-1]):
        entries = entries[:-1]
    elif on_exposure == "withhold":
        result, entry, withheld = against(entries)
    refuse_exposure(entries, entry, result.estimates, threshold, listed, withheld)
    return Checked(result, _note(len(entries), len({pair.new.rpartition("#")[0] for pair in withheld})), entry)


def _once(make: Make) -> Make:
    """`make`, which makes the same release only once."""
    made = cache(lambda cells: make(dict(cells)))
    return lambda cells: made(tuple(cells.items()))


def refuse_exposure(
    earlier: Sequence[Entry],
    entry: Entry,
    released: pd.DataFrame,
    threshold: int,
    listed: Path,
    withheld: Sequence[Pair] = (),
) -> None:
    """Raise `UserError` when a release would expose people beside an earlier one; all pairs are listed in any case."""
    exposing = [pair for before in earlier for pair in exposing_pairs(before, entry, threshold)]
    rows = [(pair.release, pair.earlier, pair.new, "withheld") for pair in withheld]
    rows += [(pair.release, pair.earlier, pair.new, "refused") for pair in exposing]
    io.write_table(pd.DataFrame(rows, columns=["release", "old", "new", "outcome"], dtype="string"), listed)
    if exposing:
        raise UserError(_refusal(exposing, released, threshold, listed))


def _note(earlier: int, withheld: int) -> str:
    done = f"{withheld} results withheld that would expose people beside them" if withheld else "nothing exposed"
    return f"checked against {earlier} earlier {'release' if earlier == 1 else 'releases'} in the ledger: {done}"


def _refusal(pairs: Sequence[Pair], released: pd.DataFrame, threshold: int, listed: Path) -> str:
    rows = plain_rows(released)
    shown = [
        line
        for pair in pairs[:_SHOWN]
        for line in (
            f"  {pair.new}: {_words(pair.new, rows)}",
            f"    beside {'the same' if pair.earlier == pair.new else pair.earlier} of release '{pair.release}'",
        )
    ]
    number = f"{len(pairs)} pairs of cells; the first" if len(pairs) > 1 else "a pair of cells"
    return "\n".join(
        [
            f"release refused: by subtraction it would show fewer than {threshold} people beside an earlier release, "
            f"in {number}:",
            *shown,
            f"All pairs: {listed}. What was released before is as it was. Wait until {threshold} people or more (or "
            "none) make each difference, set ledger.on_exposure: withhold in config.yaml, or leave these numbers out "
            "of the plan (docs/release.md).",
        ]
    )


def _words(cell: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """What a cell of the new release counts."""
    name, _, part = cell.rpartition("#")
    row = rows[name]
    about = [f"{row['analysis']} {row['measure']}", row["endpoint"], row["population"]]
    about += [f"{row['group_by']} = {row['level']}"] if row["group_by"] != "all" else []
    about += [row["term"]] + ([] if row["time"] is None else [f"day {row['time']:g}"])
    return f"{_SETS[part]} of {', '.join(word for word in about if word)}"
