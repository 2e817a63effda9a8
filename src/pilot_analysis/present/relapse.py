"""Relapse after a confirmed sustained return: probability by day since that return, with numbers at risk.

- The arms where both were released, else all together; those who returned are a selection, so the arms are described
  and not compared. The figure says so.
- A curve stops at the last milestone, and where fewer people than the threshold are at risk.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pilot_analysis.present import axis, reading, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS

LEFT, RIGHT, TOP, PLOT, GAP, ROW = 39.0, 33.0, 4.0, 62.0, 17.0, 4.6
_AT = {"endpoint": "sustained_rtw", "population": "returned"}
_HEIGHTS = (0.2, 0.4, 0.6, 1.0)  # tops of the axis: the lowest that holds every curve and band


def relapse_figure(material: Material) -> Figure:
    """Cumulative probability of relapse (Aalen-Johansen) by arm, or of all where an arm may not be shown."""
    days = sorted({int(row.time) for row in material.store.select(analysis="relapse", measure="n_at_risk")})
    shown = _shown(material, days[-1]) if days else {}
    if not shown:
        return axis.note_figure(material.messages.t("figure.empty.relapse", n=material.threshold), material.messages)
    together = ["figure.note.relapse_all"] if "all" in shown else []
    keys = ["figure.note.relapse", *together, "figure.note.points", "figure.note.band", "figure.note.cut"]
    lines = material.notes(*keys, n=material.threshold)
    table_top, table_height = TOP + PLOT + GAP, ROW * (len(shown) + 1)
    figure = style.canvas(table_top + table_height + axis.footer_height(lines) + 2)
    axes = style.place(figure, LEFT, TOP, style.WIDTH - LEFT - RIGHT, PLOT)
    for level, curve in shown.items():
        _draw(axes, curve, style.line("arm", level))
    _axes(axes, material, shown, days)
    ends = [(*_end(curve), _name(material, level), style.line("arm", level)) for level, curve in shown.items()]
    axis.name_ends(axes, ends, axes.get_xlim()[1], 0.085)
    _risk_table(figure, axes, material, shown, days, table_top, table_height)
    axis.footer(figure, table_top + table_height + 1, lines)
    _offer(figure, axes, material, shown)
    return figure


def _shown(material: Material, last: int) -> dict[str, pd.DataFrame]:
    """Released curves up to the last milestone: of both arms, or of all together."""
    for group_by, levels in (("arm", ARMS), ("all", ("all",))):
        curves = {level: material.curve("relapse", group_by=group_by, level=level, **_AT) for level in levels}
        curves = {level: curve[curve["time"] <= last] for level, curve in curves.items()}
        if all(len(curve) > 1 for curve in curves.values()):
            return curves
    return {}


def _draw(axes: Axes, curve: pd.DataFrame, look: style.Line) -> None:
    days, height = curve["time"].to_numpy(float), curve["estimate"].to_numpy(float)
    style.band(axes, days, *axis.limits(curve), look)
    style.course(axes, days, height, look)


def _offer(figure: Figure, axes: Axes, material: Material, shown: dict[str, pd.DataFrame]) -> None:
    """Let the page read the curves off at their points."""
    messages = material.messages

    def name(day: float) -> str:
        return messages.t("figure.read.day_confirmed", day=int(day))

    offered = reading.Offer([axes], name, reading.columns("share", messages), messages)
    for level, curve in shown.items():
        points = reading.shares(curve, 0, messages)
        offered.lines.append(reading.Line(_name(material, level), style.line("arm", level).colour, points))
    reading.offer(figure, offered)


def _end(curve: pd.DataFrame) -> tuple[float, float]:
    last = curve.iloc[-1]
    return float(last["time"]), float(last["estimate"])


def _axes(axes: Axes, material: Material, shown: dict[str, pd.DataFrame], days: list[int]) -> None:
    t = material.messages.t
    highest = max(float(curve[["estimate", "ci_high"]].max().max()) for curve in shown.values())
    top = next(height for height in _HEIGHTS if highest <= height)
    axis.percent_axis(axes, t("figure.axis.relapse"))
    axes.set_ylim(0, top * 1.005)
    axes.set_yticks([top * k / 4 for k in range(5)])
    axes.set_xlim(0, days[-1])
    ticks = [0, *days]
    axes.set_xticks(ticks, [f"{day}\n" + t("figure.axis.weeks_elapsed", weeks=day // 7) for day in ticks])
    axes.set_xlabel(t("figure.axis.days_confirmed"), labelpad=2)


def _name(material: Material, level: str) -> str:
    return material.messages.t(f"arm.{level}")


def _risk_table(
    figure: Figure,
    axes: Axes,
    material: Material,
    shown: dict[str, pd.DataFrame],
    days: list[int],
    top: float,
    height: float,
) -> None:
    """Numbers still followed without relapse under the ticks; the number at the start is the first row of the curve."""
    rows = []
    for level, curve in shown.items():
        first = material.messages.number(int(curve["n_at_risk"].iloc[0]), 0)
        counts = {0: first} | {day: _count(material, level, day) for day in days}
        rows.append((_name(material, level), style.line("arm", level).colour, counts))
    box = (LEFT, top, style.WIDTH - LEFT - RIGHT, height)
    axis.count_table(figure, axes, material.messages.t("figure.relapse_n"), rows, box, ROW)


def _count(material: Material, level: str, day: int) -> str:
    group_by = "arm" if level in ARMS else "all"
    return material.count(
        material.store.get("relapse", "n_at_risk", group_by=group_by, level=level, time=float(day), **_AT)
    )
