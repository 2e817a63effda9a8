"""Blocks of the document as WordprocessingML: sentences, captions with numbered fields, tables with header rows.

- Every number stands between the ends of a hidden bookmark that names its result (`keys`).
- Numbers of captions are fields (`SEQ`), so that Word renumbers when an analyst adds a figure.
- The header row of a table repeats on each page, and no row breaks across two.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from pilot_analysis.present.table import Cell, Row, Table
from pilot_analysis.report import layout
from pilot_analysis.report.document import Bullets, Caption, Paragraph, Verbatim, Words
from pilot_analysis.report.keys import Bookmarks
from pilot_analysis.report.layout import Layout

TWIPS = 1440 / 25.4  # per millimetre
ROLES = {"headline": "Headline", "release": "Notice", "answer-synthetic": "Warning"}


def text(content: str, properties: str = "") -> str:
    """A run of text; `properties` are elements of its w:rPr."""
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{escape(content)}</w:t></w:r>'


def paragraph(inner: str, style: str = "", properties: str = "") -> str:
    """A paragraph with runs `inner`."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    head = f"<w:pPr>{named}{properties}</w:pPr>" if named or properties else ""
    return f"<w:p>{head}{inner}</w:p>"


def field_start(code: str, look: str = "") -> str:
    """What comes before what a field shows."""
    instruction = f'<w:r>{look}<w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
    return _char("begin", look) + instruction + _char("separate", look)


def field(code: str, shown: str = "", properties: str = "") -> str:
    """A field that Word computes, with what it shows until then."""
    look = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return field_start(code, look) + text(shown, properties) + _char("end", look)


def _char(kind: str, look: str = "") -> str:
    return f'<w:r>{look}<w:fldChar w:fldCharType="{kind}"/></w:r>'


FIELD_END = _char("end")


def marked(inner: str, result_id: str, bookmarks: Bookmarks) -> str:
    """`inner` between the ends of the next bookmark of `result_id`; as it is when there is no result."""
    if not result_id:
        return inner
    number, name = bookmarks.next(result_id)
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{inner}<w:bookmarkEnd w:id="{number}"/>'


def sentences(block: Paragraph, bookmarks: Bookmarks) -> str:
    """A paragraph of the text."""
    inner = "".join(marked(text(run.text), run.result_id, bookmarks) for run in block.runs)
    return paragraph(inner, ROLES.get(block.role, ""))


def bullets(block: Bullets) -> str:
    """A list."""
    return "".join(paragraph(text(item), "ListBullet") for item in block.items)


def verbatim(block: Verbatim) -> str:
    """A file, line by line."""
    return "".join(paragraph(text(line), "Verbatim") for line in block.text.splitlines())


def caption(made: Caption, *, above: bool) -> str:
    """`Table 3. Title` with its number as a field; above a table it stays with it."""
    bold = "<w:b/>"
    inner = text(f"{made.word} ", bold) + field(f"SEQ {made.word} \\* ARABIC", str(made.number), bold)
    return paragraph(inner + text(".", bold) + text(f" {made.text}"), "Caption", "<w:keepNext/>" if above else "")


def numbers(table: Table, look: Layout, bookmarks: Bookmarks) -> str:
    """A table of results, with a line for each section and its notes below, which the last row stays with."""
    noted = [(str(number), note) for number, note in enumerate(table.footnotes, start=1)]
    notes = [paragraph(text(note), "TableNote") for note in table.notes]
    notes += [paragraph(text(number, _RAISED) + text(f" {note}"), "TableNote") for number, note in noted]
    below = "".join(notes) or paragraph("", "TableNote")
    return (_lines(table, look, bookmarks) if table.rows else "") + below


def _lines(table: Table, look: Layout, bookmarks: Bookmarks) -> str:
    words = table.text_columns
    rows = [_row([_cell(text(name), look, k, k in words) for k, name in enumerate(table.columns)], header=True)]
    for section in table.sections:
        if section:
            rows.append(_section(section, look))
        rows += [_results(row, words, look, bookmarks) for row in table.rows if row.section == section]
    rows[-1] = rows[-1].replace(_styled(look), f"{_styled(look)}<w:keepNext/>")
    return _table(rows, table.title, look)


def words(block: Words, look: Layout) -> str:
    """A table of words; a cell of several texts has a paragraph for each."""
    rows = [_row([_cell(text(name), look, k, True) for k, name in enumerate(block.columns)], header=True)]
    for row in block.rows:
        cells = []
        for k, content in enumerate(row):
            english = '<w:rStyle w:val="English"/>' if k in block.english else ""
            lines = [content] if isinstance(content, str) else [f"• {item}" for item in content]
            cells.append(_cell([text(line, english) for line in lines], look, k, True))
        rows.append(_row(cells))
    return _table(rows, block.title, look) + paragraph("", "TableNote")


_RAISED = '<w:vertAlign w:val="superscript"/>'


def _results(row: Row, words: set[int], look: Layout, bookmarks: Bookmarks) -> str:
    cells = [_cell(_shown(cell, bookmarks), look, k, k in words) for k, cell in enumerate(row.cells)]
    return _row(cells)


def _shown(cell: Cell, bookmarks: Bookmarks) -> str:
    note = text(str(cell.note), _RAISED) if cell.note else ""
    content = layout.unbroken(cell.text) if cell.result_id else cell.text
    return marked(text(content), cell.result_id, bookmarks) + note


def _cell(inner: str | list[str], look: Layout, place: int, left: bool) -> str:
    size = f'<w:tcW w:w="{round(look.widths[place] * TWIPS)}" w:type="dxa"/>'
    side = "" if left else '<w:jc w:val="right"/>'
    lines = [inner] if isinstance(inner, str) else inner
    style = _style(look)
    return f"<w:tc><w:tcPr>{size}</w:tcPr>{''.join(paragraph(line, style, side) for line in lines)}</w:tc>"


def _style(look: Layout) -> str:
    return f"TableText{look.points:g}"


def _styled(look: Layout) -> str:
    return f'<w:pStyle w:val="{_style(look)}"/>'


def _row(cells: list[str], *, header: bool = False) -> str:
    repeat = "<w:tblHeader/>" if header else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(cells)}</w:tr>"


def _section(name: str, look: Layout) -> str:
    """A line across the table that stays with the next."""
    width = round(sum(look.widths) * TWIPS)
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F3F4F5"/>'
    span = f'<w:tcW w:w="{width}" w:type="dxa"/><w:gridSpan w:val="{len(look.widths)}"/>{shade}'
    inner = paragraph(text(name, "<w:b/>"), _style(look), '<w:keepNext/><w:spacing w:before="80" w:after="20"/>')
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr>{span}</w:tcPr>{inner}</w:tc></w:tr>"


def _table(rows: list[str], title: str, look: Layout) -> str:
    grid = "".join(f'<w:gridCol w:w="{round(width * TWIPS)}"/>' for width in look.widths)
    properties = (
        f'<w:tblStyle w:val="Results"/><w:tblW w:w="{round(sum(look.widths) * TWIPS)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:firstRow="1" w:firstColumn="1" w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblCaption w:val={quoteattr(title)}/>"
    )
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
