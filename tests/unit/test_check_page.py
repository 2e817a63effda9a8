"""The check of a delivery: exit status, the page a supplier gets, its words."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from intake_tables import PLAN, SOUND, deliver, read

from pilot_analysis.check.page import check_page
from pilot_analysis.check.words import said, translated
from pilot_analysis.cli import main
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.intake.rules import RULES
from pilot_analysis.messages import intake_texts, placeholders

CONFIG = str(Path(__file__).parents[2] / "config")
LONG = "case_id,valid_from,ao_percent\n" + "".join(f"P001,2021-07-{day:02d},101\n" for day in range(1, 26))
QUERY = SOUND["ao_percent.csv"] + "P001,2021-05-03,80\n"
VOID = {"meta", "br", "hr"}


class Page(HTMLParser):
    """Elements in order; each must close where it should."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.elements = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page(folder: Path, changes: dict, language: str = "nl", strict: bool = True) -> str:
    return check_page(read_delivery(deliver(folder, changes), PLAN, strict=strict), name="maart", language=language)


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text.split("</style>")[1]).split())


def check(*arguments: str) -> int:
    return main(["check", "--config-dir", CONFIG, *map(str, arguments)])


def test_a_sound_delivery_passes_and_says_how_many_rows_were_read(tmp_path, capsys):
    assert check(deliver(tmp_path / "maart", {}), "--out", tmp_path / "out") == 0
    assert "0 stop" in capsys.readouterr().out
    text = words((tmp_path / "out/index.html").read_text(encoding="utf-8"))
    assert "Levering maart De levering kan worden verwerkt." in text
    assert "toewijzing 3" in text and "AO%-mutaties 2" in text
    assert pd.read_csv(tmp_path / "out/issues.csv").empty


def test_a_broken_delivery_gives_status_1_and_names_file_line_column_rule_and_count(tmp_path, capsys):
    assert check(deliver(tmp_path / "maart", {"ao_percent.csv": LONG}), "--out", tmp_path / "out") == 1
    shown = capsys.readouterr().out
    assert "ao_percent.csv, line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, column ao_percent: [out_of_range, 25 x]" in shown
    assert "Traceback" not in shown
    issues = pd.read_csv(tmp_path / "out/issues.csv", dtype=str)
    assert issues.loc[0, ["rule", "file", "column", "count"]].tolist() == [
        "out_of_range", "ao_percent.csv", "ao_percent", "25",
    ]  # fmt: skip


def test_an_undecided_query_counts_as_the_configuration_says(tmp_path):
    delivery = deliver(tmp_path / "maart", {"ao_percent.csv": QUERY})
    assert check(delivery, "--out", tmp_path / "out") == 1
    config = tmp_path / "config"
    config.mkdir()
    for source in Path(CONFIG).glob("*.*"):
        text = source.read_text(encoding="utf-8")
        (config / source.name).write_text(text.replace("strict: true", "strict: false"), encoding="utf-8")
    assert check(delivery, "--out", tmp_path / "out", "--config-dir", config) == 0
    assert "Onbesliste vragen: 1." in words((tmp_path / "out/index.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("delivery", "out", "said_so"),
    [("nowhere", "out", "is not there"), ("maart", "maart/out", "a delivery is never written to")],
)
def test_wrong_folders_are_clear_errors(tmp_path, capsys, delivery, out, said_so):
    deliver(tmp_path / "maart", {})
    assert check(tmp_path / delivery, "--out", tmp_path / out) == 1
    assert said_so in capsys.readouterr().err
    assert not (tmp_path / out).exists()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_is_one_well_formed_file_without_outside_requests(tmp_path, language):
    text = page(tmp_path, {"ao_percent.csv": LONG, "notes.txt": "x", "cases.csv": SOUND["cases.csv"] + "\n"}, language)
    elements = Page(text).elements
    assert elements[0] == ("html", {"lang": language})
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"] for _, attributes in elements if "href" in attributes}
    assert links <= {f"#{name}" for name in ids}
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in elements}
    assert not re.search(r"https?:|url\(|@import|src=", text)


def test_the_page_gives_the_first_ten_lines_how_many_more_what_was_expected_and_how_to_mend_it(tmp_path):
    text = words(page(tmp_path, {"ao_percent.csv": LONG}))
    assert (
        "Fout Getallen buiten de grenzen van de kolom Kolom ao_percent Waar "
        "regel 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 en nog 15 Aantal rijen 25 Verwacht ten hoogste 100 "
        "Herstel verbeter de cellen in het bronsysteem Kenmerk out_of_range-"
    ) in text
    english = words(page(tmp_path, {"ao_percent.csv": LONG}, "en"))
    assert "line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 15 more" in english and "Expected at most 100" in english


def test_repairs_are_listed_apart_and_files_with_faults_come_first(tmp_path):
    changes = {"allocation.csv": SOUND["allocation.csv"].replace("P001,", " P001,"), "notes.txt": "x"}
    text = words(page(tmp_path, changes))
    assert "Spaties rond waarden, verwijderd case_id regel 2 1 –" in text
    assert text.rindex("notes.txt") < text.rindex("Hersteld of opgemerkt")


def test_what_concerns_no_file_is_said_of_the_whole_delivery(tmp_path):
    text = words(page(tmp_path, {"allocation.csv": None}))
    assert "De levering als geheel Fout Een verplichte tabel die niet in de levering zit" in text


def test_names_from_a_delivery_cannot_become_markup(tmp_path):
    text = page(tmp_path, {"cases.csv": SOUND["cases.csv"].replace("region", "<b>region</b>")})
    assert "<b>" not in text and "&lt;b&gt;region&lt;/b&gt;" in text


def test_a_made_up_delivery_says_so(tmp_path):
    sources = "synthetic: true\nsources:\n" + "".join(f"- {{table: {name[:-4]}, file: {name}}}\n" for name in SOUND)
    assert "verzonnen" in words(page(tmp_path, {"sources.yaml": sources}))


def test_the_same_delivery_gives_the_same_bytes(tmp_path):
    deliver(tmp_path, {"ao_percent.csv": LONG})
    pages = [check_page(read_delivery(tmp_path, PLAN), name="maart", language="nl") for _ in range(2)]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("part", ["what", "expected", "mend"])
def test_every_rule_is_told_in_dutch(part):
    assert [name for name, rule in RULES.items() if translated(getattr(rule, part), "nl") is None] == []


def test_translations_keep_the_places_of_the_text():
    assert [text for text, dutch in intake_texts("nl").items() if placeholders(text) != placeholders(dutch)] == []


def test_places_are_filled_and_texts_within_a_text_are_translated():
    assert translated("at most 100", "nl") == "ten hoogste 100"
    assert translated("source 2, key shet: unknown key shet", "nl") == "bron 2, sleutel shet: onbekende sleutel shet"
    assert translated("source 2, key shet: something new", "nl") is None
    assert translated("anything", "en") == "anything"
    assert said("<new>", "nl") == '<span lang="en">&lt;new&gt;</span>'


def test_lines_are_rows_in_files_that_have_no_lines(tmp_path):
    frame = pd.read_csv(deliver(tmp_path, {}) / "ao_percent.csv", dtype=str)
    (tmp_path / "ao_percent.csv").unlink()
    frame.assign(ao_percent="101").to_parquet(tmp_path / "ao_percent.parquet")
    text = words(check_page(read_delivery(tmp_path, PLAN), name="maart", language="nl"))
    assert "Waar rij 1, 2 Aantal rijen 2" in text
    assert read(tmp_path / "b").stops is False
