"""Checksums of the released files: what is released, file by file, and what became of it since.

- Files are named relative to the reports folder. A hidden file is none of the release.
- Something else may lie below the same folder (another run, the page of a check): only folders in which the run wrote a
  file are looked at, and all that lies directly in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from pilot_analysis.schemas.columns import conform, table, text

FILES = table(
    "files",
    "checksums of the released files",
    {"path": text("file, relative to the reports folder"), "sha256": text("its SHA-256", pattern="[0-9a-f]{64}")},
    key=("path",),
)


def checksums(folder: Path, parts: Iterable[Path]) -> pd.DataFrame:
    """SHA-256 (table FILES, sorted) of the files in `parts` (files, folders in `folder`) and of those beside them."""
    return _of_places(folder, {path.parent for part in parts for path in _files(part)})


def _files(part: Path) -> list[Path]:
    return [path for path in part.rglob("*") if path.is_file()] if part.is_dir() else [part]


def _of_places(folder: Path, places: Iterable[Path]) -> pd.DataFrame:
    """The files that lie directly in `places`."""
    found = [path for place in places if place.is_dir() for path in place.iterdir() if path.is_file()]
    names = sorted(path.relative_to(folder).as_posix() for path in found if path.name[0] != ".")
    return conform(pd.DataFrame({"path": names, "sha256": [sha256(folder / name) for name in names]}), FILES)


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def changes(folder: Path, recorded: pd.DataFrame) -> list[str]:
    """What became of the `recorded` files (table FILES) since: a line per file changed, gone, or new beside them."""
    new = _of_places(folder, {(folder / name).parent for name in recorded["path"]})
    old, now = (dict(zip(files["path"], files["sha256"], strict=True)) for files in (recorded, new))
    words = {name: "gone" if name not in now else "new" if name not in old else "changed" for name in {*old, *now}}
    return [f"{name}: {words[name]}" for name in sorted(words) if old.get(name) != now.get(name)]
