"""A first `sources.yaml` from unknown files: what is certain is right, the rest is marked, no case is shown."""

import datetime as dt
import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
import yaml
from intake_tables import PLAN, SOUND, deliver

from pilot_analysis.cli import main
from pilot_analysis.intake.cells import from_list
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.intake.describe import describe, proposals
from pilot_analysis.intake.describe_cells import date_notation, decimal_sign, frequent
from pilot_analysis.intake.describe_files import opened
from pilot_analysis.intake.describe_names import key, names_of
from pilot_analysis.intake.describe_text import Proposed
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.identifiers import passes_eleven_test
from pilot_analysis.intake.sources import load_sources
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.synthetic.suppliers import make_default


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory) -> tuple[Path, Path]:
    """The synthetic delivery with and without its `sources.yaml`."""
    whole, bare = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("bare") / "delivery"
    make_default(whole, n_cases=240, seed=20210408)
    shutil.copytree(whole, bare, ignore=shutil.ignore_patterns("sources.yaml"))
    return whole, bare


def one(folder: Path) -> Proposed:
    sources, _ = proposals(folder)
    assert len(sources) == 1
    return sources[0]


def file(tmp_path: Path, name: str, content: str | bytes) -> Path:
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return tmp_path


def loaded(folder: Path, text: str):
    """The sources as intake reads them, and what it objects to."""
    findings = Findings()
    (folder / "described.yaml").write_text(text, encoding="utf-8")
    return load_sources(folder / "described.yaml", findings), findings.frame()


def place(source: dict) -> tuple:
    return source["table"], source["file"], source.get("sheet") if source["file"] == "zuid.xlsx" else None


# The synthetic delivery


def test_the_proposal_fits_the_schema_and_finds_every_table(synthetic, tmp_path):
    whole, bare = synthetic
    sources, issues = loaded(tmp_path, describe(bare))
    assert len(issues) == 0
    truth = yaml.safe_load((whole / "sources.yaml").read_text())["sources"]
    assert sorted((source.table, source.file) for source in sources.usable) == sorted(
        (source["table"], source["file"]) for source in truth
    )


def test_columns_are_as_in_the_true_sources_or_marked(synthetic):
    whole, bare = synthetic
    truth = {place(source): source for source in yaml.safe_load((whole / "sources.yaml").read_text())["sources"]}
    right, wrong, total = 0, [], 0
    for source in proposals(bare)[0]:
        true = truth[place(source.keys)]
        # What a question of a survey is called in the codebook cannot be told from the file.
        known = {column: name for column, name in true.get("columns", {}).items()
                 if column in TABLES[true["table"]].columns}  # fmt: skip
        total += len(known)
        given = source.keys.get("columns", {})
        right += sum(given.get(column) == name for column, name in known.items())
        wrong += [
            (place(source.keys), column)
            for column, name in given.items()
            if true.get("columns", {}).get(column) != name and f"columns.{column}" not in source.doubts
        ]
    assert wrong == []
    assert total > 50
    assert right / total >= 0.95


def test_once_the_marked_points_are_decided_the_proposal_reads_as_the_true_sources_do(synthetic, tmp_path):
    """So nothing that is not marked can be wrong."""
    whole, bare = synthetic
    truth = {place(source): source for source in yaml.safe_load((whole / "sources.yaml").read_text())["sources"]}
    decided = []
    for source in proposals(bare)[0]:
        true = truth[place(source.keys)]
        marked = {path.split(".")[0] for path in source.doubts}
        marked |= {"withdrawn"} if any("withdraws" in remark for remark in source.remarks) else set()
        told = [text for texts in source.doubts.values() for text in texts]
        marked |= {"columns", "values"} if any("under `values`" in text for text in told) else set()
        decided.append({**source.keys, **{name: true[name] for name in marked if name in true}})
    folder = tmp_path / "delivery"
    shutil.copytree(bare, folder)
    (folder / "sources.yaml").write_text(yaml.safe_dump({"synthetic": True, "sources": decided}, allow_unicode=True))
    described, true = read_delivery(folder, PLAN), read_delivery(whole, PLAN)
    assert described.issues["rule"].tolist() == true.issues["rule"].tolist()
    for name in TABLES:
        key_columns = [*TABLES[name].columns]
        first, second = (
            intake.tables[name][key_columns].sort_values(key_columns, ignore_index=True) for intake in (described, true)
        )
        pd.testing.assert_frame_equal(first, second)


def test_no_text_of_fewer_than_three_people_is_shown(synthetic):
    _, bare = synthetic
    text = describe(bare)
    rare, shared = set(), set()
    for path in sorted(bare.iterdir()):
        for found in opened(bare, path.name):
            people = found.raw.columns[0]
            for cells in found.raw.columns:
                counted = {word: common for word, common in frequent(cells, people).items() if len(word) >= 4}
                rare |= {word for word in counted if not counted[word]}
                shared |= {word for word in counted if counted[word]}
    values = {value for table in TABLES.values() for entry in table.schema.columns.values()
              for value in (entry.metadata or {}).get("values") or ()}  # fmt: skip
    assert len(rare) > 1000
    assert [word for word in rare - shared - values if word in text] == []


