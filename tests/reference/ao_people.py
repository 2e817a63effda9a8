"""Delivered tables of made-up trials for the reference of AO% over time: R derives its own daily path from them.

- pilot: as the delivery of the pilot, calendar cut-off included; long: everybody seen for a year unless they leave;
- one: a smaller trial within one organisation, so that models have no organisations.

Run `python tests/reference/ao_people.py` to make the files anew; the committed files are what is compared.
"""

from pathlib import Path

import pandas as pd

from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import conform, empty_table

HERE = Path(__file__).parent
FOLDER = HERE / "ao"
SETS = {"pilot": (300, 20210412, True), "long": (180, 20210413, False), "one": (110, 20210414, True)}
DELIVERED = {
    "allocation": ["case_id", "organisation", "enrolment_date", "arm"],
    "cases": ["case_id", "followup_end_date", "followup_end_reason"],
    "absence_spells": ["case_id", "first_absence_date", "return_date"],
    "ao_percent": ["case_id", "valid_from", "ao_percent", "wage_value_percent"],
}
_DULL = {
    "department": "d", "region": "r", "job_group": "j", "sex": "female", "birth_year": 1980, "contract_fte": 1.0,
    "daily_wage_eur": 200.0, "delivery_hash": 16 * "0",
}  # fmt: skip


def made(name: str) -> dict[str, pd.DataFrame]:
    """What would be delivered of one set, as the product makes it up."""
    from pilot_analysis.synthetic.trial import simulate_trial

    cases, seed, calendar = SETS[name]
    tables = simulate_trial(cases, seed, calendar=calendar, questionnaires=False)
    if name == "one":
        tables["allocation"]["organisation"] = "org_a"
    return {table: tables[table][columns] for table, columns in DELIVERED.items()}


def read(name: str) -> dict[str, pd.DataFrame]:
    """The committed tables of one set in full, as `derive` takes them; those not delivered are empty."""
    tables = {table: empty_table(kind.schema) for table, kind in TABLES.items()}
    for table in DELIVERED:
        frame = pd.read_csv(FOLDER / f"{name}_{table}.csv", dtype={"case_id": str})
        frame = frame.assign(source_file=f"{table}.csv", source_line=range(2, len(frame) + 2))
        for column, kind in TABLES[table].schema.columns.items():
            if column not in frame:
                frame[column] = _DULL.get(column)
            if str(kind.dtype).startswith("datetime"):
                frame[column] = pd.to_datetime(frame[column])
        tables[table] = conform(frame, TABLES[table].schema)
    return tables


def main() -> None:
    """Write the tables of every set."""
    FOLDER.mkdir(exist_ok=True)
    for name in SETS:
        for table, frame in made(name).items():
            frame.to_csv(FOLDER / f"{name}_{table}.csv", index=False, date_format="%Y-%m-%d", lineterminator="\n")


if __name__ == "__main__":
    main()
