"""The page that a data supplier can be sent: what is wrong in which file, where, what was expected, how to mend it.

- Everything comes from the issues and the counts of rows, which hold no value of a person; neither can the page.
- One HTML file without any outside request; the same delivery gives the same bytes.
- Faults and queries come first and in full, notes are one table per file.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pilot_analysis import __version__
from pilot_analysis.check.words import said
from pilot_analysis.intake.delivery import Intake
from pilot_analysis.messages import Messages, load

NOTHING = "nothing to mend"


@dataclass(frozen=True)
class Finding:
    """One issue in the reader's language; `place` says which lines, `count` how many rows, each None without lines.

    `mend` is None where nothing has to be mended.
    """

    severity: str
    what: str | Markup
    column: str | Markup | None
    place: str | None
    count: str | None
    expected: str | Markup
    mend: str | Markup | None
    id: str
    decision: str | None


@dataclass
class File:
    """One file of the delivery (None: the delivery as a whole) with what was read from it and found in it."""

    name: str | None
    anchor: str
    tables: list[str] = field(default_factory=list)
    suppliers: list[str] = field(default_factory=list)
    rows: int | None = None
    findings: list[Finding] = field(default_factory=list)

    def of(self, *severities: str) -> list[Finding]:
        """Its findings of these severities, in the order of the issues."""
        return [finding for finding in self.findings if finding.severity in severities]


def check_page(intake: Intake, *, name: str, language: str) -> str:
    """The page as text; `name` is the delivery's.

    Raises UserError for an unknown language.
    """
    messages = load(language)
    files = _files(intake, messages)
    page = _environment().get_template("check.html")
    text = page.render(
        t=messages.t,
        language=language,
        css=Markup(resources.files(__package__).joinpath("templates", "check.css").read_text(encoding="utf-8")),
        name=name,
        stopped=intake.stops,
        verdict=_verdict(intake, messages),
        version=_version(intake, messages),
        synthetic=intake.synthetic,
        files=files,
        sections=sorted((file for file in files if file.findings), key=lambda file: not file.of("stop", "query")),
        tables=_rows_per_table(intake.summary, messages),
        number=lambda count: messages.number(count, 0),
    )
    return text.rstrip() + "\n"


@cache
def _environment() -> Environment:
    loader = PackageLoader("pilot_analysis.check")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _verdict(intake: Intake, messages: Messages) -> str:
    """Whether the delivery can be processed; a query that somebody decided asks for nothing more."""
    undecided = intake.issues[intake.issues["decision"].isna()]["severity"].value_counts()
    numbers = {
        name: messages.number(undecided.get(key, 0), 0) for name, key in (("stops", "stop"), ("queries", "query"))
    }
    if intake.stops:
        return messages.t("check.stopped", **numbers)
    if "query" in undecided:
        return messages.t("check.passed_with_queries", queries=numbers["queries"])
    return messages.t("check.passed_with_notes" if "note" in undecided else "check.passed")


def _version(intake: Intake, messages: Messages) -> str:
    """What tells this delivery from another, where a row was read, and the version of the program."""
    marks = (table["delivery_hash"].iloc[0] for table in intake.tables.values() if len(table))
    mark = next(marks, None)
    if mark is None:
        return messages.t("check.version_plain", program=__version__)
    return messages.t("check.version", hash=mark, program=__version__)


def _files(intake: Intake, messages: Messages) -> list[File]:
    """Every file that was read or that something was found in, by name; the delivery as a whole comes first."""
    number = itertools.count(1)
    files: dict[str | None, File] = {}

    def file(name: str | None) -> File:
        if name not in files:
            files[name] = File(name, f"file-{next(number)}")
        return files[name]

    issues = intake.issues.astype(object).where(intake.issues.notna(), None).to_dict("records")
    names = {row["file"] for row in issues} | set(intake.summary["file"])
    for name in sorted(names, key=lambda name: (name is not None, name or "")):
        file(name)
    for row in intake.summary.itertuples():
        entry = file(row.file)
        entry.rows = (entry.rows or 0) + int(row.rows)
        for words, word in (
            (entry.tables, messages.word("quality_table", row.table)),
            (entry.suppliers, messages.word("check.suppliers", row.supplier)),
        ):
            if word not in words:
                words.append(word)
    for row in issues:
        file(row["file"]).findings.append(_finding(row, messages))
    return list(files.values())


def _finding(row: Mapping[str, Any], messages: Messages) -> Finding:
    language, count = messages.language, int(row["count"])
    decision = row["decision"]
    return Finding(
        severity=row["severity"],
        what=_sentence(said(row["found"], language)),
        column=None if row["column"] is None else _column(row["column"], language),
        place=_place(row, count, messages),
        count=messages.number(count, 0) if row["line"] or count > 1 else None,
        expected=said(row["expected"], language),
        mend=None if row["mend"] == NOTHING else said(row["mend"], language),
        id=row["issue_id"],
        decision=None if decision is None else messages.word("check.decisions", decision),
    )


def _sentence(text: str | Markup) -> str | Markup:
    """`text` with a capital, unless it begins with a name such as sources.yaml, or is marked up."""
    return text[:1].upper() + text[1:] if not isinstance(text, Markup) and text.split()[0].isalpha() else text


def _column(name: str, language: str) -> str | Markup:
    """A column's name as it is, or in words where intake would not repeat it."""
    return said(name, language) if "is not shown" in name else name


def _place(row: Mapping[str, Any], count: int, messages: Messages) -> str | None:
    """First lines and how many more, in the unit that the kind of file counts."""
    if row["line"] is None:
        return None
    lines = row["line"].split()
    listed = ", ".join(lines)
    if count > len(lines):
        listed = messages.t("check.more", lines=listed, n=messages.number(count - len(lines), 0))
    counts_rows = str(row["file"]).lower().endswith((".parquet", ".sav", "]"))
    return messages.t("check.rows_of" if counts_rows else "check.lines", lines=listed)


def _rows_per_table(summary: pd.DataFrame, messages: Messages) -> list[tuple[str, int]]:
    rows = summary.groupby("table", sort=False)["rows"].sum()
    return [(messages.word("quality_table", table), int(count)) for table, count in rows.items()]
