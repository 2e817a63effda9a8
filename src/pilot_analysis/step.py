"""The thin edge of a workflow step: messages go to the log and the terminal, bad input ends with status 1."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pilot_analysis.errors import UserError


@contextmanager
def step(log: str | Path) -> Iterator[Step]:
    """Run a step; a `UserError` is shown as it is, without a traceback, and the process ends with status 1."""
    running = Step(Path(log))
    try:
        yield running
    except UserError as problem:
        running.say(str(problem))
        sys.exit(1)


class Step:
    """Messages of one step, written to its log and to the terminal. They never hold a case-level value."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("", encoding="utf-8")

    def say(self, text: str) -> None:
        """Show a message and keep it in the log."""
        print(text, file=sys.stderr, flush=True)
        with self.log.open("a", encoding="utf-8") as handle:
            handle.write(text + "\n")
