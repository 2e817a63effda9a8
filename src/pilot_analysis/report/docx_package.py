"""The Word file around the text: styles, language, header and footer, properties, the list of keys, fixed bytes.

- Styles are our own few (`templates/styles.xml`), in place of the hundred of python-docx's template.
- Nothing in the file says when or where it was made: dates are the day of the data, the archive has none.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from importlib import resources

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE as KINDS
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm

from pilot_analysis.report.document import Document
from pilot_analysis.report.docx_blocks import field, text
from pilot_analysis.report.layout import MARGIN

LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DROPPED = ("thumbnail", "stylesWithEffects", "customXml", "webSettings")


def blank(document: Document) -> WordDocument:
    """A Word file without text that knows its language, styles, page and properties."""
    word = docx.Document()
    for rels in (word.part.package.rels, word.part.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.rpartition("/")[2] in _DROPPED]:
            del rels[key]
    _styles(word, LANGUAGES[document.language])
    _properties(word, document)
    _page(word.sections[0])
    _header(word.sections[0], document)
    return word


def add_keys(word: WordDocument, content: bytes) -> None:
    """Put the list of keys into the file, as XML that Word keeps."""
    part = Part(PackURI("/customXml/item1.xml"), "application/xml", content, word.part.package)
    word.part.relate_to(part, KINDS.CUSTOM_XML)


def packed(word: WordDocument) -> bytes:
    """The file as bytes: the same for the same content."""
    made, fixed = io.BytesIO(), io.BytesIO()
    word.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            kept = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED  # a PNG is packed already
            new.writestr(zipfile.ZipInfo(name, _EPOCH), old.read(name), kept)
    return fixed.getvalue()


def _styles(word: WordDocument, language: str) -> None:
    asset = resources.files(__package__).joinpath("templates", "styles.xml").read_text(encoding="utf-8")
    styles = word.styles.element
    styles[:] = list(parse_xml(asset.replace("LANGUAGE", language).encode()))
    settings = word.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), language)
    for mode in settings.iter(qn("w:compatSetting")):
        if mode.get(qn("w:name")) == "compatibilityMode":
            mode.set(qn("w:val"), "15")  # of Word 2013 and later: no "compatibility mode" in the title bar


def _properties(word: WordDocument, document: Document) -> None:
    known = word.core_properties
    known.title, known.subject, known.language = document.title, document.subtitle, LANGUAGES[document.language]
    known.author = known.last_modified_by = "pilot_analysis"
    known.comments = known.keywords = known.category = ""
    known.created = known.modified = dt.datetime.combine(document.date, dt.time())
    known.revision = 1


def _page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN)
    section.header_distance = section.footer_distance = Mm(9)


def _header(section: Section, document: Document) -> None:
    """The banner above every page, its number below."""
    head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
    head.text = document.banner
    words = document.words
    runs = text(f"{words['page']} ") + field("PAGE", "1") + text(f" {words['of']} ") + field("NUMPAGES", "1")
    foot._p.extend(parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>"))
