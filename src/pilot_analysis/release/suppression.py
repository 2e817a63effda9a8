"""The release stage: what of the results store may leave the building, and the record of what was decided.

In this order: small reasons of the flow merged; curves and what is read off them from protected life tables; primary
suppression; complementary suppression of counts by linear programming; what means and differences would give away;
rounding by rule. What is withheld never says whether for its own sake or for that of another number.

- A row is withheld whole when its estimate shows a withheld cell; when only its `n` or `n_events` does, that field is.
- Fails with `ValueError` when counts contradict their own sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.release.ao import with_what_adds_up
from pilot_analysis.release.cells import Cells, find_cells
from pilot_analysis.release.concentration import concentrated, is_contribution
from pilot_analysis.release.contrasts import of_withheld
from pilot_analysis.release.cost import cost_given_away
from pilot_analysis.release.decisions import decide
from pilot_analysis.release.flow import merged_reasons, rounded_flow
from pilot_analysis.release.lasting import lasting_recovery
from pilot_analysis.release.life_table import protect_curves
from pilot_analysis.release.organisation import organisations_withheld
from pilot_analysis.release.pointing import point_to
from pilot_analysis.release.primary import too_small
from pilot_analysis.release.relations import find_relations
from pilot_analysis.release.rounding import is_exempt, round_rows
from pilot_analysis.release.secondary import Problem, withhold
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES

_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_events")
_ROLES = {"primary": 100.0, "secondary": 10.0, "exploratory": 3.0, "descriptive": 2.0}
_FIELD = {"estimate": 1.0, "n": 0.05, "n_events": 0.05}
_TIED = 0.5  # what is in more sums takes more with it
_PROCESS = 1e6  # what a trial must publish goes last of all
_INTERNAL = "for disclosure control only"
_MERGED = "merged with other small reasons"


@dataclass(frozen=True)
class Released:
    """The released store and curves (schemas.results), how many rows were withheld, and the release record."""

    estimates: pd.DataFrame
    curves: pd.DataFrame
    n_suppressed: int
    decisions: pd.DataFrame


@dataclass(frozen=True)
class _Withheld:
    """Rows withheld for their own sake, those for the sake of others, and single fields, as booleans."""

    primary: np.ndarray
    secondary: np.ndarray
    fields: Mapping[str, np.ndarray]


def release(estimates: pd.DataFrame, curves: pd.DataFrame, threshold: int, confidence: float = 0.95) -> Released:
    """Release what does not describe fewer than `threshold` people, and cannot be made to.

    Parameters
    ----------
    estimates, curves
        The results store and the whole curves (schemas ESTIMATES, CURVES).
    threshold
        Fewest people or events that may be shown.
    confidence
        Level of the intervals, a share.
    """
    internal = is_contribution(estimates)
    rows = merged_reasons(estimates[~internal].reset_index(drop=True), threshold)
    read, shown = protect_curves(rows, curves, threshold, confidence)
    lost = read["status"].eq("suppressed").to_numpy(dtype=bool)
    withheld = _withheld(rows, estimates[internal], lost, threshold)
    every = withheld.primary | withheld.secondary
    released = read.copy()
    released.loc[every, list(_NUMBERS)] = pd.NA
    for name, which in withheld.fields.items():
        released.loc[which, name] = pd.NA
    hidden = every & rows["status"].eq("ok").to_numpy(dtype=bool)  # without a number the reason may stay
    released.loc[hidden, "status"] = "suppressed"
    released.loc[hidden, "reason"] = f"fewer than {threshold} people or events, or would give such a number away"
    settled = _settled(rows, read)
    final, rules = round_rows(released, rounded_flow(rows), settled)
    final = conform(final, RELEASED)
    exempt = is_exempt(rows) | rows["analysis"].eq("flow").to_numpy(dtype=bool)
    record = decide(final, rules, _reasons(estimates, rows, withheld, lost), exempt)
    return Released(final, conform(_curves(shown, released), RELEASED_CURVES), int(hidden.sum()), record)


def _withheld(rows: pd.DataFrame, contributions: pd.DataFrame, lost: np.ndarray, threshold: int) -> _Withheld:
    """What to withhold of the store; `lost` are the rows that the life tables do not give."""
    primary = lost | too_small(rows, threshold).to_numpy(dtype=bool) | concentrated(rows, contributions)
    given = _given_away(rows, primary, lost, threshold)
    cells = find_cells(rows)
    hidden = _hidden_cells(rows, cells, given, threshold)
    shows = {name: np.zeros(len(rows), dtype=bool) for name in _FIELD}
    for row, name, cell in cells.shown:
        shows[name][row] |= hidden[cell]
    every = given | _given_away(rows, primary | shows["estimate"], lost, threshold)
    return _Withheld(primary, every & ~primary, {name: shows[name] for name in ("n", "n_events")})


def _given_away(rows: pd.DataFrame, small: np.ndarray, lost: np.ndarray, threshold: int) -> np.ndarray:
    """Those that are `small` and what means, differences, costs and pointers would tell of them.

    The life tables have settled which differences may stand without the rows that they do not give (`lost`).
    """
    small = with_what_adds_up(rows, small, threshold)
    small |= lasting_recovery(rows, small, threshold)
    small |= cost_given_away(rows, small, threshold)
    small |= organisations_withheld(rows, small, threshold)
    small |= of_withheld(rows, small & ~lost)
    return small | point_to(rows, small)  # last: to whatever was hidden for any reason


def _hidden_cells(rows: pd.DataFrame, cells: Cells, withheld: np.ndarray, threshold: int) -> np.ndarray:
    """Which cells are withheld, as booleans, such that no protected one is recovered."""
    equations = find_relations(cells, threshold)  # makes cells of its own
    values, exempt = np.array(cells.values), np.array(cells.exempt, dtype=bool)
    visible, costs = np.zeros(len(values), dtype=bool), _PROCESS * exempt
    weights = rows["role"].map(_ROLES).to_numpy("float64")
    for row, name, cell in cells.shown:
        if not withheld[row]:
            visible[cell] = True
            costs[cell] += _FIELD[name] * weights[row]
    implied = np.array([key.kind == "whole" for key in cells.keys], dtype=bool)
    costs, visible = np.where(implied, np.inf, costs), visible | implied
    unprinted = np.array([key.kind in ("lack", "between") for key in cells.keys], dtype=bool)
    least = np.where(unprinted, 0.0, np.minimum(values, 1.0))  # a zero is always printed
    costs = costs * (1 + _TIED * _times(equations, len(values)))
    problem = Problem(equations, values, least, costs, threshold)
    return withhold(problem, (values > 0) & (values < threshold), (~visible & (values > 0)) | unprinted)


def _times(equations: list[dict[int, float]], n_cells: int) -> np.ndarray:
    """In how many equations each cell is."""
    return np.bincount([cell for equation in equations for cell in equation], minlength=n_cells)


def _settled(rows: pd.DataFrame, read: pd.DataFrame) -> np.ndarray:
    """Rows that come rounded from the life tables, as booleans."""
    shares = rows["analysis"].eq("state_occupation") & rows["unit"].eq("probability")
    ours = rows["analysis"].isin(["followup", "ao_curve"]) | shares | rows["method"].ne(read["method"])
    return (ours & read["status"].eq("ok")).fillna(False).to_numpy(dtype=bool)


def _curves(shown: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Curves of groups of which the people or the medians are not withheld."""
    keys = ["endpoint", "population", "group_by", "level"]
    km = released["analysis"].eq("km") & released["measure"].eq("survival")
    told = pd.MultiIndex.from_frame(released.loc[km & released["status"].eq("ok"), keys])
    groups = shown["analysis"].eq("km") & shown["group_by"].ne("arm")
    return shown[(~groups | pd.MultiIndex.from_frame(shown[keys]).isin(told)).to_numpy(dtype=bool)]


def _reasons(
    estimates: pd.DataFrame, rows: pd.DataFrame, withheld: _Withheld, lost: np.ndarray
) -> dict[str, tuple[str, str]]:
    """By result id the decision and rule of what is withheld, for the release record."""
    ids = rows["result_id"].to_numpy()
    found: dict[str, tuple[str, str]] = {}
    for which, decision, rule in (
        (withheld.fields["n"] | withheld.fields["n_events"], "suppressed_secondary", "people or events withheld"),
        (withheld.secondary, "suppressed_secondary", "would give a protected number away"),
        (withheld.primary, "suppressed_primary", "fewer people or events than the threshold"),
        (lost, "suppressed_primary", "not given by a protected life table"),
    ):
        found |= dict.fromkeys(ids[which], (decision, rule))
    internal = set(estimates.loc[is_contribution(estimates), "result_id"])
    for name in sorted(set(estimates["result_id"]) - set(ids)):
        found[name] = ("suppressed_primary", _INTERNAL if name in internal else _MERGED)
    return found
