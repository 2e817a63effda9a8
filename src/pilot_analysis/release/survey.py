"""Suppression where counts of the questionnaires and interviews add up to a number that is shown.

- People in each state at a wave add up to the arm, answers to an item to those who answered it, interviews that mention
  a theme by tone to those that mention it. Where the hidden ones of such a sum are fewer than the threshold together,
  the smallest other that holds people goes too.
- Who answered and who did not make the response: with one of the two goes the response of that wave. So a state outside
  the response goes first.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_RESPONSE = ("answered", "not_answered", "outside_window")
_CODE = r"^(.*)\[(-?\d+)\]$"


def counts_given_away(rows: pd.DataFrame, small: np.ndarray, threshold: int) -> np.ndarray:
    """Rows of the store (schema ESTIMATES) to hide, given those that are `small` anyway; shape (rows,)."""
    hidden = small.copy()
    survey, known = rows["analysis"].eq("survey"), rows["status"].eq("ok")
    states = survey & rows["measure"].eq("n")
    item = rows["term"].str.extract(_CODE)[0]
    answers = survey & rows["measure"].eq("frequency") & item.notna()
    tones = rows["analysis"].eq("interview_themes") & rows["group_by"].eq("valence")
    at_wave = [rows["level"], rows["time"]]
    for part, keys in ((states, at_wave), (answers, [*at_wave, item]), (tones, [rows["term"]])):
        mine = np.flatnonzero((part & known).to_numpy(dtype=bool))
        people = (rows["estimate"] if part is not answers else rows["n_events"]).to_numpy("float64", na_value=np.nan)
        for places in _sums(mine, keys):
            _hide_one_more(hidden, places, people, rows["term"], threshold)
    return hidden | _responses(rows, hidden & states.to_numpy(dtype=bool))


def _sums(mine: np.ndarray, keys: list[pd.Series]) -> list[np.ndarray]:
    """Places of the rows that add up, sum by sum."""
    table = pd.DataFrame({str(number): key.iloc[mine].to_numpy() for number, key in enumerate(keys)})
    groups = table.groupby(list(table.columns), dropna=False).indices.values() if len(mine) else []
    return [mine[group] for group in groups]


def _hide_one_more(hidden: np.ndarray, places: np.ndarray, people: np.ndarray, term: pd.Series, threshold: int) -> None:
    """Hide the smallest other of a sum until the hidden ones hold enough people together; changes `hidden`."""
    others = [place for place in places if not hidden[place] and people[place] > 0]
    others.sort(key=lambda place: (term.iloc[place] in _RESPONSE, people[place]))
    together = people[places[hidden[places]]].sum()
    if 0 < together < threshold and others:
        hidden[others[0]] = True


def _responses(rows: pd.DataFrame, states: np.ndarray) -> np.ndarray:
    """Rows `response` of waves of which a number it is made of is hidden."""
    keys = pd.MultiIndex.from_frame(rows[["level", "time"]])
    made_of = states & rows["term"].isin(_RESPONSE[:2]).to_numpy(dtype=bool)
    response = (rows["analysis"].eq("survey") & rows["measure"].eq("response")).to_numpy(dtype=bool)
    return response & keys.isin(keys[made_of])
