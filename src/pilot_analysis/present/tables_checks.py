"""Tables of what stands behind the results: P1 in other ways, other exits, model checks, cells, two engines."""

from __future__ import annotations

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, RATIO, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table
from pilot_analysis.present.tables_effect import p_cell, ratio_text
from pilot_analysis.present.tables_outcome import ENDPOINTS, FAMILIES, chi_squared_cell, share_cell

_LANDMARK = {"endpoint": "full_rtw", "population": "landmark_84"}
_WAYS = (  # catalogue key, analysis, measure, population
    ("p1", "days_not_returned", "mean_difference", "landmark_84"),
    ("adjusted", "days_not_returned_adjusted", "mean_difference", "landmark_84"),
    ("bootstrap", "days_not_returned_bootstrap", "mean_difference", "landmark_84"),
    ("rmst", "rmst", "rmst_difference", "landmark_84"),
    ("landmark_91", "days_not_returned", "mean_difference", "landmark_91"),
    ("itt", "days_not_returned", "mean_difference", "itt"),
)
_RATIOS = (
    "cox_adjusted",
    "cox_adjusted_bootstrap",
    "cox_adjusted_clustered",
    "cox_adjusted_clustered_t",
    "cox_adjusted_jackknife",
)


def primary_ways(store: Store, messages: Messages, threshold: int) -> Table:
    """The primary difference in days beside the same question answered in other ways."""
    t = messages.t
    columns = [t(f"table.column.{name}") for name in ("way", "estimate", "p", "detectable")]
    note = t("table.ways.note") if messages.randomised else t("table.ways.note_associated")
    sheet = Sheet(messages, t("table.ways.title"), columns, [note], threshold)
    for key, analysis, measure, population in _WAYS:
        found = store.select(
            analysis=analysis, measure=measure, population=population, endpoint="full_rtw", level=DIFFERENCE
        )
        for result in found:
            detectable = store.select(
                analysis="minimum_detectable", measure="difference", population=population, endpoint="full_rtw"
            )
            small = [row for row in detectable if analysis == "days_not_returned" and row.level == DIFFERENCE]
            way = "adjusted_without" if result.method.endswith("; without organisation") else key
            sheet.row(
                t(f"table.ways.{way}", tau=int(result.time or 0)), _days(sheet, result), p_cell(sheet, result),
                sheet.cell(small[0], lambda r: messages.number(r.estimate)) if small else "",
            )  # fmt: skip
    for result in store.select(analysis="rerandomisation", measure="studentised_difference", **_LANDMARK):
        value = sheet.cell(result, lambda r: t("table.ways.studentised", value=messages.number(r.estimate, 2)))
        sheet.row(t("table.ways.rerandomisation"), value, p_cell(sheet, result), "")
    return sheet.table


def _days(sheet: Sheet, result: Result) -> Cell:
    number, interval = sheet.messages.number, sheet.messages.interval
    return sheet.cell(result, lambda r: f"{number(r.estimate, signed=True)} ({interval(r.ci_low, r.ci_high)})")


def exits(store: Store, messages: Messages, threshold: int) -> Table:
    """Probabilities of returning and of leaving by arm at the milestones, and what compares them, by endpoint."""
    t = messages.t
    columns = [t("table.column.outcome"), *(t(f"table.column.{arm}") for arm in ARMS), t("table.column.comparison")]
    sheet = Sheet(messages, t("table.exits.title"), columns, [t("table.exits.note")], threshold)
    for endpoint in ENDPOINTS:
        at = {"endpoint": endpoint, "population": "landmark_84"}
        section = t(f"endpoint_long.{endpoint}")
        for measure in ("cumulative_incidence", "cumulative_incidence_leaving"):
            times = {row.time for row in store.select(analysis="cuminc", measure=measure, **at)}
            for time in sorted(time for time in times if time is not None):
                cells = [share_cell(sheet, store.get("cuminc", measure, level=arm, time=time, **at)) for arm in ARMS]
                sheet.row(t(f"table.exits.{measure}", absence=int(time) + 84), *cells, "", section=section)
        for analysis, measure in (
            ("fine_gray", "subdistribution_hazard_ratio"),
            ("cox_cause_specific", "hazard_ratio_leaving"),
        ):
            result = store.get(analysis, measure, level=RATIO, **at)
            value = sheet.cell(result, lambda r: ratio_text(messages, r))
            sheet.row(t(f"table.exits.{analysis}"), "", "", value, section=section)
        sheet.row(
            t("table.exits.gray"),
            "",
            "",
            chi_squared_cell(sheet, store.get("cuminc", "gray", level="all", **at)),
            section=section,
        )
    return sheet.table


