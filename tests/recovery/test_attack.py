"""An intruder who knows the rules and all that is released finds no protected cell; without the release stage, most."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.random import SeedSequence

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from attack import SEED
from attack_book import Book
from attack_cells import Cell
from attack_lp import Ranges
from attack_trial import Stores, attack
from attack_trials import delivered, earlier, made
from attack_two import attack_two
from trials import protocol

TRIALS = (0, 1, 2)


@pytest.fixture(scope="module", params=TRIALS)
def trial(request):
    return made(delivered(SeedSequence(SEED, spawn_key=(request.param,))), protocol())


def test_nothing_is_recovered_from_what_is_released(trial):
    found = attack(trial.exact, trial.released)
    assert found.protected > 500
    assert found.withheld > 500
    assert found.recovered == {}


def test_the_same_attack_recovers_what_there_is_with_the_release_stage_off(trial):
    found = attack(trial.exact, trial.exact)
    assert len(found.recovered) > 50
    assert len(found.recovered) > 0.8 * found.protected


def rounded(store: pd.DataFrame, small: pd.Series) -> pd.DataFrame:
    """The exact store without the rows that are `small`, every count rounded to 5."""
    shown, small = store.copy(), small | store["analysis"].eq("ao_curve")
    shown.loc[small, ["estimate", "n", "n_events"]] = pd.NA
    shown.loc[small, "status"] = "suppressed"
    counts = shown["unit"].eq("people") | shown["analysis"].eq("events_per_cell")
    for name, which in (("n", slice(None)), ("n_events", slice(None)), ("estimate", counts)):
        shown.loc[which, name] = 5 * np.floor(shown.loc[which, name] / 5 + 0.5)
    return shown


def test_primary_suppression_alone_is_found_out(trial):
    """Everything is shown, rounded, but for rows that say a small number themselves."""
    exact = trial.exact.estimates
    counts = exact["unit"].isin(["people", "events"])
    few = [exact[name].between(1, 9) for name in ("n", "n_events")] + [counts & exact["estimate"].between(1, 9)]
    small = pd.concat(few, axis=1).fillna(False).astype(bool).any(axis=1)
    curves = trial.released.curves
    assert len(attack(trial.exact, Stores(rounded(exact, small), curves.iloc[:0])).recovered) > 20


def test_one_table_that_forgets_the_others_is_found_out(trial):
    """The baseline as it is, but for its own small cells: what is left of the arm is the small cell."""
    exact = trial.exact.estimates.set_index("result_id")
    shown = trial.released.estimates.copy()
    few = exact.index[exact["n_events"].between(1, 9).fillna(False).astype(bool)]
    large = shown["analysis"].eq("baseline") & ~shown["result_id"].isin(few)
    for name in ("estimate", "n", "n_events", "status"):
        shown.loc[large, name] = shown.loc[large, "result_id"].map(exact[name])
    recovered = attack(trial.exact, replace(trial.released, estimates=shown)).recovered
    assert "place" in {cell.what for cell in recovered}


def test_two_releases_tell_more_than_one_and_the_ledger_refuses_them():
    """The second time without one organisation: who works there stands out by subtraction."""
    seed = SeedSequence(SEED, spawn_key=(0,))
    tables = delivered(seed)
    before, plan, kind = earlier(tables, SeedSequence(SEED, spawn_key=(0, 2)))
    later = made(tables, protocol())
    two = attack_two(made(before, plan), later)
    assert kind == "without one organisation"
    assert two.beyond(attack(later.exact, later.released)) != {}
    assert two.refused


def test_a_range_is_what_can_be_worked_out_by_hand():
    """Ten people in three cells, one of them shown as 2 .. 4: the other two share 6 .. 8 and each has one at least."""
    parts = [Cell("place", group=name) for name in "abc"]
    whole = Cell("analysed")
    book = Book(dict(zip([*parts, whole], [3.0, 4.0, 3.0, 10.0], strict=True)))
    book.learn(whole, 10, 10)
    book.learn(parts[0], 2, 4)
    for part in parts[1:]:
        book.learn(part, 1, np.inf)
    book.total(parts, whole)
    found = Ranges(book).narrow([book.cells[part] for part in parts[1:]], 10)
    assert list(found.values()) == [(1.0, 7.0), (1.0, 7.0)]


def test_arithmetic_that_is_wrong_is_noticed():
    one, other = Cell("place", group="a"), Cell("place", group="b")
    book = Book({one: 3.0, other: 4.0})
    with pytest.raises(ValueError, match="not in"):
        book.total([one], other)
    with pytest.raises(ValueError, match="not in"):
        book.learn(one, 4, 9)
