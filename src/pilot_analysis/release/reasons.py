"""Reasons for which there is no estimate that would tell a number of people: they become the reason of withheld rows.

- The rules by which a number is not estimable are public: that fewer than five are followed to the end, or that a group
  has fewer than ten events in an arm, is a range narrower than the threshold. So is that all are alike.
- A reason may stay that says what was not delivered or cannot be measured, that something happened to nobody (a zero
  is shown everywhere), or what the released curve of an arm shows.
- So may every reason of a row about nobody at all.
- Reasons of several arms are joined by semicolons; all of them have to be of that kind.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_NOBODY = r"nobody|this happened to nobody|no event|on day \d+ nobody"
_DELIVERY = (
    r"no (?:questionnaires|costs?|wage value|date|themes|activities|department|region|FML|reports?)\b"
    r"|not measurable|not delivered|none? (?:was|were) delivered|in neither library|lifelines and statsmodels"
    r"|fewer than \d+ items"
    r"|this characteristic follows|the arms are asked|no result to point to|no organisation has cases in both arms"
    r"|Gray's test does not|too many (?:tied events|cases)|the jackknife is for at most"
    r"|the bootstrap samples do not differ|no days are saved|labour experts do not cost more|the design declares"
    r"|the result has no interval|the arm follows"
)
_CURVE = r"the curve stays above a half|fewer than half have"
_ARM = re.compile(r"^(?:intervention|control): ")


def tells_people(rows: pd.DataFrame) -> np.ndarray:
    """Rows of the store (schema ESTIMATES), as booleans, whose reason depends on hidden numbers of people."""
    none = (rows["status"].eq("not_estimable") & rows["n"].ne(0).fillna(True)).to_numpy(dtype=bool)
    by_arm = rows["group_by"].isin(["arm", "all"]).to_numpy(dtype=bool)
    pairs = list(zip(rows.loc[none, "reason"], by_arm[none].tolist(), strict=True))
    tells = {pair: _tells(*pair) for pair in set(pairs)}
    found = np.zeros(len(rows), dtype=bool)
    found[none] = [tells[pair] for pair in pairs]
    return found


def _tells(reason: str, of_arm: bool) -> bool:
    kept = re.compile(rf"(?:{_NOBODY}|{_DELIVERY}{f'|{_CURVE}' if of_arm else ''})")
    return not all(kept.match(_ARM.sub("", part.strip())) for part in reason.split(";"))
