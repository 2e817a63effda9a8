"""Tables of AO% over time: days with absence and in each state; mean AO% at weeks with two models, and wage values."""

from __future__ import annotations

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, ORIGIN, Result, Store
from pilot_analysis.present.table import Sheet, Table, part_of

POPULATIONS = ("landmark_84", "itt")
STATES = ("absent", "partial", "returned", "recovered", "left")
MODELS = ("ao_gee", "ao_mixed")
_WEEK_13 = 84  # where the clock of landmark_84 starts, in days of absence
_CLOCKS = (("landmark_84", "landmark", _WEEK_13), ("itt", "t0", 0))


def ao_days(store: Store, messages: Messages, threshold: int) -> Table:
    """Days with any absence, AO-weighted days, and days in each state, by arm, a section per population."""
    t, sheet = messages.t, _sheet(messages, "ao_days", threshold)
    lines = [("ao_days", measure, "", f"table.ao_days.{measure}") for measure in ("days_any_absence", "ao_days")]
    lines += [("state_occupation", "days", state, "table.ao_days.in_state") for state in STATES]
    for population in POPULATIONS:
        at = {"population": population, "origin": ORIGIN[population]}
        for analysis, measure, state, key in lines:
            for row in store.select(analysis=analysis, measure=measure, term=state, level=ARMS[0], **at):
                words = {"state": t(f"state.{state}")} if state else {"tau": int(row.time or 0)}
                _line(sheet, store, row, t(key, **words), t(f"population.{population}"))
    return sheet.table


def ao_points(store: Store, messages: Messages, threshold: int) -> Table:
    """Mean AO% at weeks of absence, its change since day 84, the models of the whole course, and wage values."""
    t, sheet = messages.t, _sheet(messages, "ao_points", threshold)
    for population, origin, start in _CLOCKS:
        at = {"population": population, "origin": origin, "level": ARMS[0]}
        for measure in ("mean", "change"):
            for row in store.select(analysis="ao_points", measure=measure, **at):
                name = t(f"table.ao_points.{measure}", week=(start + int(row.time or 0)) // 7 + 1)
                _line(sheet, store, row, name, t(f"population_ao.{population}"))
    for population in POPULATIONS:
        section = t("table.ao_points.models", population=t(f"population.{population}"))
        for measure in ("mean_difference", "slope_difference"):
            for model in MODELS:
                found = store.get(model, measure, endpoint="ao_percent", population=population, level=DIFFERENCE)
                cell = sheet.cell(found, lambda result: _text(messages, result))
                sheet.row(t(f"table.ao_points.{model}_{measure}"), "", "", cell, section=section)
    _wage_values(store, sheet)
    return sheet.table


def _wage_values(store: Store, sheet: Sheet) -> None:
    """How many have a wage value, and its mean, by week; a section of its own: never beside AO%."""
    t = sheet.messages.t
    for population, origin, start in _CLOCKS:
        section = t("table.ao_points.wage_value", population=t(f"population_ao.{population}"))
        for measure in ("n_known", "mean"):
            at = {"analysis": "wage_value", "measure": measure, "population": population, "origin": origin}
            for row in store.select(level=ARMS[0], **at):
                week = (start + int(row.time or 0)) // 7 + 1
                results = [store.get(endpoint=row.endpoint, level=arm, time=row.time, **at) for arm in ARMS]
                cells = [sheet.cell(result, lambda found: _wage_text(sheet.messages, found)) for result in results]
                sheet.row(t(f"table.ao_points.wage_value_{measure}", week=week), *cells, "", section=section)


def _wage_text(messages: Messages, result: Result) -> str:
    """`12 of 40` people, or the mean with its interval."""
    if result.measure == "n_known":
        return part_of(messages, result.estimate, result.n)
    return _text(messages, result)


def _sheet(messages: Messages, name: str, threshold: int) -> Sheet:
    columns = [messages.t(f"table.column.{key}") for key in ("outcome", *ARMS, "difference")]
    notes = [messages.t(f"table.{name}.note")]
    if name == "ao_days":  # it holds the second test of the order
        notes.append(messages.t("table.claims" if messages.randomised else "table.claims_associated"))
    return Sheet(messages, messages.t(f"table.{name}.title"), columns, notes, threshold)


def _line(sheet: Sheet, store: Store, row: Result, name: str, section: str) -> None:
    """The mean of each arm and their difference, from the `row` of one arm."""
    at = {"population": row.population, "origin": row.origin, "term": row.term, "time": row.time}
    at["endpoint"] = row.endpoint
    results = [store.get(row.analysis, row.measure, level=arm, **at) for arm in ARMS]
    results.append(store.get(row.analysis, f"{row.measure}_difference", level=DIFFERENCE, **at))
    cells = [sheet.cell(result, lambda found: _text(sheet.messages, found)) for result in results]
    sheet.row(name, *cells, section=section)


def _text(messages: Messages, result: Result) -> str:
    """`105.9 (84.9 to 126.9)`; without an interval the number alone."""
    number = messages.number(result.estimate, signed=result.level == DIFFERENCE or result.measure == "change")
    if result.ci_low is None or result.ci_high is None:
        return number
    return f"{number} ({messages.interval(result.ci_low, result.ci_high)})"
