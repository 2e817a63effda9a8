"""The business case as the plan assumes it (S7): amounts per term and daily wage, and what each assumption does to it.

- Nothing here comes from data: the rows are the same for every delivery, describe nobody, and have no interval.
- One-way sensitivity: each assumption at its low and its high value while all others stay; the mean per employee after
  the cost of assessments, and the replacement saved.
- Terms of months follow the assumptions: `wage_month_4`, `wage_month_5`, `wage_months_6_12` for the report's.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pilot_analysis.config import BusinessCase
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.business_case import Assumptions, business_case

ASSUMED_UNITS: Mapping[str, str] = {
    "daily_wage": "euro",
    "working_days": "days",
    "ao_fall_points": "points",
    "build_up_points": "points",
    "assessment_month": "months",
    "horizon_month": "months",
    "assessment_cost": "euro",
    "adjustable_percent": "percent",
    "replacement_cost": "euro",
}
METHOD = "as business_case, with this assumption at its low or high value and all others as assumed"
VARIED = ("net_mean", "replacement_total")
_TOTALS = ("wage_total", "wage_mean", "replacement_total", "ad_cost", "net_mean")


def business_case_rows(plan: BusinessCase) -> list[dict[str, Any]]:
    """Rows `business_case`: one per term and daily wage, euro per employee, `level` such as `daily_wage=176`."""
    about = {"measure": "amount", "unit": "euro", "method": method(assumptions(plan))}
    rows = Rows(_common("business_case", "daily_wage") | about)
    for wage in plan.daily_wages:
        for term, amount in terms(assumptions(plan, daily_wage=wage)).items():
            rows.add(level=f"daily_wage={wage:.10g}", term=term, estimate=float(amount))
    return rows.rows


def sensitivity_rows(plan: BusinessCase) -> list[dict[str, Any]]:
    """Rows `business_case_sensitivity`: per assumption (`term`) its values and what its low and high value give.

    Measures: `assumption` at level low, base, high, in its own unit; `net_mean`, `replacement_total` at low and high.
    """
    rows = Rows(_common("business_case_sensitivity", "assumption") | {"method": METHOD})
    for name, unit in ASSUMED_UNITS.items():
        item = plan.assumptions[name]
        for level, value in (("low", item.low), ("base", item.value), ("high", item.high)):
            rows.add(measure="assumption", level=level, term=name, estimate=float(value), unit=unit)
            if level != "base":
                found = business_case(assumptions(plan, **{name: value}))
                for measure in VARIED:
                    amount = float(getattr(found, measure))
                    rows.add(measure=measure, level=level, term=name, estimate=amount, unit="euro")
    return rows.rows


def _common(analysis: str, group_by: str) -> dict[str, str]:
    return {"analysis": analysis, "endpoint": "none", "population": "none", "origin": "none", "group_by": group_by}


def assumptions(plan: BusinessCase, **other: float) -> Assumptions:
    """The plan's assumptions with `other` values in place of some."""
    return Assumptions(**{name: item.value for name, item in plan.assumptions.items()} | other)


def terms(assumed: Assumptions) -> dict[str, Fraction]:
    """Amounts in euro by term, in the order in which they add up; the months with the whole fall are one term."""
    found = business_case(assumed)
    amounts = {f"wage_month_{month}": amount for month, amount in found.building.items()}
    if found.complete:
        first, last = found.complete
        amounts[f"wage_months_{first}_{last}"] = found.wage_complete
    return amounts | {name: getattr(found, name) for name in _TOTALS}


def method(assumed: Assumptions) -> str:
    """All that is needed to work the amounts out by hand."""
    a = assumed
    return (
        f"employer; AO% lower by {a.build_up_points:g} points more each month after month {a.assessment_month} up to "
        f"{a.ao_fall_points:g}, to month {a.horizon_month}; wage: the level's daily wage, {a.working_days:g}/12 days a "
        f"month; {a.adjustable_percent:g} % adjusted at once, the others a second assessment; assessment "
        f"{a.assessment_cost:g} euro; replacement {a.replacement_cost:g} euro a day in months with the whole fall, "
        "not in the net amount"
    )
