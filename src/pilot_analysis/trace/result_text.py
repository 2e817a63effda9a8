"""A traced result in words: sections of plain text, in Dutch or English.

Names of columns, conditions and codes stay as the tables have them, so that they can be typed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pilot_analysis.messages import Messages
from pilot_analysis.trace.result import Trace

_KEYS = ("result_id", "method", "engine", "estimand", "role")


def result_lines(trace: Trace, messages: Messages, hashes: Mapping[str, str], every_line: bool = False) -> list[str]:
    """The lines to print; `hashes` has the checksum of each source file, or why there is none."""
    t = messages.t
    lines = [t("trace.internal"), "", str(trace.row["result_id"])]
    lines += _section(t("trace.store"), _numbers(trace.row))
    lines += _section(t("trace.released"), _released(trace, messages))
    lines += _section(t("trace.estimand"), _estimand(trace, messages))
    lines += _section(t("trace.method"), [str(trace.row["method"]), str(trace.row["engine"])])
    if trace.basis is None:
        return lines + _section(t("trace.people"), [t("trace.nobody")])
    lines += _section(t("trace.people"), _people(trace, messages))
    lines += _section(t("trace.rows"), [f"{name}: {count}" for name, count in trace.rows.items()])
    return lines + _section(t("trace.files"), _files(trace.lines, messages, hashes, every_line))


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)]


def _numbers(row: Mapping[str, Any]) -> list[str]:
    """Every filled column, as `name = value`."""
    return [f"{name} = {_plain(value)}" for name, value in row.items() if name not in _KEYS and value is not None]


def _plain(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _released(trace: Trace, messages: Messages) -> list[str]:
    if trace.released is None:
        return [messages.t("trace.not_released")]
    other = {name: value for name, value in trace.released.items() if value != trace.row.get(name)}
    if not other:
        return [messages.t("trace.as_internal")]
    return [
        f"{name} = {messages.t('trace.withheld') if value is None else _plain(value)}" for name, value in other.items()
    ]


def _estimand(trace: Trace, messages: Messages) -> list[str]:
    one = trace.estimand
    if one is None:
        return [messages.t("trace.no_estimand", id=trace.row["estimand"])]
    attributes = ("population", "endpoint", "contrast", "summary")
    said = [f"{one.id} ({trace.row['role']}): {messages.word('estimand', one.id)}"]
    said += [f"{name} = {getattr(one, name)}" for name in attributes]
    return said + [f"{messages.word('intercurrent', event)}: {how}" for event, how in one.intercurrent.items()]


def _people(trace: Trace, messages: Messages) -> list[str]:
    t, basis = messages.t, trace.basis
    said = [t("trace.chosen", conditions="; ".join(basis.members.conditions) or t("trace.everyone"))]
    said += [f"{row.arm:<14}{row.status:<12}{row.n:>6}" for row in trace.counts.itertuples()]
    said.append(_equal("n", trace.row["n"], basis.n, messages))
    if trace.row["n_events"] is not None:
        said.append(_equal("n_events", trace.row["n_events"], basis.n_events, messages))
        if basis.events is not None:
            said.append(t("trace.events", conditions="; ".join(_more(basis.events, basis.members))))
    if trace.row["unit"] == "people" and basis.counted is not None:
        said.append(_equal("estimate", trace.row["estimate"], int(basis.counted.who.sum()), messages))
    return said


def _more(part: Any, whole: Any) -> list[str]:
    """Conditions of a part that the whole does not have."""
    return [condition for condition in part.conditions if condition not in whole.conditions] or list(part.conditions)


def _equal(name: str, said: Any, counted: int | None, messages: Messages) -> str:
    if said is None:
        return messages.t("trace.only_counted", name=name, counted=counted)
    key = "trace.equal" if float(said) == counted else "trace.unequal"
    return messages.t(key, name=name, said=f"{float(said):g}", counted=counted)


def _files(lines: pd.DataFrame, messages: Messages, hashes: Mapping[str, str], every_line: bool) -> list[str]:
    said = []
    for file, rows in lines.groupby("file", sort=True):
        columns = ", ".join(sorted({column for column in rows["column"] if column})) or messages.t("trace.whole_row")
        count = messages.number(rows["line"].nunique(), 0)
        said.append(messages.t("trace.file", file=file, n=count, columns=columns))
        said.append(f"  sha256 {hashes.get(file, messages.t('trace.no_file'))}")
        if every_line:
            said += [f"  {place(file, row.line, row.column)}" for row in rows.itertuples()]
    return said or [messages.t("trace.no_lines")]


def place(file: str, line: Any, column: Any = "") -> str:
    """A place in a delivery: file:line:column."""
    return ":".join(str(part) for part in (file, line, column) if part is not None and part is not pd.NA and part != "")
