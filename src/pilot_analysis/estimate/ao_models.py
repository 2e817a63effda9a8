"""AO% over time in two models side by side: GEE clustered on the case, and a mixed model.

- Observations are mean AO% of each person in successive periods of 28 days from the origin, each followed through.
- Both have the period (a level each) and organisation as fixed effects, and the arm. `mean_difference`: difference of
  the arms, the same in every period. `slope_difference`: how much the difference grows per 28 days, beside a difference
  at the start.
- GEE: exchangeable within a person, sandwich with the small-sample correction of Mancl and DeRouen (2001, Biometrics
  57:126-134; statsmodels `bias_reduced`). Mixed model: random intercept and slope per person, REML; a random intercept
  only where the slope cannot be estimated; standard errors as lme4 has them (models.mixed).
- Organisations are left out of the model where they determine the arm, or leave fewer than five people per coefficient;
  somebody alone in an organisation tells nothing of the arms there and would fit exactly, so takes no part in the model
  with organisations.
- Everything is about people still followed: who leaves is missing from then on.
- Not estimable: fewer than ten people or one in an arm, fewer than two periods, no spread, no convergence.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import version
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
from pilot_analysis.models.mixed import fixed_effect_errors
from pilot_analysis.models.not_estimable import NotEstimable

_WEEKS = 4  # of a period
_PEOPLE_PER_COEFFICIENT = 5
_LEAST = 10  # people for any model
_FACTORS = "mean AO% per 28 days on period, arm"
_GEE = "GEE, exchangeable within the case, small-sample sandwich (Mancl-DeRouen)"
_MIXED = "mixed model, REML, standard error by generalised least squares at the fitted variances"
# As it is, bfgs stops a thousandth of a standard error from the maximum.
_OPTIMISERS = ({"method": "bfgs", "gtol": 1e-8}, {"method": "bfgs"}, {"method": "lbfgs"}, {"method": "powell"})
_NOT_CONVERGED = "the model did not converge"
_NO_VARIANCE = "these events leave no variance to estimate"


@dataclass(frozen=True)
class Observations:
    """A row per person and period: AO%, period, arm (1 intervention), organisation, person."""

    ao: np.ndarray
    period: np.ndarray
    arm: np.ndarray
    organisation: np.ndarray
    person: np.ndarray

    def of(self, rows: np.ndarray) -> Observations:
        """Some of the rows (mask)."""
        return Observations(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @property
    def n(self) -> int:
        """People."""
        return np.unique(self.person).size


def ao_gee_rows(population: Population, periods: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """Rows `ao_gee` and `ao_mixed` of one population of `full_rtw`."""
    everything, level = observations(population, periods, protocol), protocol.thresholds.confidence_level
    made, engine = [], f"statsmodels {version('statsmodels')}"
    for analysis, fit in (("ao_gee", _gee), ("ao_mixed", _mixed)):
        keys = {"population": population.population, "origin": population.origin, "group_by": "arm", "level": CONTRAST}
        rows = Rows({"analysis": analysis, "endpoint": "ao_percent", "unit": "points", "engine": engine, **keys})
        for measure, over_time in (("mean_difference", False), ("slope_difference", True)):
            _add(rows, measure, everything, over_time, fit, level)
        made += rows.rows
    return made


def observations(population: Population, periods: pd.DataFrame, protocol: Protocol) -> Observations:
    """Periods of 28 days from the origin to the horizon that each person was followed through."""
    people, origin = population.people, origin_days(population, protocol)
    known = people["last_known_day"].to_numpy("int64") - origin
    count = (population.horizon + 1) // (7 * _WEEKS)
    weekly = weekly_means(periods, people["case_id"], origin, count * _WEEKS)
    means = weekly.reshape(len(people), count, _WEEKS).mean(axis=2)
    person, period = np.nonzero(known[:, None] >= 7 * _WEEKS * (np.arange(count) + 1) - 1)
    place = people["organisation"].to_numpy(dtype=object).astype(str)
    return Observations(means[person, period], period, population.arm[person], place[person], person)


def _add(rows: Rows, measure: str, everything: Observations, over_time: bool, fit, level: float) -> None:
    method = f"{_GEE if fit is _gee else _MIXED}; {_FACTORS}"
    data, places, used = _with_places(everything)
    about = {"measure": measure, "n": data.n}
    try:
        _refuse_thin(data)
        found, how = fit(data, _design(data, places, over_time))
        if not (np.isfinite(found.se) and 1e-5 < found.se < 1e4):
            raise NotEstimable(_NO_VARIANCE)
    except NotEstimable as problem:
        rows.add_not_estimable(str(problem), method=method + used, **about)
        return
    low, high = normal_interval(found.estimate, found.se, level)
    tested = {"statistic": found.estimate / found.se, "p_value": float(wald_p(found.estimate, found.se))}
    numbers = {"estimate": found.estimate, "se": found.se, "ci_low": low, "ci_high": high}
    rows.add(**numbers, **tested, method=method + used + how, **about)


def _refuse_thin(data: Observations) -> None:
    if data.n < _LEAST:
        raise NotEstimable(f"fewer than {_LEAST} people followed through a period")
    if np.unique(data.period).size < 2:
        raise NotEstimable("fewer than two periods were followed through")
    if min(np.unique(data.person[data.arm == side]).size for side in (0, 1)) < 2:
        raise NotEstimable("fewer than two people in an arm followed through a period")
    if np.ptp(data.ao) < 1e-9:
        raise NotEstimable(_NO_VARIANCE)


def _with_places(data: Observations) -> tuple[Observations, list[np.ndarray], str]:
    """People and columns of the organisations where the model can hold them, and what `method` says of it."""
    people = pd.DataFrame({"person": data.person, "place": data.organisation, "arm": data.arm}).drop_duplicates()
    sizes = people["place"].value_counts()
    shared = sorted(sizes.index[sizes >= 2])
    inside = data.of(np.isin(data.organisation, shared))
    mixed = (people.groupby("place")["arm"].nunique() > 1).any()
    enough = inside.n >= _PEOPLE_PER_COEFFICIENT * (len(shared) + 1)
    if not (mixed and enough and len(shared) > 1):
        return data, [], "; without organisation"
    return inside, [(inside.organisation == place).astype("float64") for place in shared[1:]], ", organisation"


def _design(data: Observations, places: list[np.ndarray], over_time: bool) -> np.ndarray:
    """The column of interest last."""
    levels = np.unique(data.period)
    columns = [np.ones(data.ao.size), *((data.period == level).astype("float64") for level in levels[1:]), *places]
    columns.append(data.arm)
    if over_time:
        columns.append(data.arm * data.period)
    design = np.column_stack(columns)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEstimable("the arm follows from the other characteristics in the model")
    return design


def _gee(data: Observations, design: np.ndarray) -> tuple[Mean, str]:
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.families import Gaussian
    from statsmodels.genmod.generalized_estimating_equations import GEE

    model = GEE(data.ao, design, groups=data.person, cov_struct=Exchangeable(), family=Gaussian())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            fit = model.fit(cov_type="bias_reduced")
            found = Mean(float(fit.params[-1]), float(fit.bse[-1]))
        except (Warning, np.linalg.LinAlgError, ZeroDivisionError):
            raise NotEstimable(_NOT_CONVERGED) from None
    return found, ""


def _mixed(data: Observations, design: np.ndarray) -> tuple[Mean, str]:
    time = (data.period - data.period.mean()) / np.ptp(data.period)  # spans 1: else the optimiser stops short
    ones = np.ones(data.ao.size)
    for how, columns in (("intercept and slope", [ones, time]), ("intercept", [ones])):
        found = _fitted(data, design, np.column_stack(columns))
        if found is not None:
            return found, f"; random {how} per case"
    raise NotEstimable(_NOT_CONVERGED)


def _fitted(data: Observations, design: np.ndarray, columns: np.ndarray) -> Mean | None:
    """The effect by the first optimiser that arrives without a warning; a lone intercept may have no variance."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    for options in _OPTIMISERS:
        with warnings.catch_warnings():
            warnings.simplefilter("error" if columns.shape[1] > 1 else "ignore")
            try:
                fit = MixedLM(data.ao, design, groups=data.person, exog_re=columns).fit(reml=True, **options)
                errors = fixed_effect_errors(design, columns, data.person, fit.cov_re, fit.scale)
                found = Mean(float(fit.fe_params[-1]), float(errors[-1]))
            except (Warning, np.linalg.LinAlgError, ValueError, ZeroDivisionError):
                continue
        if fit.converged and np.isfinite(found.se):
            return found
    return None
