"""Threshold suppression: no number that rests on fewer people (or events) than the threshold is shown.

- A row is suppressed when it concerns 1 .. threshold - 1 people, events, or people without the event where the number
  is a share; a count is suppressed when it is itself that small. Zero is shown. With a share or mean of
  the baseline goes its standardised difference, and with an arm's mean all that holds the difference of the arms.
- A probability at a milestone where fewer than the threshold are at risk is suppressed, and one of an exit that fewer
  have made by then; curves end there, and a curve with fewer events than the threshold is not shown.
- This is primary suppression only: it does not yet hinder subtraction between cells and tables. Until complementary
  suppression is built, what is below the reports folder is for internal use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pilot_analysis.release.ao import complete_curves, with_what_adds_up
from pilot_analysis.release.cost import cost_given_away
from pilot_analysis.release.lasting import lasting_recovery, without_remainder
from pilot_analysis.release.pointing import point_to
from pilot_analysis.release.survey import counts_given_away
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES

_REFERENCE_GROUP = "other"  # CAS group with which the adjusted models compare the others
_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_events")


@dataclass(frozen=True)
class Released:
    """The released store and curves (schemas.results), and how many rows were suppressed."""

    estimates: pd.DataFrame
    curves: pd.DataFrame
    n_suppressed: int


def release(estimates: pd.DataFrame, curves: pd.DataFrame, threshold: int) -> Released:
    """Suppress what describes fewer than `threshold` people; `estimates` and `curves` fit schemas.results."""
    small = with_what_adds_up(estimates, _too_small(estimates, threshold).to_numpy(dtype=bool), threshold)
    small |= lasting_recovery(estimates, small, threshold)
    small |= cost_given_away(estimates, small, threshold)
    small |= counts_given_away(estimates, small, threshold)
    small |= point_to(estimates, small)  # last: to whatever was hidden for any reason
    released = estimates.copy()
    released.loc[small, list(_NUMBERS)] = pd.NA
    hidden = small & released["status"].eq("ok").to_numpy(dtype=bool)  # without a number the reason may stay
    released.loc[hidden, "status"] = "suppressed"
    released.loc[hidden, "reason"] = f"rests on fewer than {threshold} people or events"
    shown = curves[complete_curves(curves, without_remainder(curves, _enough(curves, threshold)), threshold)]
    return Released(conform(released, RELEASED), conform(shown, RELEASED_CURVES), int(hidden.sum()))


def _too_small(rows: pd.DataFrame, threshold: int) -> pd.Series:
    def few(values: pd.Series) -> pd.Series:
        return values.between(1, threshold - 1).fillna(False).astype(bool)

    counts = rows["unit"].isin(["people", "rows"]) & few(rows["estimate"])
    share = rows["analysis"].isin(["baseline", "adherence", "wage_value"]) & rows["n_events"].notna()
    share |= rows["measure"].eq("assessed_by_landmark") & rows["n_events"].notna()
    survey_share = rows["analysis"].eq("survey") & rows["unit"].eq("percent")
    complement = (share | survey_share) & few(rows["n"] - rows["n_events"])
    small = counts | few(rows["n"]) | few(rows["n_events"]) | complement
    # A standardised difference gives a hidden share or mean away to whoever knows the other arm's.
    difference = rows["analysis"].eq("baseline") & rows["measure"].eq("standardised_difference")
    gives_away = difference & rows["term"].isin(rows.loc[rows["analysis"].eq("baseline") & small, "term"])
    curves = rows["analysis"].isin(["km", "cuminc", "fml_availability"])
    thin = curves & rows["unit"].eq("probability") & few(_at_risk(rows))
    # A probability of an exit so far: the few who left by then would be told by it.
    by_then = (rows["estimate"] * rows["n"]).round()
    so_far = rows["analysis"].isin(["cuminc", "fml_availability"]) & rows["unit"].eq("probability") & few(by_then)
    small |= _fml_differences(rows, small | thin | so_far)
    derived = _differences_of(rows, small) | _survey_differences(rows, small) | _terms_of(rows, small)
    return small | gives_away | thin | so_far | derived


def _differences_of(rows: pd.DataFrame, small: pd.Series) -> pd.Series:
    """Differences and ratios of means of which one arm's is hidden: with the other mean they would give it away.

    So would the two that hold difference / se (the re-randomisation test) and se (the smallest detectable difference).
    """
    keys = ["mean", "endpoint", "population", "origin", "group_by"]
    detectable = rows["analysis"].eq("minimum_detectable") & rows["measure"].eq("difference")
    analysis = rows["analysis"].mask(detectable | rows["analysis"].eq("rerandomisation"), "days_not_returned")
    of_mean = rows.assign(mean=analysis.str.replace("_(?:ratio|bootstrap|adjusted)$", "", regex=True))
    means = of_mean["mean"].isin(["days_not_returned", "rmst"])
    hidden = pd.MultiIndex.from_frame(of_mean.loc[means & small, keys])
    contrast = detectable | rows["measure"].str.endswith(("_difference", "_ratio"))
    return means & contrast & pd.Series(pd.MultiIndex.from_frame(of_mean[keys]).isin(hidden), index=rows.index)


def _survey_differences(rows: pd.DataFrame, small: pd.Series) -> pd.Series:
    """Differences of scale means at a wave of which one arm's is hidden."""
    ours = rows["analysis"].eq("survey")
    keys = pd.MultiIndex.from_frame(rows[["term", "time"]])
    hidden = keys[(ours & small & rows["measure"].eq("mean")).to_numpy(dtype=bool)]
    return ours & rows["measure"].eq("mean_difference") & pd.Series(keys.isin(hidden), index=rows.index)


