"""Writes proposed sources as YAML, with every doubt beside the place that it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

MARK = "# UNSURE: "


@dataclass
class Proposed:
    """One source: keys in the order of writing; `doubts` by path (`columns.sex`), `remarks` above the source."""

    keys: dict[str, Any] = field(default_factory=dict)
    doubts: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def doubt(self, path: str, text: str) -> None:
        """Add a doubt about the key at `path`."""
        self.doubts.setdefault(path, []).append(text)


def written(sources: list[Proposed], remarks: list[str]) -> str:
    """The text of a `sources.yaml`; without any source it has none, and says so."""
    unsure = len(remarks) + sum(len(source.remarks) + sum(map(len, source.doubts.values())) for source in sources)
    lines = [
        "# A first sources.yaml, made by `pilot-analysis describe` from names of columns and forms of cells.",
        f"# Check every line; {unsure} place(s) marked UNSURE have to be decided by somebody who knows the extract.",
        *(MARK + remark for remark in remarks),
        "sources:" if sources else "sources: []  # UNSURE: no file was recognised",
    ]
    for source in sources:
        lines += _source(source)
    return "\n".join(lines) + "\n"


def _source(source: Proposed) -> Iterator[str]:
    for remark in source.remarks:
        yield "  " + MARK + remark
    begin = "  - "
    for key, value in source.keys.items():
        for doubt in source.doubts.get(key, []):
            yield ("  " if begin == "  - " else "    ") + MARK + doubt
        if isinstance(value, dict):
            yield f"{begin}{key}:"
            yield from _mapping(value, key, source, "      ")
        elif isinstance(value, list):
            yield f"{begin}{key}:"
            for item in value:
                yield f"      - {scalar(item)}{_beside(source, f'{key}.{item}')}"
        else:
            yield f"{begin}{key}: {scalar(value)}{_beside(source, key + '.')}"
        begin = "    "


def _mapping(value: dict[str, Any], path: str, source: Proposed, indent: str) -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            for doubt in source.doubts.get(f"{path}.{key}", []):
                yield indent + MARK + doubt
            yield f"{indent}{scalar(key)}:"
            yield from _mapping(inner, f"{path}.{key}", source, indent + "  ")
        else:
            yield f"{indent}{scalar(key)}: {scalar(inner)}{_beside(source, f'{path}.{key}')}"


def _beside(source: Proposed, path: str) -> str:
    doubts = source.doubts.get(path, [])
    return f"  {MARK}{'; '.join(doubts)}" if doubts else ""


def scalar(text: str) -> str:
    """A text as YAML writes it on one line."""
    dumped = yaml.safe_dump(text, allow_unicode=True, width=10**6, default_flow_style=True)
    return dumped.removesuffix("\n...\n").strip()
