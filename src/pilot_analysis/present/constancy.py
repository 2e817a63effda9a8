"""Does the effect stay the same over time: the adjusted hazard ratio per interval, beside the one of the whole year.

Intervals hold at least `min_events_per_bin` returns each; the figure shows no person. The test of proportional hazards
stands beside it.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from pilot_analysis.present import axis, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import RATIO

LEFT, RIGHT, PLOT, FOOT = 24.0, 8.0, 62.0, 16.0
_APART = 26.0  # days between names on the axis that do not touch
_TICKS = (0.125, 0.25, 0.5, 1, 2, 4, 8)


def constancy_figure(material: Material, endpoint: str, population: str) -> Figure:
    """Adjusted hazard ratio of the arms in intervals of time, on a log axis."""
    curve = material.curve("effect_over_time", endpoint, population, "arm", RATIO)
    if not curve["estimate"].notna().any():  # no interval at all, or none with enough returns in both arms
        return axis.note_figure(material.messages.t("figure.empty.constancy"), material.messages)
    hidden = ["figure.note.constancy_gap"] if curve["estimate"].isna().any() else []
    lines = material.notes("figure.note.constancy", *hidden, n=material.threshold)
    start, end = axis.start_day(material.protocol, population), axis.horizon(material.protocol, population)
    top = axis.head(start)
    figure = style.canvas(top + PLOT + FOOT + axis.footer_height(lines) + 2)
    axes = style.place(figure, LEFT, top, style.WIDTH - LEFT - RIGHT, PLOT)
    edges = np.append(curve["time"].to_numpy(float), end)
    ratios = curve[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    for low, high, (ratio, lower, upper) in zip(edges[:-1], edges[1:], ratios, strict=True):
        _interval(axes, start + low, start + min(high, end), ratio, lower, upper)
    _ratio_axis(axes, material, ratios)
    axis.time_axis(axes, sorted({0.0, *edges.tolist()}), start, end, material.messages)
    axes.set_xticks(*_whole_days(edges, start, material))
    if start:
        axis.mark_weeks(axes, axis.marked_weeks(material.protocol), material.messages)
    _overall(axes, material, endpoint, population)
    axis.footer(figure, top + PLOT + FOOT, lines)
    return figure


def _interval(axes: Axes, low: float, high: float, ratio: float, lower: float, upper: float) -> None:
    look, middle = style.line("arm", "intervention"), (low + high) / 2
    axes.plot([low, high], [ratio] * 2, color=look.colour, linewidth=1.8, solid_capstyle="butt")
    axes.plot([middle] * 2, [lower, upper], color=look.colour, linewidth=1)
    axes.plot([middle], [ratio], marker=look.marker, color=look.colour, markersize=5)


def _ratio_axis(axes: Axes, material: Material, ratios: np.ndarray) -> None:
    reach = min(max(np.log(2.2), float(np.nanmax(np.abs(np.log(ratios)))) * 1.06), np.log(8.5))
    axes.set_yscale("log")
    axes.set_ylim(np.exp(-reach), np.exp(reach))
    ticks = [tick for tick in _TICKS if abs(np.log(tick)) <= reach]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks(ticks, [material.messages.number(t, 0 if t >= 1 else len(f"{t:g}") - 2) for t in ticks])
    axes.set_ylabel(material.messages.t("figure.axis.hazard_ratio"))
    axes.axhline(1, color=style.INK, linewidth=0.8)


def _whole_days(edges: np.ndarray, start: int, material: Material) -> tuple[list[float], list[str]]:
    """The days on which intervals begin and end, far enough apart to be read."""
    kept: list[float] = []
    for day in edges:
        if not kept or day - kept[-1] >= _APART:
            kept.append(float(day))
    week, elapsed = "figure.axis.week_short", "figure.axis.weeks_elapsed"
    names = [
        f"{start + day:.0f}\n"
        + (
            material.messages.t(week, week=min(axis.week(int(start + day)), axis.YEAR_WEEKS))
            if start
            else material.messages.t(elapsed, weeks=int(day) // 7)
        )
        for day in kept
    ]
    return [start + day for day in kept], names


def _overall(axes: Axes, material: Material, endpoint: str, population: str) -> None:
    """The ratio of the whole follow-up as a dashed line, and the test of proportional hazards of the arm."""
    messages, at = material.messages, {"endpoint": endpoint, "population": population}
    overall = material.store.get("cox_adjusted", "hazard_ratio", level=RATIO, **at)
    test = material.store.get("ph_test", "ph_adjusted", level="all", **at)
    lines = []
    if overall.ok:
        axes.axhline(overall.estimate, color=style.GREY, linewidth=0.9, linestyle=(0, (5, 2)))
        interval = messages.interval(overall.ci_low, overall.ci_high, 2)
        lines.append(
            messages.t("figure.constancy.overall", ratio=messages.number(overall.estimate, 2), interval=interval)
        )
    lines.append(
        messages.t(
            "figure.constancy.test", statistic=messages.number(test.estimate, 2), df=int(test.df or 0),
            p=messages.p(test.p_value),
        )
        if test.ok
        else messages.t("figure.constancy.no_test")
    )  # fmt: skip
    axes.text(
        0.985, 0.03, "\n".join(lines), transform=axes.transAxes, ha="right", va="bottom", fontsize=8, linespacing=1.4,
        bbox={"facecolor": "white", "edgecolor": style.FAINT, "linewidth": 0.6, "boxstyle": "round,pad=0.4"},
    )  # fmt: skip
