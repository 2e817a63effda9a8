"""Pages of employers: no organisation is found by subtraction, also not by an employer who knows its own people."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from estimate_tables import derived, many, protocol

from pilot_analysis.estimate.organisation import organisation_rows
from pilot_analysis.estimate.store import unclaimed_store
from pilot_analysis.release.concentration import concentrated, is_contribution
from pilot_analysis.release.organisation import organisations_withheld

THRESHOLD = 10


def rows(people: dict[str, tuple[int, int]], measure: str = "cost") -> pd.DataFrame:
    """Rows of organisations from (people, returns) by name."""
    total = np.sum(list(people.values()), axis=0)
    made = [
        {"analysis": "organisation", "measure": measure, "term": name, "level": level, "n": n, "n_events": events}
        for name, own in people.items()
        for level, (n, events) in (("own", own), ("others", tuple(total - np.array(own))))
    ]
    return pd.DataFrame(made).astype({"n": "Int64", "n_events": "Int64"})


def hidden(*tables: pd.DataFrame) -> set[str]:
    table = pd.concat(tables, ignore_index=True)
    return set(table.loc[organisations_withheld(table, no_other(table), THRESHOLD), "term"])


def no_other(table: pd.DataFrame) -> np.ndarray:
    """Nothing is hidden for another reason."""
    return np.zeros(len(table), dtype=bool)


def recovered(people: dict[str, tuple[int, int]], without: set[str]) -> list[str]:
    """Attack: sets of people that somebody can work out and that are too few, by the employer who worked them out.

    Known are the total, each organisation shown, and to an employer its own people. What is left of the total then is a
    set of organisations of which no page was to be had. Without any page nothing comes from the pages.
    """
    rest = sorted(without) if set(people) != without else []
    found = []
    for employer in [None, *people]:
        left = [name for name in rest if name != employer]
        if not left:
            continue
        n, events = np.sum([people[name] for name in left], axis=0)
        alone = len(left) == 1 and (employer is None or people[left[0]][0] < THRESHOLD)
        if alone or min(n, events, n - events) < THRESHOLD:
            found.append(f"{employer}: {left}")
    return found


LARGE = {"a": (40, 20), "b": (50, 25), "c": (60, 30), "d": (70, 35)}


def test_large_organisations_are_all_shown():
    assert hidden(rows(LARGE)) == set()


@pytest.mark.parametrize("small", [(9, 5), (30, 9), (30, 21), (0, 0)])
def test_a_small_one_is_never_hidden_alone_nor_found_by_the_employer_hidden_beside_it(small):
    people = {**LARGE, "e": small}
    found = hidden(rows(people))
    assert {"e", "a", "b"} <= found  # hidden beside e alone, a would take its own people off what remains
    assert recovered(people, {"e"})
    assert recovered(people, {"e", "a"})
    assert recovered(people, found) == []


def test_with_few_organisations_nothing_is_shown():
    assert hidden(rows({"a": (40, 20), "b": (8, 4)})) == {"a", "b"}
    assert hidden(rows({"a": (40, 20)})) == {"a"}  # there are no others
    assert hidden(rows({"a": (40, 20), "b": (60, 30), "c": (8, 4)})) == {"a", "b", "c"}


def test_two_large_ones_may_be_shown_beside_each_other():
    assert hidden(rows({"a": (40, 20), "b": (60, 30)})) == set()


def test_what_is_hidden_in_one_number_is_hidden_in_all():
    mixed = rows({**LARGE, "d": (70, 5)}, "days_not_returned")
    assert hidden(rows(LARGE), mixed) == {"d", "a", "b"}


def test_one_hidden_for_another_reason_is_not_hidden_alone():
    table = rows(LARGE)
    hides = (table["term"].eq("c") & table["level"].eq("own")).to_numpy()
    found = set(table.loc[organisations_withheld(table, hides, THRESHOLD), "term"])
    assert found == {"a", "c"}


def test_a_cost_that_one_person_makes_up_is_withheld_by_the_release_stage():
    """One of 50 people of x had a replacement of two million euro: the mean would tell it."""
    mixed = ["event", "censored", "event", "event", "censored"]
    who = many(200, time=[300, 200, 340, 360], status=mixed, organisation=["w", "x", "y", "z"])
    tables = derived(who)
    rich = tables["costs"]["case_id"].eq("C0001") & tables["costs"]["interval"].eq(0)
    for amount, hides in ((0.0, False), (2e6, True)):
        costs = tables["costs"].assign(replacement=tables["costs"]["replacement"].mask(rich, amount))
        store = unclaimed_store(organisation_rows(tables["cases"], tables["outcomes"], costs, protocol()))
        internal = is_contribution(store)
        assert internal.sum() == 2 * 2 * 4
        found = concentrated(store[~internal], store[internal])
        shown = store[~internal].reset_index(drop=True)
        assert set(shown.loc[found, "term"]) == ({"x"} if hides else set())
        gone = set(shown.loc[organisations_withheld(shown, found, THRESHOLD), "term"])
        assert ("x" in gone and len(gone) > 1) if hides else not gone


def test_other_rows_are_left_alone_and_a_store_without_organisations_too():
    other = pd.DataFrame({"analysis": ["cost"], "measure": ["mean"], "term": ["a"], "level": ["own"], "n": [3]})
    other = other.assign(n_events=1)
    assert not organisations_withheld(other, no_other(other), THRESHOLD).any()
    both = pd.concat([rows({"a": (8, 4), "b": (40, 20)}), other], ignore_index=True)
    assert organisations_withheld(both, no_other(both), THRESHOLD).tolist() == [True] * 4 + [False]


@pytest.mark.parametrize("seed", range(200))
def test_nothing_is_recovered_from_any_mixture_of_sizes(seed):
    rng = np.random.default_rng(seed)
    people = {}
    for name in "abcdef"[: rng.integers(2, 7)]:
        n = int(rng.choice([rng.integers(0, 12), rng.integers(12, 80)]))
        people[name] = (n, int(rng.binomial(n, 0.55)))
    table = rows(people)
    found = hidden(table)
    assert recovered(people, found) == []
    shown = set(people) - found
    total = np.sum(list(people.values()), axis=0)
    for size in range(1, len(shown) + 1):  # any sum of pages, and what the total leaves beside it
        for chosen in combinations(sorted(shown), size):
            part = np.sum([people[name] for name in chosen], axis=0)
            assert min(*part, part[0] - part[1]) >= THRESHOLD
            left = total - part
            assert left[0] == 0 or min(*left, left[0] - left[1]) >= THRESHOLD
