"""Guidance in simulated trials: what does nothing shows nothing, and an FML that comes sooner shows as sooner."""

from pathlib import Path

import pandas as pd
import pytest

from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.estimate import fml_availability, timing
from pilot_analysis.synthetic.trial import simulate_trial
from pilot_analysis.synthetic.truth import DEFAULT_TRUTH, NULL_TRUTH

PLAN = load_protocol(Path(__file__).parents[2] / "config" / "protocol.yaml")


def derived(truth, seed: int):
    return derive(simulate_trial(12_000, seed, truth), PLAN)


@pytest.mark.parametrize("level", ["week_13", "months_10_12"])
def test_an_assessment_that_does_nothing_makes_no_difference(level):
    """Whoever is still absent is assessed at random: standing beside people who may return sooner would show here."""
    made = derived(NULL_TRUTH, 1)
    rows = pd.DataFrame(timing.timing_rows(made.process, made.outcomes, made.periods, PLAN))
    row = rows[(rows["measure"] == "difference_points") & (rows["level"] == level)].iloc[0]
    assert row["n"] > 300
    assert abs(row["estimate"]) < 2.6 * row["se"]


def at_91(made) -> pd.Series:
    rows = pd.DataFrame(fml_availability.fml_rows(made.process, made.outcomes, PLAN))
    found = rows[(rows["measure"] == "difference") & (rows["population"] == "landmark_84") & (rows["time"] == 91)]
    return found.iloc[0]


def test_an_fml_that_comes_sooner_in_one_arm_is_seen_and_one_that_does_not_is_not():
    sooner, same = at_91(derived(DEFAULT_TRUTH, 2)), at_91(derived(NULL_TRUTH, 2))
    assert sooner["ci_low"] > 0
    assert abs(same["estimate"]) < 2.6 * same["se"]
