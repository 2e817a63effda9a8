"""A tiny codebook and tiny questionnaires for the tests of surveys."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.derive.survey import Surveys, survey_tables
from pilot_analysis.instruments import Instruments, instruments_from
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import empty_table, validated
from pilot_analysis.schemas.derived import SURVEY, SURVEY_ITEMS, SURVEY_WAVES

T0 = pd.Timestamp("2021-06-01")
WORDS = {"nl": "woorden", "en": "words"}
CODEBOOK = {
    "waves": {
        "employee_survey": {"first": 6, "step": 4, "last": 14, "window": [-7, 20]},
        "ad_survey": {"intervention": [13, 15], "control": [48, 53]},
    },
    "instruments": [
        {
            "name": "trust", "survey": "employee_survey", "asked": "every_wave", "scoring": "mean",
            "direction": "higher_is_better", "range": [1, 5], "not_applicable": [9], "minimum_answered": 2,
            "frequencies_at": 14, "effects": [], "label": WORDS,
            "items": [
                {"name": "t1", "label": WORDS}, {"name": "t2", "label": WORDS},
                {"name": "t3", "label": WORDS, "reverse": True},
            ],
        },
        {
            "name": "strain", "survey": "employee_survey", "asked": "every_wave", "scoring": "sum",
            "direction": "lower_is_better", "range": [0, 4], "recode": {"3": 2, "4": 2}, "minimum_answered": 3,
            "frequencies_at": 6, "effects": [], "label": WORDS,
            "items": [{"name": f"s{k}", "label": WORDS} for k in range(1, 5)],
        },
        {
            "name": "wanted", "survey": "employee_survey", "asked": "last_wave", "scoring": "none",
            "direction": "none", "range": [0, 1], "effects": [], "label": WORDS,
            "items": [{"name": "w1", "label": WORDS}],
        },
        {
            "name": "teamwork", "survey": "ad_survey", "asked": "once", "scoring": "mean",
            "direction": "higher_is_better", "range": [1, 5], "minimum_answered": 1, "effects": [], "label": WORDS,
            "items": [{"name": "a1", "label": WORDS}, {"name": "a2", "label": WORDS}],
        },
    ],
}  # fmt: skip


def codebook() -> Instruments:
    """The tiny codebook."""
    return instruments_from(CODEBOOK)


def people(**columns) -> pd.DataFrame:
    """Analysed people C0000, C0001, ... seen for a year from T0, absent until `back` (days; 1000 = never back)."""
    size = len(next(iter(columns.values())))
    default = {"arm": "control", "entry": 0, "last_known_day": 365, "back": 1000}
    frame = pd.DataFrame({**{name: [value] * size for name, value in default.items()}, **columns})
    return frame.assign(case_id=[f"C{k:04d}" for k in range(size)], t0=T0)


def path(who: pd.DataFrame) -> pd.DataFrame:
    """AO% path by position: 100 until `back`, 0 from then on."""
    rows = []
    for case, one in enumerate(who.itertuples()):
        rows.append((case, 0, min(one.back - 1, one.last_known_day), 100.0))
        if one.back <= one.last_known_day:
            rows.append((case, one.back, one.last_known_day, 0.0))
    return pd.DataFrame(rows, columns=["case", "first_day", "last_day", "ao_percent"])


def answers(survey: str, *rows: dict) -> pd.DataFrame:
    """Questionnaires: `case` (position), `week`, `day` of completion (days from T0; absent = unknown), items."""
    week = {"employee_survey": "wave_week", "ad_survey": "timing_week"}[survey]
    made = []
    for line, row in enumerate(rows, start=2):
        day = row.get("day", np.nan)
        items = {name: float(value) for name, value in row.items() if name not in ("case", "week", "day")}
        about = {"case_id": f"C{row['case']:04d}", week: row["week"], "completed_on": T0 + pd.to_timedelta(day, "D")}
        made.append({**about, **items, "source_file": "q.csv", "source_line": line, "delivery_hash": "0" * 16})
    empty = empty_table(TABLES[survey].schema)
    return pd.DataFrame(made).astype({name: str(kind) for name, kind in empty.dtypes.items()}) if made else empty


def surveyed(who: pd.DataFrame, employee: list[dict] = (), ad: list[dict] = ()) -> Surveys:
    """The derived tables of these questionnaires, each fitting its schema."""
    tables = {"employee_survey": answers("employee_survey", *employee), "ad_survey": answers("ad_survey", *ad)}
    found = survey_tables(tables, who, path(who), codebook())
    validated(found.scores, SURVEY)
    validated(found.items, SURVEY_ITEMS)
    validated(found.waves, SURVEY_WAVES)
    return found
