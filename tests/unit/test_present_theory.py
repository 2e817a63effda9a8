"""Table and pictures of the Theory of Change: what is measured, its direction in words, and the gaps."""

from pathlib import Path

import pytest
from present_rows import PLAN, no_curves, released, row

from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.present.effects import effects
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables_theory import theory_of_change
from pilot_analysis.present.theory_figure import theory_figure
from pilot_analysis.release import release
from pilot_analysis.theory import THEORIES, load_theory, pointing, words_of

THEORY = load_theory(Path(__file__).parents[2] / "config" / "theory_of_change.csv")
WORDS = {language: load(language).under(PLAN).with_words(words_of(THEORY, language)) for language in ("nl", "en")}
DAYS = {"level": "intervention - control", "time": 281, "estimate": -25.3, "ci_low": -49.5, "ci_high": -1.1, "n": 200}


def own(effect, **given):
    at = {"endpoint": "none", "population": "allocated", "group_by": "theory*level*category", "unit": "direction"}
    level = f"{effect.theory}:{effect.level}:{effect.category}"
    return row("theory_of_change", effect.fit or "gap", **at, term=effect.id, level=level, **given)


def store(estimate=1.0, **of_result):
    """All effects: the primary one with its direction, the others without a number."""
    result = row("days_not_returned", "mean_difference", **DAYS | of_result)
    rows = [result]
    for effect in THEORY:
        if effect.id == "employer_early_14":
            rows.append(own(effect, estimate=estimate, n=200, method=pointing(result["result_id"], "down")))
        else:
            reason = "not yet built" if effect.measured else f"not measurable within one year: {effect.reason_en}"
            rows.append(own(effect, status="not_estimable", reason=reason))
    return released(rows)


def line(table, header, section):
    return next(
        [cell.text for cell in found.cells[1:]]
        for found in table.rows
        if (found.cells[0].text, found.section) == (header, section)
    )


@pytest.mark.parametrize(
    ("language", "header", "section", "result", "found"),
    [
        ("nl", "Verzuim vermindert", "Werkgever, vroeg in het verzuim: Lange termijn", "−25,3 dagen (−49,5 tot −1,1)",
         "gunstig voor het effect"),
        ("en", "Less absence", "Employer, early in absence: Long term", "−25.3 days (−49.5 to −1.1)", "for the effect"),
        ("en", "Less inflow into WIA", "Employee, early in absence: Long term", "–",
         "not measurable within one year: WIA starts after 104 weeks"),
        ("nl", "Minder instroom in de WIA", "Werknemer, vroeg in het verzuim: Lange termijn", "–",
         "niet binnen een jaar te meten: de WIA begint na 104 weken"),
        ("en", "Worker feels less stress", "Employee, early in absence: Short term", "–",
         "not yet computed by this version of the program"),
    ],
)  # fmt: skip
def test_the_table_says_what_was_found_or_why_not(language, header, section, result, found):
    table = theory_of_change(Store(store()), WORDS[language], 10)
    assert len(table.rows) == 58
    assert line(table, header, section)[-2:] == [result, found]


def test_every_gap_has_its_reason_in_dutch():
    table = theory_of_change(Store(store()), WORDS["nl"], 10)
    gaps = [row.cells[-1].text for row in table.rows if row.cells[-1].text.startswith("niet binnen een jaar")]
    assert len(gaps) == sum(not effect.measured for effect in THEORY)
    assert all(text.partition(": ")[2] for text in gaps)


@pytest.mark.parametrize(("estimate", "kind"), [(1.0, "for"), (-1.0, "against"), (0.0, "undecided")])
def test_the_direction_has_three_words(estimate, kind):
    found = {effect.id: effect for effect in effects(Store(store(estimate)))}
    assert found["employer_early_14"].kind == kind
    assert found["employer_early_15"].kind == "gap"
    assert found["employee_early_5"].kind == "waiting"


def test_a_direction_is_withheld_with_the_number_it_rests_on():
    kept = release(store(n=200), no_curves().assign(n_events=0, n_censored=0), 10).estimates
    assert Store(kept).select(term="employer_early_14")[0].ok
    frame = release(store(n=9), no_curves().assign(n_events=0, n_censored=0), 10).estimates
    own_row = Store(frame).select(term="employer_early_14")[0]
    assert (own_row.status, own_row.estimate) == ("suppressed", None)
    table = theory_of_change(Store(frame), WORDS["en"], 10)
    shown = line(table, "Less absence", "Employer, early in absence: Long term")
    assert shown[-2:] == ["–", "withheld: rests on fewer than 10 people"]


@pytest.mark.parametrize(("n", "kind"), [(61, "described"), (0, "waiting")])
def test_what_was_not_delivered_is_not_called_described(n, kind):
    about = {"endpoint": "none", "population": "itt", "origin": "t0", "level": "intervention - control"}
    nothing = {"status": "not_estimable", "reason": "no questionnaires were delivered"}
    result = row("survey", "mean_difference", **about, term="ad_cooperation", n=n, unit="score", **nothing)
    effect = next(one for one in THEORY if one.id == "employer_early_4")
    found = released([result, own(effect, n=n, method=pointing(result["result_id"], "up"), **nothing)])
    assert [one.kind for one in effects(Store(found))] == [kind]


@pytest.mark.parametrize("theory", THEORIES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_picture_shows_every_effect_of_its_theory_within_its_cards(theory, language):
    material = Material(Store(store()), no_curves(), WORDS[language], None)
    with style.context():
        figure = theory_figure(material, theory)
        figure.canvas.draw()
        axes = figure.axes[0]
        right = [place + 52 for place in (3, 59, 115)]  # edges of the cards, in millimetres
        for part in axes.texts:
            end = axes.transData.inverted().transform(part.get_window_extent())[1][0]
            column = sum(part.get_position()[0] > edge for edge in right)
            assert end < right[column], part.get_text()
        assert style.render(figure)["png"][:4] == b"\x89PNG"
    text = " ".join(part.get_text() for part in axes.texts)
    ours = [effect for effect in THEORY if effect.theory == theory]
    for effect in ours:
        for word in getattr(effect, f"effect_{language}").split():
            assert word in text
    assert text.count(WORDS[language].t("theory.kind.gap")) == sum(not effect.measured for effect in ours)


def test_without_effects_the_picture_says_so():
    empty = Store(released([row("quality", "n", population="allocated", term="rows:cases", estimate=1, unit="rows")]))
    with style.context():
        figure = theory_figure(Material(empty, no_curves(), WORDS["en"], None), "employer_early")
    assert "not in the results" in figure.texts[0].get_text()
    assert theory_of_change(empty, WORDS["en"], 10).rows == []
