"""Curves of people not yet returned, each with its number-at-risk table aligned under the axis.

- `survival_figure`: Kaplan-Meier estimate by level (leaving is censored); arms carry their band, groups an interval at
  each point, because bands of many groups would hide each other.
- `not_returned_figure`: one minus the Aalen-Johansen probability of return (leaving counts as not returned); the area
  under each curve is the mean that P1 compares.
- `adjusted_figure`: the same share if everybody were in one arm, by the adjusted Cox model.
- A released curve is a few points; they are marked, and straight lines join them. The page reads them off (`reading`).
- A released curve stops where fewer people than the threshold are at risk; the figure says so.
- Nothing released for a figure: a note says so in its place.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pilot_analysis.present import axis, reading, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS, DIFFERENCE

LEFT, RIGHT, PLOT, GAP, ROW = 39.0, 33.0, 68.0, 17.0, 4.6
APART = 3.0  # days between the intervals of two groups at a point


def survival_figure(material: Material, endpoint: str, population: str, family: str, note: str | None = None) -> Figure:
    """Kaplan-Meier curves of not having returned, by the levels of `family` (`arm`, `cas_group`, `fml_group`)."""
    spread = "figure.note.band" if family == "arm" else "figure.note.whisker"
    keys = [k for k in (note, "figure.note.points", spread, "figure.note.cut") if k]
    return curve_figure(material, "km", endpoint, population, family, keys)


def not_returned_figure(material: Material, endpoint: str, population: str) -> Figure:
    """Share not yet returned by arm, leaving counted as not returned, with the mean days that are the area under it."""
    figure = curve_figure(
        material,
        "not_returned",
        endpoint,
        population,
        "arm",
        ["figure.note.leaving", "figure.note.points", "figure.note.band", "figure.note.cut"],
    )
    if figure.axes:
        low = _room_below(figure.axes[0])
        figure.axes[0].text(
            0.04 if low else 0.985,
            0.04 if low else 0.97,
            _means(material, endpoint, population),
            transform=figure.axes[0].transAxes,
            ha="left" if low else "right",
            va="bottom" if low else "top",
            fontsize=8,
            linespacing=1.4,
            bbox={"facecolor": "white", "edgecolor": style.FAINT, "linewidth": 0.6, "boxstyle": "round,pad=0.4"},
        )
    return figure


def _room_below(axes: Axes) -> bool:
    """The lower left of the axes is free: every curve is above 0.3 over the first 70 % of the time."""
    left, right = axes.get_xlim()
    limit = left + 0.7 * (right - left)
    curves = [line.get_xydata() for line in axes.lines if line.get_linewidth() > 1]  # not the edges of bands
    return all((xy[xy[:, 0] <= limit, 1] > 0.3).all() for xy in curves)


def adjusted_figure(material: Material, endpoint: str, population: str) -> Figure:
    """Share not yet returned if everybody were in an arm: averages over all people of the adjusted Cox model."""
    keys = ["figure.note.adjusted", "figure.note.points", "figure.note.band", "figure.note.cut"]
    return curve_figure(material, "standardised", endpoint, population, "arm", keys)


def curve_figure(
    material: Material,
    analysis: str,
    endpoint: str,
    population: str,
    family: str,
    notes: list[str],
    label: str | None = None,
) -> Figure:
    """Curves of one analysis by level with the risk table; `label` is the catalogue key of the vertical axis."""
    shown = _shown(material, analysis, endpoint, population, family)
    if not shown:
        return axis.note_figure(material.messages.t("figure.empty.curve", n=material.threshold), material.messages)
    lines = material.notes(*notes, n=material.threshold)
    start = axis.start_day(material.protocol, population)
    plot_top = axis.head(start)
    table_top = plot_top + PLOT + GAP
    table_height = ROW * (len(shown) + 1)
    figure = style.canvas(table_top + table_height + axis.footer_height(lines) + 2)
    axes = style.place(figure, LEFT, plot_top, style.WIDTH - LEFT - RIGHT, PLOT)
    _draw(axes, material, shown, family, band=family == "arm")
    milestones = _milestones(material, endpoint, population, family)
    if family != "arm":
        _whiskers(axes, shown, family, start)
    axis.time_axis(axes, [0, *milestones], start, axis.horizon(material.protocol, population), material.messages)
    axis.percent_axis(axes, material.messages.t(label or f"figure.axis.{endpoint}"))
    if start:
        axis.mark_weeks(axes, axis.marked_weeks(material.protocol), material.messages)
    _name(axes, material, shown, family, start)
    _risk_table(figure, axes, material, shown, family, milestones, table_top, table_height)
    axis.footer(figure, table_top + table_height + 1, lines)
    _offer(figure, axes, material, shown, family)
    return figure


def _shown(material: Material, analysis: str, endpoint: str, population: str, family: str) -> dict[str, pd.DataFrame]:
    """Released curves of more than their first point, by level in fixed order."""
    end = axis.horizon(material.protocol, population)
    curves = {v: material.curve(analysis, endpoint, population, family, v) for v in style.levels(family)}
    return {level: curve[curve["time"] <= end] for level, curve in curves.items() if len(curve) > 1}


def _milestones(material: Material, endpoint: str, population: str, family: str) -> list[int]:
    rows = material.store.select(
        analysis="km", measure="n_at_risk", endpoint=endpoint, population=population, group_by=family
    )
    return sorted({int(row.time) for row in rows})


def _start(material: Material, shown: dict[str, pd.DataFrame]) -> int:
    population = next(iter(shown.values()))["population"].iloc[0]
    return axis.start_day(material.protocol, population)


def _draw(axes: Axes, material: Material, shown: dict[str, pd.DataFrame], family: str, *, band: bool) -> None:
    start = _start(material, shown)
    for level, curve in shown.items():
        look = style.line(family, level)
        days = curve["time"].to_numpy(float) + start
        if band:
            style.band(axes, days, *axis.limits(curve), look)
        style.course(axes, days, curve["estimate"].to_numpy(float), look)


def _whiskers(axes: Axes, shown: dict[str, pd.DataFrame], family: str, start: int) -> None:
    """The interval of each level at its points, side by side."""
    for place, (level, curve) in enumerate(shown.items()):
        look, aside = style.line(family, level), APART * (place - (len(shown) - 1) / 2)
        known = curve[(curve["time"] > 0) & curve["ci_low"].notna() & curve["ci_high"].notna()]
        days = known["time"].to_numpy(float) + start + aside
        low, high = (known[side].astype(float) for side in ("ci_low", "ci_high"))
        axes.vlines(days, low, high, color=look.colour, linewidth=1, clip_on=False)  # the last stands beside the axis


def _offer(figure: Figure, axes: Axes, material: Material, shown: dict[str, pd.DataFrame], family: str) -> None:
    """Let the page read the curves off at their points."""
    messages, start = material.messages, _start(material, shown)
    heads = reading.columns("share", messages)
    offered = reading.Offer([axes], axis.day_name(start, messages), heads, messages)
    for level, curve in shown.items():
        points = reading.shares(curve, start, messages)
        name, look = messages.t(f"{family}.{level}"), style.line(family, level)
        offered.lines.append(reading.Line(name, look.colour, points))
    reading.offer(figure, offered)


def _name(axes: Axes, material: Material, shown: dict[str, pd.DataFrame], family: str, start: int) -> None:
    ends = [
        (
            start + float(curve["time"].iloc[-1]),
            float(curve["estimate"].iloc[-1]),
            material.messages.t(f"{family}.{level}"),
            style.line(family, level),
        )
        for level, curve in shown.items()
    ]
    axis.name_ends(axes, ends, axes.get_xlim()[1], 0.085)


def _risk_table(
    figure: Figure,
    axes: Axes,
    material: Material,
    shown: dict[str, pd.DataFrame],
    family: str,
    milestones: list[int],
    top: float,
    height: float,
) -> None:
    """Numbers at risk under the ticks of `axes`; the number at the origin is the first row of the curve."""
    rows, start = [], _start(material, shown)
    for level, curve in shown.items():
        first = curve.iloc[0]
        about = {"endpoint": first["endpoint"], "population": first["population"], "group_by": family, "level": level}
        counts = {start: material.messages.number(int(first["n_at_risk"]), 0)}
        for day in milestones:
            counts[start + day] = material.count(material.store.get("km", "n_at_risk", time=day, **about))
        rows.append((material.messages.t(f"{family}.{level}"), style.line(family, level).colour, counts))
    box = (LEFT, top, style.WIDTH - LEFT - RIGHT, height)
    axis.count_table(figure, axes, material.messages.t("figure.at_risk"), rows, box, ROW)


def _means(material: Material, endpoint: str, population: str) -> str:
    """Mean days by arm and their difference, as the store has them; empty when one of them cannot be shown."""
    messages, at = material.messages, {"endpoint": endpoint, "population": population}
    tau = axis.horizon(material.protocol, population)
    means = [material.store.get("days_not_returned", "mean", level=arm, time=tau, **at) for arm in ARMS]
    difference = material.store.get("days_not_returned", "mean_difference", level=DIFFERENCE, time=tau, **at)
    if not all(result.ok for result in (*means, difference)):
        return messages.t("figure.means.none")
    return messages.t(
        "figure.means.text",
        intervention=messages.number(means[0].estimate),
        control=messages.number(means[1].estimate),
        difference=messages.number(difference.estimate, signed=True),
        interval=messages.interval(difference.ci_low, difference.ci_high),
        tau=tau,
    )
