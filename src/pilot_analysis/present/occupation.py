"""Where people are day by day, as a stacked picture per arm: absent, partly absent, returned, recovered, left.

- Heights are the released shares, stacked, with straight lines between the days on which they were released; states
  that were released as one are drawn as one. A state that was withheld is not drawn, and what is left open on top is
  named as such. The picture stops where fewer people than the threshold are followed.
- States differ in lightness and hatching, so that they survive grey print; their names stand beside the picture on the
  right, and numbers followed below. A stack has no interval: the page gives that of each share when it is read off.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pilot_analysis.present import axis, reading, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS

LEFT, RIGHT, BETWEEN, PLOT, HEAD, ROW = 22.0, 34.0, 14.0, 62.0, 8.0, 4.6
ROUNDED = 0.01  # by which a released share may be off
CLOSE = 60  # days between two ticks below which their names would touch
LOOK = {  # colours of Okabe and Ito, from dark to light; hatching where two are alike in grey
    "absent": ("#7F3B00", ""),
    "absence": ("#A65F00", ""),
    "partial": ("#E69F00", ""),
    "returned": ("#56B4E9", "////"),
    "at_work": ("#BFE3F5", ""),
    "recovered": ("#BFE3F5", ""),
    "left": ("#B8B8B8", "...."),
}
OPEN = ("#ffffff", "xx")


def occupation_figure(material: Material, population: str) -> Figure:
    """Stacked shares of the states from the origin of `population`, an arm beside the other."""
    curves = {arm: _curves(material, population, arm) for arm in ARMS}
    shown = {arm: found for arm, found in curves.items() if len(found)}
    if not shown:
        return axis.note_figure(material.messages.t("figure.empty.occupation", n=material.threshold), material.messages)
    start = axis.start_day(material.protocol, population)
    lines = material.notes("figure.note.occupation", "figure.note.cut_followed", n=material.threshold)
    table_top = HEAD + PLOT + 17
    foot = table_top + ROW
    figure = style.canvas(foot + axis.footer_height(lines) + 2)
    panels = [_panel(figure, material, population, arm, shown.get(arm), table_top) for arm in ARMS]
    _names(panels[-1] if ARMS[-1] in shown else panels[0], material, list(shown.values())[-1], start)
    label = material.messages.t("figure.axis.days_absence" if start else "figure.axis.days_enrolment")
    style.write(figure, (LEFT + style.WIDTH - RIGHT) / 2, HEAD + PLOT + 11.5, label, ha="center", va="center")
    followed = material.messages.t("figure.followed")
    style.write(figure, 4, table_top, followed, va="center", fontsize=8, fontweight="bold")
    axis.footer(figure, foot, lines)
    _offer(figure, panels, material, population, shown)
    return figure


def _panel(
    figure: Figure, material: Material, population: str, arm: str, table: pd.DataFrame | None, table_top: float
) -> Axes:
    """One arm with its numbers followed."""
    width = (style.WIDTH - LEFT - RIGHT - BETWEEN) / 2
    first = arm == ARMS[0]
    axes = style.place(figure, LEFT if first else LEFT + width + BETWEEN, HEAD, width, PLOT)
    axis.percent_axis(axes, material.messages.t("figure.axis.occupation") if first else "")
    axes.tick_params(labelleft=first)
    start = axis.start_day(material.protocol, population)
    ticks = _ticks(sorted({int(row.time) for row in _followed(material, population, arm)}))
    axis.time_axis(axes, ticks, start, axis.horizon(material.protocol, population), material.messages)
    axes.set_xlabel("")
    axes.set_title(material.messages.t(f"arm.{arm}").capitalize(), fontsize=9, fontweight="bold", pad=4)
    if table is not None:
        _numbers(figure, axes, material, population, arm, [start + tick for tick in ticks], table_top)
        _stack(axes, table, start)
    return axes


def _ticks(milestones: list[int]) -> list[int]:
    """The start and the milestones, without those too close to the one before."""
    kept = [0]
    for day in milestones:
        if day - kept[-1] >= CLOSE:
            kept.append(day)
    return kept


def _curves(material: Material, population: str, arm: str) -> pd.DataFrame:
    """Shares by day (rows) and state (columns) on the days on which all released states are shown."""
    end = axis.horizon(material.protocol, population)
    found = {}
    for state in LOOK:
        curve = material.curve("occupation", "ao_percent", population, "arm*state", f"{arm}:{state}")
        if len(curve):
            found[state] = curve.set_index("time")["estimate"].astype(float)
    table = pd.DataFrame(found)
    return table[table.index <= end].dropna()


def _stack(axes: Axes, table: pd.DataFrame, start: int) -> None:
    """Draw the shares one on the other; something withheld is left open on top."""
    days, base = table.index.to_numpy(float) + start, np.zeros(len(table))
    for state in table.columns:
        colour, hatch = LOOK[state]
        top = base + table[state].to_numpy()
        axes.fill_between(days, base, top, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.3)
        base = top
    if _open(table):
        axes.fill_between(days, base, np.ones(len(days)), facecolor=OPEN[0], hatch=OPEN[1], edgecolor=style.FAINT)


def _open(table: pd.DataFrame) -> bool:
    """Some of the picture is left open because a state was withheld, more than by the rounding of shares."""
    return bool((table.sum(axis=1) < 1 - ROUNDED * table.shape[1]).any())


def _followed(material: Material, population: str, arm: str):
    return material.store.select(analysis="state_occupation", measure="n_at_risk", population=population, level=arm)


def _numbers(
    figure: Figure, axes: Axes, material: Material, population: str, arm: str, ticks: list[int], top: float
) -> None:
    """People followed, under the ticks of an arm; at the start the number with which the curves begin."""
    box, (low, high) = axes.get_position(), axes.get_xlim()
    first = _first(material, population, arm)["n_at_risk"]
    shown = {int(low) + int(row.time): material.count(row) for row in _followed(material, population, arm)}
    if len(first):
        shown[int(low)] = material.messages.number(int(first.iloc[0]), 0)
    for day in ticks:
        x = (box.x0 + (day - low) / (high - low) * box.width) * style.WIDTH
        style.write(figure, x, top, shown.get(day, ""), ha="center", va="center", fontsize=8)


def _names(axes: Axes, material: Material, table: pd.DataFrame, start: int) -> None:
    """The state of each area beside its right end, with a swatch where it is thin."""
    last = table.iloc[-1]
    shares = dict(last) | ({"open": 1 - last.sum()} if _open(table) else {})
    tops = np.cumsum(list(shares.values()))
    middles = [float(top - share / 2) for top, share in zip(tops, shares.values(), strict=True)]
    heights = axis.spread(middles, 0.125, 0.04, 0.98)
    low, right = axes.get_xlim()
    reach, end = right - low, start + float(table.index[-1])
    for state, middle, height in zip(shares, middles, heights, strict=True):
        colour, hatch = OPEN if state == "open" else LOOK[state]
        axes.plot([end, right + 0.05 * reach], [middle, height], color=style.GREY, linewidth=0.5, clip_on=False)
        look = {"facecolor": colour, "hatch": hatch, "edgecolor": style.GREY if state == "open" else "white"}
        corner = (right + 0.05 * reach, height - 0.025)
        axes.add_patch(Rectangle(corner, 0.09 * reach, 0.05, linewidth=0.3, clip_on=False, **look))
        name = textwrap.fill(material.messages.t(f"state.{state}"), 17)
        axes.text(right + 0.17 * reach, height, name, va="center", fontsize=8, linespacing=1.0)


def _first(material: Material, population: str, arm: str) -> pd.DataFrame:
    """The lowest area: full absence, or all absence where that was released as one."""
    curves = (material.curve("occupation", "ao_percent", population, "arm*state", f"{arm}:{name}") for name in LOOK)
    return next((curve for curve in curves if len(curve)), material.curves[:0])


def _offer(
    figure: Figure, panels: list[Axes], material: Material, population: str, shown: dict[str, pd.DataFrame]
) -> None:
    """Let the page read the shares off; the mark stands on top of the area of a state."""
    messages, start = material.messages, axis.start_day(material.protocol, population)
    heads = reading.columns("share", messages, "figure.followed")
    offered = reading.Offer(panels, axis.day_name(start, messages), heads, messages)
    for arm, table in shown.items():
        for state, top in table.cumsum(axis=1).items():
            curve = material.curve("occupation", "ao_percent", population, "arm*state", f"{arm}:{state}")
            points = reading.shares(curve[curve["time"].isin(table.index)], start, messages)
            raised = [replace(point, y=float(y)) for point, y in zip(points, top, strict=True)]
            name = messages.t("figure.read.state", arm=messages.t(f"arm.{arm}"), state=messages.t(f"state.{state}"))
            offered.lines.append(reading.Line(name, LOOK[state][0], raised, ARMS.index(arm)))
    reading.offer(figure, offered)
