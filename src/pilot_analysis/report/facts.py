"""Design, dates and versions in a few lines under a title."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pilot_analysis.messages import Messages

_WINDOW = {"first": "enrolment_from", "last": "enrolment_until", "cutoff": "data_cutoff"}


def facts(messages: Messages, run: Mapping[str, Any]) -> list[str]:
    """The lines; `run` is the content of run.yaml."""
    protocol, dates = run["protocol"], run["protocol"]["dates"]
    return [
        messages.t("report.facts.randomised" if messages.randomised else "report.facts.associated"),
        messages.t("report.facts.window", **{name: messages.date(day(dates[key])) for name, key in _WINDOW.items()}),
        messages.t(
            "report.facts.version", protocol=protocol["version"], program=run["versions"].get("pilot_analysis", "")
        ),
    ]


def day(value: object) -> dt.date:
    """A date of the plan, which YAML may have read as text."""
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
