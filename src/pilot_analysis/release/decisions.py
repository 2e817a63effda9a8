"""The release record: what was decided about each result, by which rule, and a checksum of what is released of it.

- For a second person to sign; internal, because it tells a primary suppression from a secondary one.
- The checksum is SHA-256 over the released row as text; a withheld row has one too, of a row without numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.decisions import DECISIONS


def decide(
    released: pd.DataFrame, rules: pd.Series, suppressed: dict[str, tuple[str, str]], exempt: np.ndarray
) -> pd.DataFrame:
    """The release record (schema DECISIONS).

    Parameters
    ----------
    released
        The released store (schema RELEASED).
    rules
        The rule by which each row was rounded, by index of `released`.
    suppressed
        By `result_id` the decision and the rule of rows of which something is withheld, also of rows that are gone.
    exempt
        Rows that are exempt from suppression, as booleans.
    """
    texts = zip(*(released[name].astype("string").fillna("") for name in released.columns), strict=True)
    checksums = [hashlib.sha256("\x1f".join(row).encode()).hexdigest() for row in texts]
    rounded_ = [
        "exempt" if free else "rounded" if rule else "released" for free, rule in zip(exempt, rules, strict=True)
    ]
    rows = []
    for name, decision, rule, checksum in zip(released["result_id"], rounded_, rules, checksums, strict=True):
        decision, rule = suppressed.get(name, (decision, rule or "no number"))
        rows.append((name, decision, rule, checksum))
    shown = set(released["result_id"])
    rows += [(name, *why, None) for name, why in suppressed.items() if name not in shown]
    return conform(pd.DataFrame(rows, columns=list(DECISIONS.columns)), DECISIONS)
