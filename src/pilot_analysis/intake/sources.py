"""Reads `sources.yaml`: which file holds which table, and how it is written.

- Every scalar stays the text that was typed (`NO`, `007`, `31-12-9999`): values are matched with cells as text.
- The strict JSON schema `schemas/sources.schema.yaml` decides which keys and values are allowed; what concerns the
  columns of a table is checked here. Each fault is an issue with source number, key and line.
- A source with a fault is left out, the others are read.
- Without `sources.yaml`, files with canonical names are taken: `<table>.csv`, `<table>.parquet`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from pilot_analysis import plain_yaml
from pilot_analysis.intake.findings import Findings
from pilot_analysis.schemas.canonical import PROVENANCE, TABLES

SOURCES = "sources.yaml"
ITEM = re.compile(r"[a-z][a-z0-9_]*")
_SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet", ".sav": "sav",
    ".zsav": "sav",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One source with its defaults; `columns` maps canonical names to the file's, `values` texts per column."""

    table: str
    supplier: str
    file: str
    format: str
    number: int = 0
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    decimal: str = "."
    date_format: str | None = None
    sheet: str | None = None
    header_rows: int = 1
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    open_date: str | None = None
    drop: tuple[str, ...] = ()
    free_text: tuple[str, ...] = ()
    return_date_is: str = "first_day_back"
    ao_percent_is: str = "percent_absent"
    latest_by: tuple[str, ...] = ()
    withdrawn: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def takes(self, column: str) -> bool:
        """Whether `column` is a canonical column of the table, or can be one of its items."""
        table = TABLES[self.table]
        return column in table.columns or (table.items and column not in PROVENANCE and bool(ITEM.fullmatch(column)))


@dataclass(frozen=True)
class Sources:
    """The usable sources, whether the data are marked as made up, and what faulty sources named."""

    usable: tuple[Source, ...]
    synthetic: bool = False
    faulty_tables: frozenset[str] = frozenset()
    faulty_files: frozenset[str] = frozenset()
    readable: bool = True


def canonical_sources(files: Sequence[str]) -> Sources:
    """Sources for files with canonical names (paths in the delivery); the supplier is whoever owns the table."""
    names = {f"{table}.{kind}": (table, kind) for table in TABLES for kind in ("csv", "parquet")}
    found = [(name, *names[name]) for name in files if name in names]
    return Sources(tuple(Source(table, TABLES[table].owner, name, kind) for name, table, kind in found))


def load_sources(path: Path, findings: Findings) -> Sources:
    """Read and check `sources.yaml`; faults go to `findings`, `readable` is False when nothing could be made of it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        root = yaml.compose(text, Loader=_Text)
        content = yaml.load(text, Loader=_Text)
    except UnicodeDecodeError as error:
        findings.add(
            "sources_not_yaml",
            file=SOURCES,
            lines=[error.object[: error.start].count(b"\n") + 1],
            found="sources.yaml is not UTF-8",
        )
        return Sources((), readable=False)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        findings.add("sources_not_yaml", file=SOURCES, lines=[mark.line + 1] if mark else [])
        return Sources((), readable=False)
    faulty = _schema_faults(content, root, findings)
    if not isinstance(content, dict) or not isinstance(content.get("sources"), list):
        return Sources((), readable=False)
    usable = []
    for number, entry in enumerate(content["sources"], start=1):
        if number not in faulty:
            source = _source(number, entry)
            faults = list(_faults(source, entry))
            for key, found, expected in faults:
                _add(findings, number, key, root, found, expected)
            faulty |= {number} if faults else set()
            usable += [] if faults else [source]
    entries = [content["sources"][number - 1] for number in sorted(faulty) if number > 0]
    entries = [entry for entry in entries if isinstance(entry, dict)]
    return Sources(
        tuple(usable), str(content.get("synthetic", "")).lower() == "true",
        frozenset(str(entry.get("table")) for entry in entries), frozenset(str(entry.get("file")) for entry in entries),
    )  # fmt: skip


class _Text(yaml.SafeLoader):
    """YAML whose scalars stay text, and in which a key may occur once only."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """Build a mapping; raises ConstructorError for a key that occurs twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, "a key that occurs twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Text.yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("^<<$"))]}


@cache
def sources_schema() -> dict[str, Any]:
    """The JSON schema of `sources.yaml`."""
    text = resources.files("pilot_analysis.schemas").joinpath("sources.schema.yaml").read_text(encoding="utf-8")
    return plain_yaml.load(text)


