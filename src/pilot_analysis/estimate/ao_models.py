"""AO% over time in two models side by side: GEE clustered on the case, and a mixed model.

- Observations are mean AO% of each person in successive periods of 28 days from the origin, each followed through.
- Both have the period (a level each) and organisation as fixed effects, and the arm. `mean_difference`: difference of
  the arms, the same in every period. `slope_difference`: how much the difference grows per 28 days, beside a difference
  at the start.
- GEE: exchangeable within a person, sandwich with the small-sample correction of Mancl and DeRouen (models.gee). Mixed
  model: random intercept and slope per person, REML, at the edge where the maximum lies there (singular, as lme4 says
  it); a random intercept only where the slope cannot be estimated: its variance is 0, there are two periods a person
  or fewer, or there is no convergence; standard errors as lme4 has them (models.mixed).
- Organisations are left out of the model where they determine the arm, or leave fewer than five people per coefficient;
  somebody alone in an organisation tells nothing of the arms there and would fit exactly, so takes no part in the model
  with organisations.
- Everything is about people still followed: who leaves is missing from then on.
- Not estimable: fewer than ten people or one in an arm, fewer than two periods, no spread, no convergence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.ao_curve import weekly_means
from pilot_analysis.estimate.means import CONTRAST
from pilot_analysis.estimate.populations import Population
from pilot_analysis.estimate.stays import origin_days
from pilot_analysis.estimate.store import Rows
from pilot_analysis.models.arithmetic import Mean, normal_interval, wald_p
from pilot_analysis.models.gee import exchangeable
from pilot_analysis.models.mixed import reml
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.panel import NO_VARIANCE, Panel, panel

_WEEKS = 4  # of a period
_PEOPLE_PER_COEFFICIENT = 5
_LEAST = 10  # people for any model
_NO_SLOPE = 1e-8  # variance of the slope, of the residual one: less is none
_FACTORS = "mean AO% per 28 days on period, arm"
_GEE = "GEE, exchangeable within the case, small-sample sandwich (Mancl-DeRouen)"
_MIXED = "mixed model, REML, standard error by generalised least squares at the fitted variances"


@dataclass(frozen=True)
class Observations:
    """A row per person followed through a period: AO% by period, number of periods, arm (1 intervention), organisation.

    `ao` holds a column for each period that anybody was followed through; it is missing beyond a person's own.
    """

    ao: np.ndarray
    followed: np.ndarray
    arm: np.ndarray
    organisation: np.ndarray

    def of(self, people: np.ndarray) -> Observations:
        """Some of the people (mask)."""
        followed = self.followed[people]
        return Observations(
            self.ao[people, : followed.max(initial=0)], followed, self.arm[people], self.organisation[people]
        )

    @property
    def n(self) -> int:
        """People."""
        return self.followed.size


def ao_gee_rows(population: Population, periods: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """Rows `ao_gee` and `ao_mixed` of one population of `full_rtw`."""
    everything, level = observations(population, periods, protocol), protocol.thresholds.confidence_level
    data, places, used = _with_places(everything)
    made: list[dict[str, Any]] = []
    for analysis, fit in (("ao_gee", _gee), ("ao_mixed", _mixed)):
        keys = {"population": population.population, "origin": population.origin, "group_by": "arm", "level": CONTRAST}
        rows = Rows({"analysis": analysis, "endpoint": "ao_percent", "unit": "points", **keys})
        for measure, over_time in (("mean_difference", False), ("slope_difference", True)):
            about = {"measure": measure, "n": data.n}
            method = f"{_GEE if fit is _gee else _MIXED}; {_FACTORS}{used}"
            try:
                _refuse_thin(data)
                found, how = fit(_panel(data, places, over_time))
                _add(rows, found, level, {"method": method + how, **about})
            except NotEstimable as problem:
                rows.add_not_estimable(str(problem), method=method, **about)
        made += rows.rows
    return made


def observations(population: Population, periods: pd.DataFrame, protocol: Protocol) -> Observations:
    """Periods of 28 days from the origin to the horizon that each person was followed through."""
    people, origin = population.people, origin_days(population, protocol)
    known = people["last_known_day"].to_numpy("int64") - origin
    count = (population.horizon + 1) // (7 * _WEEKS)
    weekly = weekly_means(periods, people["case_id"], origin, count * _WEEKS)
    means = weekly.reshape(len(people), count, _WEEKS).mean(axis=2)
    followed = np.clip((known + 1) // (7 * _WEEKS), 0, count)
    means[np.arange(count) >= followed[:, None]] = np.nan
    place = people["organisation"].to_numpy(dtype=object).astype(str)
    return Observations(means, followed, population.arm, place).of(followed > 0)


def _add(rows: Rows, found: Mean, level: float, about: dict[str, Any]) -> None:
    if not (np.isfinite(found.se) and 1e-5 < found.se < 1e4):
        raise NotEstimable(NO_VARIANCE)
    low, high = normal_interval(found.estimate, found.se, level)
    tested = {"statistic": found.estimate / found.se, "p_value": float(wald_p(found.estimate, found.se))}
    rows.add(estimate=found.estimate, se=found.se, ci_low=low, ci_high=high, **tested, **about)


def _refuse_thin(data: Observations) -> None:
    if data.n < _LEAST:
        raise NotEstimable(f"fewer than {_LEAST} people followed through a period")
    if data.ao.shape[1] < 2:
        raise NotEstimable("fewer than two periods were followed through")
    if min((data.arm == side).sum() for side in (0, 1)) < 2:
        raise NotEstimable("fewer than two people in an arm followed through a period")
    if np.nanmax(data.ao) - np.nanmin(data.ao) < 1e-9:
        raise NotEstimable(NO_VARIANCE)


def _with_places(data: Observations) -> tuple[Observations, bool, str]:
    """People of the model, whether it can hold the organisations, and what `method` says of it."""
    place, size = np.unique(data.organisation, return_inverse=True, return_counts=True)[1:]
    within = np.bincount(place, weights=data.arm, minlength=size.size)
    shared, mixed = size >= 2, ((within > 0) & (within < size)).any()
    inside = shared[place]
    enough = inside.sum() >= _PEOPLE_PER_COEFFICIENT * (shared.sum() + 1)
    if not (mixed and enough and shared.sum() > 1):
        return data, False, "; without organisation"
    return data.of(inside), True, ", organisation"


def _panel(data: Observations, places: bool, over_time: bool) -> Panel:
    """The column of interest last; people of one organisation and arm have one design."""
    period = np.arange(data.ao.shape[1])
    names, place = np.unique(data.organisation, return_inverse=True) if places else ([""], np.zeros(data.n, dtype=int))
    blank = np.zeros((len(names), 2, period.size))
    levels = np.broadcast_to(np.eye(period.size), (*blank.shape, period.size))
    where = np.broadcast_to(np.eye(len(names))[:, None, None, 1:], (*blank.shape, len(names) - 1))
    arm = blank + np.array([0.0, 1.0])[:, None]
    columns = [levels, where, arm[..., None], *([(arm * period)[..., None]] if over_time else [])]
    designs = np.concatenate(columns, axis=-1).reshape(-1, period.size, sum(part.shape[-1] for part in columns))
    made = panel(data.ao, data.followed, 2 * place + data.arm.astype(int), designs)
    seen = np.concatenate([pattern.design.reshape(-1, made.columns) for pattern in made.patterns])
    if np.linalg.matrix_rank(seen) < made.columns:
        raise NotEstimable("the arm follows from the other characteristics in the model")
    return made


def _gee(people: Panel) -> tuple[Mean, str]:
    fit = exchangeable(people)
    return Mean(float(fit.coef[-1]), float(fit.errors[-1])), ""


def _mixed(people: Panel) -> tuple[Mean, str]:
    period = np.arange(people.lengths[-1])
    followed = np.array([people.people[people.lengths > one].sum() for one in period])
    time = (period - followed @ period / people.rows) / period[-1]  # centred, and a span of 1
    ones = np.ones(period.size)
    try:
        fit = reml(people, np.column_stack([ones, time]))
        how = f"; random intercept and slope per case{', singular' if fit.singular else ''}"
        slopes = fit.random_covariance[1, 1] > _NO_SLOPE * fit.residual_variance
    except NotEstimable:
        slopes = False
    if not slopes:
        fit, how = reml(people, ones[:, None]), "; random intercept per case"
    return Mean(float(fit.coef[-1]), float(fit.errors[-1])), how
