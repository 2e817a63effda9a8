"""The keys of results as names that Word allows: a hidden bookmark for every number, and the list of both.

- A name of a bookmark has at most 40 letters, digits and underscores and is used once, so it holds a checksum of the
  key and how often the result has been shown before. One that begins with an underscore is hidden.
- The list goes with the file, as XML of its own (`customXml/item1.xml`); Word keeps it.
"""

from __future__ import annotations

import hashlib
from xml.sax.saxutils import quoteattr

NAMESPACE = "urn:pilot-analysis:results"


def bookmark(result_id: str, place: int = 1) -> str:
    """Name of the bookmark at the `place`-th showing of a result."""
    return f"_r{hashlib.sha256(result_id.encode()).hexdigest()[:16]}_{place}"


class Bookmarks:
    """Gives each showing of a result its bookmark, and remembers which are given."""

    def __init__(self) -> None:
        self.given: list[tuple[str, str]] = []
        self._shown: dict[str, int] = {}

    def next(self, result_id: str) -> tuple[int, str]:
        """Number (unique in the file) and name of the next bookmark of `result_id`."""
        self._shown[result_id] = self._shown.get(result_id, 0) + 1
        name = bookmark(result_id, self._shown[result_id])
        self.given.append((name, result_id))
        return 1000 + len(self.given), name

    def xml(self) -> bytes:
        """The list of bookmarks with the results they show."""
        lines = [
            f"<number bookmark={quoteattr(name)} result_id={quoteattr(result_id)}/>" for name, result_id in self.given
        ]
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<results xmlns="{NAMESPACE}">\n'
        return (head + "\n".join(lines) + "\n</results>\n").encode()
