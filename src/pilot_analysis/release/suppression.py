"""The release stage: what of the results store may leave the building, and the record of what was decided.

In this order: small reasons of the flow merged; curves and what is read off them from protected life tables; primary
suppression; complementary suppression of counts by linear programming; what means and differences would give away;
rounding by rule. What is withheld never says whether for its own sake or for that of another number.

- A row is withheld whole when its estimate shows a withheld cell; when only its `n` or `n_events` does, that field is.
- A cell that would expose people beside an earlier release is protected whatever its size; its rows and the curves of
  its people are withheld whole.
- Fails with `ValueError` when counts contradict their own sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.release.ao import with_what_adds_up
from pilot_analysis.release.cells import Cells, find_cells
from pilot_analysis.release.concentration import Concentration, Costs, concentrated, is_contribution
from pilot_analysis.release.contrasts import of_withheld
from pilot_analysis.release.cost import cost_given_away
from pilot_analysis.release.decisions import decide
from pilot_analysis.release.flow import merged_reasons, rounded_flow
from pilot_analysis.release.lasting import few_not_confirmed, lasting_recovery
from pilot_analysis.release.life_table import protect_curves
from pilot_analysis.release.organisation import organisations_withheld
from pilot_analysis.release.pointing import point_to
from pilot_analysis.release.primary import too_small, too_small_to_divide, undivided
from pilot_analysis.release.ratios import floors
from pilot_analysis.release.reasons import tells_people
from pilot_analysis.release.relations import find_relations
from pilot_analysis.release.rounding import is_exempt, round_rows
from pilot_analysis.release.secondary import Problem, withhold
from pilot_analysis.release.zeros import tells_a_group
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES

_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_events")
_ROLES = {"primary": 100.0, "secondary": 10.0, "exploratory": 3.0, "descriptive": 2.0}
_FIELD = {"estimate": 1.0, "n": 0.05, "n_events": 0.05}
_SETS = {"estimate": "counted", "n": "members", "n_events": "events"}  # field -> set of people in the ledger
_FIRST = 4.0  # of nested endpoints, and populations, those of the primary estimand are the last to go
_MARGIN = 2  # people: what the steps of curves may tell beside the sums
_TIED = 0.5  # what is in more sums takes more with it
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


def release(
    estimates: pd.DataFrame,
    curves: pd.DataFrame,
    threshold: int,
    confidence: float = 0.95,
    beside: Mapping[str, str] | None = None,
    limits: Concentration | None = None,
) -> Released:
    """Release what does not describe fewer than `threshold` people, and cannot be made to.

    Parameters
    ----------
    estimates, curves
        The results store and the whole curves (schemas ESTIMATES, CURVES).
    threshold
        Fewest people or events that may be shown.
    confidence
        Level of the intervals, a share.
    beside
        Cells (`result_id#set`, release.ledger) to withhold because of an earlier release, and why.
    limits
        How much of a cost few people may make up.
    """
    beside = beside or {}
    order = estimates["result_id"].tolist()
    estimates = estimates.sort_values("result_id", ignore_index=True)  # choices depend on no other order
    internal = is_contribution(estimates)
    rows = merged_reasons(estimates[~internal].reset_index(drop=True), threshold)
    read, shown = protect_curves(rows, curves, threshold, confidence)
    lost = read["status"].eq("suppressed").to_numpy(dtype=bool)
    few = too_small_to_divide(rows, threshold)
    told = tells_people(rows) | undivided(rows, few) | tells_a_group(rows, threshold)
    costs = Costs(estimates[internal], limits or Concentration())
    withheld = _withheld(rows, costs, lost | told, threshold, beside)
    every = withheld.primary | withheld.secondary
    released = read.copy()
    released.loc[every, list(_NUMBERS)] = pd.NA
    for name, which in withheld.fields.items():
        released.loc[which, name] = pd.NA
    released.loc[rows["measure"].eq("interaction"), ["n", "n_events"]] = pd.NA  # of some groups, its rows say which
    released.loc[rows["analysis"].eq("organisation"), "n_events"] = pd.NA  # they would narrow the total once more
    released.loc[few_not_confirmed(rows, rows, threshold), "n"] = pd.NA
    hidden = told | (every & rows["status"].eq("ok").to_numpy(dtype=bool))  # of others the reason may stay
    released.loc[hidden, "status"] = "suppressed"
    released.loc[hidden, "reason"] = f"fewer than {threshold} people or events, or would give such a number away"
    settled = _settled(rows, read)
    final, rules = round_rows(released, rounded_flow(rows), settled)
    exempt = is_exempt(rows) | rows["analysis"].eq("flow").to_numpy(dtype=bool)
    reasons = _reasons(estimates, rows, withheld, lost, told)
    reasons |= {cell.rpartition("#")[0]: ("suppressed_primary", why) for cell, why in beside.items()}
    record = decide(conform(final, RELEASED), rules, reasons, exempt)
    kept = _curves(shown[~undivided(shown, few)], released, rows[_named(rows, beside)])
    kept.loc[few_not_confirmed(kept, rows, threshold) & kept["time"].eq(0).to_numpy(bool), "n_at_risk"] = pd.NA
    final = conform(_in_order(final, order), RELEASED)
    return Released(final, conform(kept, RELEASED_CURVES), int(hidden.sum()), record)


def _in_order(rows: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Rows in the order of the store; those made by merging after the flow, by their id."""
    place = pd.Series(np.arange(len(order), dtype=float), index=order)
    found = rows["result_id"].map(place)
    made = found.isna()
    found[made] = found[rows["analysis"].eq("flow")].max() + np.arange(1, made.sum() + 1) / (made.sum() + 1)
    return rows.iloc[found.to_numpy().argsort(kind="stable")].reset_index(drop=True)


