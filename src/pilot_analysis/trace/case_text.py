"""A traced case in words: a timeline, its outcomes, its groups and its costs, in Dutch or English."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from pilot_analysis.messages import Messages
from pilot_analysis.schemas.canonical import COST_CATEGORIES
from pilot_analysis.trace.case import Case, Moment
from pilot_analysis.trace.result_text import place

_WIDTH = 12  # of a date or a number


def case_lines(case: Case, messages: Messages) -> list[str]:
    """The lines to print."""
    t, row = messages.t, case.row
    lines = [t("trace.internal"), "", t("trace.case.title", case=row["case_id"])]
    lines.append(f"  {t('trace.case.arm', arm=messages.word('arm', row['arm']), organisation=row['organisation'])}")
    if row["exclusion"] is not None:
        lines.append(f"  {t('trace.case.excluded', reason=messages.word('flow_reason', row['exclusion']))}")
    lines += ["", t("trace.case.timeline"), f"  {t('trace.case.date'):<{_WIDTH}}{t('trace.case.day'):>6}"]
    lines += [f"  {_moment(moment, case, messages)}" for moment in case.moments]
    if len(case.outcomes):
        lines += ["", t("trace.case.outcomes"), *_outcomes(case, messages)]
    lines += ["", t("trace.case.groups"), *_groups(case, messages)]
    if len(case.costs):
        lines += ["", t("trace.case.costs"), *_costs(case.costs, messages)]
    return lines


def _moment(moment: Moment, case: Case, messages: Messages) -> str:
    """Date, day from t0, what happened, and the line it comes from."""
    t0 = case.row["t0"]
    day = "" if t0 is None else str((moment.date - pd.Timestamp(t0).date()).days)
    values = {name: _said(value, messages) for name, value in moment.values.items()}
    text = messages.t(f"trace.moment.{moment.what}", **values)
    source = "" if moment.source is None else f"  [{place(*moment.source)}]"
    return f"{moment.date.isoformat():<{_WIDTH}}{day:>6}  {text}{source}"


def _said(value: Any, messages: Messages) -> str:
    """A value in the words and notation of the language."""
    if value is None or value is pd.NA:
        return messages.t("sign.none")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        family, code = value
        return _score(family, code, messages) if not isinstance(code, str) else messages.word(family, code)
    if isinstance(value, list):
        return ", ".join(_said(one, messages) for one in value)
    if isinstance(value, float):
        return messages.number(value, 0 if value.is_integer() else 2)
    return str(value)


def _score(instrument: str, score: float | None, messages: Messages) -> str:
    number = messages.t("sign.none") if score is None else messages.number(score, 2)
    return f"{messages.word('instrument', instrument)} {number}"


def _outcomes(case: Case, messages: Messages) -> list[str]:
    """A line per endpoint: status, day, reason, and the line of the delivery that decided it."""
    lines = []
    for one in case.outcomes.itertuples():
        reason = "" if pd.isna(one.reason) else f" ({messages.word('flow_reason', one.reason)})"
        status = messages.t(f"trace.status.{one.status}")
        day = "" if pd.isna(one.time) else messages.t("trace.case.on_day", day=one.time)
        decided = messages.t("trace.case.decided", place=place(one.source_file, one.source_line, one.source_column))
        lines.append(f"  {messages.word('endpoint', one.endpoint)}: {status}{day}{reason}; {decided}")
    return lines


def _groups(case: Case, messages: Messages) -> list[str]:
    lines = []
    for name, (family, code), source in case.groups:
        where = messages.t("trace.case.no_row") if source is None else place(*source)
        lines.append(f"  {messages.t(f'trace.group.{name}')}: {messages.word(family, code)}  [{where}]")
    return lines


def _costs(costs: pd.DataFrame, messages: Messages) -> list[str]:
    """A table of intervals: days seen, AO-weighted days, wage in full and reduced, production lost, costs delivered."""
    names = ("first_day", "days", "ao_days", "wage_full", "wage_reduced", "production_loss", "delivered")
    digits = {"first_day": 0, "days": 0}
    rows = costs.assign(delivered=costs[list(COST_CATEGORIES)].sum(axis="columns"))
    heads = [messages.t(f"trace.cost.{name}") for name in names]
    table = [heads]
    for _, one in rows.iterrows():
        table.append([messages.number(float(one[name]), digits.get(name, 2)) for name in names])
    widths = [max(_WIDTH, len(head) + 2) for head in heads]
    return ["  " + "".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)) for line in table]
