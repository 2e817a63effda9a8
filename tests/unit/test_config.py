"""What an analyst may choose, as text from the command line or as YAML."""

import pytest

from pilot_analysis.config import Resampling, check_config
from pilot_analysis.errors import UserError

CHOSEN = {"raw_dir": "a", "processed_dir": "b", "reports_dir": "c", "language": "nl"}


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ({}, (9999, 1999)),
        ({"resampling": {}}, (9999, 1999)),
        ({"resampling": {"permutations": 199}}, (199, 1999)),
        ({"resampling": {"permutations": "199", "bootstraps": "500"}}, (199, 500)),
    ],
)
def test_how_often_chance_is_imitated(given, sizes):
    assert Resampling(**check_config(CHOSEN | given)["resampling"]) == Resampling(*sizes)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"permutations": 10}, "resampling.permutations: value 10 is not allowed; at least 99"),
        ({"replicates": 999}, "unknown key replicates; allowed are bootstraps, permutations"),
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
