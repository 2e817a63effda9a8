"""Picture of one Theory of Change: its effects as cards from output to long term, with what the pilot found.

- A full frame: the pilot has a number; its direction is said in words, by a sign and by colour. A dashed frame: no
  number; grey inside: not measurable within one year.
- Everything is read from the `theory_of_change` rows of the store and the rows that they point to.
"""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from pilot_analysis.present import axis, style
from pilot_analysis.present.effects import ShownEffect, effects, value_text
from pilot_analysis.present.material import Material
from pilot_analysis.theory import LEVELS

WIDTH, GUTTER, PAD, SKIP = 52.0, 4.0, 1.6, 2.2  # millimetres of a card, between columns, inside, between cards
SMALL, LINE = 3.1, 3.3  # heights of a line of category or finding, and of the effect
HEAD = 12.0
_LOOK = {  # kind -> frame, filling
    "for": (style.GREEN, "#e2f1e6"),
    "against": (style.WINE, "#f7e6ee"),
    "undecided": (style.INK, "white"),
    "described": (style.GREY, "white"),
}
_EMPTY, _GAP = ("#8a8a8a", "white"), ("#8a8a8a", "#f2f2f2")
_SIGN = {"for": "+", "against": "\N{MINUS SIGN}", "undecided": "?"}


def theory_figure(material: Material, theory: str) -> Figure:
    """Cards of `theory` in three columns; a page that says so when the store has no effects."""
    found = [effect for effect in effects(material.store) if effect.theory == theory]
    if not found:
        return axis.note_figure(material.messages.t("figure.empty.theory"), material.messages)
    columns = {level: [_card(effect, material) for effect in found if effect.level == level] for level in LEVELS}
    lines = material.notes("figure.note.theory")
    tall = HEAD + max(sum(_height(card) + SKIP for card in cards) for cards in columns.values())
    figure = style.canvas(tall + axis.footer_height(lines) + 3)
    axes = style.place(figure, 0, 0, style.WIDTH, tall + axis.footer_height(lines) + 3)
    axes.set_xlim(0, style.WIDTH)
    axes.set_ylim(tall + axis.footer_height(lines) + 3, 0)
    axes.axis("off")
    for place, (level, cards) in enumerate(columns.items()):
        left = 3 + place * (WIDTH + GUTTER)
        _head(axes, left, material.messages.t(f"theory.level.{level}"), last=level == LEVELS[-1])
        top = HEAD
        for card in cards:
            _draw(axes, left, top, card)
            top += _height(card) + SKIP
    axis.footer(figure, tall + 1, lines)
    return figure


def _card(effect: ShownEffect, material: Material) -> dict:
    """Lines of a card: category, effect, finding in words, and its number; and what kind of effect it is."""
    t, kind = material.messages.t, effect.kind
    finding = t(f"theory.kind.{kind}", n=material.threshold)
    if kind in _SIGN and effect.row.measure == "proxy":
        finding = t("theory.proxy", indicator=finding)
    number = value_text(effect.result, material.messages) if kind in _SIGN else ""
    return {
        "kind": kind,
        "category": t(f"theory.category.{effect.category}"),
        "effect": textwrap.wrap(material.messages.word("effect", effect.id), 31),
        "finding": textwrap.wrap(f"{_SIGN[kind]}  {finding}" if kind in _SIGN else finding, 31),
        "number": _broken(number),
    }


def _broken(number: str) -> list[str]:
    """A number on one line if it fits, else its interval on a line of its own."""
    value, _, interval = number.rpartition(" (")
    return textwrap.wrap(number, 36) if len(number) <= 36 or not value else [value, f"({interval}"]


def _height(card: dict) -> float:
    return 2 * PAD + SMALL * (1 + len(card["finding"]) + len(card["number"])) + LINE * len(card["effect"]) + 0.6


def _head(axes: Axes, left: float, text: str, last: bool) -> None:
    axes.text(left, 6, text, va="center", fontsize=9, fontweight="bold")
    if not last:
        arrow = FancyArrowPatch(
            (left + WIDTH - 8, 6), (left + WIDTH + 1, 6), arrowstyle="-|>", mutation_scale=8, color=style.GREY,
            linewidth=0.8, shrinkA=0, shrinkB=0,
        )  # fmt: skip
        axes.add_patch(arrow)


def _draw(axes: Axes, left: float, top: float, card: dict) -> None:
    edge, fill = _LOOK.get(card["kind"], _GAP if card["kind"] == "gap" else _EMPTY)
    known = card["kind"] in _LOOK
    axes.add_patch(
        FancyBboxPatch(
            (left, top), WIDTH, _height(card), boxstyle="round,pad=0,rounding_size=1.2", facecolor=fill, edgecolor=edge,
            linewidth=1.1 if known else 0.7, linestyle="-" if known else (0, (3, 2)),
        )
    )  # fmt: skip
    y = top + PAD + SMALL / 2
    axes.text(left + 2, y, card["category"], va="center", fontsize=7, color=style.GREY)
    y += SMALL / 2 + LINE / 2
    for line in card["effect"]:
        axes.text(left + 2, y, line, va="center", fontsize=7.5, color=style.INK if known else style.GREY)
        y += LINE
    y += SMALL / 2 - LINE / 2 + 0.6
    for part, weight in (("finding", "bold" if known else "normal"), ("number", "normal")):
        for line in card[part]:
            look = {"fontweight": weight, "fontstyle": "normal" if known else "italic"}
            axes.text(left + 2, y, line, va="center", fontsize=7, color=edge if known else style.GREY, **look)
            y += SMALL
