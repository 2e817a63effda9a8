"""The catalogues: same keys and places in every language, and the notation of each language."""

import datetime as dt
import math
import re
from pathlib import Path

import pytest
from markupsafe import Markup

import pilot_analysis
from pilot_analysis.errors import UserError
from pilot_analysis.messages import LANGUAGES, load, placeholders
from pilot_analysis.schemas.derived import CAS_GROUPS, ENDPOINTS, EXCLUSIONS, FML_GROUPS, REASONS

NL, EN = load("nl"), load("en")
MINUS = "\N{MINUS SIGN}"


def test_both_languages_have_the_same_keys():
    assert set(NL.texts) == set(EN.texts)


@pytest.mark.parametrize("key", sorted(NL.texts))
def test_both_languages_have_the_same_placeholders(key):
    assert placeholders(NL.texts[key]) == placeholders(EN.texts[key])


@pytest.mark.parametrize("messages", [NL, EN], ids=LANGUAGES)
def test_every_text_says_something(messages):
    assert [key for key, text in messages.texts.items() if not text] == []


@pytest.mark.parametrize("messages", [NL, EN], ids=LANGUAGES)
@pytest.mark.parametrize(
    ("family", "codes"),
    [
        ("cas_group", CAS_GROUPS),
        ("fml_group", FML_GROUPS),
        ("endpoint", ENDPOINTS),
        ("flow_reason", (*EXCLUSIONS, *REASONS)),
    ],
)
def test_every_code_of_the_data_dictionary_has_a_word(messages, family, codes):
    assert [code for code in codes if f"{family}.{code}" not in messages] == []


def test_keys_that_the_code_names_in_full_exist():
    root = Path(pilot_analysis.__file__).parent
    sources = [
        path
        for part in ("check", "present", "report")
        for path in sorted((root / part).rglob("*"))
        if path.suffix in (".py", ".html")
    ]
    named = {
        key
        for path in sources
        for key in re.findall(r'(?<![\w.])t\("([a-z0-9_.]+\.[a-z0-9_]+)"', path.read_text("utf-8"))
    }
    assert len(named) > 60
    assert sorted(named - set(NL.texts)) == []


@pytest.mark.parametrize(
    ("x", "digits", "signed", "dutch", "english"),
    [
        (1234.56, 1, False, "1.234,6", "1,234.6"),
        (-0.04, 1, False, "0,0", "0.0"),
        (-25.3, 1, True, f"{MINUS}25,3", f"{MINUS}25.3"),
        (25.3, 1, True, "+25,3", "+25.3"),
        (0.0, 1, True, "0,0", "0.0"),
        (7, 0, False, "7", "7"),
        (math.nan, 1, False, "–", "–"),
        (None, 1, False, "–", "–"),
        (math.inf, 1, False, "∞", "∞"),
    ],
)
def test_numbers(x, digits, signed, dutch, english):
    assert NL.number(x, digits, signed=signed) == dutch
    assert EN.number(x, digits, signed=signed) == english


def test_percentages_and_intervals():
    assert NL.percent(0.413, 1) == "41,3%"
    assert EN.percent(None) == "–"
    assert NL.interval(-49.52, -1.08) == f"{MINUS}49,5 tot {MINUS}1,1"
    assert EN.interval(0.2, 0.4, 0, scale=100) == "20 to 40"


def test_a_limit_that_is_not_reached_is_said_in_words():
    assert NL.interval(151, None, 0) == "151 tot niet bereikt"
    assert EN.interval(151, math.nan, 0) == "151 to not reached"


def test_dates_are_written_out():
    day = dt.date(2022, 12, 31)
    assert NL.date(day) == "31 december 2022"
    assert EN.date(day) == "31 December 2022"


@pytest.mark.parametrize(
    ("value", "dutch"),
    [(0.0004, "p < 0,001"), (0.0123, "p = 0,012"), (0.0996, "p = 0,10"), (0.5, "p = 0,50"), (None, "p –")],
)
def test_p_values(value, dutch):
    assert NL.p(value) == dutch


def test_html_escapes_text_and_keeps_markup():
    made = NL.html("sign.interval", low=Markup("<b>1</b>"), high="<2")
    assert made == "<b>1</b> tot &lt;2"


def test_reasons_are_translated_part_by_part_and_unknown_ones_stay():
    text = "control: fewer than 5 at risk at day 281 and the curve is not yet 0; control: something new"
    dutch = "minder dan 5 personen at risk op dag 281, terwijl nog niet iedereen terug is"
    assert NL.reason(text) == f"controle: {dutch}; controle: something new"


def test_a_missing_key_is_never_shown_raw():
    with pytest.raises(KeyError):
        NL.t("no.such.key")
    assert NL.word("region", "noord") == "noord"


def test_an_unknown_language_is_a_clear_error():
    with pytest.raises(UserError, match="expected one of nl, en"):
        load("fr")


def test_every_rule_that_a_report_can_list_has_words_in_both_languages():
    """Stops never reach a report; queries and notes do."""
    from pilot_analysis.intake.rules import RULES

    listed = [name for name, rule in RULES.items() if rule.severity != "stop"]
    for language in ("nl", "en"):
        missing = [name for name in listed if f"rule.{name}" not in load(language).texts]
        assert missing == [], language


PLAN = {
    "thresholds": {
        "confidence_level": 0.975,
        "power": 0.9,
        "horizon_days": 350,
        "sustained_days": 14,
        "merge_gap_days": 35,
        "min_events_per_bin": 20,
    },
    "piecewise_cut": 60,
    "design": {"allocation": "randomised_individuals"},
    "cost": {"friction_days": 70, "friction_elasticity": 0.75},
}


@pytest.mark.parametrize("messages", [NL, EN], ids=LANGUAGES)
def test_texts_name_the_numbers_of_the_plan(messages):
    under = messages.under(PLAN)
    decimal = "," if messages.language == "nl" else "."
    assert f"97{decimal}5%" in under.t("figure.note.band")
    assert f"2{decimal}5%" in under.t("table.hierarchy.significant")
    assert "90%" in under.t("table.column.detectable")
    assert "14" in under.t("endpoint_long.sustained_rtw")
    assert "20" in under.t("figure.note.constancy")
    assert "350" in under.word("flow_reason", "end_of_year")
    assert "70" in under.t("table.cost.note") and "75%" in under.t("table.cost.note")
    assert "60" in under.html("answer.before.text", ratio=Markup("1"), interval=Markup("2"))


@pytest.mark.parametrize("messages", [NL, EN], ids=LANGUAGES)
def test_no_text_holds_a_number_that_the_plan_sets(messages):
    fixed = re.compile(r"\b(?:95|80|5) ?%|\b(?:365|28)\b")
    assert [key for key, text in messages.texts.items() if fixed.search(text)] == []
