"""A small sound delivery with telling values, short ways to change it, and what intake and check make of it.

No value of a person in it is a word of the program, so that the leak test can search for each of them.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import xlsxwriter

from pilot_analysis.config import load_protocol
from pilot_analysis.intake.queries import COLUMNS

PROJECT = Path(__file__).parents[2]
PLAN = load_protocol(PROJECT / "config" / "protocol.yaml")
PLAN_COMPARED = replace(PLAN, design=replace(PLAN.design, allocation="organisations_compared"))
QUERIES = ",".join(COLUMNS) + "\n"
Content = str | bytes | None
Changes = Mapping[str, Content]

SOUND = {
    "allocation.csv": """case_id,organisation,cluster_id,stratum,enrolment_date,arm
kx7r_a1,org_a,ba_ulm,,2021-06-10,control
wq2m_b2,org_a,,s_vik,2021-06-11,intervention
zt9d_c3,org_b,ba_oth,,2021-06-12,control
hj4p_d4,org_b,ba_oth,,2021-06-14,intervention
""",
    "cases.csv": """case_id,department,region,job_group,sex,birth_year,contract_fte,daily_wage_eur,\
followup_end_date,followup_end_reason
kx7r_a1,dep_qa,reg_n,job_k,female,1983,1.0,151.37,,
wq2m_b2,dep_qb,reg_z,job_k,male,1976,0.82,122.08,2022-03-07,employment_end
zt9d_c3,dep_qc,reg_z,job_m,unknown,1991,0.5,99.95,,
hj4p_d4,dep_qc,reg_n,job_m,other,1968,0.9,207.16,,
""",
    "absence_spells.csv": """case_id,first_absence_date,return_date
kx7r_a1,2021-06-01,2021-09-03
wq2m_b2,2021-06-02,
zt9d_c3,2021-06-03,2021-08-04
hj4p_d4,2021-06-04,2021-10-05
""",
    "ao_percent.csv": """case_id,valid_from,ao_percent,wage_value_percent
kx7r_a1,2021-07-01,50,
zt9d_c3,2021-07-05,25.75,61.25
hj4p_d4,2021-09-06,62.5,
""",
}
EXTRA = {
    "diagnoses.csv": """case_id,recorded_on,cas_code,position
kx7r_a1,2021-06-08,P651,1
wq2m_b2,2021-06-09,L313,1
""",
    "fml.csv": """case_id,assessed_on,fml_version,personal_functioning,social_functioning,physical_environment,\
dynamic_actions,static_postures,working_hours,hours_per_day_item
kx7r_a1,2021-08-24,v_fml,5,2,0,3,1,1,2
""",
    "ad_activities.csv": """case_id,performed_on,activity,route,hours,cost_eur
wq2m_b2,2021-08-27,early_assessment,regular,6.75,941.25
""",
    "costs.csv": """case_id,incurred_on,category,amount_eur
zt9d_c3,2021-07-30,labour_expert,312.45
""",
    "employee_survey.csv": """case_id,wave_week,completed_on,work_pace,support_boss
kx7r_a1,6,2021-07-08,4,2.5
wq2m_b2,10,2021-08-07,3,
""",
    "ad_survey.csv": """case_id,timing_week,completed_on,contact_quality
wq2m_b2,14,2021-09-04,3
""",
    "interview_themes.csv": """interview_id,respondent_role,organisation,theme,valence
