"""Write a simulated trial as suppliers would send it: each in its own format and spelling, described by `sources.yaml`.

- org_noord: semicolon CSV, decimal comma, cp1252, `% hersteld`; org_oost: Parquet; org_zuid: one workbook with the last
  sick day and serial dates; org_west: UTF-8 with BOM, spells as an event log. Health service, researchers, costs apart;
  questionnaires as survey platforms export them (`platforms`).
- The same tables give the same bytes: no clock, no random numbers here, a fixed creation date in the workbooks.
- It fails (KeyError) on an organisation that no supplier stands for. Nothing identifying is written, not even made up.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
import yaml

from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.synthetic import platforms
from pilot_analysis.synthetic import sources as dutch
from pilot_analysis.synthetic.files import DELIVERY_FILES
from pilot_analysis.synthetic.trial import simulate_trial

DEFAULT_CASES = 240
DEFAULT_SEED = 20210408
CREATED = dt.datetime(2023, 1, 9)
SERIAL_ORIGIN = np.datetime64("1899-12-30")
# Every so many rows: a CAS code spelled `p 650` or `P-650`, a corrected and a withdrawn row in the event log.
SPACED_EVERY, DASHED_EVERY, CORRECTED_EVERY, WITHDRAWN_EVERY = 23, 31, 9, 40
WITHDRAWN_DAYS_BEFORE = 400
REMARKS = np.array(["", "dossier compleet", "contact via één loket", ""], dtype=object)


def write_delivery(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write the canonical `tables` (as `simulate_trial` gives them) to exactly `DELIVERY_FILES` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_others(folder, tables)
    platforms.write(folder, tables)
    for organisation, write in (("noord", _noord), ("oost", _oost), ("zuid", _zuid), ("west", _west)):
        write(folder, _of_organisation(tables, f"org_{organisation}"))
    (folder / "sources.yaml").write_text(_sources_text(), encoding="utf-8", newline="\n")


def make_default(folder: Path, n_cases: int = DEFAULT_CASES, seed: int = DEFAULT_SEED) -> None:
    """Simulate and write the default delivery; each of `DELIVERY_FILES` appears in `folder` whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".delivery-", dir=folder.parent) as made:
        write_delivery(Path(made), simulate_trial(n_cases, seed))
        for name in DELIVERY_FILES:
            (Path(made) / name).replace(folder / name)


class _Plain(yaml.SafeDumper):
    """YAML without anchors: a person has to read it."""

    def ignore_aliases(self, data) -> bool:
        return True