def test_the_delivery_is_left_as_it_is(synthetic, tmp_path, capsys):
    _, bare = synthetic
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in bare.iterdir()}
    out = tmp_path / "sources.yaml"
    assert main(["describe", str(bare), "--out", str(out)]) == 0
    assert main(["describe", str(bare)]) == 0
    assert out.read_text(encoding="utf-8") in capsys.readouterr().out
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in bare.iterdir()} == before


def test_out_is_a_new_file_outside_the_delivery(synthetic, tmp_path, capsys):
    _, bare = synthetic
    assert main(["describe", str(bare), "--out", str(bare / "sources.yaml")]) == 1
    assert "inside the delivery" in capsys.readouterr().err
    (tmp_path / "s.yaml").write_text("mine")
    assert main(["describe", str(bare), "--out", str(tmp_path / "s.yaml")]) == 1
    assert (tmp_path / "s.yaml").read_text() == "mine"
    assert main(["describe", str(tmp_path / "nowhere")]) == 1
    assert not (bare / "sources.yaml").exists()


def test_a_canonical_delivery_needs_no_decision(tmp_path):
    text = describe(deliver(tmp_path / "delivery"))
    assert "UNSURE: " not in text
    sources, _ = loaded(tmp_path, text)
    assert [source.table for source in sources.usable] == ["allocation", "cases", "absence_spells", "ao_percent"]
    assert {name for name in SOUND} == {source.file for source in sources.usable}


# Notation


@pytest.mark.parametrize(
    ("cells", "form", "doubtful"),
    [
        (["2021-12-31", "2021-01-02"], None, False),
        (["31-12-2021", "02-01-2021"], "%d-%m-%Y", False),
        (["12/31/2021", "01/02/2021"], "%m/%d/%Y", False),
        (["01-02-2021", "03-04-2021"], "%d-%m-%Y", True),
        (["31.12.2021"], "%d.%m.%Y", False),
        (["20211231"], "%Y%m%d", False),
        (["31-12-2021 10:30", "01-02-2021 00:00"], "%d-%m-%Y %H:%M", False),
        (["31-12-2021", "2021-12-31", "30-12-2021"], "%d-%m-%Y", True),
        (["31-12-21", "30-12-21"], None, True),
        (["44549", "44577"], "excel", True),
        ([44549, 44577.0], "excel", False),
        ([dt.date(2021, 12, 31)], None, False),
        (["31-12-2021", "-", None], "%d-%m-%Y", False),
        ([None], None, False),
    ],
)
def test_date_formats_are_proven_or_doubted(cells, form, doubtful):
    found, doubt = date_notation([from_list(cells)])
    assert (found, doubt is not None) == (form, doubtful)


@pytest.mark.parametrize(
    ("cells", "sign", "doubtful"),
    [
        (["1,5", "20"], ",", False), (["1.5"], ".", False), (["1", "2"], None, False), (["1,5", "2.5"], ",", True),
        (["1.234,50"], ",", True), (["50%"], ".", True), ([1.5], None, False), (["0.125"], ".", False),
    ],
)  # fmt: skip
def test_decimal_signs_are_proven_or_doubted(cells, sign, doubtful):
    found, doubt = decimal_sign([from_list(cells)])
    assert (found, doubt is not None) == (sign, doubtful)


ROWS = "P001{0}2021-06-01{0}2021-07-20\nP002{0}2021-06-13{0}\n"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters_are_found(tmp_path, delimiter):
    text = delimiter.join(["case_id", "first_absence_date", "return_date"]) + "\n" + ROWS.format(delimiter)
    source = one(file(tmp_path / "d", "a.csv", text))
    assert source.keys.get("delimiter", ",") == delimiter.replace("\t", "\\t")
    assert source.doubts == {}
    sources, issues = loaded(tmp_path, describe(tmp_path / "d"))
    assert len(issues) == 0
    assert sources.usable[0].delimiter == delimiter


@pytest.mark.parametrize(
    ("encoding", "declared", "doubtful"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8-sig", False),
        ("cp1252", "cp1252", True),
        ("utf-16", "utf-16", False),
    ],
)
def test_encodings_are_found_and_only_cp1252_is_a_guess(tmp_path, encoding, declared, doubtful):
    text = SOUND["cases.csv"].replace("kantoor", "cliëntenzorg")
    source = one(file(tmp_path, "cases.csv", text.encode(encoding)))
    assert source.keys["encoding"] == declared
    assert ("encoding" in source.doubts) == doubtful


