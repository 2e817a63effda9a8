"""Rows of the Theory of Change (S9): one per effect, with the direction that the pilot found.

- An effect points to one row of the results store; its own row repeats none of that row's numbers but the people and
  events (disclosure control then withholds both). `estimate` is 1 (the interval lies on the good side of no
  difference), -1 (on the other side: the effect turned out negative) or 0 (undecided). A limit that is missing counts
  as infinite. No difference is 1 for a ratio, else 0.
- `measure` is how near the result is to the effect: `direct`, `proxy`, `described` (arms asked at different times), or
  `gap`. `level` is theory:level:category, `term` the id of the effect, and the method names the result.
- Not estimable: not measurable within one year; a result not yet built, not in this run, not estimable itself, or
  without an interval; `described`. Fails with `UserError` when an effect points to several rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pilot_analysis.config import Protocol
from pilot_analysis.errors import UserError
from pilot_analysis.estimate.store import Rows, result_id
from pilot_analysis.estimate.survey import APART
from pilot_analysis.theory import GAP, Effect, pointing

GROUPING = "theory*level*category"
_NO_RESULT = "no result to point to"
_KEYS = ("analysis", "measure", "endpoint", "population", "level", "term")


def theory_rows(rows: Sequence[Mapping[str, Any]], protocol: Protocol) -> list[dict[str, Any]]:
    """A row per effect of `protocol.theory`; `rows` are all other rows of the store, before they become a table."""
    made = Rows(
        {
            "analysis": "theory_of_change",
            "endpoint": "none",
            "population": "allocated",
            "origin": "none",
            "group_by": GROUPING,
            "unit": "direction",
        }
    )
    wanted = {effect.result_analysis for effect in protocol.theory if effect.measured}
    candidates = [row for row in rows if row["analysis"] in wanted]
    for effect in protocol.theory:
        _add(made, effect, candidates)
    return made.rows


def direction(low: float | None, high: float | None, none: float, good: str) -> int:
    """1 when the interval lies on the good side of `none`, -1 on the other side, 0 when it does not tell."""
    above = _known(low) and low > none
    below = _known(high) and high < none
    return (int(above) - int(below)) * (1 if good == "up" else -1)


def _add(made: Rows, effect: Effect, candidates: Sequence[Mapping[str, Any]]) -> None:
    level = f"{effect.theory}:{effect.level}:{effect.category}"
    about = {"measure": effect.fit or GAP, "level": level, "term": effect.id, "method": _NO_RESULT}
    if not effect.measured:
        made.add_not_estimable(f"not measurable within one year: {effect.reason_en}", **about)
        return
    found = [row for row in candidates if _fits(row, effect)]
    if len(found) > 1:
        ids = ", ".join(sorted(result_id(row) for row in found))
        raise UserError(f"config/theory_of_change.csv, {effect.id}: it points to several results; name one of {ids}")
    if not found:
        built = any(row["analysis"] == effect.result_analysis for row in candidates)
        made.add_not_estimable("no such result in this run" if built else "not yet built", **about)
        return
    row = found[0]
    about |= {"method": pointing(result_id(row), effect.good), "n": row["n"], "n_events": row["n_events"]}
    why_not = _why_not(row, effect)
    if why_not:
        made.add_not_estimable(why_not, **about)
        return
    none = 1.0 if row["unit"] == "ratio" else 0.0
    made.add(estimate=float(direction(row["ci_low"], row["ci_high"], none, effect.good)), **about)


def _fits(row: Mapping[str, Any], effect: Effect) -> bool:
    """Whether this is the row that the effect points to; a time that the effect leaves out may be any."""
    same = all((row[key] or "") == getattr(effect, f"result_{key}") for key in _KEYS)
    return same and (not effect.result_time or row["time"] == float(effect.result_time))


def _why_not(row: Mapping[str, Any], effect: Effect) -> str:
    if row["status"] != "ok":
        return str(row["reason"])
    if effect.fit == "described":
        return APART
    return "" if _known(row["ci_low"]) or _known(row["ci_high"]) else "the result has no interval"


def _known(limit: float | None) -> bool:
    return limit is not None and not math.isnan(limit)
