"""One look for every figure: size, type, colours for the colour-blind, and line styles that survive grey print.

- Blue and vermilion belong to the arms and to nothing else. They and the other colours are darkened from Okabe and Ito
  (2008, "Color universal design") and Tol (2021): apart for the colour-blind, and dark enough to be the colour of text.
- Arms are also apart in lightness, and every line has its own dash and marker, so that grey print tells them apart.
- Figures are 170 mm wide (the text column of the report, two columns of a journal), placed in millimetres, with no
  lettering below 7 points; nothing depends on an automatic layout.
- `render` is reproducible: a fixed hash salt for ids, no date. Lettering is drawn as outlines in SVG and PDF, so that a
  figure looks the same on a machine without the font; PDF and PNG are made of the SVG (`pictures`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pilot_analysis.present import pictures
from pilot_analysis.present.reading import embed

MM = 1 / 25.4
WIDTH = 170.0
PNG_DPI = 300
SMALLEST = 7.0  # points of the smallest lettering
GREY = "#595959"
FAINT = "#d9d9d9"
BAND = "#ececec"
INK = "#1a1a1a"

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "svg.hashsalt": "pilot_analysis",
    "svg.fonttype": "path",
    "path.simplify": False,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Line:
    """How one level is drawn: colour, dash pattern, marker."""

    colour: str
    dash: str | tuple
    marker: str


_ARMS = (Line("#004F87", "-", "o"), Line("#C75000", (0, (5, 1.6)), "s"))
_GROUPS = (
    Line("#000000", "-", "o"),
    Line("#AA4499", (0, (5, 1.6)), "s"),
    Line("#117733", (0, (1.2, 1.4)), "^"),
    Line("#7A6A00", (0, (6, 1.6, 1.2, 1.6)), "D"),
    Line("#6B6B6B", (0, (9, 2.5)), "P"),
    Line("#882255", (0, (3, 1.2, 1, 1.2, 1, 1.2)), "v"),
)
GREEN, OLIVE, WINE = _GROUPS[2].colour, _GROUPS[3].colour, _GROUPS[5].colour  # no arm, wherever no group is shown
_LEVELS = {
    "arm": ("intervention", "control"),
    "cas_group": ("psychological", "musculoskeletal", "other", "unknown"),
    "fml_group": ("mental", "physical", "mental_and_physical", "hours_only", "none", "not_assessed"),
}


def line(family: str, level: str) -> Line:
    """Line of `level`; the same level looks the same in every figure, and only an arm has the colour of an arm."""
    if family == "arm" and level in _LEVELS["arm"]:
        return _ARMS[_LEVELS["arm"].index(level)]
    levels = _LEVELS[family]
    return _GROUPS[levels.index(level) if level in levels else len(levels) % len(_GROUPS)]


def levels(family: str) -> tuple[str, ...]:
    """The levels of a grouping in the order in which they are shown."""
    return _LEVELS[family]


def context():
    """Matplotlib settings within which figures are made and rendered; nothing global changes."""
    return mpl.rc_context(RC)


def canvas(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of `width` x `height` millimetres."""
    figure = Figure(figsize=(width * MM, height * MM))
    FigureCanvasAgg(figure)
    return figure


def place(figure: Figure, left: float, top: float, width: float, height: float):
    """Axes at millimetres from the left and top edge of the figure."""
    total_w, total_h = (side / MM for side in figure.get_size_inches())
    return figure.add_axes((left / total_w, 1 - (top + height) / total_h, width / total_w, height / total_h))


def write(figure: Figure, x: float, y: float, text: str, **look):
    """Text at millimetres from the left and top edge."""
    total_w, total_h = (side / MM for side in figure.get_size_inches())
    return figure.text(x / total_w, 1 - y / total_h, text, **look)


def band(axes, x, low, high, look: Line, **how) -> None:
    """Interval around a line; its edges have the dash of the line, so that two bands are told apart in grey print."""
    axes.fill_between(x, low, high, color=look.colour, alpha=0.13, linewidth=0, **how)
    for edge in (low, high):
        axes.plot(x, edge, color=look.colour, linestyle=look.dash, linewidth=0.45, alpha=0.65)


def course(axes, x, height, look: Line, width: float = 1.5) -> None:
    """A line through its points, each with the marker of the line."""
    axes.plot(
        x, height, color=look.colour, linestyle=look.dash, linewidth=width, marker=look.marker, markersize=3,
        clip_on=False,
    )  # fmt: skip


_SAVED = {"Date": None, "Creator": None}
KINDS = ("svg", "png", "pdf")


def render(figure: Figure, kinds: tuple[str, ...] = KINDS) -> dict[str, bytes]:
    """The figure as bytes of each of `kinds`; the same figure gives the same bytes. It is drawn once, as SVG."""
    drawn = _svg(figure)
    made = {
        "svg": lambda: embed(drawn, figure),
        "png": lambda: pictures.png(drawn, PNG_DPI),
        "pdf": lambda: pictures.pdf(drawn),
    }
    return {kind: made[kind]() for kind in kinds}


def _svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with context():
        figure.savefig(buffer, format="svg", facecolor="white", metadata=_SAVED)
    return buffer.getvalue()
