"""The contents of the report, from the released store, figures, tables and the record of the run, as a `Document`.

- Order: answer, trust (flow, quality, agreement), results, robustness (checks, estimand cards), methods (and where
  checklists are met), provenance. Figures and tables are numbered as they appear.
- Words come from the catalogue, method texts and protocol from the run; nothing carries a time of making.
- A figure that was not drawn is left out; a table that no section names comes behind the others in the workbook.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import yaml

from pilot_analysis.checklists import Checklists
from pilot_analysis.messages import Messages, load
from pilot_analysis.present.figures import FIGURES, alt_text, caption
from pilot_analysis.present.store import Store
from pilot_analysis.present.table import Table
from pilot_analysis.present.tables_cards import PREFIX
from pilot_analysis.report import reporting
from pilot_analysis.report.answer import HtmlWriter, answer
from pilot_analysis.report.document import (
    Block,
    Bullets,
    Caption,
    Document,
    Figure,
    Fold,
    Heading,
    Numbers,
    Paragraph,
    Run,
    Runs,
    Section,
    Verbatim,
    Words,
)
from pilot_analysis.report.facts import day, facts
from pilot_analysis.report.methods import amendments, computed, estimands
from pilot_analysis.report.svg import note

CARDS = "estimands"
SECTION_TABLES: dict[str, tuple[str, ...]] = {
    "flow": ("flow",),
    "trust": ("quality", "baseline", "agreement"),
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
    "tables": ("hierarchy", "outcomes_landmark_84", "outcomes_itt", "outcomes_landmark_91", "cox", "cox_terms"),
    "checks": ("checks",),
    CARDS: (),  # a card for each estimand of the plan
}
PLAIN = tuple(SECTION_TABLES)  # sections of a text, figures and tables, in order
SECTIONS = ("answer", *PLAIN, "methods", reporting.NAME, "provenance")
_SHEET_WORDS = ("section", "number", "low", "high", "shown", "key", "sheet", "workbook", "place")
_WORDS = ("contents", "page", "of", "attached", *_SHEET_WORDS)


def compose(
    released: pd.DataFrame,
    figures: Mapping[str, str],
    tables: Mapping[str, Table],
    run: Mapping[str, Any],
    language: str,
    pictures: Mapping[str, bytes] | None = None,
    checklists: Checklists | None = None,
    words: Mapping[str, str] | None = None,
) -> Document:
    """The report in `language`.

    `released` fits schema RELEASED; `figures` are SVG texts by name, `pictures` the same as PNG (for Word), `tables`
    by name, all in `language`; `run` is the content of run.yaml (`synthetic`, `config`, `protocol`, `versions`);
    `checklists` say where each item of a reporting guideline is met, `words` what the plan calls its questionnaires.
    """
    store, protocol = Store(released), run["protocol"]
    messages = load(language).with_words(words or {}).under(protocol)
    shown = _figures(figures, pictures or {}, store, messages)
    listed = _tables(tables, messages)
    plain = [_plain(name, shown.get(name, []), listed.get(name, []), messages) for name in PLAIN]
    named = {block.name for blocks in listed.values() for block in blocks}
    made = [_answer(store, messages, run), *plain, _methods(store, messages, protocol)]
    last = _provenance(store, messages, run)
    titles = {name: table.title for name, table in tables.items()}
    lists = [reporting.section(checklists, [*made, last], titles, messages)] if checklists else []
    return Document(
        language=language,
        title=messages.t("report.title"),
        subtitle=messages.t("report.subtitle"),
        banner=messages.t("report.synthetic_banner") if run["synthetic"] else "",
        date=day(protocol["dates"]["data_cutoff"]),
        facts=tuple(facts(messages, run)),
        sections=(*made, *lists, last),
        words={name: messages.t(f"report.word.{name}") for name in _WORDS},
        more=tuple(Numbers(name, table) for name, table in tables.items() if name not in named),
    )


class _Sentences(HTMLParser):
    """Reads sentences in which numbers are elements with `data-result-id` back into runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.runs: list[Run] = []
        self._open: list[str] = [""]
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A number begins, or any other element within one."""
        self._open.append(dict(attrs).get("data-result-id") or self._open[-1])

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """A piece of text; pieces of words that follow each other become one."""
        if self.runs and not self._open[-1] and not self.runs[-1].result_id:
            data = self.runs.pop().text + data
        self.runs.append(Run(data, self._open[-1]))


def runs(sentences: str) -> Runs:
    """Sentences of an `HtmlWriter` as runs."""
    return tuple(_Sentences(str(sentences)).runs)


def plain(text: str, role: str = "", **more: Any) -> Paragraph:
    """A paragraph of words without results."""
    return Paragraph((Run(text),), role, **more)


def _randomised(run: Mapping[str, Any]) -> bool:
    return run["protocol"]["design"]["allocation"] == "randomised_individuals"


def _section(name: str, messages: Messages, blocks: list[Block]) -> Section:
    return Section(name, messages.t(f"report.section.{name}"), tuple(blocks))


def _answer(store: Store, messages: Messages, run: Mapping[str, Any]) -> Section:
    """The opening: the sentence, the paragraphs, and what a reader may do with the report."""
    thresholds = run["protocol"]["thresholds"]
    threshold = int(thresholds["release_min_people"])
    made = answer(
        store,
        HtmlWriter(messages),
        synthetic=bool(run["synthetic"]),
        randomised=_randomised(run),
        relevant_days=float(thresholds["relevant_effect_days"]),
        threshold=threshold,
    )
    paragraphs = [Paragraph(runs(" ".join(made.paragraphs[name])), f"answer-{name}") for name in made.paragraphs]
    first = [block for block in paragraphs if block.role == "answer-synthetic"]
    rest = [block for block in paragraphs if block not in first]
    last = plain(messages.t("report.release", n=threshold), "release")
    return _section("answer", messages, [*first, Paragraph(runs(made.headline), "headline"), *rest, last])


def _plain(name: str, figures: list[Figure], tables: list[Numbers], messages: Messages) -> Section:
    blocks: list[Block] = []
    if f"report.text.{name}" in messages:
        blocks.append(plain(messages.t(f"report.text.{name}")))
    if name == "tables":
        blocks += [plain(messages.t(f"report.trace.{kind}"), formats=(kind,)) for kind in ("html", "docx", "pdf")]
    if name == CARDS:
        pictures = {figure.name: figure for figure in figures}
        cards = [block for card in tables for block in (card, pictures.get(card.name)) if block]
        return _section(name, messages, [*blocks, *cards])
    return _section(name, messages, [*blocks, *figures, *tables])


def places(tables: Iterable[str]) -> frozenset[str]:
    """The places of a report with these tables that a checklist may point to."""
    shown = {name for names in SECTION_TABLES.values() for name in names}
    return reporting.anchors(SECTIONS, (name for name in tables if name in shown or name.startswith(PREFIX)))


def _label(messages: Messages, kind: str, number: int, text: str) -> Caption:
    return Caption(messages.t(f"{kind}.label", number="").strip(), number, text)


def _figures(
    figures: Mapping[str, str], pictures: Mapping[str, bytes], store: Store, messages: Messages
) -> dict[str, list[Figure]]:
    """Figures by section in the order of the registry; a figure that was not drawn is left out."""
    found: dict[str, list[Figure]] = {}
    number = itertools.count(1)
    for spec in FIGURES:
        if spec.name in figures:
            label = _label(messages, "figure", next(number), caption(spec, messages))
            alt, png, svg = alt_text(spec, store, messages), pictures.get(spec.name, b""), figures[spec.name]
            found.setdefault(spec.section, []).append(Figure(spec.name, label, alt, svg, png, note(svg)))
    return found


def _tables(tables: Mapping[str, Table], messages: Messages) -> dict[str, list[Numbers]]:
    found: dict[str, list[Numbers]] = {}
    number = itertools.count(1)
    for section, listed in SECTION_TABLES.items():
        names = [name for name in tables if name.startswith(PREFIX)] if section == CARDS else listed
        for name in names:
            if name in tables:
                label = _label(messages, "table", next(number), tables[name].title)
                found.setdefault(section, []).append(Numbers(name, tables[name], label))
    return found


def _methods(store: Store, messages: Messages, protocol: Mapping[str, Any]) -> Section:
    t = messages.t
    heads = tuple(t(f"report.methods.{name}") for name in ("estimand", "question", "summary", "events"))
    rows = tuple(
        (
            item["id"],
            item["question"],
            item["summary"],
            tuple(f"{event}: {strategy}" for event, strategy in item["events"]) or t("sign.none"),
        )
        for item in estimands(protocol, messages)
    )
    how = tuple(t(f"report.methods.{name}") for name in ("analysis", "method", "engine"))
    title = t("report.methods.computed")
    blocks = [
        Heading(t("report.methods.rules")),
        Bullets(tuple(_rules(messages, protocol))),
        Heading(t("report.methods.estimands")),
        Words("estimands", t("report.methods.estimands"), heads, rows),
        Heading(t("report.methods.amendments")),
        Bullets(tuple(amendments(protocol, messages))),
        Fold(title, (Words("computed", title, how, tuple(computed(store, messages)), frozenset({1, 2})),)),
    ]
    return _section("methods", messages, blocks)


def _provenance(store: Store, messages: Messages, run: Mapping[str, Any]) -> Section:
    t = messages.t
    title = t("report.provenance.versions")
    heads = (t("report.provenance.name"), t("report.provenance.version"))
    blocks = [
        plain(_rows(store, messages)),
        Heading(title),
        Words("versions", title, heads, tuple((name, str(version)) for name, version in run["versions"].items())),
        *(Fold(t(f"report.provenance.{name}"), (Verbatim(_yaml(run[name])),)) for name in ("config", "protocol")),
    ]
    return _section("provenance", messages, blocks)


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=100)


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
        messages.t("report.methods.interval" if messages.randomised else "report.methods.interval_associated"),
    ]


def _rows(store: Store, messages: Messages) -> str:
    """How many rows of the store there are, by status."""
    counts = {
        status: sum(row.status == status for row in store.rows) for status in ("ok", "not_estimable", "suppressed")
    }
    numbers = {name: messages.number(count, 0) for name, count in counts.items()}
    return messages.t("report.provenance.rows", n=messages.number(len(store.rows), 0), **numbers)
