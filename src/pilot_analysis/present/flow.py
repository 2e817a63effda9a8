"""Flow of cases from allocation to the primary analysis and to what happened, by arm (after CONSORT 2025).

Every number is a `flow` row of the store; a step without a row is left out, a withheld count shows as such.
"""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from pilot_analysis.present import axis, style
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS, Result

COLUMN = {"intervention": 46.0, "control": 124.0}
BOX, LINE, PAD = 74.0, 4.1, 2.2
BULLET = "\u2022"


def flow_figure(material: Material, endpoint: str) -> Figure:
    """Boxes per arm: allocated, excluded by reason, analysed, outcome of `endpoint`, in the primary analysis."""
    steps = {arm: _steps(material, endpoint, arm) for arm in ARMS}
    if not any(text for boxes in steps.values() for text in boxes):
        return axis.note_figure(material.messages.t("figure.empty.flow"), material.messages)
    lines = material.notes("figure.note.flow")
    filled = [k for k in range(len(steps["control"])) if any(steps[arm][k] for arm in ARMS)]
    steps = {arm: [boxes[k] for k in filled] for arm, boxes in steps.items()}
    heights = [max(_height(steps[arm][k]) for arm in ARMS) for k in range(len(steps["control"]))]
    total = 4 + _height(["x"]) + 8 + sum(h + 6 for h in heights)
    figure = style.canvas(total + axis.footer_height(lines) + 2)
    axes = _sheet(figure)
    top, last = _allocated(axes, material), len(heights) - 1
    for k, height in enumerate(heights):
        for arm in ARMS:
            _box(
                axes,
                COLUMN[arm],
                top,
                height,
                steps[arm][k],
                style.line("arm", arm).colour if k in (0, last) else style.GREY,
            )
            start = top - (5 if k == 0 else 6)
            if steps[arm][k]:
                _arrow(axes, (COLUMN[arm], start), (COLUMN[arm], top))
            else:  # only the other arm has this box: the line goes on without an arrowhead
                axes.plot([COLUMN[arm], COLUMN[arm]], [start, top], color=style.INK, linewidth=0.8)
        top += height + 6
    axis.footer(figure, total + 1, lines)
    return figure


def _sheet(figure: Figure) -> Axes:
    """Axes over the whole figure in millimetres, the origin at the upper left."""
    height = figure.get_size_inches()[1] / style.MM
    axes = style.place(figure, 0, 0, style.WIDTH, height)
    axes.set_xlim(0, style.WIDTH)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return axes


def _height(lines: list[str]) -> float:
    return LINE * len(lines) + 2 * PAD if lines else 0.0


def _allocated(axes: Axes, material: Material) -> float:
    """The common first box and the branch to the arms; returns where the arms start."""
    result = _flow(material, "none", "allocated", "all")
    text = [material.messages.t("flow.allocated_all", n=material.count(result))]
    middle, height = style.WIDTH / 2, _height(text)
    _box(axes, middle, 4, height, text, style.INK)
    branch = 4 + height + 3
    axes.plot([middle, middle], [4 + height, branch], color=style.INK, linewidth=0.8)
    axes.plot([COLUMN["intervention"], COLUMN["control"]], [branch, branch], color=style.INK, linewidth=0.8)
    return 4 + height + 8


def _flow(material: Material, endpoint: str, term: str, level: str) -> Result:
    by = "all" if level == "all" else "arm"
    return material.store.get(
        "flow", "n", endpoint=endpoint, population="allocated", group_by=by, level=level, term=term
    )


def _steps(material: Material, endpoint: str, arm: str) -> list[list[str]]:
    """Lines of each box of an arm, top to bottom; missing rows give no line."""
    t = material.messages.t
    name = material.messages.t(f"endpoint.{endpoint}")
    boxes = [
        _lines(material, arm, "none", [("allocated", t(f"flow.arm.{arm}"))]),
        _block(material, arm, "none", "excluded", t("flow.excluded")),
        _lines(material, arm, "none", [("itt", t("flow.itt"))]),
        [
            *_lines(
                material, arm, endpoint, [("at_risk", t("flow.at_risk")), ("event", t("flow.event", endpoint=name))]
            ),
            *_block(material, arm, endpoint, "competing", t("flow.competing")),
            *_block(material, arm, endpoint, "censored", t("flow.censored")),
            *_block(material, arm, endpoint, "not_at_risk", t("flow.not_at_risk")),
        ],
        _lines(material, arm, endpoint, [("landmark_84", t("flow.landmark_84"))]),
    ]
    return [[part for text in box for part in _wrap(text)] for box in boxes]


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, 46, subsequent_indent="   " if text.startswith(BULLET) else "")


def _lines(material: Material, arm: str, endpoint: str, terms: list[tuple[str, str]]) -> list[str]:
    found = [(name, _flow(material, endpoint, term, arm)) for term, name in terms]
    return [f"{name}: {material.count(result)}" for name, result in found if result.status != "absent"]


def _block(material: Material, arm: str, endpoint: str, kind: str, head: str) -> list[str]:
    """`head` and one line per reason of `kind`; a sum is not shown, the store has none."""
    rows = material.store.select(analysis="flow", endpoint=endpoint, group_by="arm", level=arm)
    found = [row for row in rows if row.term.startswith(f"{kind}:")]
    if not found:
        return []
    return [
        head,
        *(
            f"{BULLET} {material.messages.word('flow_reason', row.term.partition(':')[2])}: {material.count(row)}"
            for row in found
        ),
    ]


def _box(axes: Axes, middle: float, top: float, height: float, lines: list[str], colour: str) -> None:
    if not lines:
        axes.plot([middle, middle], [top, top + height], color=style.INK, linewidth=0.8)
        return
    axes.add_patch(
        FancyBboxPatch(
            (middle - BOX / 2, top),
            BOX,
            height,
            boxstyle="round,pad=0,rounding_size=1.2",
            facecolor="white",
            edgecolor=colour,
            linewidth=1.2,
        )
    )
    for k, line in enumerate(lines):
        axes.text(middle - BOX / 2 + 2.5, top + PAD + LINE * (k + 0.5), line, va="center", fontsize=8)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=7, color=style.INK, linewidth=0.8, shrinkA=0, shrinkB=0
        )
    )
