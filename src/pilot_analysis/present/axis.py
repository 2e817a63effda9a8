"""What several figures share: time axis, marked weeks, labels that do not overlap, the note in place of a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pilot_analysis.messages import Messages
from pilot_analysis.present import style

YEAR_WEEKS = 52  # day 364 closes the year: the plan counts it with week 52
FOOT = 124  # characters on a line of a footnote


def start_day(protocol, population: str) -> int:
    """Day of absence on which the clock of a landmark population starts; 0 for enrolment."""
    return int(_item(_item(protocol, "clocks"), population, "day") or 0)


def horizon(protocol, population: str) -> int:
    """Last day of the clock, counted from its origin."""
    return int(_item(_item(protocol, "clocks"), population, "horizon"))


def marked_weeks(protocol) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last day (from t0) of the assessment in the intervention and in the control arm."""
    weeks = _item(protocol, "weeks")
    return tuple(tuple(_item(weeks, f"assessment_{arm}")) for arm in ("intervention", "control"))


def _item(holder, *names):
    """Nested value of a mapping or an object; None where it is absent."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
    return holder


def head(start: int) -> float:
    """Millimetres above the axes: room for the names of the marked weeks where the axis is in days of absence."""
    return 13.0 if start else 4.0


def week(day: int) -> int:
    """Week of absence that holds `day` (week 1 is days 0-6)."""
    return day // 7 + 1


def time_axis(axes: Axes, ticks: Iterable[int], start: int, end: int, messages: Messages) -> None:
    """Days from t0 below the axis with the week of absence under them, or days from enrolment (`start` = 0)."""
    places = [start + tick for tick in ticks]
    axes.set_xlim(start, start + end)
    if start:
        names = [f"{day}\n" + messages.t("figure.axis.week_short", week=week(day)) for day in places]
    else:
        names = [f"{day}\n" + messages.t("figure.axis.weeks_elapsed", weeks=day // 7) for day in places]
    axes.set_xticks(places, names)
    axes.set_xticks(range(start, start + end + 1, 28), minor=True)
    axes.set_xlabel(messages.t("figure.axis.days_absence" if start else "figure.axis.days_enrolment"), labelpad=2)


def day_name(start: int, messages: Messages) -> Callable[[float], str]:
    """How a day of a time axis is called: with its week of absence, or since enrolment (`start` = 0)."""
    if not start:
        return lambda day: messages.t("figure.read.day_enrolment", day=int(day))
    return lambda day: messages.t("figure.read.day_absence", day=int(day), week=week(int(day)))


def limits(curve: pd.DataFrame) -> list[np.ndarray]:
    """Lower and upper limit at each point of a curve; where it has none, its height: the band has no width there."""
    return [curve[side].fillna(curve["estimate"]).to_numpy(float) for side in ("ci_low", "ci_high")]


def percent_axis(axes: Axes, label: str, top: float = 1.0) -> None:
    """A vertical axis from 0 to `top`, written as percentages; faint lines guide the eye."""
    axes.set_ylim(0, top * 1.005)
    axes.set_yticks([top * k / 4 for k in range(5)])
    scale = 100 if top == 1.0 else 1
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y * scale:.0f}%"))
    axes.set_ylabel(label)
    axes.grid(axis="y", color=style.FAINT, linewidth=0.5)
    axes.set_axisbelow(True)


def mark_weeks(axes: Axes, marks, messages: Messages, per_day: float = 1.0, shift: float = 0.0) -> None:
    """Shade the weeks of the assessments and name them above; `marks` are days from t0, `per_day` units a day."""
    for (first, last), arm, side in zip(marks, ("intervention", "control"), ("left", "right"), strict=True):
        low, high = shift + first * per_day, shift + (last + 1) * per_day
        axes.axvspan(low, high, color=style.BAND, linewidth=0, zorder=0)
        weeks = {"first": week(first), "last": min(week(last), YEAR_WEEKS)}
        name = messages.t("figure.mark.one" if weeks["first"] == weeks["last"] else "figure.mark.range", **weeks)
        axes.annotate(
            f"{name}\n{messages.t(f'figure.mark.{arm}')}",
            (low if side == "left" else high, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=7.5,
            color=style.GREY,
        )


def spread(heights: list[float], gap: float, low: float, high: float) -> list[float]:
    """Move label heights apart to at least `gap`, in the same order, within `low` .. `high`."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(heights[i], placed[-1] + gap if placed else low))
    ceiling = high
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - gap
    out = [0.0] * len(heights)
    for i, height in zip(order, placed, strict=True):
        out[i] = height
    return out


