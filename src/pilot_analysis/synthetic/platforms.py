"""Questionnaires as survey platforms export them, and how `sources.yaml` reads them back.

- Qualtrics: three header rows (names, labels, of which one over several lines, import ids), numbers as answers, -99 for
  a question that was seen and not answered, and the platform's own columns. Those that would identify somebody are
  empty, not made up; all but the pseudonym, the wave and the day are under `drop`.
- LimeSurvey: one header row, every cell in quotes, questions by code (`SAM[SQ001]`), answers by code (`A1`, `Y`).
- Interview themes have the canonical columns already.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd

from pilot_analysis.schemas.canonical import PROVENANCE, TABLES
from pilot_analysis.synthetic.questionnaires import AD_COOPERATION, AD_YES_NO

EMPLOYEES, EXPERTS, INTERVIEWS = "werknemers_qualtrics.csv", "arbeidsdeskundigen_limesurvey.csv", "interviewthemas.csv"
STAMP = "%Y-%m-%d %H:%M:%S"
NOON = " 12:00:00"
UNANSWERED = "-99"
QUALTRICS = {"case_id": "ExternalReference", "wave_week": "Wave", "completed_on": "EndDate"}
# The platform's own columns in its order, and what is in them; None is mapped above. Nothing that might identify.
QUALTRICS_OWN = {
    "StartDate": "", "EndDate": None, "Status": "0", "IPAddress": "", "Progress": "100", "Duration (in seconds)": "",
    "Finished": "1", "RecordedDate": "", "ResponseId": "", "RecipientLastName": "", "RecipientFirstName": "",
    "RecipientEmail": "", "ExternalReference": None, "LocationLatitude": "", "LocationLongitude": "",
    "DistributionChannel": "anonymous", "UserLanguage": "NL",
}  # fmt: skip
QUALTRICS_DROP = {name: text for name, text in QUALTRICS_OWN.items() if text is not None}
LIMESURVEY = {
    "case_id": "token", "timing_week": "timingweek", "completed_on": "submitdate",
    **{f"ad_coop_{name}": f"SAM[SQ{number:03d}]" for number, name in enumerate(AD_COOPERATION, start=1)},
    **{name: f"BEV[SQ{number:03d}]" for number, name in enumerate(AD_YES_NO, start=1)},
}  # fmt: skip
LIMESURVEY_OWN = {"lastpage": "3", "startlanguage": "nl", "ipaddr": ""}
AGREEMENT = {f"A{code}": str(code) for code in range(1, 6)}
YES_NO = {"Y": "1", "N": "0"}
LIMESURVEY_VALUES = {f"ad_coop_{name}": AGREEMENT for name in AD_COOPERATION} | dict.fromkeys(AD_YES_NO, YES_NO)


def sources() -> list[dict]:
    """The entries of `sources.yaml` for the three files."""
    employees = {
        "table": "employee_survey", "supplier": "survey", "file": EMPLOYEES, "header_rows": 3, "date_format": STAMP,
        "columns": QUALTRICS, "missing": [UNANSWERED], "drop": list(QUALTRICS_DROP),
    }  # fmt: skip
    experts = {
        "table": "ad_survey", "supplier": "survey", "file": EXPERTS, "date_format": STAMP, "columns": LIMESURVEY,
        "values": LIMESURVEY_VALUES, "drop": list(LIMESURVEY_OWN),
    }  # fmt: skip
    return [employees, experts, {"table": "interview_themes", "supplier": "research", "file": INTERVIEWS}]


def write(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write the two questionnaires and the themes of `tables` to `folder`."""
    _qualtrics(tables["employee_survey"], folder / EMPLOYEES)
    _limesurvey(tables["ad_survey"], folder / EXPERTS)
    themes = tables["interview_themes"][TABLES["interview_themes"].columns]
    themes.to_csv(folder / INTERVIEWS, index=False, encoding="utf-8", lineterminator="\n")


def _qualtrics(table: pd.DataFrame, path: Path) -> None:
    items = [name for name in table if name not in (*TABLES["employee_survey"].columns, *PROVENANCE)]
    asked_last = [name for name in items if name.startswith("wanted_")]
    texts = _texts(table, items)
    # What was not shown stays empty; what was shown and skipped is -99.
    shown = [name for name in items if name not in asked_last]
    texts[shown] = texts[shown].where(texts[shown] != "", UNANSWERED)
    frame = texts.rename(columns=QUALTRICS).assign(**QUALTRICS_DROP)[[*QUALTRICS_OWN, *items, QUALTRICS["wave_week"]]]
    labels = [f"Vragenlijst werknemers - {name}" if name in items else name for name in frame]
    labels[len(QUALTRICS_OWN)] = labels[len(QUALTRICS_OWN)].replace(" - ", "\n\nKies een antwoord. - ")
    ids = [json.dumps({"ImportId": f"QID_{name}" if name in items else name}) for name in frame]
    _write(path, [list(frame), labels, ids], frame, csv.QUOTE_MINIMAL)


def _limesurvey(table: pd.DataFrame, path: Path) -> None:
    texts = _texts(table, list(LIMESURVEY_VALUES))
    for name, words in LIMESURVEY_VALUES.items():
        texts[name] = texts[name].map({meaning: word for word, meaning in words.items()} | {"": ""})
    frame = pd.DataFrame(index=table.index).assign(**LIMESURVEY_OWN)
    frame = pd.concat([frame, texts[list(LIMESURVEY)].rename(columns=LIMESURVEY)], axis="columns")
    _write(path, [list(frame)], frame, csv.QUOTE_ALL)


def _texts(table: pd.DataFrame, items: list[str]) -> pd.DataFrame:
    """All cells as text: whole numbers, days with a time of day, nothing for missing."""
    week = "wave_week" if "wave_week" in table else "timing_week"
    day = table["completed_on"].dt.strftime("%Y-%m-%d") + NOON
    texts = table[[*items, week]].astype("Int64").astype("string")
    texts.insert(0, "case_id", table["case_id"])
    return texts.assign(completed_on=day)[["case_id", week, "completed_on", *items]].astype("string").fillna("")


def _write(path: Path, header: list[list[str]], frame: pd.DataFrame, quoting: int) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=quoting, lineterminator="\n")
        writer.writerows([*header, *frame.itertuples(index=False)])
