"""Who had a labour expert, when, by which route and for what; the steps of the law; as described, by allocated arm.

- `percent`: share of people with Wilson's interval (`n_events` of `n`); `median`: day from t0, distribution-free
  interval, among those to whom it happened.
- timing: first contact of everyone analysed against the windows of the two arms. window: an assessment within a window,
  among those enrolled, still absent when it opens and followed to its end. route: of the first contact, among those
  with a contact; other_route: anything outside the regular process, of everyone.
- law: who is still absent on the last day of the week of a step of the law (of those enrolled and followed until then),
  and the share of those for whom the step was taken. Only week 6 can be seen, by a cost of the physician up to then.
- `published`: what the sources print, beside it; without people.
- Not estimable: no activities (costs) delivered; nobody to count.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.ao_on_day import AoPath
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.proportions import median, share
from pilot_analysis.schemas.canonical import ACTIVITIES, ASSESSMENTS, ROUTES
from pilot_analysis.schemas.derived import TIMINGS

LAW_WEEKS = (6, 8, 42, 52)  # problem analysis, action plan, report to UWV, evaluation of the first year
NO_ACTIVITIES = "no activities of labour experts were delivered"
NO_COSTS = "no costs of the occupational physician were delivered"
NO_DATE = "no date of this step is part of a delivery"
NOBODY_ABSENT = "nobody was still absent and followed then"
NOBODY_HAD = "this happened to nobody"
NOBODY = "nobody in this arm"
_WILSON = "share with Wilson's interval; "
_MEDIAN = "median day from t0 among those to whom it happened; interval of order statistics"


class Published(NamedTuple):
    """A number as a source prints it."""

    term: str
    percent: float
    source: str


PUBLISHED = (
    Published("route[regular]", 96.0, "AKC interim article (2022): 96 percent of absence cases, regular process"),
    Published("other_route", 4.0, "AKC interim article (2022): 4 percent seen otherwise, such as by file analysis"),
    Published("reassessed", 44.0, "Phase I report (2020), 4.2.2: after 56 percent no second assessment is needed"),
)


class People(NamedTuple):
    """The analysed cases (schema PROCESS), their used activities (schema GUIDANCE), and their AO% by day."""

    process: pd.DataFrame
    guidance: pd.DataFrame
    path: AoPath

    def had(self, activities: tuple[str, ...], first: int = 0, last: int = 10**6) -> np.ndarray:
        """Who had one of these activities on the days `first` .. `last`."""
        day = self.guidance["day"]
        rows = self.guidance[self.guidance["activity"].isin(activities) & (day >= first) & (day <= last)]
        return self.process["case_id"].isin(rows["case_id"]).to_numpy(dtype=bool)

    def absent_on(self, day: int, known_until: int) -> np.ndarray:
        """Who is enrolled and absent on `day` and followed through `known_until`."""
        seen = self.process["last_known_day"].to_numpy("int64") >= known_until
        return self.enrolled_by(day) & seen & (self.path.on(day) > 0)

    def enrolled_by(self, day: int) -> np.ndarray:
        """Who is enrolled on or before `day`."""
        return self.process["entry"].to_numpy("int64") <= day


def adherence_rows(
    process: pd.DataFrame, guidance: pd.DataFrame, periods: pd.DataFrame, protocol: Protocol
) -> list[dict[str, Any]]:
    """All rows of `adherence`; the tables are those of derivation (`periods` of everyone analysed)."""
    rows = Rows({"analysis": "adherence", "endpoint": "none", "population": "itt", "origin": "t0", "group_by": "arm"})
    people = People(process, guidance, AoPath(periods, process["case_id"]))
    for arm in ARMS:
        in_arm = (process["arm"] == arm).to_numpy(dtype=bool)
        _guidance_shares(rows, people, arm, in_arm, protocol)
        _guidance_days(rows, people, arm, in_arm, protocol)
        _law(rows, people, arm, in_arm, protocol)
    for item in PUBLISHED:
        rows.add(
            group_by="all", level="published", measure="percent", term=item.term, unit="percent", estimate=item.percent,
            method=item.source,
        )  # fmt: skip
    return rows.rows


def _guidance_shares(rows: Rows, people: People, arm: str, in_arm: np.ndarray, protocol: Protocol) -> None:
    process = people.process
    missing = NO_ACTIVITIES if people.guidance.empty else None
    contact = process["first_contact_day"].notna().to_numpy()
    assessed = process["first_assessment_day"].notna().to_numpy()

    def add(term: str, has: np.ndarray, of: np.ndarray, about: str, nobody: str = NOBODY) -> None:
        _share(rows, arm, term, has & of & in_arm, of & in_arm, about, missing or nobody, missing is not None, protocol)

    everyone = np.ones(len(process), dtype=bool)
    add("contact", contact, everyone, "of everyone analysed")
    add("assessment", assessed, everyone, "of everyone analysed")
    for timing in TIMINGS:
        add(f"timing[{timing}]", (process["timing"] == timing).to_numpy(dtype=bool), everyone, "of everyone analysed")
    for name, (first, last) in protocol.weeks.items():
        about = "of those enrolled, still absent when the window opens and followed to its end"
        of = people.absent_on(first, known_until=last)
        add(f"window[{name}]", people.had(ASSESSMENTS, first, last), of, about, NOBODY_ABSENT)
    for route in ROUTES:
        has = process["first_contact_route"].eq(route).fillna(False).to_numpy(dtype=bool)
        add(f"route[{route}]", has, contact, "first contact, of those with a contact", NOBODY_HAD)
    add("other_route", process["other_route"].to_numpy(dtype=bool), everyone, "any activity, of everyone analysed")
    for activity in ACTIVITIES:
        add(f"activity[{activity}]", people.had((activity,)), everyone, "of everyone analysed")
    add("reassessed", process["reassessed"].to_numpy(dtype=bool), assessed, "of those assessed", NOBODY_HAD)


def _share(
    rows: Rows,
    arm: str,
    term: str,
    has: np.ndarray,
    of: np.ndarray,
    about: str,
    reason: str,
    missing: bool,
    protocol: Protocol,
) -> None:
    """A share of people in percent: `has` of `of`; `reason` where nobody is in `of` or the source is `missing`."""
    count, n = int(has.sum()), int(of.sum())
    keys = {"level": arm, "term": term, "measure": "percent", "unit": "percent", "method": _WILSON + about}
    if missing or n == 0:
        rows.add_not_estimable(reason, n=n, **keys)
        return
    found = share(count, n, protocol.thresholds.confidence_level)
    rows.add(
        estimate=100 * found.estimate, ci_low=100 * found.low, ci_high=100 * found.high, n=n, n_events=count, **keys
    )


def _guidance_days(rows: Rows, people: People, arm: str, in_arm: np.ndarray, protocol: Protocol) -> None:
    """Median day of the first contact, first assessment, and first activity of each kind."""
    process = people.process[in_arm]
    first = people.guidance[people.guidance["arm"] == arm].drop_duplicates(["case_id", "activity"])
    days = {"contact": process["first_contact_day"], "assessment": process["first_assessment_day"]}
    days |= {f"activity[{activity}]": first.loc[first["activity"] == activity, "day"] for activity in ACTIVITIES}
    for term, values in days.items():
        known = values.dropna().to_numpy(dtype="float64")
        keys = {"level": arm, "term": term, "measure": "median", "unit": "days", "method": _MEDIAN, "n": len(known)}
        if not len(known):
            rows.add_not_estimable(NO_ACTIVITIES if people.guidance.empty else NOBODY_HAD, **keys)
            continue
        found = median(known, protocol.thresholds.confidence_level)
        low, high = (None if np.isnan(limit) else limit for limit in (found.low, found.high))
        rows.add(estimate=found.estimate, ci_low=low, ci_high=high, **keys)


def _law(rows: Rows, people: People, arm: str, in_arm: np.ndarray, protocol: Protocol) -> None:
    physician = people.process["first_physician_day"]
    for week in LAW_WEEKS:
        day = 7 * week - 1
        followed = in_arm & people.enrolled_by(day) & (people.process["last_known_day"].to_numpy("int64") >= day)
        absent = in_arm & people.absent_on(day, known_until=day)
        about = "still absent on the last day of this week, of those enrolled and followed until then"
        _share(rows, arm, f"law[week_{week}]", absent, followed, about, NOBODY_ABSENT, False, protocol)
        about = f"a cost of the occupational physician by day {day}, of those still absent then"
        done = physician.le(day).fillna(False).to_numpy(dtype=bool) & absent
        reason = NO_DATE if week != LAW_WEEKS[0] else NO_COSTS if physician.isna().all() else NOBODY_ABSENT
        _share(rows, arm, f"law_done[week_{week}]", done, absent, about, reason, reason != NOBODY_ABSENT, protocol)
