"""A simulated trial, once as canonical CSV and once as a messy delivery in other formats per organisation.

Noord sends a workbook with serial dates, Oost SPSS files, Zuid text Parquet and an event log with CR line ends in two
files, West UTF-16 and text dates in cells; allocation is an SPSS file, the surveys come from LimeSurvey and Qualtrics.
"""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
import xlsxwriter
import yaml

from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.schemas.canonical import PROVENANCE, TABLES
from pilot_analysis.synthetic.trial import simulate_trial

PROTOCOL = load_protocol(Path(__file__).resolve().parents[2] / "config" / "protocol.yaml")
SEED = 4711
FIRST_SERIAL = pd.Timestamp(1899, 12, 30)
ANSWERS = {1: "helemaal mee oneens", 2: "oneens; wel iets", 3: 'neutraal ("geen mening")', 4: "eens", 5: "zeer eens"}
SEX = {"female": 1.0, "male": 2.0, "other": 3.0, "unknown": 9.0}
SEX_LABELS = {1.0: "vrouw", 2.0: "man", 3.0: "anders", 9.0: "onbekend"}
SEX_VALUES = {"vrouw": "female", "man": "male", "anders": "other", "onbekend": "unknown"}
DUTCH = {"case_id": "Nummer", "first_absence_date": "Eerste dag", "return_date": "Hersteld", "valid_from": "Vanaf",
         "ao_percent": "AO%"}  # fmt: skip
EMPLOYER = ("cases", "absence_spells", "ao_percent")
CODES = {"arm": {"intervention": 1.0, "control": 2.0}}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    made = {name: table.drop(columns=list(PROVENANCE)) for name, table in simulate_trial(120, SEED).items()}
    first = made["absence_spells"].groupby("case_id")["first_absence_date"].min()
    ids = made["allocation"]["case_id"].to_numpy()
    rng = np.random.default_rng(SEED)
    surveys = {"employee_survey": ("wave_week", 6, ids), "ad_survey": ("timing_week", 14, ids[::2])}
    for name, (week, number, people) in surveys.items():
        made[name] = pd.DataFrame({
            "case_id": people, week: number,
            "completed_on": first[people].to_numpy() + np.timedelta64(7 * number - 4, "D"),
            "rtw_1": rng.integers(1, 6, len(people)).astype(float),
        })  # fmt: skip
        made[name].loc[::7, "rtw_1"] = np.nan
    return made


def shown(frame: pd.DataFrame, date_format: str = "%Y-%m-%d", decimal: str = ".") -> pd.DataFrame:
    """The cells as text, empty ones as None."""
    text = pd.DataFrame(index=frame.index)
    for name, column in frame.items():
        if column.dtype.kind == "M":
            text[name] = column.dt.strftime(date_format)
        elif column.dtype.kind == "f":
            text[name] = column.map(lambda value: repr(float(value)).replace(".", decimal), na_action="ignore")
        else:
            text[name] = column.astype("string")
    return text.astype(object).where(frame.notna(), None)


def write_csv(path: Path, text: pd.DataFrame, encoding: str, end: str, sep: str = ";", above: list = ()) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=sep, lineterminator=end)
    writer.writerows([text.columns, *above, *text.itertuples(index=False)])
    path.write_bytes(buffer.getvalue().encode(encoding))


def write_xlsx(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd-mm-yyyy"}) as book:
        book.add_worksheet("Toelichting").write(3, 3, "gemaakt met de hand")
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(2, 0, frame.columns)  # two empty rows above the header
            for place, column in enumerate(frame.columns):
                sheet.write_column(3, place, frame[column].astype(object).where(frame[column].notna(), None))
        book.get_worksheet_by_name("Toelichting").hide()


def write_sav(path: Path, frame: pd.DataFrame, **keys) -> None:
    plain = pd.DataFrame(index=frame.index)
    for name, column in frame.items():
        if column.dtype.kind == "M":
            days = [None if pd.isna(day) else day.date() for day in column]
            plain[name] = pd.Series(days, index=frame.index, dtype=object)
        elif column.dtype.kind in "fi":
            plain[name] = column.astype("Float64").astype("float64")
        else:
            plain[name] = column.astype(object).where(column.notna(), "")
    pyreadstat.write_sav(plain, path, **keys)


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)


def own(tables: dict[str, pd.DataFrame], organisation: str) -> dict[str, pd.DataFrame]:
    people = tables["allocation"].loc[tables["allocation"]["organisation"] == organisation, "case_id"]
    return {name: tables[name][tables[name]["case_id"].isin(people)] for name in EMPLOYER}


