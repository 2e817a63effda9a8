"""Who is behind a row of the results store: as many people and events as it says, and the right ones."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import protocol
from finished_run import finished_run

from pilot_analysis.release.members import NO_PEOPLE, all_bases, basis_of, plain_rows
from pilot_analysis.release.people import People


@pytest.fixture(scope="module")
def store():
    run = finished_run()
    return plain_rows(run.estimates), all_bases(run.estimates, run.people)


def test_as_many_people_as_every_row_says(store):
    rows, bases = store
    wrong = [name for name, basis in bases.items() if rows[name]["n"] is not None and rows[name]["n"] != basis.n]
    assert wrong == []
    assert sum(rows[name]["n"] is not None for name in bases) > 4000


def test_as_many_events_as_every_row_says(store):
    rows, bases = store
    wrong = [name for name, basis in bases.items() if rows[name]["n_events"] != basis.n_events]
    assert wrong == []
    assert sum((rows[name]["n_events"] or 0) > 0 for name in bases) > 2000


def test_an_estimate_that_counts_people_counts_these(store):
    rows, bases = store
    counts = {name: basis for name, basis in bases.items() if rows[name]["unit"] == "people" and _ok(rows[name])}
    wrong = [name for name, basis in counts.items() if basis.counted.who.sum() != rows[name]["estimate"]]
    assert wrong == []
    assert len(counts) > 500


def _ok(row) -> bool:
    return row["status"] == "ok"


def test_only_rows_that_are_about_nobody_have_no_people(store):
    rows, bases = store
    nobody = {name: row for name, row in rows.items() if name not in bases}
    printed = ("published", "published_fall", "assumed")
    for name, row in nobody.items():
        about_nobody = row["analysis"] in NO_PEOPLE or row["measure"] in printed or row["level"] in printed
        assert about_nobody or (row["analysis"] == "theory_of_change" and row["n"] is None), name


def test_events_and_counts_are_people_of_the_row(store):
    for name, basis in store[1].items():
        for part in (basis.events, basis.counted):
            assert part is None or not (part.who & ~basis.members.who).any(), name


def test_an_effect_rests_on_the_people_of_the_result_that_it_points_to(store):
    rows, bases = store
    pointing = [name for name in bases if rows[name]["analysis"] == "theory_of_change"]
    assert pointing
    for name in pointing:
        target = rows[name]["method"].removeprefix("direction of ").rpartition(": ")[0]
        assert (bases[name].members.who == bases[target].members.who).all()


def outcomes(**columns) -> pd.DataFrame:
    return pd.DataFrame({"endpoint": "full_rtw", "reason": "", **columns})


@pytest.fixture
def four() -> People:
    """Four people: back on day 100, back on day 84, left on day 90, enrolled after the landmark."""
    ids = ["A", "B", "C", "D"]
    cases = pd.DataFrame(
        {"case_id": ids, "arm": ["control", "control", "intervention", "control"], "entry": [10, 10, 10, 86],
         "exclusion": pd.Series([None] * 4, dtype="string"), "cas_group": ["other", "unknown", "other", "other"]}
    )  # fmt: skip
    rows = outcomes(case_id=ids, status=["event", "event", "competing", "censored"], time=[100, 84, 90, 365])
    return People({"cases": cases, "outcomes": rows}, protocol())


def row(**keys) -> dict:
    return {"endpoint": "full_rtw", "population": "landmark_84", "origin": "landmark", "group_by": "arm", "time": None,
            "term": None, "method": "", "status": "ok", **keys}  # fmt: skip


def members(people: People, part: str = "members", **keys) -> str:
    chosen = getattr(basis_of(row(**keys), people), part)
    return "".join(people.ids[chosen.who])


def test_a_landmark_holds_those_still_waiting_after_its_day_and_enrolled_by_it(four):
    assert members(four, analysis="logrank", measure="logrank", level="all") == "AC"
    assert members(four, analysis="logrank", measure="logrank", level="all", population="itt") == "ABCD"


@pytest.mark.parametrize(("day", "still"), [(6.0, "AC"), (7.0, "A"), (16.0, "A"), (17.0, "")])
def test_at_risk_at_a_milestone(four, day, still):
    said = {"analysis": "km", "measure": "n_at_risk", "group_by": "cas_group", "level": "other", "time": day}
    assert members(four, "counted", **said) == still


def test_of_leaving_the_events_are_those_who_left(four):
    said = {"analysis": "cuminc", "level": "intervention"}
    assert members(four, "events", measure="cumulative_incidence_leaving", **said) == "C"
    assert members(four, "events", measure="cumulative_incidence", **said) == ""


def test_an_effect_within_a_group_rests_on_that_group(four):
    said = {"analysis": "cox_interaction", "measure": "hazard_ratio", "group_by": "arm*cas_group"}
    assert members(four, population="itt", level="intervention / control @ unknown", **said) == "B"


@pytest.mark.parametrize(("low", "there", "events"), [(0.0, "ABC", "B"), (84.0, "ACD", "A")])
def test_an_event_on_the_cut_belongs_to_the_first_interval(four, low, there, events):
    said = {"analysis": "cox_piecewise", "measure": "hazard_ratio", "level": "intervention / control", "time": low}
    said |= {"population": "itt", "origin": "t0"}
    assert members(four, **said) == there
    assert members(four, "events", **said) == events


def test_conditions_are_written_beside_the_people(four):
    found = basis_of(row(analysis="km", measure="median", level="control"), four)
    assert found.members.conditions == (
        "endpoint = full_rtw", "status != not_at_risk", "time > 84", "entry <= 84", "arm = control"
    )  # fmt: skip


def test_an_analysis_that_is_not_known_is_refused(four):
    with pytest.raises(KeyError, match="something_new"):
        basis_of(row(analysis="something_new", measure="mean", level="all"), four)


def test_a_path_is_read_per_person_and_day():
    cases = pd.DataFrame({"case_id": ["A", "B"], "exclusion": pd.Series([None, None], dtype="string")})
    periods = pd.DataFrame(
        {
            "case_id": ["B", "A", "A"],
            "first_day": [0, 10, 0],
            "last_day": [5, 20, 9],
            "ao_percent": [100.0, 40.0, 100.0],
        }
    )
    people = People({"cases": cases, "periods": periods}, protocol())
    assert people.ao_on(9).tolist()[0] == 100
    assert people.ao_on(10).tolist()[0] == 40
    assert np.isnan(people.ao_on(21)).all() and np.isnan(people.ao_on(-1)).all()
    assert np.isnan(people.ao_on(6)[1])


def test_small_reasons_that_a_release_joins_are_the_people_of_all_of_them(four):
    said = {"analysis": "flow", "measure": "n", "group_by": "all", "level": "all", "population": "allocated"}
    four.tables["outcomes"]["reason"] = ["", "", "death", "data_cutoff"]
    assert members(four, term="competing:death+retirement", **said) == "C"
    assert members(four, term="censored:data_cutoff+death", **said) == "D"
    four.cases["exclusion"] = pd.array(["enrolled_twice", None, "no_case_record", None], dtype="string")
    assert members(four, term="excluded:enrolled_twice+no_case_record", endpoint="none", **said) == "AC"
