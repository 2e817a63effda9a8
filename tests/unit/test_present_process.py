"""Tables of the guidance process: what stands beside what, in which unit, and what is withheld."""

import pytest
from present_rows import PLAN, released, row

from pilot_analysis.messages import load
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables_process import RELATED, adherence, fml, joint, timing
from pilot_analysis.release.primary import too_small
from pilot_analysis.release.suppression import release
from pilot_analysis.schemas.canonical import ACTIVITIES, ROUTES
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.derived import TIMINGS
from pilot_analysis.schemas.results import CURVES, ESTIMATES

EN, NL = load("en").under(PLAN), load("nl").under(PLAN)


def shared(measure, term, level, **given):
    return row(
        "adherence", measure, endpoint="none", population="itt", origin="t0", level=level, term=term,
        group_by="all" if level == "published" else "arm", **given,
    )  # fmt: skip


def rows():
    counted = {"ci_low": 80.0, "ci_high": 90.0, "unit": "percent"}
    interviews = {"endpoint": "none", "population": "allocated", "unit": "people"}
    fall = {"endpoint": "ao_percent", "population": "itt", "origin": "t0", "group_by": "ad_timing"}
    return [
        shared("percent", "route[regular]", "intervention", estimate=85.0, n=60, n_events=51, **counted),
        shared("percent", "route[regular]", "control", estimate=86.0, n=50, n_events=43, **counted),
        shared("percent", "route[regular]", "published", estimate=96.0, unit="percent"),
        shared("median", "contact", "intervention", estimate=87.0, ci_low=86.0, ci_high=88.0, n=60),
        shared("median", "activity[guidance]", "control", status="not_estimable", reason="this happened to nobody"),
        row("interview_themes", "interviews", group_by="all", term="ad_timing", estimate=22, n=30, **interviews),
        row("interview_themes", "interviews", group_by="all", term="th_own", estimate=14, n=30, **interviews),
        row("timing", "fall_points", level="months_4_6", estimate=18.0, ci_low=10.0, ci_high=26.0, unit="points", n=20,
            **fall),
        row("timing", "fall_percent", level="months_4_6", estimate=30.0, ci_low=16.0, ci_high=44.0, unit="percent",
            n=20, **fall),
        row("timing", "published_fall", level="months_4_6", term="as_printed", estimate=29.0, unit="percent", **fall),
        row("timing", "published_fall", level="all", term="as_printed", estimate=30.0, unit="points", **fall),
        row("timing", "published_fall", level="all", term="file_study_2015", estimate=33.4, unit="percent", **fall),
    ]  # fmt: skip


def texts(table):
    return {line.cells[0].text: [cell.text for cell in line.cells[1:]] for line in table.rows}


STORE = Store(released(rows()))


def test_a_share_shows_its_people_and_what_was_published():
    found = texts(adherence(STORE, EN, 10))
    assert found["regular process"] == ["85% (80 to 90; 51 of 60)", "86% (80 to 90; 43 of 50)", "96%"]
    assert texts(adherence(STORE, NL, 10))["regulier proces"][0] == "85% (80 tot 90; 51 van 60)"


def test_days_are_shown_where_it_happened_to_somebody():
    found = texts(adherence(STORE, EN, 10))
    assert found["Contact with a labour expert"] == ["87 (86 to 88)", "", ""]
    assert "Guidance during reintegration" not in found


def test_points_and_percent_each_keep_their_column_and_published_numbers_their_unit():
    found = texts(timing(STORE, EN, 10))
    assert found["Months 4-6"][3:5] == ["18.0 (10.0 to 26.0)", "30.0 (16.0 to 44.0)"]
    assert found["Months 4-6"][-1] == "29%"
    assert found["After 4 or after 12 months"][-1] == "30 percentage points"
    assert texts(timing(STORE, NL, 10))["Dossieronderzoek, 2015"][-1] == "33,4%"


def test_a_theme_stands_beside_its_number_and_an_own_code_alone():
    found = texts(joint(STORE, EN, 10))
    assert found["Moment of the labour expert"][0] == "22"
    assert found["Moment of the labour expert"][-3:-1] == ["Median day of the first contact", "87 (86 to 88)"]
    assert found["th_own"][-3:] == ["", "", ""]


def test_an_empty_store_gives_tables_without_rows():
    empty = Store(
        released([row("quality", "n", population="allocated", group_by="all", term="rows:cases", unit="rows")])
    )
    for build in (adherence, fml, timing, joint):
        assert build(empty, EN, 10).rows == [], build.__name__


@pytest.mark.parametrize("messages", [EN, NL], ids=["en", "nl"])
def test_every_code_has_words(messages):
    for family, codes in (("timing", TIMINGS), ("route", ROUTES), ("activity", ACTIVITIES)):
        assert [code for code in codes if f"adherence.{family}.{code}" not in messages] == []
    assert [code for code in RELATED if f"theme.{code}" not in messages] == []
    for about in RELATED.values():
        assert f"table.joint.related.{about.label}" in messages


def let_go(*made):
    """These rows after disclosure control, by measure and level."""
    frame = conform(released(list(made))[list(ESTIMATES.columns)], ESTIMATES)
    out = release(frame, empty_table(CURVES), 10).estimates
    return {(one.measure, one.level): one.status for one in out.itertuples()}


def test_a_share_whose_complement_is_few_people_is_withheld():
    common = {"estimate": 90.0, "unit": "percent"}
    found = let_go(
        shared("percent", "contact", "intervention", n=60, n_events=55, **common),
        shared("percent", "contact", "control", n=60, n_events=40, **common),
    )
    assert found == {("percent", "intervention"): "suppressed", ("percent", "control"): "ok"}


def test_the_difference_goes_with_a_withheld_probability_of_an_fml():
    at = {"endpoint": "first_fml", "population": "itt", "time": 91.0, "unit": "probability"}
    people = {"endpoint": "first_fml", "population": "itt", "time": 91.0, "unit": "people", "n": 100, "n_events": 40}
    made = [
        row("fml_availability", "cumulative_incidence", level="intervention", estimate=0.4, n=100, n_events=40, **at),
        row("fml_availability", "cumulative_incidence", level="control", estimate=0.05, n=100, n_events=40, **at),
        row("fml_availability", "difference", level="intervention - control", estimate=0.35, n=200, n_events=80, **at),
        row("fml_availability", "n_at_risk", level="intervention", estimate=50, **people),
        row("fml_availability", "n_at_risk", level="control", estimate=50, **people),
    ]
    frame = conform(released(made)[list(ESTIMATES.columns)], ESTIMATES)
    assert too_small(frame, 10).tolist() == [False, True, True, False, False]
