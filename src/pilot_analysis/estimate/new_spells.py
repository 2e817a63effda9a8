"""New absence spells after enrolment as recurrent events, with leaving as the end of them.

- A spell is new where the path says so (`spell` of the periods): AO% above 0 after at least `merge_gap_days` days at 0.
- Time is days since enrolment. Everybody under observation is at risk, also while absent: the mean is per allocated
  case and not a rate among those at work. Who has left has no more spells, and stays in the mean (Ghosh-Lin).
- A spell on the day of leaving counts; such a case leaves a day later.
- Not estimable: nobody in the arm, no new spell in it, everybody alike, or fewer people than the threshold followed to
  the horizon.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.models.arithmetic import Mean
from pilot_analysis.models.outcome import CENSORED, COMPETING, EVENT, Outcome
from pilot_analysis.models.product_limit import n_at_risk_at
from pilot_analysis.models.recurrent import mean_cumulative, mean_number

NOBODY = "nobody in this arm"
NO_SPELL = "nobody has a new absence spell"
NO_VARIANCE = "these events leave no variance to estimate"
_NO_SPREAD = 1e-9  # spells per case: a standard error this small is rounding


def spell_outcome(people: pd.DataFrame, periods: pd.DataFrame, horizon: int) -> tuple[Outcome, np.ndarray]:
    """Rows from one new spell to the next for everybody, in days since enrolment, and whose they are.

    `people` are cases followed beyond enrolment, `periods` fits schemas.derived. State 1 where a spell starts, 2 where
    the person leaves, 0 where observation ends, at `horizon` at the latest. Whose: position in `people`.
    """
    entry = people["entry"].to_numpy("int64")
    last = people["last_known_day"].to_numpy("int64") - entry
    case, start = _starts(people["case_id"], entry, periods)
    known = start <= np.minimum(last, horizon)[case]
    case, start = case[known], start[known]
    latest = np.zeros(len(entry), dtype="int64")
    latest[case] = start  # by day: the last one stays
    leaves = people["leaves"].to_numpy(dtype=bool)
    end = last + (leaves & (latest == last))
    state = np.where(leaves & (end <= horizon), COMPETING, CENSORED)
    end = np.minimum(end, horizon)
    rest = np.flatnonzero(end > latest)
    rows = pd.DataFrame(
        {
            "case": np.concatenate([case, rest]),
            "time": np.concatenate([start, end[rest]]),
            "state": np.concatenate([np.full(len(case), EVENT), state[rest]]),
        }
    ).sort_values(["case", "time"], ignore_index=True)
    before = rows.groupby("case")["time"].shift(fill_value=0)
    return Outcome.of(before.to_numpy(), rows["time"].to_numpy(), rows["state"].to_numpy()), rows["case"].to_numpy()


def _starts(case_ids: pd.Series, entry: np.ndarray, periods: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Who starts a new spell on which day after enrolment, by person and day."""
    position = pd.Index(case_ids).get_indexer(periods["case_id"])
    spell, first = periods["spell"].to_numpy("int64"), periods["first_day"].to_numpy("int64")
    starts = np.zeros(len(periods), dtype=bool)
    starts[1:] = (position[1:] == position[:-1]) & (spell[1:] > spell[:-1]) & (position[1:] >= 0)
    case, day = position[starts], first[starts] - entry[position[starts]]
    order = np.lexsort((day, case))
    case, day = case[order], day[order]
    return case[day > 0], day[day > 0]


def mean_spells(outcome: Outcome, case: np.ndarray, horizon: int, at_least: int) -> Mean | str:
    """Mean number of new spells per case up to `horizon`, or the reason why there is none."""
    if not len(outcome):
        return NOBODY
    if not outcome.cause_specific.any():
        return NO_SPELL
    if n_at_risk_at(outcome, horizon) < at_least:
        return f"fewer than {at_least} people followed to day {horizon}"
    mean = mean_number(mean_cumulative(outcome, case), horizon)
    return mean if mean.se > _NO_SPREAD else NO_VARIANCE
