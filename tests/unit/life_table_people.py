"""Made-up people with an arm, a group and an end of their waiting, and the whole curves that estimation would make."""

import numpy as np
import pandas as pd

from pilot_analysis.schemas.columns import conform, validated
from pilot_analysis.schemas.results import CURVES

ARMS = ("intervention", "control")
GROUPS = ("psychological", "musculoskeletal", "other", "unknown")
OUT, EVENT, LEAVING = 0, 1, 2
TAU = 281


def people(seed: int, n: int, hazard: float = 0.006, leaving: float = 0.001, lost: float = 0.001) -> pd.DataFrame:
    """Arm, group, day of the end and how it ended (`state`) of `n` people; followed to day 281 at most."""
    rng = np.random.default_rng(seed)
    ends = [np.ceil(rng.exponential(1 / max(rate, 1e-9), n)) for rate in (lost, hazard, leaving)]
    first = np.argmin(ends, axis=0)
    time = np.minimum(np.min(ends, axis=0), TAU)
    state = np.where(np.min(ends, axis=0) > TAU, OUT, first)
    shares = rng.dirichlet([4, 3, 2, 1])
    return pd.DataFrame(
        {"arm": rng.choice(ARMS, n), "cas_group": rng.choice(GROUPS, n, p=shares), "time": time, "state": state}
    )


def whole_curves(found: pd.DataFrame, population: str = "landmark_84", endpoint: str = "full_rtw") -> pd.DataFrame:
    """Curves km, not_returned, cuminc and cuminc_leaving of arms, km of groups and of groups by arm."""
    about = {"endpoint": endpoint, "population": population, "origin": "landmark" if "_" in population else "enrolment"}
    drawn = []
    for arm, mine in found.groupby("arm"):
        for name in ("km", "not_returned", "cuminc"):
            drawn.append(_curve(mine, name, (EVENT,)).assign(group_by="arm", level=arm))
        drawn.append(_curve(mine, "cuminc_leaving", (LEAVING,)).assign(group_by="arm", level=arm))
        for group, part in mine.groupby("cas_group"):
            drawn.append(_curve(part, "km", (EVENT,)).assign(group_by="arm*cas_group", level=f"{arm}:{group}"))
    for group, part in found.groupby("cas_group"):
        drawn.append(_curve(part, "km", (EVENT,)).assign(group_by="cas_group", level=group))
    whole = pd.concat(drawn, ignore_index=True).assign(**about)
    return validated(conform(whole, CURVES), CURVES)


def _curve(mine: pd.DataFrame, analysis: str, states: tuple[int, ...]) -> pd.DataFrame:
    time, event = mine["time"].to_numpy(int), mine["state"].isin(states).to_numpy()
    days = np.unique(np.append(0, time))
    counted = [np.count_nonzero(event & (time == day)) for day in days]
    at_risk = np.array([np.count_nonzero(time >= day) for day in days])
    gone = [np.count_nonzero(~event & (time == day)) for day in days]
    height = np.cumprod(1 - np.array(counted) / at_risk)
    height = height if analysis in ("km", "not_returned") else 1 - height
    return pd.DataFrame({"time": days.astype(float), "estimate": height, "n_at_risk": at_risk}).assign(
        analysis=analysis, se=0.01, ci_low=height, ci_high=height, n_events=counted, n_censored=gone
    )
