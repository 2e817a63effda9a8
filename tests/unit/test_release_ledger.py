"""The ledger across releases: who was described before, under marks; what a new release would show beside it."""

import json

import numpy as np
import pandas as pd
import pytest

from pilot_analysis.errors import UserError
from pilot_analysis.release import release
from pilot_analysis.release.basis import Basis
from pilot_analysis.release.chain import Head, appended, check_head, head_of, read_ledger, sealed, unsealed
from pilot_analysis.release.ledger import entry_of, exposed_cells, exposing_pairs, released_cells, same_entry
from pilot_analysis.release.people import Chosen
from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.results import CURVES, ESTIMATES

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
PEOPLE = [f"P{number:04d}" for number in range(60)]


def entry(label: str = "interim", key: bytes = KEY, people: list[str] = PEOPLE, **cells: range | list[int]):
    """A release with cells of people by position."""
    sets = {name.replace("__", "#"): np.isin(np.arange(len(people)), list(chosen)) for name, chosen in cells.items()}
    return entry_of(label, sets, people, key)


def pairs(before, after, threshold: int = 10) -> list[tuple[str, str]]:
    return [(pair.earlier, pair.new) for pair in exposing_pairs(before, after, threshold)]


def test_a_cell_that_grew_by_a_few_people_is_refused_and_named():
    before = entry(a__members=range(20), b__members=range(40))
    after = entry("final", a__members=range(24), b__members=range(40))
    assert pairs(before, after) == [("a#members", "a#members")]


@pytest.mark.parametrize(("more", "exposed"), [(1, True), (9, True), (10, False), (15, False)])
def test_the_threshold_is_the_first_number_that_may_be_shown(more, exposed):
    before, after = entry(a__members=range(20)), entry("final", a__members=range(20 + more))
    assert bool(pairs(before, after)) is exposed


def test_the_same_release_twice_exposes_nobody():
    cells = {"a__members": range(20), "a__events": range(14), "b__members": range(15)}
    assert pairs(entry(**cells), entry("again", **cells)) == []


def test_everybody_with_and_without_an_organisation():
    """Six of fifty are of the organisation that the second release leaves out."""
    before = entry(a__members=range(50), a__events=range(10, 40))
    after = entry("without", a__members=range(6, 50), a__events=range(10, 40))
    assert pairs(before, after) == [("a#members", "a#members")]


def test_subtraction_from_a_cell_of_another_name():
    """Everybody was released before; now a group that all but three of them are in."""
    before, after = entry(all__members=range(30)), entry("final", group__members=range(27))
    assert pairs(before, after) == [("all#members", "group#members")]


def test_some_came_and_some_went():
    before, after = entry(a__members=range(30)), entry("final", a__members=range(2, 34))
    assert pairs(before, after) == [("a#members", "a#members")]
    other = entry("final", b__members=range(2, 34))  # not one within the other, and not the same cell
    assert pairs(before, other) == []


def test_events_are_subtracted_as_members_are():
    before = entry(a__members=range(40), a__events=range(12))
    after = entry("final", a__members=range(40), a__events=range(17))
    assert pairs(before, after) == [("a#events", "a#events")]


def test_what_one_release_tells_alone_is_not_for_the_ledger():
    """Both cells stand in both releases: their difference of five is nothing new."""
    cells = {"a__members": range(20), "b__members": range(25)}
    assert pairs(entry(**cells), entry("final", **cells, c__members=range(40))) == []


def test_other_people_are_other_marks_and_expose_nothing():
    strangers = [f"Q{number:04d}" for number in range(60)]
    assert pairs(entry(a__members=range(20)), entry("other", people=strangers, a__members=range(20))) == []


def test_people_are_known_again_in_another_order():
    turned = PEOPLE[::-1]
    before = entry(a__members=range(20))
    after = entry("final", people=turned, a__members=range(35, 60))  # the first twenty-five
    assert pairs(before, after) == [("a#members", "a#members")]


