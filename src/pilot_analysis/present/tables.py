"""The list of tables; each reads the released store and computes nothing.

Names and order are those of `TABLES`; `build_all` returns them in that order, in the language of `messages`.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.messages import Messages
from pilot_analysis.present import tables_survey
from pilot_analysis.present.store import Store
from pilot_analysis.present.table import Table, to_csv, to_html
from pilot_analysis.present.tables_ao import ao_days, ao_points
from pilot_analysis.present.tables_business_case import business_case, observed, sensitivity
from pilot_analysis.present.tables_cards import card_tables
from pilot_analysis.present.tables_checks import agreement, cells, checks, exits, primary_ways
from pilot_analysis.present.tables_cost import cost, cost_effectiveness, cost_places
from pilot_analysis.present.tables_design import baseline, flow, quality
from pilot_analysis.present.tables_effect import cox, cox_terms, hierarchy
from pilot_analysis.present.tables_outcome import groups, outcomes
from pilot_analysis.present.tables_process import adherence, fml, joint, timing
from pilot_analysis.present.tables_recovery import recovery
from pilot_analysis.present.tables_theory import theory_of_change
from pilot_analysis.present.withheld import gathered

__all__ = ["TABLES", "Table", "build_all", "to_csv", "to_html"]

TABLES: dict[str, Callable[[Store, Messages, int], Table]] = {
    "quality": quality,
    "flow": flow,
    "baseline": baseline,
    "hierarchy": hierarchy,
    "outcomes_landmark_84": lambda store, messages, threshold: outcomes(store, messages, threshold, "landmark_84"),
    "outcomes_itt": lambda store, messages, threshold: outcomes(store, messages, threshold, "itt"),
    "outcomes_landmark_91": lambda store, messages, threshold: outcomes(store, messages, threshold, "landmark_91"),
    "groups": groups,
    "cox": cox,
    "cox_terms": cox_terms,
    "primary_ways": primary_ways,
    "exits": exits,
    "recovery": recovery,
    "cells": cells,
    "ao_days": ao_days,
    "ao_points": ao_points,
    "checks": checks,
    "theory_of_change": theory_of_change,
    "agreement": agreement,
    "adherence": adherence,
    "fml_availability": fml,
    "interview_themes": joint,
    "timing": timing,
    "survey_response": tables_survey.response,
    "survey_means": tables_survey.means,
    "survey_reliability": tables_survey.reliability,
    "survey_answers": tables_survey.answers,
    "survey_scale_answers": tables_survey.scale_answers,
    "cost": cost,
    "cost_effectiveness": cost_effectiveness,
    "cost_places": cost_places,
    "business_case": business_case,
    "business_case_sensitivity": sensitivity,
    "business_case_observed": observed,
}


def build_all(
    released: pd.DataFrame, messages: Messages, *, threshold: int = 10, plan: Protocol | None = None
) -> dict[str, Table]:
    """Every table by name from the released store (schema RELEASED); `threshold`: people below which it withholds.

    With a `plan` there is a card for each of its estimands.
    """
    store = Store(released)
    cards = card_tables(store, messages, threshold, plan.estimands) if plan else {}
    made = {name: build(store, messages, threshold) for name, build in TABLES.items()} | cards
    return {name: gathered(table, messages) for name, table in made.items()}
