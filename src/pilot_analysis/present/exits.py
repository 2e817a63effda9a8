"""How people leave the absence: by returning or otherwise, as probabilities that add up (Aalen-Johansen), by arm."""

from __future__ import annotations

from matplotlib.figure import Figure

from pilot_analysis.present import axis, reading, style
from pilot_analysis.present.curves import curve_figure
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import ARMS


def exits_figure(material: Material, endpoint: str, population: str) -> Figure:
    """Probability of return by arm (thick), and of leaving without return (thin), with numbers at risk."""
    notes = ["figure.note.exits", "figure.note.points", "figure.note.band", "figure.note.cut"]
    figure = curve_figure(material, "cuminc", endpoint, population, "arm", notes, "figure.axis.exits")
    if figure.axes:
        _add_leaving(figure, material, endpoint, population)
    return figure


def _add_leaving(figure: Figure, material: Material, endpoint: str, population: str) -> None:
    axes, messages = figure.axes[0], material.messages
    start, end = axis.start_day(material.protocol, population), axis.horizon(material.protocol, population)
    ends = []
    for arm in ARMS:
        curve = material.curve("cuminc_leaving", endpoint, population, "arm", arm)
        curve = curve[curve["time"] <= end]
        if len(curve) < 2:
            continue
        look = style.line("arm", arm)
        days, height = curve["time"].to_numpy(float) + start, curve["estimate"].to_numpy(float)
        style.band(axes, days, *axis.limits(curve), look)
        style.course(axes, days, height, look, width=0.8)
        name = messages.t("figure.exits.left", arm=messages.t(f"arm.{arm}"))
        ends.append((days[-1], height[-1], name, look))
        reading.add(figure, reading.Line(name, look.colour, reading.shares(curve, start, messages)))
    if ends:
        axis.name_ends(axes, ends, axes.get_xlim()[1], 0.085)
    else:
        axes.text(
            0.985, 0.03, messages.t("figure.exits.few", n=material.threshold), transform=axes.transAxes, ha="right",
            fontsize=8, color=style.GREY,
        )  # fmt: skip
