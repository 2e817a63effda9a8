"""The picture on the page of an employer: its own means beside those of all other organisations together.

- A panel per measure, each with its own axis from 0; own people have a diamond, the others a dot, both their interval.
- No arm is shown, so no colour of an arm; a panel without numbers is left out.
"""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pilot_analysis.messages import Messages
from pilot_analysis.present import style
from pilot_analysis.present.store import Result, Store

MEASURES = ("days_not_returned", "ao_days", "cost")
SIDES = ("own", "others")
_HEIGHT, _TOP, _PANEL, _GAP, _LEFT, _ROWS = 38.0, 9.0, 35.0, 8.0, 42.0, 14.0
_LOOKS = {"own": (style.INK, "D", 6.0), "others": (style.GREY, "o", 5.0)}
Sides = dict[str, Result]


def organisation_results(store: Store, organisation: str) -> dict[str, Sides]:
    """By measure the row of the organisation (`own`) and of all others; measures that the store lacks are left out."""
    found: dict[str, Sides] = {}
    for measure in MEASURES:
        rows = store.select(analysis="organisation", measure=measure, term=organisation)
        sides = {row.level: row for row in rows}
        if set(sides) == set(SIDES):
            found[measure] = {side: sides[side] for side in SIDES}
    return found


def employer_figure(results: dict[str, Sides], messages: Messages) -> Figure | None:
    """Dots and intervals, a panel per measure in which both sides have a number; None without any."""
    panels = [(name, sides) for name, sides in results.items() if all(complete(row) for row in sides.values())]
    if not panels:
        return None
    figure = style.canvas(_HEIGHT)
    for side, row in zip(SIDES, (0.25, 0.75), strict=True):
        weight = "bold" if side == "own" else "normal"
        words = messages.t(f"employer.side.{side}")
        style.write(figure, 4, _TOP + row * _ROWS, words, va="center", fontsize=8, fontweight=weight)
    for place, (name, sides) in enumerate(panels):
        _panel(figure, _LEFT + place * (_PANEL + _GAP), name, sides, messages)
    return figure


def complete(result: Result) -> bool:
    """There is an estimate with both limits."""
    return result.ok and result.ci_low is not None and result.ci_high is not None


def _panel(figure: Figure, left: float, name: str, sides: Sides, messages: Messages) -> None:
    axes = style.place(figure, left, _TOP, _PANEL, _ROWS)
    axes.set_xlim(0, 1.05 * max(row.ci_high for row in sides.values()))
    axes.set_ylim(1, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: messages.number(x, 0)))
    axes.set_xlabel(messages.t(f"employer.unit.{name}"), labelpad=2)
    style.write(
        figure, left, _TOP - 3.5, messages.t(f"employer.short.{name}"), va="center", fontsize=8, fontweight="bold"
    )
    for (side, row), y in zip(sides.items(), (0.25, 0.75), strict=True):
        colour, marker, size = _LOOKS[side]
        axes.plot([row.ci_low, row.ci_high], [y, y], color=colour, linewidth=1.3)
        axes.plot([row.estimate], [y], marker=marker, color=colour, markersize=size)
