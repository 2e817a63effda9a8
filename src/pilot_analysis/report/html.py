"""The report as one self-contained HTML page.

- Order: answer, trust, flow, results, tables, methods, provenance. Figures and tables are numbered as they appear.
- The page asks nothing from outside, carries no time of making, and is the same for the same input.
- Every number carries `data-result-id`; words come from the catalogue, method texts and protocol from the run.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pilot_analysis.messages import Messages, load
from pilot_analysis.present.figures import FIGURES, alt_text, caption
from pilot_analysis.present.store import Store
from pilot_analysis.present.table import Table, to_html
from pilot_analysis.report.answer import HtmlWriter, answer
from pilot_analysis.report.methods import amendments, computed, estimands
from pilot_analysis.report.svg import inline

SECTION_TABLES = {
    "trust": ("quality", "baseline", "agreement"),
    "flow": ("flow",),
    "speed": ("primary_ways",),
    "ao": ("ao_days", "ao_points"),
    "exits": ("exits",),
    "lasting": ("recovery",),
    "groups": ("groups", "cells"),
    "cost": ("cost", "cost_effectiveness", "cost_places"),
    "business_case": ("business_case", "business_case_sensitivity", "business_case_observed"),
    "theory": ("theory_of_change",),
    "process": (
        "adherence",
        "fml_availability",
        "interview_themes",
        "timing",
        "survey_response",
        "survey_means",
        "survey_reliability",
        "survey_answers",
    ),
    "checks": ("checks",),
    "tables": ("hierarchy", "outcomes_landmark_84", "outcomes_itt", "outcomes_landmark_91", "cox", "cox_terms"),
}
SECTIONS = (
    "answer",
    "trust",
    "flow",
    "speed",
    "ao",
    "exits",
    "lasting",
    "groups",
    "cost",
    "business_case",
    "theory",
    "process",
    "checks",
    "tables",
    "methods",
    "provenance",
)


@dataclass(frozen=True)
class Block:
    """A figure or a table with its anchor."""

    anchor: str
    body: Markup
    caption: Markup | None = None


def build(
    released: pd.DataFrame,
    figures: Mapping[str, str],
    tables: Mapping[str, Table],
    run: Mapping[str, Any],
    language: str,
    words: Mapping[str, str],
) -> str:
    """The page as text.

    `released` fits schema RELEASED; `figures` are SVG texts by name and `tables` by name, both in `language`;
    `run` is the content of run.yaml (`synthetic`, `config`, `protocol`, `versions`), `words` what the plan itself calls
    its questionnaires and effects in `language` (`Protocol.words`).
    """
    store, protocol = Store(released), run["protocol"]
    messages = load(language).with_words(words).under(protocol)
    threshold = int(protocol["thresholds"]["release_min_people"])
    randomised = protocol["design"]["allocation"] == "randomised_individuals"
    page = (
        _environment()
        .get_template("report.html")
        .render(
            m=messages,
            t=messages.t,
            css=Markup(_asset("report.css")),
            synthetic=bool(run["synthetic"]),
            threshold=threshold,
            answer=answer(
                store,
                HtmlWriter(messages),
                synthetic=bool(run["synthetic"]),
                randomised=randomised,
                relevant_days=float(protocol["thresholds"]["relevant_effect_days"]),
                threshold=threshold,
            ),
            facts=_facts(messages, run, randomised),
            sections=SECTIONS,
            figures=_figures(figures, store, messages),
            tables=_tables(tables, messages),
            rules=_rules(messages, protocol),
            estimands=estimands(protocol, messages),
            amendments=amendments(protocol, messages),
            computed=computed(store, messages),
            rows=_rows(store, messages),
            versions=run["versions"],
            config=_yaml(run["config"]),
            protocol=_yaml(protocol),
        )
    )
    return page.rstrip() + "\n"


def _environment() -> Environment:
    loader = PackageLoader("pilot_analysis.report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=100)


def _day(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _facts(messages: Messages, run: Mapping[str, Any], randomised: bool) -> list[str]:
    """Design, dates and versions in a few lines under the title."""
    protocol, dates = run["protocol"], run["protocol"]["dates"]
    window = {"first": "enrolment_from", "last": "enrolment_until", "cutoff": "data_cutoff"}
    return [
        messages.t("report.facts.randomised" if randomised else "report.facts.associated"),
        messages.t("report.facts.window", **{name: messages.date(_day(dates[key])) for name, key in window.items()}),
        messages.t(
            "report.facts.version", protocol=protocol["version"], program=run["versions"].get("pilot_analysis", "")
        ),
    ]


def _label(messages: Messages, kind: str, number: int, text: str) -> Markup:
    return Markup("<strong>{}.</strong> {}").format(messages.t(f"{kind}.label", number=number), text)


def _figures(figures: Mapping[str, str], store: Store, messages: Messages) -> dict[str, list[Block]]:
    """Figures by section in the order of the registry; a figure that was not drawn is left out."""
    found: dict[str, list[Block]] = {}
    number = itertools.count(1)
    for spec in FIGURES:
        if spec.name in figures:
            body = inline(figures[spec.name], spec.name, alt_text(spec, store, messages))
            text = _label(messages, "figure", next(number), caption(spec, messages))
            found.setdefault(spec.section, []).append(Block(f"figure-{spec.name}", body, text))
    return found


def _tables(tables: Mapping[str, Table], messages: Messages) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    number = itertools.count(1)
    for section, names in SECTION_TABLES.items():
        for name in names:
            if name in tables:
                text = _label(messages, "table", next(number), tables[name].title)
                found.setdefault(section, []).append(Block(f"table-{name}", to_html(tables[name], text)))
    return found


def _rules(messages: Messages, protocol: Mapping[str, Any]) -> list[str]:
    """The rules of the protocol that a reader needs, with their numbers."""
    thresholds = protocol["thresholds"]
    return [
        messages.t("report.methods.clock", horizon=thresholds["horizon_days"]),
        messages.t("report.methods.spells", gap=thresholds["merge_gap_days"], sustained=thresholds["sustained_days"]),
        messages.t(
            "report.methods.thin",
            at_risk=thresholds["min_at_risk_at_tau"],
            events=thresholds["min_events_per_arm_in_group"],
        ),
        messages.t("report.methods.interval"),
    ]


def _rows(store: Store, messages: Messages) -> str:
    """How many rows of the store there are, by status."""
    counts = {
        status: sum(row.status == status for row in store.rows) for status in ("ok", "not_estimable", "suppressed")
    }
    numbers = {name: messages.number(count, 0) for name, count in counts.items()}
    return messages.t("report.provenance.rows", n=messages.number(len(store.rows), 0), **numbers)
