"""The report as one self-contained HTML page.

- The page asks nothing from outside, carries no time of making, and is the same for the same input.
- Every number carries `data-result-id`, and a folded list at the end has them all, for who cannot point; figures are
  SVG within the page.
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
    made = {"runs": _runs, "figure": _figure, "table": _table, "appendix": _appendix(document)}
    css = Markup(_asset("report.css"))
    page = _environment().get_template("report.html").render(document=document, css=css, **made)
    return page.rstrip() + "\n"


def _environment() -> Environment:
    loader = PackageLoader("pilot_analysis.report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _appendix(document: Document) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Every result that the page shows, by its key: the number as shown, and the anchors and names of its places."""
    titles = {section.name: section.title for section in document.sections}
    labels = {block.name: block.caption.label for block in document.tables if block.caption}
    shown: dict[str, dict[str, None]] = {}
    places: dict[str, dict[tuple[str, str], None]] = {}
    for name, row, _, text, key in document.shown():
        if row and name not in labels:
            continue  # in the workbook only
        place = (f"table-{name}", labels[name]) if row else (name, titles[name])
        shown.setdefault(key, {})[text] = None
        places.setdefault(key, {})[place] = None
    return [(key, "; ".join(texts), list(places[key])) for key, texts in shown.items()]


def _runs(runs: Runs) -> Markup:
    """Sentences in which a number can be pointed at."""
    number = Markup('<span class="number" data-result-id="{0}" title="{0}">{1}</span>')
    return Markup("").join(number.format(run.result_id, run.text) if run.result_id else run.text for run in runs)


def _caption(caption: Caption) -> Markup:
    return Markup("<strong>{}.</strong> {}").format(caption.label, caption.text)


def _figure(block: Figure) -> dict[str, Markup]:
    body = Markup("") if block.note else inline(block.svg, block.name, block.alt)
    return {"body": body, "caption": _caption(block.caption)}


def _table(block: Numbers) -> Markup:
    return to_html(block.table, _caption(block.caption) if block.caption else block.table.title)
