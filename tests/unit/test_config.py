"""What an analyst may choose, as text from the command line or as YAML."""

from pathlib import Path

import pytest

from pilot_analysis.config import Resampling, check, check_config, read_yaml
from pilot_analysis.errors import UserError

CHOSEN = {"raw_dir": "a", "processed_dir": "b", "reports_dir": "c", "language": "nl"}


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ({}, (9999, 1999)),
        ({"resampling": {}}, (9999, 1999)),
        ({"resampling": {"permutations": 199}}, (199, 1999)),
        ({"resampling": {"permutations": "199", "bootstraps": "500"}}, (199, 500)),
        ({"resampling": {"permutations": 199.0}}, (199, 1999)),
    ],
)
def test_how_often_chance_is_imitated(given, sizes):
    found = Resampling(**check_config(CHOSEN | given)["resampling"])
    assert found == Resampling(*sizes)
    assert isinstance(found.permutations, int)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"permutations": 10}, "resampling.permutations: value 10 is not allowed; at least 99"),
        ({"replicates": 999}, "unknown key replicates; allowed are bootstraps, permutations"),
        ({"bootstraps": "²"}, "resampling.bootstraps: value '²' is not allowed; expected integer"),
        ({"bootstraps": "many"}, "resampling.bootstraps: value 'many' is not allowed; expected integer"),
        (999, "resampling: value 999 is not allowed; expected object"),
    ],
)
def test_another_size_is_an_error_that_names_what_is_allowed(value, fault):
    with pytest.raises(UserError, match="config/config") as problem:
        check_config(CHOSEN | {"resampling": value})
    assert fault in str(problem.value)


def test_strict_is_true_unless_given():
    assert check_config(CHOSEN)["strict"] is True
    assert check_config(CHOSEN | {"strict": "false"})["strict"] is False


@pytest.mark.parametrize(
    ("names", "value", "fault"),
    [
        (("milestones",), [0, 42], "milestones.0: value 0 is not allowed; at least 1"),
        (("piecewise_cut",), 0, "piecewise_cut: value 0 is not allowed; at least 1"),
        (("piecewise_cut",), 91, "piecewise_cut: value 91 is not allowed; at most 84"),
        (("clocks", "itt", "horizon"), 0, "clocks.itt.horizon: value 0 is not allowed; at least 1"),
        (("clocks", "landmark_84", "day"), 98, "clocks.landmark_84.day: value 98 is not allowed; expected 84"),
    ],
)
def test_a_plan_under_which_numbers_would_mean_nothing_is_refused(names, value, fault):
    plan = read_yaml(Path(__file__).parents[2] / "config" / "protocol.yaml")
    part = plan
    for name in names[:-1]:
        part = part[name]
    part[names[-1]] = value
    with pytest.raises(UserError) as problem:
        check(plan, "protocol", "plan")
    assert fault in str(problem.value)
