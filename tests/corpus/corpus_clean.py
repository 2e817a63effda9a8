"""Sound deliveries, written in many ways: none may be refused, and each must give the same tables."""

import datetime as dt

import pandas as pd
import pyarrow as pa
from corpus_base import (
    ALL,
    EXTRA,
    SOUND,
    Clean,
    column,
    only,
    parquet,
    rows,
    sav,
    sourced,
    swap,
    table,
    typed,
    without,
    workbook,
)

ALLOCATION, CASES, SPELLS, AO = SOUND
BOM = b"\xef\xbb\xbf"
HEADERS = {name: text.splitlines()[0] + "\n" for name, text in ALL.items()}


def every(change) -> dict:
    """Every sound table with its text changed."""
    return {name: change(text) for name, text in SOUND.items()}


def frames(change) -> dict:
    """Every sound table with its frame of text changed."""
    return {name: change(table(name)).to_csv(index=False, lineterminator="\n") for name in SOUND}


def as_parquet(change) -> dict:
    """Every sound table as Parquet."""
    files = {f"{name[:-4]}.parquet": parquet(change(name)) for name in SOUND}
    return dict.fromkeys(SOUND) | files


def typed_frame(name: str) -> pd.DataFrame:
    header, *lines = typed(name)
    return pd.DataFrame(lines, columns=header)


def spss(name: str) -> pd.DataFrame:
    """A table as SPSS holds it: dates as dates, numbers as numbers."""
    frame = typed_frame(name)
    return frame.assign(
        **{column: frame[column].fillna("") for column in frame if frame[column].map(type).eq(str).any()}
    )


def quoted(text: str) -> str:
    return "".join('"' + line.replace(",", '","') + '"\n' for line in text.splitlines())


def dutch(text: str) -> str:
    """Semicolons, decimal commas, days as day-month-year."""
    lines = [line.split(",") for line in text.splitlines()]
    return "".join(";".join(map(dutch_cell, line)) + "\n" for line in lines)


def dutch_cell(cell: str) -> str:
    try:
        return dt.date.fromisoformat(cell).strftime("%d-%m-%Y")
    except ValueError:
        return cell.replace(".", ",")


def spells(entry: str, text: str | bytes, file: str = "v.csv") -> dict:
    return sourced("absence_spells", f"file: {file}\n{entry}", {file: text})


S = SOUND[SPELLS]
DUTCH_SOURCES = "sources:\n" + "".join(
    f'  - {{table: {name[:-4]}, file: {name}, delimiter: ";", decimal: ",", date_format: "%d-%m-%Y"}}\n'
    for name in SOUND
)
LAST_DAYS = (
    S.replace("2021-09-03", "2021-09-02").replace("2021-08-04", "2021-08-03").replace("2021-10-05", "2021-10-04")
)
RECOVERED = SOUND[AO].replace(",25.75,", ",74.25,").replace(",62.5,", ",37.5,")
EVENTS = """case_id,first_absence_date,return_date,Nr,Status
kx7r_a1,2021-06-01,2021-08-27,1,Nieuw
kx7r_a1,2021-06-01,2021-09-03,2,Correctie
wq2m_b2,2021-06-02,,9,Nieuw
zt9d_c3,2021-06-03,2021-08-04,10,Nieuw
zt9d_c3,2021-03-01,2021-03-09,3,Nieuw
zt9d_c3,2021-03-01,2021-03-09,4,Ingetrokken
hj4p_d4,2021-06-04,2021-10-05,11,Nieuw
"""

CSV = [
    Clean("as it is", {}),
    Clean("other order of rows", every(lambda text: "\n".join([text.splitlines()[0],
            *text.splitlines()[:0:-1]]) + "\n")),
    Clean("other order of columns", frames(lambda frame: frame[frame.columns[::-1]])),
    Clean("line ends of Windows", every(lambda text: text.replace("\n", "\r\n"))),
    Clean("line ends of an old Mac", every(lambda text: text.replace("\n", "\r"))),
    Clean("the mark of UTF-8", every(lambda text: BOM + text.encode())),
    Clean("all cells quoted", every(quoted)),
    Clean("no final line end", every(str.rstrip)),
    Clean("empty lines between and below", every(lambda text: text.replace("\n", "\n\n") + "\n\n")),
    Clean("rows of nothing but delimiters", every(lambda text: text + "," * text.splitlines()[0].count(",") + "\n")),
    Clean("a delimiter at the end of each line", every(lambda text: text.replace("\n", ",\n"))),
    Clean("blanks around cells", every(lambda text: text.replace(",", " ,")), notes=("blanks_removed",)),
    Clean("noughts behind numbers", swap(CASES, "0.82", "0.820") | swap(AO, "62.5", "62.500")),
    Clean("whole numbers with a decimal point", swap(CASES, "1983", "1983.0")),
    Clean("tabs between cells", spells('delimiter: "\\t"', S.replace(",", "\t"))),
    Clean("semicolon, decimal comma, day-month-year", every(dutch) | {"sources.yaml": DUTCH_SOURCES}),
    Clean("an accent in cp1252", sourced("cases", "file: p.csv\nencoding: cp1252",
          {"p.csv": SOUND[CASES].replace("dep_qa", "café_qa").encode("cp1252")}), swap(CASES, "dep_qa", "café_qa")),
    Clean("an accent in UTF-8", swap(CASES, "dep_qa", "café_qa"), None),
    Clean("UTF-16 that says so", sourced("cases", "file: p.csv\nencoding: utf-16",
            {"p.csv": SOUND[CASES].encode("utf-16")})),
    Clean("a delimiter and a quote within quotes", swap(CASES, "dep_qa", '"dep, ""qa"""'), None),
    Clean("a line end within quotes", swap(CASES, "dep_qa", '"dep\nqa"'), None),
]  # fmt: skip