def _named(rows: pd.DataFrame, beside: Mapping[str, str]) -> np.ndarray:
    """The rows of cells that are withheld because of an earlier release."""
    return rows["result_id"].isin([cell.rpartition("#")[0] for cell in beside]).to_numpy(dtype=bool)


def _withheld(
    rows: pd.DataFrame, costs: Costs, lost: np.ndarray, threshold: int, beside: Mapping[str, str]
) -> _Withheld:
    """What to withhold of the store; `lost` are the rows that the life tables do not give."""
    primary = lost | too_small(rows, threshold).to_numpy(dtype=bool) | concentrated(rows, *costs)
    primary |= _named(rows, beside)
    given = _given_away(rows, primary, lost, threshold, costs)
    cells = find_cells(rows)
    hidden = _hidden_cells(rows, cells, given, threshold, beside)
    shows = {name: np.zeros(len(rows), dtype=bool) for name in _FIELD}
    for row, name, cell in cells.shown:
        shows[name][row] |= hidden[cell]
    every = given | _given_away(rows, primary | shows["estimate"], lost, threshold, costs)
    return _Withheld(primary, every & ~primary, {name: shows[name] for name in ("n", "n_events")})


def _given_away(rows: pd.DataFrame, small: np.ndarray, lost: np.ndarray, threshold: int, costs: Costs) -> np.ndarray:
    """Those that are `small` and what means, differences, costs and pointers would tell of them.

    Which differences may stand without the rows that the life tables do not give (`lost`) these have settled.
    """
    small = with_what_adds_up(rows, small, threshold)
    small |= lasting_recovery(rows, small, threshold)
    small |= cost_given_away(rows, small, threshold, costs)
    small |= organisations_withheld(rows, small, threshold)
    small |= of_withheld(rows, small & ~lost)
    return small | point_to(rows, small)  # last: to whatever was hidden for any reason


def _hidden_cells(
    rows: pd.DataFrame, cells: Cells, withheld: np.ndarray, threshold: int, beside: Mapping[str, str]
) -> np.ndarray:
    """Which cells are withheld, as booleans, such that no protected one is recovered."""
    equations = find_relations(cells, threshold)  # makes cells of its own
    floor = floors(cells, threshold)  # and this finds more shown
    values, exempt = np.array(cells.values), np.array(cells.exempt, dtype=bool)
    visible, costs = np.zeros(len(values), dtype=bool), np.where(exempt, np.inf, 0.0)  # a trial must publish these
    weights = rows["role"].map(_ROLES).to_numpy("float64") * _nearness(rows)
    for row, name, cell in cells.shown:
        if not withheld[row]:
            visible[cell] = True
            costs[cell] += _FIELD[name] * weights[row]
    implied = np.array([key.kind in ("whole", "flow") for key in cells.keys], dtype=bool)  # known from elsewhere
    # An exempt count that no row prints is near one of another population that is printed.
    costs, visible = np.where(implied, np.inf, costs), visible | implied | exempt
    unprinted = np.array([key.kind in ("lack", "between", "aside") for key in cells.keys], dtype=bool)
    least = np.where(unprinted, 0.0, np.minimum(values, 1.0))  # a zero is always printed
    for cell, events in floor.items():
        least[cell] = max(least[cell], events)
    costs = costs * (1 + _TIED * _times(equations, len(values)))
    problem = Problem(equations, values, least, costs, threshold)
    open_ = np.array([key.kind in ("flow", "aside") for key in cells.keys], dtype=bool)
    small = (values > 0) & (values < threshold) & ~open_
    protected = small | (_of_cells(rows, cells, beside, len(values)) & (values > 0))
    return withhold(problem, protected, ~visible | unprinted, margin=_MARGIN)


