"""The list of figures: name, builder, caption and alternative text; rules and the report read the list from here.

Figures read the released store and compute nothing. Order is the order in the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from pilot_analysis.messages import Messages
from pilot_analysis.present import alternatives, style
from pilot_analysis.present.cards import PICTURES, card_figure, card_numbers
from pilot_analysis.present.constancy import constancy_figure
from pilot_analysis.present.cost_figures import acceptability_figure, cost_plane_figure
from pilot_analysis.present.curves import adjusted_figure, not_returned_figure, survival_figure
from pilot_analysis.present.exits import exits_figure
from pilot_analysis.present.flow import flow_figure
from pilot_analysis.present.forest import forest_figure
from pilot_analysis.present.material import Material
from pilot_analysis.present.occupation import occupation_figure
from pilot_analysis.present.relapse import relapse_figure
from pilot_analysis.present.store import Store
from pilot_analysis.present.style import render
from pilot_analysis.present.survey_waves import survey_figure
from pilot_analysis.present.theory_figure import theory_figure
from pilot_analysis.present.tornado import tornado_figure
from pilot_analysis.present.trajectories import ao_figure
from pilot_analysis.theory import THEORIES

__all__ = ["FIGURES", "FigureSpec", "alt_text", "caption", "draw_all", "render"]
ENDPOINTS = ("full_rtw", "partial_rtw", "sustained_rtw")


@dataclass(frozen=True)
class FigureSpec:
    """One figure: file name without suffix, builder and its options, catalogue keys, section of the report."""

    name: str
    section: str
    builder: Callable[..., Figure]
    options: dict[str, str]
    caption_key: str
    alt_key: str


def _survival(name: str, section: str, key: str, **options: str) -> FigureSpec:
    return FigureSpec(name, section, survival_figure, options, f"caption.{key}", f"alt.{key}")


def _theory(name: str) -> FigureSpec:
    key = f"theory_{name}"
    return FigureSpec(key, "theory", theory_figure, {"theory": name}, f"caption.{key}", "alt.theory")


def _card(estimand: str) -> FigureSpec:
    return FigureSpec(f"card_{estimand}", "estimands", card_figure, {"estimand": estimand}, "caption.card", "alt.card")


def _specs() -> tuple[FigureSpec, ...]:
    main = {"endpoint": "full_rtw", "population": "landmark_84"}
    specs = [
        FigureSpec("flow", "flow", flow_figure, {"endpoint": "full_rtw"}, "caption.flow", "alt.flow"),
        FigureSpec(
            "not_returned_landmark_84", "speed", not_returned_figure, main, "caption.not_returned", "alt.not_returned"
        ),
    ]
    for population in ("landmark_84", "itt"):
        for endpoint in ENDPOINTS:
            name, key = f"km_{endpoint}_{population}", f"km_{population}"
            specs.append(_survival(name, "speed", key, endpoint=endpoint, population=population, family="arm"))
    specs += [
        FigureSpec(
            "ao_landmark_84", "ao", ao_figure, {"population": "landmark_84"}, "caption.ao_landmark_84", "alt.ao"
        ),
        FigureSpec(
            "occupation", "ao", occupation_figure, {"population": "landmark_84"}, "caption.occupation", "alt.occupation"
        ),
        FigureSpec("ao_itt", "ao", ao_figure, {"population": "itt"}, "caption.ao_itt", "alt.ao"),
        FigureSpec("exits_full_rtw", "exits", exits_figure, main, "caption.exits", "alt.exits"),
        FigureSpec("relapse", "lasting", relapse_figure, {}, "caption.relapse", "alt.relapse"),
        FigureSpec("forest_full_rtw", "groups", forest_figure, main, "caption.forest", "alt.forest"),
        _survival("km_cas_group", "groups", "cas_group", **main, family="cas_group"),
        _survival("km_fml_group", "groups", "fml_group", **main, family="fml_group", note="figure.note.fml"),
        FigureSpec("cost_plane", "cost", cost_plane_figure, {}, "caption.cost_plane", "alt.cost_plane"),
        FigureSpec("acceptability", "cost", acceptability_figure, {}, "caption.acceptability", "alt.acceptability"),
        FigureSpec("tornado", "business_case", tornado_figure, {}, "caption.tornado", "alt.tornado"),
        *(_theory(name) for name in THEORIES),
        FigureSpec("survey_waves", "process", survey_figure, {}, "caption.survey_waves", "alt.survey_waves"),
        FigureSpec("constancy_full_rtw", "checks", constancy_figure, main, "caption.constancy", "alt.constancy"),
        FigureSpec("adjusted_full_rtw", "checks", adjusted_figure, main, "caption.adjusted", "alt.adjusted"),
        *(_card(estimand) for estimand in PICTURES),
    ]
    return tuple(specs)


FIGURES: tuple[FigureSpec, ...] = _specs()
_NUMBERS: dict[Callable[..., Figure], alternatives.Alternative] = {
    flow_figure: alternatives.flow,
    not_returned_figure: alternatives.not_returned,
    survival_figure: alternatives.survival,
    ao_figure: alternatives.ao,
    occupation_figure: alternatives.occupation,
    exits_figure: alternatives.exits,
    relapse_figure: alternatives.relapse,
    forest_figure: alternatives.forest,
    cost_plane_figure: alternatives.cost_plane,
    acceptability_figure: alternatives.acceptability,
    tornado_figure: alternatives.tornado,
    theory_figure: alternatives.theory,
    survey_figure: alternatives.survey,
    constancy_figure: alternatives.constancy,
    adjusted_figure: alternatives.adjusted,
    card_figure: card_numbers,
}


def draw_all(
    released: pd.DataFrame,
    curves: pd.DataFrame,
    messages: Messages,
    protocol,
    *,
    synthetic: bool = False,
    threshold: int = 10,
) -> dict[str, Figure]:
    """Every figure of `FIGURES` by name, from the released store and curves (schemas RELEASED, RELEASED_CURVES).

    `threshold` is the number of people below which the release stage withholds a number.
    """
    material = Material(Store(released), curves, messages, protocol, synthetic, threshold)
    with style.context():
        return {spec.name: spec.builder(material, **spec.options) for spec in FIGURES}


def caption(spec: FigureSpec, messages: Messages) -> str:
    """Caption in the language of `messages`."""
    return messages.t(spec.caption_key, **_words(spec, messages))


def alt_text(spec: FigureSpec, store: Store, messages: Messages) -> str:
    """Alternative text: what the figure looks like, then its main numbers as the store has them."""
    text = messages.t(spec.alt_key, **_words(spec, messages))
    return " ".join([text, *_NUMBERS[spec.builder](spec.options, store, messages)])


def _words(spec: FigureSpec, messages: Messages) -> dict[str, str]:
    if "estimand" in spec.options:
        return {"estimand": spec.options["estimand"]}
    return {"endpoint": messages.t(f"endpoint.{spec.options['endpoint']}")} if "endpoint" in spec.options else {}
