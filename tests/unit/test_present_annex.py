"""The annex names every figure and table by its place and title, in the language of the file."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pilot_analysis.config import load_protocol
from pilot_analysis.messages.catalogue import LANGUAGES as WRITTEN
from pilot_analysis.present import annex
from pilot_analysis.present.figures import FIGURES
from pilot_analysis.present.tables import TABLES
from pilot_analysis.present.tables_cards import PREFIX

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(PROJECT)


def of(name, language):
    return SimpleNamespace(name=name, language=language)


@pytest.mark.parametrize("language", WRITTEN)
def test_every_figure_has_its_place_and_its_caption(language):
    found = [annex.figure_labels(of(spec.name, language)) for spec in FIGURES]
    assert [labels["Order"] for labels in found] == [f"{k:02d}" for k in range(1, len(FIGURES) + 1)]
    assert all(labels["Title"] and "{" not in labels["Title"] for labels in found)
    assert [labels["File"] for labels in found] == [spec.name for spec in FIGURES]


@pytest.mark.parametrize("language", WRITTEN)
def test_every_table_and_card_has_its_title_without_any_result(language):
    plan = load_protocol(Path("config/protocol.yaml"), Path("config/cas_letters.csv"))
    names = [*TABLES, *(f"{PREFIX}{item.id}" for item in plan.estimands)]
    titles = [annex.table_labels(of(name, language))["Title"] for name in names]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_the_languages_differ_and_have_names():
    first, second = (annex.figure_labels(of("flow", language))["Title"] for language in WRITTEN)
    assert first != second
    assert set(annex.LANGUAGES) == set(WRITTEN)
    assert annex.language_name(of("flow", "nl")) == "Nederlands"


def test_each_kind_of_released_file_is_marked_for_the_annex_with_a_text_of_its_own():
    rules = {path.stem: path.read_text() for path in Path("workflow/rules").glob("*.smk")}
    for rule, caption in {
        "present": "figure",
        "report": "report",
        "employers": "employer",
        "sign": "record",
    }.items():
        assert f'caption="../report/{caption}.rst"' in rules[rule]
        assert Path("workflow/report", f"{caption}.rst").read_text(encoding="utf-8").strip()
    assert rules["present"].count("report(") == 2
    assert "report(" not in rules["internal"]
