"""The checklists as tables: what each item asks, and where the report meets it, or why it does not.

- A place is named by the title of its section or table, so that every format can show it; HTML links to it.
- `anchors` are the places that a checklist may point to; a place that this run did not make is named without a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pilot_analysis.checklists import FILE, Checklists, Item
from pilot_analysis.messages import Messages
from pilot_analysis.present.figures import FIGURES
from pilot_analysis.report.document import Block, Figure, Heading, Numbers, Paragraph, Run, Section, Words

NAME = "reporting"


class Place(str):
    """Words for a place of the report; `anchor` is empty where it cannot be linked to."""

    anchor: str = ""

    @classmethod
    def at(cls, words: str, anchor: str) -> Place:
        """`words` that lead to `anchor`."""
        place = cls(words)
        place.anchor = anchor
        return place


def anchors(sections: Iterable[str], tables: Iterable[str]) -> frozenset[str]:
    """Every place that can be pointed to: sections, `table-<name>`, `figure-<name>` of the figures there are."""
    figures = (f"figure-{spec.name}" for spec in FIGURES)
    return frozenset({*sections, *(f"table-{name}" for name in tables), *figures})


def section(checklists: Checklists, made: Iterable[Section], titles: Mapping[str, str], messages: Messages) -> Section:
    """The section with a table per checklist; `made` are the other sections, `titles` those of tables by name."""
    t = messages.t
    there: dict[str, str] = {}
    for one in made:
        there[one.name] = ""
        for block in one.blocks:
            if isinstance(block, Figure | Numbers) and block.caption:
                there[f"{'figure' if isinstance(block, Figure) else 'table'}-{block.name}"] = block.caption.label
    blocks: list[Block] = [Paragraph((Run(t("report.text.reporting")),))]
    if not messages.randomised:
        blocks.append(Paragraph((Run(t("reporting.not_randomised")),)))
    heads = tuple(t(f"reporting.column.{name}") for name in ("item", "asked", "where"))
    for name, items in checklists.items():
        title = t(f"reporting.title.{name}")
        rows = tuple(_row(item, there, titles, messages) for item in items)
        blocks += [Heading(title), Words(f"checklist_{name}", title, heads, rows)]
    return Section(NAME, t(f"report.section.{NAME}"), tuple(blocks))


def _row(
    item: Item, there: Mapping[str, str], titles: Mapping[str, str], messages: Messages
) -> tuple[str, str, str | tuple[str, ...]]:
    topic, asked, reason = (item.word(name, messages.language) for name in ("topic", "asked", "reason"))
    places = tuple(
        Place.at(_words(place, there.get(place, ""), titles, messages), place if place in there else "")
        for place in item.places
    )
    if not places:
        reason = messages.t("reporting.not_met", reason=reason)
    words = (*places, *([reason] if reason else []))
    return item.item, messages.t("reporting.asked", topic=topic, asked=asked), words[0] if len(words) == 1 else words


def _words(place: str, label: str, titles: Mapping[str, str], messages: Messages) -> str:
    """Name of a place as a reader finds it; `label` is the number of a figure or table that there is."""
    if place.startswith(FILE):
        return messages.t("reporting.file", name=place.removeprefix(FILE))
    kind, _, name = place.partition("-")
    if kind == "table" and name:
        return messages.t("reporting.table", label=label or _kind(messages, kind), title=titles.get(name, name))
    if kind == "figure" and name:
        within = next(spec.section for spec in FIGURES if spec.name == name)
        title = messages.t(f"report.section.{within}")
        return messages.t("reporting.figure", label=label or _kind(messages, kind), section=title)
    return messages.t(f"report.section.{place}")


def _kind(messages: Messages, kind: str) -> str:
    return messages.t(f"{kind}.label", number="").strip()
