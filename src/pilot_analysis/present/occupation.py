"""Where people are day by day, as a stacked picture per arm: absent, partly absent, returned, recovered, left.

- Heights are the released shares, stacked; a state that was withheld is not drawn, and what is left open on top is
  named as such. The picture stops where fewer people than the threshold are followed.
- States differ in lightness and hatching, so that they survive grey print; numbers followed stand below.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pilot_analysis.present import axis, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS

LEFT, RIGHT, BETWEEN, PLOT, HEAD, LEGEND, ROW = 22.0, 6.0, 13.0, 62.0, 8.0, 13.0, 4.6
CLOSE = 60  # days between two ticks below which their names would touch
LOOK = {  # colours of Okabe and Ito, from dark to light; hatching where two are alike in grey
    "absent": ("#7F3B00", ""),
    "partial": ("#E69F00", ""),
    "returned": ("#56B4E9", "////"),
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
    foot = table_top + 1.5 * ROW + LEGEND
    figure = style.canvas(foot + axis.footer_height(lines) + 2)
    gaps = [_panel(figure, material, population, arm, shown.get(arm), table_top) for arm in ARMS]
    label = material.messages.t("figure.axis.days_absence" if start else "figure.axis.days_enrolment")
    style.write(figure, (LEFT + style.WIDTH - RIGHT) / 2, HEAD + PLOT + 11.5, label, ha="center", va="center")
    followed = material.messages.t("figure.followed")
    style.write(figure, 4, table_top, followed, va="center", fontsize=8, fontweight="bold")
    _legend(figure, material, [*LOOK, *(["open"] if any(gaps) else [])], table_top + 0.8 * ROW)
    axis.footer(figure, foot, lines)
    return figure


def _panel(
    figure: Figure, material: Material, population: str, arm: str, table: pd.DataFrame | None, table_top: float
) -> bool:
    """One arm with its numbers followed; whether something withheld is left open on top."""
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
    if table is None:
        return False
    _numbers(figure, axes, material, population, arm, [start + tick for tick in ticks], table_top)
    return _stack(axes, table, start)


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


def _stack(axes: Axes, table: pd.DataFrame, start: int) -> bool:
    """Draw the shares as steps, one on the other; whether something withheld is left open on top."""
    days, base = table.index.to_numpy(float) + start, np.zeros(len(table))
    for state in table.columns:
        colour, hatch = LOOK[state]
        top = base + table[state].to_numpy()
        axes.fill_between(days, base, top, step="post", facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.3)
        base = top
    gap = bool((base < 1 - 1e-6).any())
    if gap:
        axes.fill_between(
            days, base, np.ones(len(days)), step="post", facecolor=OPEN[0], hatch=OPEN[1], edgecolor=style.FAINT
        )
    return gap


def _followed(material: Material, population: str, arm: str):
    return material.store.select(analysis="state_occupation", measure="n_at_risk", population=population, level=arm)


def _numbers(
    figure: Figure, axes: Axes, material: Material, population: str, arm: str, ticks: list[int], top: float
) -> None:
    """People followed, under the ticks of an arm; at the start the number with which the curves begin."""
    box, (low, high) = axes.get_position(), axes.get_xlim()
    first = material.curve("occupation", "ao_percent", population, "arm*state", f"{arm}:absent")["n_at_risk"]
    shown = {int(low) + int(row.time): material.count(row) for row in _followed(material, population, arm)}
    if len(first):
        shown[int(low)] = material.messages.number(int(first.iloc[0]), 0)
    for day in ticks:
        x = (box.x0 + (day - low) / (high - low) * box.width) * style.WIDTH
        style.write(figure, x, top, shown.get(day, ""), ha="center", va="center", fontsize=8)


def _legend(figure: Figure, material: Material, states: list[str], top: float) -> None:
    patches = []
    for state in states:
        colour, hatch = OPEN if state == "open" else LOOK[state]
        edge = style.GREY if state == "open" else "white"
        label = material.messages.t(f"state.{state}")
        patches.append(Patch(facecolor=colour, hatch=hatch, edgecolor=edge, linewidth=0.3, label=label))
    height = figure.get_size_inches()[1] / style.MM
    figure.legend(
        handles=patches,
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - top / height),
        ncols=3,
        frameon=False,
        fontsize=8,
        handlelength=1.4,
        columnspacing=1.2,
    )
