"""The same report in four formats and two languages: what must be equal, for small reports and for that of a run."""

import re
from collections import Counter

from report_readers import HtmlReader, Read, ReadPdf, packed, read_docx, read_pdf, read_xlsx, values

from pilot_analysis.messages import load

ONLY = "report.trace"  # a sentence that each format has for itself


def assert_all_equal(files: dict[str, bytes], language: str) -> Read:
    """HTML = Word = PDF = workbook; returns what the HTML shows."""
    page = HtmlReader(files["html"].decode())
    assert len(page.read.numbers) > 40
    assert_word(page.read, read_docx(files["docx"]), language)
    assert_pdf(page.read, read_pdf(files["pdf"]), language)
    assert_workbook(page, read_xlsx(files["xlsx"]), language)
    return page.read


def _own(paragraphs: list[str], language: str) -> list[str]:
    texts = load(language).texts
    return [text for text in paragraphs if text not in {texts[f"{ONLY}.{kind}"] for kind in ("html", "docx", "pdf")}]


def assert_word(page: Read, word: Read, language: str) -> None:
    """Every number with its result in the same order; every cell, caption, paragraph and alternative text."""
    assert word.numbers == page.numbers
    assert {name: word.tables[name] for name in page.tables} == page.tables
    assert word.alternatives == page.alternatives
    assert Counter(word.captions) == Counter(page.captions)
    assert [text for text in _own(page.paragraphs, language) if text not in word.paragraphs] == []


def assert_pdf(page: Read, pdf: ReadPdf, language: str) -> None:
    """Every row of every table in order below its caption; every paragraph; the attached list in order."""
    assert [text for text in _own(page.paragraphs, language) if packed(text) not in pdf.text] == []
    for caption, rows in page.tables.items():
        place = pdf.text.index(packed(caption))
        for row in rows:
            shown = "".join(packed(_without_brackets(cell)) for cell in row)
            place = pdf.text.find(shown, place)
            assert place >= 0, (caption, row)
    listed = [(line["result_id"], " ".join(line["text"].split())) for line in pdf.numbers]
    assert listed[: len(page.numbers)] == page.numbers
    assert pdf.alternatives == page.alternatives


def _without_brackets(cell: str) -> str:
    """The note of a cell is raised and without brackets in a PDF."""
    head, bracket, note = cell.rpartition(" [")
    return head + note[:-1] if bracket and note[:-1].isdigit() else cell


def assert_workbook(page: HtmlReader, sheets: dict[str, list[list]], language: str) -> None:
    """Every cell as shown with its key; its numbers as numbers, a percentage as a share."""
    words = {name: load(language).t(f"report.word.{name}") for name in ("shown", "key")}
    keys = iter(page.read.keys_in_tables)
    for caption, rows in page.read.tables.items():
        sheet = sheets[page.names[caption]]
        assert sheet[0][0] == caption
        sectioned = any(len(row) == 1 for row in rows)
        lines = iter(sheet[3:])
        for row in (row for row in rows[1:] if len(row) > 1):
            groups = _groups(rows[0], sheet[2], next(lines), sectioned, words)
            assert len(groups) == len(row)
            for cell, group in zip(row, groups, strict=True):
                assert_group(cell, group, language)
                if group["key"]:
                    assert next(keys) == group["key"]
    assert next(keys, None) is None


def _groups(columns: list[str], header: list[str], line: list, sectioned: bool, words: dict[str, str]) -> list[dict]:
    """Cells of the sheet by column of the table: what is shown, the numbers, the key."""
    groups, place = [], 1 if sectioned else 0
    for column in columns:
        end = place + 1
        while end < len(header) and header[end].startswith(f"{column}: "):
            end += 1
        keyed = words["key"] in header[end - 1].rpartition(": ")[2] and end > place + 1
        cells = line[place : end - 1] if keyed else line[place:end]
        groups.append({"shown": cells[0], "numbers": [x for x in cells[1:] if x != ""], "key": line[end - 1] * keyed})
        place = end
    assert place == len(header)
    return groups


def assert_group(cell: str, group: dict, language: str) -> None:
    """One cell of the page against its columns in the sheet; what a `<` stands before is no number."""
    bare = _bare(cell)
    read = values(re.sub(r"[<>] \S+", "", bare), language)
    if isinstance(group["shown"], float):  # a column of numbers
        assert [group["shown"]] == [x / 100 if bare.endswith("%") else x for x in read], cell
        return
    assert " ".join(group["shown"].split()) == cell
    if group["key"]:
        shares = [sorted(x / 100 if k in part else x for k, x in enumerate(read)) for part in _percentages(bare, read)]
        assert sorted(group["numbers"]) in [[round(x, 9) for x in share] for share in shares], cell


def _bare(cell: str) -> str:
    head, bracket, note = cell.rpartition(" [")
    return head if bracket and note[:-1].isdigit() else cell


def _percentages(bare: str, read: list[float]) -> list[set[int]]:
    """Which of the numbers may be shares: those with a sign, and the limits of an interval whose estimate has one."""
    if "%" not in bare:
        return [set()]
    return [{k for k in range(len(read)) if mask >> k & 1} for mask in range(1, 2 ** len(read))]


def assert_languages_equal(dutch: Read, english: Read) -> None:
    """The same numbers of the same results, cell by cell and in each sentence; only the notation differs."""
    assert _counted(dutch, "nl") == _counted(english, "en")
    assert len(dutch.tables) == len(english.tables)
    for left, right in zip(dutch.tables.values(), english.tables.values(), strict=True):
        assert [[values(cell, "nl") for cell in row[1:]] for row in left[1:]] == [
            [values(cell, "en") for cell in row[1:]] for row in right[1:]
        ]


def _counted(read: Read, language: str) -> Counter:
    return Counter((key, tuple(values(text, language))) for key, text in read.numbers)