FORMATS = [
    Clean("Parquet of text", as_parquet(table)),
    Clean("Parquet with types", as_parquet(typed_frame)),
    Clean("Parquet with categories", as_parquet(lambda name: table(name).astype("category"))),
    Clean("Parquet with days as dates", as_parquet(lambda name: pa.Table.from_pylist(
        typed_frame(name).astype(object).where(lambda frame: frame.notna(), None).to_dict("records")))),
    Clean("a workbook with true dates", sourced("absence_spells", "file: v.xlsx",
            {"v.xlsx": workbook(Blad1=typed(SPELLS))})),
    Clean("a workbook with dates as text", sourced("absence_spells", "file: v.xlsx",
          {"v.xlsx": workbook(Blad1=[line.split(",") for line in S.splitlines()])})),
    Clean("a workbook with serial numbers", sourced("absence_spells", "file: v.xlsx\ndate_format: excel",
          {"v.xlsx": workbook(Blad1=typed(SPELLS, serial=True))})),
    Clean("a workbook with a second sheet", sourced("absence_spells", "file: v.xlsx\nsheet: Verzuim",
          {"v.xlsx": workbook(Toelichting=[["lees mij"]], Verzuim=typed(SPELLS))})),
    Clean("SPSS with numbers and dates", sourced("cases", "file: p.sav", {"p.sav": sav(spss(CASES))})),
    Clean("SPSS with value labels", sourced("allocation",
          "file: t.sav\nvalues: {arm: {AD: intervention, geen AD: control}}",
          {"t.sav": sav(spss(ALLOCATION).assign(arm=[2.0, 1.0, 2.0, 1.0]),
                        variable_value_labels={"arm": {1.0: "AD", 2.0: "geen AD"}})})),
    Clean("SPSS with codes that mean missing", sourced("ao_percent", "file: ao.sav", {"ao.sav": sav(
          spss(AO).assign(wage_value_percent=[99.0, 61.25, 98.0]), missing_ranges={"wage_value_percent": [98, 99]})})),
    Clean("a workbook with empty rows above the header", sourced("absence_spells", "file: v.xlsx",
          {"v.xlsx": workbook(Blad1=[[], [], *typed(SPELLS)])})),
]  # fmt: skip

TABLES = [
    Clean("all optional tables", EXTRA, None),
    Clean("optional tables with a header only", {name: HEADERS[name] for name in EXTRA if "survey" not in name}),
    Clean("surveys with a header only", {name: HEADERS[name] for name in EXTRA if "survey" in name}, None),
    Clean("an AO% table with a header only", only(AO), None),
    Clean("optional columns that are not there", without(ALLOCATION, "stratum"), {
        ALLOCATION: SOUND[ALLOCATION].replace("s_vik", "")}),
    Clean("no wage value column", without(AO, "wage_value_percent"), {AO: SOUND[AO].replace("61.25", "")}),
    Clean("sex unknown for everybody", frames(lambda frame: frame.assign(sex="unknown") if "sex" in frame else frame),
            None),
    Clean("a table in a folder of its own", spells("", S, "noord/2021/v.csv")),
    Clean("hidden, lock and system files", {".git/config": "x", "Thumbs.db": "x", "desktop.ini": "x",
            "~$cases.xlsx": "x"}),
]  # fmt: skip

