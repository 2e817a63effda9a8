"""A case traced to its outcomes: the line that is named is the line of the raw file that decided."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from estimate_tables import protocol
from raw_lines import RawDelivery

from pilot_analysis.derive import derive
from pilot_analysis.errors import UserError
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.messages import LANGUAGES, load
from pilot_analysis.schemas.derived import SENSITIVITY_ENDPOINTS
from pilot_analysis.synthetic.suppliers import make_default
from pilot_analysis.trace.case import trace_case
from pilot_analysis.trace.case_text import case_lines

HAND_MADE = {
    "allocation": """
        case_id,organisation,enrolment_date,arm
        H-01,org_a,2021-06-15,intervention
        H-02,org_a,2021-06-15,control
        H-03,org_a,2021-06-15,intervention
        H-04,org_b,2021-06-15,control
        H-05,org_b,2021-06-15,intervention
        H-06,org_b,2021-06-15,control
        H-07,org_b,2021-06-15,control
        H-08,org_b,2022-12-30,control
        """,
    "cases": """
        case_id,department,region,job_group,sex,birth_year,contract_fte,daily_wage_eur,followup_end_date,followup_end_reason
        H-01,d,r,j,female,1980,1,150,,
        H-02,d,r,j,male,1975,1,150,,
        H-03,d,r,j,male,1970,0.8,150,2021-10-01,employment_end
        H-04,d,r,j,female,1990,1,150,2021-11-01,consent_withdrawn
        H-05,d,r,j,female,1985,1,150,,
        H-06,d,r,j,male,1960,1,150,,
        H-07,d,r,j,male,1960,1,150,,
        H-08,d,r,j,male,1960,1,150,,
        """,
    "absence_spells": """
        case_id,first_absence_date,return_date
        H-02,2021-01-04,2021-01-11
        H-01,2021-06-01,2021-09-20
        H-02,2021-06-01,
        H-03,2021-06-01,
        H-04,2021-06-01,
        H-05,2021-06-01,2021-08-02
        H-05,2021-08-16,2022-01-17
        H-06,2021-06-01,
        H-07,2021-06-01,
        H-08,2022-12-01,
        """,
    "ao_percent": """
        case_id,valid_from,ao_percent
        H-02,2022-02-01,0
        H-02,2021-10-01,40
        H-02,2021-09-01,70
        H-06,2021-06-10,50
        H-06,2021-09-15,0
        """,
    "diagnoses": """
        case_id,recorded_on,cas_code,position
        H-01,2021-06-10,P650,1
        H-01,2021-06-11,L101,1
        H-01,2021-06-20,A100,1
        H-02,2021-06-01,P100,2
        """,
    "fml": """
        case_id,assessed_on,personal_functioning,social_functioning,physical_environment,dynamic_actions,static_postures,working_hours
        H-02,2021-08-20,3,0,0,0,0,0
        H-02,2021-08-30,0,0,0,2,0,0
        """,
    "ad_activities": """
        case_id,performed_on,activity,route,hours,cost_eur
        H-01,2021-08-25,early_assessment,regular,8,1000
        H-05,2021-05-25,early_assessment,regular,8,1000
        """,
}  # fmt: skip


def hand_made(folder: Path, **changed: str) -> Path:
    """The hand-made delivery, with whole files in place of its own where given."""
    folder.mkdir(parents=True)
    for name, text in {**HAND_MADE, **changed}.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def run(folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Validated and derived tables of a delivery by name."""
    intake = read_delivery(folder, protocol(), strict=False)
    assert not intake.stops, intake.issues.to_string()
    validated = intake.tables | {"excluded_cases": intake.excluded_cases}
    return validated, tables_of(validated)


