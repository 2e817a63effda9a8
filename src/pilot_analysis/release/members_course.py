"""People behind the flow, the baseline table, lasting recovery, relapse and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pilot_analysis.release.basis import Basis
from pilot_analysis.release.people import NEVER, Chosen, People
from pilot_analysis.schemas.canonical import COST_CATEGORIES

AT_WORK = ("returned", "recovered")
PERSPECTIVES = ("employer:full", "employer:reduced", "society:friction")
Row = Mapping[str, Any]


def _flow(people: People, row: Row) -> Basis:
    level = people.level(row["group_by"], row["level"])
    step, endpoint = row["term"], None if row["endpoint"] == "none" else row["endpoint"]
    reached = _step(people, step, endpoint)
    members = reached.where(level.who, *level.conditions)
    tables = ("outcomes", "allocation") if endpoint else ("allocation",)
    return Basis(members, None, members, tables=tables, endpoint=endpoint)


def _step(people: People, step: str, endpoint: str | None) -> Chosen:
    """Who reached a step of the flow."""
    if step.startswith("excluded:"):
        reason = step.partition(":")[2]
        return Chosen(np.isin(people.column("exclusion"), reason.split("+")), (f"exclusion = {reason}",))
    if endpoint is None:
        return Chosen(people.analysed, ("exclusion empty",)) if step == "itt" else Chosen(people.everyone)
    if step == "at_risk" or step in people.protocol.clocks:
        return people.population(endpoint, "itt" if step == "at_risk" else step)
    status, _, reason = step.partition(":")
    rows = people.tables["outcomes"]
    reached = rows["reason"].fillna("").isin(reason.split("+"))  # small reasons are released as one
    rows = rows[(rows["endpoint"] == endpoint) & (rows["status"] == status) & reached]
    said = (f"endpoint = {endpoint}", f"status = {status}", *([f"reason = {reason}"] if reason else []))
    return Chosen(people.of(rows), said)


def _baseline(people: People, row: Row) -> Basis:
    level = people.level(row["group_by"], row["level"])
    members = Chosen(people.analysed, ("exclusion empty",)).where(level.who, *level.conditions)
    tables = ("cases", "allocation")
    if row["measure"] in ("mean", "sd"):
        has = people.cases[row["term"]].notna().to_numpy(dtype=bool)
        return Basis(members.where(has, f"{row['term']} known"), tables=tables)
    if row["measure"] == "standardised_difference":
        return Basis(members, tables=tables)
    name, _, value = row["term"].removesuffix("]").partition("[")
    events = members.where(people.column(name) == value, f"{name} = {value}")
    events = None if row["status"] != "ok" else events
    return Basis(members, events, events if row["measure"] == "n" else None, tables=tables)


def _recovery(people: People, row: Row) -> Basis:
    followed = people.analysed & (people.number("followup") > people.number("entry", NEVER))
    level = people.level(row["group_by"], row["level"])
    members = Chosen(followed, ("followup > entry",)).where(level.who, *level.conditions)
    if row["measure"].startswith("spells_per_case"):
        starts = _new_spells(people, row)
        events = members.where(starts > 0, "a new spell after enrolment")
        return Basis(members, events, happenings=int(starts[members.who].sum()), tables=("periods",))
    state = people.column("state_at_horizon")
    known = members.where(state != "", "state_at_horizon known")
    tables = ("cases", "periods")
    if row["measure"].startswith("state_known"):
        return Basis(members, None, known, tables=tables)
    at_work = known.where(np.isin(state.astype(str), AT_WORK), "state_at_horizon in {returned, recovered}")
    return Basis(known, at_work, tables=tables)


def _new_spells(people: People, row: Row) -> np.ndarray:
    """How many new absence spells each person has from enrolment to the horizon."""
    periods = people.tables["periods"]
    who, spell = people.ids.get_indexer(periods["case_id"]), periods["spell"].to_numpy("int64")
    order = np.lexsort((periods["first_day"].to_numpy("int64"), who))
    who, spell, first = who[order], spell[order], periods["first_day"].to_numpy("int64")[order]
    starts = np.append(False, (who[1:] == who[:-1]) & (spell[1:] > spell[:-1]))[: len(who)]
    entry = people.number("entry", 0)
    reach = np.minimum(people.number("last_known_day") - entry, row["time"])
    day = first - entry[who]
    return np.bincount(who[starts & (day > 0) & (day <= reach[who])], minlength=len(people.cases))


def _relapse(people: People, row: Row) -> Basis:
    found, relapse = people.endpoint("sustained_rtw"), people.number("relapse_day")
    relapsed = relapse >= 0
    confirmed = found.time + people.protocol.thresholds.sustained_days - 1
    since = np.where(relapsed, relapse, people.number("last_known_day")) - confirmed
    level = people.level(row["group_by"], row["level"])
    said = ("endpoint = sustained_rtw", "status = event", "followed after the confirmed return")
    members = Chosen(found.has("event") & (since > 0), said).where(level.who, *level.conditions)
    events = members.where(relapsed, "relapse_day known")
    counted = None
    if row["measure"] == "n_at_risk":
        counted = members.where(since >= row["time"], f"days since the confirmed return >= {row['time']:g}")
    tables = ("outcomes", "periods")
    return Basis(members, events, counted, tables=tables, endpoint="sustained_rtw")


def _cost(people: People, row: Row) -> Basis:
    group_by = row["group_by"]
    level = people.level(group_by, row["level"]) if row["level"] != "none" else Chosen(~people.everyone)
    members = Chosen(people.analysed & (people.number("followup", 0) > 0), ("followup > 0",))
    members = members.where(level.who, *level.conditions)
    events = counted = None
    if row["measure"] == "n_known":
        horizon = people.protocol.thresholds.horizon_days
        known = people.flag("leaves") | (people.number("last_known_day") >= horizon)
        events = counted = members.where(known, f"leaves or last_known_day >= {horizon}")
    elif group_by == "arm" and row["measure"] in ("mean", "naive_mean"):
        events = _having(people, members, row["term"])
    return Basis(members, events, counted, tables=("costs", "periods", "costs delivered", "guidance"))


def _having(people: People, members: Chosen, term: str) -> Chosen | None:
    """Those with a cost of a kind; of a perspective with any cost delivered; None of what is no cost delivered."""
    kinds = list(COST_CATEGORIES) if term in PERSPECTIVES else [term] if term in COST_CATEGORIES else []
    if not kinds:
        return None
    costs = people.tables["costs"]
    rows = (costs[kinds] > 0).any(axis="columns")
    return members.where(people.of(costs, rows), " or ".join(f"{kind} > 0" for kind in kinds))


def _business_case_observed(people: People, row: Row) -> Basis | None:
    if row["measure"] == "assumed":
        return None
    members = people.population("full_rtw", row["population"])
    members = members.where(people.number("followup", 0) > 0, "followup > 0")
    kind = {"replacement_total": "replacement", "ad_cost": "labour_expert"}.get(row["term"])
    events = None if kind is None else _having(people, members, kind)
    tables = ("costs", "periods", "costs delivered", "guidance")
    return Basis(members, events, tables=tables, endpoint="full_rtw")


ANALYSES = {
    "flow": _flow,
    "baseline": _baseline,
    "recovery": _recovery,
    "relapse": _relapse,
    "cost": _cost,
    "cost_difference": _cost,
    "cost_effectiveness": _cost,
    "business_case_observed": _business_case_observed,
}
