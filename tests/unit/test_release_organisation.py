"""Pages of employers: no organisation is found by subtraction, also not by an employer who knows its own people."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

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
    return set(table.loc[organisations_withheld(table, THRESHOLD), "term"])


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


def test_other_rows_are_left_alone_and_a_store_without_organisations_too():
    other = pd.DataFrame({"analysis": ["cost"], "measure": ["mean"], "term": ["a"], "level": ["own"], "n": [3]})
    other = other.assign(n_events=1)
    assert not organisations_withheld(other, THRESHOLD).any()
    both = pd.concat([rows({"a": (8, 4), "b": (40, 20)}), other], ignore_index=True)
    assert organisations_withheld(both, THRESHOLD).tolist() == [True] * 4 + [False]


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
