"""Mean AO% by week and arm, as the store has it, with its band and the number of cases behind it.

Released means are of blocks of weeks: a block is drawn as a level line over its weeks, with its point in the middle.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pilot_analysis.present import axis, reading, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS, Result

LEFT, RIGHT, PLOT, GAP, ROW = 39.0, 33.0, 68.0, 13.0, 4.6
EVERY = 4  # weeks between two ticks


def ao_figure(material: Material, population: str) -> Figure:
    """Mean AO% (percent of contract hours absent) per week, by arm; weeks are weeks of absence from a landmark on."""
    weeks = {arm: _weeks(material, population, arm) for arm in ARMS}
    shown = {arm: rows for arm, rows in weeks.items() if any(row.ok for row in rows)}
    if not shown:
        return axis.note_figure(material.messages.t("figure.empty.ao", n=material.threshold), material.messages)
    block = _block(shown)
    blocks = ["figure.note.block"] if block > 1 else []
    lines = material.notes("figure.note.ao", *blocks, "figure.note.ao_cut", n=material.threshold, weeks=block)
    start = axis.start_day(material.protocol, population)
    plot_top = axis.head(start)
    table_top, table_height = plot_top + PLOT + GAP, ROW * (len(shown) + 1)
    figure = style.canvas(table_top + table_height + axis.footer_height(lines) + 2)
    axes = style.place(figure, LEFT, plot_top, style.WIDTH - LEFT - RIGHT, PLOT)
    for arm, rows in shown.items():
        _draw(axes, [row for row in rows if row.ok], start, style.line("arm", arm), block)
    last = max(_week(row, start) for rows in shown.values() for row in rows if row.ok)
    _axes(axes, material, last + block - 1, start)
    ends = [_end(material, arm, [row for row in rows if row.ok][-1], start, block) for arm, rows in shown.items()]
    axis.name_ends(axes, ends, axes.get_xlim()[1], 0.085)
    _counts(figure, axes, material, shown, start, table_top, table_height)
    axis.footer(figure, table_top + table_height + 1, lines)
    _offer(figure, axes, material, shown, start, block)
    return figure


def _weeks(material: Material, population: str, arm: str) -> list[Result]:
    rows = material.store.select(analysis="ao_curve", measure="mean", population=population, level=arm)
    return sorted(rows, key=lambda row: row.time)


def _week(result: Result, start: int) -> int:
    return (start + int(result.time)) // 7 + 1


def _block(shown: dict[str, list[Result]]) -> int:
    """Weeks that a mean stands for: what lies between the first two that have a number."""
    times = sorted({row.time for rows in shown.values() for row in rows if row.ok})
    return min((int(two - one) // 7 for one, two in pairwise(times)), default=1)


def _draw(axes: Axes, rows: list[Result], start: int, look: style.Line, block: int) -> None:
    weeks = np.array([_week(row, start) for row in rows], dtype=float)
    # Where everybody is alike there is a mean without an interval: the band has no width there.
    ends = ([row.estimate if limit is None else limit for row, limit in limits] for limits in _limits(rows))
    heights = np.array([[row.estimate for row in rows], *ends], dtype=float)
    if block > 1:  # each mean from the beginning to the end of its block
        places = np.column_stack([weeks - 0.5, weeks + block - 0.5]).ravel()
        heights = heights.repeat(2, axis=1)
    else:
        places = weeks
    style.band(axes, places, heights[1], heights[2], look)
    axes.plot(places, heights[0], color=look.colour, linestyle=look.dash, linewidth=1.5)
    marked = slice(None, None, 1 if block > 1 else EVERY)
    axes.plot(
        (weeks + (block - 1) / 2)[marked], [row.estimate for row in rows][marked], color=look.colour,
        marker=look.marker, markersize=3.5, linestyle="",
    )  # fmt: skip


def _limits(rows: list[Result]) -> tuple[list[tuple[Result, float | None]], ...]:
    return [(row, row.ci_low) for row in rows], [(row, row.ci_high) for row in rows]


def _offer(
    figure: Figure, axes: Axes, material: Material, shown: dict[str, list[Result]], start: int, block: int
) -> None:
    """Let the page read the means off; a week without a number keeps its place."""
    messages = material.messages

    def place(x: float) -> str:
        week = int(x - (block - 1) / 2)
        key = "figure.read.week_absence" if start else "figure.read.week_enrolment"
        if block > 1:
            key = "figure.read.weeks_absence" if start else "figure.read.weeks_enrolment"
        return messages.t(key, week=week, last=week + block - 1)

    offered = reading.Offer([axes], place, reading.columns("mean", messages, "figure.ao_n"), messages)
    for arm, rows in shown.items():
        digits = reading.decimals(row.estimate / 100 for row in rows if row.ok)
        points = []
        for row in (row for row in rows if row.ok):
            interval = reading.interval(row.ci_low, row.ci_high, messages, digits)
            words = [f"{messages.number(row.estimate, digits)}%", interval, messages.number(row.n, 0)]
            points.append(reading.Point(_week(row, start) + (block - 1) / 2, row.estimate, words))
        offered.lines.append(reading.Line(messages.t(f"arm.{arm}"), style.line("arm", arm).colour, points))
    reading.offer(figure, offered)


def _end(material: Material, arm: str, last: Result, start: int, block: int) -> tuple:
    place = _week(last, start) + (block - 1) / 2
    return place, last.estimate, material.messages.t(f"arm.{arm}"), style.line("arm", arm)


def _axes(axes: Axes, material: Material, last: int, start: int) -> None:
    first = start // 7 + 1
    axes.set_xlim(first - 0.5, last + 0.5)
    axes.set_xticks(range(first, last + 1, EVERY))
    axes.set_xticks(range(first, last + 1), minor=True)
    axes.set_xlabel(
        material.messages.t("figure.axis.week_absence" if start else "figure.axis.week_enrolment"), labelpad=2
    )
    axis.percent_axis(axes, material.messages.t("figure.axis.ao"), top=100)
    if start:
        # week w lies around x = w: day d sits at d / 7 + 1/2
        axis.mark_weeks(axes, axis.marked_weeks(material.protocol), material.messages, per_day=1 / 7, shift=0.5)


def _counts(
    figure: Figure,
    axes: Axes,
    material: Material,
    shown: dict[str, list[Result]],
    start: int,
    top: float,
    height: float,
) -> None:
    """Number of cases behind the mean, under every tick."""
    rows = []
    for arm, results in shown.items():
        by_week = {_week(result, start): result for result in results}
        counts = {tick: _people(material, by_week.get(tick)) for tick in (int(tick) for tick in axes.get_xticks())}
        rows.append((material.messages.t(f"arm.{arm}"), style.line("arm", arm).colour, counts))
    box = (LEFT, top, style.WIDTH - LEFT - RIGHT, height)
    axis.count_table(figure, axes, material.messages.t("figure.ao_n"), rows, box, ROW)


def _people(material: Material, result: Result | None) -> str:
    if result is None:
        return material.messages.t("sign.none")
    if result.status == "suppressed":
        return material.withheld
    return material.messages.number(result.n, 0)
