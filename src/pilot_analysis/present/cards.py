"""The picture of an estimand card: main result and its sensitivities as dots with intervals, on one small axis.

- The main result is bold and has a diamond; a ratio stands on a log axis around 1, a difference around 0.
- A row without a number keeps its place, with the reason below the figure, unless there are many (`MANY`): those are
  counted below it, and the table of the card has them. An interval beyond the axis ends in a head.
- Everything is a row of the released store; nothing is computed but the reach of the axis.
"""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from pilot_analysis.messages import Messages
from pilot_analysis.present import axis, style
from pilot_analysis.present.card_rows import LISTS, Shown, card_rows
from pilot_analysis.present.forest import SUPERSCRIPT, material_reason
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import Store
from pilot_analysis.present.withheld import MANY

PICTURES = tuple(LISTS)  # estimands whose card has a picture
ROW, TOP, BOTTOM = 5.2, 8.0, 12.0
X_LABEL, X_PLOT, PLOT_WIDTH, X_TEXT = 4.0, 68.0, 52.0, 124.0
_TICKS = (0.125, 0.25, 0.5, 1, 2, 4, 8)
_WIDEST = 4.0  # an axis reaches no further than so many times the widest interval of the main result


def card_figure(material: Material, estimand: str) -> Figure:
    """Dots and intervals of one estimand."""
    rows = card_rows(material.store, estimand, material.messages)
    if not any(row.complete for row in rows):
        return axis.note_figure(material.messages.t("card.nothing"), material.messages)
    rows, left_out = _drawn(rows)
    missing = dict.fromkeys(material_reason(material, row.result) for row in rows if not row.complete)
    reasons = {reason: SUPERSCRIPT[k % len(SUPERSCRIPT)] for k, reason in enumerate(missing)}
    lines = [f"{sign} {reason}." for reason, sign in reasons.items()]
    lines += [material.messages.t("card.left_out", n=left_out)] if left_out else []
    lines += [line for line in material.notes() if line]
    height = TOP + ROW * len(rows) + BOTTOM
    figure = style.canvas(height + axis.footer_height(lines) + 1)
    axes = style.place(figure, X_PLOT, TOP, PLOT_WIDTH, ROW * len(rows))
    _axis(axes, rows, material.messages)
    for place, row in enumerate(rows):
        _row(figure, axes, row, place, material, reasons)
    axis.footer(figure, height, lines)
    return figure


def _drawn(rows: list[Shown]) -> tuple[list[Shown], int]:
    """The rows of the picture, and how many stay out of it; the main result always has its place."""
    kept = [row for row in rows if row.complete or row.main]
    left_out = len(rows) - len(kept)
    return (kept, left_out) if left_out >= MANY else (rows, 0)


def _reach(rows: list[Shown]) -> float:
    """How far the axis goes on either side of its middle (logs of ratios)."""
    found = [[_at(row, limit) for limit in (row.result.ci_low, row.result.ci_high)] for row in rows if row.complete]
    ends = [abs(end) for pair in found for end in pair if math.isfinite(end)]
    return 1.06 * min(max(ends), _WIDEST * max(abs(end) for end in found[0] if math.isfinite(end)))


def _at(row: Shown, value: float) -> float:
    """Place of a value on the axis: distance from "no difference", in logs for a ratio."""
    if row.result.unit == "ratio":
        return math.log(value) if value > 0 else -math.inf
    return row.scale * value


def _axis(axes: Axes, rows: list[Shown], messages: Messages) -> None:
    unit = rows[0].result.unit
    reach = _reach(rows)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(rows), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=style.INK, linewidth=0.8)
    if unit == "ratio":
        ticks = [tick for tick in _TICKS if abs(math.log(tick)) <= reach]
        names = [messages.number(tick, 0 if tick >= 1 else len(f"{tick:g}") - 2) for tick in ticks]
        axes.set_xticks([math.log(tick) for tick in ticks], names)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: messages.number(x, 0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(messages.t(f"card.axis.{unit}"), labelpad=2)
    for side, x in (("left", 0.0), ("right", 1.0)):
        look = {"ha": side, "va": "bottom", "fontsize": 7, "color": style.GREY}
        axes.annotate(
            messages.t(f"card.{side}"),
            (x, 1),
            xycoords="axes fraction",
            xytext=(0, 3),
            textcoords="offset points",
            **look,
        )


def _row(figure: Figure, axes: Axes, row: Shown, place: int, material: Material, reasons: dict[str, str]) -> None:
    y, weight = TOP + (place + 0.5) * ROW, "bold" if row.main else "normal"
    look = {"va": "center", "fontsize": 8, "fontweight": weight}
    style.write(figure, X_LABEL, y, row.label, **look)
    if not row.complete:
        sign = reasons[material_reason(material, row.result)]
        style.write(figure, X_TEXT, y, material.messages.t("sign.none") + sign, **look)
        return
    style.write(figure, X_TEXT, y, row.text(material.messages), **look)
    colour, marker = (style.INK, "D") if row.main else (style.GREY, "o")
    low, high = axes.get_xlim()
    limits = [_at(row, limit) for limit in (row.result.ci_low, row.result.ci_high)]
    ends = [min(max(limit, low), high) for limit in limits]
    axes.plot(ends, [place + 0.5] * 2, color=colour, linewidth=1.3 if row.main else 1.0)
    middle = _at(row, row.result.estimate)
    if low <= middle <= high:
        axes.plot([middle], [place + 0.5], marker=marker, color=colour, markersize=5.5 if row.main else 4)
    for end, limit, head in zip(ends, limits, ("<", ">"), strict=True):
        if end != limit:
            axes.plot([end], [place + 0.5], marker=head, color=colour, markersize=4, clip_on=False)


def card_numbers(options: dict[str, str], store: Store, messages: Messages) -> list[str]:
    """Sentences for the alternative text: the main result, and how far the other ways reach."""
    rows = card_rows(store, options["estimand"], messages)
    return [
        messages.t("alt.card_row", way=row.label, value=row.text(messages))
        if row.complete
        else messages.t("alt.card_missing", way=row.label)
        for row in rows
    ] or [messages.t("card.nothing")]
