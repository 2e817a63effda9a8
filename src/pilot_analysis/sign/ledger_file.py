"""The ledger of releases as a file, its head, and its key: the edge around `release.chain`.

- The key is read from a file outside the project or from an environment variable, named in config.yaml under `ledger`;
  it is never written, shown or logged. Without one no ledger is kept, and the release record says so.
- The ledger lies at `ledger.path`, else at `<processed_dir>/release/ledger.jsonl`. Releases with folders of their own
  need one path for all of them.
- Its head (how many lines, the hash of the last) is noted at `ledger.head`, else beside it, and by each signature of
  this run's folder: lines cut off the ledger are missed by whichever of these was left.

It fails with `UserError` when the key is named but missing, short or inside the project, when a ledger lies there
without its key, and when the ledger does not hold under it or is shorter than was noted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pilot_analysis import io
from pilot_analysis.errors import UserError
from pilot_analysis.release.chain import Head, appended, check_head, head_of, read_ledger, sealed, unsealed
from pilot_analysis.release.ledger import Entry
from pilot_analysis.sign.files import sha256

LEAST_KEY = 32  # characters
SIGNATURES = "signatures.csv"


@dataclass(frozen=True)
class Ledger:
    """Where a ledger and its head lie, the signatures that note it, and its key, which is no part of its text form."""

    path: Path
    key: bytes
    head: Path
    signatures: Path

    def __repr__(self) -> str:
        return f"Ledger({self.path})"

    @property
    def text(self) -> str:
        """The lines of the ledger; empty where there is none yet."""
        return self.path.read_text(encoding="utf-8") if self.path.is_file() else ""

    @property
    def entries(self) -> list[Entry]:
        """The earlier releases; raises `UserError` when the chain does not hold or is shorter than was noted."""
        text = self.text
        entries = read_ledger(text, self.key, str(self.path))
        if entries and not self.head.is_file():
            raise UserError(f"{self.head}: the head of the ledger is gone. Put it back, or the ledger with it")
        for noted, where in _noted(self.head, self.signatures):
            check_head(text, noted, str(self.path), where)
        return entries


def open_ledger(settings: Mapping[str, Any] | None, processed_dir: Path, project: Path | None = None) -> Ledger | None:
    """The ledger that config.yaml names under `ledger` (`settings`), or None where no key is at hand.

    `project` is the folder of the project (default: the working folder), in which no key may lie.
    """
    settings = settings or {}
    key = _key(settings, (project or Path.cwd()).resolve(), processed_dir.resolve())
    path = Path(settings["path"]) if settings.get("path") else processed_dir / "release" / "ledger.jsonl"
    head = Path(settings["head"]) if settings.get("head") else path.with_name(f"{path.name}.head")
    signatures = processed_dir / "release" / SIGNATURES
    if key is not None:
        return Ledger(path, key, head, signatures)
    if path.is_file() or any(noted.count for noted, _ in _noted(head, signatures)):
        variable = settings.get("key_variable")
        name = f"set the variable {variable} to it" if variable else "name it in config.yaml under ledger"
        raise UserError(f"{path}: a ledger is kept, but its key is not at hand; {name}")
    return None


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


def _noted(head: Path, signatures: Path) -> list[tuple[Head, str]]:
    """What was noted of the ledger, and by which file: its head, and each signature under which it was entered."""
    found = []
    if head.is_file():
        count, _, chain = head.read_text(encoding="utf-8").strip().partition(" ")
        if not count.isdecimal():
            raise UserError(f"{head}: not the head of a ledger (how many lines, hash of the last). Put it back")
        found.append((Head(int(count), chain), str(head)))
    if signatures.is_file():
        signed = pd.read_csv(signatures, dtype="string").dropna(subset=["entry", "head"])
        rows = zip(signed["entry"], signed["head"], strict=True)
        found += [(Head(int(entry), chain), str(signatures)) for entry, chain in rows]
    return found


def keep(ledger: Ledger, entry: Entry) -> tuple[str, Head]:
    """Add a release to the ledger, unless it is the last one there; the label that it has there, and the new head.

    The files are written whole, the ledger before its head: a ledger that went on is sound, a shorter one is not.
    """
    text = appended(ledger.text, entry, ledger.key)
    io.write_text(text, ledger.path)
    head = head_of(text)
    io.write_text(f"{head.count} {head.chain}\n", ledger.head)
    return ledger.entries[-1].label, head


def entry_text(ledger: Ledger | None, entry: Entry | None, store: str | Path) -> str:
    """The entry of a release that is not signed yet, sealed with its released store; empty without a ledger."""
    return "" if ledger is None or entry is None else sealed(entry, sha256(Path(store)), ledger.key)


def entry_in(text: str, label: str, store: Path, ledger: Ledger) -> Entry:
    """The entry that `entry_text` wrote for the released store; raises `UserError` when it is not of this store."""
    return unsealed(text, label, sha256(store), ledger.key)


def tables_of(paths: Iterable[str | Path]) -> dict[str, pd.DataFrame]:
    """Tables by name."""
    return {Path(path).stem: io.read_table(path) for path in paths}