def test_pairs_come_with_the_name_of_the_earlier_release():
    found = exposing_pairs(entry("interim 2022"), entry("final"), 10)
    assert found == []
    found = exposing_pairs(entry("interim 2022", a__members=range(12)), entry("final", a__members=range(13)), 10)
    assert [pair.release for pair in found] == ["interim 2022"]


def test_every_cell_of_the_same_people_is_exposed_with_them():
    """Whichever of them stayed would tell the difference; one that only few people share a name with does not."""
    before = entry(a__members=range(20), c__members=range(30, 60))
    after = entry("final", a__members=range(24), b__members=range(24), c__members=[*range(31, 60), 29])
    found = exposed_cells(before, after, 10)
    assert {name: (pair.earlier, pair.new) for name, pair in found.items()} == {
        "a#members": ("a#members", "a#members"),
        "b#members": ("a#members", "b#members"),
        "c#members": ("c#members", "c#members"),
    }


def test_cells_are_exposed_exactly_where_pairs_are():
    rng = np.random.default_rng(5)
    for _ in range(200):
        before, after = (
            entry(label, **{f"c{cell}__members": np.flatnonzero(rng.random(60) < 0.9) for cell in range(3)})
            for label in ("interim", "final")
        )
        named = {pair.new for pair in exposing_pairs(before, after, 10)}
        assert named <= exposed_cells(before, after, 10).keys()
        assert bool(named) == bool(exposed_cells(before, after, 10))


def test_a_ledger_comes_back_as_it_was_kept():
    first, second = entry(a__members=range(20), b__events=range(11)), entry("final", a__members=range(45))
    text = appended(appended("", first, KEY), second, KEY)
    found = read_ledger(text, KEY)
    assert [one.label for one in found] == ["interim", "final"]
    assert found[0].people == first.people and found[0].cells == first.cells
    assert np.array_equal(found[0].sets, first.sets) and np.array_equal(found[1].sets, second.sets)
    assert text.startswith(appended("", first, KEY))  # only ever added to


def test_neither_pseudonyms_nor_the_key_are_in_it():
    text = appended("", entry(a__members=range(20)), KEY)
    assert not any(name in text for name in PEOPLE)
    assert KEY.decode() not in text


def test_without_the_key_marks_cannot_be_made_again():
    one, other = entry(a__members=range(20)), entry(key=OTHER_KEY, a__members=range(20))
    assert not set(one.people) & set(other.people)


def test_the_last_release_again_adds_nothing():
    text = appended("", entry(a__members=range(20)), KEY)
    assert appended(text, entry("signed by another", a__members=range(20)), KEY) == text
    assert appended(text, entry(a__members=range(21)), KEY) != text


@pytest.fixture
def kept() -> str:
    text = appended("", entry(a__members=range(20)), KEY)
    return appended(text, entry("final", a__members=range(45)), KEY)


def changed_label(text: str) -> str:
    first, second = text.splitlines()
    return "\n".join([json.dumps({**json.loads(first), "label": "never"}), second])


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda text: text.splitlines()[1], 1),
        (changed_label, 1),
        (lambda text: text + "{}\n", 3),
        (lambda text: text + "no json\n", 3),
        (lambda text: text + text.splitlines()[1], 3),
    ],
)
def test_a_ledger_that_was_changed_is_refused(kept, spoil, line):
    with pytest.raises(UserError, match=f"line {line}: this line does not follow"):
        read_ledger(spoil(kept), KEY)


def test_another_key_is_refused(kept):
    with pytest.raises(UserError, match="another key"):
        read_ledger(kept, OTHER_KEY)


def test_a_cell_is_what_was_shown_and_no_count_of_the_flow():
    ids = ["a", "withheld", "hidden", "steps"]
    rows = {"result_id": ids, "analysis": ["km", "km", "km", "flow"], "status": ["ok", "ok", "suppressed", "ok"]}
    released = pd.DataFrame({**rows, "n_events": pd.array([12, None, 12, None], dtype="Int64")})
    who = Chosen(np.ones(3, dtype=bool))
    bases = {name: Basis(who, events=who) for name in ids}
    assert sorted(released_cells(released, bases)) == ["a#events", "a#members", "withheld#members"]


