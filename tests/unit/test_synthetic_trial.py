"""The simulated trial: fits the schemas, contradicts itself nowhere, looks like Dutch long absence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.random import SeedSequence

from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import validated
from pilot_analysis.synthetic.frames import pseudonyms
from pilot_analysis.synthetic.people import allocate
from pilot_analysis.synthetic.trial import simulate_latent, simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH

PROTOCOL = Path(__file__).resolve().parents[2] / "config" / "protocol.yaml"
CUTOFF = pd.Timestamp(2022, 12, 31)
N, SEED = 3_000, 5


@pytest.fixture(scope="module")
def tables():
    return simulate_trial(N, SEED)


@pytest.fixture(scope="module")
def derived(tables):
    return derive(tables, load_protocol(PROTOCOL))


@pytest.fixture(scope="module")
def last_day(tables):
    """Last known day of each case, by case id."""
    cases = tables["cases"].set_index("case_id")
    return cases["followup_end_date"].fillna(CUTOFF)


@pytest.mark.parametrize("calendar", [True, False])
@pytest.mark.parametrize("n", [1, 2, 400])
def test_tables_fit_the_canonical_schemas(n, calendar):
    made = simulate_trial(n, 1, calendar=calendar)
    assert list(made) == list(TABLES)
    for name, frame in made.items():
        items = [column for column in frame if column not in TABLES[name].schema.columns]
        assert bool(items) == TABLES[name].items
        assert all(frame[item].dtype == "float64" for item in items)
        validated(frame.drop(columns=items), TABLES[name].schema)
    assert len(made["allocation"]) == len(made["cases"]) == n


def test_same_seed_same_tables_other_seed_others():
    root = SeedSequence(3, spawn_key=(4,))
    first, second = simulate_trial(50, root), simulate_trial(50, root)
    other = simulate_trial(50, SeedSequence(3, spawn_key=(5,)))
    for name in TABLES:
        pd.testing.assert_frame_equal(first[name], second[name])
    assert not first["absence_spells"].equals(other["absence_spells"])


def test_what_was_added_later_leaves_everything_else_as_it_was():
    whole, bare = simulate_trial(300, 9), simulate_trial(300, 9, questionnaires=False)
    never = simulate_trial(300, 9, replace(DEFAULT_TRUTH, between_share=0.0))
    for name in TABLES:
        if name in ("employee_survey", "ad_survey"):
            assert len(bare[name]) == 0 < len(whole[name])
        else:
            pd.testing.assert_frame_equal(whole[name], bare[name])
        rows = len(never[name])
        assert (len(whole[name]) > rows) == (name == "ad_activities")
        pd.testing.assert_frame_equal(whole[name].iloc[:rows], never[name])


def test_interviews_are_codes_of_themes_in_organisations_that_take_part(tables):
    themes = tables["interview_themes"]
    assert themes["interview_id"].nunique() == pytest.approx(4 * (N // 40), abs=10)  # some mention nothing
    assert themes.groupby("interview_id")[["respondent_role", "organisation"]].nunique().eq(1).all(axis=None)
    assert not themes.duplicated(["interview_id", "theme"]).any()
    assert set(themes["organisation"]) == set(tables["allocation"]["organisation"])
    assert themes["theme"].nunique() == 7


def test_pseudonyms_are_unique():
    assert len(set(pseudonyms(200_000))) == 200_000
    with pytest.raises(ValueError, match="at most"):
        pseudonyms(9_999_991)


def test_spells_do_not_overlap_and_last_a_day_at_least(tables):
    spells = tables["absence_spells"].sort_values(["case_id", "first_absence_date"])
    assert (spells["return_date"].isna() | (spells["return_date"] > spells["first_absence_date"])).all()
    following = spells.groupby("case_id")["first_absence_date"].shift(-1)
    has_next = following.notna()
    assert (following[has_next] > spells.loc[has_next, "return_date"]).all()


def test_everybody_is_absent_on_the_day_of_enrolment(tables, derived):
    assert derived.cases["exclusion"].isna().all()
    dates = tables["allocation"]["enrolment_date"]
    assert dates.between("2021-04-01", "2022-12-31").all()


def test_ao_rows_lie_inside_a_spell_and_share_no_date(tables):
    rows = tables["ao_percent"]
    assert not rows.duplicated(["case_id", "valid_from"]).any()
    joined = rows.merge(tables["absence_spells"], on="case_id")
    ends = joined["return_date"].fillna(CUTOFF + pd.Timedelta(days=1))
    inside = (joined["first_absence_date"] <= joined["valid_from"]) & (joined["valid_from"] < ends)
    assert inside.groupby(joined["source_line_x"]).any().all()
    assert inside.sum() == len(rows)


def test_nothing_is_dated_after_the_last_known_day(tables, last_day):
    dates = {
        "absence_spells": ["first_absence_date", "return_date"],
        "ao_percent": ["valid_from"],
        "diagnoses": ["recorded_on"],
        "fml": ["assessed_on"],
        "ad_activities": ["performed_on"],
        "costs": ["incurred_on"],
    }
    for name, columns in dates.items():
        limit = tables[name]["case_id"].map(last_day)
        for column in columns:
            seen = tables[name][column].notna()
            assert (tables[name].loc[seen, column] <= limit[seen]).all(), f"{name}.{column}"


def test_end_of_followup_has_a_date_and_a_reason_or_neither(tables):
    cases = tables["cases"]
    assert cases["followup_end_date"].isna().eq(cases["followup_end_reason"].isna()).all()
    assert (cases["followup_end_date"].dropna() <= CUTOFF).all()
    enrolled = tables["allocation"].set_index("case_id")["enrolment_date"]
    ended = cases.dropna(subset="followup_end_date")
    assert (ended["followup_end_date"] > ended["case_id"].map(enrolled)).all()


def test_people_are_of_working_age_and_earn_176_a_day(tables, derived):
    assert derived.cases["age"].between(14, 80).all()
    assert tables["cases"]["daily_wage_eur"].mean() == pytest.approx(176, abs=3)
    assert tables["cases"]["sex"].isin(["unknown", "other"]).mean() < 0.04


def test_labour_experts_come_after_enrolment_and_mostly_on_the_regular_route(tables):
    rows = tables["ad_activities"].merge(tables["allocation"], on="case_id")
    rows = rows.merge(simulated_t0(tables), on="case_id")
    assert (rows["performed_on"] > rows["enrolment_date"]).all()
    day = (rows["performed_on"] - rows["t0"]).dt.days
    is_early = rows["activity"] == "early_assessment"
    in_time = is_early & (rows["arm"] == "intervention")
    assert (day[in_time] >= 84).all()
    assert day[in_time].between(84, 90).mean() > 0.85
    between = day[is_early & (rows["arm"] == "control")]  # a few in months 4-9
    assert between.between(122, 273).all()
    assert 20 < len(between) < 0.1 * N
    assert day[rows["activity"] == "regular_assessment"].between(329, 364).all()
    assert 0.02 < (rows["route"] != "regular").mean() < 0.08


def simulated_t0(tables):
    people, _ = simulate_latent(N, SEED)
    return pd.DataFrame({"case_id": tables["allocation"]["case_id"], "t0": people.t0.astype("datetime64[ns]")})


def test_derivation_finds_the_course_that_was_drawn(derived):
    people, course = simulate_latent(N, SEED)
    full = derived.outcomes[derived.outcomes["endpoint"] == "full_rtw"]
    end = np.minimum(course.last, 365)
    returned = course.full <= end
    assert (full["entry"].to_numpy() == people.entry).all()
    at_risk = (full["status"] != "not_at_risk").to_numpy()
    assert (at_risk == (end > people.entry)).all()
    assert ((full["status"] == "event").to_numpy() == returned)[at_risk].all()
    assert (full["time"].to_numpy()[at_risk] == np.where(returned, course.full, end)[at_risk]).all()
    known = np.array(["psychological", "musculoskeletal", "other", "unknown"], dtype=object)[people.cas_group]
    assert (full["cas_group"].to_numpy() == known).all()


def test_allocation_is_balanced_within_organisations(tables):
    counts = tables["allocation"].groupby(["organisation", "arm"]).size().unstack()
    assert list(counts.index) == ["org_noord", "org_oost", "org_west", "org_zuid"]
    # Blocks of four: at most one block is incomplete.
    assert (counts["intervention"] - counts["control"]).abs().max() <= 2
    physicians = tables["allocation"].groupby("organisation")["cluster_id"].nunique()
    assert physicians.between(3, 6).all()


def test_an_incomplete_block_favours_no_arm():
    rng = np.random.default_rng(1)
    five = np.zeros(5, dtype=np.int64)
    last = [allocate(rng, five, np.arange(5)) for _ in range(400)]
    assert {int(arms[:4].sum()) for arms in last} == {2}
    assert 160 < sum(int(arms[4]) for arms in last) < 240


def test_absence_is_long_and_the_early_days_are_steep():
    people, course = simulate_latent(20_000, 8, calendar=False)
    control = ~people.intervention
    assert 0.55 < np.mean(course.full > 84) < 0.65
    assert 0.25 < np.mean(course.full[control] > 365) < 0.30
    at_risk_early = control & (course.full > 42) & (people.entry <= 42)
    at_risk_late = control & (course.full > 300)
    early = np.mean(course.full[at_risk_early] <= 82)
    late = np.mean(course.full[at_risk_late] <= 340)
    assert early > 2 * late
    assert np.mean(people.entry <= 28) > 0.5
    assert 0.01 < np.mean(people.entry > 84) < 0.05


def test_gaps_of_exactly_27_and_28_days_occur_before_and_after_enrolment(tables):
    spells = tables["absence_spells"].merge(tables["allocation"][["case_id", "enrolment_date"]], on="case_id")
    spells = spells.sort_values(["case_id", "first_absence_date"])
    gap = (spells.groupby("case_id")["first_absence_date"].shift(-1) - spells["return_date"]).dt.days
    before = spells["return_date"] <= spells["enrolment_date"]
    for days in (27, 28):
        assert (gap[before] == days).sum() >= 20
        assert (gap[~before] == days).sum() >= 20


def test_files_left_open_and_steps_of_ao_percent(tables):
    rows = tables["ao_percent"]
    shares = rows["ao_percent"].value_counts(normalize=True)
    assert set(shares.index) <= {80, 70, 60, 50, 40, 25, 20, 10, 0}
    last = rows.groupby("case_id").tail(1)
    open_file = tables["absence_spells"].groupby("case_id").tail(1).set_index("case_id")["return_date"].isna()
    assert (last.loc[last["ao_percent"] == 0, "case_id"].map(open_file)).sum() > 30


def test_diagnoses_are_late_changed_missing_and_doubled(tables):
    primary = tables["diagnoses"][tables["diagnoses"]["position"] == 1].merge(tables["allocation"], on="case_id")
    assert 0.02 < 1 - primary["case_id"].nunique() / N < 0.08
    assert (primary["recorded_on"] > primary["enrolment_date"]).groupby(primary["case_id"]).all().mean() > 0.03
    assert primary["case_id"].duplicated().sum() > 100
    assert 5 <= primary.duplicated(["case_id", "recorded_on"]).sum() <= 60
    assert set(tables["diagnoses"]["position"]) == {1, 2, 3}
    assert set(tables["diagnoses"]["cas_code"].str[0]) == {"P", "L", "A", "H", "N", "R"}


def test_half_have_an_fml(tables, derived):
    assert 0.4 < tables["fml"]["case_id"].nunique() / N < 0.6
    assert {"mental", "physical", "mental_and_physical", "none"} <= set(derived.cases["fml_group_84"])


def test_each_ending_and_each_group_is_common_enough(derived):
    full = derived.outcomes[derived.outcomes["endpoint"] == "full_rtw"]
    counts = full.groupby(["arm", "status"]).size().unstack() * 240 / N
    assert (counts[["censored", "competing", "event"]] >= 8).all(axis=None)
    per_240 = full["cas_group"].value_counts() * 240 / N
    assert per_240.min() >= 20
    assert {"data_cutoff", "end_of_year", "employment_end", "pregnancy_leave", "consent_withdrawn"} <= set(
        full["reason"]
    )


def test_without_calendar_only_leaving_ends_the_year():
    derived = derive(simulate_trial(1_000, 2, calendar=False), load_protocol(PROTOCOL))
    full = derived.outcomes[derived.outcomes["endpoint"] == "full_rtw"]
    assert set(full.loc[full["status"] == "censored", "reason"]) == {"end_of_year"}
    stayed = ~derived.cases["leaves"]
    assert (derived.cases.loc[stayed, "last_known_day"] >= 365).all()
