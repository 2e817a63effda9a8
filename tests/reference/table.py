"""Prints how far the engine is from its references: `python tests/reference/table.py [word]`.

A row per comparison over all its data sets; with a word, only those whose topic or name has it. The checks are those of
the tests beside this file. Exit status 1 when a deviation exceeds its tolerance.
"""

import importlib
import sys
from itertools import groupby
from pathlib import Path

HERE = Path(__file__).parent
HEADER = ("topic", "what", "oracle", "data sets", "numbers", "deviation", "tolerance", "verdict")


def checks(word: str = ""):
    """Return the checks of every file of tests that has a topic."""
    sys.path.insert(0, str(HERE))
    modules = [importlib.import_module(path.stem) for path in sorted(HERE.glob("test_reference_*.py"))]
    found = [check for module in modules if hasattr(module, "TOPIC") for check in module.TOPIC.checks]
    return [check for check in found if word.lower() in f"{check.topic} {check.what}".lower()]


def row(topic: str, what: str, oracle: str, tolerance: float, members) -> tuple:
    """Run the checks of one comparison; the last element tells whether all are within the tolerance."""
    results = [check.run() for check in members]
    worst = max(deviation for _, deviation in results)
    good = worst <= tolerance and all(numbers for numbers, _ in results)
    numbers = sum(numbers for numbers, _ in results)
    verdict = "met" if good else "NOT MET"
    return topic, what, oracle, str(len(results)), f"{numbers:,}", f"{worst:.0e}", f"{tolerance:.0e}", verdict


def main(word: str = "") -> int:
    """Print the table."""
    rows = []
    for key, members in groupby(checks(word), lambda check: (check.topic, check.what, check.oracle, check.tolerance)):
        rows.append(row(*key, list(members)))
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    for line in (HEADER, *rows):
        texts, figures = line[:3], line[3:7]
        cells = [text.ljust(width) for text, width in zip(texts, widths, strict=False)]
        cells += [text.rjust(width) for text, width in zip(figures, widths[3:7], strict=True)]
        print("  ".join([*cells, line[7]]))
    failed = sum(line[7] != "met" for line in rows)
    numbers = sum(int(line[4].replace(",", "")) for line in rows)
    print(f"{len(rows)} comparisons, {numbers:,} numbers, {failed} beyond their tolerance")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
