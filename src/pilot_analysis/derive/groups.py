"""Groups of cases, each with the date on which it was known.

- cas_group: letter of the primary CAS code last recorded on or before enrolment (of several on one day the last in file
  order), by the codelist; a letter that is not listed counts as `other`.
- fml_group: which rubrics have limited items in the latest FML on or before a limit day. The FML is set late and
  allocation may change when: only the one known at enrolment is a baseline characteristic.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilot_analysis.derive.days import day_numbers, to_dates

_MENTAL = ["personal_functioning", "social_functioning"]
_PHYSICAL = ["physical_environment", "dynamic_actions", "static_postures"]


def cas_groups(
    diagnoses: pd.DataFrame, case_ids: pd.Index, enrolment: np.ndarray, letters: Mapping[str, str]
) -> pd.DataFrame:
    """CAS group by case position, and the day it was recorded: columns `cas_group`, `cas_known_on`."""
    row, known_on = _latest_rows(diagnoses[diagnoses["position"] == 1], "recorded_on", case_ids, enrolment)
    group = row["cas_code"].str[0].map(dict(letters)).fillna("other").where(row["cas_code"].notna(), "unknown")
    return pd.DataFrame({"cas_group": group.astype("string").array, "cas_known_on": known_on})


def fml_groups(fml: pd.DataFrame, case_ids: pd.Index, limit: np.ndarray) -> pd.DataFrame:
    """FML group by case position from the latest assessment up to day `limit`: columns `fml_group`, `fml_known_on`."""
    row, known_on = _latest_rows(fml, "assessed_on", case_ids, limit)
    mental = (row[_MENTAL].fillna(0) > 0).any(axis="columns").to_numpy()
    physical = (row[_PHYSICAL].fillna(0) > 0).any(axis="columns").to_numpy()
    hours = (row["working_hours"].fillna(0) > 0).to_numpy()
    group = np.select(
        [known_on.isna().to_numpy(), mental & physical, mental, physical, hours],
        ["not_assessed", "mental_and_physical", "mental", "physical", "hours_only"],
        "none",
    )
    return pd.DataFrame({"fml_group": pd.array(group, dtype="string"), "fml_known_on": known_on})


def _latest_rows(
    table: pd.DataFrame, dated: str, case_ids: pd.Index, limit: np.ndarray
) -> tuple[pd.DataFrame, pd.Series]:
    """The row of each case last dated on or before its limit (empty without one), and that date."""
    case, day = case_ids.get_indexer(table["case_id"]), day_numbers(table[dated])
    rows = table.assign(case=case, day=day)[(case >= 0) & (day <= limit[case])]
    rows = rows.sort_values(["case", "day"], kind="stable").drop_duplicates("case", keep="last").set_index("case")
    rows = rows.reindex(range(len(case_ids)))
    known = rows["day"].notna().to_numpy()
    return rows, to_dates(rows["day"].fillna(0).to_numpy(dtype="int64"), known)
