"""Which of two sets of people or events of a group lies within the other, by the definitions.

- A sustained return is a full one and a full one a partial one; who is at risk at a later landmark was at an earlier.
- Behind a landmark endpoints need not be nested (a full return before it may be followed by a sustained one behind it):
  who takes it for so protects a little more.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilot_analysis.release.cells import Cells, Key

_WEAKEST_FIRST = ("partial_rtw", "full_rtw", "sustained_rtw")
_LANDMARK = "landmark_"


def narrowness(key: Key) -> tuple[int, int]:
    """How strong the return is that a cell is about, and how late the day on which its people had to be at risk."""
    strength = _WEAKEST_FIRST.index(key.endpoint) if key.endpoint in _WEAKEST_FIRST else 0
    day = key.population.removeprefix(_LANDMARK)
    return strength, int(day) if day.isdecimal() else 0


def holds(one: Key, other: Key) -> bool:
    """Whether the people or events of `one` include those of `other`."""
    return one != other and all(wide <= narrow for wide, narrow in zip(narrowness(one), narrowness(other), strict=True))


def narrow_first(cells: Cells, chain: Iterable[int]) -> list[int]:
    """Cells from the fewest to the most; of as many, the one that lies within the other first."""
    return sorted(chain, key=lambda of: (cells.values[of], *(-narrow for narrow in narrowness(cells.keys[of]))))