def tables_of(validated: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    made = derive(validated, protocol())
    derived = {name: getattr(made, name) for name in ("cases", "periods", "outcomes", "guidance", "process", "costs")}
    derived |= {"outcomes_sensitivity": made.sensitivity, "wage_values": made.wage_values}
    return derived | {"survey": made.surveys.scores, "survey_items": made.surveys.items}


@pytest.fixture(scope="module", params=["synthetic", "hand_made"])
def delivery(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trace") / "delivery"
    if request.param == "synthetic":
        make_default(folder, n_cases=120, seed=20210408)
    else:
        hand_made(folder)
    return RawDelivery(folder), *run(folder)


def holds(endpoint: str, ao: float) -> bool:
    """Whether the state of an endpoint holds at an AO%."""
    return ao < 100 if endpoint == "partial_rtw" else ao <= (5 if endpoint in SENSITIVITY_ENDPOINTS else 0)


def decides(raw: RawDelivery, outcome, case, enrolled: dt.date, known: dt.date) -> bool:
    """Whether the raw cell that an outcome names is the one that decides it, by its own date and value."""
    file, line, column = outcome.source_file, int(outcome.source_line), outcome.source_column
    assert raw.cell(file, line, "case_id") == outcome.case_id
    t0 = case["t0"].date()
    day = None if pd.isna(outcome.time) else t0 + dt.timedelta(days=int(outcome.time))
    dated = raw.cell(file, line, "valid_from" if column == "ao_percent" else column)
    if column == "enrolment_date":
        return outcome.reason == "followup_before_enrolment" and dated == enrolled
    if column == "followup_end_date":
        ended = dated == known and outcome.status in ("competing", "censored", "not_at_risk")
        # Sustained return is followed to the last day from which it could still be confirmed.
        return ended and (outcome.status != "competing" or day == dated)
    reached = holds(outcome.endpoint, raw.cell(file, line, "ao_percent")) if column == "ao_percent" else (
        column == "return_date"
    )  # fmt: skip
    if outcome.status == "event":
        return dated == day and reached
    if outcome.reason == "already_returned":
        return t0 <= dated <= enrolled and reached
    return outcome.status in ("censored", "competing", "not_at_risk") and dated <= (day or enrolled)


def test_the_named_line_of_the_raw_file_is_the_one_that_decided(delivery):
    raw, validated, derived = delivery
    kinds = set()
    for case_id in derived["cases"].loc[derived["cases"]["exclusion"].isna(), "case_id"]:
        found = trace_case(case_id, derived, validated, protocol())
        enrolled = found.row["enrolment_date"].date()
        known = found.row["t0"].date() + dt.timedelta(days=int(found.row["last_known_day"]))
        assert len(found.outcomes) == 4
        for outcome in found.outcomes.itertuples():
            assert decides(raw, outcome, found.row, enrolled, known), outcome
            kinds.add((outcome.status, outcome.source_column))
    assert {("event", "return_date"), ("event", "ao_percent"), ("competing", "followup_end_date")} <= kinds
    assert {("censored", "first_absence_date"), ("censored", "followup_end_date")} <= kinds


def test_every_moment_of_a_timeline_names_a_line_of_the_case_itself(delivery):
    raw, validated, derived = delivery
    named = 0
    for case_id in derived["cases"]["case_id"]:
        for moment in trace_case(case_id, derived, validated, protocol()).moments:
            if moment.source is None or moment.source[0].endswith((".sav", "qualtrics.csv", "limesurvey.csv")):
                continue
            if raw.source(moment.source[0]).get("header_rows", 1) == 1 and moment.what not in ("survey", "survey_late"):
                assert raw.cell(moment.source[0], int(moment.source[1]), "case_id") == case_id
                named += 1
    assert named > 30


def without(validated: dict[str, pd.DataFrame], file: str, line: int, column: str) -> dict[str, pd.DataFrame]:
    """The tables without the row at a line; where a person cannot be without it, without the cell."""
    changed = {}
    for name, table in validated.items():
        here = table["source_file"].eq(file) & table["source_line"].eq(line) if "source_file" in table else None
        if here is None or not here.any():
            changed[name] = table
        elif column == "followup_end_date":
            changed[name] = table.assign(
                followup_end_date=table["followup_end_date"].mask(here),
                followup_end_reason=table["followup_end_reason"].mask(here),
            )
        elif column == "return_date":
            changed[name] = table.assign(return_date=table["return_date"].mask(here))
        else:
            changed[name] = table[~here].reset_index(drop=True)
    return changed


def test_without_the_named_line_the_outcome_is_another(delivery):
    """Of every way in which an outcome is decided a few cases: the cell is taken away, and the outcome changes."""
    _, validated, derived = delivery
    outcomes = derived["outcomes"]
    decided = outcomes[outcomes["status"].isin(["event", "competing"]) | outcomes["reason"].eq("consent_withdrawn")]
    tried = decided.groupby(["endpoint", "status", "source_column"]).head(2)
    assert len(tried) >= 8
    keys = ["status", "time", "reason"]
    for one in tried.itertuples():
        mine = {name: table[table["case_id"] == one.case_id] if "case_id" in table else table
                for name, table in validated.items()}  # fmt: skip
        again = tables_of(without(mine, one.source_file, one.source_line, one.source_column))["outcomes"]
        again = again.loc[again["endpoint"] == one.endpoint, keys]
        before = decided.loc[[one.Index], keys]
        assert again.empty or not again.reset_index(drop=True).equals(before.reset_index(drop=True)), one


def test_a_later_date_on_the_named_line_moves_the_outcome_by_as_much(tmp_path):
    spells = HAND_MADE["absence_spells"].replace("2021-06-01,2021-09-20", "2021-06-01,2021-09-25")
    ao = HAND_MADE["ao_percent"].replace("2022-02-01,0", "2022-02-03,0")
    before = run(hand_made(tmp_path / "before"))[1]["outcomes"].set_index(["case_id", "endpoint"])["time"]
    changed = hand_made(tmp_path / "after", absence_spells=spells, ao_percent=ao)
    after = run(changed)[1]["outcomes"].set_index(["case_id", "endpoint"])["time"]
    moved = (after - before).dropna().loc[lambda days: days != 0]
    assert moved.to_dict() == {
        ("H-01", "partial_rtw"): 5, ("H-01", "full_rtw"): 5, ("H-01", "sustained_rtw"): 5,
        ("H-02", "full_rtw"): 2, ("H-02", "sustained_rtw"): 2,
    }  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Lines about a case of the hand-made delivery."""
    validated, derived = run(hand_made(tmp_path_factory.mktemp("told") / "delivery"))

    def lines(case_id: str, language: str = "en") -> list[str]:
        messages = load(language).under(protocol()).with_words(protocol().words(language))
        return case_lines(trace_case(case_id, derived, validated, protocol()), messages)

    return lines


def test_a_timeline_can_be_read(told):
    text = "\n".join(told("H-02"))
    for line in (
        "2021-01-04     -148  delivered absence spell begins (merged spell 1 of 2)  "
        "[absence_spells.csv:2:first_absence_date]",
        "2021-06-01         0  t0: first day of the index spell",
        "2021-06-15        14  signed up and allocated to control, org_a  [allocation.csv:3:enrolment_date]",
        "2021-09-01        92  AO% 70: partly absent, until 2021-09-30  [ao_percent.csv:4:ao_percent]",
        "partial return: happened, day 92; decided by ao_percent.csv:4:ao_percent",
        "full return: happened, day 245; decided by ao_percent.csv:2:ao_percent",
        "FML group at the first landmark: mental  [fml.csv:2:assessed_on]",
        "FML group at the second landmark: physical  [fml.csv:3:assessed_on]",
        "CAS group at enrolment: unknown  [no row by then]",
    ):
        assert " ".join(line.split()) in " ".join(text.split()), line


def test_a_group_names_the_row_that_was_the_latest_at_enrolment(told):
    text = "\n".join(told("H-01"))
    assert "CAS group at enrolment: musculoskeletal  [diagnoses.csv:3:recorded_on]" in text
    assert (
        "labour expert: Assessment earlier in the absence, route regular process, 8 hours  [ad_activities.csv" in text
    )


def test_what_was_done_in_an_earlier_absence_is_said_not_to_count(told):
    assert any("outside day 0 to F, not used" in line for line in told("H-05"))


def test_the_landmark_names_the_endpoints_still_waited_for(told):
    text = "\n".join(told("H-06"))
    assert "landmark day 84: still waiting for full return, sustained return" in text  # partly back before enrolment


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_that_it_is_for_internal_use_and_has_words_for_everything(told, language):
    assert told("H-01", language)[0] == load(language).t("trace.internal")
    for case_id in [f"H-0{number}" for number in range(1, 9)]:
        text = "\n".join(told(case_id, language))
        assert "full_rtw" not in text and "data_cutoff" not in text and "early_assessment" not in text


def test_an_unknown_case_is_one_line(told):
    with pytest.raises(UserError, match="no case H-99 was allocated") as said:
        told("H-99")
    assert "\n" not in str(said.value)
