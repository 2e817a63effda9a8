"""What labour experts did with each case, and when the first list of functional limitations (FML) was there.

- An activity is used when it is dated from t0 up to F; what was done in an earlier absence or later is not.
- A contact is any activity; an assessment is early, regular or repeated (`ASSESSMENTS`). The first of several on one
  day is the first in file order. `timing` places the first contact against the two windows of the plan.
- First FML of this absence as a time to event, asked of those who sign up without one: `event` on the day of the first
  FML after entry, `competing` when somebody fully returns (reason full_rtw) or leaves before it, else `censored`; an
  FML on the day of return or leaving counts. Time, reason and source of the others are those of `full_rtw`, because
  whoever has returned no longer waits for an FML. `not_at_risk`: as `full_rtw`, or an FML by enrolment.
- Groups are never made of these columns: arms stay as allocated.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.derive.days import FAR, day_numbers
from pilot_analysis.schemas import derived as schemas
from pilot_analysis.schemas.canonical import ASSESSMENTS
from pilot_analysis.schemas.columns import conform

_SOURCE = ["source_file", "source_line", "source_column"]


def guidance_rows(activities: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """The used activities, a row each, ordered by case and day (schema GUIDANCE).

    `cases` is one row per analysed case with case_id, arm, t0_day and followup (F, days from t0).
    """
    case = pd.Index(cases["case_id"]).get_indexer(activities["case_id"])
    rows, case = activities[case >= 0], case[case >= 0]
    day = day_numbers(rows["performed_on"]) - cases["t0_day"].to_numpy("int64")[case]
    rows = rows.assign(case=case, day=day, arm=cases["arm"].array.take(case), source_column="performed_on")
    used = (day >= 0) & (day <= cases["followup"].to_numpy("int64")[case])
    rows = rows[used].sort_values(["case", "day"], kind="stable", ignore_index=True)
    return conform(rows, schemas.GUIDANCE)


def process_rows(
    guidance: pd.DataFrame,
    fml: pd.DataFrame,
    costs: pd.DataFrame,
    cases: pd.DataFrame,
    outcomes: pd.DataFrame,
    protocol: Protocol,
) -> pd.DataFrame:
    """One row per analysed case (schema PROCESS); `cases` as in `guidance_rows`, `outcomes` of derivation."""
    contact = _first(guidance, cases)
    assessment = _first(guidance[guidance["activity"].isin(ASSESSMENTS)], cases)
    physician = costs[costs["category"] == "occupational_physician"]
    made = pd.DataFrame(
        {
            "case_id": cases["case_id"].array,
            "organisation": cases["organisation"].array,
            "arm": cases["arm"].array,
            "entry": cases["entry"].array,
            "followup": cases["followup"].array,
            "last_known_day": cases["last_known_day"].array,
            "first_contact_day": contact["day"].array,
            "first_contact_activity": contact["activity"].array,
            "first_contact_route": contact["route"].array,
            "timing": timing_of(contact["day"], protocol),
            "first_assessment_day": assessment["day"].array,
            "reassessed": cases["case_id"].isin(_reassessed(guidance)).array,
            "other_route": cases["case_id"].isin(guidance.loc[guidance["route"] != "regular", "case_id"]).array,
            "first_physician_day": _first_days(physician, "incurred_on", cases)[0],
        }
    )
    return conform(pd.concat([made, _fml_outcome(fml, cases, outcomes)], axis="columns"), schemas.PROCESS)


def timing_of(day: pd.Series, protocol: Protocol) -> pd.array:
    """Place of a day of first contact against the windows of the two arms; `none` without a contact."""
    days = day.astype("Int64").fillna(-1).to_numpy("int64")
    (first, first_end), (second, second_end) = (
        protocol.weeks["assessment_intervention"],
        protocol.weeks["assessment_control"],
    )
    chosen = [days < 0, days < first, days <= first_end, days < second, days <= second_end]
    return pd.array(np.select(chosen, ["none", *schemas.TIMINGS[:4]], "later"), dtype="string")


def _first(guidance: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """First activity of each case, by case position; empty without one."""
    first = guidance.drop_duplicates("case_id").set_index("case_id")
    return first[["day", "activity", "route"]].reindex(cases["case_id"]).reset_index(drop=True)


def _reassessed(guidance: pd.DataFrame) -> pd.Series:
    """Cases assessed again: a `reassessment` after an assessment on an earlier day, whatever the first was called."""
    done = guidance[guidance["activity"].isin(ASSESSMENTS)]
    first = done.groupby("case_id")["day"].transform("min")
    again = (done["activity"] == "reassessment") & (done["day"] > first)
    return done.loc[again, "case_id"]


def _first_days(table: pd.DataFrame, dated: str, cases: pd.DataFrame) -> tuple[pd.array, pd.DataFrame]:
    """First day from t0 up to F on which `table` has a row, by case position, and that row (empty without one)."""
    case = pd.Index(cases["case_id"]).get_indexer(table["case_id"])
    rows, case = table[case >= 0], case[case >= 0]
    day = day_numbers(rows[dated]) - cases["t0_day"].to_numpy("int64")[case]
    used = (day >= 0) & (day <= cases["followup"].to_numpy("int64")[case])
    rows = rows.assign(case=case, day=day)[used].sort_values(["case", "day"], kind="stable")
    rows = rows.drop_duplicates("case").set_index("case").reindex(range(len(cases)))
    return pd.array(rows["day"], dtype="Int64"), rows


def _fml_outcome(fml: pd.DataFrame, cases: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """First FML as a time to event: `first_fml_day`, `fml_time`, `fml_status`, `fml_reason`, and the source."""
    days, rows = _first_days(fml, "assessed_on", cases)
    first = days.fillna(FAR).to_numpy("int64") if len(cases) else np.empty(0, dtype="int64")
    entry = cases["entry"].to_numpy("int64")
    returned = outcomes[outcomes["endpoint"] == "full_rtw"].set_index("case_id").loc[cases["case_id"]].reset_index()
    status = returned["status"].to_numpy(object)
    time = returned["time"].fillna(0).to_numpy("int64")
    at_risk = status != "not_at_risk"
    before = at_risk & (first <= entry)
    event = at_risk & ~before & (first <= time)
    back = at_risk & ~before & ~event & (status == "event")
    found = pd.DataFrame({"first_fml_day": days})
    found["fml_status"] = np.select([before, event, back], ["not_at_risk", "event", "competing"], status)
    waiting = found["fml_status"].ne("not_at_risk")
    found["fml_time"] = pd.array(np.where(event, first, time), dtype="Int64")
    found["fml_time"] = found["fml_time"].where(waiting)
    reason = returned["reason"].astype(object).where(returned["reason"].notna(), None).to_numpy(object)
    reason = np.select([before, event, back], ["assessed_before_enrolment", None, "full_rtw"], reason)
    found["fml_reason"] = pd.array(reason, dtype="string")
    for name in _SOURCE:
        own = np.full(len(cases), "assessed_on", dtype=object) if name == "source_column" else rows[name].to_numpy()
        found[name] = np.where(before | event, own, returned[name].to_numpy(object))
    return found
