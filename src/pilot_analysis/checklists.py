"""Reporting checklists (`config/checklists/*.csv`): where each item is met in the report, or why it is not.

- CONSORT 2025 (30 items with their parts), CHEERS 2022 (28 items), and the main items of the guideline for statistical
  analysis plans (Gamble 2017, JAMA 318:2337-2343). Items are named by their number; the wording is ours.
- `where` lists places of the report (`flow`, `table-flow`, `figure-flow`) and files of the project (`file:README.md`),
  with a blank between them. An item without a place says why; with both it is met in part.
- Fails with `UserError`, a line per fault: file, line, column, value, what is allowed; and when an item is missing.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pilot_analysis.errors import UserError

_PARTS = {**dict.fromkeys((1, 5, 12, 16, 17, 20, 22, 23, 24), "ab"), 21: "abcd"}  # items of CONSORT 2025 with parts
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "consort_2025": tuple(f"{number}{part}" for number in range(1, 31) for part in _PARTS.get(number, ("",))),
    "cheers_2022": tuple(str(number) for number in range(1, 29)),
    "sap_2017": tuple(str(number) for number in range(1, 33)),
}
FILES = (
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "config/protocol.yaml",
    "docs/architecture.md",
    "docs/data_dictionary.md",
    "docs/other_aims.md",
    "docs/rules.md",
    "requirements.lock",
)
FILE = "file:"
_WORDS = ("topic_nl", "topic_en", "asked_nl", "asked_en")
_REASONS = ("reason_nl", "reason_en")


@dataclass(frozen=True)
class Item:
    """One item of a checklist: a row of the file, its columns in order; all text."""

    item: str
    topic_nl: str
    topic_en: str
    asked_nl: str
    asked_en: str
    where: str
    reason_nl: str
    reason_en: str

    @property
    def places(self) -> tuple[str, ...]:
        """Anchors of the report and files, each once."""
        return tuple(dict.fromkeys(self.where.split()))

    def word(self, name: str, language: str) -> str:
        """`topic`, `asked` or `reason` in a language."""
        return getattr(self, f"{name}_{language}")


COLUMNS = tuple(field.name for field in fields(Item))
Checklists = Mapping[str, tuple[Item, ...]]


def load_checklists(folder: Path, anchors: Collection[str]) -> dict[str, tuple[Item, ...]]:
    """Read and check every checklist in `folder`; `anchors` are the places of the report. Raises `UserError`."""
    allowed = {*anchors, *(FILE + name for name in FILES)}
    return {name: _load(Path(folder, f"{name}.csv"), numbers, allowed) for name, numbers in NUMBERS.items()}


def _load(path: Path, numbers: tuple[str, ...], allowed: Collection[str]) -> tuple[Item, ...]:
    if not path.is_file():
        raise UserError(f"{path} is missing: it says where the report meets each item of the checklist")
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        lines = [(reader.line_num, cells) for cells in reader]
    if not lines or tuple(lines[0][1]) != COLUMNS:
        raise UserError(f"{path}, line 1: expected the columns {', '.join(COLUMNS)}")
    faults, items = [], []
    for line, cells in lines[1:]:
        if len(cells) != len(COLUMNS):
            faults.append(f"line {line}: {len(cells)} cells, expected {len(COLUMNS)}; quote a cell that has a comma")
            continue
        item = Item(*(cell.strip() for cell in cells))
        faults += [f"line {line}, column {fault}" for fault in _faults(item, numbers, allowed)]
        items.append(item)
    faults += _incomplete([item.item for item in items], numbers)
    if faults:
        raise UserError("\n".join(f"{path}, {fault}" for fault in faults))
    return tuple(items)


def _faults(item: Item, numbers: tuple[str, ...], allowed: Collection[str]) -> list[str]:
    """`column: what is wrong` of one item."""
    found = [] if item.item in numbers else [f"item: '{item.item}' is not one of {', '.join(numbers)}"]
    found += [f"{name}: it may not be empty" for name in _WORDS if not getattr(item, name)]
    found += [
        f"where: '{place}' is no section, figure or table of the report and no known file"
        for place in item.places
        if place not in allowed
    ]
    given = [name for name in _REASONS if getattr(item, name)]
    if not item.places and not given:
        found.append("where: it may not be empty without reason_nl and reason_en")
    found += [f"{name}: a reason is given in both languages" for name in _REASONS if given and name not in given]
    return found


def _incomplete(given: list[str], numbers: tuple[str, ...]) -> list[str]:
    """Items that are missing, listed twice, or out of order."""
    missing, twice = [name for name in numbers if name not in given], sorted({n for n in given if given.count(n) > 1})
    found = [f"column item: missing {', '.join(missing)}; every item has a row"] if missing else []
    found += [f"column item: {', '.join(twice)} listed more than once"] if twice else []
    known = [name for name in given if name in numbers]
    if not found and known != list(numbers):
        found.append("column item: the items are not in the order of the checklist")
    return found
