"""The codebook: what is shipped, and what is refused."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from survey_tables import CODEBOOK

from pilot_analysis.errors import UserError
from pilot_analysis.instruments import load_instruments
from pilot_analysis.schemas.canonical import TABLES

SHIPPED = Path(__file__).parents[2] / "config" / "instruments.yaml"


def loaded(tmp_path, change):
    raw = deepcopy(CODEBOOK)
    change(raw)
    file = tmp_path / "instruments.yaml"
    file.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return load_instruments(file)


def test_the_shipped_codebook_has_the_instruments_of_the_plan():
    found = load_instruments(SHIPPED)
    assert found.waves.weeks == (6, 10, 14, 18, 22, 26, 30, 34, 38, 42, 46, 50)
    ranges = {one.name: one.score_range for one in found.instruments if one.scoring != "none"}
    assert ranges == {
        "work_ability": (0, 10), "rtw_self_efficacy": (1, 6), "guidance": (1, 5), "distress": (0, 32),
        "ad_cooperation": (1, 5),
    }  # fmt: skip
    distress = next(one for one in found.instruments if one.name == "distress")
    assert (len(distress.items), distress.recode) == (16, {3: 2, 4: 2})
    items = {item.name for one in found.instruments for item in one.items}
    assert not items & {column for table in TABLES.values() for column in table.columns}
    assert "ad_fml_available" in items


def test_every_label_is_a_word_in_both_languages():
    found = load_instruments(SHIPPED)
    dutch, english = found.words("nl"), found.words("en")
    assert set(dutch) == set(english)
    assert dutch["item.ad_fml_available"] != english["item.ad_fml_available"]
    assert english["answer.guidance.5"] == "strongly agree"


def first(raw):
    return raw["instruments"][0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: first(raw).update(range=[5, 1]), "trust: range: 5 is not below 1"),
        (lambda raw: first(raw).update(range=[0, 101]), "trust: range: more than 100 codes above the lowest"),
        (lambda raw: first(raw).update(recode={1.5: 2}), "trust: recode: 1.5 is no code; codes are whole numbers"),
        (lambda raw: first(raw).update(recode={None: 2}), "trust: recode: None is no code"),
        (lambda raw: first(raw).update(answers={True: {"nl": "ja", "en": "yes"}}), "trust: answers: True is no code"),
        (lambda raw: first(raw).update(effects=["employer_early_17"]), "trust: effects: there is no employer_early_17"),
        (
            lambda raw: first(raw)["items"][0].update(name="day"),
            "the item day has the name of a column that is no item",
        ),
        (lambda raw: raw["waves"]["ad_survey"].update(control=[53, 48]), "waves.ad_survey.control: 53 is after 48"),
        (lambda raw: raw["waves"]["employee_survey"].update(last=4), "waves.employee_survey.last: it is before first"),
        (lambda raw: first(raw).update(minimum_answered=4), "trust: minimum_answered: 4 of 3 items"),
        (lambda raw: first(raw).update(not_applicable=[5]), "trust: not_applicable: 5 is an answer of the range"),
        (lambda raw: first(raw).update(recode={"6": 5}), "trust: recode, answers: 6 is outside the range"),
        (lambda raw: first(raw).update(asked="once"), "trust: asked: once does not go with employee_survey"),
        (lambda raw: first(raw).update(scoring="none"), "trust: direction: higher_is_better does not go with"),
        (lambda raw: first(raw).update(frequencies_at=7), "trust: frequencies_at: week 7 is no wave"),
        (lambda raw: first(raw).pop("frequencies_at"), "trust: frequencies_at: a wave is needed"),
        (lambda raw: first(raw).update(name="strain"), "the name strain is used twice"),
        (lambda raw: first(raw)["items"][0].update(name="a1"), "the item a1 is declared twice"),
        (lambda raw: raw["waves"]["employee_survey"].update(window=[5, 1]), "window: 5 is after 1"),
        (lambda raw: first(raw).update(colour="red"), "unknown key colour"),
        (lambda raw: first(raw).update(scoring="median"), "allowed are sum, mean, none"),
        (lambda raw: first(raw).update(effects=["employer_5"]), "expected the pattern"),
        (lambda raw: first(raw)["label"].pop("nl"), "missing key nl"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, told):
    with pytest.raises(UserError) as problem:
        loaded(tmp_path, change)
    assert told in str(problem.value)


def test_whole_numbers_may_be_written_with_a_point(tmp_path):
    found = loaded(tmp_path, lambda raw: first(raw).update(range=[1.0, 5.0], minimum_answered=2.0, recode={1.0: 2.0}))
    assert (found.instruments[0].codes, found.instruments[0].recode) == ([1, 2, 3, 4, 5], {1: 2})


def test_a_missing_codebook_is_named(tmp_path):
    with pytest.raises(UserError, match="is missing"):
        load_instruments(tmp_path / "instruments.yaml")
