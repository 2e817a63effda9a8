"""People behind the counts of intercurrent events, and behind an organisation and all others together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pilot_analysis.release.basis import Basis
from pilot_analysis.release.people import NEVER, Chosen, People

Row = Mapping[str, Any]
_ENDPOINT = "full_rtw"


def _intercurrent(people: People, row: Row) -> Basis:
    level = people.level(row["group_by"], row["level"])
    main = row["population"] != "itt"
    everyone = (
        people.population(_ENDPOINT, row["population"]) if main else Chosen(people.analysed, ("exclusion empty",))
    )
    of, had = _EVENTS[row["term"]](people, everyone.where(level.who, *level.conditions), main)
    counted = had if row["status"] == "ok" else None
    tables = ("process", "periods", "outcomes") if row["term"] in _LABOUR_EXPERT else ("outcomes", "periods")
    return Basis(of, counted, counted, tables=tables if main else ("cases", "periods"), endpoint=_ENDPOINT)


def _no_or_late(people: People, of: Chosen, main: bool) -> tuple[Chosen, Chosen]:
    first, last = people.protocol.weeks["assessment_intervention"]
    seen = (people.number("entry", NEVER) <= first) & (people.number("last_known_day") >= last)
    of = of.where(
        seen & (np.nan_to_num(people.ao_on(first)) > 0), f"last_known_day >= {last}", f"AO% > 0 on day {first}"
    )
    return of, of.where(people.days("process", "first_contact_day") > last, f"no first_contact_day <= {last}")


def _early_in_control(people: People, of: Chosen, main: bool) -> tuple[Chosen, Chosen]:
    contact, opens = people.days("process", "first_contact_day"), people.protocol.weeks["assessment_control"][0]
    early = (contact < opens) & (contact <= people.endpoint(_ENDPOINT).time)
    return of, of.where(early, f"first_contact_day < {opens}", "first_contact_day <= time")


def _leaving(people: People, of: Chosen, main: bool) -> tuple[Chosen, Chosen]:
    if main:
        return of, of.where(people.endpoint(_ENDPOINT).has("competing"), "status = competing")
    return of, of.where(people.flag("leaves"), "leaves")


def _relapse(people: People, of: Chosen, main: bool) -> tuple[Chosen, Chosen]:
    found, periods = people.endpoint(_ENDPOINT), people.tables["periods"]
    of = of.where(found.has("event"), "status = event")
    back = found.time[people.ids.get_indexer(periods["case_id"])]
    later = (periods["ao_percent"].to_numpy() > 0) & (periods["first_day"].to_numpy() > back)
    return of, of.where(people.of(periods, later), "AO% > 0 after time")


def _ended_by(reason: str) -> Callable[[People, Chosen, bool], tuple[Chosen, Chosen]]:
    def ended(people: People, of: Chosen, main: bool) -> tuple[Chosen, Chosen]:
        if main:
            rows = people.tables["outcomes"]
            chosen = (rows["endpoint"] == _ENDPOINT) & (rows["status"] == "censored") & (rows["reason"] == reason)
            return of, of.where(people.of(rows, chosen.fillna(False)), "status = censored", f"reason = {reason}")
        horizon = people.protocol.thresholds.horizon_days
        ended = (people.column("followup_reason") == reason) & (people.number("last_known_day", NEVER) < horizon)
        return of, of.where(ended, f"followup_reason = {reason}", f"last_known_day < {horizon}")

    return ended


_LABOUR_EXPERT = ("no_or_late_ad", "early_ad_in_control")
_EVENTS: Mapping[str, Callable[[People, Chosen, bool], tuple[Chosen, Chosen]]] = {
    "no_or_late_ad": _no_or_late,
    "early_ad_in_control": _early_in_control,
    "leaving": _leaving,
    "relapse": _relapse,
    "pregnancy_leave": _ended_by("pregnancy_leave"),
    "consent_withdrawn": _ended_by("consent_withdrawn"),
}


def _organisation(people: People, row: Row) -> Basis:
    own = people.column("organisation") == row["term"]
    side, sign = (own, "=") if row["level"] == "own" else (~own, "!=")
    if row["measure"] == "days_not_returned":
        of, tables = people.population(_ENDPOINT, row["population"]), ("outcomes",)
    else:
        followed = people.analysed & (people.number("followup", 0) > 0)
        of, tables = Chosen(followed, ("exclusion empty", "followup > 0")), ("costs", "cases")
    of = of.where(side, f"organisation {sign} {row['term']}")
    returned = of.where(people.endpoint(_ENDPOINT).has("event"), "status = event")
    return Basis(of, returned, tables=tables, endpoint=_ENDPOINT)


ANALYSES = {"intercurrent": _intercurrent, "organisation": _organisation}