def checks(store: Store, messages: Messages, threshold: int) -> Table:
    """Checks of the adjusted model for full return from week 13: constancy over time, other standard errors."""
    t = messages.t
    columns = [t(f"table.column.{name}") for name in ("check", "result")]
    sheet = Sheet(messages, t("table.checks.title"), columns, [t("table.checks.note")], threshold)
    for measure in ("ph_unadjusted", "ph_adjusted"):
        for row in store.select(analysis="ph_test", measure=measure, **_LANDMARK, origin="landmark"):
            name = messages.word("term", row.term or "arm")
            sheet.row(name, chi_squared_cell(sheet, row), section=t(f"table.checks.{measure}"))
    for analysis in _RATIOS:
        result = store.get(analysis, "hazard_ratio", level=RATIO, **_LANDMARK)
        value = sheet.cell(result, lambda r: ratio_text(messages, r))
        sheet.row(t(f"table.checks.{analysis}"), value, section=t("table.checks.errors"))
    return sheet.table


def cells(store: Store, messages: Messages, threshold: int) -> Table:
    """Events behind each group and arm, and the smallest ratio that they could have shown."""
    t = messages.t
    columns = [t("table.column.group"), *(t(f"table.cells.{arm}") for arm in ARMS), t("table.cells.detectable")]
    sheet = Sheet(messages, t("table.cells.title"), columns, [t("table.cells.note")], threshold)
    for family, levels in FAMILIES.items():
        for level in levels:
            found = [
                store.get("events_per_cell", "events", group_by=f"arm*{family}", level=f"{arm}:{level}", **_LANDMARK)
                for arm in ARMS
            ]
            detectable = store.get(
                "minimum_detectable", "hazard_ratio", group_by=f"arm*{family}", level=f"{RATIO} @ {level}", **_LANDMARK
            )
            sheet.row(
                t(f"{family}.{level}"),
                *(sheet.cell(result, lambda r: messages.number(r.estimate, 0)) for result in found),
                sheet.cell(detectable, lambda r: messages.number(r.estimate, 2)),
                section=t(f"table.groups.{family}"),
            )
    return sheet.table


def agreement(store: Store, messages: Messages, threshold: int) -> Table:
    """Core numbers that a second engine computed again: how many, and on how many digits they agree."""
    t = messages.t
    names = ("rows", "rows_compared", "digits", "known_differences")
    columns = [t("table.column.analysis"), *(t(f"table.agreement.{name}") for name in names)]
    columns.append(t("table.agreement.second"))
    sheet = Sheet(messages, t("table.agreement.title"), columns, [t("table.agreement.note")], threshold)
    for level in dict.fromkeys(row.level for row in store.select(analysis="agreement")):
        found = [
            store.get("agreement", name, population="itt", origin="none", group_by="analysis", level=level)
            for name in names
        ]
        label = t("table.agreement.all") if level == "all" else messages.word("analysis", level)
        numbers = [sheet.cell(result, lambda r: messages.number(r.estimate, 0)) for result in found]
        second = found[0].method.partition("; ")[0].removeprefix("second engine: ")
        sheet.row(label, *numbers, t("sign.none") if second == "none" else second)
    return sheet.table
