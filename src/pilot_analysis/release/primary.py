"""Primary suppression: a row that itself rests on fewer people (or events) than the threshold is withheld.

- A row is withheld when it concerns 1 .. threshold - 1 people, events, or people without the event where the number is
  a share; a count when it is itself that small. Zero is shown. With a share or mean of the baseline goes its
  standardised difference, and with an arm's mean all that holds the difference of the arms.
- A probability at a milestone where fewer than the threshold are at risk goes, and one of an exit that fewer have made
  by then; a median without the threshold of people on either side; output of a model that repeats the data.
- Where an arm has fewer than twice the threshold at risk, its people are too few to divide: nothing but the flow is
  shown of this endpoint and population, not even that there is nobody in a group.
- The flow is exempt (release.flow).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_FULL = "full_rtw"
_RETURNS = ("partial_rtw", _FULL, "sustained_rtw")
_ASSUMED = ("business_case", "business_case_sensitivity")  # of no person of the trial
_REFERENCE_GROUP = "other"  # CAS group with which the adjusted models compare the others


def too_small(rows: pd.DataFrame, threshold: int) -> pd.Series:
    """Rows of the results store (schema ESTIMATES) that rest on too few themselves."""

    def few(values: pd.Series) -> pd.Series:
        return values.between(1, threshold - 1).fillna(False).astype(bool)

    exempt = rows["analysis"].eq("flow")
    counts = rows["unit"].isin(["people", "rows"]) & few(rows["estimate"])
    share = rows["analysis"].isin(["baseline", "adherence", "wage_value"]) & rows["n_events"].notna()
    share |= rows["measure"].eq("assessed_by_landmark") & rows["n_events"].notna()
    survey_share = rows["analysis"].eq("survey") & rows["unit"].eq("percent")
    complement = (share | survey_share) & few(rows["n"] - rows["n_events"])
    counts |= _counted_means(rows, threshold)
    small = counts | few(rows["n"]) | few(rows["n_events"]) | complement | _medians(rows, threshold)
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
    return (small | gives_away | thin | so_far | derived | _models(rows, threshold)) & ~exempt


def too_small_to_divide(rows: pd.DataFrame, threshold: int) -> set[tuple[str, str]]:
    """Endpoint and population, by the flow, of which an arm has too few for two parts that are large enough each.

    Whatever divides fewer than twice the threshold leaves a part that is small, and what the trial must publish by arm
    would give it away. Everybody analysed is `("none", "itt")`.
    """
    of_arms = rows["analysis"].eq("flow") & rows["group_by"].eq("arm") & rows["estimate"].lt(2 * threshold)
    steps = rows.loc[of_arms, ["endpoint", "term"]].itertuples(index=False, name=None)
    population = {"itt": "itt", "at_risk": "itt"}
    return {(endpoint, population.get(term, term)) for endpoint, term in steps
            if term in population or term.startswith("landmark_")}  # fmt: skip


def undivided(frame: pd.DataFrame, small: set[tuple[str, str]]) -> np.ndarray:
    """Rows of a store or of curves, as booleans, about people `too_small_to_divide`; the flow and assumptions are not.

    What has no endpoint of return goes with those analysed for full return.
    """
    everybody = ("none", "itt") in small
    returns = frame["endpoint"].isin(_RETURNS)
    own = pd.MultiIndex.from_frame(frame[["endpoint", "population"]].astype(object)).isin(list(small))
    populations = [population for endpoint, population in small if endpoint == _FULL]
    found = np.full(len(frame), everybody) | own | (frame["population"].isin(populations) & ~returns).to_numpy(bool)
    ours = ~frame["analysis"].isin(["flow", *_ASSUMED]) & frame["level"].ne("published")
    return found & ours.to_numpy(dtype=bool)


def _counted_means(rows: pd.DataFrame, threshold: int) -> pd.Series:
    """Means of a count per person, and their spread, of which the sum is few: mean x people is a whole number."""
    ours = rows["analysis"].eq("baseline") & rows["unit"].eq("events")
    few = ours & rows["measure"].eq("mean") & (rows["estimate"] * rows["n"]).round().between(1, threshold - 1)
    keys = pd.MultiIndex.from_frame(rows[["term", "level"]])
    return ours & pd.Series(keys.isin(keys[few.fillna(False).to_numpy(dtype=bool)]), index=rows.index)


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


def _of_leaving(rows: pd.DataFrame, threshold: int) -> pd.Series:
    """What compares the arms in leaving, or needs enough who leave, where few of an arm do.

    Who left is who had neither the event nor an end of follow-up.
    """
    keys = ["endpoint", "population"]
    about = [*keys, "level"]
    arms = rows[rows["group_by"].eq("arm") & rows["measure"].eq("median") & rows["n"].notna()]
    events, ends = (arms[arms["analysis"].eq(name)].set_index(about) for name in ("km", "followup"))
    left = (events["n"] - events["n_events"] - ends["n_events"]).dropna()
    few = left[left.between(1, threshold - 1)].reset_index()
    ours = rows["analysis"].isin(["cox_cause_specific", "fine_gray"]) | rows["measure"].eq("gray")
    thin = pd.MultiIndex.from_frame(few[keys]) if len(few) else pd.MultiIndex.from_tuples([], names=keys)
    return ours & pd.Series(pd.MultiIndex.from_frame(rows[keys]).isin(thin), index=rows.index)


def _at_risk(rows: pd.DataFrame) -> pd.Series:
    """Number at risk at the milestone of each survival row, from its companion row."""
    keys = ["endpoint", "population", "origin", "group_by", "level", "time"]
    at_risk = rows[rows["measure"].eq("n_at_risk")].drop_duplicates(keys).set_index(keys)["estimate"]
    wanted = pd.MultiIndex.from_frame(rows[keys])
    return pd.Series(at_risk.reindex(wanted).to_numpy(dtype="float64"), index=rows.index).replace(np.nan, 0.0)


def _medians(rows: pd.DataFrame, threshold: int) -> pd.Series:
    """Medians that do not have enough people on either side: they are the days of one person."""
    ours = rows["analysis"].isin(["adherence", "baseline"]) & rows["measure"].eq("median")
    return ours & rows["n"].between(1, 2 * threshold - 1).fillna(False).astype(bool)


def _models(rows: pd.DataFrame, threshold: int) -> pd.Series:
    """Output of models that is too close to the data: an arm with few people or events, or few events per parameter.

    A comparison of two arms gives those of the smaller one back by its error (1/a + 1/b). As many parameters as events
    would repeat the data; at least the threshold of events has to be left.
    """
    keys = ["endpoint", "population"]
    arm = rows["analysis"].isin(["km", "fml_availability"]) & rows["measure"].eq("median") & rows["group_by"].eq("arm")
    few = rows["n"].between(1, threshold - 1) | rows["n_events"].between(1, threshold - 1)
    thin = pd.MultiIndex.from_frame(rows.loc[arm & few.fillna(False).astype(bool), keys])
    compares = rows["unit"].isin(["ratio", "statistic"]) & rows["endpoint"].ne("none") & rows["n_events"].notna()
    compares &= rows["level"].isin(["all", "intervention / control"])
    by_arm = compares & pd.Series(pd.MultiIndex.from_frame(rows[keys]).isin(thin), index=rows.index)
    by_arm |= _of_leaving(rows, threshold)
    model = [*keys, "analysis", "origin"]
    ratios = rows["measure"].eq("hazard_ratio") & rows["analysis"].str.startswith("cox_adjusted")
    parameters = ratios.groupby([rows[name] for name in model]).transform("sum")
    left = rows["n_events"] - parameters
    return by_arm | (ratios & left.lt(threshold).fillna(False).astype(bool))
