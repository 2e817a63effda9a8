"""The cost plane and the acceptability curve, each perspective named.

- Cost plane: days saved to the right, extra cost upwards; the point is the difference found, the ellipses hold half and
  95 % of normal uncertainty with the standard errors and correlation of the store, the corners the share of samples.
- Acceptability: probability that the intervention is worth its cost, against what a day saved is worth on top of it.
- The store has no number for a perspective: its panel says why.
"""

from __future__ import annotations

import math
import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pilot_analysis.messages import Messages
from pilot_analysis.present import axis, reading, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import DIFFERENCE, Result
from pilot_analysis.present.style import Line
from pilot_analysis.present.tables_cost import AT, DAYS, PERSPECTIVES, term_name

LOOKS = {  # no colour of an arm: no arm is shown
    "employer:full": Line(style.INK, "-", "o"),
    "employer:reduced": Line(style.OLIVE, (0, (5, 1.6)), "s"),
    "society:friction": Line(style.GREEN, (0, (1.2, 1.4)), "^"),
}
PANELS = ("employer:full", "society:friction")
_REACH = {
    0.5: math.sqrt(-2 * math.log(0.5)),
    0.95: math.sqrt(-2 * math.log(0.05)),
}  # in standard errors, two dimensions
_CORNERS = {
    "dearer_days_lost": (0.02, 0.98),
    "dearer_days_saved": (0.98, 0.98),
    "cheaper_days_lost": (0.02, 0.02),
    "cheaper_days_saved": (0.98, 0.02),
}
TOP, SIDE, LEFT, BOTTOM = 9.0, 63.0, 19.0, 13.0


def cost_plane_figure(material: Material) -> Figure:
    """Extra cost against days saved, for the employer and for society."""
    reasons = [_missing(material, perspective) for perspective in PANELS]
    if all(reasons):
        return axis.note_figure(reasons[0], material.messages)
    lines = material.notes("figure.note.cost_plane")
    height = TOP + SIDE + BOTTOM
    figure = style.canvas(height + axis.footer_height(lines) + 2)
    for place, perspective in enumerate(PANELS):
        axes = style.place(figure, LEFT + place * (SIDE + LEFT), TOP, SIDE, SIDE)
        _plane(axes, material, perspective)
    axis.footer(figure, height + 1, lines)
    return figure


def _difference(material: Material, term: str) -> Result:
    rows = material.store.select(analysis="cost_difference", measure="mean_difference", term=term)
    return rows[0] if rows else material.store.get("cost_difference", "mean_difference", level=DIFFERENCE, **AT)


def _effect(material: Material, measure: str, term: str) -> Result:
    rows = material.store.select(analysis="cost_effectiveness", measure=measure, term=term)
    return rows[0] if rows else material.store.get("cost_effectiveness", measure, level=DIFFERENCE, **AT)


def _numbers(material: Material, perspective: str) -> tuple[Result, Result, Result]:
    """Difference in cost and in days, and their correlation."""
    together = _effect(material, "correlation", perspective)
    return _difference(material, perspective), _difference(material, DAYS), together


def _missing(material: Material, perspective: str) -> str:
    """Why a plane cannot be drawn, or nothing."""
    row = next((row for row in _numbers(material, perspective) if not row.ok), None)
    if row is None:
        return ""
    if row.status == "suppressed":
        return material.messages.t("reason.suppressed", n=material.threshold)
    return material.messages.reason(row.reason) if row.reason else material.messages.t("figure.empty.cost_plane")


def _plane(axes: Axes, material: Material, perspective: str) -> None:
    axes.set_title(textwrap.fill(term_name(material.messages, perspective), 44), fontsize=8.5, pad=4)
    reason = _missing(material, perspective)
    if reason:
        axes.set_axis_off()
        axes.text(0.5, 0.5, textwrap.fill(reason, 40), ha="center", va="center", fontsize=8, color=style.GREY)
        return
    cost, days, together = _numbers(material, perspective)
    turn = np.linspace(0, 2 * np.pi, 181)
    second = together.estimate * np.cos(turn) + math.sqrt(max(0.0, 1 - together.estimate**2)) * np.sin(turn)
    for width, reach in zip((1.1, 0.8), _REACH.values(), strict=True):
        x, y = -days.estimate + reach * days.se * np.cos(turn), cost.estimate + reach * cost.se * second
        axes.plot(x, y, color=LOOKS[perspective].colour, linewidth=width)
    axes.plot([-days.estimate], [cost.estimate], marker=LOOKS[perspective].marker, color=LOOKS[perspective].colour)
    _frame(axes, material, perspective, float(np.abs(x).max()), float(np.abs(y).max()))


