"""Tables of the estimand cards: attributes, intercurrent events counted by arm with their strategy, results.

- Counts are those of the population of the estimand: still absent when week 13 begins where it has that landmark, else
  everyone analysed. Labour experts are counted once, in the first.
- Words of the plan without a word in the catalogue stay as the plan has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pilot_analysis.config import Estimand
from pilot_analysis.messages import Messages
from pilot_analysis.present.card_rows import card_rows
from pilot_analysis.present.store import ARMS, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table, part_of

PREFIX = "card_"
_ATTRIBUTES = ("population", "endpoint", "contrast")
_LABOUR_EXPERT = ("no_or_late_ad", "early_ad_in_control")


def card_tables(store: Store, messages: Messages, threshold: int, estimands: Iterable[Estimand]) -> dict[str, Table]:
    """A table for each estimand of the plan, by `card_<id>`."""
    found = list(estimands)
    place = reading_order(item.id for item in found)
    ordered = sorted(found, key=lambda item: place[item.id])
    return {f"{PREFIX}{item.id}": _card(store, messages, threshold, item) for item in ordered}


def reading_order(ids: Iterable[str]) -> dict[str, int]:
    """Place of each estimand: by its letter as the plan has them, then by its number (S9 before S10)."""
    named = [re.fullmatch(r"(\D*)(\d*)(.*)", name, re.DOTALL).groups() for name in ids]
    letters = list(dict.fromkeys(letter for letter, _, _ in named))
    ordered = sorted(named, key=lambda parts: (letters.index(parts[0]), int(parts[1] or 0), parts[2]))
    return {"".join(parts): place for place, parts in enumerate(ordered)}


def worded(messages: Messages, family: str, text: str) -> str:
    """Words for a text of the plan: `family.<its slug>`, else the text itself."""
    spoken = text.lower().replace(" - ", " minus ").replace(" / ", " over ")
    slug = re.sub(r"[^a-z0-9]+", "_", spoken).strip("_")
    key = f"{family}.{slug}"
    return messages.t(key) if key in messages else text


def _card(store: Store, messages: Messages, threshold: int, item: Estimand) -> Table:
    t = messages.t
    question = t(f"estimand.{item.id}") if f"estimand.{item.id}" in messages else item.question
    columns = [t("card.column.part"), t("card.column.text"), *(t(f"table.column.{arm}") for arm in ARMS)]
    sheet = Sheet(messages, t("card.title", id=item.id, question=question), columns, [], threshold)
    given = {name: worded(messages, f"card_{name}", getattr(item, name)) for name in _ATTRIBUTES}
    summary = f"estimand_summary.{item.id}"
    given["summary"] = t(summary) if summary in messages else item.summary
    for name, words in given.items():
        sheet.row(t(f"card.{name}"), words, "", "", section=t("card.attributes"))
    main = "landmark" in item.population
    for event, strategy in item.intercurrent.items():
        counts = [_count(sheet, _counted(store, event, arm, main)) for arm in ARMS]
        words = worded(messages, "strategy", strategy)
        sheet.row(messages.word("intercurrent", event), words, *counts, section=t("card.events"))
    if item.intercurrent:
        sheet.table.notes.append(t("card.counted_landmark" if main else "card.counted_itt"))
    _results(sheet, store, item.id)
    return sheet.table


def _counted(store: Store, event: str, arm: str, main: bool) -> Result:
    at = {"endpoint": "none", "population": "itt", "origin": "t0"}
    if main or event in _LABOUR_EXPERT:
        at = {"endpoint": "full_rtw", "population": "landmark_84", "origin": "landmark"}
    return store.get("intercurrent", "n", level=arm, term=event, **at)


def _count(sheet: Sheet, result: Result) -> Cell:
    return sheet.cell(result, lambda r: part_of(sheet.messages, r.estimate, r.n))


def _results(sheet: Sheet, store: Store, estimand: str) -> None:
    """Main result and sensitivities as numbers, the unit in the title of the section."""
    rows = card_rows(store, estimand, sheet.messages)
    if not rows:
        return
    unit = sheet.messages.t(f"card.axis.{rows[0].result.unit}")
    for row in rows:
        text = row.text(sheet.messages) if row.complete else ""
        value = sheet.cell(row.result, lambda r, text=text: text or sheet.messages.t("sign.none"))
        sheet.row(row.label, value, "", "", section=sheet.messages.t("card.results", unit=unit))
