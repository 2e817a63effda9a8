"""The one daily AO% path of each case, stored as periods (case, first day, last day, AO%, state, source).

- Within a delivered spell AO% is 100 until the first `ao_percent` row dated in that spell, then the latest row's value;
  the next delivered spell begins at 100 again. Outside spells AO% is 0.
- A row dated outside every delivered spell has no effect.
- Days count from t0; the path ends on the last known day K, rows after it are unused.
- States: absent (100), partial (between), returned (day 1 .. `sustained_days` of a run at 0), recovered (beyond).

Everything else - endpoints, days lost, curves, cost - reads these periods.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.derive.days import day_numbers
from pilot_analysis.derive.spells import within_spells

STATES = ("absent", "partial", "returned", "recovered")
_RETURN, _START, _CHANGE = 0, 1, 2  # of several on one day the highest holds: a spell that starts beats a return


def ao_periods(
    spells: pd.DataFrame, ao_percent: pd.DataFrame, case_ids: pd.Index, t0: np.ndarray, last_known: np.ndarray
) -> pd.DataFrame:
    """Build the periods of all cases that have a t0 and a last known day >= 0.

    `spells` comes from `merged_spells`; `t0` (day number) and `last_known` (K, days from t0) are by case position,
    K < 0 for cases without a path. Returns `case`, `first_day`, `last_day`, `ao_percent` and the provenance, ordered by
    case and day; the periods of a case touch, and cover 0 .. K.
    """
    points = pd.concat([_spell_points(spells), _change_points(spells, ao_percent, case_ids)], ignore_index=True)
    case = points["case"].to_numpy()
    first_day = points["day"].to_numpy() - t0[case]
    rows = np.flatnonzero((first_day >= 0) & (first_day <= last_known[case]))
    # One number per case and day, so that millions of points are sorted by a single key; days are below 2**26.
    moment = case[rows] * np.int64(2**26) + first_day[rows]
    order = np.argsort(moment * 4 + points["order"].to_numpy()[rows], kind="stable")
    rows, moment = rows[order], moment[order]
    rows = rows[np.append(moment[1:] != moment[:-1], True)[: len(rows)]]  # the highest of each day
    points = points.drop(columns=["day", "order"]).take(rows).reset_index(drop=True)
    points["first_day"] = first_day[rows]
    case, first = points["case"].to_numpy(), points["first_day"].to_numpy()
    last = last_known[case]
    same = case[1:] == case[:-1]
    last[:-1][same] = first[1:][same] - 1
    points["last_day"] = last
    return points[["case", "first_day", "last_day", "ao_percent", "source_file", "source_line", "source_column"]]


def _spell_points(spells: pd.DataFrame) -> pd.DataFrame:
    """Days on which a spell starts (AO% 100) or ends (AO% 0); a spell without a day does not start."""
    starts = spells[spells["end"] > spells["first"]]
    keep = ["case", "source_file", "source_line"]
    return pd.concat(
        [
            starts[keep].assign(
                day=starts["first"], ao_percent=100.0, order=_START, source_column="first_absence_date"
            ),
            spells[keep].assign(day=spells["end"], ao_percent=0.0, order=_RETURN, source_column="return_date"),
        ]
    )


def _change_points(spells: pd.DataFrame, ao_percent: pd.DataFrame, case_ids: pd.Index) -> pd.DataFrame:
    """The `ao_percent` rows dated within a delivered spell."""
    rows = pd.DataFrame(
        {
            "case": case_ids.get_indexer(ao_percent["case_id"]),
            "day": day_numbers(ao_percent["valid_from"]),
            "ao_percent": ao_percent["ao_percent"].to_numpy(dtype="float64"),
            "source_file": ao_percent["source_file"].array,
            "source_line": ao_percent["source_line"].array,
        }
    )
    rows = rows[rows["case"] >= 0]
    within = within_spells(spells, rows["case"].to_numpy(), rows["day"].to_numpy())
    return rows[within].assign(order=_CHANGE, source_column="ao_percent")


def runs_at_work(periods: pd.DataFrame, limit: float = 0.0) -> pd.DataFrame:
    """Longest runs of consecutive days with AO% <= `limit`.

    Returns `case`, `start`, `end` (days from t0, both included) and `first_period` (row of `periods` it starts with).
    """
    case, low = periods["case"].to_numpy(), periods["ao_percent"].to_numpy() <= limit
    begins = np.ones(len(periods), dtype=bool)
    begins[1:] = (case[1:] != case[:-1]) | (low[1:] != low[:-1])
    firsts = np.flatnonzero(begins)
    lasts = np.append(firsts[1:], len(periods)) - 1 if len(firsts) else firsts
    firsts, lasts = firsts[low[firsts]], lasts[low[firsts]]
    return pd.DataFrame(
        {
            "case": case[firsts],
            "start": periods["first_day"].to_numpy()[firsts],
            "end": periods["last_day"].to_numpy()[lasts],
            "first_period": firsts,
        }
    )


def with_states(periods: pd.DataFrame, sustained_days: int) -> pd.DataFrame:
    """Add `state`; a period that crosses day `sustained_days` of a run at AO% 0 is split there."""
    runs = runs_at_work(periods)
    run = np.searchsorted(runs["first_period"].to_numpy(), np.arange(len(periods)), side="right") - 1
    at_work = periods["ao_percent"].to_numpy() == 0
    start = runs["start"].to_numpy()[run] if len(runs) else np.zeros(len(periods), dtype="int64")
    recovered_from = np.where(at_work, start + sustained_days, np.iinfo("int64").max)
    first, last = periods["first_day"].to_numpy(), periods["last_day"].to_numpy()
    crosses = (first < recovered_from) & (recovered_from <= last)
    place = np.repeat(np.arange(len(periods)), 1 + crosses)
    tail = np.append(False, place[1:] == place[:-1])[: len(place)]  # the second part of a period that is split
    head = np.append(tail[1:], False)[: len(place)]
    begin, at_work = np.where(tail, recovered_from[place], first[place]), at_work[place]
    ao = periods["ao_percent"].to_numpy()[place]
    state = np.select([begin >= recovered_from[place], at_work, ao >= 100], [3, 2, 0], 1)
    both = periods.drop(columns=["first_day", "last_day"]).take(place).reset_index(drop=True)
    both["first_day"], both["last_day"] = begin, np.where(head, recovered_from[place] - 1, last[place])
    both["state"] = pd.array(STATES, dtype="string").take(state)
    return both


def ao_weighted_days(periods: pd.DataFrame, until: np.ndarray) -> np.ndarray:
    """Sum of AO%/100 over days 0 .. `until` - 1 (by case position), in days."""
    case = periods["case"].to_numpy()
    days = np.minimum(periods["last_day"].to_numpy() + 1, until[case]) - periods["first_day"].to_numpy()
    lost = np.clip(days, 0, None) * periods["ao_percent"].to_numpy() / 100
    return np.bincount(case, weights=lost, minlength=len(until))
