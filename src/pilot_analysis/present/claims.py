"""What may be claimed: the primary result and the words for its test; the only place where significance is decided.

- The hierarchy of the plan: P1 first; nothing else is tested in this version, so nothing else is called significant.
- The decision reads the interval of the store: it excludes zero or it does not.
"""

from __future__ import annotations

from pilot_analysis.present.store import DIFFERENCE, ORIGIN, Result, Store

P1 = {"analysis": "days_not_returned", "measure": "mean_difference", "population": "landmark_84"}


def primary(store: Store, endpoint: str = "full_rtw") -> Result:
    """Difference in mean days not returned from day 84 (intervention - control); P1 for `full_rtw`; may be absent."""
    rows = store.select(**P1, endpoint=endpoint, group_by="arm", level=DIFFERENCE)
    absent = Result(**P1, endpoint=endpoint, origin=ORIGIN["landmark_84"], group_by="arm", level=DIFFERENCE)
    return rows[0] if rows else absent


def excludes(result: Result, value: float) -> bool:
    """The interval of `result` leaves `value` out."""
    return result.ci_high < value or result.ci_low > value


def claim_key(result: Result) -> str:
    """Key under `table.hierarchy` of what the test of P1 allows to say."""
    if not result.ok or result.ci_low is None or result.ci_high is None:
        return "blank"
    return "significant" if excludes(result, 0) else "not_significant"
