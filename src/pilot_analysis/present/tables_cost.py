"""Tables of cost: by arm with its parts, by department and region, and cost held against days saved.

Every heading names its perspective; terms are those of the store (`employer:full`, `ao_days`, `labour_expert`, ...).
"""

from __future__ import annotations

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table, part_of

AT = {"endpoint": "cost", "population": "itt", "origin": "t0"}
PERSPECTIVES = ("employer:full", "employer:reduced", "society:friction")
DAYS = "ao_days"


def cost(store: Store, messages: Messages, threshold: int) -> Table:
    """Mean per case by arm and the difference of the arms, weighted and as seen; a row per perspective and part."""
    t = messages.t
    columns = [
        t("table.cost.part"),
        *(t(f"table.column.{arm}") for arm in ARMS),
        t("table.cost.difference"),
        t("table.cost.naive"),
    ]
    notes = [t(f"table.cost.{name}") for name in ("note", "naive_note")]
    sheet = Sheet(messages, t("table.cost.title"), columns, notes, threshold)
    terms = dict.fromkeys(row.term for row in store.select(analysis="cost", measure="mean", group_by="arm"))
    for term in terms:
        about = {"term": term, "time": _horizon(store)}
        means = [store.get("cost", "mean", level=arm, **about, **AT) for arm in ARMS]
        effects = [
            store.get("cost_difference", measure, level=DIFFERENCE, **about, **AT)
            for measure in ("mean_difference", "naive_mean_difference")
        ]
        whole = term in PERSPECTIVES or term == DAYS
        section = t("table.cost.whole" if whole else "table.cost.parts")
        cells = [sheet.cell(row, lambda r: _amount(messages, r)) for row in means]
        cells.append(sheet.cell(effects[0], lambda r: _amount(messages, r, signed=True)))
        # Without its interval, which would mislead, the naive difference fits beside the other.
        cells.append(sheet.cell(effects[1], lambda r: messages.number(r.estimate, _digits(r), signed=True)))
        sheet.row(term_name(messages, term), *cells, section=section)
        if term == DAYS:
            stayed = [store.get("cost", "mean_leaving_censored", level=arm, **about, **AT) for arm in ARMS]
            cells = [sheet.cell(row, lambda r: _amount(messages, r)) for row in stayed]
            sheet.row(t("table.cost.if_stayed"), *cells, "", "", section=section)
    known = [store.get("cost", "n_known", level=arm, time=_horizon(store), **AT) for arm in ARMS]
    sheet.row(
        t("table.cost.known"), *(sheet.cell(row, lambda r: part_of(messages, r.estimate, r.n)) for row in known), "", ""
    )
    return sheet.table


def cost_places(store: Store, messages: Messages, threshold: int) -> Table:
    """Mean per case by department and region, both arms together."""
    t = messages.t
    columns = [t("table.cost.place"), *(term_name(messages, name) for name in PERSPECTIVES), t("table.column.people")]
    sheet = Sheet(messages, t("table.cost.places_title"), columns, [t("table.cost.places_note")], threshold)
    for group_by in ("department", "region"):
        rows = store.select(analysis="cost", measure="mean", group_by=group_by)
        for level in dict.fromkeys(row.level for row in rows):
            found = {_perspective(row): row for row in rows if row.level == level}
            if "" in found:  # the plan's row where no place was delivered
                cells = [sheet.cell(found[""], lambda r: _amount(messages, r)) for _ in PERSPECTIVES]
                sheet.row("", *cells, "", section=t(f"table.cost.{group_by}"))
                continue
            cells = [sheet.cell(found[name], lambda r: _amount(messages, r)) for name in PERSPECTIVES if name in found]
            n = next(iter(found.values())).n
            people = Cell("" if n is None else messages.number(n, 0), next(iter(found.values())).result_id)
            sheet.row(level, *cells, people, section=t(f"table.cost.{group_by}"))
    return sheet.table


def cost_effectiveness(store: Store, messages: Messages, threshold: int) -> Table:
    """Cost held against days saved, a column per perspective."""
    t = messages.t
    columns = [t("table.cost.measure"), *(term_name(messages, name) for name in PERSPECTIVES)]
    notes = [t(f"table.cost.{name}") for name in ("effect_note", "worth_note")]
    sheet = Sheet(messages, t("table.cost.effect_title"), columns, notes, threshold)
    rows = store.select(analysis="cost_effectiveness")
    keys = dict.fromkeys(
        (row.measure, _rest(row)) for row in rows if _perspective(row) and row.measure != "correlation"
    )
    found = {(row.measure, _rest(row), _perspective(row)): row for row in rows}
    for measure, rest in keys:
        cells = [_held(sheet, found.get((measure, rest, name))) for name in PERSPECTIVES]
        head = t(f"table.cost.quadrant.{rest}") if measure == "quadrant" else t(f"table.cost.{measure}", worth=rest)
        sheet.row(head, *cells)
    for row in store.select(analysis="cost_effectiveness", measure="probability_break_even"):
        sheet.row(
            t("table.cost.probability_break_even"), sheet.cell(row, lambda r: messages.percent(r.estimate)), "", ""
        )
    return sheet.table


def term_name(messages: Messages, term: str) -> str:
    """Words for a term."""
    return messages.t("cost.term." + term.replace(":", "_"))


def _perspective(row: Result) -> str:
    return next((name for name in PERSPECTIVES if row.term == name or row.term.startswith(name + ":")), "")


def _rest(row: Result) -> str:
    """What follows the perspective in a term: a worth of a day, a quadrant, or nothing."""
    return row.term.removeprefix(_perspective(row)).removeprefix(":")


def _horizon(store: Store) -> float | None:
    return next((row.time for row in store.select(analysis="cost", measure="mean")), None)


def _amount(messages: Messages, result: Result, signed: bool = False) -> str:
    """`12,864 (10,643 to 15,086)`; an amount that everybody has alike has no interval."""
    digits = _digits(result)
    text = messages.number(result.estimate, digits, signed=signed)
    if result.ci_low is None:
        return text
    return f"{text} ({messages.interval(result.ci_low, result.ci_high, digits)})"


def _digits(result: Result) -> int:
    return 1 if result.unit == "days" else 0


def _held(sheet: Sheet, result: Result | None) -> Cell:
    if result is None:
        return Cell("")
    if result.unit == "probability":
        return sheet.cell(result, lambda r: sheet.messages.percent(r.estimate))
    if result.unit == "ratio":
        return sheet.cell(result, lambda r: sheet.messages.number(r.estimate, 2, signed=True))
    return sheet.cell(result, lambda r: _amount(sheet.messages, r, signed=True))
