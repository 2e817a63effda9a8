"""Tables of the guidance process: labour experts and the law, first FML, interviews beside numbers, timing and AO%."""

from __future__ import annotations

import re
from typing import NamedTuple

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table, share_of
from pilot_analysis.present.tables_outcome import chi_squared_cell, share_cell

_TERM = re.compile(r"(?P<family>\w+)\[(?P<member>\w+)\]")
_SECTIONS = {  # section of the adherence table -> families of terms in it
    "timing": ("contact", "assessment", "timing"),
    "window": ("window",),
    "route": ("route", "other_route"),
    "activity": ("activity", "reassessed"),
    "law": ("law", "law_done"),
}
_EXITS = ("cumulative_incidence", "cumulative_incidence_return", "cumulative_incidence_leaving")
_WINDOWS = ("week_13", "months_4_6", "months_6_9", "months_10_12")
_VALENCES = ("positive", "negative", "mixed")


class Related(NamedTuple):
    """The number that stands beside a theme: its words, and its key in the store."""

    label: str
    analysis: str
    measure: str
    population: str
    origin: str
    endpoint: str = "none"
    term: str = ""


RELATED = {  # code of a theme -> related number; other themes stand alone
    "ad_timing": Related("contact", "adherence", "median", "itt", "t0", term="contact"),
    "fml_late": Related("fml", "fml_availability", "assessed_by_landmark", "landmark_84", "landmark", "first_fml"),
    "regular_process": Related("route", "adherence", "percent", "itt", "t0", term="route[regular]"),
    "cooperation_physician": Related(
        "consultation", "adherence", "percent", "itt", "t0", term="activity[consultation]"
    ),
    "reassessment": Related("reassessed", "adherence", "percent", "itt", "t0", term="reassessed"),
    "return_to_work": Related("median_return", "km", "median", "landmark_84", "landmark", "full_rtw"),
    "lasting_recovery": Related("median_lasting", "km", "median", "landmark_84", "landmark", "sustained_rtw"),
}


def adherence(store: Store, messages: Messages, threshold: int) -> Table:
    """Shares of people by arm beside what the sources print, and median days of those to whom it happened."""
    t = messages.t
    columns = [t("table.column.what"), *(t(f"table.column.{arm}") for arm in ARMS), t("table.column.published")]
    notes = [t("table.adherence.note"), t("table.adherence.law_note")]
    sheet = Sheet(messages, t("table.adherence.title"), columns, notes, threshold)
    found = {(row.measure, row.term, row.level): row for row in store.select(analysis="adherence")}
    terms = dict.fromkeys(term for _, term, _ in found)
    for section, families in _SECTIONS.items():
        for term in (term for term in terms if _family(term) in families):
            cells = [_percent(sheet, found.get(("percent", term, arm))) for arm in ARMS]
            published = found.get(("percent", term, "published"))
            shown = sheet.cell(published, lambda r: messages.number(r.estimate, 0) + "%") if published else Cell("")
            sheet.row(_label(messages, term), *cells, shown, section=t(f"table.adherence.{section}"))
    for term in terms:
        days = [found.get(("median", term, arm)) for arm in ARMS]
        if any(row is not None and row.status != "not_estimable" for row in days):
            cells = [_days(sheet, row) for row in days]
            sheet.row(_label(messages, term), *cells, Cell(""), section=t("table.adherence.days"))
    return sheet.table


def _family(term: str) -> str:
    return term.partition("[")[0]


def _label(messages: Messages, term: str) -> str:
    part = _TERM.fullmatch(term)
    return messages.t(f"adherence.{part['family']}.{part['member']}" if part else f"adherence.{term}")


def _percent(sheet: Sheet, result: Result | None) -> Cell:
    """A share of people in percent with its interval and the people behind it."""
    if result is None:
        return Cell("")
    messages = sheet.messages
    return sheet.cell(result, lambda r: share_of(messages, r, messages.interval(r.ci_low, r.ci_high, 0)))


def _days(sheet: Sheet, result: Result | None) -> Cell:
    number, interval = sheet.messages.number, sheet.messages.interval
    if result is None:
        return Cell("")
    return sheet.cell(result, lambda r: f"{number(r.estimate, 0)} ({interval(r.ci_low, r.ci_high, 0)})")


