"""What the methods section shows: estimands and amendments of the protocol, and how each number was computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables_cards import reading_order, worded


def estimands(protocol: Mapping[str, Any], messages: Messages) -> list[dict[str, Any]]:
    """Estimands with question, measure and strategies in words; untranslated text stays as the protocol has it."""
    place = reading_order(item["id"] for item in protocol["estimands"])
    return [
        {
            "id": item["id"],
            "question": _said(messages, f"estimand.{item['id']}", item["question"]),
            "summary": _said(messages, f"estimand_summary.{item['id']}", item["summary"]),
            "events": [
                (messages.word("intercurrent", event), worded(messages, "strategy", strategy))
                for event, strategy in item["intercurrent"].items()
            ],
        }
        for item in sorted(protocol["estimands"], key=lambda item: place[item["id"]])
    ]


def _said(messages: Messages, key: str, text: str) -> str:
    return messages.t(key) if key in messages else text


def amendments(protocol: Mapping[str, Any], messages: Messages) -> list[str]:
    """Amendments in words; one line that says so when there are none."""
    if not protocol["amendments"]:
        return [messages.t("report.methods.no_amendments")]
    return [
        messages.t("report.methods.amendment", **{name: str(value) for name, value in item.items()})
        for item in protocol["amendments"]
    ]


def computed(store: Store, messages: Messages) -> list[tuple[str, str, str]]:
    """Distinct (analysis, method, engine) of the store, by analysis in the words of the language."""
    found = {(row.analysis, row.method, row.engine) for row in store.rows if row.method}
    return [(messages.word("analysis", name), method, engine) for name, method, engine in sorted(found)]
