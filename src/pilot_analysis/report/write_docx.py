"""The report as a Word file in which an analyst goes on writing: headings, captions, tables and pictures are real.

- Every number stands in a hidden bookmark; which result it shows is listed in the file (`keys`).
- A wide table gets a turned page; tables that follow each other share it.
- The contents are a field without page numbers, which are only known to Word; the entries are links.
- Fails with `ValueError` when a figure has no PNG.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph

from pilot_analysis.report import docx_blocks as made
from pilot_analysis.report.document import (
    Block,
    Bullets,
    Document,
    Figure,
    Fold,
    Heading,
    Numbers,
    Paragraph,
    Section,
    Verbatim,
    Words,
)
from pilot_analysis.report.docx_package import add_keys, blank, packed
from pilot_analysis.report.keys import Bookmarks
from pilot_analysis.report.layout import PICTURE, of_numbers, of_words


def write(document: Document) -> bytes:
    """The Word file."""
    word = _Word(document)
    for section in document.sections:
        word.section(section)
    add_keys(word.file, word.bookmarks.xml())
    return packed(word.file)


class _Word:
    """Puts blocks at the end of a Word file."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.file: WordDocument = blank(document)
        self.bookmarks = Bookmarks()
        self._body = self.file.element.body
        self._turned = False
        self._last = self._body.find(qn("w:sectPr"))
        self._front()

    def add(self, xml: str) -> None:
        """Put elements at the end."""
        for element in list(parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>")):
            self._last.addprevious(element)

    def _front(self) -> None:
        document = self.document
        self.add(made.paragraph(made.text(document.title), "Title"))
        self.add(made.paragraph(made.text(document.subtitle), "Subtitle"))
        self.add("".join(made.paragraph(made.text(fact), "Facts") for fact in document.facts))

    def section(self, section: Section) -> None:
        """A chapter; the contents come behind the first."""
        place = self.document.sections.index(section)
        heading = made.text(section.title)
        anchor = f'<w:bookmarkStart w:id="{place}" w:name="_Toc{place}"/>{heading}<w:bookmarkEnd w:id="{place}"/>'
        self.turn(False)
        self.add(made.paragraph(anchor, "Heading1"))
        self.blocks(section.blocks)
        if place == 0:
            self._contents()

    def blocks(self, blocks: tuple[Block, ...]) -> None:
        """Each block in its way; a table says itself which way the page is turned."""
        for block in blocks:
            if not isinstance(block, Numbers | Words):
                self.turn(False)
            _WRITERS[type(block)](self, block)

    def paragraph(self, block: Paragraph) -> None:
        """Sentences, unless they are for another format."""
        if "docx" in block.formats:
            self.add(made.sentences(block, self.bookmarks))

    def figure(self, block: Figure) -> None:
        """A picture with its alternative text and its caption below; its note where nothing is drawn."""
        if block.note:
            self.add(made.paragraph(made.text(block.note), "", "<w:keepNext/>"))
            self.add(made.caption(block.caption, above=False))
            return
        if not block.png:
            raise ValueError(f"figure {block.name}: no PNG for the Word report")
        self.add(made.paragraph("", "Picture"))
        place = WordParagraph(self._last.getprevious(), self.file._body)
        inline = place.add_run().add_picture(io.BytesIO(block.png), width=Mm(PICTURE))._inline
        inline.docPr.set("descr", block.alt)
        inline.docPr.set("name", block.name)
        self.add(made.caption(block.caption, above=False))

    def numbers(self, block: Numbers) -> None:
        """A table of results below its caption."""
        look = of_numbers(block.table)
        self.turn(look.turned)
        assert block.caption is not None
        self.add(made.caption(block.caption, above=True) + made.numbers(block.table, look, self.bookmarks))

    def words(self, block: Words) -> None:
        """A table of words below the heading that is already there."""
        self.add(made.words(block, of_words(block)))

    def fold(self, block: Fold) -> None:
        """What HTML folds away stands below a heading here."""
        self.add(made.paragraph(made.text(block.title), "Heading2"))
        self.blocks(block.blocks)

    def turn(self, turned: bool) -> None:
        """From here on upright or turned pages: what came before gets its section."""
        if turned == self._turned:
            return
        ended = parse_xml(self._last.xml)
        before = self._last.getprevious()
        before.get_or_add_pPr().append(ended)
        size = self._last.find(qn("w:pgSz"))
        wide, high = size.get(qn("w:w")), size.get(qn("w:h"))
        size.set(qn("w:w"), high)
        size.set(qn("w:h"), wide)
        size.set(qn("w:orient"), "landscape" if turned else "portrait")
        self._turned = turned

    def _contents(self) -> None:
        """A field that Word can update; until then it shows links to the chapters."""
        document = self.document
        begin = made.field_start('TOC \\o "1-1" \\n \\h \\z \\u')
        lines = [
            f'<w:hyperlink w:anchor="_Toc{place}" w:history="1">{made.text(section.title)}</w:hyperlink>'
            for place, section in enumerate(document.sections)
        ]
        lines = [begin + lines[0], *lines[1:-1], lines[-1] + made.FIELD_END]
        self.add(made.paragraph(made.text(document.words["contents"]), "TOCHeading"))
        self.add("".join(made.paragraph(line, "TOC1") for line in lines))


_WRITERS: dict[type, Callable[[_Word, Block], None]] = {
    Paragraph: _Word.paragraph,
    Bullets: lambda word, block: word.add(made.bullets(block)),
    Heading: lambda word, block: word.add(made.paragraph(made.text(block.text), "Heading2")),
    Figure: _Word.figure,
    Numbers: _Word.numbers,
    Words: _Word.words,
    Verbatim: lambda word, block: word.add(made.verbatim(block)),
    Fold: _Word.fold,
}
