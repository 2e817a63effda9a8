"""The thin edge of a workflow step: messages go to the log and the terminal, bad input ends with status 1."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pilot_analysis.errors import UserError

_PATIENCE = 2.0  # seconds of work before a bar is drawn
_BAR = 20  # characters of the bar


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
        self._since: dict[str, float] = {}
        self._shown = 0.0
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("", encoding="utf-8")

    def say(self, text: str) -> None:
        """Show a message and keep it in the log."""
        print(text, file=sys.stderr, flush=True)
        with self.log.open("a", encoding="utf-8") as handle:
            handle.write(text + "\n")

    def progress(self, what: str, done: int, total: int) -> None:
        """Draw how far a long piece of work is: nothing in its first two seconds, then at most a line a second."""
        now = time.monotonic()
        if done == 0 or what not in self._since:
            self._since[what] = self._shown = now
        if now - self._since[what] < _PATIENCE or now - self._shown < 1:
            return
        self._shown = now
        filled = _BAR * done // max(total, 1)
        bar = "█" * filled + "░" * (_BAR - filled)
        print(f"{self.log.stem}: {bar} {done} of {total} {what}", file=sys.stderr, flush=True)