# Columns


@pytest.mark.parametrize("table", list(TABLES))
def test_known_names_lead_to_columns_of_the_table(table):
    assert {column for column, _ in names_of(table).values()} <= set(TABLES[table].columns)
    assert [column for column in TABLES[table].columns if names_of(table)[key(column)][0] != column] == []


def test_unclear_names_unknown_columns_and_wrong_units_are_marked(tmp_path):
    text = (
        "Volgnummer;Naam;Personeelsnr;Afdeling;Regio;Functie;Geslacht;Geboortejaar;Deeltijd;Dagloon;Reden verzuim;"
        "Kleur\n" + "".join(f"P00{n};x;1;d;r;f;V;1980;36;100,5;rug;rood\n" for n in range(1, 5))
    )
    source = one(file(tmp_path, "personeel.csv", text))
    assert source.keys["drop"] == ["Naam", "Personeelsnr", "Reden verzuim", "Kleur"]
    assert "drop.Naam" not in source.doubts
    assert "medical" in source.doubts["drop.Reden verzuim"][0]
    assert {"columns.job_group", "columns.contract_fte", "drop.Personeelsnr", "drop.Kleur"} <= set(source.doubts)
    assert any("another unit" in doubt for doubt in source.doubts["columns.contract_fte"])
    assert "columns.sex" not in source.doubts
    assert source.keys["decimal"] == ","


@pytest.mark.parametrize(
    ("name", "meaning", "doubtful"),
    [
        ("Laatste ziektedag", "last_sick_day", False), ("Hersteldatum", "first_day_back", True),
        ("Eerste hersteldag", "first_day_back", True), ("Eerste werkdag", "first_day_back", False),
    ],
)  # fmt: skip
def test_what_a_return_date_is_comes_from_its_name(tmp_path, name, meaning, doubtful):
    text = f"Volgnummer;Eerste ziektedag;{name}\nP001;01-06-2021;20-07-2021\n"
    sources, _ = proposals(file(tmp_path, "verzuim.csv", text))
    if "return_date" in sources[0].keys["columns"]:
        assert sources[0].keys["return_date_is"] == meaning
        assert ("return_date_is" in sources[0].doubts) == doubtful
    else:
        assert f"drop.{name}" in sources[0].doubts


@pytest.mark.parametrize(
    ("name", "meaning"),
    [("AO%", "percent_absent"), ("% hersteld", "percent_recovered"), ("Verzuimpercentage", "percent_absent")],
)
def test_what_a_percentage_is_comes_from_its_name(tmp_path, name, meaning):
    source = one(file(tmp_path, "x.csv", f"Volgnummer;Datum;{name}\nP001;13-06-2021;50\nP002;14-06-2021;20,5\n"))
    assert (source.keys["table"], source.keys["ao_percent_is"]) == ("ao_percent", meaning)
    assert source.doubts == {}


def test_identifiers_in_the_cells_of_a_mapped_column_are_announced(tmp_path):
    numbers = np.arange(100_000_000, 100_000_200)
    valid = numbers[passes_eleven_test(numbers)].tolist()
    text = "Volgnummer;Datum;AO%\n" + "".join(f"{number};13-06-2021;50\n" for number in valid)
    assert any("BSN" in doubt for doubt in one(file(tmp_path, "x.csv", text)).doubts["columns.case_id"])


def test_an_event_log_gives_latest_by_and_withdrawn_when_three_people_show_it(tmp_path):
    head = "Volgnummer;Eerste AO-dag;Laatste ziektedag;Mutatienr;Status\n"
    rows = [f"P00{n};13-06-2021;14-07-2021;{n};{{}}\n" for n in range(1, 7)]
    often = head + "".join(row.format("Ingetrokken" if n < 3 else "Actief") for n, row in enumerate(rows))
    source = one(file(tmp_path / "a", "m.csv", often))
    assert source.keys["latest_by"] == ["Mutatienr"]
    assert source.keys["withdrawn"] == {"Status": "Ingetrokken"}
    rarely = head + "".join(row.format("Ingetrokken" if n < 2 else "Actief") for n, row in enumerate(rows))
    text = describe(file(tmp_path / "b", "m.csv", rarely))
    assert "Ingetrokken" not in text
    assert "# UNSURE: column `Status`" in text


def test_open_dates_and_missing_marks_of_three_people(tmp_path):
    head = "Volgnummer;Afdeling;Geslacht;Geboortejaar;Dagloon;Datum einde;Reden einde\n"
    rows = "".join(f"P00{n};d;V;1980;100;31-12-9999;-\n" for n in range(1, 4)) + "P004;d;V;1980;n.v.t.;13-06-2021;-\n"
    source = one(file(tmp_path, "p.csv", head + rows))
    assert source.keys["open_date"] == "31-12-9999"
    assert source.keys["missing"] == ["-"]


