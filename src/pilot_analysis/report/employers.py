"""One page per organisation: its own days and cost beside those of all other organisations together.

- Read from rows `organisation` of the released store; an organisation whose rows were withheld has no page.
- Both arms together: an employer knows its own people, so nothing is by arm, sex, age or group, and nothing medical.
- Each page is one self-contained HTML file, the same for the same input; every number carries `data-result-id`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pilot_analysis.messages import Messages, load
from pilot_analysis.present import style
from pilot_analysis.present.employer_figure import SIDES, Sides, complete, employer_figure, organisation_results
from pilot_analysis.present.store import Result, Store
from pilot_analysis.present.table import Sheet, Table, to_html
from pilot_analysis.report.answer import HtmlWriter, PlainWriter, Writer, why_not
from pilot_analysis.report.facts import facts
from pilot_analysis.report.svg import inline

_DIGITS = {"euro": 0}


def pages(released: pd.DataFrame, run: Mapping[str, Any], language: str) -> dict[str, str]:
    """The pages by file name, for every organisation that may be shown; `run` is the content of run.yaml."""
    store, protocol = Store(released), run["protocol"]
    messages = load(language).under(protocol)
    threshold = int(protocol["thresholds"]["release_min_people"])
    made: dict[str, str] = {}
    for name, results in _shown(store).items():
        made[_file_name(name, language, made)] = _page(name, results, messages, run, threshold)
    return made


def withheld(released: pd.DataFrame) -> list[str]:
    """The organisations without a page."""
    store = Store(released)
    return sorted(_names(store) - set(_shown(store)))


def _shown(store: Store) -> dict[str, dict[str, Sides]]:
    """Results by organisation: those with a number of its own beside one of the others."""
    found = {name: organisation_results(store, name) for name in sorted(_names(store))}
    return {name: results for name, results in found.items() if any(_beside(sides) for sides in results.values())}


def _names(store: Store) -> set[str]:
    return {row.term for row in store.select(analysis="organisation") if row.level in SIDES}


def _beside(sides: Sides) -> bool:
    return all(complete(sides[side]) for side in SIDES)


def _file_name(organisation: str, language: str, taken: Mapping[str, str]) -> str:
    """A name for any file system; names that would be alike get a number."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", organisation).strip("_") or "organisation"
    number, name = 1, f"{plain}.{language}.html"
    while name in taken:
        number += 1
        name = f"{plain}-{number}.{language}.html"
    return name


def _page(name: str, results: dict[str, Sides], messages: Messages, run: Mapping[str, Any], threshold: int) -> str:
    loader = PackageLoader("pilot_analysis.report")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    css = resources.files(__package__).joinpath("templates", "report.css").read_text(encoding="utf-8")
    title = messages.t("employer.title", organisation=name)
    table = _table(results, messages, threshold)
    page = environment.get_template("employer.html").render(
        t=messages.t,
        language=messages.language,
        css=Markup(css),
        title=title,
        banner=messages.t("report.synthetic_banner") if run["synthetic"] else "",
        facts=facts(messages, run),
        sentences=[_sentence(key, sides, HtmlWriter(messages), threshold) for key, sides in results.items()],
        figure=_figure(results, messages, threshold),
        table=to_html(table, table.title),
        threshold=threshold,
    )
    return page.rstrip() + "\n"


def _number(result: Result, messages: Messages) -> str:
    return messages.number(result.estimate, _DIGITS.get(result.unit, 0))


def _interval(result: Result, messages: Messages) -> str:
    return messages.interval(result.ci_low, result.ci_high, _DIGITS.get(result.unit, 0))


def _sentence(key: str, sides: Sides, writer: Writer, threshold: int) -> str:
    """One measure in a plain sentence: both means with their intervals, or why there is none."""
    messages = writer.messages
    if not _beside(sides):
        missing = next(row for row in sides.values() if not complete(row))
        return writer.t(
            "employer.none", what=messages.t(f"employer.measure.{key}"), reason=why_not(missing, messages, threshold)
        )
    own, others = (sides[side] for side in SIDES)
    values = {
        "own": writer.mark(own, _number(own, messages)),
        "own_interval": writer.mark(own, _interval(own, messages)),
        "others": writer.mark(others, _number(others, messages)),
        "others_interval": writer.mark(others, _interval(others, messages)),
        "days": messages.number(own.time, 0),
    }
    return writer.t(f"employer.said.{key}", **values)


def _figure(results: dict[str, Sides], messages: Messages, threshold: int) -> Markup:
    """The picture as SVG; its alternative text says the same numbers in words."""
    with style.context():
        drawn = employer_figure(results, messages)
        if drawn is None:
            return Markup("")
        svg = style.render(drawn, ("svg",))["svg"].decode("utf-8")
    said = [_sentence(key, sides, PlainWriter(messages), threshold) for key, sides in results.items()]
    return inline(svg, "employer", " ".join([messages.t("employer.alt"), *said]))


def _table(results: dict[str, Sides], messages: Messages, threshold: int) -> Table:
    t = messages.t
    columns = [t("employer.column.what"), *(t(f"employer.side.{side}") for side in SIDES)]
    sheet = Sheet(messages, t("employer.table"), columns, [], threshold)
    for key, sides in results.items():
        sheet.row(
            t(f"employer.measure.{key}"),
            *(
                sheet.cell(sides[side], lambda r: f"{_number(r, messages)} ({_interval(r, messages)})")
                for side in SIDES
            ),
        )
        people = [sheet.cell(sides[side], lambda r: messages.number(r.n, 0)) for side in SIDES]
        sheet.row(t("employer.people"), *people)
    return sheet.table
