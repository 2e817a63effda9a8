"""The text of a ledger: one line of JSON per release, each bound to the one before; and the entry of one release.

- Each line has a keyed hash over itself and the hash of the line before. So a line that was changed, taken out, put in
  another place or made with another key is found by `read_ledger`.
- Lines cut off at the end leave a sound chain. They are found by `check_head` from what was noted elsewhere: how many
  lines there were, and the hash of the last one. A ledger that went on since is sound.
- A release that nobody signed yet is no line. Its entry is sealed when it is made (`sealed`), with a checksum of the
  released store, so that what is signed later is what was checked.
- Whoever holds the key can write another history; and nobody finds a ledger put back together with all that was noted.

It fails with `UserError` on all that is found.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pilot_analysis.errors import UserError
from pilot_analysis.release.ledger import Entry, keyed, same_entry, unpacked

_START = "0" * 64
_ENTRY = "the entry of this release is not as it was made, or made with another key; run the workflow again"


class Head(NamedTuple):
    """How many lines a ledger has, and the keyed hash of the last."""

    count: int
    chain: str


def head_of(text: str) -> Head:
    """The head of a ledger."""
    lines = text.splitlines()
    return Head(len(lines), json.loads(lines[-1])["chain"] if lines else _START)


def appended(text: str, entry: Entry, key: bytes) -> str:
    """The ledger `text` with a line more; a release that is the last one again adds nothing."""
    entries = read_ledger(text, key)
    if entries and same_entry(entries[-1], entry):
        return text
    body = {"label": entry.label, "previous": head_of(text).chain, **_plain(entry)}
    line = {**body, "chain": keyed(key, "line", _canonical(body))}
    return "".join(f"{kept}\n" for kept in [*text.splitlines(), _canonical(line)])


def read_ledger(text: str, key: bytes, origin: str = "ledger") -> list[Entry]:
    """The entries of a ledger; raises `UserError` when its chain does not hold under this key."""
    previous, entries = _START, []
    for number, line in enumerate(text.splitlines(), start=1):
        content = _sound(line, "chain", "line", key)
        if content is None or content.get("previous") != previous:
            raise UserError(
                f"{origin}, line {number}: this line does not follow from the one before under this key; the ledger "
                "was changed, or kept with another key. Put back the file, or the key, that it was kept with"
            )
        entries.append(_entry(content["label"], content))
        previous = content["chain"]
    return entries


def check_head(text: str, noted: Head, origin: str, where: str) -> None:
    """Raise `UserError` when a ledger does not hold the line that was its last one when its head was `noted`."""
    lines = text.splitlines()
    if len(lines) < noted.count:
        raise UserError(
            f"{origin}: {len(lines)} releases where {where} notes {noted.count}; lines were cut off, or the file is an "
            "older one. Put back the ledger"
        )
    if noted.count and head_of(lines[noted.count - 1]).chain != noted.chain:
        raise UserError(f"{origin}, line {noted.count}: not the line that {where} notes. Put back the ledger")


def sealed(entry: Entry, store: str, key: bytes) -> str:
    """The entry of a release that is not signed yet; `store` is a checksum of what is released."""
    body = {"store": store, **_plain(entry)}
    return _canonical({**body, "seal": keyed(key, "entry", _canonical(body))}) + "\n"


def unsealed(text: str, label: str, store: str, key: bytes) -> Entry:
    """The entry of the release with this checksum; raises `UserError` when it is another's or was changed."""
    content = _sound(text, "seal", "entry", key)
    if content is None or content.get("store") != store:
        raise UserError(_ENTRY)
    return _entry(label, content)


def _sound(line: str, name: str, purpose: str, key: bytes) -> dict[str, Any] | None:
    """What a line holds, when its keyed hash (field `name`) is that of the rest."""
    try:
        content = json.loads(line)
        body = {key_: value for key_, value in content.items() if key_ != name}
        sound = hmac.compare_digest(content[name], keyed(key, purpose, _canonical(body)))
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
    return content if sound else None


def _plain(entry: Entry) -> dict[str, object]:
    sets = [base64.b64encode(np.packbits(row).tobytes()).decode() for row in entry.sets]
    return {"people": list(entry.people), "sets": sets, "cells": dict(entry.cells)}


def _entry(label: str, content: Mapping[str, Any]) -> Entry:
    people = tuple(content["people"])
    sets = unpacked([base64.b64decode(packed) for packed in content["sets"]], len(people))
    return Entry(label, people, sets, content["cells"])


def _canonical(content: object) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
