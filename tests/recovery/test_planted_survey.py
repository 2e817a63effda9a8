"""A shift planted in one scale of the questionnaires comes back, and scales without one stay where they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.estimate.survey import survey_rows
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.synthetic.frames import pseudonyms
from pilot_analysis.synthetic.questionnaires import ad_survey, employee_survey
from pilot_analysis.synthetic.trial import simulate_latent, simulate_trial

PLAN = load_protocol(Path(__file__).parents[2] / "config" / "protocol.yaml")
SCALES = ("work_ability", "rtw_self_efficacy", "guidance", "distress")
SHIFT, PEOPLE, TRIALS, WEEK_10, WEEK_14 = 0.4, 300, 25, 63.0, 91.0


def delivered(seed: int, shift: float = SHIFT) -> dict[str, pd.DataFrame]:
    """A trial with its questionnaires."""
    key = np.random.SeedSequence([20210401, seed])
    people, course = simulate_latent(PEOPLE, key)
    ids, rng = pseudonyms(PEOPLE), np.random.default_rng([20210401, seed])
    tables = simulate_trial(PEOPLE, key)
    given = {"employee_survey": employee_survey(people, course, ids, rng, shift)}
    return {**tables, **given, "ad_survey": ad_survey(people, course, ids, rng)}


def differences(seed: int) -> pd.DataFrame:
    """Differences of the scale means of one trial at weeks 10 and 14."""
    made = derive(delivered(seed), PLAN).surveys
    scales = replace(PLAN.instruments, instruments=tuple(replace(one, items=one.items) for one in _scales()))
    rows = survey_rows(replace(PLAN, instruments=scales), made.scores, made.items, made.waves)
    rows = pd.DataFrame(rows).query("measure == 'mean_difference' and time in (63.0, 91.0)")
    return rows[["term", "time", "estimate", "se", "ci_low", "ci_high"]].assign(seed=seed)


def _scales():
    return [one for one in PLAN.instruments.instruments if one.name in SCALES]


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return pd.concat([differences(seed) for seed in range(TRIALS)])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("time", [WEEK_10, WEEK_14])
def test_the_planted_shift_comes_back_and_nothing_else_moves(found, scale, time):
    mine = found[(found["term"] == scale) & (found["time"] == time)]
    truth = SHIFT if (scale, time) == ("guidance", WEEK_14) else 0.0
    error = mine["estimate"].mean() - truth
    assert abs(error) < 3.5 * mine["estimate"].std() / np.sqrt(TRIALS)
    assert mine["se"].mean() == pytest.approx(mine["estimate"].std(), rel=0.5)
    assert ((mine["ci_low"] <= truth) & (truth <= mine["ci_high"])).mean() >= 0.8


def test_the_made_up_questionnaires_have_exactly_the_items_of_the_codebook():
    tables = delivered(0)
    for survey in ("employee_survey", "ad_survey"):
        items = [item.name for one in PLAN.instruments.of(survey) for item in one.items]
        made = [name for name in tables[survey].columns if name not in TABLES[survey].schema.columns]
        assert sorted(made) == sorted(items)


def test_people_drop_out_and_nobody_answers_after_the_last_known_day():
    made = derive(delivered(1), PLAN).surveys
    states = made.waves.groupby(["wave", "state"]).size().unstack(fill_value=0)
    response = states["answered"] / (states["answered"] + states["not_answered"])
    assert response[6] > 0.7 > response[26]
    assert made.scores["in_window"].all()
    assert made.items["state"].isin(["answered", "missing", "not_applicable"]).all()