int_pq81,role_xk,org_a,th_trust,positive
""",
}
ALL = SOUND | EXTRA


@dataclass(frozen=True)
class Refused:
    """One way in which a delivery is wrong, and the finding that must name it.

    `rule`, `file` and `column` are those of the finding; `also` are other stops and queries that the same fault means.
    `decisions` are rows of config/queries.csv, in which a rule between braces is the id of its finding; `compared` says
    that the plan compares whole organisations.
    """

    area: str
    mode: str
    rule: str
    file: str | None
    column: str | None
    changes: Changes = field(repr=False)
    also: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    compared: bool = False


@dataclass(frozen=True)
class Clean:
    """One way in which a sound delivery may be written.

    `against` are changes to the sound delivery that must give the same tables; None where only acceptance counts.
    `notes` are the notes that must be given, no other.
    """

    variant: str
    changes: Changes = field(repr=False)
    against: Changes | None = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()


def swap(file: str, old: str, new: str) -> dict[str, str]:
    """`file` with its first `old` changed."""
    assert old in ALL[file], f"{old} is not in {file}"
    return {file: ALL[file].replace(old, new, 1)}


def rows(file: str, *lines: str) -> dict[str, str]:
    """`file` with more rows."""
    return {file: ALL[file] + "".join(line + "\n" for line in lines)}


def only(file: str, *lines: str) -> dict[str, str]:
    """`file` with its header and these rows instead of its own."""
    return {file: "".join(line + "\n" for line in (ALL[file].splitlines()[0], *lines))}


def column(file: str, header: str, *cells: str) -> dict[str, str]:
    """`file` with one more column; the last cell is repeated."""
    cells += cells[-1:] * ALL[file].count("\n")
    lines = zip(ALL[file].splitlines(), (header, *cells), strict=False)
    return {file: "".join(f"{line},{cell}\n" for line, cell in lines)}


def without(file: str, header: str) -> dict[str, str]:
    """`file` without one column."""
    frame = table(file).drop(columns=header)
    return {file: frame.to_csv(index=False, lineterminator="\n")}


def table(file: str) -> pd.DataFrame:
    """`file` as text, empty cells as empty text."""
    return pd.read_csv(io.StringIO(ALL[file]), dtype=str, keep_default_na=False)


def sourced(name: str, entry: str, files: Changes) -> dict[str, Content]:
    """The table `name` comes from `files` as the source `entry` (YAML) describes them; the others stay as they are."""
    plain = "".join(f"  - {{table: {other[:-4]}, file: {other}}}\n" for other in SOUND if other != f"{name}.csv")
    lines = [f"table: {name}", *entry.strip().splitlines()]
    text = "sources:\n" + plain + "".join(f"    {line}\n" for line in lines).replace("    ", "  - ", 1)
    changes: dict[str, Content] = {"sources.yaml": text}
    if name in {file[:-4] for file in SOUND}:
        changes[f"{name}.csv"] = None
    return changes | dict(files)


def deliver(folder: Path, changes: Changes) -> Path:
    """Write the sound delivery with `changes`: new or other files, None for a file that is not delivered."""
    for name, content in (SOUND | dict(changes)).items():
        if content is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def workbook(*, from_1904: bool = False, merged: str | None = None, **sheets: list[list]) -> bytes:
    """An Excel file; dates become true dates, `=...` formulas with the error as value; `merged` is a range of cells."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": from_1904}) as book:
        form = book.add_format({"num_format": "dd-mm-yyyy"})
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for place, line in enumerate(lines):
                for number, cell in enumerate(line):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(place, number, cell, form)
                    elif isinstance(cell, str) and cell.startswith("="):
                        sheet.write_formula(place, number, cell, None, "#N/A")
                    elif cell not in (None, ""):
                        sheet.write(place, number, cell)
            if merged:
                sheet.merge_range(merged, "2021-06-01")
    return buffer.getvalue()


def parquet(content: pa.Table | pd.DataFrame) -> bytes:
    """A Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(content if isinstance(content, pa.Table) else pa.Table.from_pandas(content), buffer)
    return buffer.getvalue()


def sav(frame: pd.DataFrame, **options) -> bytes:
    """An SPSS file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.sav")
        pyreadstat.write_sav(frame, path, **options)
        return path.read_bytes()


def typed(file: str, *, serial: bool = False) -> list[list]:
    """Header and rows of `file` with numbers and dates as such; `serial` writes dates as Excel's serial numbers."""
    frame = table(file)
    cells = [[_typed(name, cell, serial) for name, cell in row.items()] for row in frame.to_dict("records")]
    return [list(frame.columns), *cells]


def _typed(name: str, cell: str, serial: bool) -> object:
    if cell == "":
        return None
    if name.endswith(("_date", "_on", "_from")):
        day = dt.date.fromisoformat(cell)
        return (day - dt.date(1899, 12, 30)).days if serial else day
    return cell if any(letter.isalpha() for letter in cell) else float(cell)
