"""The report as PDF: tagged (PDF/UA-1) and fit for an archive (PDF/A-3a), with the keys of its numbers attached.

- The document becomes plain data (`report.json`) which `templates/report.typ` lays out; texts are strings there, never
  markup. Figures stay vectors. Only fonts within the compiler are used, so that every machine gives the same file.
- `results.csv`, attached to the PDF, has a line for each number shown: where, what, and which result.
- The compiler refuses a figure without alternative text and anything else that breaks the standard.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

import typst

from pilot_analysis.present.table import Table
from pilot_analysis.report import layout
from pilot_analysis.report.document import Block, Document, Figure, Fold, Numbers, Paragraph, Words
from pilot_analysis.report.layout import PICTURE, Layout

STANDARDS = ["ua-1", "a-3a"]
REGIONS = {"nl": "NL", "en": "GB"}


def write(document: Document) -> bytes:
    """The PDF file."""
    day = dt.datetime.combine(document.date, dt.time(), tzinfo=dt.UTC)
    made = sources(document)
    return typst.compile(made, format="pdf", pdf_standards=STANDARDS, timestamp=day, ignore_system_fonts=True)


def sources(document: Document) -> dict[str, bytes]:
    """What the compiler reads: the template, the document as data, figures and the list of numbers."""
    template = resources.files(__package__).joinpath("templates", "report.typ").read_bytes()
    files = {f"{figure.name}.svg": figure.svg.encode() for figure in document.figures if not figure.note}
    files |= {"main": template, "results.csv": results(document).encode()}
    return files | {"report.json": json.dumps(plain(document), ensure_ascii=False).encode()}


def results(document: Document) -> str:
    """A line for each number: its place (section, or table with row and column), text and result."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["place", "row", "column", "text", "result_id"])
    writer.writerows(document.shown())
    return out.getvalue()


def plain(document: Document) -> dict[str, Any]:
    """The document as plain values."""
    return {
        "language": document.language,
        "region": REGIONS[document.language],
        "title": document.title,
        "subtitle": document.subtitle,
        "banner": document.banner,
        "date": [document.date.year, document.date.month, document.date.day],
        "facts": document.facts,
        "words": document.words,
        "picture": PICTURE,
        "sections": [{"title": part.title, "blocks": _blocks(part.blocks)} for part in document.sections],
    }


def _blocks(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks in order; wide tables that follow each other share their turned pages."""
    made: list[dict[str, Any]] = []
    shown = (block for block in blocks if not isinstance(block, Paragraph) or "pdf" in block.formats)
    for turned, group in itertools.groupby(map(_block, shown), key=lambda block: block.get("turned", False)):
        found = list(group)
        made += [{"kind": "turned", "blocks": found}] if turned else found
    return made


def _block(block: Block) -> dict[str, Any]:
    kind = {"kind": block.kind}
    if isinstance(block, Paragraph):
        return {**kind, "text": block.text, "role": block.role}
    if isinstance(block, Figure):
        label = {"word": block.caption.word, "caption": block.caption.text}
        return {**kind, **label, "alt": block.alt, "file": f"{block.name}.svg", "note": block.note}
    if isinstance(block, Numbers):
        return {**kind, **_numbers(block)}
    if isinstance(block, Words):
        look = _look(layout.of_words(block), set(range(len(block.columns))), block.columns)
        return {**kind, **look, "rows": block.rows, "english": sorted(block.english)}
    if isinstance(block, Fold):
        return {**kind, "title": block.title, "blocks": _blocks(block.blocks)}
    return {**kind, **vars(block)}


def _look(look: Layout, left: set[int], columns: Iterable[str]) -> dict[str, Any]:
    names = list(columns)
    return {
        "turned": look.turned,
        "points": look.points,
        "widths": look.widths,
        "left": [k in left for k in range(len(names))],
        "columns": names,
    }


def _numbers(block: Numbers) -> dict[str, Any]:
    assert block.caption is not None
    table = block.table
    return {
        **_look(layout.of_numbers(table), table.text_columns, table.columns),
        "word": block.caption.word,
        "caption": block.caption.text,
        "rows": list(_rows(table)),
        "notes": table.notes,
        "footnotes": table.footnotes,
    }


def _rows(table: Table) -> Iterable[dict[str, Any]]:
    for section in table.sections:
        if section:
            yield {"section": section}
        for row in table.rows:
            if row.section == section:
                cells = [(layout.unbroken(c.text) if c.result_id else c.text, c.note) for c in row.cells]
                yield {"cells": [{"text": text, "note": note} for text, note in cells]}
