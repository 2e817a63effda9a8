"""Whole curves: where they start and step, what they count, and when they are absent."""

import numpy as np
import pandas as pd
import pytest
from estimate_tables import LANDMARK, arms, populations_of, protocol, trial

from pilot_analysis.estimate import adjusted, curves
from pilot_analysis.models.cox_curves import standardised_curves
from pilot_analysis.models.cox_ph import effect_over_time


def drawn(who: pd.DataFrame, key=LANDMARK) -> pd.DataFrame:
    """All curves of one population."""
    population = populations_of(who)[key]
    return pd.concat(curves.curve_rows(population, protocol(), adjusted.adjusted_model(population)), ignore_index=True)


def named(frame: pd.DataFrame, analysis: str, level: str = "intervention") -> pd.DataFrame:
    """One curve."""
    return frame[(frame["analysis"] == analysis) & (frame["group_by"] == "arm") & (frame["level"] == level)]


def test_curves_start_with_everybody_and_step_on_the_days_on_which_something_happens():
    who = arms([(10, "event"), (20, "competing"), (20, "censored"), (30, "event")], [(5, "event")])
    found = drawn(who)
    km = found[(found["analysis"] == "km") & (found["group_by"] == "arm") & (found["level"] == "intervention")]
    assert km["time"].tolist() == [0, 10, 20, 30]
    assert km["estimate"].tolist() == [1, 0.75, 0.75, 0]
    assert km["n_at_risk"].tolist() == [4, 4, 3, 1]
    assert km["n_censored"].tolist() == [0, 0, 2, 0]
    assert set(found.loc[found["analysis"] == "not_returned", "group_by"]) == {"arm"}
    assert not (found["level"] == "unknown").any()  # nobody there: no curve


def test_not_returned_keeps_who_left():
    who = arms([(10, "event"), (20, "competing")], [])
    found = drawn(who)
    of_all = found[(found["analysis"] == "not_returned") & (found["level"] == "intervention")]
    assert of_all["estimate"].tolist() == [1, 0.5, 0.5]


def test_probabilities_of_return_and_leaving_start_at_0_and_add_up_with_who_is_left():
    found = drawn(arms([(10, "event"), (20, "competing"), (30, "event"), (281, "censored")], []))
    event, leaving = named(found, "cuminc"), named(found, "cuminc_leaving")
    assert event["time"].tolist() == leaving["time"].tolist() == [0, 10, 20, 30, 281]
    assert event["estimate"].to_numpy() == pytest.approx([0, 0.25, 0.25, 0.5, 0.5])
    assert leaving["estimate"].to_numpy() == pytest.approx([0, 0, 0.25, 0.25, 0.25])
    assert event["n_at_risk"].tolist() == [4, 4, 3, 2, 1]
    assert event["n_events"].tolist() == [0, 1, 0, 1, 0]
    assert leaving["n_events"].tolist() == [0, 0, 1, 0, 0]
    assert event["n_censored"].tolist() == [0, 0, 1, 0, 1]


def test_standardised_curves_are_those_of_the_adjusted_model_with_the_numbers_of_the_arm():
    who = trial()
    found = named(drawn(who), "standardised")
    model = adjusted.adjusted_model(populations_of(who)[LANDMARK])
    expected = standardised_curves(model.fit, 0, (1, 0))
    assert found["time"].tolist() == [0, *expected.day]
    assert found["estimate"].tolist() == [1, *expected.survival[0]]
    mine = who[who["arm"] == "intervention"]
    day = found["time"].iloc[5]
    assert found["n_at_risk"].iloc[5] == (mine["time"] - 84 >= day).sum()
    assert found["n_events"].sum() == (mine["status"].eq("event") & (mine["time"] - 84 <= expected.last)).sum()


def test_only_the_primary_landmark_has_standardised_curves():
    assert named(drawn(trial(), ("full_rtw", "landmark_91", "landmark")), "standardised").empty


def test_the_effect_over_time_has_at_least_ten_events_in_an_interval():
    who = trial()
    found = named(drawn(who), "effect_over_time", "intervention / control")
    model = adjusted.adjusted_model(populations_of(who)[LANDMARK])
    expected = effect_over_time(model.fit, 0, 6, 10)
    assert found["estimate"].to_numpy() == pytest.approx(np.exp(expected.estimate))
    assert found["se"].tolist() == expected.se.tolist()
    assert found["time"].tolist() == expected.low.tolist()
    assert found["n_events"].tolist() == expected.n_events.tolist()
    assert found["n_events"].min() >= 10
    assert found["n_at_risk"].iloc[0] == len(who)
    reach = np.log(found["ci_high"] / found["ci_low"])
    assert reach.to_numpy() == pytest.approx(2 * 1.959963984540054 * found["se"])


def test_too_few_events_or_no_model_leave_only_what_was_observed():
    found = drawn(arms([(10, "event"), (30, "event")], [(20, "event"), (25, "censored")]))
    assert "effect_over_time" not in set(found["analysis"])
    none = drawn(trial(status="censored"))
    assert set(none["analysis"]) == {"km", "not_returned", "cuminc", "cuminc_leaving"}
    assert np.isfinite(none["estimate"]).all()
