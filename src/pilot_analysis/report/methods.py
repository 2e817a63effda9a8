"""What the methods section shows: estimands and amendments of the protocol, and how each number was computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import Store


def estimands(protocol: Mapping[str, Any], messages: Messages) -> list[dict[str, Any]]:
    """Estimands with question, measure and strategies in words; untranslated text stays as the protocol has it."""
    return [
        {
            "id": item["id"],
            "question": messages.texts.get(f"estimand.{item['id']}", item["question"]),
            "summary": messages.texts.get(f"estimand_summary.{item['id']}", item["summary"]),
            "events": [
                (messages.word("intercurrent", event), _strategy(messages, strategy))
                for event, strategy in item["intercurrent"].items()
            ],
        }
        for item in protocol["estimands"]
    ]


def _strategy(messages: Messages, text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return messages.texts.get(f"strategy.{slug}", text)


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
