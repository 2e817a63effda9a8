"""A release of a whole trial, attacked with everything that adds up in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from estimate_tables import estimated, many

from pilot_analysis.release import release
from pilot_analysis.release.cells import find_cells
from pilot_analysis.release.relations import find_relations
from pilot_analysis.release.secondary import Problem, feasible_range

THRESHOLD = 10


@pytest.fixture(scope="module")
def trial():
    """Estimates of a made-up trial with small groups, and what is released of it."""
    who = many(
        160, time=[100, 130, 170, 200, 240, 300, 365], status=["event", "event", "competing", "event", "censored"],
        cas_group=["psychological", "other", "psychological", "musculoskeletal", "other", "unknown", "psychological"],
        fml_group_84=["mental", "none", "none", "none", "physical"], organisation=["org_a", "org_b", "org_a", "org_a"],
        age=[30, 41, 52, 38], male=[0, 1, 1], job_group=["x", "y", "y", "y", "z", "y", "y", "y", "y", "x", "y"],
    )  # fmt: skip
    result = estimated(who)
    return result.estimates, release(result.estimates, result.curves, THRESHOLD)


def recovered(estimates: pd.DataFrame, shown: pd.DataFrame) -> tuple[int, int]:
    """How many small cells somebody finds who knows the rules and the exact value of all that is shown, of how many."""
    cells = find_cells(estimates)
    equations = find_relations(cells, THRESHOLD)
    values = np.array(cells.values)
    known = np.array([key.kind == "whole" for key in cells.keys], dtype=bool)
    fields = shown.set_index("result_id")[["estimate", "n", "n_events"]].notna().to_dict()
    for row, name, cell in cells.shown:
        known[cell] |= fields[name].get(estimates["result_id"].iloc[row], False)
    unprinted = np.array([key.kind in ("lack", "between") for key in cells.keys], dtype=bool)
    least = np.where(unprinted, 0.0, np.minimum(values, 1.0))
    problem = Problem(equations, values, least, np.ones(len(values)), THRESHOLD)
    few = np.flatnonzero((values > 0) & (values < THRESHOLD))
    hidden = ~known & (values > 0)
    found = 0
    for cell in few:
        if known[cell]:
            found += 1
            continue
        low, high = feasible_range(problem, hidden, int(cell))
        found += np.floor(high + 1e-6) - np.ceil(low - 1e-6) < THRESHOLD
    return found, len(few)


def test_no_small_cell_is_recovered_from_the_release(trial):
    estimates, out = trial
    found, of = recovered(estimates, out.estimates)
    assert of > 30
    assert found == 0


def test_the_same_attack_finds_them_without_the_release_stage(trial):
    estimates, _ = trial
    found, of = recovered(estimates, estimates)
    assert found > 0.9 * of


def test_primary_suppression_alone_is_not_enough(trial):
    estimates, out = trial
    first = out.decisions.loc[out.decisions["decision"].eq("suppressed_primary"), "result_id"]
    shown = estimates.copy()
    shown.loc[shown["result_id"].isin(first), ["estimate", "n", "n_events"]] = pd.NA
    assert recovered(estimates, shown)[0] > 0


def test_a_release_leaves_results(trial):
    _, out = trial
    status = out.estimates["status"].value_counts()
    assert status["ok"] > 200
    kept = out.estimates[out.estimates["role"].eq("primary") & out.estimates["measure"].eq("mean_difference")]
    assert "ok" in set(kept["status"])