def _frame(axes: Axes, material: Material, perspective: str, wide: float, high: float) -> None:
    """Both zeros in the middle, and the share of samples in each corner."""
    messages = material.messages
    axes.set_xlim(-1.3 * wide, 1.3 * wide)
    axes.set_ylim(-1.3 * high, 1.3 * high)
    for draw in (axes.axhline, axes.axvline):
        draw(0, color=style.GREY, linewidth=0.7)
    for name, (x, y) in _CORNERS.items():
        share = _effect(material, "quadrant", f"{perspective}:{name}")
        text = messages.percent(share.estimate) if share.ok else messages.t("sign.none")
        look = {"ha": "left" if x < 0.5 else "right", "va": "bottom" if y < 0.5 else "top", "fontsize": 8}
        axes.text(x, y, text, transform=axes.transAxes, color=style.GREY, **look)
    for side in (axes.xaxis, axes.yaxis):
        side.set_major_formatter(FuncFormatter(lambda value, _: messages.number(value, 0)))
    axes.locator_params(nbins=6)
    axes.set_xticks(
        [x for x in axes.get_xticks() if abs(x) < 1.1 * wide]
    )  # none in the corners, where they would touch
    axes.set_yticks([y for y in axes.get_yticks() if abs(y) < 1.1 * high])
    axes.set_xlabel(messages.t("figure.axis.days_saved"), labelpad=2)
    axes.set_ylabel(messages.t("figure.axis.extra_cost"), labelpad=1)


def acceptability_figure(material: Material) -> Figure:
    """Probability that the intervention is worth its cost at each worth of a day, a curve per perspective."""
    messages, curves = material.messages, {name: _curve(material, name) for name in PERSPECTIVES}
    if not any(curves.values()):
        return axis.note_figure(messages.t("figure.empty.acceptability"), messages)
    lines = material.notes("figure.note.acceptability")
    figure = style.canvas(78 + axis.footer_height(lines) + 2)
    axes = style.place(figure, LEFT, 5, 112, 59)
    axis.percent_axis(axes, messages.t("figure.axis.worth_it"))
    right = max(worth for points in curves.values() for worth, _ in points)
    axes.set_xlim(0, right)
    axes.set_xlabel(messages.t("figure.axis.worth"), labelpad=2)
    ends = []
    for name, points in curves.items():
        if points:
            look, (x, y) = LOOKS[name], zip(*points, strict=True)
            axes.plot(x, y, color=look.colour, linestyle=look.dash, marker=look.marker, markersize=3.5, linewidth=1.3, clip_on=False)  # fmt: skip  # noqa: E501
            ends.append((x[-1], y[-1], term_name(messages, name), look))
    axis.name_ends(axes, ends, right, 0.2)
    axis.footer(figure, 79, lines)
    _offer(figure, axes, messages, curves)
    return figure


def _offer(figure: Figure, axes: Axes, messages: Messages, curves: dict[str, list[tuple[float, float]]]) -> None:
    """Let the page read the probability off at each worth of a day that was computed."""

    def place(worth: float) -> str:
        return messages.t("figure.read.worth", worth=messages.number(worth, 0))

    offered = reading.Offer([axes], place, reading.columns("probability", messages)[:2], messages)
    for name, points in curves.items():
        digits = reading.decimals(share for _, share in points)
        shares = [reading.Point(worth, share, [messages.percent(share, digits)]) for worth, share in points]
        offered.lines.append(reading.Line(term_name(messages, name), LOOKS[name].colour, shares))
    reading.offer(figure, offered)


def _curve(material: Material, perspective: str) -> list[tuple[float, float]]:
    """Worth of a day and probability, for those that have a number, by worth."""
    rows = material.store.select(analysis="cost_effectiveness", measure="probability_cost_effective")
    mine = [row for row in rows if row.ok and row.term.startswith(f"{perspective}:")]
    return sorted((float(row.term.rpartition(":")[2]), row.estimate) for row in mine)
