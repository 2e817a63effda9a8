"""Nothing of a person in any output of a refused delivery: every value of the input that belongs to one case."""

from __future__ import annotations

import datetime as dt
import io
import re

import pyarrow.parquet as pq
import pytest
import python_calamine
from corpus import REFUSED, refused
from corpus_base import SOUND

from pilot_analysis.schemas.canonical import PROVENANCE, TABLES

ID = re.compile(r"[a-z]{2}\d[a-z]_[a-z]\d|int_\w+|\d{9}")
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{1,2})-(\d{1,2})-(\d{4})")
SHORTEST = 4


def vocabulary() -> set[str]:
    """Words that may be said whoever delivers them: tables, columns and listed values."""
    words = {*TABLES, *PROVENANCE}
    for table in TABLES.values():
        words |= set(table.schema.columns)
        for column in table.schema.columns.values():
            words |= set((column.metadata or {}).get("values") or ())
    return words


def lines(content: str | bytes) -> list[list[str]]:
    """Cells of a delivered file as text, line by line, header included."""
    data = content.encode() if isinstance(content, str) else content
    try:
        if data.startswith(b"PK"):
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
            return [
                [str(cell) for cell in row]
                for name in book.sheet_names
                for row in book.get_sheet_by_name(name).to_python()
            ]
        if data.startswith(b"PAR1"):
            table = pq.read_table(io.BytesIO(data))
            return [table.column_names, *([str(cell) for cell in row.values()] for row in table.to_pylist())]
    except Exception:  # a damaged file of the corpus: its bytes as text will do
        pass
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    return [[cell.strip(' "') for cell in re.split(r"[,;\t]", line)] for line in re.split(r"\r\n|\r|\n", text)]


def secrets(changes: dict) -> set[str]:
    """Pseudonyms, dates and values of four characters or more that belong to one case, dates in all notations."""
    owners: dict[str, set] = {}
    for name, content in (SOUND | dict(changes)).items():
        if content is None or name == "sources.yaml":
            continue
        for place, cells in enumerate(lines(content)):
            case = next((cell for cell in cells if ID.fullmatch(cell)), (name, place))
            for cell in cells:
                if place or ID.fullmatch(cell) or DAY.fullmatch(cell):
                    owners.setdefault(cell, set()).add(case)
    single = {cell for cell, cases in owners.items() if len(cases) == 1 and len(cell) >= SHORTEST}
    return {form for cell in single - vocabulary() for form in notations(cell)}


def notations(cell: str) -> set[str]:
    """A date as it is, as ISO, as day-month-year, with slashes, without signs; anything else as it is."""
    match = DAY.search(cell)
    if not match:
        return {cell}
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    iso = f"{year}-{month:0>2}-{day:0>2}"
    dutch = f"{day:0>2}-{month:0>2}-{year}"
    return {cell, iso, dutch, dutch.replace("-", "/"), iso.replace("-", ""), iso.replace("-", "/")}


def outputs(number: int) -> str:
    """All that is written about a refused delivery, without the style sheet of the pages."""
    found = refused(number)
    pages = (re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL) for page in found.pages.values())
    return "\n".join([found.listed, found.told, found.intake.summary.to_csv(), *pages])


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[entry.mode for entry in REFUSED])
def test_no_output_holds_a_value_of_one_case(number):
    written = outputs(number)
    sought = secrets(REFUSED[number].changes)
    assert len(sought) > 15
    assert [secret for secret in sorted(sought) if secret in written] == []


def test_the_search_knows_what_belongs_to_one_case():
    sought = secrets({})
    assert {
        "kx7r_a1",
        "2021-06-01",
        "01-06-2021",
        "01/06/2021",
        "20210601",
        "151.37",
        "dep_qa",
        "25.75",
        "1983",
    } <= sought
    assert not {"control", "dep_qc", "org_a", "reg_n", "case_id", "50", "1.0"} & sought


def test_the_search_reads_workbooks_and_parquet_and_would_find_a_leak():
    numbers = {entry.mode: number for number, entry in enumerate(REFUSED)}
    for mode in ("true in a column of numbers", "moments with a time zone"):
        entry = REFUSED[numbers[mode]]
        leak = {"true in a column of numbers": "dep_qa", "moments with a time zone": "2021-06-03"}[mode]
        assert leak in secrets(entry.changes)
    written = outputs(numbers["moments with a time zone"]) + dt.date(2021, 6, 3).strftime("%d-%m-%Y")
    assert [secret for secret in secrets(SOUND) if secret in written]
