"""One document in four formats and two languages: equal numbers, traceable, accessible, the same bytes."""

import dataclasses
import io
import json
import zipfile

import docx
import pytest
import typst
from docx.oxml.ns import qn
from present_rows import PLAN, RUN, small_curves, small_store
from report_equality import assert_all_equal, assert_languages_equal
from report_readers import HtmlReader, packed, read_docx, read_pdf, read_xlsx

from pilot_analysis.messages import load
from pilot_analysis.present.figures import draw_all, render
from pilot_analysis.present.store import Store
from pilot_analysis.present.table import Cell, Row, Table
from pilot_analysis.present.tables import build_all
from pilot_analysis.report.compose import compose
from pilot_analysis.report.document import Numbers, Section
from pilot_analysis.report.formats import WRITERS, write
from pilot_analysis.report.keys import bookmark
from pilot_analysis.report.write_pdf import plain, sources

DRAWN = ("flow", "forest_full_rtw")
ABSENT = "km_fml_group"  # has no curve in the small store: a sentence says so
ODD = 'a "quoted" <b>#x</b> $y_1$ \\n *z* & =SUM(A1) @ref'


def document(language="nl", run=RUN):
    messages = load(language).under(PLAN)
    figures = draw_all(small_store(), small_curves(), messages, PLAN, synthetic=run["synthetic"])
    drawn = {name: render(figures[name], ("svg", "png")) for name in (*DRAWN, ABSENT)}
    svgs = {name: made["svg"].decode() for name, made in drawn.items()}
    pngs = {name: made["png"] for name, made in drawn.items()}
    return compose(small_store(), svgs, build_all(small_store(), messages), run, language, pngs)


@pytest.fixture(scope="module")
def documents():
    return {language: document(language) for language in ("nl", "en")}


@pytest.fixture(scope="module")
def files(documents):
    return {
        language: {kind: write(made, kind) for kind in ("html", "docx", "pdf", "xlsx")}
        for language, made in documents.items()
    }


def with_table(made, table):
    """The same document with one more table, in a section of its own."""
    block = Numbers("odd", table, dataclasses.replace(made.tables[0].caption, number=99, text=table.title))
    return dataclasses.replace(made, sections=(*made.sections, Section("odd", ODD, (block,))))


def test_every_format_shows_the_same_and_so_do_both_languages(files):
    dutch, english = (assert_all_equal(made, language) for language, made in files.items())
    assert_languages_equal(dutch, english)


def test_what_is_not_shown_is_a_sentence_in_every_format(documents, files):
    for language, made in documents.items():
        empty = next(block for block in made.blocks() if isinstance(block, Numbers) and not block.table.rows)
        absent = next(figure for figure in made.figures if figure.note)
        page = HtmlReader(files[language]["html"].decode()).read
        word, pdf = read_docx(files[language]["docx"]), read_pdf(files[language]["pdf"])
        for sentence in (*empty.table.notes, absent.note):
            assert sentence in page.paragraphs
            assert sentence in word.paragraphs
            assert packed(sentence) in pdf.text
        for caption in (empty.caption, absent.caption):
            assert f"{caption.label}. {caption.text}" in page.captions
            assert packed(f"{caption.label}. {caption.text}") in pdf.text
        assert f'id="figure-{absent.name}"' in files[language]["html"].decode()
        assert absent.alt not in page.alternatives


@pytest.mark.parametrize("kind", ["docx", "pdf", "xlsx"])
def test_one_changed_digit_in_one_format_is_seen(documents, files, kind):
    def change(block):
        if not (isinstance(block, Numbers) and block.name == "baseline"):
            return block
        row = block.table.rows[0]
        cells = [row.cells[0], dataclasses.replace(row.cells[1], text="44,1 (12,9)"), *row.cells[2:]]
        rows = [Row(cells, row.section), *block.table.rows[1:]]
        return dataclasses.replace(block, table=dataclasses.replace(block.table, rows=rows))

    made = documents["nl"]
    sections = [dataclasses.replace(part, blocks=tuple(map(change, part.blocks))) for part in made.sections]
    other = write(dataclasses.replace(made, sections=tuple(sections)), kind)
    assert other != files["nl"][kind]
    with pytest.raises(AssertionError):
        assert_all_equal({**files["nl"], kind: other}, "nl")


def test_the_same_document_gives_the_same_bytes(documents, files):
    for kind in WRITERS:
        assert write(documents["en"], kind) == files["en"][kind], kind


def test_every_number_is_of_a_result_that_exists(files):
    known = {result.result_id for result in Store(small_store()).rows}
    shown = {key for key, _ in read_docx(files["nl"]["docx"]).numbers}
    assert len(shown) > 20
    assert shown <= known
    assert {line["result_id"] for line in read_pdf(files["nl"]["pdf"]).numbers} <= known


def test_bookmarks_are_hidden_and_fit_what_word_allows():
    names = {bookmark(f"{'a.long.key.' * 20}{k}", place) for k in range(200) for place in (1, 12345)}
    assert len(names) == 400
    assert all(len(name) <= 40 and name.startswith("_") and name.replace("_", "a").isalnum() for name in names)


