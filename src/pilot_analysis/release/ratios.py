"""What a ratio within a group tells of the events of its arms: at least how many there are.

- A ratio is estimated where both arms have enough events, by a public rule, and its error tells a b / (a + b) of
  the events a and b, so that neither is fewer. Of the other groups of an arm there are then at most so many.
- So have those of an earlier population, and of a weaker return: a sustained return is a full one.
- Where that leaves the other groups too little room, the ratio counts as showing the events of both arms, and goes with
  them; else the events have a floor, with which the linear programmes work.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from pilot_analysis.release.cells import Cells, Key
from pilot_analysis.release.nesting import holds


def floors(cells: Cells, threshold: int) -> dict[int, float]:
    """The least that cells of events can be, by the ratios; a ratio that tells too much is noted in `cells.shown`."""
    found: dict[int, float] = {}
    wider = _wider(cells)
    for _, one, other in cells.ratios:
        a, b = cells.values[one], cells.values[other]
        for cell, events in ((one, a), (other, b)):
            least = min(events, max(float(threshold), float(np.ceil(a * b / (a + b)))))
            for wide in (cell, *wider[cell]):
                found[wide] = max(min(least, cells.values[wide]), found.get(wide, 0.0))
    groups: dict[Key, list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.kind == "events" and not key.table and key.group_by:
            groups[key._replace(group="")].append(cell)
    tight: set[int] = set()
    for parts in groups.values():
        room = sum(cells.values[cell] - found.get(cell, min(cells.values[cell], 1.0)) for cell in parts)
        if room < threshold and any(0 < cells.values[cell] < threshold for cell in parts):
            tight.update(parts)
    for row, *both in cells.ratios:
        told = {other for cell in both for other in (cell, *wider[cell])}
        if tight & told:
            cells.shown += [(row, "estimate", cell) for cell in sorted(told & (tight | set(both)))]
    return {cell: floor for cell, floor in found.items() if cell not in tight}


def _wider(cells: Cells) -> dict[int, list[int]]:
    """Cells of events of the same group and arm in which those of a cell are: earlier populations, weaker endpoints."""
    groups: dict[Key, list[int]] = defaultdict(list)
    for cell, key in enumerate(cells.keys):
        if key.kind == "events" and not key.table and key.group_by:
            groups[key._replace(population="", endpoint="")].append(cell)
    return defaultdict(list, {cell: [other for other in of_group if holds(cells.keys[other], cells.keys[cell])]
                              for of_group in groups.values() for cell in of_group})  # fmt: skip
