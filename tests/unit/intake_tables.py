"""A small sound delivery as text, and short ways to change it and to read what intake says of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from pilot_analysis.intake.delivery import Intake, read_delivery
from pilot_analysis.schemas.canonical import PROVENANCE

PLAN = SimpleNamespace(
    dates=SimpleNamespace(
        data_cutoff=dt.date(2022, 12, 31),
        data_cutoff_per_organisation={"org_b": dt.date(2022, 6, 30)},
        stop_after_cutoff_days=730,
    ),
    design=SimpleNamespace(allocation="randomised_individuals"),
    thresholds=SimpleNamespace(age_min=14, age_max=80, merge_gap_days=28, horizon_days=365),
    weeks={"assessment_intervention": (84, 90), "assessment_control": (329, 364)},
    cas_letters={"P": "psychological", "L": "musculoskeletal", "A": "other"},
)
SOUND = {
    "allocation.csv": """case_id,organisation,cluster_id,enrolment_date,arm
P001,org_a,ba1,2021-06-10,control
P002,org_a,,2021-06-11,intervention
P003,org_b,ba2,2021-06-12,control
""",
    "cases.csv": """case_id,department,region,job_group,sex,birth_year,contract_fte,daily_wage_eur,\
followup_end_date,followup_end_reason
P001,kantoor,noord,zorg,female,1980,1.0,150.5,,
P002,kantoor,zuid,zorg,male,1975,0.8,120,2022-03-01,employment_end
P003,techniek,oost,zorg,unknown,1990,0.5,99.95,,
""",
    "absence_spells.csv": """case_id,first_absence_date,return_date
P001,2021-06-01,2021-09-01
P002,2021-06-02,
P003,2021-06-03,2021-08-01
""",
    "ao_percent.csv": """case_id,valid_from,ao_percent
P001,2021-07-01,50
P003,2021-07-05,25.5
""",
}


def deliver(folder: Path, changes: dict[str, str | bytes | None] | None = None) -> Path:
    """Write the sound delivery with `changes`: new or other files, None for a file that is not delivered."""
    for name, content in (SOUND | (changes or {})).items():
        if content is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def replaced(name: str, old: str, new: str) -> dict[str, str]:
    """The file `name` of the sound delivery with its first `old` changed."""
    assert old in SOUND[name]
    return {name: SOUND[name].replace(old, new, 1)}


def read(folder: Path, changes: dict[str, str | bytes | None] | None = None) -> Intake:
    """Intake of the sound delivery with `changes`."""
    return read_delivery(deliver(folder, changes), PLAN)


def sourced(folder: Path, entry: str, files: dict[str, str | bytes], table: str = "absence_spells") -> Intake:
    """Intake of the sound delivery, in which `table` comes from `files` as the source `entry` (YAML) describes them."""
    rest = [name.removesuffix(".csv") for name in SOUND if name != f"{table}.csv"]
    plain = "".join(f"  - {{table: {name}, file: {name}.csv}}\n" for name in rest)
    lines = "".join(f"    {line}\n" for line in [f"table: {table}", *entry.strip().splitlines()])
    sources = "sources:\n" + plain + lines.replace("    ", "  - ", 1)
    return read(folder, {f"{table}.csv": None, "sources.yaml": sources, **files})


def told(intake: Intake, *columns: str) -> list[tuple]:
    """The issues as tuples, empty cells as None."""
    columns = columns or ("severity", "rule", "file", "line", "column", "count")
    rows = intake.issues[list(columns)].astype(object)
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


def content(frame: pd.DataFrame) -> list[tuple]:
    """Rows without provenance, dates as text, empty cells as None."""
    plain = frame.drop(columns=list(PROVENANCE)).copy()
    for column in plain.select_dtypes("datetime").columns:
        plain[column] = plain[column].dt.strftime("%Y-%m-%d")
    plain = plain.astype(object)
    return list(plain.where(plain.notna(), None).itertuples(index=False, name=None))
