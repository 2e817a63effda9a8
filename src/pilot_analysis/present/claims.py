"""What may be claimed: the primary result, and the tests of the plan in their order; the only place that decides it.

- The hierarchy of the plan: P1, restricted days with any absence, sustained return, employer cost. Each is tested only
  when all before it are significant; nothing else is ever called significant.
- Where nothing was randomised nothing is tested: a difference then describes whole organisations (`associated`).
- The decision reads the interval of the store: it excludes zero or it does not.
"""

from __future__ import annotations

from pilot_analysis.present.store import DIFFERENCE, ORIGIN, Result, Store

ANY_ABSENCE = {"analysis": "ao_days", "measure": "days_any_absence_difference", "population": "landmark_84"}
EMPLOYER_COST = {"analysis": "cost_difference", "measure": "mean_difference", "term": "employer:full"}
P1 = {"analysis": "days_not_returned", "measure": "mean_difference", "population": "landmark_84"}


def primary(store: Store, endpoint: str = "full_rtw") -> Result:
    """Difference in mean days not returned from day 84 (intervention - control); P1 for `full_rtw`; may be absent."""
    rows = store.select(**P1, endpoint=endpoint, group_by="arm", level=DIFFERENCE)
    absent = Result(**P1, endpoint=endpoint, origin=ORIGIN["landmark_84"], group_by="arm", level=DIFFERENCE)
    return rows[0] if rows else absent


def excludes(result: Result, value: float) -> bool:
    """The interval of `result` leaves `value` out."""
    return result.ci_high < value or result.ci_low > value


def any_absence(store: Store) -> Result:
    """Difference in restricted days with any absence from day 84 (intervention - control); may be absent."""
    rows = store.select(**ANY_ABSENCE, group_by="arm", level=DIFFERENCE)
    at = {"endpoint": "ao_percent", "origin": ORIGIN["landmark_84"], "group_by": "arm", "level": DIFFERENCE}
    return rows[0] if rows else Result(**ANY_ABSENCE, **at)


def employer_cost(store: Store) -> Result:
    """Difference in mean cost for the employer (intervention - control); may be absent."""
    rows = store.select(**EMPLOYER_COST, group_by="arm", level=DIFFERENCE)
    absent = Result(**EMPLOYER_COST, endpoint="cost", population="itt", origin="t0", group_by="arm", level=DIFFERENCE)
    return rows[0] if rows else absent


def claims(store: Store, *, randomised: bool) -> dict[str, tuple[Result, str]]:
    """The tests of the plan in their order: result, and the key under `table.hierarchy` of what may be said of it."""
    tests = {
        "p1": primary(store),
        "days_with_absence": any_absence(store),
        "sustained": primary(store, "sustained_rtw"),
        "cost": employer_cost(store),
    }
    if not randomised:
        return {name: (result, "associated" if _complete(result) else "blank") for name, result in tests.items()}
    found: dict[str, tuple[Result, str]] = {}
    for name, result in tests.items():
        reached = all(key == "significant" for _, key in found.values())
        found[name] = (result, claim_key(result) if reached else "not_tested")
    return found


def claim_key(result: Result) -> str:
    """Key under `table.hierarchy` of what a test that is reached allows to say."""
    if not _complete(result):
        return "blank"
    return "significant" if excludes(result, 0) else "not_significant"


def _complete(result: Result) -> bool:
    return result.ok and result.ci_low is not None and result.ci_high is not None