def _source(number: int, entry: dict[str, Any]) -> Source:
    """A source from an entry that fits the schema."""
    given = dict(entry)
    for key in ("missing", "drop", "free_text", "latest_by"):
        given[key] = tuple(given.get(key, ()))
    given["header_rows"] = int(given.get("header_rows", 1))
    given["supplier"] = given.get("supplier", TABLES[given["table"]].owner)
    given["format"] = given.get("format", _SUFFIXES.get(Path(given["file"]).suffix.lower(), ""))
    given["delimiter"] = "\t" if given.get("delimiter") in ("\\t", "tab") else given.get("delimiter", ",")
    given["columns"] = {key: " ".join(name.split()) for key, name in given.get("columns", {}).items()}
    given["drop"] = tuple(" ".join(name.split()) for name in given["drop"])
    given["free_text"] = tuple(" ".join(name.split()) for name in given["free_text"])
    given["latest_by"] = tuple(" ".join(name.split()) for name in given["latest_by"])
    marks = given.get("withdrawn", {})
    given["withdrawn"] = {
        " ".join(key.split()): (mark,) if isinstance(mark, str) else tuple(mark) for key, mark in marks.items()
    }
    return Source(**{**given, "number": number})


def _faults(source: Source, entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What the schema cannot see: key, what was found, what was expected."""
    table = TABLES[source.table]
    if not source.format:
        yield "file", "a file name whose suffix does not say the format", "the key format: csv, xlsx, parquet or sav"
    for key in ("columns", "constants", "values"):
        for column in getattr(source, key):
            if not source.takes(column):
                yield (
                    f"{key}.{column}",
                    f"a column that table {source.table} does not have",
                    "one of " + ", ".join(table.columns),
                )
    for column in sorted(set(source.columns) & set(source.constants)):
        yield f"constants.{column}", "a column that is also in columns", "one of the two"
    for column, name in source.columns.items():
        if name in source.drop:
            yield f"columns.{column}", "a column that is also dropped", "one of the two"
    yield from _free_text_faults(source)
    for key, where in (("return_date_is", "absence_spells"), ("ao_percent_is", "ao_percent")):
        if key in entry and source.table != where:
            yield key, f"a key that belongs to table {where} only", f"no {key} here"


def _free_text_faults(source: Source) -> Iterator[tuple[str, str, str]]:
    table = TABLES[source.table]
    if source.free_text and not table.items:
        yield "free_text", f"a key that belongs to surveys only, in table {source.table}", "the column under drop"
    for name in sorted({*source.free_text} & {*source.drop}):
        yield "free_text", f"the column {name}, which is also dropped", "one of the two"
    for name in sorted({*source.free_text} & {source.columns.get(column, column) for column in table.columns}):
        yield "free_text", f"the column {name}, which is not an item of the survey", "items of the survey only"


def _schema_faults(content: Any, root: yaml.Node | None, findings: Findings) -> set[int]:
    """Report where `content` breaks the schema; the numbers of the sources concerned (0: the file itself)."""
    import jsonschema

    faulty = set()
    faults = jsonschema.Draft202012Validator(sources_schema()).iter_errors(content)
    for error in sorted(faults, key=lambda fault: [str(part) for part in fault.absolute_path]):
        path = list(error.absolute_path)
        number = path[1] + 1 if len(path) > 1 and path[0] == "sources" else 0
        key = ".".join(str(part) for part in (path[2:] if number else path))
        for inner, found, expected in _explained(error):
            _add(findings, number, ".".join(filter(None, (key, inner))), root, found, expected)
        faulty.add(number)
    return faulty


def _explained(error: Any) -> Iterator[tuple[str, str, str]]:
    """Key within the faulty part, what was found, what was expected."""
    if error.validator == "additionalProperties":
        allowed = "one of " + ", ".join(error.schema["properties"])
        unknown = sorted(str(key) for key in set(error.instance) - set(error.schema["properties"]))
        yield from ((key, f"unknown key {key}", allowed) for key in unknown)
    elif error.validator == "required":
        # One error per missing key; its text is the only place that says which.
        yield "", "missing key " + error.message.split("'")[1], "this key"
    elif error.validator == "enum":
        yield "", "a value that is not allowed", "one of " + ", ".join(error.validator_value)
    else:
        yield "", "a value that is not allowed", error.schema.get("description", "the form of the specification")


def _add(findings: Findings, number: int, key: str, root: yaml.Node | None, found: str, expected: str) -> None:
    place = f"source {number}" if number else "the file"
    line = _line(root, ["sources", number - 1, *key.split(".")] if number else key.split("."))
    where = f"{place}, key {key}" if key else place
    findings.add(
        "sources_invalid", file=SOURCES, lines=[line], column=key or None, found=f"{where}: {found}", expected=expected
    )


def _line(node: yaml.Node | None, path: Sequence[str | int]) -> int:
    """Line of the deepest part of `path` that is there."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in path:
        if isinstance(node, yaml.SequenceNode) and str(part).isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            inner = [(key, value) for key, value in node.value if key.value == part]
            if not inner:
                break
            line, node = inner[0][0].start_mark.line + 1, inner[0][1]
        else:
            break
    return line