def serial(column: pd.Series) -> pd.Series:
    return (column - FIRST_SERIAL).dt.days.astype("Int64")


def noord(folder: Path, part: dict[str, pd.DataFrame]) -> list[dict]:
    """A workbook: serial dates beside true ones, per cent recovered, numbers as numbers."""
    people = part["cases"].assign(followup_end_date=serial(part["cases"]["followup_end_date"]))
    spells = part["absence_spells"]
    mixed = serial(spells["first_absence_date"]).astype(object)
    mixed.iloc[::3] = spells["first_absence_date"].dt.date.iloc[::3]
    spells = spells.assign(first_absence_date=mixed, return_date=serial(spells["return_date"]).fillna(2958465))
    steps = part["ao_percent"].assign(ao_percent=100 - part["ao_percent"]["ao_percent"])
    sheets = {"Personeel": people, "Verzuim": spells.rename(columns=DUTCH), "Stappen": steps.rename(columns=DUTCH)}
    write_xlsx(folder / "noord.xlsx", sheets)
    book = {"file": "noord.xlsx", "supplier": "employer"}
    return [
        {"table": "cases", **book, "sheet": "Personeel", "date_format": "excel"},
        {"table": "absence_spells", **book, "sheet": "Verzuim", "date_format": "excel", "open_date": "31-12-9999",
         "columns": mapped("absence_spells")},
        {"table": "ao_percent", **book, "sheet": "Stappen", "columns": mapped("ao_percent"),
         "ao_percent_is": "percent_recovered"},
    ]  # fmt: skip


def mapped(table: str) -> dict[str, str]:
    return {column: DUTCH[column] for column in TABLES[table].columns if column in DUTCH}


def oost(folder: Path, part: dict[str, pd.DataFrame]) -> list[dict]:
    """SPSS: labels also on a user-missing code, true dates, the last sick day, a user-missing AO row."""
    people = part["cases"].assign(sex=part["cases"]["sex"].map(SEX).astype("float64"))
    labels = {"variable_value_labels": {"sex": SEX_LABELS}, "missing_ranges": {"sex": [9], "birth_year": [9999]}}
    write_sav(folder / "oost_personeel.sav", people, **labels)
    spells = part["absence_spells"]
    spells = spells.assign(return_date=spells["return_date"] - pd.Timedelta(days=1))
    write_sav(folder / "oost_verzuim.sav", spells, variable_format={"first_absence_date": "EDATE10"})
    steps = part["ao_percent"].fillna({"wage_value_percent": 999.0})
    write_sav(folder / "oost_ao.sav", steps, missing_ranges={"wage_value_percent": [{"lo": 101, "hi": 999}]})
    return [
        {"table": "cases", "file": "oost_personeel.sav", "values": {"sex": SEX_VALUES}},
        {"table": "absence_spells", "file": "oost_verzuim.sav", "return_date_is": "last_sick_day"},
        {"table": "ao_percent", "file": "oost_ao.sav"},
    ]


def zuid(folder: Path, part: dict[str, pd.DataFrame]) -> list[dict]:
    """Text Parquet with Dutch notation; an event log in two files, CR line ends, corrected and withdrawn rows."""
    write_parquet(folder / "zuid_personeel.parquet", shown(part["cases"], "%d-%m-%Y", ","))
    write_parquet(folder / "zuid_ao.parquet", shown(part["ao_percent"], "%d/%m/%Y", ","))
    spells = part["absence_spells"].reset_index(drop=True)
    row = np.arange(len(spells))
    final = spells.assign(Mutatie=100 + row, Status="Actief")
    corrected = spells[row % 3 == 0].assign(Mutatie=9, Status="Actief", return_date=pd.NaT)
    wrong = spells[row % 4 == 1].assign(Status="Actief")
    wrong = wrong.assign(first_absence_date=wrong["first_absence_date"] - pd.Timedelta(days=900), return_date=pd.NaT)
    log = pd.concat([
        final, corrected, wrong.assign(Mutatie=10), wrong.assign(Mutatie=11, Status="Ingetrokken")
    ])  # fmt: skip
    log = log.assign(order=log["case_id"].map(hash_free)).sort_values("order", kind="stable").drop(columns="order")
    for place, half in enumerate(np.array_split(np.arange(len(log)), 2)):
        text = shown(log.iloc[half].assign(Mutatie=lambda rows: rows["Mutatie"].astype("Int64")), "%d-%m-%Y")
        write_csv(folder / f"zuid_mutaties_{place}.csv", text.rename(columns=DUTCH), "cp1252", "\r")
    return [
        {"table": "cases", "file": "zuid_personeel.parquet", "date_format": "%d-%m-%Y", "decimal": ","},
        {"table": "ao_percent", "file": "zuid_ao.parquet", "date_format": "%d/%m/%Y", "decimal": ","},
        {"table": "absence_spells", "file": "zuid_mutaties_*.csv", "encoding": "cp1252", "delimiter": ";",
         "date_format": "%d-%m-%Y", "columns": mapped("absence_spells"), "latest_by": ["Mutatie"],
         "withdrawn": {"Status": ["Ingetrokken", "Vervallen"]}},
    ]  # fmt: skip


