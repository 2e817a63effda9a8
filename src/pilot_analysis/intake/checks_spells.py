"""Checks of absence spells, AO%, enrolment and the end of follow-up."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pilot_analysis.intake.assemble import PERSON
from pilot_analysis.intake.tables import Hit, Tables, check


@check("return_before_absence")
def return_before_absence(tables: Tables) -> Iterator[Hit]:
    """Spells that end before they begin."""
    rows = tables.filled("absence_spells", "first_absence_date", "return_date")
    yield Hit(rows[rows["return_date"] < rows["first_absence_date"]], "return_date")


@check("spells_overlap")
def spells_overlap(tables: Tables) -> Iterator[Hit]:
    """Spells that begin while an earlier spell of the same person lasts; an open spell lasts for good."""
    spells = tables.spells
    ends = spells["return_date"].fillna(pd.Timestamp.max)
    latest = ends.groupby(spells[PERSON], sort=False).cummax().shift()
    later = spells[PERSON].eq(spells[PERSON].shift())
    yield Hit(spells[later & (spells["first_absence_date"] < latest)], "first_absence_date")


@check("spell_without_days")
def spell_without_days(tables: Tables) -> Iterator[Hit]:
    """Spells that end on the day they begin."""
    rows = tables.filled("absence_spells", "first_absence_date", "return_date")
    yield Hit(rows[rows["return_date"] == rows["first_absence_date"]], "return_date")


@check("ao_outside_spell")
def ao_outside_spell(tables: Tables) -> Iterator[Hit]:
    """AO% rows on days that no delivered spell covers, but those that `ao_after_return` names."""
    rows, after_return = tables.ao_outside
    yield Hit(rows[~after_return], "valid_from")


@check("ao_after_return")
def ao_after_return(tables: Tables) -> Iterator[Hit]:
    """AO% above 0 on a day on which the last spell is closed."""
    rows, after_return = tables.ao_outside
    yield Hit(rows[after_return], "valid_from")


@check("no_spell_at_enrolment")
def no_spell_at_enrolment(tables: Tables) -> Iterator[Hit]:
    """People with spells, none of which covers the day of enrolment."""
    if tables.whole("absence_spells"):
        rows = tables.filled("allocation", "case_id", "enrolment_date")
        readable = rows[PERSON].isin(tables.spells[PERSON]) & ~rows[PERSON].isin(tables.unread_spells)
        yield Hit(rows[readable & tables.of(rows, "t0").isna()], "enrolment_date")


@check("enrolled_after_horizon")
def enrolled_after_horizon(tables: Tables) -> Iterator[Hit]:
    """People whose year was over on the day of enrolment."""
    rows = tables.filled("allocation", "case_id", "enrolment_date")
    days = (rows["enrolment_date"] - tables.of(rows, "t0")).dt.days
    yield Hit(rows[days >= tables.protocol.thresholds.horizon_days], "enrolment_date")


@check("followup_end_incomplete")
def followup_end_incomplete(tables: Tables) -> Iterator[Hit]:
    """A follow-up end with a date but no reason, or the reverse."""
    rows = tables.rows("cases", "followup_end_date", "followup_end_reason")
    date, reason = rows["followup_end_date"].notna(), rows["followup_end_reason"].notna()
    yield Hit(rows[date & ~reason], "followup_end_reason")
    yield Hit(rows[reason & ~date], "followup_end_date")


@check("followup_before_absence")
def followup_before_absence(tables: Tables) -> Iterator[Hit]:
    """Follow-up that ended before t0."""
    rows = tables.filled("cases", "case_id", "followup_end_date")
    yield Hit(rows[rows["followup_end_date"] < tables.of(rows, "t0")], "followup_end_date")


@check("followup_before_enrolment")
def followup_before_enrolment(tables: Tables) -> Iterator[Hit]:
    """Follow-up that ended before enrolment, and not before t0."""
    rows = tables.filled("cases", "case_id", "followup_end_date")
    end = rows["followup_end_date"]
    yield Hit(rows[(end < tables.of(rows, "enrolment")) & ~(end < tables.of(rows, "t0"))], "followup_end_date")


@check("age_out_of_range")
def age_out_of_range(tables: Tables) -> Iterator[Hit]:
    """Age at t0: year of t0 minus year of birth. Somebody without a spell at enrolment is judged at enrolment."""
    limits = tables.protocol.thresholds
    rows = tables.filled("cases", "case_id", "birth_year")
    first = tables.of(rows, "t0").fillna(tables.of(rows, "enrolment"))
    age = first.dt.year - rows["birth_year"].astype("float64")
    wrong = (age < limits.age_min) | (age > limits.age_max)
    yield Hit(
        rows[wrong], "birth_year", f"an age of {limits.age_min} to {limits.age_max} years at the first absence day"
    )