def _fml_differences(rows: pd.DataFrame, small: pd.Series) -> pd.Series:
    """Differences in the probability of a first FML of which one arm's is hidden."""
    ours = rows["analysis"].eq("fml_availability")
    keys = pd.MultiIndex.from_frame(rows[["population", "time"]])
    hidden = keys[(ours & small & rows["measure"].eq("cumulative_incidence")).to_numpy(dtype=bool)]
    return ours & rows["measure"].eq("difference") & pd.Series(keys.isin(hidden), index=rows.index)


def _terms_of(rows: pd.DataFrame, small: pd.Series) -> pd.Series:
    """Ratios of a CAS group with few people or events, or against such a reference: `n` of their row is everyone."""
    keys = ["endpoint", "population", "group"]
    median = rows["analysis"].eq("km") & rows["measure"].eq("median") & rows["group_by"].eq("cas_group")
    few = pd.MultiIndex.from_frame(rows.loc[median & small, ["endpoint", "population", "level"]].set_axis(keys, axis=1))
    term = rows["term"].str.extract(r"^cas_group\[(.*)\]$", expand=False)
    ratio = rows["measure"].eq("hazard_ratio") & term.notna()
    own, reference = (
        pd.MultiIndex.from_frame(rows.assign(group=group)[keys]).isin(few) for group in (term, _REFERENCE_GROUP)
    )
    return ratio & (own | reference)


def _enough(curves: pd.DataFrame, threshold: int) -> np.ndarray:
    """Rows of curves with enough people at risk, of levels with enough events over the whole curve."""
    keys = ["analysis", "endpoint", "population", "origin", "group_by", "level"]
    events = curves.groupby(keys)["n_events"].transform("sum")
    return ((curves["n_at_risk"] >= threshold) & (events >= threshold)).to_numpy(dtype=bool)


def _at_risk(rows: pd.DataFrame) -> pd.Series:
    """Number at risk at the milestone of each survival row, from its companion row."""
    keys = ["endpoint", "population", "origin", "group_by", "level", "time"]
    at_risk = rows[rows["measure"].eq("n_at_risk")].drop_duplicates(keys).set_index(keys)["estimate"]
    wanted = pd.MultiIndex.from_frame(rows[keys])
    return pd.Series(at_risk.reindex(wanted).to_numpy(dtype="float64"), index=rows.index).replace(np.nan, 0.0)