def hash_free(case_id: str) -> str:
    """An order of rows that has nothing to do with that of the tables."""
    return case_id[::-1]


def west(folder: Path, part: dict[str, pd.DataFrame]) -> list[dict]:
    """UTF-16 with tabs and a dropped column; text dates in cells of a workbook; mixed line ends, several files."""
    people = shown(part["cases"].assign(department="cliëntenzorg"), "%Y%m%d", ",").fillna("n.v.t.")
    write_csv(folder / "west.txt", people.assign(Notitie="x\ny"), "utf-16", "\r\n", sep="\t")
    spells = shown(part["absence_spells"], "%d-%m-%Y").rename(columns=DUTCH)
    write_xlsx(folder / "west_verzuim.xlsx", {"Blad1": spells})
    steps = shown(part["ao_percent"], "%d.%m.%Y", ",").rename(columns=DUTCH)
    late = part["ao_percent"]["valid_from"] >= pd.Timestamp(2022, 1, 1)
    for name, chosen, end in (("2021", ~late, "\r\n"), ("2022", late, "\n")):
        write_csv(folder / f"west_ao_{name}.csv", steps[chosen], "utf-8-sig", end)
    return [
        {"table": "cases", "file": "west.txt", "encoding": "utf-16", "delimiter": "\\t", "decimal": ",",
         "date_format": "%Y%m%d", "missing": ["n.v.t."], "drop": ["Notitie"]},
        {"table": "absence_spells", "file": "west_verzuim.xlsx", "sheet": "Blad1", "date_format": "%d-%m-%Y",
         "columns": mapped("absence_spells")},
        {"table": "ao_percent", "file": "west_ao_*.csv", "delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y",
         "columns": mapped("ao_percent")},
    ]  # fmt: skip


def others(folder: Path, tables: dict[str, pd.DataFrame]) -> list[dict]:
    """Allocation and FML in SPSS, diagnoses in text Parquet with odd spelling, typed Parquet, Dutch CSV."""
    allocation = tables["allocation"].assign(arm=tables["allocation"]["arm"].map(CODES["arm"]).astype("float64"))
    labels = {"arm": {1.0: "Groep I", 2.0: "Groep C"}}
    write_sav(folder / "toewijzing.sav", allocation, variable_value_labels=labels)
    write_sav(folder / "fml.sav", tables["fml"])
    found = shown(tables["diagnoses"])
    found["cas_code"] = found["cas_code"].str[0].str.lower() + " " + found["cas_code"].str[1:]
    write_parquet(folder / "diagnoses_arbodienst.parquet", found)
    write_parquet(folder / "ad.parquet", tables["ad_activities"])
    write_csv(folder / "kosten.csv", shown(tables["costs"], "%d-%m-%Y", ","), "cp1252", "\r")
    return [
        {"table": "allocation", "file": "toewijzing.sav",
         "values": {"arm": {"Groep I": "intervention", "Groep C": "control"}}},
        {"table": "fml", "supplier": "health_service", "file": "fml.sav"},
        {"table": "diagnoses", "supplier": "health_service", "file": "diagnoses_arbodienst.parquet"},
        {"table": "ad_activities", "file": "ad.parquet"},
        {"table": "costs", "file": "kosten.csv", "encoding": "cp1252", "delimiter": ";", "decimal": ",",
         "date_format": "%d-%m-%Y"},
    ]  # fmt: skip


