"""Which table a file holds, and which of its columns is which, by their names.

- Each table is tried; what counts is how many of its required columns are found, then how many of the file's columns
  are understood, then words in the name of the file or sheet.
- A table is proposed only when a column is found that says what the table is about. A table that comes close is told.
- Fails on files whose columns have names that are not in `describe_names`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pilot_analysis.intake.describe_names import CLEAR, key, names_of
from pilot_analysis.intake.names import joined
from pilot_analysis.schemas.canonical import FML_RUBRICS, TABLES

_TELLING: dict[str, tuple[str, ...]] = {
    "allocation": ("arm",), "cases": ("sex", "birth_year", "daily_wage_eur"), "absence_spells": ("first_absence_date",),
    "ao_percent": ("ao_percent",), "diagnoses": ("cas_code",), "fml": tuple(FML_RUBRICS),
    "ad_activities": ("activity",), "costs": ("amount_eur",), "employee_survey": ("wave_week",),
    "ad_survey": ("timing_week",), "interview_themes": ("theme",),
}  # fmt: skip
_FILE_WORDS = {
    "allocation": "toewijz|allocat|randomis|aanmeld", "cases": "personeel|medewerkers|cases|werknemers(?!enq)",
    "absence_spells": "verzuim|ziek|absence|mutatie", "ao_percent": "ao|hersteld|percent", "diagnoses": "diagnos|cas",
    "fml": "fml", "ad_activities": "ad_?act|activiteit", "costs": "kosten|cost",
    "employee_survey": "enquete|vragenlijst|survey|medewerker|werknemer|employee",
    "ad_survey": "arbeidsdeskundige|(^|[^a-z])ad([^a-z]|$)|ad_survey", "interview_themes": "interview|thema",
}  # fmt: skip
_CLOSE = 0.15


@dataclass(frozen=True)
class Match:
    """A table, and for each canonical column found the file's name for it and how clear that name is."""

    table: str
    columns: dict[str, str]
    clearness: dict[str, int]
    score: float

    @property
    def missing(self) -> list[str]:
        """Required columns that were not found."""
        table = TABLES[self.table]
        return [column for column in table.columns if column not in self.columns and column not in table.optional]


def match(table: str, headers: Sequence[str], label: str) -> Match:
    """The columns of `table` among `headers`, each name used once, clear names first, then the order of the file."""
    known = names_of(table)
    found = [(*known[key(name)], name) for name in headers if key(name) in known]
    columns: dict[str, str] = {}
    clearness: dict[str, int] = {}
    for column, degree, name in sorted(found, key=lambda entry: -entry[1]):
        if column not in columns:
            columns[column], clearness[column] = name, degree
    required = [column for column in TABLES[table].columns if column not in TABLES[table].optional]
    required = [column for column in required if column != "completed_on"]
    there = sum(0.5 + 0.5 * (clearness[column] == CLEAR) for column in required if column in columns)
    score = there / len(required) + 0.3 * len(columns) / max(len(headers), 1)
    score += 0.2 * (re.search(_FILE_WORDS[table], label.lower()) is not None)
    return Match(table, columns, clearness, score if set(columns) & set(_TELLING[table]) else 0.0)


def choose(headers: Sequence[str], label: str) -> tuple[Match | None, list[str]]:
    """The table that fits best (None: none does), and what is doubtful about it."""
    matches = sorted((match(table, headers, label) for table in TABLES), key=lambda found: -found.score)
    best, second = matches[:2]
    if best.score < 0.5:
        return None, []
    doubts = [f"columns of table {best.table} not found: {', '.join(best.missing)}"] if best.missing else []
    if second.score > best.score - _CLOSE:
        doubts.append(f"could also be table {second.table}")
    return best, doubts


def return_date_is(name: str) -> tuple[str, bool]:
    """What the name says that a return date is, and whether it says so clearly."""
    word = joined(name)
    if "laatste" in word or "last" in word:
        return "last_sick_day", True
    return "first_day_back", "eerste" in word or "first" in word or word == "returndate"


def ao_percent_is(name: str) -> tuple[str, bool]:
    """What the name says that a percentage is, and whether it says so clearly."""
    word = key(name)
    if re.search(r"herst|geschikt|aanwezig|werkhervat|recover", word) and "ongeschikt" not in word:
        return "percent_recovered", re.search(r"herst|recover", word) is not None
    return "percent_absent", word not in ("pct", "percent")