def _nearness(rows: pd.DataFrame) -> np.ndarray:
    """Weights of the rows by whether they are about the endpoint, and the population too, of the primary estimand."""
    primary = rows[rows["role"].eq("primary")]
    endpoint = rows["endpoint"].isin(primary["endpoint"]).to_numpy(dtype=bool)
    population = endpoint & rows["population"].isin(primary["population"]).to_numpy(dtype=bool)
    return _FIRST**endpoint * _FIRST**population


def _of_cells(rows: pd.DataFrame, cells: Cells, beside: Mapping[str, str], n_cells: int) -> np.ndarray:
    """The cells of disclosure control that show these cells of the ledger."""
    ids, found = rows["result_id"].to_numpy(), np.zeros(n_cells, dtype=bool)
    for row, name, cell in cells.shown if beside else ():
        found[cell] |= f"{ids[row]}#{_SETS[name]}" in beside
    return found


def _times(equations: list[dict[int, float]], n_cells: int) -> np.ndarray:
    """In how many equations each cell is."""
    return np.bincount([cell for equation in equations for cell in equation], minlength=n_cells)


def _settled(rows: pd.DataFrame, read: pd.DataFrame) -> np.ndarray:
    """Rows that come rounded from the life tables, as booleans."""
    shares = rows["analysis"].eq("state_occupation") & rows["unit"].eq("probability")
    ours = rows["analysis"].isin(["followup", "ao_curve"]) | shares | rows["method"].ne(read["method"])
    return (ours & read["status"].eq("ok")).fillna(False).to_numpy(dtype=bool)


def _curves(shown: pd.DataFrame, released: pd.DataFrame, beside: pd.DataFrame) -> pd.DataFrame:
    """Curves of groups of which the people or the medians are not withheld, and not of the people of rows `beside`."""
    keys = ["endpoint", "population", "group_by", "level"]
    km = released["analysis"].eq("km") & released["measure"].eq("survival")
    told = pd.MultiIndex.from_frame(released.loc[km & released["status"].eq("ok"), keys])
    groups = shown["analysis"].eq("km") & shown["group_by"].ne("arm")
    of_shown = pd.MultiIndex.from_frame(shown[keys])
    exposing = of_shown.isin(pd.MultiIndex.from_frame(beside[keys]))
    return shown[(~groups | of_shown.isin(told)).to_numpy(dtype=bool) & ~exposing].copy()


def _reasons(
    estimates: pd.DataFrame, rows: pd.DataFrame, withheld: _Withheld, lost: np.ndarray, told: np.ndarray
) -> dict[str, tuple[str, str]]:
    """By result id the decision and rule of what is withheld, for the release record."""
    ids = rows["result_id"].to_numpy()
    found: dict[str, tuple[str, str]] = {}
    for which, decision, rule in (
        (withheld.fields["n"] | withheld.fields["n_events"], "suppressed_secondary", "people or events withheld"),
        (withheld.secondary, "suppressed_secondary", "would give a protected number away"),
        (withheld.primary, "suppressed_primary", "fewer people or events than the threshold"),
        (lost, "suppressed_primary", "not given by a protected life table"),
        (told, "suppressed_primary", "no estimate, for a reason that would tell a number of people"),
    ):
        found |= dict.fromkeys(ids[which], (decision, rule))
    internal = set(estimates.loc[is_contribution(estimates), "result_id"])
    for name in sorted(set(estimates["result_id"]) - set(ids)):
        found[name] = ("suppressed_primary", _INTERNAL if name in internal else _MERGED)
    return found