def _sources_text() -> str:
    head = "# How to read this delivery. Synthetic: made by pilot_analysis.synthetic, nobody in it exists.\n"
    return head + yaml.dump(dutch.sources(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def _of_organisation(tables: dict[str, pd.DataFrame], name: str) -> dict[str, pd.DataFrame]:
    """Select the employer's own rows, with the canonical columns."""
    allocation = tables["allocation"]
    unknown = set(allocation["organisation"]) - {"org_noord", "org_oost", "org_zuid", "org_west"}
    if unknown:
        raise KeyError(f"no supplier stands for {sorted(unknown)}")
    own = allocation.loc[allocation["organisation"] == name, "case_id"]
    employer = ("cases", "absence_spells", "ao_percent")
    return {key: tables[key].loc[tables[key]["case_id"].isin(own), TABLES[key].columns] for key in employer}


def _renamed(
    frame: pd.DataFrame, columns: dict[str, str], values: dict[str, dict[str, str]] | None = None
) -> pd.DataFrame:
    """Give the columns of `columns` in the supplier's names and, where `values` says so, in the supplier's words."""
    out = frame[list(columns)].copy()
    for column, words in (values or {}).items():
        out[column] = out[column].map({meaning: word for word, meaning in words.items()}).astype("string")
    return out.rename(columns=columns)


def _csv(frame: pd.DataFrame, path: Path, encoding: str, *, dutch_style: bool = True) -> None:
    style = {"sep": ";", "decimal": ",", "date_format": "%d-%m-%Y"} if dutch_style else {"date_format": "%Y-%m-%d"}
    ending = "\r\n" if dutch_style else "\n"
    frame.to_csv(path, index=False, encoding=encoding, lineterminator=ending, **style)


def _xlsx(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    """Write a workbook with true dates, empty cells for missing values and a fixed creation date."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd-mm-yyyy"}) as book:
        book.set_properties({"created": CREATED})
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, frame.columns)
            for place, column in enumerate(frame.columns):
                values = frame[column].astype(object).where(frame[column].notna(), None)
                sheet.write_column(1, place, values)


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path)


def _noord(folder: Path, own: dict[str, pd.DataFrame]) -> None:
    people = _renamed(own["cases"], dutch.CASE_COLUMNS, dutch.CASE_VALUES)
    for column in ("Datum einde", "Reden einde"):
        text = people[column].dt.strftime("%d-%m-%Y") if column == "Datum einde" else people[column]
        people[column] = text.astype("string").fillna(dutch.MISSING_MARK)
    people.insert(1, dutch.INTERNAL_NOTE, REMARKS[np.arange(len(people)) % len(REMARKS)])
    _csv(people, folder / "noord_medewerkers.csv", "cp1252")
    spells = _renamed(own["absence_spells"], dutch.NOORD_SPELLS)
    spells["Datum hersteld"] = spells["Datum hersteld"].dt.strftime("%d-%m-%Y").astype("string").fillna(dutch.OPEN_DATE)
    late = spells["Eerste ziektedag"] >= pd.Timestamp(2022, 1, 1)
    _csv(spells[~late], folder / "noord_verzuim_2021.csv", "cp1252")
    _csv(spells[late], folder / "noord_verzuim_2022.csv", "cp1252")
    steps = own["ao_percent"].assign(ao_percent=lambda rows: 100 - rows["ao_percent"])
    _csv(_renamed(steps, dutch.NOORD_AO), folder / "noord_hersteld.csv", "cp1252")


def _oost(folder: Path, own: dict[str, pd.DataFrame]) -> None:
    for table, name in (("cases", "oost_medewerkers"), ("absence_spells", "oost_verzuim"), ("ao_percent", "oost_ao")):
        _parquet(own[table], folder / f"{name}.parquet")


def _zuid(folder: Path, own: dict[str, pd.DataFrame]) -> None:
    spells = own["absence_spells"].assign(return_date=lambda rows: rows["return_date"] - pd.Timedelta(days=1))
    steps = own["ao_percent"].assign(valid_from=lambda rows: (rows["valid_from"] - pd.Timestamp(SERIAL_ORIGIN)).dt.days)
    sheets = {
        "Personeel": _renamed(own["cases"], dutch.CASE_COLUMNS, dutch.CASE_VALUES),
        "Verzuim": _renamed(spells, dutch.ZUID_SPELLS),
        "AO": _renamed(steps, dutch.ZUID_AO),
    }
    _xlsx(folder / "zuid.xlsx", sheets)


def _west(folder: Path, own: dict[str, pd.DataFrame]) -> None:
    _csv(_renamed(own["cases"], dutch.CASE_COLUMNS, dutch.CASE_VALUES), folder / "west_personeel.csv", "utf-8-sig")
    _csv(_renamed(own["ao_percent"], dutch.WEST_AO), folder / "west_ao.csv", "utf-8-sig")
    _csv(_event_log(own["absence_spells"]), folder / "west_mutaties.csv", "utf-8-sig")


def _event_log(spells: pd.DataFrame) -> pd.DataFrame:
    """Log each spell as its last mutation; some with an earlier one that was still open, some spells withdrawn."""
    row = np.arange(len(spells))
    final = spells.assign(order=row * 3 + 2, status=dutch.ACTIVE)
    corrected = final[(row % CORRECTED_EVERY == 4) & final["return_date"].notna()]
    corrected = corrected.assign(return_date=pd.NaT, order=lambda rows: rows["order"] - 1)
    mistaken = final[row % WITHDRAWN_EVERY == 7]
    before = mistaken["first_absence_date"] - pd.Timedelta(days=WITHDRAWN_DAYS_BEFORE)
    mistaken = mistaken.assign(first_absence_date=before, return_date=pd.NaT, order=lambda rows: rows["order"] - 2)
    undone = mistaken.assign(status=dutch.WITHDRAWN, order=lambda rows: rows["order"] + len(spells) * 3)
    log = pd.concat([final, corrected, mistaken, undone]).sort_values("order", kind="stable")
    log = log.assign(number=np.arange(1, len(log) + 1))
    return _renamed(log, dutch.WEST_SPELLS | {"number": dutch.MUTATION, "status": dutch.STATUS})


def _write_others(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Allocation, diagnoses, FML, activities of labour experts, costs."""
    allocation = _renamed(tables["allocation"], dutch.ALLOCATION_COLUMNS, {"arm": dutch.ARM_VALUES})
    _xlsx(folder / "toewijzing.xlsx", {"Toewijzing": allocation})
    found = tables["diagnoses"].assign(cas_code=_spelled(tables["diagnoses"]["cas_code"]))
    _csv(_renamed(found, dutch.DIAGNOSIS_COLUMNS), folder / "arbodienst_diagnoses.csv", "cp1252")
    for table, name in (("fml", "arbodienst_fml.csv"), ("ad_activities", "ad_activiteiten.csv")):
        _csv(tables[table][TABLES[table].columns], folder / name, "utf-8", dutch_style=False)
    costs = _renamed(tables["costs"], dutch.COST_COLUMNS, {"category": dutch.CATEGORY_VALUES})
    _csv(costs, folder / "kosten.csv", "cp1252")


def _spelled(codes: pd.Series) -> pd.Series:
    """CAS codes, now and then in the spelling of another system."""
    row = np.arange(len(codes))
    spaced, dashed = row % SPACED_EVERY == 5, row % DASHED_EVERY == 3
    codes = codes.mask(spaced, codes.str[0].str.lower() + " " + codes.str[1:])
    return codes.mask(dashed & ~spaced, codes.str[0] + "-" + codes.str[1:])
