"""What each case cost, per interval of `interval_days` days since t0, over the days 0 .. F-1.

- Wage of the days lost: daily wage x contract_fte x AO%/100 on each day of the AO% path, at `working_days_per_year` /
  `days_per_year` working days per calendar day; times the share of wage paid (`pay_share`): all of it, or reduced.
- Production loss (for society): the same wage days x `friction_elasticity`, only on the first `friction_days` days of
  an absence; an absence ends with a run at AO% 0 of `merge_gap_days` days or more (the rule that separates spells).
- Delivered costs count on the day incurred. For a case without a `labour_expert` cost row on those days (an invoice of
  an earlier absence, or one that came after them, is none) the labour expert's cost comes from `ad_activities`: the
  cost charged or, where that is 0, hours x `labour_expert_hour_eur`.
- A cost dated outside the days 0 .. F-1 has no effect. A case that was never followed has no row.

It fails when a case has a path but no daily wage or contract_fte (validation refuses such a delivery).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.derive.days import day_numbers, latest
from pilot_analysis.derive.path import runs_at_work
from pilot_analysis.schemas.canonical import COST_CATEGORIES
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.derived import COSTS


def cost_intervals(
    analysed: pd.DataFrame, periods: pd.DataFrame, tables: dict[str, pd.DataFrame], protocol: Protocol
) -> pd.DataFrame:
    """Cost by case and interval in euro, and the AO-weighted days lost; fits schemas.derived.COSTS.

    `analysed` has case_id, t0_day, followup (F), daily_wage_eur, contract_fte, by case position; `periods` comes from
    `path.ao_periods`; `tables` holds the canonical tables costs and ad_activities.
    """
    rules, until = protocol.cost, np.maximum(analysed["followup"].to_numpy("int64"), 0)
    first = np.arange(0, protocol.thresholds.horizon_days, rules.interval_days)
    days = np.clip(until[:, None] - first, 0, rules.interval_days)
    lost, friction = _days_lost(periods, until, first, protocol)
    per_day = analysed["daily_wage_eur"].to_numpy("float64") * analysed["contract_fte"].to_numpy("float64")
    per_day = (per_day * rules.working_days_per_year / rules.days_per_year)[:, None]
    amounts = {
        "ao_days": lost,
        "wage_full": rules.pay_share["full"] * per_day * lost,
        "wage_reduced": rules.pay_share["reduced"] * per_day * lost,
        "production_loss": rules.friction_elasticity * per_day * friction,
    }
    delivered = _delivered(analysed, until, tables, len(first), protocol)
    amounts |= {name: delivered[:, :, place] for place, name in enumerate(COST_CATEGORIES)}
    case, interval = np.nonzero(days)
    rows = pd.DataFrame({name: values[case, interval] for name, values in amounts.items()})
    case_ids = analysed["case_id"].take(case).array
    rows = rows.assign(case_id=case_ids, interval=interval, first_day=first[interval], days=days[case, interval])
    return conform(rows, COSTS)


def _days_lost(
    periods: pd.DataFrame, until: np.ndarray, first: np.ndarray, protocol: Protocol
) -> tuple[np.ndarray, np.ndarray]:
    """AO-weighted days by case and interval: all, and those within the friction period."""
    case, share = periods["case"].to_numpy(), periods["ao_percent"].to_numpy("float64") / 100
    begin, end = periods["first_day"].to_numpy(), np.minimum(periods["last_day"].to_numpy() + 1, until[case])
    friction_end = np.minimum(end, _absence_start(periods, protocol) + protocol.cost.friction_days)
    both = np.zeros((2, len(until), len(first)))
    for place, start in enumerate(first):
        stop = min(start + protocol.cost.interval_days, protocol.thresholds.horizon_days)
        for which, last in enumerate((end, friction_end)):
            days = np.clip(np.minimum(last, stop) - np.maximum(begin, start), 0, None)
            both[which, :, place] = np.bincount(case, weights=days * share, minlength=len(until))
    return both[0], both[1]


def _absence_start(periods: pd.DataFrame, protocol: Protocol) -> np.ndarray:
    """First day of the absence that each period belongs to: t0, or the day after the latest long run at work."""
    runs = runs_at_work(periods)
    runs = runs[runs["end"] - runs["start"] + 1 >= protocol.thresholds.merge_gap_days]
    after = runs["end"].to_numpy() + 1
    found = latest(runs["case"].to_numpy(), after, periods["case"].to_numpy(), periods["first_day"].to_numpy())
    return np.where(found >= 0, np.append(after, 0)[found], 0)


def _delivered(
    analysed: pd.DataFrame, until: np.ndarray, tables: dict[str, pd.DataFrame], intervals: int, protocol: Protocol
) -> np.ndarray:
    """Delivered costs by case, interval and category."""
    case_ids = pd.Index(analysed["case_id"])
    costs, activities = tables["costs"], tables["ad_activities"]
    category = pd.Index(COST_CATEGORIES).get_indexer(costs["category"])
    labour_expert = COST_CATEGORIES.index("labour_expert")
    case = case_ids.get_indexer(costs["case_id"])
    acted = case_ids.get_indexer(activities["case_id"])
    t0, end = np.append(analysed["t0_day"].to_numpy("int64"), 0), np.append(until, 0)  # -1 picks 0: nobody, no days

    def within(who: np.ndarray, dated: pd.Series) -> np.ndarray:
        day = day_numbers(dated) - t0[who]
        return (day >= 0) & (day < end[who])

    invoices = case[(category == labour_expert) & within(case, costs["incurred_on"])]
    invoiced = np.isin(np.arange(len(case_ids)), invoices)
    charged = activities["cost_eur"].to_numpy("float64")
    by_hour = activities["hours"].to_numpy("float64") * protocol.cost.labour_expert_hour_eur
    amount = np.where(np.append(invoiced, False)[acted], 0.0, np.where(charged > 0, charged, by_hour))
    case = np.concatenate([case, acted])
    category = np.concatenate([category, np.full(len(acted), labour_expert)])
    amount = np.concatenate([costs["amount_eur"].to_numpy("float64"), amount])
    dated = pd.concat([costs["incurred_on"], activities["performed_on"]])
    used = within(case, dated)
    case, category, amount, day = case[used], category[used], amount[used], (day_numbers(dated) - t0[case])[used]
    place = (case * intervals + day // protocol.cost.interval_days) * len(COST_CATEGORIES) + category
    size = len(case_ids) * intervals * len(COST_CATEGORIES)
    return np.bincount(place, weights=amount, minlength=size).reshape(len(case_ids), intervals, len(COST_CATEGORIES))
