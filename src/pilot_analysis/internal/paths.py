"""The AO% paths of single people as a picture, for internal use only: a line per person, a panel per arm.

- Order: most AO-weighted days in the year first; of equal ones who was followed longest. Neither pseudonym nor date nor
  organisation is shown: a line is a rank.
- Colour is AO% on the day; grey where the state is not known (beyond the last known day), another colour after leaving.
- One raster of at most `MOST` lines per arm, so that a million people make no larger picture than four hundred. Where
  there are more, lines are taken at even steps of the order, first and last included: without chance, every part of
  the order as dense as it is. The picture says how many of how many.

Nothing can fail: an arm without people is an empty panel that says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pilot_analysis.config import Protocol
from pilot_analysis.messages import Messages
from pilot_analysis.present import style
from pilot_analysis.schemas.canonical import ARMS

MOST = 400  # lines per arm
_UNKNOWN, _LEFT = 101, 102  # codes of a day beside AO% 0 .. 100
_WIDTH, _HEIGHT, _TOP, _SIDE, _GAP, _FOOT = 67.0, 120.0, 30.0, 15.0, 10.0, 26.0  # millimetres
_ALARM = "#B00020"
_MARKED = ("assessment_intervention", "assessment_control")


@dataclass(frozen=True)
class Panel:
    """The lines of one arm: `days` (lines, days from t0) as codes; `n` people in all."""

    days: np.ndarray
    n: int


def panels(cases: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol) -> dict[str, Panel]:
    """The lines of each arm; `cases` and `periods` as schemas.derived. People without a path have no line."""
    horizon = protocol.thresholds.horizon_days
    who = cases[cases["exclusion"].isna() & (cases["last_known_day"] >= 0).fillna(False)].reset_index(drop=True)
    person = pd.Index(who["case_id"]).get_indexer(periods["case_id"])
    first, ao = periods["first_day"].to_numpy("int64"), periods["ao_percent"].to_numpy("float64")
    end = np.minimum(periods["last_day"].to_numpy("int64") + 1, horizon)
    inside = np.flatnonzero((person >= 0) & (first < horizon))
    person, first, end, ao = person[inside], first[inside], end[inside], ao[inside]
    lost = np.bincount(person, weights=(end - first) * ao, minlength=len(who))
    known = np.minimum(who["last_known_day"].to_numpy("int64") + 1, horizon)
    order = np.lexsort((-known, -lost))
    left_on = np.where(who["leaves"].to_numpy(dtype=bool), who["last_known_day"].to_numpy("int64"), horizon)
    made = {}
    for arm in ARMS:
        ranked = order[(who["arm"] == arm).to_numpy()[order]]
        lines = ranked[np.unique(np.linspace(0, len(ranked) - 1, min(len(ranked), MOST)).round().astype(int))]
        place = np.full(len(who), -1)
        place[lines] = np.arange(len(lines))
        shown = np.flatnonzero(place[person] >= 0)
        spans = (place[person[shown]], first[shown], end[shown], ao[shown])
        made[arm] = Panel(_codes(spans, left_on[lines], horizon), len(ranked))
    return made


def _codes(spans: tuple[np.ndarray, ...], left_on: np.ndarray, horizon: int) -> np.ndarray:
    """Code of each line and day, (lines, horizon), from periods (line, first day, day after the last, AO%)."""
    line, first, end, ao = spans
    days = np.full((len(left_on), horizon), _UNKNOWN, dtype=np.uint8)
    length = end - first
    row = np.repeat(line, length)
    day = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length - first, length)
    code = np.where((ao > 0) & (ao < 100), np.clip(ao.round(), 1, 99), ao)  # only 0 is 0, and only 100 is 100
    days[row, day] = np.repeat(code.astype(np.uint8), length)
    days[np.arange(horizon) >= left_on[:, None]] = _LEFT
    return days


def paths_figure(made: dict[str, Panel], messages: Messages, protocol: Protocol) -> Figure:
    """The panels side by side, under a title that says for whom the picture is."""
    figure = style.canvas(_TOP + _HEIGHT + _FOOT)
    t = messages.t
    style.write(figure, _SIDE, 8, t("internal.title"), fontsize=11, fontweight="bold", color=_ALARM, va="center")
    style.write(figure, _SIDE, 14, t("internal.warning"), fontsize=6.5, color=_ALARM, va="center")
    colours, norm = _colours()
    for place, (arm, panel) in enumerate(made.items()):
        axes = style.place(figure, _SIDE + place * (_WIDTH + _GAP), _TOP, _WIDTH, _HEIGHT)
        if panel.n:
            axes.imshow(panel.days, cmap=colours, norm=norm, aspect="auto", interpolation="nearest")
        else:
            axes.text(0.5, 0.5, t("internal.none"), transform=axes.transAxes, ha="center")
        _label(axes, arm, panel, messages, protocol)
    middle = _TOP + _HEIGHT / 2
    style.write(figure, 9, middle, t("internal.rank"), rotation=90, ha="center", va="center")
    for place, note in enumerate(_notes(made, messages, protocol)):
        style.write(figure, _SIDE, _TOP + _HEIGHT + 13 + 3.5 * place, note, fontsize=7)
    _legend(figure, messages, colours, norm)
    return figure


def _notes(made: dict[str, Panel], messages: Messages, protocol: Protocol) -> list[str]:
    """What the dashes mean, and how lines were chosen where there are too many."""
    first, second = (protocol.weeks[side][0] // 7 + 1 for side in _MARKED)
    drawn, people = (sum(numbers) for numbers in zip(*((len(p.days), p.n) for p in made.values()), strict=True))
    notes = [messages.t("internal.weeks", first=first, second=second)]
    if drawn < people:
        notes.append(messages.t("internal.steps", n=messages.number(drawn, 0), of=messages.number(people, 0)))
    return notes


def _colours() -> tuple[ListedColormap, BoundaryNorm]:
    """AO% 0 is nearly white, 100 dark; then the colours of not known and of left."""
    scale = LinearSegmentedColormap.from_list("ao", ["#DCEAF5", "#4B96C9", "#08306B"])(np.linspace(0, 1, 100))
    extra = [[0.80, 0.80, 0.80, 1.0], [0.87, 0.56, 0.02, 1.0]]
    colours = ListedColormap(np.vstack([[[0.98, 0.98, 0.96, 1.0]], scale, extra]))
    return colours, BoundaryNorm(np.arange(_LEFT + 2) - 0.5, _LEFT + 1)


def _label(axes: Axes, arm: str, panel: Panel, messages: Messages, protocol: Protocol) -> None:
    t, horizon, shown = messages.t, protocol.thresholds.horizon_days, len(panel.days)
    number = {"n": messages.number(shown, 0), "of": messages.number(panel.n, 0)}
    said = t("internal.some" if shown < panel.n else "internal.all", **number)
    axes.set_title(f"{t(f'arm.{arm}')}\n{said}", fontsize=8.5)
    for side in _MARKED:
        axes.axvline(protocol.weeks[side][0] - 0.5, color=_ALARM, linewidth=0.6, linestyle=(0, (4, 3)))
    axes.set_xlim(-0.5, horizon - 0.5)
    axes.set_xticks(range(0, horizon, 84))
    axes.set_xlabel(t("internal.day"))
    axes.set_yticks([])
    axes.tick_params(length=2)


def _legend(figure: Figure, messages: Messages, colours: ListedColormap, norm: BoundaryNorm) -> None:
    named = [(code, f"{messages.t('internal.ao')} {code}") for code in (0, 25, 50, 75, 100)]
    named += [(_UNKNOWN, messages.t("internal.unknown")), (_LEFT, messages.t("internal.left"))]
    patches = [Patch(facecolor=colours(norm(code)), edgecolor=style.GREY, linewidth=0.4) for code, _ in named]
    figure.legend(
        patches, [name for _, name in named], loc="lower center", ncols=len(named), frameon=False, fontsize=7,
        handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip
