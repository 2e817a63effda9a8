"""The ledger of releases as a file, and its key: the edge around `release.ledger`.

- The key is read from a file outside the project or from an environment variable, named in config.yaml under `ledger`;
  it is never written, shown or logged. Without one no ledger is kept, and the release record says so.
- The ledger lies at `ledger.path`, else at `<processed_dir>/release/ledger.jsonl`. Releases with folders of their own
  need one path for all of them.

It fails with `UserError` when the key is named but missing, short or inside the project, when the ledger does not hold
under it, and when a release would expose people beside an earlier one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pilot_analysis import io
from pilot_analysis.config import Protocol
from pilot_analysis.errors import UserError
from pilot_analysis.release.ledger import Entry, Pair, appended, entry_of, exposing_pairs, read_ledger, released_cells
from pilot_analysis.release.members import all_bases
from pilot_analysis.release.people import People

LEAST_KEY = 32  # characters
NO_LEDGER = "no ledger was kept: config.yaml names no key, or its environment variable is not set"
_SHOWN = 10  # pairs in the message; all are in the list beside the ledger


@dataclass(frozen=True)
class Ledger:
    """Where a ledger lies and the key that it is kept with, which is no part of its text form."""

    path: Path
    key: bytes

    def __repr__(self) -> str:
        return f"Ledger({self.path})"

    @property
    def text(self) -> str:
        """The lines of the ledger; empty where there is none yet."""
        return self.path.read_text(encoding="utf-8") if self.path.is_file() else ""

    @property
    def entries(self) -> list[Entry]:
        """The earlier releases; raises `UserError` when the chain does not hold."""
        return read_ledger(self.text, self.key, str(self.path))


def open_ledger(settings: Mapping[str, Any] | None, processed_dir: Path, project: Path | None = None) -> Ledger | None:
    """The ledger that config.yaml names under `ledger` (`settings`), or None where no key is at hand.

    `project` is the folder of the project (default: the working folder), in which no key may lie.
    """
    settings = settings or {}
    key = _key(settings, (project or Path.cwd()).resolve(), processed_dir.resolve())
    if key is None:
        return None
    path = Path(settings["path"]) if settings.get("path") else processed_dir / "release" / "ledger.jsonl"
    return Ledger(path, key)


def _key(settings: Mapping[str, Any], *inside: Path) -> bytes | None:
    if settings.get("key_file"):
        path, origin = Path(settings["key_file"]).expanduser(), "ledger.key_file"
        if any(path.resolve().is_relative_to(folder) for folder in inside):
            raise UserError(f"{origin}: the key lies inside the project or its tables; keep it in another place")
        try:
            key = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UserError(f"{origin}: the file with the key cannot be read; put it where config.yaml says") from None
    elif settings.get("key_variable"):
        key, origin = os.environ.get(settings["key_variable"], "").strip(), f"variable {settings['key_variable']}"
        if not key:
            return None
    else:
        return None
    if len(key) < LEAST_KEY:
        raise UserError(f"{origin}: the key is shorter than {LEAST_KEY} characters; make a longer one, by chance")
    return key.encode()


def release_entry(
    label: str, released: pd.DataFrame, tables: Mapping[str, pd.DataFrame], protocol: Protocol, key: bytes
) -> Entry:
    """The entry of a release: `released` fits schemas.results.RELEASED, `tables` are the derived ones by name."""
    people = People(tables, protocol)
    shown = released[released["status"] == "ok"]
    bases = all_bases(released, people, shown["result_id"])
    return entry_of(label, released_cells(released, bases), list(people.ids), key)


def exposed_pairs(ledger: Ledger, entry: Entry, threshold: int) -> list[Pair]:
    """Pairs of cells of this release and of any earlier one that together show fewer than `threshold` people."""
    return [pair for earlier in ledger.entries for pair in exposing_pairs(earlier, entry, threshold)]


def check_release(
    ledger: Ledger | None,
    released: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    protocol: Protocol,
    listed: Path,
    label: str = "this run",
) -> str:
    """What the release record says of the ledger; `listed` is where the pairs are written.

    Raises `UserError` when the release would expose people beside an earlier one: it names the first pairs.
    """
    if ledger is None:
        return NO_LEDGER
    threshold = protocol.thresholds.release_min_people
    pairs = exposed_pairs(ledger, release_entry(label, released, tables, protocol, ledger.key), threshold)
    frame = pd.DataFrame([(pair.release, pair.earlier, pair.new) for pair in pairs], columns=["release", "old", "new"])
    io.write_table(frame, listed)
    if pairs:
        raise UserError(_refusal(pairs, threshold, listed))
    count = len(ledger.entries)
    return f"checked against {count} earlier {'release' if count == 1 else 'releases'} in the ledger: nothing exposed"


def _refusal(pairs: list[Pair], threshold: int, listed: Path) -> str:
    shown = [f"  {pair.new}  beside  {pair.earlier}  of release '{pair.release}'" for pair in pairs[:_SHOWN]]
    more = [f"  and {len(pairs) - _SHOWN} more, in {listed}"] if len(pairs) > _SHOWN else []
    return "\n".join(
        [
            f"release refused: by subtraction from an earlier release it would show fewer than {threshold} people in "
            f"{len(pairs)} pairs of cells:",
            *shown,
            *more,
            f"Nothing was released. Wait until {threshold} people or more (or none) make each difference, or leave out "
            "of the plan what shows these cells.",
        ]
    )


def keep(ledger: Ledger, entry: Entry) -> str:
    """Add a release to the ledger, unless it is the last one there; the label that it has there.

    The file is written whole.
    """
    io.write_text(appended(ledger.text, entry, ledger.key), ledger.path)
    return ledger.entries[-1].label
