"""Sound deliveries drawn at random, and every notation in which a table of one can be written.

- `deliveries()` draws the rows of all eleven tables; `notations()` draws, per table, a format and how it is used.
- `write_table` writes rows in a notation and gives the source that describes it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import xlsxwriter
from hypothesis import strategies as st

from pilot_analysis.schemas.canonical import ACTIVITIES, ARMS, COST_CATEGORIES, FML_RUBRICS, SEXES, TABLES

FORMATS = ("csv", "xlsx true", "xlsx serial", "xlsx text", "sav", "sav labels", "parquet typed", "parquet text")
ITEMS = {"employee_survey": ["rtw_1", "wai"], "ad_survey": ["clear"]}
# No digits: what looks like a postcode or a phone number stops a run. Nothing that strip() takes off.
WORDS = st.text(st.sampled_from("abcxyzABCéëïñß€ ,;|'\"-=#%&/()\u2013"), min_size=1, max_size=10).map(
    lambda text: "w" + " ".join(text.split())
)
IDS = st.from_regex(r"[A-Z][A-Za-z0-9_-]{3,9}", fullmatch=True)
Rows = list[dict]


def _tenths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low * 10, high * 10).map(lambda number: number / 10)


@st.composite
def deliveries(draw) -> dict[str, Rows]:
    """Rows of all tables, whole in themselves: nothing in them stops a run."""
    made: dict[str, Rows] = {name: [] for name in TABLES}
    for person in draw(st.lists(IDS, min_size=2, max_size=3, unique=True)):
        first = draw(st.dates(dt.date(2021, 4, 1), dt.date(2022, 3, 1)))
        enrolled = first + dt.timedelta(draw(st.integers(0, 60)))
        _people(draw, made, person, first, enrolled)
        _course(draw, made, person, first)
        _guidance(draw, made, person, first, enrolled)
    for number in range(draw(st.integers(0, 2))):
        made["interview_themes"].append({
            "interview_id": f"int-{number}", "respondent_role": draw(WORDS), "organisation": "o", "theme": draw(WORDS),
            "valence": draw(st.sampled_from(["positive", "negative", "mixed"])),
        })  # fmt: skip
    return made


def _people(draw, made: dict[str, Rows], person: str, first: dt.date, enrolled: dt.date) -> None:
    ends = draw(st.booleans())
    made["allocation"].append({
        "case_id": person, "organisation": "o", "cluster_id": draw(st.none() | WORDS), "stratum": None,
        "enrolment_date": enrolled, "arm": draw(st.sampled_from(ARMS)),
    })  # fmt: skip
    made["cases"].append({
        "case_id": person, "department": draw(WORDS), "region": draw(WORDS), "job_group": "j",
        "sex": draw(st.sampled_from(SEXES)), "birth_year": draw(st.integers(1960, 2000)),
        "contract_fte": draw(st.integers(1, 120)) / 100, "daily_wage_eur": draw(st.integers(1, 10**5)) / 100,
        "followup_end_date": first + dt.timedelta(draw(st.integers(90, 200))) if ends else None,
        "followup_end_reason": draw(st.sampled_from(["death", "pregnancy_leave"])) if ends else None,
    })  # fmt: skip


def _course(draw, made: dict[str, Rows], person: str, first: dt.date) -> None:
    length = draw(st.integers(62, 300))
    back = first + dt.timedelta(length) if draw(st.booleans()) else None
    made["absence_spells"].append({"case_id": person, "first_absence_date": first, "return_date": back})
    for day in sorted(draw(st.sets(st.integers(1, 60), max_size=2))):
        made["ao_percent"].append({
            "case_id": person, "valid_from": first + dt.timedelta(day), "ao_percent": draw(_tenths(0, 100)),
            "wage_value_percent": draw(st.none() | _tenths(0, 100)),
        })  # fmt: skip
    for position in range(1, 1 + draw(st.integers(0, 2))):
        code = draw(st.sampled_from("PLA")) + str(draw(st.integers(100, 999)))
        recorded = first + dt.timedelta(7)
        made["diagnoses"].append({
            "case_id": person, "recorded_on": recorded, "cas_code": code, "position": position,
        })  # fmt: skip
    if draw(st.booleans()):
        items = {name: draw(st.integers(0, most)) for name, most in FML_RUBRICS.items()}
        made["fml"].append({
            "case_id": person, "assessed_on": first + dt.timedelta(50), "fml_version": draw(st.none() | WORDS), **items,
            "hours_per_day_item": draw(st.none() | st.integers(1, 5)),
        })  # fmt: skip


def _guidance(draw, made: dict[str, Rows], person: str, first: dt.date, enrolled: dt.date) -> None:
    answer = st.none() | _tenths(0, 10)
    if draw(st.booleans()):
        made["ad_activities"].append({
            "case_id": person, "performed_on": enrolled + dt.timedelta(30),
            "activity": draw(st.sampled_from(ACTIVITIES)), "route": "regular",
            "hours": draw(_tenths(0, 8)), "cost_eur": draw(st.integers(0, 10**5)) / 100,
        })  # fmt: skip
        made["costs"].append({
            "case_id": person, "incurred_on": first + dt.timedelta(30),
            "category": draw(st.sampled_from(COST_CATEGORIES)), "amount_eur": draw(st.integers(0, 10**6)) / 100,
        })  # fmt: skip
    for name, week, number in (("employee_survey", "wave_week", 6), ("ad_survey", "timing_week", 14)):
        if draw(st.booleans()):
            done = first + dt.timedelta(7 * number - 4) if draw(st.booleans()) else None
            items = {item: draw(answer) for item in ITEMS[name]}
            made[name].append({"case_id": person, week: number, "completed_on": done, **items})


def columns_of(table: str) -> list[str]:
    """The canonical columns of a table and its items."""
    return TABLES[table].columns + ITEMS.get(table, [])


@st.composite
def notations(draw) -> dict:
    """A format, and how a supplier uses it."""
    form = draw(st.sampled_from(FORMATS))
    text = form in ("csv", "xlsx text", "parquet text")
    return {
        "form": form,
        "date_format": draw(st.sampled_from(["%Y-%m-%d", "%d-%m-%Y", "%m/%d/%Y", "%Y%m%d", "%d.%m.%Y"])),
        "decimal": draw(st.sampled_from([".", ","])) if text else ".",
        "delimiter": draw(st.sampled_from([",", ";", "\t", "|"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])),
        "line_end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "renamed": draw(st.booleans()), "reversed": draw(st.booleans()), "dropped": draw(st.booleans()),
        "missing": draw(st.sampled_from([None, "n.v.t.", "#"])) if text else None,
    }  # fmt: skip


def write_table(folder: Path, table: str, rows: Rows, how: dict) -> dict:
    """Write `rows` of `table` in the notation `how`; the entry of sources.yaml."""
    names = columns_of(table)
    kinds = {name: _kind(table, name) for name in names}
    columns = {name: [row[name] for row in rows] for name in names}
    if how["dropped"]:
        names, kinds, columns = [*names, "Opmerking"], kinds | {"Opmerking": "text"}, columns
        columns["Opmerking"] = ["x"] * len(rows)
    if how["reversed"]:
        names = names[::-1]
    called = {name: f"k_{place}" for place, name in enumerate(names)} if how["renamed"] else {}
    source: dict = {"table": table, "supplier": TABLES[table].owner, "file": f"{table}.{_suffix(how['form'])}"}
    if how["dropped"]:
        source["drop"] = [called.get("Opmerking", "Opmerking")]
    if how["renamed"]:
        source["columns"] = {name: called[name] for name in names if name != "Opmerking"}
    data = {called.get(name, name): columns[name] for name in names}
    types = {called.get(name, name): kinds[name] for name in names}
    write = {"csv": _csv, "xlsx": _xlsx, "sav": _sav, "parquet": _parquet}[_suffix(how["form"])]
    return source | write(folder / source["file"], data, types, how)


def _suffix(form: str) -> str:
    return form.split()[0]


def _kind(table: str, name: str) -> str:
    columns = TABLES[table].schema.columns
    kind = str(columns[name].dtype) if name in columns else "float64"
    return {"datetime64[ns]": "date", "float64": "number", "Int64": "whole"}.get(kind, "text")


def _text(cell, how: dict) -> str | None:
    if cell is None:
        return how["missing"]
    if isinstance(cell, dt.date):
        return cell.strftime(how["date_format"])
    return str(cell).replace(".", how["decimal"]) if isinstance(cell, float) else str(cell)


def _keys(how: dict) -> dict:
    keys = {"date_format": how["date_format"], "decimal": how["decimal"]}
    return keys | ({"missing": [how["missing"]]} if how["missing"] else {})


def _csv(path: Path, data: dict[str, list], types: dict[str, str], how: dict) -> dict:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=how["delimiter"], lineterminator=how["line_end"], quoting=how["quoting"])
    writer.writerow(data)
    writer.writerows([_text(cell, how) for cell in row] for row in zip(*data.values(), strict=True))
    path.write_bytes(buffer.getvalue().encode(how["encoding"]))
    return _keys(how) | {"delimiter": how["delimiter"], "encoding": how["encoding"]}


def _xlsx(path: Path, data: dict[str, list], types: dict[str, str], how: dict) -> dict:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd-mm-yyyy", "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Blad1")
        sheet.write_row(0, 0, data)
        for place, cells in enumerate(data.values()):
            if how["form"] == "xlsx text":
                cells = [_text(cell, how) for cell in cells]
            elif how["form"] == "xlsx serial":
                cells = [(cell - dt.date(1899, 12, 30)).days if isinstance(cell, dt.date) else cell for cell in cells]
            sheet.write_column(1, place, cells)
    return {"xlsx text": _keys(how), "xlsx serial": {"date_format": "excel"}}.get(how["form"], {})


def _sav(path: Path, data: dict[str, list], types: dict[str, str], how: dict) -> dict:
    frame, labels, missing = {}, {}, {}
    for name, cells in data.items():
        if types[name] == "text":
            frame[name] = pd.Series([cell or "" for cell in cells], dtype=object)
        elif types[name] == "date":
            frame[name] = pd.Series(cells, dtype=object)
        else:
            frame[name] = pd.Series(cells, dtype="float64")
    if how["form"] == "sav labels":  # empty text as a user-missing code, the other words as labels of codes
        for name in [name for name in data if types[name] == "text" and not name.startswith("Opm")]:
            words = sorted({cell for cell in data[name] if cell is not None})
            codes = {word: float(code) for code, word in enumerate(words, start=1)} | {None: 99.0}
            frame[name] = frame[name].iloc[:0].astype("float64") if not data[name] else pd.Series(
                [codes[cell] for cell in data[name]]
            )  # fmt: skip
            labels[name] = {code: word for word, code in codes.items() if word is not None} | {99.0: "geen opgave"}
            missing[name] = [99]
    pyreadstat.write_sav(pd.DataFrame(frame), path, variable_value_labels=labels, missing_ranges=missing)
    return {}


def _parquet(path: Path, data: dict[str, list], types: dict[str, str], how: dict) -> dict:
    if how["form"] == "parquet text":
        arrays = {name: pa.array([_text(cell, how) for cell in cells], pa.string()) for name, cells in data.items()}
    else:
        kinds = {"text": pa.string(), "date": pa.date32(), "number": pa.float64(), "whole": pa.int32()}
        arrays = {name: pa.array(cells, kinds[types[name]]) for name, cells in data.items()}
    pq.write_table(pa.table(arrays), path)
    return _keys(how) if how["form"] == "parquet text" else {}
