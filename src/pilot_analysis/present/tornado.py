"""Tornado: what one assumption at a time does to the business case, the largest swing on top.

- A bar runs from the amount at the low value of the assumption to the one at its high value; the values stand at its
  ends, on the top bar with the words low and high. Low is hatched, so that grey print tells the two apart.
- Assumptions that leave the amount as it is have no bar; the note says so, and the table has their numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pilot_analysis.present import axis, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import Result
from pilot_analysis.present.tables_business_case import plain

ROW, TOP, BOTTOM, LEFT, RIGHT = 8.0, 11.0, 13.0, 68.0, 20.0
_ANALYSIS = "business_case_sensitivity"
_LOOKS = {"low": (style.GREY, "////"), "high": (style.GREY, "")}  # greys: no colour of an arm, no arm is compared


class Bar(NamedTuple):
    """One assumption: its term, amounts (euro) and values (own unit) at low and high."""

    term: str
    amounts: dict[str, Result]
    values: dict[str, Result]

    @property
    def swing(self) -> float:
        """Length of the bar."""
        return abs(self.amounts["high"].estimate - self.amounts["low"].estimate)


def tornado_figure(material: Material) -> Figure:
    """Mean net amount per employee when one assumption takes its low or its high value."""
    bars, base = _bars(material), _base(material)
    if not bars or base is None:
        return axis.note_figure(material.messages.t("figure.empty.tornado"), material.messages)
    lines = [material.messages.t("figure.note.tornado")]  # nothing here comes from the delivery, made up or not
    height = TOP + ROW * len(bars) + BOTTOM
    figure = style.canvas(height + axis.footer_height(lines) + 2)
    axes = style.place(figure, LEFT, TOP, style.WIDTH - LEFT - RIGHT, ROW * len(bars))
    for place, bar in enumerate(bars):
        _draw(axes, material, bar, place, base.estimate)
    _axes(axes, material, bars, base)
    axis.footer(figure, height + 1, lines)
    return figure


def _bars(material: Material) -> list[Bar]:
    """Assumptions that change the amount, the largest swing first."""
    found: dict[str, Bar] = {}
    for row in material.store.select(analysis=_ANALYSIS):
        bar = found.setdefault(row.term, Bar(row.term, {}, {}))
        if row.ok and row.measure in ("net_mean", "assumption"):
            (bar.amounts if row.measure == "net_mean" else bar.values)[row.level] = row
    whole = [bar for bar in found.values() if {"low", "high"} <= bar.amounts.keys() & bar.values.keys()]
    return sorted((bar for bar in whole if bar.swing), key=lambda bar: -bar.swing)


def _base(material: Material) -> Result | None:
    """The amount with everything as assumed; the first daily wage of the store is the assumed one."""
    rows = [row for row in material.store.select(analysis="business_case", term="net_mean") if row.ok]
    return rows[0] if rows else None


def _draw(axes: Axes, material: Material, bar: Bar, place: int, base: float) -> None:
    for level, (colour, hatch) in _LOOKS.items():
        amount = bar.amounts[level].estimate
        axes.barh(
            place, amount - base, left=base, height=0.62, facecolor="white" if hatch else colour, edgecolor=colour,
            hatch=hatch, linewidth=0.8,
        )  # fmt: skip
        if amount != base:
            value = plain(material.messages, bar.values[level].estimate)
            text = value if place else material.messages.t(f"figure.tornado.{level}", value=value)
            axes.annotate(
                text, (amount, place), fontsize=8, va="center",
                ha="left" if amount > base else "right", xytext=(3 if amount > base else -3, 0),
                textcoords="offset points", color=style.INK,
            )  # fmt: skip


def _axes(axes: Axes, material: Material, bars: list[Bar], base: Result) -> None:
    messages = material.messages
    ends = [row.estimate for bar in bars for row in bar.amounts.values()]
    low, high = min(0.0, *ends), max(0.0, *ends)
    axes.set_xlim(low - (0.08 if low < 0 else 0) * (high - low), high + 0.08 * (high - low))
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_yticks(range(len(bars)), [messages.t(f"business_case.assumption.{bar.term}") for bar in bars])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: messages.number(x, 0)))
    axes.set_xlabel(messages.t("figure.axis.tornado"), labelpad=2)
    axes.axvline(base.estimate, color=style.INK, linewidth=0.9)
    if low < 0:
        axes.axvline(0, color=style.GREY, linewidth=0.7, linestyle=(0, (2, 2)))
    head = messages.t("figure.tornado.base", amount=messages.number(base.estimate, 0))
    axes.annotate(
        head, (base.estimate, 1), xycoords=("data", "axes fraction"), xytext=(0, 4), textcoords="offset points",
        ha="center", va="bottom", fontsize=8,
    )  # fmt: skip
