"""Outcome tables: people, events, medians, milestones, mean days and tests by endpoint; curves by group in numbers."""

from __future__ import annotations

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table

ENDPOINTS = ("full_rtw", "partial_rtw", "sustained_rtw")
MEANS = (("mean", "days_not_returned", "mean", "mean_difference"), ("rmst", "rmst", "rmst", "rmst_difference"))
TESTS = ("logrank", "logrank_stratified", "logrank_fh_0_1")
FAMILIES = {
    "cas_group": ("psychological", "musculoskeletal", "other", "unknown"),
    "fml_group": ("mental", "physical", "mental_and_physical", "hours_only", "none", "not_assessed"),
}


def outcomes(store: Store, messages: Messages, threshold: int, population: str) -> Table:
    """Outcome table of one population (its usual clock), a section per endpoint; days are calendar days."""
    t = messages.t
    columns = [t("table.column.outcome"), *(t(f"table.column.{arm}") for arm in ARMS), t("table.column.difference")]
    title = t("table.outcomes.title", population=t(f"population.{population}"))
    claims = t("table.claims") if messages.randomised else t("table.claims_associated")
    sheet = Sheet(messages, title, columns, [t("table.outcomes.note"), claims], threshold)
    for endpoint in ENDPOINTS:
        at = {"endpoint": endpoint, "population": population}
        section = t(f"endpoint_long.{endpoint}")
        medians = [store.get("km", "median", level=arm, **at) for arm in ARMS]
        sheet.row(t("table.outcomes.people"), *(_people(sheet, result) for result in medians), "", section=section)
        sheet.row(
            _median_header(messages, population), *(_median(sheet, result) for result in medians), "", section=section
        )
        _milestones(sheet, store, at, section)
        _means(sheet, store, at, section)
        _tests(sheet, store, at, section)
    return sheet.table


def _landmark(population: str) -> int:
    """Day of absence on which the clock starts; 0 for enrolment."""
    day = population.removeprefix("landmark_")
    return int(day) if day.isdigit() else 0


def _median_header(messages: Messages, population: str) -> str:
    day = _landmark(population)
    return messages.t("table.outcomes.median_landmark", day=day) if day else messages.t("table.outcomes.median")


def _people(sheet: Sheet, result: Result) -> Cell:
    """People and events behind a result; both may be there where the estimate is not."""
    if result.n is None or result.n_events is None:
        return sheet.cell(result, lambda r: "")
    number = sheet.messages.number
    text = sheet.messages.t("table.outcomes.people_value", n=number(result.n, 0), events=number(result.n_events, 0))
    return Cell(text, result.result_id)


def _median(sheet: Sheet, result: Result) -> Cell:
    messages = sheet.messages
    return sheet.cell(
        result, lambda r: f"{messages.number(r.estimate, 0)} ({messages.interval(r.ci_low, r.ci_high, 0)})"
    )


def share_cell(sheet: Sheet, result: Result) -> Cell:
    """A probability and its interval as percentages."""
    messages = sheet.messages
    return sheet.cell(
        result, lambda r: f"{messages.percent(r.estimate)} ({messages.interval(r.ci_low, r.ci_high, 0, scale=100)})"
    )


def _times(store: Store, analysis: str, measure: str, at: dict[str, str], group_by: str = "arm") -> list[float]:
    rows = store.select(analysis=analysis, measure=measure, group_by=group_by, **at)
    return sorted({row.time for row in rows if row.time is not None})


def _milestones(sheet: Sheet, store: Store, at: dict[str, str], section: str) -> None:
    landmark = _landmark(at["population"])
    for time in _times(store, "km", "survival", at):
        header = sheet.messages.t("table.outcomes.at_day", day=int(time))
        if landmark:
            header = sheet.messages.t("table.outcomes.at_absence_day", absence=int(time) + landmark)
        cells = [share_cell(sheet, store.get("km", "survival", level=arm, time=time, **at)) for arm in ARMS]
        sheet.row(header, *cells, "", section=section)


def _means(sheet: Sheet, store: Store, at: dict[str, str], section: str) -> None:
    messages = sheet.messages

    def text(r: Result) -> str:
        signed = r.level == DIFFERENCE
        return f"{messages.number(r.estimate, signed=signed)} ({messages.interval(r.ci_low, r.ci_high)})"

    for key, analysis, measure, contrast in MEANS:
        for tau in _times(store, analysis, contrast, at):
            results = [store.get(analysis, measure, level=arm, time=tau, **at) for arm in ARMS]
            difference = store.get(analysis, contrast, level=DIFFERENCE, time=tau, **at)
            header = messages.t(f"table.outcomes.{key}", tau=int(tau))
            sheet.row(header, *(sheet.cell(result, text) for result in (*results, difference)), section=section)


def _tests(sheet: Sheet, store: Store, at: dict[str, str], section: str) -> None:
    for test in TESTS:
        cell = chi_squared_cell(sheet, store.get("logrank", test, level="all", **at))
        sheet.row(sheet.messages.t(f"table.outcomes.{test}"), "", "", cell, section=section)


def chi_squared_cell(sheet: Sheet, result: Result) -> Cell:
    """A test with its degrees of freedom and p value."""
    messages = sheet.messages
    return sheet.cell(
        result,
        lambda r: messages.t(
            "table.outcomes.test_value",
            statistic=messages.number(r.estimate, 2),
            df=int(r.df or 0),
            p=messages.p(r.p_value),
        ),
    )


def groups(store: Store, messages: Messages, threshold: int) -> Table:
    """Full return from day 84 by CAS and FML group: people, events, median and milestones, both arms together."""
    t, at = messages.t, {"endpoint": "full_rtw", "population": "landmark_84"}
    times = _times(store, "km", "survival", at)
    columns = [t(f"table.column.{name}") for name in ("group", "people_events", "median")]
    columns += [t("table.column.not_returned_at", day=int(time)) for time in times]
    sheet = Sheet(messages, t("table.groups.title"), columns, [t("table.groups.note")], threshold)
    for family, levels in FAMILIES.items():
        for level in levels:
            key = {**at, "group_by": family, "level": level}
            median = store.get("km", "median", **key)
            cells = [share_cell(sheet, store.get("km", "survival", time=time, **key)) for time in times]
            sheet.row(
                t(f"{family}.{level}"),
                _people(sheet, median),
                _median(sheet, median),
                *cells,
                section=t(f"table.groups.{family}"),
            )
    return sheet.table
