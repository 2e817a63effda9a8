"""Checks of dates against birth, the first absence day (t0), enrolment, the end of follow-up and the data cut-off.

- Where t0 is unknown (no spell at enrolment) a date is held to enrolment, or to nothing.
- A wave of week w belongs to the days 7 (w - 1) .. 7 w - 1 from t0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilot_analysis.intake.assemble import PERSON
from pilot_analysis.intake.tables import Hit, Tables, check, spell_on

SURVEYS = {"employee_survey": "wave_week", "ad_survey": "timing_week"}
SURVEY_SLACK_DAYS = 28
MEDICAL_SLACK_DAYS = 730
FIRST_WAVE, WAVE_STEP = 6, 4  # weeks of the employee survey: 6, 10, 14, ...


@check("date_before_birth")
def date_before_birth(tables: Tables) -> Iterator[Hit]:
    """Dates before the year of birth; a year of birth that is wrong itself is left to `age_out_of_range`."""
    limits, bounds = tables.limits, tables.protocol.thresholds
    age = limits["t0"].fillna(limits["enrolment"]).dt.year - limits["birth_year"]
    born = limits["birth_year"].where(age.between(bounds.age_min, bounds.age_max)).to_numpy()
    for rows, column in tables.dated():
        yield Hit(rows[rows[column].dt.year.to_numpy() < born[rows[PERSON]]], column)


@check("medical_long_before")
def medical_long_before(tables: Tables) -> Iterator[Hit]:
    """Diagnoses and FML from years before t0."""
    for name, column in (("diagnoses", "recorded_on"), ("fml", "assessed_on")):
        rows = tables.filled(name, "case_id", column)
        first = tables.of(rows, "t0").fillna(tables.of(rows, "enrolment"))
        yield Hit(rows[rows[column] < first - pd.Timedelta(days=MEDICAL_SLACK_DAYS)], column)


@check("ad_before_absence")
def ad_before_absence(tables: Tables) -> Iterator[Hit]:
    """Activities of a labour expert before t0."""
    rows = tables.filled("ad_activities", "case_id", "performed_on")
    yield Hit(rows[rows["performed_on"] < tables.of(rows, "t0")], "performed_on")


@check("ad_before_enrolment")
def ad_before_enrolment(tables: Tables) -> Iterator[Hit]:
    """Activities of a labour expert before enrolment, and not before t0."""
    rows = tables.filled("ad_activities", "case_id", "performed_on")
    day = rows["performed_on"]
    yield Hit(rows[(day < tables.of(rows, "enrolment")) & ~(day < tables.of(rows, "t0"))], "performed_on")


@check("cost_before_absence")
def cost_before_absence(tables: Tables) -> Iterator[Hit]:
    """Costs before t0."""
    rows = tables.filled("costs", "case_id", "incurred_on")
    yield Hit(rows[rows["incurred_on"] < tables.of(rows, "t0")], "incurred_on")


@check("survey_before_absence")
def survey_before_absence(tables: Tables) -> Iterator[Hit]:
    """Questionnaires completed before t0."""
    for name in SURVEYS:
        rows = tables.filled(name, "case_id", "completed_on")
        yield Hit(rows[rows["completed_on"] < tables.of(rows, "t0")], "completed_on")


@check("survey_far_from_week")
def survey_far_from_week(tables: Tables) -> Iterator[Hit]:
    """Questionnaires completed on or after t0, but more than four weeks before or after their week."""
    for name, week in SURVEYS.items():
        rows = tables.filled(name, "case_id", "completed_on", week)
        day = (rows["completed_on"] - tables.of(rows, "t0")).dt.days
        last = 7 * rows[week].astype("float64") - 1
        off = np.maximum(last - 6 - day, day - last)
        yield Hit(rows[(day >= 0) & (off > SURVEY_SLACK_DAYS)], "completed_on")


@check("survey_after_return")
def survey_after_return(tables: Tables) -> Iterator[Hit]:
    """Employee surveys completed after t0 on a day without absence."""
    rows = tables.filled("employee_survey", "case_id", "completed_on")
    rows = rows[rows["completed_on"] >= tables.of(rows, "t0")]
    yield Hit(rows[spell_on(tables.spells, rows[PERSON], rows["completed_on"]) < 0], "completed_on")


@check("wave_unplanned")
def wave_unplanned(tables: Tables) -> Iterator[Hit]:
    """Waves of the employee survey in another week than 6, 10, 14, and so on."""
    rows = tables.filled("employee_survey", "wave_week")
    past = rows["wave_week"].astype("int64") - FIRST_WAVE
    yield Hit(rows[(past < 0) | (past % WAVE_STEP != 0)], "wave_week")


@check("ad_survey_other_week")
def ad_survey_other_week(tables: Tables) -> Iterator[Hit]:
    """Questionnaires of labour experts about another week than that of the arm's assessment, or the week after."""
    rows = tables.filled("ad_survey", "case_id", "timing_week")
    allocation = tables.filled("allocation", "case_id", "arm").drop_duplicates(PERSON)
    arm = rows[PERSON].map(allocation.set_index(PERSON)["arm"].astype(object))
    other = pd.Series(False, index=rows.index)
    for name in ("intervention", "control"):
        first, last = tables.protocol.weeks[f"assessment_{name}"]
        other |= (arm == name) & ~rows["timing_week"].between(first // 7 + 1, last // 7 + 2)
    yield Hit(rows[other], "timing_week")


@check("after_data_cutoff")
def after_data_cutoff(tables: Tables) -> Iterator[Hit]:
    """Dates after the data cut-off, but not so far that the run stops. Late enrolment is an exclusion."""
    for rows, column in tables.dated():
        if column != "enrolment_date":
            late = _days_late(tables, rows, column)
            yield Hit(rows[(late > 0) & (late <= tables.protocol.dates.stop_after_cutoff_days)], column)


@check("after_followup_end")
def after_followup_end(tables: Tables) -> Iterator[Hit]:
    """Dates up to the data cut-off, but after the end of the person's follow-up."""
    for rows, column in tables.dated():
        if column != "enrolment_date":
            after_end = rows[column] > tables.of(rows, "end")
            yield Hit(rows[(_days_late(tables, rows, column) <= 0) & after_end], column)


@check("far_past_cutoff")
def far_past_cutoff(tables: Tables) -> Iterator[Hit]:
    """Dates more than `stop_after_cutoff_days` past the data cut-off."""
    days = tables.protocol.dates.stop_after_cutoff_days
    for rows, column in tables.dated():
        late = _days_late(tables, rows, column)
        yield Hit(rows[late > days], column, f"dates at most {days} days past the cut-off")


def _days_late(tables: Tables, rows: pd.DataFrame, column: str) -> np.ndarray:
    """Days past the data cut-off of the person's organisation."""
    cutoff = tables.limits["cutoff"].to_numpy()[rows[PERSON]]
    return (rows[column].to_numpy() - cutoff) // np.timedelta64(1, "D")
