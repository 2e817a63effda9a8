"""A delivery, from its folder to validated tables.

- Every file must be named by a source (or, without `sources.yaml`, have a canonical name); all are read, all that is
  wrong is collected, and nothing is raised for bad data.
- Parse first, then validate the typed tables, then look across tables.
- The tables fit their schemas when no issue has severity `stop`; otherwise they must not be used.
- Decisions on queries are applied last, to what was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pilot_analysis.intake.assemble import stacked, typed_source
from pilot_analysis.intake.checks import check_plan, check_required, run_checks
from pilot_analysis.intake.files import delivery_files, delivery_hash
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.queries import apply_decisions, ends_run, excluded_cases, read_decisions
from pilot_analysis.intake.raw import Raw
from pilot_analysis.intake.read_csv import read_csv
from pilot_analysis.intake.read_parquet import read_parquet
from pilot_analysis.intake.read_sav import read_sav
from pilot_analysis.intake.read_xlsx import read_xlsx
from pilot_analysis.intake.schema_rules import check_schema, final_table
from pilot_analysis.intake.sources import SOURCES, Source, Sources, canonical_sources, load_sources
from pilot_analysis.intake.tables import Tables
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import empty_table

_READERS: dict[str, Callable[[Path, str, Source, Findings], Raw | None]] = {
    "csv": read_csv, "xlsx": read_xlsx, "sav": read_sav, "parquet": read_parquet,
}  # fmt: skip


@dataclass(frozen=True)
class Intake:
    """The eleven canonical tables, the issues, rows per table and file, and whether the data are made up.

    `excluded_cases` (schemas.issues.EXCLUDED_CASES) are people whom a query excludes; `strict` as it was asked for.
    """

    tables: dict[str, pd.DataFrame]
    issues: pd.DataFrame
    summary: pd.DataFrame
    synthetic: bool
    excluded_cases: pd.DataFrame
    strict: bool = True

    @property
    def stops(self) -> bool:
        """Whether what was found ends the run: a stop, or under `strict` a query that nobody decided."""
        return bool(ends_run(self.issues, self.strict).any())


# Columns are shared until they change: without it many small steps would each copy tables of millions of rows.
@pd.option_context("mode.copy_on_write", True)
def read_delivery(
    raw_dir: str | Path, protocol: Any, decisions: str | Path | None = None, strict: bool = True
) -> Intake:
    """Read and validate a delivery; `protocol` is the plan (`dates`, `thresholds`, `design`, `weeks`).

    `decisions` is the file of decisions on queries (config/queries.csv); `strict` says whether a query that nobody
    decided ends the run or excludes its people. Raises UserError for a missing or empty folder and for a missing file
    of decisions only; what is wrong with the data or the decisions are rows of `issues`.
    """
    folder, findings = Path(raw_dir), Findings()
    files = delivery_files(folder)
    names = [path.relative_to(folder).as_posix() for path in files]
    decided = read_decisions(decisions, findings) if decisions is not None else []
    declared = SOURCES in names
    names = [name for name in names if name != SOURCES]
    sources = load_sources(folder / SOURCES, findings) if declared else canonical_sources(names)
    frames, incomplete = _read_all(folder, names, sources, declared, findings)
    delivered = frozenset(frames)
    typed = {name: frames.get(name, _empty(name)) for name in TABLES}
    if sources.readable:
        _validate(Tables(typed, protocol, frozenset(incomplete), findings.origins), delivered, findings)
        apply_decisions(decisions or "", decided, findings)
    fingerprint = delivery_hash(folder, files)
    tables = {name: final_table(typed[name], table, findings, fingerprint) for name, table in TABLES.items()}
    excluded = excluded_cases(findings, tables, strict)
    return Intake(tables, findings.frame(), _summary(typed, findings), sources.synthetic, excluded, strict)


def _validate(tables: Tables, delivered: frozenset[str], findings: Findings) -> None:
    check_required(tables, delivered, findings)
    check_plan(tables, findings)
    for name in sorted(delivered):
        check_schema(tables.frames[name], TABLES[name], findings)
    run_checks(tables, findings)


def _read_all(
    folder: Path, names: list[str], sources: Sources, declared: bool, findings: Findings
) -> tuple[dict[str, pd.DataFrame], set[str]]:
    """Typed tables by name, and the names of tables of which a file or rows were lost."""
    parts: dict[str, list[pd.DataFrame]] = {}
    incomplete, used = set(sources.faulty_tables), set()
    for source in sources.usable:
        files = _matching(folder, names, source.file)
        used |= set(files)
        if not files:
            findings.add("no_file_matches", table=source.table, file=source.file)
        raws = [_read(folder, name, source, findings) for name in files]
        sound = [raw for raw in raws if raw is not None]
        frame, whole = typed_source(sound, source, findings)
        if not (files and whole and len(sound) == len(raws) and all(raw.complete for raw in sound)):
            incomplete.add(source.table)
        if frame is not None:
            parts.setdefault(source.table, []).append(frame)
    if sources.readable:
        _report_unnamed(folder, names, used, sources, declared, findings)
    return {name: stacked(tables) for name, tables in parts.items()}, incomplete


def _read(folder: Path, name: str, source: Source, findings: Findings) -> Raw | None:
    try:
        return _READERS[source.format](folder / name, name, replace(source, file=name), findings)
    except OSError:
        findings.add(
            "file_unreadable",
            table=source.table,
            file=name,
            found="a file that cannot be opened",
            mend="check the rights on the file",
        )
        return None


def _matching(folder: Path, names: list[str], pattern: str) -> list[str]:
    """Files of the delivery that `pattern` means, sorted: the file of exactly that name, or what the glob matches."""
    if pattern in names:
        return [pattern]
    try:
        found = {path.relative_to(folder).as_posix() for path in folder.glob(pattern)}
    except (ValueError, NotImplementedError, OSError):  # no pattern at all, or a path
        return []
    return sorted(found & set(names))


def _report_unnamed(
    folder: Path, names: list[str], used: set[str], sources: Sources, declared: bool, findings: Findings
) -> None:
    for pattern in sources.faulty_files:
        used |= set(_matching(folder, names, pattern)) if pattern else set()
    texts = {} if declared else {
        "found": "a file without a canonical name, and no sources.yaml",
        "expected": "<table>.csv or <table>.parquet, or a sources.yaml",
        "mend": "describe it in sources.yaml, or rename it",
    }  # fmt: skip
    for name in names:
        if name not in used:
            findings.add("file_not_named", file=name, **texts)


def _empty(name: str) -> pd.DataFrame:
    """A table without rows, in the form that intake works on."""
    empty = empty_table(TABLES[name].schema).drop(columns=["source_file", "delivery_hash"])
    return empty.assign(origin=pd.Series(dtype="int32"))


def _summary(frames: dict[str, pd.DataFrame], findings: Findings) -> pd.DataFrame:
    """Rows that each file gave to each table."""
    counts = {number: int(rows) for frame in frames.values() for number, rows in frame["origin"].value_counts().items()}
    rows = [
        (origin.table, origin.supplier, origin.file, counts.get(number, 0))
        for number, origin in enumerate(findings.origins)
    ]
    summary = pd.DataFrame(rows, columns=["table", "supplier", "file", "rows"])
    return summary.astype({"table": "string", "supplier": "string", "file": "string", "rows": "Int64"})
