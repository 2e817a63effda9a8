"""The survey wave by wave: mean of each scale while still absent by arm, and who answered, as the store has it."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pilot_analysis.present import axis, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS, Result
from pilot_analysis.present.tables_survey import find, scales, waves

LEFT, PANEL, BETWEEN, PLOT, DOWN, TOP = 25.0, 61.0, 18.0, 38.0, 21.0, 16.0
ROW = 4.6
APART = 0.35  # weeks that the arms are drawn left and right of their wave, so that intervals do not overlap


def survey_figure(material: Material) -> Figure:
    """A panel per scale, then the response with the number of people who answered under it."""
    panels = [(name, _results(material, "mean", name)) for name in scales(material.store)]
    panels = [(name, rows) for name, rows in panels if _shown(rows)]
    answered = _results(material, "response", "")
    if not panels and not _shown(answered):
        return axis.note_figure(material.messages.t("figure.empty.survey", n=material.threshold), material.messages)
    lines = material.notes("figure.note.survey", "figure.note.survey_cut", n=material.threshold)
    deep = (len(panels) + 2) // 2 * (PLOT + DOWN)
    table = ROW * 2
    figure = style.canvas(TOP + deep + table + axis.footer_height(lines) + 2)
    _key(figure, material)
    for place, (name, rows) in enumerate(panels):
        axes = _panel(figure, material, place, rows, _title(material, name))
        _limits(axes, material, name)
    axes = _panel(figure, material, len(panels), answered, material.messages.t("figure.survey.response"))
    axes.set_ylim(0, 101)
    top = TOP + len(panels) // 2 * (PLOT + DOWN) + PLOT + 11
    _counts(figure, axes, material, answered, len(panels), top)
    axis.footer(figure, TOP + deep + table, lines)
    return figure


def _results(material: Material, measure: str, term: str) -> dict[str, list[Result]]:
    """Rows with a time by arm, wave by wave."""
    times = waves(material.store)
    return {arm: [find(material.store, measure, arm, term, time) for time in times] for arm in ARMS}


def _shown(rows: dict[str, list[Result]]) -> bool:
    return any(result.ok for results in rows.values() for result in results)


def _title(material: Material, name: str) -> str:
    messages = material.messages
    key = f"survey.direction.{messages.texts.get(f'direction.{name}', '')}"
    return messages.word("instrument", name) + (f"\n{messages.t(key)}" if key in messages else "")


def _key(figure: Figure, material: Material) -> None:
    for place, arm in enumerate(ARMS):
        look = style.line("arm", arm)
        axes = style.place(figure, LEFT + 45 * place, 2, 9, 4)
        axes.axis("off")
        axes.plot([0, 1], [0, 0], color=look.colour, linestyle=look.dash, linewidth=1.5)
        axes.plot([0.5], [0], color=look.colour, marker=look.marker, markersize=4)
        words = material.messages.t(f"arm.{arm}")
        style.write(figure, LEFT + 45 * place + 11, 4, words, va="center", fontsize=8.5, color=look.colour)


def _left(place: int) -> float:
    return LEFT + place % 2 * (PANEL + BETWEEN)


def _panel(figure: Figure, material: Material, place: int, rows: dict[str, list[Result]], title: str) -> Axes:
    axes = style.place(figure, _left(place), TOP + place // 2 * (PLOT + DOWN), PANEL, PLOT)
    for arm, shift in zip(ARMS, (-APART, APART), strict=True):
        _draw(axes, [result for result in rows[arm] if result.ok], shift, style.line("arm", arm))
    weeks = [_week(time) for time in waves(material.store)]
    axes.set_xlim(weeks[0] - 2, weeks[-1] + 2)
    axes.set_xticks(weeks[::2])
    axes.set_xticks(weeks, minor=True)
    axes.set_xlabel(material.messages.t("figure.survey.week"), labelpad=2)
    for first, last in axis.marked_weeks(material.protocol):
        axes.axvspan(first / 7 + 0.5, (last + 1) / 7 + 0.5, color=style.BAND, linewidth=0, zorder=0)
    axes.grid(axis="y", color=style.FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    head = "\n".join(textwrap.fill(line, 38) for line in title.split("\n"))
    axes.set_title(head, loc="left", fontsize=8.5, linespacing=1.1, pad=4)
    return axes


def _week(time: float) -> int:
    return int(time) // 7 + 1


def _draw(axes: Axes, rows: list[Result], shift: float, look: style.Line) -> None:
    x = [_week(row.time) + shift for row in rows]
    axes.plot(x, [row.estimate for row in rows], color=look.colour, linestyle=look.dash, linewidth=1.2,
              marker=look.marker, markersize=4)  # fmt: skip
    for at, row in zip(x, rows, strict=True):
        if row.ci_low is not None:
            axes.plot([at, at], [row.ci_low, row.ci_high], color=look.colour, linewidth=0.9)


def _limits(axes: Axes, material: Material, name: str) -> None:
    """The whole scale where the plan is there to tell it."""
    codebook = getattr(material.protocol, "instruments", None)
    for one in codebook.instruments if codebook is not None else ():
        if one.name == name:
            low, high = one.score_range
            axes.set_ylim(low - 0.02 * (high - low), high + 0.02 * (high - low))


def _counts(
    figure: Figure, axes: Axes, material: Material, rows: dict[str, list[Result]], place: int, top: float
) -> None:
    """People who answered, under every tick of the response."""
    table = style.place(figure, _left(place), top, PANEL, ROW * 3)
    table.set_xlim(axes.get_xlim())
    table.set_ylim(3, 0)
    table.axis("off")
    style.write(figure, _left(place) - 21, top + ROW / 2, material.messages.t("figure.survey.n"), va="center",
                fontsize=7.5, fontweight="bold")  # fmt: skip
    ticks = {int(tick) for tick in axes.get_xticks()}
    for row, arm in enumerate(ARMS, start=1):
        look, y = style.line("arm", arm), top + (row + 0.5) * ROW
        words = material.messages.t(f"arm.{arm}")
        style.write(figure, _left(place) - 21, y, words, va="center", fontsize=7.5, color=look.colour)
        for result in rows[arm]:
            if _week(result.time) in ticks:
                table.text(
                    _week(result.time), row + 0.5, _people(material, result), ha="center", va="center", fontsize=7
                )


def _people(material: Material, result: Result) -> str:
    if result.status == "suppressed":
        return material.withheld
    return material.messages.number(result.n_events, 0) if result.ok else material.messages.t("sign.none")
