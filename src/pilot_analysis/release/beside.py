"""A release beside earlier ones: what would expose people by subtraction is withheld, until nothing would.

- Each cell that exposes people beside an earlier release is handed to disclosure control as one more that is protected:
  its rows are withheld, and what would give it away within the new release too (sums, shares, curves).
- Then the rest is compared with the earlier releases again, because withholding changes what is shown.
- Every turn withholds a cell more or is the last.

It fails only as the release does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from pilot_analysis.release.ledger import Entry, Pair, exposed_cells
from pilot_analysis.release.suppression import Released


def withheld_beside(
    make: Callable[[Mapping[str, str]], Released],
    enter: Callable[[pd.DataFrame], Entry],
    earlier: Sequence[Entry],
    threshold: int,
) -> tuple[Released, Entry, list[Pair]]:
    """A release that exposes nobody beside the `earlier` ones, its entry, and the pairs for which cells are withheld.

    Parameters
    ----------
    make
        Makes the release without cells (`result_id#set`); the text by each says why, for the release record.
    enter
        Makes the entry of a released store.
    earlier
        The entries of the releases that were signed before.
    threshold
        Fewest people that may be shown.
    """
    pairs: dict[str, Pair] = {}
    while True:
        result = make({cell: reason(pair) for cell, pair in pairs.items()})
        entry = enter(result.estimates)
        found: dict[str, Pair] = {}
        for before in earlier:
            found = exposed_cells(before, entry, threshold) | found
        if not found.keys() - pairs.keys():
            return result, entry, list(pairs.values())
        pairs = found | pairs


def reason(pair: Pair) -> str:
    """Why a cell is withheld, in the release record: the pair of cells and the earlier release."""
    return f"would expose people: {pair.new} beside {pair.earlier} of release '{pair.release}'"
