"""What a reader can read off the curves of a figure, written into its SVG for the script of the page.

- Each line offers its released points, and in words what stands there: the number, its interval, the people behind it.
  Between two points, where the line is only drawn, it offers the two; beyond its last point, nothing.
- The places to stop at are the points of all lines together, each in words (a day, a week, a worth of a day).
- The script looks up and computes nothing; the frames of the axes tell it where to draw its mark.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pilot_analysis.messages import Messages

POINTS = 72  # units of an SVG per inch
_ROOT = b"<svg "
NOTE = b'<svg data-note="'


@dataclass(frozen=True)
class Point:
    """A released point: its place and height on the axes, its words in the table, and words for the gap behind it."""

    x: float
    y: float
    words: Sequence[str]
    gap: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a figure; `panel` is the place of its axes among those of the figure."""

    name: str
    colour: str
    points: Sequence[Point]
    panel: int = 0


@dataclass(frozen=True)
class Offer:
    """What a figure offers: `place` puts a point of the axis in words, `heads` are those of the table's columns."""

    panels: Sequence[Axes]
    place: Callable[[float], str]
    heads: Sequence[str]
    messages: Messages
    lines: list[Line] = field(default_factory=list)


def offer(figure: Figure, offered: Offer) -> None:
    """Make `figure` readable."""
    figure.reading = offered


def add(figure: Figure, line: Line) -> None:
    """Offer one more line of a figure that is readable already."""
    figure.reading.lines.append(line)


def shares(curve: pd.DataFrame, start: int, messages: Messages) -> list[Point]:
    """Points of a released curve of shares: the share, its interval, and how many are at risk from that day on."""
    digits = decimals(curve[["estimate", "ci_low", "ci_high"]].astype(float).to_numpy().ravel())
    days = [start + int(time) for time in curve["time"]]
    found = [messages.percent(share, digits) for share in curve["estimate"]]
    whole = [messages.t("figure.read.on_day", value=share, day=day) for share, day in zip(found, days, strict=True)]
    gaps = [messages.t("figure.read.between", first=one, last=two) for one, two in pairwise(whole)]
    points = []
    for row, day, share, gap in zip(curve.itertuples(), days, found, [*gaps, ""], strict=True):
        people = None if pd.isna(row.n_at_risk) else int(row.n_at_risk)
        limits = interval(row.ci_low, row.ci_high, messages, digits, scale=100)
        points.append(Point(day, float(row.estimate), [share, limits, messages.number(people, 0)], gap))
    return points


def decimals(values: Iterable[float | None]) -> int:
    """Decimals of percentages: none where the release has rounded shares to whole ones."""
    known = [100 * value for value in values if value is not None and value == value]
    return 0 if all(abs(value - round(value)) < 1e-9 for value in known) else 1


def interval(low: float | None, high: float | None, messages: Messages, digits: int = 1, scale: float = 1) -> str:
    """Both limits, or the sign for no number."""
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return messages.t("sign.none")
    return messages.interval(low, high, digits, scale=scale)


def columns(what: str, messages: Messages, people: str = "figure.read.at_risk") -> list[str]:
    """Heads of the table: the line, `what` it shows (share, mean, probability), the interval, the people behind it."""
    names = ("figure.read.line", f"figure.read.{what}", "figure.read.interval", people)
    return [messages.t(name) for name in names]


def embed(svg: bytes, figure: Figure) -> bytes:
    """The SVG with what the figure offers in an attribute of its root; unchanged when it offers nothing.

    A page that only says why nothing is drawn carries its sentence there, so that the report need not show a picture.
    """
    note = getattr(figure, "note", "")
    if note:
        return svg.replace(_ROOT, NOTE + html.escape(note).encode() + b'" ', 1)
    offered = getattr(figure, "reading", None)
    if offered is None:
        return svg
    text = json.dumps(_plain(figure, offered), ensure_ascii=False, separators=(",", ":"))
    return svg.replace(_ROOT, b'<svg data-reading="' + html.escape(text).encode() + b'" ', 1)


def _plain(figure: Figure, offered: Offer) -> dict[str, Any]:
    places = sorted({float(point.x) for line in offered.lines for point in line.points})
    kept = _columns(offered)
    lines = [
        {
            "name": line.name,
            "colour": line.colour,
            "panel": line.panel,
            "points": [[float(p.x), round(float(p.y), 6), [p.words[k] for k in kept], p.gap] for p in line.points],
        }
        for line in offered.lines
    ]
    return {
        **{name: offered.messages.t(f"figure.read.{name}") for name in ("label", "help", "ended")},
        "heads": [offered.heads[0], *(offered.heads[k + 1] for k in kept)],
        "panels": [_frame(figure, axes) for axes in offered.panels],
        "places": [[x, offered.place(x)] for x in places],
        "lines": lines,
    }


def _columns(offered: Offer) -> list[int]:
    """Which words of the points are shown: not an interval or a number of people that no point of the figure has."""
    none = offered.messages.t("sign.none")
    points = [point for line in offered.lines for point in line.points]
    return [k for k in range(len(offered.heads) - 1) if any(point.words[k] != none for point in points)]


def _frame(figure: Figure, axes: Axes) -> dict[str, list[float]]:
    """Left, top, right and bottom of `axes` in the SVG, and the values at its ends."""
    box, (wide, high) = axes.get_position(), figure.get_size_inches()
    sides = (box.x0 * wide, (1 - box.y1) * high, box.x1 * wide, (1 - box.y0) * high)
    return {
        "box": [round(side * POINTS, 2) for side in sides],
        "x": [float(value) for value in axes.get_xlim()],
        "y": [float(value) for value in axes.get_ylim()],
    }