def name_ends(axes: Axes, ends: list[tuple[float, float, str, style.Line]], right: float, gap: float) -> None:
    """Write each level's name beside the end of its curve (x, y, name, line), joined to it by a thin line."""
    low, high = axes.get_ylim()
    heights = spread([y for _, y, _, _ in ends], gap * (high - low), low + 0.02 * (high - low), high)
    margin = 0.02 * (right - axes.get_xlim()[0])
    for (x, y, name, line), height in zip(ends, heights, strict=True):
        axes.plot([x, right + margin], [y, height], color=line.colour, linewidth=0.5, linestyle=":", clip_on=False)
        axes.plot([x], [y], marker=line.marker, color=line.colour, markersize=4, clip_on=False)
        axes.text(
            right + 1.4 * margin,
            height,
            textwrap.fill(name, 17),
            color=line.colour,
            va="center",
            fontsize=8,
            linespacing=1.0,
        )


def count_table(
    figure: Figure,
    axes: Axes,
    title: str,
    rows: Sequence[tuple[str, str, Mapping[float, str]]],
    box: tuple[float, float, float, float],
    row_height: float,
) -> None:
    """Write counts under the ticks of `axes`; a row is its name, its colour and a text by place on the axis.

    Nothing is written when no row has any number.
    `box` is left, top, width, height of the table and `row_height` that of a row, in mm.
    """
    if not any(letter.isdigit() for _, _, counts in rows for text in counts.values() for letter in text):
        return
    table, top = style.place(figure, *box), box[1]
    table.set_xlim(axes.get_xlim())
    table.set_ylim(len(rows) + 1, 0)
    table.axis("off")
    style.write(figure, 4, top + row_height / 2, title, va="center", fontsize=8, fontweight="bold")
    for place, (name, colour, counts) in enumerate(rows, start=1):
        style.write(figure, 4, top + (place + 0.5) * row_height, name, va="center", fontsize=8, color=colour)
        for x, text in counts.items():
            table.text(x, place + 0.5, text, ha="center", va="center", fontsize=8)


def note_figure(text: str, messages: Messages) -> Figure:
    """A page that says why there is nothing to draw; the report says it as a sentence (`reading.embed`)."""
    figure = style.canvas(32)
    figure.note = text
    style.write(figure, style.WIDTH / 2, 18, textwrap.fill(text, 75), ha="center", va="center", fontsize=9.5)
    style.write(
        figure,
        style.WIDTH / 2,
        6,
        messages.t("figure.nothing"),
        ha="center",
        va="center",
        fontsize=8,
        color=style.GREY,
    )
    return figure


def footer(figure: Figure, y: float, lines: list[str]) -> None:
    """Small notes at the foot of a figure, a paragraph each, from `y` millimetres below the top."""
    text = "\n".join(textwrap.fill(line, FOOT) for line in lines)
    style.write(figure, 4, y, text, ha="left", va="top", fontsize=7, color=style.GREY, linespacing=1.35)


def footer_height(lines: list[str]) -> float:
    """Millimetres that `footer` needs for `lines`."""
    return 2 + 3.5 * sum(len(textwrap.wrap(line, FOOT)) for line in lines)
