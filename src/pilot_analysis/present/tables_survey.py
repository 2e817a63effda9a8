"""Tables of the questionnaires: who answered, means while still absent, reliability of the scales, every answer.

- Names of instruments, items and answers are the plan's words (`Messages.with_words`); without them their codes show.
- A line without any number in any cell is left out; a table without lines says that there were no questionnaires.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ARMS, DIFFERENCE, Result, Store
from pilot_analysis.present.table import Cell, Sheet, Table, share_of

ATTRITION = ("outside_window", "unasked", "at_work", "left", "not_enrolled")
_ANSWER = re.compile(r"(?P<instrument>\w+)\.(?P<item>\w+)\[(?P<code>-?\w+)\]")


def scales(store: Store) -> list[str]:
    """Scales with a mean, in the order of the codebook."""
    return list(dict.fromkeys(row.term for row in store.select(analysis="survey", measure="mean")))


def waves(store: Store) -> list[float]:
    """First days of the waves, from t0."""
    return sorted({row.time for row in store.select(analysis="survey", measure="response")})


def find(store: Store, measure: str, level: str, term: str = "", time: float | None = None) -> Result:
    """One row `survey` by arm."""
    return store.get("survey", measure, population="itt", origin="t0", level=level, term=term, time=time)


def week(messages: Messages, time: float | None) -> str:
    """Name of a wave; what is asked once has no week."""
    return messages.t("survey.once") if time is None else messages.t("survey.week", week=int(time) // 7 + 1)


def _row(sheet: Sheet, header: str, results: Iterable[Result], cells: list[Cell], section: str = "") -> None:
    """A line, unless none of its results has a number or had one that was withheld."""
    if any(result.status in ("ok", "suppressed") for result in results):
        sheet.row(header, *cells, section=section)


def _ready(sheet: Sheet) -> Table:
    if not sheet.table.rows:
        sheet.table.notes[:] = [sheet.messages.t("survey.nothing")]
    return sheet.table


def response(store: Store, messages: Messages, threshold: int) -> Table:
    """Who was due at each wave and answered, and where everybody else was, by arm."""
    t = messages.t
    heads = ["week", "due", "answered", "response", *ATTRITION]
    columns = [t(f"table.survey.column.{name}") for name in heads]
    sheet = Sheet(messages, t("table.survey.response.title"), columns, [t("table.survey.response.note")], threshold)
    for arm in ARMS:
        for time in waves(store):
            found = find(store, "response", arm, time=time)
            others = [find(store, "n", arm, state, time) for state in ATTRITION]
            cells = [
                sheet.cell(found, lambda r: messages.number(r.n, 0)),
                sheet.cell(found, lambda r: messages.number(r.n_events, 0)),
                sheet.cell(found, lambda r: messages.number(r.estimate, 0) + "%"),
                *(sheet.cell(other, lambda r: messages.number(r.estimate, 0)) for other in others),
            ]
            _row(sheet, week(messages, time), [found, *others], cells, t(f"arm.{arm}"))
    return _ready(sheet)


def means(store: Store, messages: Messages, threshold: int) -> Table:
    """Mean of each scale by wave and arm while still absent, with the difference."""
    t = messages.t
    columns = [t("table.survey.column.week")]
    for arm in ARMS:
        columns += [t(f"table.column.{arm}"), t("table.survey.column.n")]
    columns.append(t("table.column.difference"))
    sheet = Sheet(messages, t("table.survey.means.title"), columns, [t("table.survey.means.note")], threshold)
    for name in scales(store):
        section = messages.word("instrument", name) + _direction(messages, name)
        times = sorted({row.time for row in store.select(analysis="survey", measure="mean", term=name)}, key=_first)
        for time in times:
            found = [find(store, "mean", arm, name, time) for arm in ARMS]
            cells = []
            for result in found:
                cells.append(sheet.cell(result, lambda r: _value(messages, r)))
                cells.append(Cell(messages.number(result.n, 0), result.result_id) if result.ok else Cell(""))
            difference = find(store, "mean_difference", DIFFERENCE, name, time)
            cells.append(sheet.cell(difference, lambda r: _value(messages, r, signed=True)))
            _row(sheet, week(messages, time), found, cells, section)
    return _ready(sheet)


def _first(time: float | None) -> float:
    return -1.0 if time is None else time


def _direction(messages: Messages, name: str) -> str:
    """In brackets, whether a high score is good; nothing where the plan's words are not there."""
    key = f"survey.direction.{messages.texts.get(f'direction.{name}', '')}"
    return f" ({messages.t(key)})" if key in messages else ""


def _value(messages: Messages, result: Result, *, signed: bool = False) -> str:
    text = messages.number(result.estimate, 2, signed=signed)
    return f"{text} ({messages.interval(result.ci_low, result.ci_high, 2)})" if result.ci_low is not None else text


def reliability(store: Store, messages: Messages, threshold: int) -> Table:
    """Alpha and omega of each scale."""
    t = messages.t
    columns = [t(f"table.survey.column.{name}") for name in ("scale", "alpha", "omega", "n")]
    sheet = Sheet(
        messages, t("table.survey.reliability.title"), columns, [t("table.survey.reliability.note")], threshold
    )
    for row in store.select(analysis="survey", measure="alpha"):
        other = store.get("survey", "omega", population="itt", origin="t0", group_by="all", level="all", term=row.term)
        cells = [
            sheet.cell(row, lambda r: _value(messages, r)),
            sheet.cell(other, lambda r: messages.number(r.estimate, 2)),
            Cell(messages.number(row.n, 0), row.result_id) if row.ok else Cell(""),
        ]
        _row(sheet, messages.word("instrument", row.term), [row, other], cells)
    return _ready(sheet)


def answers(store: Store, messages: Messages, threshold: int) -> Table:
    """Every answer to the items whose answers have words: questions of the project, and of labour experts."""
    return _answers(store, messages, threshold, worded=True)


def scale_answers(store: Store, messages: Messages, threshold: int) -> Table:
    """Every answer to the items of numbered scales."""
    return _answers(store, messages, threshold, worded=False)


def _answers(store: Store, messages: Messages, threshold: int, *, worded: bool) -> Table:
    t = messages.t
    columns = [t("table.survey.column.answer"), *(t(f"table.column.{arm}") for arm in ARMS)]
    title = t("table.survey.answers.title" if worded else "table.survey.scale_answers.title")
    counted = store.select(analysis="survey", measure="frequency", level=ARMS[0])
    weeks = sorted({int(row.time) // 7 + 1 for row in counted if row.time is not None})
    note = t("table.survey.answers.note", weeks=", ".join(map(str, weeks)) or t("sign.none"))
    sheet = Sheet(messages, title, columns, [note], threshold)
    with_words = {key.split(".")[1] for key in messages.texts if key.startswith("answer.")}
    for row in counted:
        part = _ANSWER.fullmatch(row.term)
        if part is None or (part["instrument"] in with_words) != worded:
            continue
        found = [row, find(store, "frequency", ARMS[1], row.term, row.time)]
        cells = [sheet.cell(result, lambda r: share_of(messages, r)) for result in found]
        section = f"{messages.word('instrument', part['instrument'])}: {messages.word('item', part['item'])}"
        _row(sheet, _answer(messages, part["instrument"], part["code"]), found, cells, section)
    return _ready(sheet)


def _answer(messages: Messages, instrument: str, code: str) -> str:
    key = f"survey.answer.{code}"
    return messages.t(key) if key in messages else messages.texts.get(f"answer.{instrument}.{code}", code)