def test_word_knows_language_headings_captions_and_header_rows(files):
    for language, code, word in (("nl", "nl-NL", "Tabel"), ("en", "en-GB", "Table")):
        file = docx.Document(io.BytesIO(files[language]["docx"]))
        assert file.core_properties.language == code
        assert file.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}").get(qn("w:val")) == code
        styles = [paragraph.style.name for paragraph in file.paragraphs]
        assert styles.count("Title") == 1
        assert styles.count("Heading 1") > 10
        codes = [found.text.split() for found in file.element.body.iter(qn("w:instrText"))]
        captions = [text for text in read_docx(files[language]["docx"]).captions if text.startswith(word)]
        assert [found[:2] for found in codes].count(["SEQ", word]) == len(captions) > 10
        assert all(table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None for table in file.tables)


def test_the_banner_is_on_every_page_only_for_synthetic_data(files):
    banner = load("en").t("report.synthetic_banner")
    file = docx.Document(io.BytesIO(files["en"]["docx"]))
    assert {section.header.paragraphs[0].text for section in file.sections} == {banner}
    pages = [page.extract_text() for page in read_pdf(files["en"]["pdf"]).reader.pages]
    assert all(banner in " ".join(page.split()) for page in pages)
    assert all(rows[1][0] == banner for rows in read_xlsx(files["en"]["xlsx"]).values())
    real = document("en", {**RUN, "synthetic": False})
    assert banner not in read_pdf(write(real, "pdf")).reader.pages[0].extract_text()
    assert "made up" not in docx.Document(io.BytesIO(write(real, "docx"))).sections[0].header.paragraphs[0].text


def test_the_pdf_is_tagged_titled_and_says_what_it_is(documents, files):
    pdf = read_pdf(files["nl"]["pdf"])
    root = pdf.reader.trailer["/Root"]
    assert root["/Lang"] == "nl-NL"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.reader.metadata.title == documents["nl"].title
    about = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in about
    assert "<pdfaid:part>3</pdfaid:part>" in about
    assert pdf.tags["/Figure"] == len(DRAWN)
    tables = read_docx(files["nl"]["docx"]).tables
    assert pdf.tags["/Table"] == len(tables)
    assert pdf.tags["/THead"] == sum(len(rows) > 1 for rows in tables.values())
    assert pdf.tags["/H1"] >= len(documents["nl"].sections)


def test_nothing_says_when_or_where_it_was_made(files):
    day = "2022-12-31"  # the end of the data
    for made in files.values():
        for kind in ("docx", "xlsx"):
            with zipfile.ZipFile(io.BytesIO(made[kind])) as archive:
                assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
                core = archive.read("docProps/core.xml").decode()
            assert core.count(day) == 2
        assert read_pdf(made["pdf"]).reader.metadata.creation_date.date().isoformat() == day


def test_signs_of_every_markup_stay_text(documents):
    table = Table(ODD, ["a", ODD], [Row([Cell(ODD), Cell("1,5", "x.y")], ODD)], [ODD], [ODD])
    made = with_table(documents["nl"], table)
    assert f"Tabel 99. {ODD}" in read_docx(write(made, "docx")).captions
    assert read_pdf(write(made, "pdf")).text.count("".join(ODD.split())) >= 6
    sheet = read_xlsx(write(made, "xlsx"))["odd"]
    assert sheet[3][:3] == [ODD, ODD, 1.5]
    assert "&lt;b&gt;#x" in write(made, "html").decode()


def test_a_wide_table_gets_a_turned_page_in_word_and_pdf(documents):
    columns = [f"column {k}" for k in range(14)]
    wide = Table("wide", columns, [Row([Cell("12,34 (10,00 tot 99,99)", "x.y")] * 14)])
    made = with_table(documents["nl"], wide)
    sections = docx.Document(io.BytesIO(write(made, "docx"))).sections
    assert sections[0].page_width < sections[0].page_height
    assert sections[-1].page_width > sections[-1].page_height
    last = read_pdf(write(made, "pdf")).reader.pages[-1].mediabox
    assert last.width > last.height


def test_a_figure_without_a_picture_is_no_word_report():
    messages = load("en").under(PLAN)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="5pt"/>'
    made = compose(small_store(), {"flow": svg}, build_all(small_store(), messages), RUN, "en")
    with pytest.raises(ValueError, match="figure flow: no PNG"):
        write(made, "docx")


def test_the_compiler_of_the_pdf_has_nothing_to_say(documents):
    _, warnings = typst.compile_with_warnings(sources(documents["en"]), format="pdf", ignore_system_fonts=True)
    assert warnings == []


def test_the_document_is_plain_data_for_the_pdf(documents):
    found = json.loads(json.dumps(plain(documents["nl"])))
    assert [part["title"] for part in found["sections"]] == [part.title for part in documents["nl"].sections]
