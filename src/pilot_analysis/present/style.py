"""One look for every figure: size, type, colours for the colour-blind, and line styles that survive grey print.

- Colours are Okabe and Ito's (2008, "Color universal design"); every line also has its own dash and marker.
- Figures are 170 mm wide (two columns of a journal) and placed in millimetres; nothing depends on an automatic layout.
- `render` is reproducible: a fixed hash salt for ids, no date, no software name. Lettering is drawn as outlines, so
  that a figure looks the same on a machine without the font.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

MM = 1 / 25.4
WIDTH = 170.0
PNG_DPI = 200
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


_SEQUENCE = (
    Line("#0072B2", "-", "o"),
    Line("#D55E00", (0, (5, 1.6)), "s"),
    Line("#009E73", (0, (1.2, 1.4)), "^"),
    Line("#AA4499", (0, (6, 1.6, 1.2, 1.6)), "D"),
    Line("#000000", (0, (3, 1.2, 1, 1.2, 1, 1.2)), "v"),
    Line("#8C6D00", (0, (9, 2.5)), "P"),
)
_LEVELS = {
    "arm": ("intervention", "control"),
    "cas_group": ("psychological", "musculoskeletal", "other", "unknown"),
    "fml_group": ("mental", "physical", "mental_and_physical", "hours_only", "none", "not_assessed"),
}


def line(family: str, level: str) -> Line:
    """Line of `level`; the same level looks the same in every figure."""
    levels = _LEVELS[family]
    return _SEQUENCE[levels.index(level) if level in levels else len(levels) % len(_SEQUENCE)]


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


_SAVED = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"dpi": PNG_DPI, "metadata": {"Software": None}},
}


def render(figure: Figure, kinds: tuple[str, ...] = ("svg", "png")) -> dict[str, bytes]:
    """The figure as bytes of each of `kinds`; the same figure gives the same bytes."""
    out = {}
    with context():
        for kind in kinds:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, facecolor="white", **_SAVED[kind])
            out[kind] = buffer.getvalue()
    return out
