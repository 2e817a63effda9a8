"""The report in the formats that were asked for, as bytes, all from one document."""

from __future__ import annotations

from collections.abc import Callable

from pilot_analysis.report import html, write_docx, write_pdf, write_xlsx
from pilot_analysis.report.document import Document

WRITERS: dict[str, Callable[[Document], bytes]] = {
    "html": lambda document: html.write(document).encode("utf-8"),
    "docx": write_docx.write,
    "pdf": write_pdf.write,
    "xlsx": write_xlsx.write,
}


def write(document: Document, kind: str) -> bytes:
    """The file of format `kind`: html, docx, pdf or xlsx."""
    return WRITERS[kind](document)
