"""How long each case can be seen, and whether it leaves.

- K, the last known day, is the earlier of the organisation's data cut-off and the case's end of follow-up, from t0.
- F = min(horizon, K). A case leaves when its end of follow-up has a competing reason, is K, and K <= horizon.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.derive.days import FAR, day_number, day_numbers
from pilot_analysis.schemas.canonical import COMPETING_REASONS


def follow_up(cases: pd.DataFrame, t0: np.ndarray, protocol: Protocol) -> pd.DataFrame:
    """Follow-up by case position; `cases` has organisation, followup_end_date, followup_end_reason; `t0` as day number.

    Returns `last_known_day` (K), `cutoff_day`, `followup` (F), `leaves`, `followup_reason`, and `ended_by_case` (the
    case's own end decided K, not the cut-off).
    """
    cutoffs = {name: day_number(protocol.dates.cutoff(name)) for name in cases["organisation"].unique()}
    cutoff = cases["organisation"].map(cutoffs).to_numpy(dtype="int64")
    end = day_numbers(cases["followup_end_date"])
    ended_by_case = end <= cutoff
    last_known = np.where(t0 < FAR, np.minimum(cutoff, end) - t0, -1)
    horizon = protocol.thresholds.horizon_days
    reason = cases["followup_end_reason"]
    leaves = ended_by_case & reason.isin(COMPETING_REASONS).to_numpy() & (last_known <= horizon)
    return pd.DataFrame(
        {
            "last_known_day": last_known,
            "cutoff_day": np.where(t0 < FAR, cutoff - t0, -1),
            "followup": np.minimum(horizon, last_known),
            "leaves": leaves,
            "followup_reason": reason.where(pd.Series(ended_by_case, index=cases.index), "data_cutoff").array,
            "ended_by_case": ended_by_case,
        }
    )
