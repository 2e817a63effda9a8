"""The report as one self-contained HTML page.

- The page asks nothing from outside, carries no time of making, and is the same for the same input.
- Every number carries `data-result-id`; figures are SVG within the page.
"""

from __future__ import annotations

from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pilot_analysis.present.table import to_html
from pilot_analysis.report.document import Caption, Document, Figure, Numbers, Runs
from pilot_analysis.report.svg import inline


def write(document: Document) -> str:
    """The page as text."""
    page = (
        _environment()
        .get_template("report.html")
        .render(document=document, css=Markup(_asset("report.css")), runs=_runs, figure=_figure, table=_table)
    )
    return page.rstrip() + "\n"


def _environment() -> Environment:
    loader = PackageLoader("pilot_analysis.report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _runs(runs: Runs) -> Markup:
    """Sentences in which a number can be pointed at."""
    number = Markup('<span class="number" data-result-id="{0}" title="{0}">{1}</span>')
    return Markup("").join(number.format(run.result_id, run.text) if run.result_id else run.text for run in runs)


def _caption(caption: Caption) -> Markup:
    return Markup("<strong>{}.</strong> {}").format(caption.label, caption.text)


def _figure(block: Figure) -> dict[str, Markup]:
    return {"body": inline(block.svg, block.name, block.alt), "caption": _caption(block.caption)}


def _table(block: Numbers) -> Markup:
    return to_html(block.table, _caption(block.caption) if block.caption else block.table.title)
