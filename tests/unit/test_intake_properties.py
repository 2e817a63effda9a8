"""Properties of intake: writing and reading back changes nothing; a corrupted cell never crashes and is never shown."""

import csv
import datetime as dt
import io
import shutil
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from intake_notations import FORMATS, columns_of, deliveries, notations, write_table
from intake_tables import PLAN, SOUND, content, read, sourced

from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.schemas.canonical import PROVENANCE, SEXES, TABLES

NAMES = ["case_id", "department", "region", "job_group", "sex", "birth_year", "contract_fte", "daily_wage_eur",
         "followup_end_date", "followup_end_reason"]  # fmt: skip
DUTCH = ["Volgnummer", "Afdeling", "Regio", "Functie;groep", 'Ge"slacht', "Geboortejaar", "Deeltijd, factor", "Dagloon",
         "Datum einde", "Reden"]  # fmt: skip
TEXT = st.text(st.characters(codec="cp1252", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
)
WORDS = TEXT.filter(bool)
PEOPLE = ["P001", "P002", "P003"]


@st.composite
def case_rows(draw) -> list[tuple]:
    rows = []
    for person in PEOPLE:
        ends = draw(st.booleans())
        rows.append((
            person, draw(WORDS), draw(WORDS), draw(WORDS), draw(st.sampled_from(SEXES)),
            draw(st.integers(1950, 2000)), draw(st.integers(1, 120)) / 100, draw(st.integers(1, 10**6)) / 100,
            draw(st.dates(dt.date(2021, 7, 1), dt.date(2022, 6, 1))) if ends else None,
            draw(st.sampled_from(["death", "pregnancy_leave"])) if ends else None,
        ))  # fmt: skip
    return rows


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    rows=case_rows(), delimiter=st.sampled_from([",", ";", "\t", "|"]), decimal=st.sampled_from([",", "."]),
    date_format=st.sampled_from(["%Y-%m-%d", "%d-%m-%Y", "%m/%d/%Y", "%Y%m%d", "%d.%m.%Y %H:%M"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)  # fmt: skip
def test_any_notation_reads_back_as_the_same_typed_table(
    rows, delimiter, decimal, date_format, encoding, line_end, quoting
):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow(DUTCH)
    for row in rows:
        written = [cell.strftime(date_format) if isinstance(cell, dt.date) else cell for cell in row]
        writer.writerow([str(cell).replace(".", decimal) if isinstance(cell, float) else cell for cell in written])
    columns = "".join(f"  {name}: '{dutch}'\n" for name, dutch in zip(NAMES, DUTCH, strict=True))
    entry = f"""file: p.csv
encoding: {encoding}
delimiter: "{delimiter}"
decimal: "{decimal}"
date_format: "{date_format}"
columns:
{columns}"""
    folder = Path(tempfile.mkdtemp())
    try:
        intake = sourced(folder, entry, {"p.csv": buffer.getvalue().encode(encoding)}, table="cases")
    finally:
        shutil.rmtree(folder)
    assert intake.issues.loc[intake.issues["severity"] == "stop"].empty
    expected = [tuple(str(cell) if isinstance(cell, dt.date) else cell for cell in row) for row in rows]
    assert content(intake.tables["cases"]) == expected


JUNK = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=15) | st.sampled_from(
    ["9999999999999", "1e400", "-1", "31-12-2021", "nan", "#N/A", "1.234,50", "=cmd", "2021-02-30", "0000-00-00"]
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data(), name=st.sampled_from(sorted(SOUND)), junk=JUNK)
def test_a_corrupted_cell_never_crashes_and_never_appears_in_an_issue(data, name, junk):
    secret = "Qx7" + junk + "Zw9"  # long and odd enough to appear nowhere by accident
    rows = list(csv.reader(io.StringIO(SOUND[name])))
    row = data.draw(st.integers(1, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    rows[row][column] = data.draw(st.sampled_from([junk, secret]))
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    folder = Path(tempfile.mkdtemp())
    try:
        issues = read(folder, {name: buffer.getvalue()}).issues
    finally:
        shutil.rmtree(folder)
    told = issues.to_csv()
    assert "Qx7" not in told and "Zw9" not in told
    assert rows[row][column] == junk or issues["severity"].eq("stop").any() or rows[0][column] in FREE_TEXT


FREE_TEXT = {"organisation", "cluster_id", "department", "region", "job_group"}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cut=st.integers(0, 200), inserted=st.binary(min_size=1, max_size=8), name=st.sampled_from(sorted(SOUND)))
def test_corrupted_bytes_never_crash(cut, inserted, name):
    data = SOUND[name].encode()
    folder = Path(tempfile.mkdtemp())
    try:
        intake = read(folder, {name: data[:cut] + inserted + data[cut:]})
    finally:
        shutil.rmtree(folder)
    assert intake.issues["found"].notna().all()


# Whole deliveries take tenths of a second, and shrinking one takes minutes.
WHOLE = {"deadline": None, "derandomize": True, "phases": [Phase.generate]}


def read_back(written, rows: dict[str, list[dict]]) -> None:
    """Intake of a folder that `written` fills stops nowhere and gives `rows`."""
    with tempfile.TemporaryDirectory() as folder:
        sources = written(Path(folder))
        (Path(folder) / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}), encoding="utf-8")
        intake = read_delivery(folder, PLAN)
    stops = intake.issues.loc[intake.issues["severity"] == "stop", ["rule", "file", "column"]]
    assert stops.values.tolist() == []
    for name in TABLES:
        expected = [
            tuple(str(row[column]) if isinstance(row[column], dt.date) else row[column] for column in columns_of(name))
            for row in rows[name]
        ]
        found = intake.tables[name][[*columns_of(name), *PROVENANCE]]  # items stand in the order of the file
        assert content(found) == expected, name


@settings(max_examples=20, **WHOLE)
@given(rows=deliveries(), how=st.fixed_dictionaries({name: notations() for name in TABLES}))
def test_any_delivery_in_any_notation_reads_back_as_the_same_tables(rows, how):
    read_back(lambda folder: [write_table(folder, name, rows[name], how[name]) for name in TABLES], rows)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=2, **WHOLE)
@given(rows=deliveries(), how=notations())
def test_a_whole_delivery_in_one_format_reads_back_as_the_same_tables(form, rows, how):
    how = how | {"form": form} | ({} if "text" in form or form == "csv" else {"missing": None, "decimal": "."})
    read_back(lambda folder: [write_table(folder, name, rows[name], how) for name in TABLES], rows)
