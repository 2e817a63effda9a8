"""Mean AO% by week and arm, as the store has it, with its band and the number of cases behind it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pilot_analysis.present import axis, style
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
    lines = material.notes("figure.note.ao", "figure.note.ao_cut", n=material.threshold)
    start = axis.start_day(material.protocol, population)
    plot_top = axis.head(start)
    table_top, table_height = plot_top + PLOT + GAP, ROW * (len(shown) + 1)
    figure = style.canvas(table_top + table_height + axis.footer_height(lines) + 2)
    axes = style.place(figure, LEFT, plot_top, style.WIDTH - LEFT - RIGHT, PLOT)
    for arm, rows in shown.items():
        _draw(axes, [row for row in rows if row.ok], start, style.line("arm", arm))
    _axes(axes, material, max(_week(row, start) for rows in shown.values() for row in rows if row.ok), start)
    ends = [_end(material, arm, [row for row in rows if row.ok][-1], start) for arm, rows in shown.items()]
    axis.name_ends(axes, ends, axes.get_xlim()[1], 0.085)
    _counts(figure, axes, material, shown, start, table_top, table_height)
    axis.footer(figure, table_top + table_height + 1, lines)
    return figure


def _weeks(material: Material, population: str, arm: str) -> list[Result]:
    rows = material.store.select(analysis="ao_curve", measure="mean", population=population, level=arm)
    return sorted(rows, key=lambda row: row.time)


def _week(result: Result, start: int) -> int:
    return (start + int(result.time)) // 7 + 1


def _draw(axes: Axes, rows: list[Result], start: int, look: style.Line) -> None:
    x = [_week(row, start) for row in rows]
    # Where everybody is alike there is a mean without an interval: the band has no width there.
    low, high = (
        [row.estimate if limit is None else limit for row, limit in limits]
        for limits in ([(row, row.ci_low) for row in rows], [(row, row.ci_high) for row in rows])
    )
    axes.fill_between(x, low, high, color=look.colour, alpha=0.16, linewidth=0)
    axes.plot(
        x,
        [row.estimate for row in rows],
        color=look.colour,
        linestyle=look.dash,
        linewidth=1.5,
        marker=look.marker,
        markersize=3,
        markevery=EVERY,
    )


def _end(material: Material, arm: str, last: Result, start: int) -> tuple:
    return _week(last, start), last.estimate, material.messages.t(f"arm.{arm}"), style.line("arm", arm)


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
