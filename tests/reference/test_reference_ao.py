"""AO% over time from delivered tables through `derive` and `estimate`, against R on its own daily path (`r/ao.R`)."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
from ao_people import FOLDER, HERE, SETS, read
from reference_tables import Topic

from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.estimate.ao_models import ao_gee_rows
from pilot_analysis.estimate.ao_points import ao_points_rows
from pilot_analysis.estimate.occupation import ao_days_rows, arm_paths, occupation_rows
from pilot_analysis.estimate.populations import populations

TOPIC = Topic("AO% over time")
KEYS = ["population", "analysis", "measure", "level", "term", "time"]
FINE = {"absence": ("absent", "partial"), "work": ("returned", "recovered"), "left": ("left",)}
SETS = tuple(SETS)


@lru_cache
def ours(name: str) -> pd.DataFrame:
    """Rows of the store about AO% over time, by key."""
    plan = load_protocol(HERE.parents[1] / "config" / "protocol.yaml")
    # The plan of the reference, whatever the shipped plan becomes.
    plan = replace(plan, milestones=(42, 91, 182, 273), ao_weeks=(6, 13, 26, 52))
    derived, made = derive(read(name), plan), []
    for population in populations(derived.cases, derived.outcomes, plan):
        if population.endpoint != "full_rtw" or population.population == "landmark_91":
            continue
        if population.origin != "t0":
            paths = arm_paths(population, derived.periods, plan)
            made += occupation_rows(population, paths, plan) + ao_days_rows(population, paths, plan)
            made += ao_gee_rows(population, derived.periods, plan)
        if population.origin != "enrolment":
            made += ao_points_rows(population, derived.periods, plan)
    rows = pd.DataFrame(made)
    assert (rows["status"] == "ok").all()
    return rows.assign(term=rows["term"].fillna(""), time=rows["time"].fillna(-1)).set_index(KEYS).sort_index()


@lru_cache
def theirs(name: str) -> pd.DataFrame:
    """R's rows."""
    rows = pd.read_csv(FOLDER / "expected.csv").query("set == @name")
    return rows.assign(term=rows["term"].fillna(""), time=rows["time"].fillna(-1))


def row_of(name: str, r, **other) -> pd.Series:
    """Our row with the key of a row of R, some of it replaced."""
    return ours(name).loc[tuple(other.get(key, getattr(r, key)) for key in KEYS)]


def rows(name: str, analysis: str, *measures: str, terms: tuple[str, ...] | None = None):
    """R's rows of some measures, and terms where given."""
    r = theirs(name)
    chosen = r["analysis"].eq(analysis) & r["measure"].isin(measures)
    return r[chosen & (True if terms is None else r["term"].isin(terms))].itertuples()


@TOPIC.check("shares absent, at work, left", SETS, 1e-9, "R survfit")
def shares(name):
    for r in rows(name, "state_occupation", "probability"):
        parts = [row_of(name, r, term=state) for state in FINE[r.term]]
        yield sum(part["estimate"] for part in parts), r.estimate, 1.0
        if r.term == "left":
            yield parts[0]["se"], r.se, 1.0


@TOPIC.check("days with any absence, days gone, with errors", SETS, 1e-9, "R survfit")
def days(name):
    for r in rows(name, "state_occupation", "days", terms=("absence", "left")):
        if r.term == "absence":
            found = row_of(name, r, analysis="ao_days", measure="days_any_absence", term="")
        else:
            found = row_of(name, r)
        yield [found["estimate"], found["se"]], [r.estimate, r.se], 1.0


@TOPIC.check("AO-weighted days, days in each state", SETS, 1e-9, "R survfit x means")
def divided(name):
    for r in rows(name, "ao_days", "ao_days"):
        yield row_of(name, r)["estimate"], r.estimate
    for r in rows(name, "state_occupation", "days", terms=("absent", "partial", "returned", "recovered")):
        yield row_of(name, r)["estimate"], r.estimate, 1.0


@TOPIC.check("AO% at weeks, change, Welch", SETS, 1e-9, "R t.test")
def points(name):
    for r in rows(name, "ao_points", "mean", "change", "mean_difference", "change_difference"):
        found = row_of(name, r)
        yield [found["estimate"], found["se"]], [r.estimate, r.se], max(abs(r.estimate), 1.0)


@TOPIC.check("GEE, Mancl-DeRouen errors", SETS, 1e-11, "R, geepack refits")
def gee(name):
    for r in rows(name, "ao_gee", "mean_difference", "slope_difference", terms=("",)):
        found = row_of(name, r)
        yield [found["estimate"], found["se"]], [r.estimate, r.se], r.se


@TOPIC.check("mixed model, REML", SETS, 1e-6, "R lmer, lme")
def mixed(name):
    for r in rows(name, "ao_mixed", "mean_difference", "slope_difference"):
        random = r.term.partition(" ")[2]
        found = row_of(name, r, term="")
        if f"random {random} per case" in found["method"]:
            yield [found["estimate"], found["se"]], [r.estimate, r.se], r.se


test_against_r = TOPIC.as_test()


def test_both_random_structures_and_models_without_organisations_are_among_them():
    methods = [method for name in SETS for method in ours(name)["method"]]
    assert any("random intercept and slope" in method for method in methods)
    assert any("without organisation" in method for method in methods)
    assert any(", organisation" in method for method in methods)


def test_the_two_mixed_models_of_r_agree_and_geepack_is_near():
    """lme and lmer stop at their own tolerances; geepack takes another correlation: a neighbour, no reference."""
    for name in SETS:
        r = theirs(name)
        models = r[r["analysis"] == "ao_mixed"].assign(engine=lambda t: t["term"].str.split().str[0])
        one, two = (models.loc[models["engine"] == engine, ["estimate", "se"]].to_numpy() for engine in ("lme", "lmer"))
        assert np.abs(one - two).max() < 1e-5
        gee_rows = r[r["analysis"] == "ao_gee"]
        own, near = (gee_rows.loc[gee_rows["term"] == term] for term in ("", "geepack"))
        assert np.abs(own["estimate"].to_numpy() - near["estimate"].to_numpy()).max() < 0.1 * own["se"].max()
        assert (own["se"].to_numpy() > near["se"].to_numpy()).all()  # the small-sample correction widens
