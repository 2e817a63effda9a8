"""The corpus: all refused and all clean deliveries, and what intake and the check make of each."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import corpus_clean
import corpus_refused_cells
import corpus_refused_files
import corpus_refused_logic
from corpus_base import PLAN, PLAN_COMPARED, QUERIES, Clean, Refused, deliver

from pilot_analysis.check.page import check_page
from pilot_analysis.intake.delivery import Intake, read_delivery
from pilot_analysis.intake.telling import told

REFUSED = [*corpus_refused_files.REFUSED, *corpus_refused_cells.REFUSED, *corpus_refused_logic.REFUSED]
CLEAN = corpus_clean.CLEAN


@dataclass
class Outcome:
    """What is said of a delivery: the list, the terminal, the page in both languages."""

    intake: Intake

    @cached_property
    def listed(self) -> str:
        """The list of findings as CSV."""
        return self.intake.issues.to_csv(index=False)

    @cached_property
    def told(self) -> str:
        """What the terminal shows."""
        return told(self.intake.issues, "issues.csv")

    @cached_property
    def pages(self) -> dict[str, str]:
        """The page by language."""
        return {language: check_page(self.intake, name="levering", language=language) for language in ("nl", "en")}


def outcome(entry: Refused | Clean) -> Outcome:
    """Intake of the sound delivery as `entry` changes it, and everything that is written about it."""
    plan = PLAN_COMPARED if getattr(entry, "compared", False) else PLAN
    lines = getattr(entry, "decisions", ())
    with tempfile.TemporaryDirectory() as folder:
        delivery, queries = deliver(Path(folder, "levering"), entry.changes), Path(folder, "config/queries.csv")
        queries.parent.mkdir()
        queries.write_text(QUERIES, encoding="utf-8")
        if lines:
            issues = read_delivery(delivery, plan, queries).issues
            ids = dict(zip(issues["rule"], issues["issue_id"], strict=True))
            queries.write_text(QUERIES + "".join(line.format(**ids) + "\n" for line in lines), encoding="utf-8")
        return Outcome(read_delivery(delivery, plan, queries))


@cache
def refused(number: int) -> Outcome:
    """Outcome of the refused delivery `number`, read once for all tests."""
    return outcome(REFUSED[number])
