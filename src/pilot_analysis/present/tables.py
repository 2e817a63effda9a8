"""The list of tables; each reads the released store and computes nothing.

Names and order are those of `TABLES`; `build_all` returns them in that order, in the language of `messages`.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import Store
from pilot_analysis.present.table import Table, to_csv, to_html
from pilot_analysis.present.tables_checks import agreement, cells, checks, exits, primary_ways
from pilot_analysis.present.tables_design import baseline, flow, quality
from pilot_analysis.present.tables_effect import cox, cox_terms, hierarchy
from pilot_analysis.present.tables_outcome import groups, outcomes

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
    "cells": cells,
    "checks": checks,
    "agreement": agreement,
}


def build_all(released: pd.DataFrame, messages: Messages, *, threshold: int = 10) -> dict[str, Table]:
    """Every table by name from the released store (schema RELEASED); `threshold`: people below which it withholds."""
    store = Store(released)
    return {name: build(store, messages, threshold) for name, build in TABLES.items()}
