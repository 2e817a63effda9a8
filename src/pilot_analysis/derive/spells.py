"""Absence spells: delivered spells, merged by the four-week rule, and the one that was going on at enrolment.

- A delivered spell covers `first_absence_date .. return_date - 1`; without a return date it is open.
- Two spells of a case belong together when the next begins fewer than `merge_gap_days` after the return.
- The index spell is the merged spell of which a delivered spell contains the day of enrolment; t0 is its first day.

Overlapping spells are refused at the door (intake), so order by first day is order in time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.derive.days import FAR, day_numbers, latest


def merged_spells(absence_spells: pd.DataFrame, case_ids: pd.Index, merge_gap_days: int) -> pd.DataFrame:
    """Order the delivered spells of the cases in `case_ids` and number the merged spells.

    Returns one row per delivered spell: `case` (position in `case_ids`), `first`, `end` (first day back, `FAR` when
    open) as day numbers, `merged` (number of the merged spell, unique over cases), and its provenance.
    """
    spells = pd.DataFrame(
        {
            "case": case_ids.get_indexer(absence_spells["case_id"]),
            "first": day_numbers(absence_spells["first_absence_date"]),
            "end": day_numbers(absence_spells["return_date"]),
            "source_file": absence_spells["source_file"].array,
            "source_line": absence_spells["source_line"].array,
        }
    )
    spells = spells[spells["case"] >= 0].sort_values(["case", "first", "end"], kind="stable", ignore_index=True)
    case, first, end = (spells[name].to_numpy() for name in ("case", "first", "end"))
    starts_anew = np.ones(len(spells), dtype=bool)
    starts_anew[1:] = (case[1:] != case[:-1]) | (first[1:] - end[:-1] >= merge_gap_days)
    spells["merged"] = np.cumsum(starts_anew)
    return spells


def index_spells(spells: pd.DataFrame, enrolment: np.ndarray) -> pd.DataFrame:
    """Find t0 of each case: `enrolment` holds the day of enrolment by case position.

    Returns arrays by case position: `t0` (`FAR` without an index spell), `earlier_spells` (merged spells before it).
    """
    case, merged = spells["case"].to_numpy(), spells["merged"].to_numpy()
    contains = (spells["first"].to_numpy() <= enrolment[case]) & (enrolment[case] < spells["end"].to_numpy())
    index_merged = np.full(len(enrolment), -1, dtype="int64")
    index_merged[case[contains]] = merged[contains]
    belongs = merged == index_merged[case]
    t0 = np.full(len(enrolment), FAR, dtype="int64")
    np.minimum.at(t0, case[belongs], spells["first"].to_numpy()[belongs])
    before = spells[merged < index_merged[case]].drop_duplicates("merged")
    earlier = np.bincount(before["case"], minlength=len(enrolment))
    return pd.DataFrame({"t0": t0, "earlier_spells": earlier})


def within_spells(spells: pd.DataFrame, case: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Whether each (`case`, `day`) lies in a delivered spell; `spells` comes from `merged_spells`, days as there."""
    spell = latest(spells["case"].to_numpy(), spells["first"].to_numpy(), case, day)
    end = np.append(spells["end"].to_numpy(), -1)[spell]  # no spell has begun: -1 picks the appended "ended long ago"
    return day < end
