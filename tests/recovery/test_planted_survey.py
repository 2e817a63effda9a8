"""A shift planted in one scale of the questionnaires comes back, and scales without one stay where they are.

`benchmarks/surveys.py` asks the same of a thousand trials and holds the coverage to its limits.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.estimate.survey import survey_rows
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.synthetic.questionnaires import SCALES as MADE
from pilot_analysis.synthetic.trial import simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, NULL_TRUTH, Truth

PLAN = load_protocol(Path(__file__).parents[2] / "config" / "protocol.yaml")
SCALES = ("work_ability", "rtw_self_efficacy", "guidance", "distress")
PEOPLE, TRIALS, WEEK_10, WEEK_14 = 300, 25, 63.0, 91.0


def delivered(seed: int, truth: Truth = DEFAULT_TRUTH) -> dict[str, pd.DataFrame]:
    """A trial with its questionnaires."""
    return simulate_trial(PEOPLE, np.random.SeedSequence([20210401, seed]), truth)


def differences(seed: int, truth: Truth) -> pd.DataFrame:
    """Differences of the scale means of one trial at weeks 10 and 14."""
    made = derive(delivered(seed, truth), PLAN).surveys
    rows = pd.DataFrame(survey_rows(PLAN, made.scores, made.items, made.waves))
    rows = rows[(rows["measure"] == "mean_difference") & rows["time"].isin([WEEK_10, WEEK_14])]
    return rows[["term", "time", "estimate", "se", "ci_low", "ci_high"]].assign(seed=seed)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return pd.concat([differences(seed, DEFAULT_TRUTH) for seed in range(TRIALS)])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("time", [WEEK_10, WEEK_14])
def test_the_planted_shift_comes_back_and_nothing_else_moves(found, scale, time):
    mine = found[(found["term"] == scale) & (found["time"] == time)]
    truth = DEFAULT_TRUTH.guidance_shift if (scale, time) == ("guidance", WEEK_14) else 0.0
    error = mine["estimate"].mean() - truth
    assert abs(error) < 3.5 * mine["estimate"].std() / np.sqrt(TRIALS)
    assert mine["se"].mean() == pytest.approx(mine["estimate"].std(), rel=0.5)
    covered = ((mine["ci_low"] <= truth) & (truth <= mine["ci_high"])).sum()
    assert covered >= binom.ppf(0.001, TRIALS, 0.95)  # what one right method in a thousand falls below


def test_without_effect_no_scale_moves():
    rows = pd.concat([differences(seed, NULL_TRUTH) for seed in range(10)])
    guidance = rows[(rows["term"] == "guidance") & (rows["time"] == WEEK_14)]
    assert abs(guidance["estimate"].mean()) < 3.5 * guidance["se"].mean() / np.sqrt(10)


def test_up_to_week_10_an_effect_changes_no_answer():
    made = [delivered(0, truth)["employee_survey"] for truth in (DEFAULT_TRUTH, NULL_TRUTH)]
    early = [table[table["wave_week"] <= 10].reset_index(drop=True) for table in made]
    # Which questionnaire is somebody's last, and with it a line number, depends on what comes later.
    kept = [name for name in early[0] if not name.startswith(("wanted_", "source_line"))]
    assert len(early[0]) > 200
    pd.testing.assert_frame_equal(early[0][kept], early[1][kept])
    assert not made[0].equals(made[1])


def test_the_made_up_questionnaires_have_exactly_the_items_of_the_codebook():
    tables = delivered(0)
    for survey in ("employee_survey", "ad_survey"):
        items = [item for one in PLAN.instruments.of(survey) for item in one.items]
        made = [name for name in tables[survey].columns if name not in TABLES[survey].schema.columns]
        assert sorted(made) == sorted(item.name for item in items)


def test_the_made_up_answers_have_the_ranges_and_the_wording_of_the_codebook():
    shipped = {one.name: one for one in PLAN.instruments.instruments}
    assert set(SCALES) == set(MADE)
    for name, (items, low, high, reverse) in MADE.items():
        assert [item.name for item in shipped[name].items] == list(items)
        assert shipped[name].range == (low, high)
        assert [place for place, item in enumerate(shipped[name].items) if item.reverse] == list(reverse)


def test_people_drop_out_and_nobody_answers_after_the_last_known_day():
    made = derive(delivered(1), PLAN).surveys
    states = made.waves.groupby(["wave", "state"]).size().unstack(fill_value=0)
    response = states["answered"] / (states["answered"] + states["not_answered"])
    assert response[6] > 0.7 > response[26]
    assert made.scores["in_window"].all()
    assert made.scores.loc[made.scores["survey"] == "employee_survey", "absent"].all()
    assert made.items["state"].isin(["answered", "missing", "not_applicable"]).all()
