"""Reads a report back from each format, with a parser that has nothing to do with the writer: what does a reader see?

A cell is its text with the number of its note (`– [1]`); blanks are one space each. A section is a row of one cell.
"""

import csv
import io
import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

import docx
import pypdf
from docx.oxml.ns import qn
from python_calamine import CalamineWorkbook

from pilot_analysis.report.keys import NAMESPACE

VOID = {"meta", "br", "hr", "img", "link", "input", "col"}


def clean(text: str) -> str:
    """`text` with one space for every run of blanks, breaking or not."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def packed(text: str) -> str:
    """`text` without blanks and with plain signs: a PDF does not say where its spaces are, nor ligatures or squares."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@dataclass
class Read:
    """What one file shows: paragraphs, captions, tables by caption, numbers with their results, pictures."""

    paragraphs: list[str] = field(default_factory=list)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    keys_in_tables: list[str] = field(default_factory=list)


class HtmlReader(HTMLParser):
    """The HTML report."""

    def __init__(self, text: str):
        super().__init__()
        self.read, self.names = Read(), {}
        self._open, self._text, self._number, self._rows = [], [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "svg":
            self.read.alternatives.append(clean(given["aria-label"]))
        if tag in VOID:
            return
        self._open.append((tag, given))
        if tag == "div" and given.get("class") == "table":
            self._rows, self._name = [], given["id"].removeprefix("table-")
        if tag in ("p", "caption", "figcaption", "td", "th", "h1", "h2", "h3"):
            self._text = []
        if tag == "tr" and self._rows is not None:
            self._rows.append([])
        if tag == "sup" and self._rows is not None:
            self._text.append(" [")
        if "data-result-id" in given:
            self._number = (given["data-result-id"], [])

    def handle_endtag(self, tag):
        opened, given = self._open.pop()
        assert opened == tag
        text = clean("".join(self._text))
        if tag == "sup" and self._rows is not None:
            self._text.append("]")
        if "data-result-id" in given:
            self.read.numbers.append((self._number[0], clean("".join(self._number[1]))))
            self._number = None
            if self._rows is not None:
                self.read.keys_in_tables.append(given["data-result-id"])
        if tag in ("td", "th") and self._rows is not None:
            self._rows[-1].append(text)
        if tag in ("caption", "figcaption"):
            self.read.captions.append(text)
        if tag == "table" and self._rows is not None:
            caption = self.read.captions[-1]
            self.read.tables[caption], self.names[caption], self._rows = self._rows, self._name, None
        if tag == "p" and given.get("class") == "caption":  # of a table that says in a sentence why it is not shown
            self.read.captions.append(text)
            self._rows = None
        elif tag == "p":
            self.read.paragraphs.append(re.sub(r"^\[(\d+)\]", r"\1", text))

    def handle_data(self, data):
        self._text.append(data)
        if self._number is not None and self._open[-1][0] != "sup":
            self._number[1].append(data)


def read_docx(content: bytes) -> Read:
    """The Word report, as an analyst's own program would read it."""
    read, file = Read(), docx.Document(io.BytesIO(content))
    for element in file.element.body:
        if element.tag == qn("w:p"):
            style = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            caption = style is not None and style.get(qn("w:val")) == "Caption"
            (read.captions if caption else read.paragraphs).append(clean(_text(element)))
        elif element.tag == qn("w:tbl"):
            rows = [[clean(_text(cell)) for cell in row.findall(qn("w:tc"))] for row in element.findall(qn("w:tr"))]
            last = read.captions[-1] if read.captions else ""
            read.tables[f"words {len(read.tables)}" if last in read.tables else last] = rows
    read.alternatives = [clean(found.get("descr")) for found in file.element.body.iter(qn("wp:docPr"))]
    read.numbers = _bookmarked(file)
    return read


def _text(element) -> str:
    """Text of an element; raised text is the number of a note."""
    parts = []
    for run in element.iter(qn("w:r")):
        shown = "".join(part.text or "" for part in run.findall(qn("w:t")))
        raised = run.find(f"{qn('w:rPr')}/{qn('w:vertAlign')}") is not None
        in_table = any(above.tag == qn("w:tc") for above in run.iterancestors())
        parts.append(f" [{shown}]" if raised and in_table else shown)
    return "".join(parts)


def _bookmarked(file) -> list[tuple[str, str]]:
    """Numbers in order: what stands in a hidden bookmark, with the result that the list in the file names."""
    listed = next(part.blob for part in file.part.package.iter_parts() if str(part.partname) == "/customXml/item1.xml")
    results = {
        item.get("bookmark"): item.get("result_id") for item in ET.fromstring(listed).iter(f"{{{NAMESPACE}}}number")
    }
    found = []
    for start in file.element.body.iter(qn("w:bookmarkStart")):
        name = start.get(qn("w:name"))
        if name.startswith("_Toc"):
            continue
        text, element = "", start.getnext()
        while element.tag != qn("w:bookmarkEnd"):
            text, element = text + _text_of_run(element), element.getnext()
        found.append((results.pop(name), clean(text)))
    assert results == {}, "a bookmark that is listed and not there"
    return found


def _text_of_run(run) -> str:
    return "".join(part.text or "" for part in run.findall(qn("w:t")))


@dataclass
class ReadPdf:
    """Text of the PDF without blanks, the attached list of numbers, alternative texts, and counts of its tags."""

    text: str
    numbers: list[dict[str, str]]
    alternatives: list[str]
    tags: dict[str, int]
    reader: pypdf.PdfReader


@lru_cache(maxsize=4)
def read_pdf(content: bytes) -> ReadPdf:
    """The PDF report."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    listed = reader.attachments["results.csv"][0].decode()
    tags, alternatives = {}, []
    waiting = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            if "/S" in node:
                tags[node["/S"]] = tags.get(node["/S"], 0) + 1
            if node.get("/S") == "/Figure":
                alternatives.append(clean(node["/Alt"]))
            if "/K" in node:
                waiting.append(node["/K"])
    text = packed("\n".join(_body([page.extract_text().splitlines() for page in reader.pages])))
    return ReadPdf(text, list(csv.DictReader(io.StringIO(listed))), alternatives, tags, reader)


def _body(pages: list[list[str]]) -> list[str]:
    """Lines of all pages without those that every page has: the banner, and the number of the page."""
    same = {line for line in pages[0] if all(line in page for page in pages)}
    numbered = re.compile(r"\w+ \d+ (of|van) \d+")
    return [line for page in pages for line in page if line not in same and not numbered.fullmatch(line.strip())]


def read_xlsx(content: bytes) -> dict[str, list[list]]:
    """Rows of each sheet of the workbook."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def values(text: str, language: str) -> list[float]:
    """Numbers in a text, in order, whatever the language."""
    decimal, thousand = (",", ".") if language == "nl" else (".", ",")
    found = re.findall(r"(?<![\w.,])[−+-]?\d+(?:[.,]\d+)*", text)
    return [float(one.replace(thousand, "").replace(decimal, ".").replace("−", "-")) for one in found]
