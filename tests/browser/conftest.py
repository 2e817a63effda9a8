"""The report of a real run in both languages, as files that a browser opens."""

import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "unit"))

from estimate_tables import protocol  # noqa: E402
from finished_run import finished_run  # noqa: E402
from present_rows import RUN  # noqa: E402

from pilot_analysis.checklists import load_checklists  # noqa: E402
from pilot_analysis.messages import load  # noqa: E402
from pilot_analysis.present.figures import draw_all, render  # noqa: E402
from pilot_analysis.present.tables import build_all  # noqa: E402
from pilot_analysis.report.compose import compose, places  # noqa: E402
from pilot_analysis.report.html import write  # noqa: E402

sys.path.pop()
PEOPLE = 320
WINDOW = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on this machine (on Debian: apt install chromium)")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def run():
    return finished_run(PEOPLE)


@pytest.fixture(scope="session")
def pages(run, tmp_path_factory):
    """File of the report by language."""
    folder, plan, files = tmp_path_factory.mktemp("pages"), protocol(), {}
    for language in ("nl", "en"):
        words = load(language).with_words(plan.words(language)).under(plan)
        figures = draw_all(run.released, run.curves, words, plan, synthetic=True)
        drawn = {name: render(figure, ("svg",))["svg"].decode() for name, figure in figures.items()}
        files[language] = folder / f"{language}.html"
        tables = build_all(run.released, words, plan=plan)
        lists = load_checklists(HERE.parents[1] / "config" / "checklists", places(tables))
        document = compose(run.released, drawn, tables, RUN, language, checklists=lists, words=plan.words(language))
        files[language].write_text(write(document), encoding="utf-8")
    return files


@pytest.fixture(params=["nl", "en"])
def language(request):
    return request.param


@pytest.fixture
def page(browser, pages, language):
    """The report in a window of a desk, with everything that it asked for and complained of."""
    context = browser.new_context(viewport=WINDOW)
    opened = context.new_page()
    opened.asked, opened.complaints = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.goto(pages[language].as_uri())
    yield opened
    context.close()
