"""Checks of keys, people, arms and organisations."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pilot_analysis.intake.assemble import PERSON
from pilot_analysis.intake.tables import Hit, Tables, by_person, check
from pilot_analysis.schemas.canonical import TABLES

SMALL_ORGANISATION = 10  # below, one arm only may well be chance
SMALL_FILE, NEARLY_ALL = 10, 0.9  # people and share from which a file counts as that of one organisation


@check("duplicate_key")
def duplicate_keys(tables: Tables) -> Iterator[Hit]:
    """Rows that share the key of their table; allocation and diagnoses have rules of their own."""
    for name, table in TABLES.items():
        if name not in ("allocation", "diagnoses"):
            rows = tables.filled(name, *table.key)
            yield Hit(rows[rows.duplicated(by_person(table.key), keep=False)], table.key[0])


@check("enrolled_twice")
def enrolled_twice(tables: Tables) -> Iterator[Hit]:
    """People with several allocation rows."""
    rows = tables.filled("allocation", "case_id")
    yield Hit(rows[rows.duplicated(PERSON, keep=False)], "case_id")


@check("allocation_contradicts")
def allocation_contradicts(tables: Tables) -> Iterator[Hit]:
    """People whose allocation rows differ in arm or organisation."""
    for column in ("arm", "organisation"):
        rows = tables.filled("allocation", "case_id", column)
        several = rows.drop_duplicates([PERSON, column])
        several = several.loc[several.duplicated(PERSON, keep=False), PERSON]
        yield Hit(rows[rows[PERSON].isin(several)], column)


@check("one_arm_in_organisation")
def one_arm_in_organisation(tables: Tables) -> Iterator[Hit]:
    """Organisations of some size with a single arm, although individuals were randomised."""
    rows = tables.filled("allocation", "organisation", "arm")
    if tables.protocol.design.allocation == "randomised_individuals":
        arms = rows.groupby("organisation")["arm"].transform("nunique")
        people = rows.groupby("organisation")["arm"].transform("size")
        yield Hit(rows[(arms == 1) & (people >= SMALL_ORGANISATION)], "arm")


@check("two_arms_in_organisation")
def two_arms_in_organisation(tables: Tables) -> Iterator[Hit]:
    """People whose arm is not that of more than half of their organisation, although organisations are compared."""
    rows = tables.filled("allocation", "case_id", "organisation", "arm")
    if tables.protocol.design.allocation == "organisations_compared":
        people = rows.groupby("organisation")["arm"].transform("size")
        alike = rows.groupby(["organisation", "arm"])["case_id"].transform("size")
        yield Hit(rows[2 * alike <= people], "arm")


@check("cluster_in_organisations")
def cluster_in_organisations(tables: Tables) -> Iterator[Hit]:
    """Clusters that occur in several organisations."""
    rows = tables.filled("allocation", "organisation", "cluster_id")
    yield Hit(rows[rows.groupby("cluster_id")["organisation"].transform("nunique") > 1], "cluster_id")


@check("organisation_contradicts")
def organisation_contradicts(tables: Tables) -> Iterator[Hit]:
    """People in the employer's file of one organisation who were allocated in another that has files of its own.

    A file is that of an organisation when nearly all of its people were allocated there.
    """
    allocation = tables.filled("allocation", "case_id", "organisation").drop_duplicates(PERSON)
    employs = allocation.set_index(PERSON)["organisation"].astype(object)
    employers = [number for number, origin in enumerate(tables.origins) if origin.supplier == "employer"]
    for name, table in TABLES.items():
        rows = tables.filled(name, "case_id") if "case_id" in table.key and name != "allocation" else pd.DataFrame()
        if rows.empty or rows["origin"].nunique() < 2:
            continue
        rows = rows[rows["origin"].isin(employers)]
        theirs = rows[PERSON].map(employs)
        people = pd.DataFrame({"origin": rows["origin"], PERSON: rows[PERSON], "theirs": theirs}).drop_duplicates()
        shares = people.groupby("origin")["theirs"].value_counts(normalize=True).reset_index(name="share")
        sizes = people["origin"].value_counts()
        clear = shares[(shares["share"] >= NEARLY_ALL) & (shares["origin"].map(sizes) >= SMALL_FILE)]
        own = rows["origin"].map(clear.set_index("origin")["theirs"])
        yield Hit(rows[own.notna() & theirs.ne(own) & theirs.isin(clear["theirs"])], "case_id")


@check("interview_organisation")
def interview_organisation(tables: Tables) -> Iterator[Hit]:
    """Interviews of an organisation that takes no part."""
    if "allocation" not in tables.incomplete:
        rows = tables.filled("interview_themes", "organisation")
        yield Hit(rows[~rows["organisation"].isin(tables.frames["allocation"]["organisation"])], "organisation")


@check("identical_diagnosis")
def identical_diagnosis(tables: Tables) -> Iterator[Hit]:
    """Diagnoses that repeat an earlier row in every column."""
    columns = TABLES["diagnoses"].columns
    rows = tables.filled("diagnoses", *columns)
    yield Hit(rows[rows.duplicated(by_person(columns), keep="first")], None)


@check("cas_letter_unlisted")
def cas_letter_unlisted(tables: Tables) -> Iterator[Hit]:
    """Codes whose letter the codelist does not list; without a codelist there is nothing to compare with."""
    rows = tables.filled("diagnoses", "cas_code")
    if tables.protocol.cas_letters:
        codes = pd.Series(rows["cas_code"].unique())  # few, of many rows
        strange = codes[~codes.str[0].isin(list(tables.protocol.cas_letters))]
        yield Hit(rows[rows["cas_code"].isin(strange)], "cas_code")


@check("orphan")
def orphans(tables: Tables) -> Iterator[Hit]:
    """Rows of people whom allocation does not list."""
    allocation = tables.frames["allocation"]
    if not tables.whole("allocation") or allocation.empty:
        return
    for name, table in TABLES.items():
        if "case_id" in table.key and name != "allocation":
            rows = tables.filled(name, "case_id")
            yield Hit(rows[~rows[PERSON].isin(allocation[PERSON])], "case_id")


@check("no_case_record")
def no_case_record(tables: Tables) -> Iterator[Hit]:
    """Allocated people without a row in cases."""
    if tables.whole("cases"):
        rows = tables.filled("allocation", "case_id")
        yield Hit(rows[~rows[PERSON].isin(tables.frames["cases"][PERSON])], "case_id")


@check("no_spells")
def no_spells(tables: Tables) -> Iterator[Hit]:
    """Allocated people with a row in cases and without any spell."""
    spells = tables.frames["absence_spells"]
    if tables.whole("absence_spells") and len(spells):
        rows = tables.filled("cases", "case_id")
        allocated = rows[PERSON].isin(tables.frames["allocation"][PERSON])
        yield Hit(rows[allocated & ~rows[PERSON].isin(spells[PERSON])], "case_id")


@check("fml_hours_contradict")
def fml_hours_contradict(tables: Tables) -> Iterator[Hit]:
    """Limited hours per day (item above 1) although no item of the rubric of working hours is limited."""
    rows = tables.filled("fml", "working_hours", "hours_per_day_item")
    yield Hit(rows[(rows["working_hours"] == 0) & (rows["hours_per_day_item"] > 1)], "hours_per_day_item")
