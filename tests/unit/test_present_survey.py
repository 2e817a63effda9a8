"""Tables and figure of the questionnaires: what they show, and what they say when there is nothing."""

from dataclasses import replace

import numpy as np
import pytest
from estimate_tables import protocol
from present_rows import PLAN, no_curves, small_store
from survey_tables import codebook, people, surveyed

from pilot_analysis.estimate.store import to_store
from pilot_analysis.estimate.survey import survey_rows
from pilot_analysis.messages import load
from pilot_analysis.present import style, tables_survey
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import Store
from pilot_analysis.present.survey_waves import survey_figure
from pilot_analysis.release import release

BOOK = codebook()
WORDS = {**BOOK.words("en"), "instrument.trust": "Trust", "item.t1": "First", "answer.wanted.1": "yes"}
EN = load("en").under(PLAN).with_words(WORDS)
ONLY = next(one for one in protocol().estimands if one.id == "S8")
CLAIMS = tuple(claim for claim in ONLY.claims if claim["analysis"] == "survey")
SURVEY_ONLY = replace(protocol(), instruments=BOOK, estimands=(replace(ONLY, claims=CLAIMS),))


@pytest.fixture(scope="module")
def store():
    rng, who = np.random.default_rng(5), people(arm=["intervention", "control"] * 20)
    given = []
    for case in range(40):
        for week, people_of in ((6, 40), (10, 28), (14, 12)):
            if case < people_of:
                values = rng.integers(1, 6, 3)
                about = {"case": case, "week": week, "day": 7 * week - 6, "w1": case % 2}
                given.append({**about, **dict(zip(("t1", "t2", "t3"), values, strict=True))})
    made = surveyed(who, given)
    rows = to_store(survey_rows(SURVEY_ONLY, made.scores, made.items, made.waves), SURVEY_ONLY)
    return Store(release(rows, no_curves().assign(n_events=0, n_censored=0), 10).estimates)


def line(table, header, section=None):
    return next(
        [cell.text for cell in row.cells[1:]]
        for row in table.rows
        if row.cells[0].text == header and section in (None, row.section)
    )


def test_response_by_arm_and_wave(store):
    table = tables_survey.response(store, EN, 10)
    assert line(table, "week 6", "intervention")[:4] == ["20", "20", "100%", "0"]
    assert line(table, "week 14", "control")[:3] == ["–", "–", "–"]  # six answered
    assert len(table.rows) == 6


def test_means_say_what_is_good_and_withhold_the_difference_of_a_hidden_mean(store):
    table = tables_survey.means(store, EN, 10)
    cells = line(table, "week 6", "Trust (higher is better)")
    assert cells[1] == cells[3] == "20"
    assert cells[4][0] in "+\N{MINUS SIGN}"
    assert line(table, "week 14") == ["–", "", "–", "", "–"]


def test_reliability_shows_both_coefficients_or_why_not(store):
    table = tables_survey.reliability(store, EN, 10)
    assert [row.cells[0].text for row in table.rows] == ["Trust"]
    assert table.rows[0].cells[3].text == "40"


def test_answers_are_worded_where_the_plan_has_words(store):
    worded, plain = (build(store, EN, 10) for build in (tables_survey.answers, tables_survey.scale_answers))
    assert {row.section for row in worded.rows} == {"words: words"}
    assert line(worded, "yes") == ["0% (0 of 20)", "100% (20 of 20)"]
    assert any(row.section == "Trust: First" for row in plain.rows)
    weeks = sorted({int(row.time) // 7 + 1 for row in store.select(measure="frequency") if row.time is not None})
    assert f"the wave of week {', '.join(map(str, weeks))}, people still absent" in worded.notes[0]


def test_the_figure_has_a_panel_per_scale_and_the_response(store):
    material = Material(store, no_curves(), EN, replace(protocol(), instruments=BOOK), True, 10)
    with style.context():
        figure = survey_figure(material)
    texts = [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text")) if text.get_text()]
    assert "Trust\nhigher is better" in texts
    assert "Response: answered, of those due (%)" in texts
    assert "×" in texts
    assert any(text.startswith("Means with 95% CI of people still absent") for text in texts)
    titled = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert len(titled) == 2
    low, high = titled[0].get_ylim()
    assert low < 1 < 5 < high  # the whole scale


def test_without_questionnaires_tables_are_empty_and_say_so():
    empty = Store(to_store(survey_rows(SURVEY_ONLY), SURVEY_ONLY))
    for build in (tables_survey.response, tables_survey.means, tables_survey.reliability, tables_survey.answers):
        for store in (empty, Store(small_store())):
            table = build(store, EN, 10)
            assert table.rows == []
            assert table.notes[-1] == "No questionnaires were delivered."
    figure = survey_figure(Material(empty, no_curves(), EN, PLAN))
    assert any("No questionnaires were delivered" in text.get_text() for text in figure.texts)


def test_every_reason_has_words_in_both_languages():
    import inspect
    import re

    from pilot_analysis.estimate import survey
    from pilot_analysis.models import reliability

    source = inspect.getsource(survey) + inspect.getsource(reliability)
    reasons = set(re.findall(r'(?:add_not_estimable|NotEstimable)\(f?"([^"]+)"', source))
    reasons |= {survey.NOTHING, survey.APART}
    assert len(reasons) >= 10
    for reason in reasons:
        text = re.sub(r"\{[^}]*\}", "10", reason)
        assert all(load(language).reason(text) != text or language == "en" for language in ("nl", "en")), reason
