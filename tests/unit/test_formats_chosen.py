"""Which formats are made, and what their files are called."""

import pytest

from pilot_analysis.config import FORMATS, check_config
from pilot_analysis.errors import UserError
from pilot_analysis.report.formats import WRITERS
from pilot_analysis.workflow import report_files

CHOSEN = {"raw_dir": "a", "processed_dir": "b", "reports_dir": "c", "language": "nl"}


def test_all_formats_are_made_unless_some_are_chosen():
    assert check_config(CHOSEN)["formats"] == list(FORMATS) == list(WRITERS)


@pytest.mark.parametrize("given", ["pdf,html", "[pdf, html]", ["pdf", "html"]])
def test_formats_may_come_from_the_file_or_the_command_line(given):
    assert check_config({**CHOSEN, "formats": given})["formats"] == ["html", "pdf"]


def test_one_format_needs_no_list():
    assert check_config({**CHOSEN, "formats": "docx"})["formats"] == ["docx"]


@pytest.mark.parametrize("given", ["doc", "html,doc", [], ["html", "html"]])
def test_an_unknown_format_is_refused(given):
    with pytest.raises(UserError, match="formats"):
        check_config({**CHOSEN, "formats": given})


def test_the_first_language_has_no_language_in_its_names():
    made = report_files("r", ["en", "nl"], ["html", "xlsx"])
    assert made["en"] == {"html": "r/report.html", "xlsx": "r/tables.xlsx"}
    assert made["nl"] == {"html": "r/report.nl.html", "xlsx": "r/tables.nl.xlsx"}