SOURCES = [
    Clean("several files for one table", sourced("absence_spells", "file: v_*.csv",
          {"v_1.csv": "".join(S.splitlines(True)[:3]), "v_2.csv": HEADERS[SPELLS] + "".join(S.splitlines(True)[3:])})),
    Clean("Dutch column names",
            spells("columns: {case_id: Volgnummer, first_absence_date: Eerste ziektedag, return_date: Hersteld}",
          S.replace(HEADERS[SPELLS], "Volgnummer,Eerste ziektedag,Hersteld\n"))),
    Clean("free text that a survey declares", sourced("employee_survey", "file: es.csv\nfree_text: [toelichting]",
          {"es.csv": column("employee_survey.csv", "toelichting", "het gaat wel beter")["employee_survey.csv"]}), None),
    Clean("columns that are dropped", spells("drop: [Opmerking]", column(SPELLS, "Opmerking", "weer beter")[SPELLS])),
    Clean("a medical column that is dropped", sourced("cases", "file: p.csv\ndrop: [CAS-code]",
          {"p.csv": column(CASES, "CAS-code", "P651")[CASES]})),
    Clean("words that are translated", sourced("allocation",
            "file: toe.csv\nvalues: {arm: {I: intervention, C: control}}",
          {"toe.csv": SOUND[ALLOCATION].replace(",control", ",C").replace(",intervention", ",I")})),
    Clean("words of which some are canonical already", sourced("allocation",
            "file: toe.csv\nvalues: {arm: {I: intervention}}",
          {"toe.csv": SOUND[ALLOCATION].replace(",intervention", ",I", 1)})),
    Clean("a column that is stated", sourced("allocation", "file: toe.csv\nconstants: {organisation: org_a}",
          {"toe.csv": without(ALLOCATION, "organisation")[ALLOCATION]}),
          {ALLOCATION: SOUND[ALLOCATION].replace("org_b", "org_a")}),
    Clean("signs for missing", spells('missing: ["-", "n.v.t."]', S.replace("2021-06-02,", "2021-06-02,n.v.t."))),
    Clean("a date for open", spells("open_date: 31-12-9999", S.replace("2021-06-02,", "2021-06-02,9999-12-31"))),
    Clean("last sick days", spells("return_date_is: last_sick_day", LAST_DAYS), notes=("day_after_last_sick_day",)),
    Clean("per cent recovered", sourced("ao_percent", "file: ao.csv\nao_percent_is: percent_recovered",
            {"ao.csv": RECOVERED}),
          notes=("complement_taken",)),
    Clean("corrections and withdrawals", spells("latest_by: [Nr]\nwithdrawn: {Status: Ingetrokken}\ndrop: []", EVENTS),
          notes=("row_superseded", "row_withdrawn")),
    Clean("three header rows", spells("header_rows: 3", S.replace(HEADERS[SPELLS],
            HEADERS[SPELLS] + 'a,b,c\n"{""ImportId"":1}",d,e\n'))),
    Clean("spelling of CAS codes", {"diagnoses.csv": EXTRA["diagnoses.csv"].replace("P651", "p 651").replace("L313",
            "L-313")},
          {"diagnoses.csv": EXTRA["diagnoses.csv"]}, notes=("cas_code_repaired",)),
]  # fmt: skip

SENSE = [
    Clean("back at work on the first day", rows(SPELLS, "kx7r_a1,2021-03-08,2021-03-08"), None, ("spell_without_days",
            )),
    Clean("absent again on the day of return", rows(SPELLS, "kx7r_a1,2021-09-03,2021-09-10"), None),
    Clean("AO% on the first and on the last day of a spell", rows(AO, "kx7r_a1,2021-06-01,90,",
            "kx7r_a1,2021-09-02,10,"), None),
    Clean("AO% of nought within a spell", rows(AO, "kx7r_a1,2021-08-02,0,"), None),
    Clean("two diagnoses on one day", EXTRA | rows("diagnoses.csv", "kx7r_a1,2021-06-08,L101,1"), None),
    Clean("enrolled twice in the same arm", rows(ALLOCATION, "kx7r_a1,org_a,ba_ulm,,2021-07-13,control"), None,
            ("enrolled_twice",)),
    Clean("somebody without a personnel record", {CASES: SOUND[CASES].rsplit("\n", 2)[0] + "\n"}, None,
            ("no_case_record",)),
    Clean("enrolled outside the window", swap(ALLOCATION, "2021-06-10", "2021-03-10"), None, ("no_spell_at_enrolment",
            )),
    Clean("rows after the cut-off", swap(SPELLS, "2021-10-05", "2023-02-13"), None, ("after_data_cutoff",)),
    Clean("rows after the end of follow-up", rows(AO, "wq2m_b2,2022-04-11,40,"), None, ("after_followup_end",)),
    Clean("a letter that the codelist does not know", EXTRA | swap("diagnoses.csv", "L313", "Z313"), None,
            ("cas_letter_unlisted",)),
]  # fmt: skip

CLEAN = [*CSV, *FORMATS, *TABLES, *SOURCES, *SENSE]
