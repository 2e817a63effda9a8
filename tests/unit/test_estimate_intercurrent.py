"""Intercurrent events counted by arm: who had one, of whom it could happen to, in which population."""

import pandas as pd
import pytest
from estimate_tables import derived, filled, people, protocol

from pilot_analysis.estimate.intercurrent import intercurrent_rows
from pilot_analysis.release.members import basis_of
from pilot_analysis.release.people import People
from pilot_analysis.schemas.columns import empty_table
from pilot_analysis.schemas.derived import GUIDANCE, PROCESS

TRIAL = """
arm           entry  time  status     known
intervention  10     200   event      365
intervention  10     150   competing  150
intervention  10     120   censored   120
intervention  10     88    event      365
intervention  10     40    event      365
intervention  100    300   event      365
control       10     300   event      365
control       10     300   censored   300
"""
REASONS = {"C0001": "employment_end", "C0002": "pregnancy_leave", "C0007": "consent_withdrawn"}
CONTACTS = {"C0000": 86, "C0001": 95, "C0003": 100, "C0006": 200, "C0007": 340}
RELAPSE = {"C0000": 250, "C0004": 60}


def tables(contacts=CONTACTS):
    """Derived tables of the trial with the day of first contact, reasons of leaving, and who relapsed when."""
    made = derived(people(TRIAL))
    reason = made["cases"]["case_id"].map(REASONS).astype("string")
    made["cases"] = made["cases"].assign(followup_reason=reason, leaves=reason.eq("employment_end").fillna(False))
    made["outcomes"] = made["outcomes"].assign(reason=made["outcomes"]["case_id"].map(REASONS).astype("string"))
    again = made["periods"][made["periods"]["state"] == "returned"].drop_duplicates("case_id")
    again = again[again["case_id"].isin(RELAPSE)].assign(ao_percent=50.0, state="partial")
    again = again.assign(first_day=again["case_id"].map(RELAPSE).astype("int64"))
    shorter = made["periods"].copy()
    back = (shorter["state"] == "returned") & shorter["case_id"].isin(RELAPSE)
    shorter.loc[back, "last_day"] = shorter.loc[back, "case_id"].map(RELAPSE).astype("int64") - 1
    made["periods"] = pd.concat([shorter, again], ignore_index=True)
    process = pd.DataFrame({"case_id": made["cases"]["case_id"]})
    made["process"] = process.assign(first_contact_day=process["case_id"].map(contacts).astype("Int64"))
    guidance = pd.DataFrame({"case_id": list(contacts), "day": list(contacts.values())})
    made["guidance"] = filled(guidance.assign(activity="other", arm="control", route="regular", hours=1.0), GUIDANCE)
    return made


def rows_of(made):
    names = ("cases", "outcomes", "process", "guidance", "periods")
    return intercurrent_rows(*(made[name] for name in names), protocol())


def counted(rows, population="landmark_84"):
    return {(row["term"], row["level"]): (row["estimate"], row["n"]) for row in rows if row["population"] == population}


def test_those_still_absent_when_week_13_begins_are_counted_up_to_return_or_leaving():
    found = counted(rows_of(tables()))
    assert found == {
        ("no_or_late_ad", "intervention"): (3.0, 4),  # contact after day 90 is late; who returned in week 13 was due
        ("early_ad_in_control", "control"): (1.0, 2),  # day 200; day 340 is the regular window
        ("leaving", "intervention"): (1.0, 4),
        ("leaving", "control"): (0.0, 2),
        ("relapse", "intervention"): (1.0, 2),  # of those who returned
        ("relapse", "control"): (0.0, 1),
        ("pregnancy_leave", "intervention"): (1.0, 4),
        ("pregnancy_leave", "control"): (0.0, 2),
        ("consent_withdrawn", "intervention"): (0.0, 4),
        ("consent_withdrawn", "control"): (1.0, 2),
    }


def test_everyone_analysed_is_counted_over_the_whole_year_without_labour_experts():
    found = counted(rows_of(tables()), "itt")
    assert not {event for event, _ in found} & {"no_or_late_ad", "early_ad_in_control"}
    assert found["relapse", "intervention"] == (2.0, 4)
    assert found["leaving", "intervention"] == (1.0, 6)
    assert found["pregnancy_leave", "intervention"] == (1.0, 6)


def test_without_activities_nothing_is_said_of_labour_experts():
    rows = rows_of(tables({}) | {"guidance": empty_table(GUIDANCE)})
    experts = [row for row in rows if row["term"] in ("no_or_late_ad", "early_ad_in_control")]
    assert [row["status"] for row in experts] == ["not_estimable"] * 2
    assert all(row["reason"] == "no activities of labour experts were delivered" for row in experts)
    assert all(row["status"] == "ok" for row in rows if row not in experts)


def test_nobody_enrolled_gives_rows_with_a_reason():
    nobody = tables()
    nobody["cases"] = nobody["cases"].assign(exclusion="no_case_record")
    rows = rows_of(nobody)
    assert len(rows) == 18
    assert {row["status"] for row in rows} == {"not_estimable"}


@pytest.mark.parametrize("place", range(18))
def test_the_people_behind_each_count_are_found_a_second_way(place):
    made = tables()
    made["process"] = made["process"].reindex(columns=list(PROCESS.columns))
    row = rows_of(made)[place]
    basis = basis_of(row, People(made, protocol()))
    assert (basis.n, basis.n_events) == (row["n"], row["n_events"])
