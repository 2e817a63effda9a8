"""People behind the numbers on time to return: curves, means, tests, Cox models, other exits.

- Members: the population of the endpoint, or a level of it. Events: returns; of leaving (`*_leaving`) those who left;
  of follow-up those whose observation ended without either.
- A piecewise effect rests on those at risk in its interval; a test of interaction on the groups with enough events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pilot_analysis.release.basis import Basis
from pilot_analysis.release.people import Chosen, People
from pilot_analysis.schemas.canonical import ARMS

ANALYSES = (
    "km", "logrank", "cuminc", "fine_gray", "cox_cause_specific", "followup", "ph_test", "events_per_cell",
    "minimum_detectable", "rerandomisation", "days_not_returned", "days_not_returned_ratio",
    "days_not_returned_adjusted", "days_not_returned_bootstrap", "rmst", "rmst_ratio", "cox_unadjusted",
    "cox_adjusted", "cox_adjusted_clustered", "cox_adjusted_clustered_t", "cox_adjusted_jackknife",
    "cox_adjusted_bootstrap", "cox_piecewise", "cox_interaction", "cox_interaction_pooled", "cox_interaction_holm",
)  # fmt: skip


def basis(people: People, row: Mapping[str, Any]) -> Basis:
    """The people behind a row of one of `ANALYSES`."""
    endpoint, found = row["endpoint"], people.endpoint(row["endpoint"])
    members = people.population(endpoint, row["population"])
    level = people.level(row["group_by"], row["level"], row["population"])
    members = members.where(level.who, *level.conditions)
    status = _status(row)
    events = members.where(found.has(status), f"status = {status}")
    if row["analysis"] == "cox_piecewise":
        members, events = _interval(people, row, members, events)
    elif row["measure"] == "interaction":
        members, events = _enough(people, row, members, events)
    counted = events if row["measure"] == "events" else None
    if row["measure"] == "n_at_risk":
        since = found.time - people.origin(row["population"], row["origin"])
        counted = members.where(since >= row["time"], f"days since the origin >= {row['time']:g}")
    return Basis(members, events, counted, endpoint=endpoint)


def _status(row: Mapping[str, Any]) -> str:
    if row["analysis"] == "followup":
        return "censored"
    return "competing" if row["measure"].endswith("_leaving") else "event"


def _interval(people: People, row: Mapping[str, Any], members: Chosen, events: Chosen) -> tuple[Chosen, Chosen]:
    """Those at risk in the interval that begins at `time`, and who return in it."""
    low, cut = row["time"], people.protocol.piecewise_cut
    high = people.protocol.thresholds.horizon_days if low >= cut else cut
    time, entry = people.endpoint(row["endpoint"]).time, people.number("entry", 0)
    there, said = (time > low) & (entry < high), (f"time > {low:g}", f"entry < {high}")
    return members.where(there, *said), events.where(there & (time <= high), *said, f"time <= {high}")


def _enough(people: People, row: Mapping[str, Any], members: Chosen, events: Chosen) -> tuple[Chosen, Chosen]:
    """Those of groups with enough events in both arms."""
    name = row["group_by"].split("*")[1]
    group, least = people.group(name, row["population"]), people.protocol.thresholds.min_events_per_arm_in_group
    enough = [
        value
        for value in np.unique(group[members.who].astype(str))
        if min((events.who & (group == value) & people.arm(arm)).sum() for arm in ARMS) >= least
    ]
    inside, said = np.isin(group.astype(str), enough), f"{name} in {{{', '.join(enough)}}}"
    return members.where(inside, said), events.where(inside, said)
