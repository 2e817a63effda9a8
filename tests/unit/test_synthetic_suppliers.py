"""The embedded delivery: exact files, exact bytes, in the formats of real suppliers, and nothing identifying."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from pilot_analysis.config import load_protocol
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.schemas.canonical import PROVENANCE, TABLES
from pilot_analysis.synthetic.suppliers import (
    DEFAULT_CASES,
    DEFAULT_SEED,
    DELIVERY_FILES,
    make_default,
    write_delivery,
)
from pilot_analysis.synthetic.trial import simulate_trial

PROTOCOL = Path(__file__).resolve().parents[2] / "config" / "protocol.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("raw") / "synthetic"
    make_default(made)
    return made


@pytest.fixture(scope="module")
def tables():
    return simulate_trial(DEFAULT_CASES, DEFAULT_SEED)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def semicolons(folder, name, encoding):
    return pd.read_csv(folder / name, sep=";", encoding=encoding, dtype=str, keep_default_na=False)


def test_exactly_the_declared_files_and_nothing_left_behind(folder):
    assert sorted(contents(folder)) == sorted(DELIVERY_FILES)
    assert [path.name for path in folder.parent.iterdir()] == ["synthetic"]


def test_same_seed_same_bytes(folder, tmp_path):
    make_default(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)


def test_another_seed_gives_another_delivery_in_the_same_files(folder, tmp_path):
    make_default(tmp_path / "other", seed=DEFAULT_SEED + 1)
    other, first = contents(tmp_path / "other"), contents(folder)
    assert sorted(other) == sorted(first)
    same = [name for name in DELIVERY_FILES if other[name] == first[name]]
    assert same == ["sources.yaml"]


def test_an_existing_delivery_is_replaced(folder, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "zuid.xlsx").write_text("old")
    make_default(tmp_path / "raw")
    assert contents(tmp_path / "raw") == contents(folder)


def test_noord_sends_dutch_csv_in_cp1252(folder):
    raw = (folder / "noord_medewerkers.csv").read_bytes()
    assert "cliëntenzorg".encode("cp1252") in raw
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    people = semicolons(folder, "noord_medewerkers.csv", "cp1252")
    assert people["Dagloon"].str.fullmatch(r"\d+,\d+").all()
    assert people["Datum einde"].str.fullmatch(r"\d\d-\d\d-\d{4}|-").all()
    spells = semicolons(folder, "noord_verzuim_2021.csv", "cp1252")
    assert (spells["Datum hersteld"] == "31-12-9999").any()
    assert semicolons(folder, "noord_verzuim_2022.csv", "cp1252")["Eerste ziektedag"].str.endswith("2022").all()


def test_noord_gives_percent_recovered(folder, tables):
    sent = semicolons(folder, "noord_hersteld.csv", "cp1252")
    rows = tables["ao_percent"]
    own = rows[rows["case_id"].isin(sent["Volgnummer"])]
    assert sent["% hersteld"].str.replace(",", ".").astype(float).tolist() == (100 - own["ao_percent"]).tolist()


def test_west_sends_utf8_with_bom_and_an_event_log(folder):
    for name in ("west_personeel.csv", "west_mutaties.csv", "west_ao.csv"):
        assert (folder / name).read_bytes().startswith(b"\xef\xbb\xbfVolgnummer;")
    log = semicolons(folder, "west_mutaties.csv", "utf-8-sig")
    assert log["Mutatienummer"].is_unique
    assert (log["Status"] == "Ingetrokken").any()
    assert log[log["Status"] == "Actief"].duplicated(["Volgnummer", "Eerste AO-dag"]).any()


def test_zuid_sends_a_workbook_with_true_dates_and_serial_numbers(folder):
    book = pd.read_excel(folder / "zuid.xlsx", sheet_name=None, engine="calamine")
    assert list(book) == ["Personeel", "Verzuim", "AO"]
    assert book["Verzuim"]["1e AO-dag"].dtype.kind == "M"
    assert book["AO"]["Vanaf"].between(44_000, 45_000).all()


def test_oost_sends_parquet_with_canonical_columns_and_no_writer_metadata(folder):
    spells = pq.read_table(folder / "oost_verzuim.parquet")
    assert spells.column_names == TABLES["absence_spells"].columns
    assert spells.schema.metadata is None


def test_cas_codes_come_in_three_spellings(folder):
    codes = semicolons(folder, "arbodienst_diagnoses.csv", "cp1252")["CAS-code"]
    for spelling in (r"[A-Z]\d{3}", r"[a-z] \d{3}", r"[A-Z]-\d{3}"):
        assert codes.str.fullmatch(spelling).any()


def test_sources_name_every_file_and_say_that_it_is_synthetic(folder):
    described = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    assert described["synthetic"] is True
    named = [source["file"] for source in described["sources"]]
    files = set(DELIVERY_FILES) - {"sources.yaml"}
    assert {name for name in files if not any(Path(name).match(pattern) for pattern in named)} == set()
    medical = [source for source in described["sources"] if source["table"] in ("diagnoses", "fml")]
    assert {source["supplier"] for source in medical} == {"health_service"}
    assert {key for source in described["sources"] for key in source} >= {
        "sheet", "encoding", "decimal", "date_format", "open_date", "return_date_is", "ao_percent_is", "latest_by",
        "withdrawn", "drop", "missing", "values",
    }  # fmt: skip


def exported(folder, name, header_rows):
    rows = pd.read_csv(folder / name, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    return rows.iloc[header_rows - 1 :].reset_index(drop=True)


def test_qualtrics_has_three_header_rows_and_its_own_columns_identify_nobody(folder):
    raw = (folder / "werknemers_qualtrics.csv").read_text(encoding="utf-8-sig")
    rows = exported(folder, "werknemers_qualtrics.csv", 1)
    assert rows.loc[1, "was_1"] == '{"ImportId": "QID_was_1"}'
    assert raw.splitlines()[1].startswith("StartDate,EndDate,")
    data = exported(folder, "werknemers_qualtrics.csv", 3)
    for column in ("IPAddress", "RecipientEmail", "RecipientLastName", "RecipientFirstName", "LocationLatitude",
                   "LocationLongitude", "ResponseId", "StartDate", "RecordedDate"):  # fmt: skip
        assert (data[column] == "").all()
    assert data["guidance_plan"].isin([*"123459", "-99"]).all()
    assert (data["guidance_plan"] == "-99").any()
    assert data["wanted_nothing"].isin(["", "0", "1"]).all()  # asked once, in the last one
    assert (data["wanted_nothing"] != "").sum() == data["ExternalReference"].nunique()
    described = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    source = next(one for one in described["sources"] if one["table"] == "employee_survey")
    assert {"IPAddress", "RecipientEmail", "LocationLatitude"} <= set(source["drop"])


def test_limesurvey_has_codes_for_questions_and_answers(folder):
    rows = exported(folder, "arbeidsdeskundigen_limesurvey.csv", 1)
    assert (folder / "arbeidsdeskundigen_limesurvey.csv").read_bytes().startswith(b'\xef\xbb\xbf"lastpage",')
    assert rows["SAM[SQ001]"].isin(["A1", "A2", "A3", "A4", "A5"]).all()
    assert rows["BEV[SQ001]"].isin(["Y", "N"]).all()
    assert (rows["ipaddr"] == "").all()
    assert rows["timingweek"].isin(["14", "50"]).all()


def test_no_identifying_column(folder):
    text = "".join(
        semicolons(folder, name, "cp1252").columns.str.cat() for name in DELIVERY_FILES if name.endswith(".csv")
    )
    for word in ("naam", "Naam", "BSN", "Geboortedatum", "E-mail", "Adres", "Telefoon"):
        assert word not in text


def test_an_unknown_organisation_is_refused(tables, tmp_path):
    allocation = tables["allocation"].assign(organisation="org_elders")
    with pytest.raises(KeyError, match="org_elders"):
        write_delivery(tmp_path, tables | {"allocation": allocation})


def in_order(frame, name):
    """Without provenance, by case and the rest of the key; equal keys stay in the order of the file."""
    frame = frame[[column for column in frame if column not in PROVENANCE]]
    return frame.sort_values(list(TABLES[name].key), kind="stable", ignore_index=True)


def test_intake_reads_the_delivery_back_without_a_stop(folder, tables):
    intake = read_delivery(folder, load_protocol(PROTOCOL))
    assert intake.synthetic is True
    assert set(intake.issues["severity"]) <= {"note"}
    for name in TABLES:
        got = in_order(intake.tables[name], name)
        pd.testing.assert_frame_equal(got, in_order(tables[name], name), check_dtype=True)
        assert list(intake.tables[name].columns)[: len(TABLES[name].columns) + 3][-3:] == list(PROVENANCE)
