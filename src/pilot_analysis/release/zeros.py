"""Nobody in a group, where the same group holds few elsewhere: that zero would help to tell how few.

- A zero is nobody's and is shown, so that a withheld count is known to be one at least, and what the other groups of an
  arm make together is known too. Of a group that is small in one table, a zero in another therefore goes.
- A group is a level of a grouping, in both arms, all populations and endpoints, and as a category of the baseline.
- The flow and zeros of whole arms stay.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_CATEGORY = r"^(?P<by>\w+)\[(?P<group>.*)\]$"
_WHOLE = ("arm", "all", "none")


def tells_a_group(rows: pd.DataFrame, threshold: int) -> np.ndarray:
    """Rows of the store (schema ESTIMATES), as booleans, with nobody of a group that has few elsewhere."""
    by, group = _groups(rows)
    ours = group.notna() & rows["analysis"].ne("flow")
    counts = [rows[name].where(ours) for name in ("n", "n_events")]
    few = np.logical_or.reduce([count.between(1, threshold - 1).fillna(False).to_numpy(bool) for count in counts])
    zero = np.logical_or.reduce([count.eq(0).fillna(False).to_numpy(bool) for count in counts])
    names = pd.MultiIndex.from_arrays([by, group])
    return zero & names.isin(names[few & ours.to_numpy(bool)].unique())


def _groups(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Grouping and group of each row, missing where it is about a whole arm or everybody."""
    category = rows["term"].where(rows["analysis"].eq("baseline")).astype("object").str.extract(_CATEGORY)
    divided = ~rows["group_by"].isin(_WHOLE)
    level = rows["level"].astype("object").str.replace(r"^.* @ ", "", regex=True)
    level = level.str.replace(r"^(?:intervention|control):", "", regex=True)
    by = rows["group_by"].astype("object").str.rpartition("*")[2].where(divided)
    named = category["group"].notna()
    return category["by"].where(named, by), category["group"].where(named, level.where(divided))