def test_codes_of_sex_and_arm_are_guesses(tmp_path):
    text = "case_id,organisation,enrolment_date,Groep\n" + "".join(
        f"P00{n},o,2021-06-13,{n % 2}\n" for n in range(1, 9)
    )
    source = one(file(tmp_path, "toewijzing.csv", text))
    assert source.keys["values"] == {"arm": {"0": "control", "1": "intervention"}}
    assert {"values.arm.0", "values.arm.1"} <= set(source.doubts)


# Files


def test_a_qualtrics_export_has_three_header_rows_and_loses_its_identifiers(tmp_path):
    head = "StartDate,EndDate,IPAddress,RecipientEmail,LocationLatitude,ExternalReference,week,Q1_1,Q2_TEXT\n"
    labels = '"Start","End","IP","Mail","Lat","Ref","Week","Hoe gaat het?","Toelichting"\n'
    ids = ",".join('"{""ImportId"":""x""}"' for _ in range(9)) + "\n"
    rows = "".join(
        f"2021-07-20 10:00:00,2021-07-2{n} 10:05:00,1.1.1.1,a@b.nl,52.1,P00{n},6,{n},het gaat wel\n"
        for n in range(1, 5)
    )
    source = one(file(tmp_path, "werknemers_enquete.csv", head + labels + ids + rows))
    assert source.keys["table"] == "employee_survey"
    assert source.keys["header_rows"] == "3"
    assert source.keys["columns"] == {
        "case_id": "ExternalReference", "wave_week": "week", "completed_on": "EndDate", "q1_1": "Q1_1",
    }  # fmt: skip
    assert source.keys["drop"] == ["StartDate", "IPAddress", "RecipientEmail", "LocationLatitude", "Q2_TEXT"]
    assert {"columns.case_id", "columns.completed_on", "drop.Q2_TEXT"} <= set(source.doubts)
    assert source.keys["date_format"] == "%Y-%m-%d %H:%M:%S"


def test_sheets_without_a_table_and_files_without_a_header_are_told_without_their_cells(tmp_path):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, rows in {
            "Verzuim": [["Volgnummer", "Eerste ziektedag"], ["P001", 44549]],
            "Toelichting": [["Uitleg"]],
        }.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    file(tmp_path, "w.xlsx", buffer.getvalue())
    file(tmp_path, "zonder_kop.csv", "P000624;31-12-2021;kantoor\nP000625;30-12-2021;kantoor\n")
    file(tmp_path, "brief.pdf", b"%PDF-1.4 x")
    sources, remarks = proposals(tmp_path)
    assert [(source.keys["file"], source.keys["sheet"]) for source in sources] == [("w.xlsx", "Verzuim")]
    assert any(
        remark.startswith("w.xlsx[Toelichting]: no table was recognised (columns: `Uitleg`)") for remark in remarks
    )
    assert any(remark.startswith("brief.pdf: a PDF") for remark in remarks)
    assert any(remark.startswith("zonder_kop.csv: no table") for remark in remarks)
    assert "P000624" not in describe(tmp_path)


def test_files_that_differ_in_digits_become_one_source_only_when_they_are_alike(tmp_path):
    head = "case_id,first_absence_date,return_date\n"
    file(tmp_path, "verzuim_2021.csv", head + "P001,2021-06-13,\n")
    file(tmp_path, "verzuim_2022.csv", head + "P002,2022-06-13,\n")
    assert one(tmp_path).keys["file"] == "verzuim_*.csv"
    file(tmp_path, "verzuim_oud.csv", "iets\nanders\n")
    assert [source.keys["file"] for source in proposals(tmp_path)[0]] == ["verzuim_2021.csv", "verzuim_2022.csv"]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04damaged", "é".encode("utf-16"), b"\n\n\n", b'"a']
)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.sav", "a.parquet", "a.dat"])
def test_damaged_files_are_told(tmp_path, name, content):
    text = describe(file(tmp_path, name, content))
    assert f"# UNSURE: {name}" in text


def test_the_same_files_give_the_same_text(synthetic):
    assert describe(synthetic[1]) == describe(synthetic[1])


def test_random_names_never_break_the_yaml(tmp_path):
    signs = np.array(list("abcÉ%:#'\"{}[]&*!|>@`- ,;\\\t"))
    rng = np.random.default_rng(5)
    for number in range(40):
        names = ["".join(rng.choice(signs, 6)).replace('"', '""') for _ in range(4)]
        head = "Volgnummer;Datum;AO%;" + ";".join(f'"{name}"' for name in names)
        folder = file(tmp_path / str(number), "x.csv", f"{head}\nP001;13-06-2021;50;a;b;c;d\n")
        _, issues = loaded(tmp_path, describe(folder))
        assert len(issues) == 0, names
