"""What each number of the results store counts, as the intruder reads it from the definitions: cells by name.

- A cell is a set of people (or events) with a name of its own: what, population, endpoint, day, arm, group. Two numbers
  with one name must be equal in the exact store of every trial; `attack_book` fails when they are not.
- Written from the specification (definitions, analyses, results); it shares no code with the release stage.
- Numbers that are no count of people (euro, points, tests) have no cell here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

ARMS = ("intervention", "control")
_CONTRASTS = ("all", "intervention - control", "control - intervention", "intervention / control")
_CODE = re.compile(r"^(.*)\[([^\]]*)\]$")


class Cell(NamedTuple):
    """Who is counted; empty where it does not matter, an empty arm is both."""

    what: str
    population: str = ""
    endpoint: str = ""
    about: str = ""
    time: float = -1.0
    arm: str = ""
    by: str = ""
    group: str = ""
    release: str = ""


class Shown(NamedTuple):
    """A field of a row and the cell that it counts."""

    field: str
    cell: Cell


Row = dict[str, Any]


def who(row: Row) -> dict[str, str]:
    """Arm, grouping and group of a row."""
    by, (base, _, of) = row["group_by"], row["level"].partition(" @ ")
    if of:
        return {"by": by.rpartition("*")[2], "group": of}
    if base in ARMS:
        return {"arm": base}
    if base in _CONTRASTS or by in ("arm", "all"):
        return {}
    arm, _, group = base.partition(":")
    return {"arm": arm, "by": by.removeprefix("arm*"), "group": group} if by.startswith("arm*") else _group(by, base)


def _group(by: str, group: str) -> dict[str, str]:
    return {"by": by, "group": group}


def cells_of(row: Row) -> list[Shown]:
    """The counted fields of a row of the store (schema ESTIMATES, texts without missing values)."""
    if row["level"] == "published":
        return []
    return list(_READERS.get(row["analysis"], _nothing)(row))


def _nothing(_: Row) -> Iterator[Shown]:
    yield from ()


def _core(row: Row) -> Iterator[Shown]:
    """People of a population and endpoint and those with the event."""
    endpoint = "full_rtw" if row["endpoint"] == "ao_percent" else row["endpoint"]
    about = {"population": row["population"], "endpoint": endpoint, **who(row)}
    if row["measure"] == "interaction":  # of the groups that had enough events only
        about["by"] = row["group_by"].removeprefix("arm*")
        yield Shown("n", Cell("people tested", **about))
        yield Shown("n_events", Cell("events tested", **about))
        return
    yield Shown("n", Cell("people", **about))
    if row["measure"] == "n_at_risk":
        yield Shown("estimate", Cell("at risk", time=row["time"], **about))
    what = "leaving" if row["measure"].endswith("_leaving") else "events"
    if row["analysis"] == "followup":
        what = "cut"
    yield Shown("n_events", Cell(what, **about))
    if row["analysis"] == "events_per_cell":
        yield Shown("estimate", Cell(what, **about))


def _piecewise(row: Row) -> Iterator[Shown]:
    yield Shown("n_events", Cell("piece", "itt", row["endpoint"], time=row["time"]))


def _flow(row: Row) -> Iterator[Shown]:
    """The flow; what is above an endpoint is of all endpoints."""
    term, arm = row["term"], row["level"] if row["level"] in ARMS else ""
    if term in ("allocated", "itt"):
        yield Shown("estimate", Cell("analysed" if term == "itt" else term, arm=arm))
    elif term in ("at_risk", "event") or term.startswith("landmark_"):
        population = term if term.startswith("landmark_") else "itt"
        what = "events" if term == "event" else "people"
        yield Shown("estimate", Cell(what, population, row["endpoint"], arm=arm))
    else:
        yield Shown("estimate", Cell("flow", endpoint=row["endpoint"], about=term, arm=arm))


def _analysed(row: Row) -> Cell:
    return Cell("analysed", arm=who(row).get("arm", ""))


def _baseline(row: Row) -> Iterator[Shown]:
    yield Shown("n", _analysed(row))
    found = _CODE.match(row["term"])
    if found and row["measure"] in ("n", "percent"):
        cell = Cell("place", arm=row["level"], by=found[1], group=found[2])
        yield Shown("n_events", cell)
        if row["measure"] == "n":
            yield Shown("estimate", cell)


def _survey(row: Row) -> Iterator[Shown]:
    arm, time, term = who(row).get("arm", ""), row["time"], row["term"]
    if row["measure"] == "response":
        yield Shown("n", Cell("due", time=time, arm=arm))
        yield Shown("n_events", Cell("wave", about="answered", time=time, arm=arm))
    elif row["measure"] == "n":
        yield Shown("estimate", Cell("wave", about=term, time=time, arm=arm))
    elif row["measure"] in ("mean", "mean_difference"):
        yield Shown("n", Cell("score", about=term, time=time, arm=arm))
    elif row["measure"] == "frequency":
        item, _, code = term.removesuffix("]").rpartition("[")
        asked = "asked" if code in ("missing", "not_applicable") else "replied"
        yield Shown("n", Cell(asked, about=item, arm=arm))
        yield Shown("n_events", Cell("answer", about=term, arm=arm))
    else:
        yield Shown("n", Cell("complete", about=term))


def _adherence(row: Row) -> Iterator[Shown]:
    arm, term = row["level"], row["term"]
    name, _, value = term.removesuffix("]").partition("[")
    own = Cell("guidance", about=term, arm=arm)
    if row["measure"] == "median":
        yield Shown("n", own)
        return
    people = {
        "route": Cell("guidance", about="contact", arm=arm),
        "reassessed": Cell("guidance", about="assessment", arm=arm),
        "law": Cell("followed by law", about=value, arm=arm),
        "law_done": Cell("guidance", about=f"law[{value}]", arm=arm),
        "window": Cell("absent in window", about=value, arm=arm),
    }
    yield Shown("n", people.get(name, Cell("analysed", arm=arm)))
    yield Shown("n_events", own)


def _fml(row: Row) -> Iterator[Shown]:
    arm = who(row).get("arm", "")
    if row["measure"] == "assessed_by_landmark":
        yield Shown("n", Cell("people", row["population"], "full_rtw", arm=arm))
        yield Shown("n_events", Cell("assessed", row["population"], arm=arm))
        return
    yield Shown("n", Cell("waiting", row["population"], arm=arm))
    exit_ = {"cumulative_incidence_return": "return", "cumulative_incidence_leaving": "leaving"}
    yield Shown("n_events", Cell("fml", row["population"], about=exit_.get(row["measure"], "first"), arm=arm))
    if row["measure"] == "n_at_risk":
        yield Shown("estimate", Cell("still waiting", row["population"], time=row["time"], arm=arm))


def _timing(row: Row) -> Iterator[Shown]:
    if row["measure"] == "published_fall":
        return
    what = {"assessed": "assessed in", "fall_points_not_assessed": "beside", "difference_points": "compared"}
    cell = Cell(what.get(row["measure"], "course known"), about=row["level"])
    yield Shown("n", cell)
    if row["measure"] == "assessed":
        yield Shown("estimate", cell)


def _themes(row: Row) -> Iterator[Shown]:
    yield Shown("n", Cell("interviewed", about=row["term"], by=row["group_by"], group=row["level"]))
    yield Shown("estimate", Cell("theme", about=row["term"], by=row["group_by"], group=row["level"]))


def _intercurrent(row: Row) -> Iterator[Shown]:
    arm, population, term = row["level"], row["population"], row["term"]
    about = {"population": population, "endpoint": "full_rtw"}
    people = Cell("analysed", arm=arm) if population == "itt" else Cell("people", arm=arm, **about)
    whole = {
        "relapse": Cell("events", arm=arm, **about),
        "no_or_late_ad": Cell("seen", population, about=term, arm=arm),
    }
    yield Shown("n", whole.get(term, people))
    own = Cell("intercurrent", population, about=term, arm=arm)
    yield Shown("n_events", own)
    yield Shown("estimate", own)


def _organisation(row: Row) -> Iterator[Shown]:
    population = row["population"]
    own = {"by": "organisation", "group": row["term"], "about": "" if row["level"] == "own" else "others"}
    everybody = Cell("place", **own) if population == "itt" else Cell("people", population, "full_rtw", **own)
    yield Shown("n", everybody)
    yield Shown("n_events", Cell("events", population, "full_rtw", **own))


def _recovery(row: Row) -> Iterator[Shown]:
    arm = who(row).get("arm", "")
    watched = Cell("seen", about="after enrolment", arm=arm)  # some are not, when an interim cut-off comes at once
    if row["measure"] == "state_known_365":
        yield Shown("n", watched)
        yield Shown("estimate", Cell("known on 365", arm=arm))
    elif row["measure"].startswith("at_work"):
        yield Shown("n", Cell("known on 365", arm=arm))
        yield Shown("n_events", Cell("at work on 365", arm=arm))
    else:
        yield Shown("n", watched)
        yield Shown("n_events", Cell("new spells", arm=arm))


def _relapse(row: Row) -> Iterator[Shown]:
    arm = who(row).get("arm", "")
    yield Shown("n", Cell("lasting", "itt", arm=arm))
    yield Shown("n_events", Cell("relapse", arm=arm))
    if row["measure"] == "n_at_risk":
        yield Shown("estimate", Cell("still at work", time=row["time"], arm=arm))


def _followed(row: Row) -> Iterator[Shown]:
    """Who is followed in a named week: AO% and wage values."""
    about = {"population": row["population"], "about": row["origin"], "time": row["time"], **who(row)}
    known = Cell("wage value", **about)
    if row["analysis"] == "wage_value" and row["measure"] == "mean":
        yield Shown("n", known)
        return
    if row["measure"].startswith("change"):
        return
    yield Shown("n", Cell("followed", **about))
    if row["analysis"] == "wage_value":
        yield Shown("n_events", known)
        yield Shown("estimate", known)


def _weekly(row: Row) -> Iterator[Shown]:
    yield Shown("n", Cell("followed week", row["population"], time=row["time"], **who(row)))


def _states(row: Row) -> Iterator[Shown]:
    about = {"population": row["population"], **who(row)}
    yield Shown("n", Cell("people", endpoint="full_rtw", **about))
    if row["measure"] == "n_at_risk":
        yield Shown("estimate", Cell("known", time=row["time"], **about))
    else:
        yield Shown("n_events", Cell("visited", about=row["term"], **about))


def _cost(row: Row) -> Iterator[Shown]:
    found = who(row)
    if found.get("by"):
        yield Shown("n", Cell("place", **found))
        return
    arm = found.get("arm", "")
    yield Shown("n", Cell("analysed", arm=arm))
    known = row["measure"] == "n_known"
    yield Shown("n_events", Cell("known on 365", arm=arm) if known else Cell("has cost", about=row["term"], arm=arm))


_READERS: dict[str, Callable[[Row], Iterator[Shown]]] = {
    "flow": _flow, "baseline": _baseline, "survey": _survey, "adherence": _adherence, "fml_availability": _fml,
    "timing": _timing, "interview_themes": _themes, "intercurrent": _intercurrent, "organisation": _organisation,
    "recovery": _recovery, "relapse": _relapse, "ao_points": _followed, "wage_value": _followed, "ao_curve": _weekly,
    "state_occupation": _states, "cost": _cost, "cox_piecewise": _piecewise,
    **dict.fromkeys(
        ("km", "logrank", "rmst", "rmst_ratio", "days_not_returned", "days_not_returned_ratio", "fine_gray",
         "days_not_returned_adjusted", "days_not_returned_bootstrap", "rerandomisation", "cuminc", "followup",
         "cox_unadjusted", "cox_adjusted", "cox_adjusted_clustered", "cox_adjusted_clustered_t", "cox_interaction",
         "cox_adjusted_jackknife", "cox_adjusted_bootstrap", "cox_interaction_holm", "cox_interaction_pooled",
         "cox_cause_specific", "ph_test", "minimum_detectable", "events_per_cell", "ao_days"), _core),
}  # fmt: skip