def surveys(folder: Path, tables: dict[str, pd.DataFrame]) -> list[dict]:
    """LimeSurvey with labels and its own columns; Qualtrics with three header rows, labels over several lines."""
    answers = tables["employee_survey"]
    lime = shown(answers.drop(columns="wave_week"), "%Y-%m-%d 00:00:00").assign(lastpage="3", startlanguage="nl")
    lime["rtw_1"] = answers["rtw_1"].map(ANSWERS).fillna("N/A")
    names = {"case_id": "token", "completed_on": "submitdate", "rtw_1": "RTW[SQ001]"}
    write_csv(folder / "lime.csv", lime.rename(columns=names), "utf-8-sig", "\n")
    labels = ["Uw nummer", "Week", "Datum,\nvandaag", 'Wat vindt u?\n"Kies"', "Progress"]
    ids = [f'{{"ImportId":"QID{number}"}}' for number in range(5)]
    qualtrics = shown(tables["ad_survey"]).assign(Progress="100")
    qualtrics["rtw_1"] = tables["ad_survey"]["rtw_1"].map(ANSWERS).fillna("")
    write_csv(folder / "qualtrics.csv", qualtrics, "utf-8", "\r\n", sep=",", above=[labels, ids])
    words = {label: str(number) for number, label in ANSWERS.items()}
    return [
        {"table": "employee_survey", "file": "lime.csv", "delimiter": ";", "date_format": "%Y-%m-%d %H:%M:%S",
         "columns": names, "constants": {"wave_week": "6"}, "values": {"rtw_1": words}, "missing": ["N/A"],
         "drop": ["lastpage", "startlanguage"]},
        {"table": "ad_survey", "file": "qualtrics.csv", "header_rows": 3, "values": {"rtw_1": words},
         "drop": ["Progress"]},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def canonical(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("canonical")
    for name, table in tables.items():
        if name != "interview_themes":
            write_csv(folder / f"{name}.csv", shown(table), "utf-8", "\n", sep=",")
    return read_delivery(folder, PROTOCOL)


@pytest.fixture(scope="module")
def messy(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("messy")
    sources = others(folder, tables) + surveys(folder, tables)
    for write in (noord, oost, zuid, west):
        sources += write(folder, own(tables, f"org_{write.__name__}"))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}, allow_unicode=True), encoding="utf-8")
    return read_delivery(folder, PROTOCOL)


def same(first: pd.DataFrame, second: pd.DataFrame, key: list[str], dropped: list[str]) -> None:
    plain = [frame.drop(columns=dropped).sort_values(key, ignore_index=True) for frame in (first, second)]
    pd.testing.assert_frame_equal(*plain)


def test_neither_delivery_is_refused_and_the_repairs_are_told(canonical, messy):
    assert canonical.issues.query("severity == 'stop'").empty
    assert messy.issues.query("severity == 'stop'")[["rule", "file", "column"]].values.tolist() == []
    told = set(messy.issues["rule"]) - set(canonical.issues["rule"])
    assert told == {
        "cas_code_repaired", "complement_taken", "day_after_last_sick_day", "row_superseded", "row_withdrawn",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in TABLES if name != "interview_themes"])
def test_the_validated_tables_are_the_same_but_for_provenance(canonical, messy, name):
    first, second = canonical.tables[name], messy.tables[name]
    assert len(first) > 0
    if name == "cases":  # the messy delivery spells one department of West with an accent
        west_people = canonical.tables["allocation"].query("organisation == 'org_west'")["case_id"]
        first = first.assign(department=first["department"].mask(first["case_id"].isin(west_people), "cliëntenzorg"))
    same(first, second, list(TABLES[name].key), list(PROVENANCE))


def test_the_outcomes_are_the_same(canonical, messy):
    first, second = derive(canonical.tables, PROTOCOL), derive(messy.tables, PROTOCOL)
    places = [column for column in first.outcomes.columns if column.startswith("source_")]
    assert len(first.outcomes) == 3 * 120
    assert set(first.outcomes["status"]) == {"event", "censored", "competing", "not_at_risk"}
    assert first.outcomes["cas_group"].nunique() >= 3
    same(first.outcomes, second.outcomes, ["case_id", "endpoint"], places)


def test_every_row_knows_its_file_sheet_and_line(messy):
    spells = messy.tables["absence_spells"]
    places = {file: part["source_line"].min() for file, part in spells.groupby("source_file")}
    assert places.keys() == {
        "noord.xlsx[Verzuim]", "oost_verzuim.sav", "west_verzuim.xlsx[Blad1]", "zuid_mutaties_0.csv",
        "zuid_mutaties_1.csv",
    }  # fmt: skip
    assert (places["noord.xlsx[Verzuim]"], places["oost_verzuim.sav"]) == (4, 1)
    assert messy.tables["ad_survey"]["source_line"].min() == 6
