"""Table of the Theory of Change: every effect with its indicator, source, result, and what the pilot says about it."""

from __future__ import annotations

from pilot_analysis.messages import Messages
from pilot_analysis.present.effects import ShownEffect, effects, kind_text, value_text
from pilot_analysis.present.store import Store
from pilot_analysis.present.table import Cell, Sheet, Table


def theory_of_change(store: Store, messages: Messages, threshold: int) -> Table:
    """All effects by theory and level; an effect without a result has its reason in the last column."""
    t = messages.t
    columns = [t(f"table.theory.column.{name}") for name in ("effect", "category", "indicator")]
    columns += [t("table.theory.column.result"), t("table.theory.column.direction")]
    sheet = Sheet(messages, t("table.theory.title"), columns, [t("table.theory.note")], threshold)
    for effect in effects(store):
        section = t(
            "table.theory.section", theory=t(f"theory.{effect.theory}"), level=t(f"theory.level.{effect.level}")
        )
        sheet.row(
            messages.word("effect", effect.id),
            t(f"theory.category.{effect.category}"),
            _indicator(effect, messages),
            _result(effect, messages),
            kind_text(effect, messages, threshold),
            section=section,
        )
    return sheet.table


def _indicator(effect: ShownEffect, messages: Messages) -> str:
    """What measures the effect, whether only nearly, and the columns it is read from."""
    text = messages.word("indicator", effect.id)
    if effect.row.measure == "proxy":
        text = messages.t("theory.proxy", indicator=text)
    source = messages.texts.get(f"effect_source.{effect.id}", "")
    if not source:
        return text
    table, _, columns = source.partition(".")
    return messages.t("theory.source", indicator=text, table=table, columns=columns.replace("..", " … "))


def _result(effect: ShownEffect, messages: Messages) -> Cell:
    """Number and interval of the result behind the effect; the sign for "no number" where there is none."""
    if effect.result is None or not effect.result.ok or effect.kind == "withheld":
        return Cell(messages.t("sign.none"), effect.row.result_id)
    return Cell(value_text(effect.result, messages), effect.result.result_id)
