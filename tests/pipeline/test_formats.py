"""The reports of a whole run, parsed back: every number equal in four formats and two languages."""

import importlib
from pathlib import Path

import pytest

from pilot_analysis.config import FORMATS
from pilot_analysis.workflow import report_files


@pytest.fixture(scope="module")
def equality():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "unit"))
        yield importlib.import_module("report_equality")


@pytest.mark.slow
def test_every_number_is_equal_in_every_format_and_language(finished, equality):
    named = report_files(str(finished.folder / "reports"), ["nl", "en"], list(FORMATS))
    shown = {}
    for language, files in named.items():
        content = {kind: Path(path).read_bytes() for kind, path in files.items()}
        shown[language] = equality.assert_all_equal(content, language)
    assert len(shown["nl"].numbers) > 1000
    equality.assert_languages_equal(shown["nl"], shown["en"])


def test_a_chosen_format_is_the_only_one_made(changed):
    for path in (changed.folder / "reports").glob("*.*"):
        path.unlink()
    done = changed.run("--config", "language=en", "formats=xlsx", "reports_dir=reports", "--until", "report_en")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in (changed.folder / "reports").glob("*.*") if path.is_file()] == ["tables.xlsx"]
