"""Two releases of one trial: what the later one, less the earlier one, would tell; and what the ledger says of it.

- The earlier release is one up to an earlier day (interim), or without one organisation. Its people, and those of
  them with an event, are some of those of the later one: the others are a cell of their own.
- The ledger refuses a release beside which fewer people than the threshold would stand out: then nothing is released
  and nothing is recovered. The attack is made all the same: it shows what the ledger keeps in.
"""

from __future__ import annotations

from typing import NamedTuple

from attack_book import LEAST, Book
from attack_cells import Cell
from attack_lp import Span
from attack_trial import Found, books, judged
from attack_trials import Trial

from pilot_analysis.release.ledger import Entry, entry_of, exposing_pairs, released_cells
from pilot_analysis.release.members import all_bases
from pilot_analysis.release.people import People

_KEY = b"a key for made-up people only, of no use elsewhere"
_EARLIER = "earlier"
_NESTED = ("analysed", "place", "people", "events", "waiting", "due")


class Two(NamedTuple):
    """What the ledger says of the later of two releases, and what both together tell."""

    refused: bool
    found: Found

    def beyond(self, later: Found) -> dict[Cell, Span]:
        """Cells of the later release, and those in it only, that the later release alone does not tell."""
        return {cell: span for cell, span in self.found.recovered.items() if cell not in later.recovered}


def attack_two(earlier: Trial, later: Trial) -> Two:
    """Attack both releases together."""
    refused = bool(exposing_pairs(_entry(earlier), _entry(later), LEAST))
    both = [_joined(*pair) for pair in zip(
        books(earlier.exact, earlier.released), books(later.exact, later.released), strict=True
    )]  # fmt: skip
    return Two(refused, judged(*both))


def _entry(trial: Trial) -> Entry:
    """What the ledger keeps of a release."""
    surveys = trial.derived.surveys
    tables = {
        name: getattr(trial.derived, name)
        for name in ("cases", "periods", "outcomes", "flow", "guidance", "process", "costs", "wage_values")
    } | {"survey": surveys.scores, "survey_items": surveys.items, "survey_waves": surveys.waves}
    tables["outcomes_sensitivity"] = trial.derived.sensitivity
    people = People(tables, trial.plan)
    cells = released_cells(trial.released.estimates, all_bases(trial.released.estimates, people))
    return entry_of("release", cells, people.cases["case_id"].tolist(), _KEY)


def _joined(earlier: Book, later: Book) -> Book:
    """One book of both, with who is in the later release only."""
    names = {cell: cell._replace(release=_EARLIER) for cell in {*earlier.truth, *earlier.cells}}
    places = {place: later.place(names[cell]) for cell, place in earlier.cells.items()}
    for cell, place in earlier.cells.items():
        later.low[places[place]], later.high[places[place]] = earlier.low[place], earlier.high[place]
        if cell in earlier.truth:
            later.truth[names[cell]] = earlier.truth[cell]
    for terms, low, high in earlier.relations:
        later.relations.append(({places[place]: value for place, value in terms.items()}, low, high))
    later.shown |= {names[cell] for cell in earlier.shown}
    later.sides |= {names[cell]: (names[part], names[whole]) for cell, (part, whole) in earlier.sides.items()}
    for cell in earlier.cells:
        if cell.what in _NESTED and cell in later.truth:
            later.within(names[cell], cell, sure=False)
    return later
