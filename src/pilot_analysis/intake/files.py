"""The files of a delivery: which belong to it, and the mark of their contents.

Light: the workflow asks for them before it knows whether there is work, so nothing here imports pandas.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pilot_analysis.errors import UserError

_NO_DATA = ("thumbs.db", "desktop.ini")


def delivery_files(raw_dir: str | Path) -> list[Path]:
    """All files of a delivery, sorted, `sources.yaml` included; hidden and lock files are none of it.

    Raises UserError when the folder is missing or has no file.
    """
    folder = Path(raw_dir)
    if not folder.is_dir():
        raise UserError(f"the folder of the delivery, {folder}, is not there: set raw_dir to an existing folder")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _is_data(path.relative_to(folder)))
    if not files:
        raise UserError(f"the folder of the delivery, {folder}, is empty: put the extracts there, or set raw_dir")
    return files


def _is_data(path: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.parts)
    return not hidden and path.name.lower() not in _NO_DATA


def delivery_hash(folder: Path, files: list[Path]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the names (relative, sorted) and contents of a delivery."""
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in files):
        try:
            with path.open("rb") as handle:
                content = hashlib.file_digest(handle, "sha256").digest()
        except OSError:  # reported where the file is read
            content = b""
        digest.update(hashlib.sha256(name.encode()).digest() + content)
    return digest.hexdigest()[:16]
