"""Forest plot: the arm effect overall and within groups as hazard ratios on a log axis, with the interaction test.

- People and events stand beside each ratio; a ratio that cannot be shown keeps its row, with the reason in words.
- FML groups are set after allocation: that block is headed as descriptive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from pilot_analysis.present import axis, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import RATIO, Result

ROW, TOP, BOTTOM = 5.8, 12.0, 13.0
X_LABEL, X_PEOPLE, X_EVENTS, X_PLOT, PLOT_WIDTH, X_TEXT = 4.0, 60.0, 76.0, 82.0, 46.0, 132.0

SUPERSCRIPT = "¹²³⁴⁵⁶⁷⁸⁹"


@dataclass(frozen=True)
class Entry:
    """One row of the plot: a heading, a test (text only), or an effect."""

    text: str
    result: Result | None = None
    bold: bool = False
    look: style.Line | None = None

    @property
    def is_effect(self) -> bool:
        """A ratio belongs to this row (a test or a heading has none)."""
        return self.result is not None and self.result.measure == "hazard_ratio"


def forest_figure(material: Material, endpoint: str, population: str) -> Figure:
    """Hazard ratio of return, intervention over control, overall and by CAS and FML group."""
    entries = _entries(material, endpoint, population)
    if not any(entry.is_effect for entry in entries):
        return axis.note_figure(material.messages.t("figure.empty.forest"), material.messages)
    reasons = _reasons(material, entries)
    lines = [*reasons.values(), *material.notes("figure.note.forest", "figure.note.fml_forest")]
    height = TOP + ROW * len(entries) + BOTTOM
    figure = style.canvas(height + axis.footer_height(lines) + 2)
    axes = style.place(figure, X_PLOT, TOP, PLOT_WIDTH, ROW * len(entries))
    _axes(axes, entries, material)
    _heads(figure, material)
    for k, entry in enumerate(entries):
        _row(figure, axes, material, entry, k, list(reasons))
    axis.footer(figure, height + 1, lines)
    return figure


def _reasons(material: Material, entries: list[Entry]) -> dict[str, str]:
    """Footnote of each distinct reason why a ratio is not shown, numbered in order of appearance."""
    missing = [e.result for e in entries if e.result is not None and e.result.status != "absent" and not e.result.ok]
    reasons = dict.fromkeys(material_reason(material, result) for result in missing)
    return {reason: f"{SUPERSCRIPT[k]} {reason}." for k, reason in enumerate(reasons)}


def _entries(material: Material, endpoint: str, population: str) -> list[Entry]:
    at = {"endpoint": endpoint, "population": population}
    overall = [
        Entry(
            material.messages.t(f"figure.forest.{model}"),
            material.store.get(model, "hazard_ratio", level=RATIO, **at),
            True,
        )
        for model in ("cox_unadjusted", "cox_adjusted")
    ]
    entries = [entry for entry in overall if entry.result.status != "absent"]
    for family in ("cas_group", "fml_group"):
        entries += _block(material, family, at)
    return entries


def _block(material: Material, family: str, at: dict[str, str]) -> list[Entry]:
    """Heading, groups in fixed order, interaction test; nothing when the store has no such rows."""
    messages, by = material.messages, f"arm*{family}"
    found = {
        row.group: row
        for row in material.store.select(analysis="cox_interaction", measure="hazard_ratio", group_by=by, **at)
    }
    if not found:
        return []
    test = material.store.get("cox_interaction", "interaction", group_by=by, level="all", **at)
    return [
        Entry(""),
        Entry(messages.t(f"figure.forest.head.{family}"), bold=True),
        *(
            Entry("   " + messages.t(f"{family}.{level}"), found[level], look=style.line(family, level))
            for level in style.levels(family)
            if level in found
        ),
        Entry("   " + _test(material, test), test),
    ]


def _test(material: Material, test: Result) -> str:
    messages = material.messages
    if test.ok:
        return messages.t(
            "figure.forest.test",
            statistic=messages.number(test.estimate, 2),
            df=int(test.df or 0),
            p=messages.p(test.p_value),
        )
    return messages.t("figure.forest.no_test")


def material_reason(material: Material, result: Result) -> str:
    """Why there is no number, in words."""
    if result.status == "suppressed":
        return material.messages.t("reason.suppressed", n=material.threshold)
    return material.messages.reason(result.reason) if result.reason else material.messages.t("reason.absent")


def _limits(entries: list[Entry]) -> tuple[float, float]:
    """Symmetric limits on the log axis, at least 1/2 to 2 and at most 1/8 to 8."""
    ends = [x for e in entries if e.is_effect and e.result.ok for x in (e.result.ci_low, e.result.ci_high) if x]
    reach = max([math.log(2.2), *(abs(math.log(x)) for x in ends)])
    reach = min(reach * 1.06, math.log(8.5))
    return math.exp(-reach), math.exp(reach)


def _axes(axes: Axes, entries: list[Entry], material: Material) -> None:
    low, high = _limits(entries)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(len(entries), 0)
    ticks = [t for t in (0.125, 0.25, 0.5, 1, 2, 4, 8) if low <= t <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(ticks, [material.messages.number(t, 0 if t >= 1 else len(f"{t:g}") - 2) for t in ticks])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=style.INK, linewidth=0.8)
    axes.set_xlabel(material.messages.t("figure.axis.hazard_ratio"), labelpad=2)
    for side, x in (("left", 0.02), ("right", 0.98)):
        axes.annotate(
            material.messages.t(f"figure.forest.{side}"),
            (x, 1),
            xycoords="axes fraction",
            xytext=(0, 3),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=7,
            color=style.GREY,
        )


def _heads(figure: Figure, material: Material) -> None:
    t, y = material.messages.t, TOP - 2.2
    look = {"va": "bottom", "fontsize": 8, "fontweight": "bold"}
    style.write(figure, X_LABEL, y, t("figure.forest.group"), **look)
    style.write(figure, X_PEOPLE, y, t("figure.forest.people"), ha="right", **look)
    style.write(figure, X_EVENTS, y, t("figure.forest.events"), ha="right", **look)
    style.write(figure, X_TEXT, y, t("figure.forest.ratio"), **look)


def _row(figure: Figure, axes: Axes, material: Material, entry: Entry, k: int, reasons: list[str]) -> None:
    y = TOP + (k + 0.5) * ROW
    weight = "bold" if entry.bold else "normal"
    mark = _mark(material, entry, reasons)
    look = {"va": "center", "fontsize": 8}
    if not entry.is_effect:
        style.write(
            figure,
            X_LABEL,
            y,
            entry.text + mark,
            fontweight=weight,
            color=style.INK if entry.bold else style.GREY,
            **look,
        )
        return
    style.write(figure, X_LABEL, y, entry.text, fontweight=weight, **look)
    for x, value in ((X_PEOPLE, entry.result.n), (X_EVENTS, entry.result.n_events)):
        style.write(figure, x, y, material.messages.number(value, 0), ha="right", **look)
    if mark:
        style.write(figure, X_TEXT, y, material.messages.t("figure.forest.missing") + mark, color=style.GREY, **look)
        return
    _effect(figure, axes, material, entry, k)


def _mark(material: Material, entry: Entry, reasons: list[str]) -> str:
    """Footnote sign of a row without a number."""
    if entry.result is None or entry.result.ok or entry.result.status == "absent":
        return ""
    return SUPERSCRIPT[reasons.index(material_reason(material, entry.result))]


def _effect(figure: Figure, axes: Axes, material: Material, entry: Entry, k: int) -> None:
    """Interval and point of one row; an interval beyond the axis ends in an arrow head."""
    result, look = entry.result, entry.look or style.Line(style.INK, "-", "D")
    low, high = axes.get_xlim()
    ends = [min(max(x, low), high) for x in (result.ci_low, result.ci_high)]
    axes.plot(ends, [k + 0.5] * 2, color=look.colour, linewidth=1.3)
    axes.plot([result.estimate], [k + 0.5], marker=look.marker, color=look.colour, markersize=6 if entry.bold else 5)
    for end, limit, marker in ((ends[0], result.ci_low, "<"), (ends[1], result.ci_high, ">")):
        if end != limit:
            axes.plot([end], [k + 0.5], marker=marker, color=look.colour, markersize=4, clip_on=False)
    interval = material.messages.interval(result.ci_low, result.ci_high, 2)
    text = f"{material.messages.number(result.estimate, 2)} ({interval})"
    style.write(
        figure,
        X_TEXT,
        TOP + (k + 0.5) * ROW,
        text,
        va="center",
        fontsize=8,
        fontweight="bold" if entry.bold else "normal",
    )