def fml(store: Store, messages: Messages, threshold: int) -> Table:
    """Probability of a first FML, and of returning or leaving without one, by arm; a section per population."""
    t = messages.t
    columns = [t("table.column.outcome"), *(t(f"table.column.{arm}") for arm in ARMS), t("table.column.difference")]
    sheet = Sheet(messages, t("table.fml.title"), columns, [t("table.fml.note")], threshold)
    for population in ("landmark_84", "itt"):
        at = {"endpoint": "first_fml", "population": population}
        section = t(f"population.{population}")
        by = [store.get("fml_availability", "assessed_by_landmark", level=arm, **at) for arm in ARMS]
        sheet.row(t("table.fml.by_landmark"), *(_percent(sheet, row) for row in by), "", section=section)
        for measure in _EXITS:
            rows = store.select(analysis="fml_availability", measure=measure, **at)
            for time in sorted({row.time for row in rows if row.time is not None}):
                arms = [store.get("fml_availability", measure, level=arm, time=time, **at) for arm in ARMS]
                both = store.get("fml_availability", "difference", level=DIFFERENCE, time=time, **at)
                compared = _points(sheet, both) if measure == _EXITS[0] else Cell("")
                header = t(f"table.fml.{measure}", day=int(time))
                sheet.row(header, *(share_cell(sheet, row) for row in arms), compared, section=section)
        medians = [store.get("fml_availability", "median", level=arm, **at) for arm in ARMS]
        sheet.row(t("table.fml.median"), *(_days(sheet, row) for row in medians), "", section=section)
        gray = store.get("fml_availability", "gray", level="all", **at)
        sheet.row(t("table.fml.gray"), "", "", chi_squared_cell(sheet, gray), section=section)
    return sheet.table


def _points(sheet: Sheet, result: Result) -> Cell:
    """A difference of probabilities in percentage points."""
    messages = sheet.messages

    def text(r: Result) -> str:
        shown = messages.number(100 * r.estimate, 0, signed=True)
        return t("table.fml.points", points=shown, interval=messages.interval(r.ci_low, r.ci_high, 0, scale=100))

    t = messages.t
    return sheet.cell(result, text)


def timing(store: Store, messages: Messages, threshold: int) -> Table:
    """Fall of AO% after an assessment by months of absence, in points and in per cent, beside what was published."""
    t = messages.t
    names = ("assessed", "ao_before", "ao_after", "fall_points", "fall_percent", "not_assessed", "difference_points")
    columns = [t("table.timing.when"), *(t(f"table.timing.{name}") for name in names), t("table.column.published")]
    sheet = Sheet(
        messages, t("table.timing.title"), columns, [t("table.timing.note"), t("table.timing.unit")], threshold
    )
    measures = (*names[:5], "fall_points_not_assessed", "difference_points")
    for level in (*_WINDOWS, "all"):
        at = {"endpoint": "ao_percent", "population": "itt", "origin": "t0", "group_by": "ad_timing", "level": level}
        cells = [_fall(sheet, store.get("timing", name, **at)) for name in measures]
        published = store.select(analysis="timing", measure="published_fall", level=level)
        if level == "all":
            for row in published:
                empty = [Cell("")] * len(measures)
                sheet.row(t(f"table.timing.{row.term}_{row.unit}"), *empty, _stated(sheet, row))
            continue
        stated = _stated(sheet, published[0]) if published else Cell("")
        sheet.row(t(f"table.timing.{level}"), *cells, stated)
    return sheet.table


def _fall(sheet: Sheet, result: Result) -> Cell:
    number, interval = sheet.messages.number, sheet.messages.interval
    if result.unit == "people":
        return sheet.cell(result, lambda r: number(r.estimate, 0))
    return sheet.cell(result, lambda r: f"{number(r.estimate)} ({interval(r.ci_low, r.ci_high)})")


def _stated(sheet: Sheet, result: Result) -> Cell:
    """A published number with the unit that its source prints."""
    messages = sheet.messages
    digits = 0 if result.estimate is None or float(result.estimate).is_integer() else 1
    return sheet.cell(
        result, lambda r: messages.t(f"table.timing.stated_{r.unit}", value=messages.number(r.estimate, digits))
    )


def joint(store: Store, messages: Messages, threshold: int) -> Table:
    """Themes of interviews by tone, each beside the number on the same subject."""
    t = messages.t
    columns = [t("table.joint.theme"), t("table.joint.interviews")]
    columns += [t(f"table.joint.{name}") for name in (*_VALENCES, "number")]
    columns += [t(f"table.column.{arm}") for arm in ARMS]
    sheet = Sheet(messages, t("table.joint.title"), columns, [t("table.joint.note")], threshold)
    rows = store.select(analysis="interview_themes")
    found = {(row.term, row.group_by, row.level): row for row in rows}
    for row in (row for row in rows if row.group_by == "all"):
        counts = [row, *(found.get((row.term, "valence", valence)) for valence in _VALENCES)]
        cells = [sheet.cell(count, lambda r: messages.number(r.estimate, 0)) if count else Cell("") for count in counts]
        theme = messages.word("theme", row.term) if row.term else t("table.joint.all")
        sheet.row(theme, *cells, *_related(sheet, store, row.term))
    return sheet.table


def _related(sheet: Sheet, store: Store, theme: str) -> list[Cell]:
    """Words of the related number and its value by arm; empty for a theme without one."""
    about = RELATED.get(theme)
    if about is None:
        return [Cell("")] * (1 + len(ARMS))
    cells = [Cell(sheet.messages.t(f"table.joint.related.{about.label}"))]
    for arm in ARMS:
        key = {"endpoint": about.endpoint, "population": about.population, "origin": about.origin, "term": about.term}
        result = store.get(about.analysis, about.measure, level=arm, **key)
        cells.append(_percent(sheet, result) if result.unit == "percent" else _days(sheet, result))
    return cells