# --- lines cut off the end, and releases that are not signed yet ------------------------------------------------------


@pytest.mark.parametrize("left", [0, 1])
def test_lines_cut_off_the_end_are_found_by_what_was_noted(kept, left):
    short = "".join(f"{line}\n" for line in kept.splitlines()[:left])
    assert len(read_ledger(short, KEY)) == left  # the chain alone does not tell
    with pytest.raises(UserError, match=f"{left} releases where the head notes 2"):
        check_head(short, head_of(kept), "ledger", "the head")


def test_a_ledger_that_went_on_since_is_sound(kept):
    check_head(kept, Head(1, head_of(kept.splitlines()[0]).chain), "ledger", "the head")
    check_head(kept, head_of(""), "ledger", "the head")


def test_another_history_of_the_same_length_is_found(kept):
    other = appended("", entry(a__members=range(30)), KEY)
    with pytest.raises(UserError, match="line 1: not the line"):
        check_head(kept, head_of(other), "ledger", "the head")


def test_an_entry_comes_back_as_it_was_sealed():
    made = entry(a__members=range(20), b__events=range(11))
    found = unsealed(sealed(made, "checksum", KEY), "final", "checksum", KEY)
    assert same_entry(found, made) and found.label == "final"
    assert not any(name in sealed(made, "checksum", KEY) for name in PEOPLE)


@pytest.mark.parametrize(
    ("spoil", "store", "key"),
    [
        (lambda text: text.replace("a#members", "c#members"), "checksum", KEY),
        (lambda text: text, "of another store", KEY),
        (lambda text: text, "checksum", OTHER_KEY),
        (lambda text: "no json", "checksum", KEY),
    ],
)
def test_an_entry_that_is_not_of_this_release_is_refused(spoil, store, key):
    text = sealed(entry(a__members=range(20)), "checksum", KEY)
    with pytest.raises(UserError, match="run the workflow again"):
        unsealed(spoil(text), "final", store, key)


def test_a_line_of_the_ledger_is_no_entry(kept):
    with pytest.raises(UserError, match="run the workflow again"):
        unsealed(kept.splitlines()[0], "final", "checksum", KEY)


# --- what is withheld because of an earlier release -------------------------------------------------------------------


def groups() -> pd.DataFrame:
    """Means of everybody and of three groups that everybody is in."""
    about = {
        "analysis": "rmst", "measure": "rmst", "estimand": "P1", "role": "secondary", "endpoint": "full_rtw", "n": 0,
        "population": "landmark_84", "origin": "landmark", "unit": "days", "method": "m", "engine": "e",
        "status": "ok", "estimate": 50.0, "group_by": "cas_group",
    }  # fmt: skip
    people = {"all": 120, "psychological": 50, "musculoskeletal": 40, "other": 30}
    rows = [
        {**dict.fromkeys(ESTIMATES.columns), **about, "result_id": level, "level": level, "n": n}
        for level, n in people.items()
    ]
    rows[0]["group_by"] = "all"
    return conform(pd.DataFrame(rows), ESTIMATES)


def test_what_is_withheld_beside_an_earlier_release_cannot_be_computed_from_the_rest():
    whole = release(groups(), empty_table(CURVES), 10).estimates.set_index("result_id")
    assert whole["n"].notna().all()
    why = {"psychological#members": "would expose people"}
    found = release(groups(), empty_table(CURVES), 10, beside=why)
    rows = found.estimates.set_index("result_id")
    assert rows.loc["psychological", "status"] == "suppressed" and pd.isna(rows.loc["psychological", "n"])
    assert rows["n"].notna().sum() == 2  # one more went: all minus the two others would tell
    rules = found.decisions.set_index("result_id")
    assert tuple(rules.loc["psychological", ["decision", "rule"]]) == ("suppressed_primary", "would expose people")
    assert (rules["decision"] == "suppressed_secondary").sum() == 1
