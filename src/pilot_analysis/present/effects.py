"""Effects of the Theory of Change as the released store has them, with the result each points to and its words.

- `kind` of an effect: `for`, `against` or `undecided` where there is a direction; `described` (measured, arms asked at
  different times); `gap` (not measurable within one year); `waiting` (no number in this run); `withheld` (too few).
- Words of effects come from the plan (`Protocol.words`), with which the catalogue is extended; else the id shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import Result, Store
from pilot_analysis.theory import GAP, pointed

_DIRECTIONS = {1.0: "for", -1.0: "against", 0.0: "undecided"}
_DIGITS = {"days": 1, "points": 1, "euro": 0, "ratio": 2, "probability": 1, "percent": 1}


@dataclass(frozen=True)
class ShownEffect:
    """One effect: its own row and the row it points to (`None` without)."""

    row: Result
    result: Result | None

    @property
    def id(self) -> str:
        """Id of the effect."""
        return self.row.term

    @property
    def theory(self) -> str:
        """Theory that the effect belongs to."""
        return self.row.level.split(":")[0]

    @property
    def level(self) -> str:
        """Level: output, short, long."""
        return self.row.level.split(":")[1]

    @property
    def category(self) -> str:
        """Category of the effect."""
        return self.row.level.split(":")[2]

    @property
    def kind(self) -> str:
        """What the pilot has to say about it."""
        if self.row.measure == GAP:
            return "gap"
        if self.row.status == "suppressed" or (self.result is not None and self.result.status == "suppressed"):
            return "withheld"
        if self.result is not None and self.row.measure == "described" and self.result.n != 0:
            return "described"
        if self.result is None or not self.result.ok:
            return "waiting"
        return _DIRECTIONS[self.row.estimate] if self.row.ok else "waiting"


def effects(store: Store) -> list[ShownEffect]:
    """All effects in the order of the store."""
    results = {row.result_id: row for row in store.rows}
    return [ShownEffect(row, results.get(pointed(row.method))) for row in store.select(analysis="theory_of_change")]


def value_text(result: Result, messages: Messages) -> str:
    """A difference or ratio with its interval and unit."""
    digits, scale = _DIGITS.get(result.unit, 2), 100 if result.unit == "probability" else 1
    number = messages.number(scale * result.estimate, digits, signed=result.unit != "ratio")
    interval = messages.interval(result.ci_low, result.ci_high, digits, scale=scale)
    if result.unit == "ratio":
        return messages.t("theory.value_ratio", value=number, interval=interval)
    return messages.t("theory.value", value=number, unit=messages.word("theory.unit", result.unit), interval=interval)


def kind_text(effect: ShownEffect, messages: Messages, threshold: int) -> str:
    """The kind in words, with the reason where there is no number."""
    if effect.kind == "gap":
        return messages.t("theory.kind_long.gap", reason=messages.word("effect_gap", effect.id))
    if effect.kind == "waiting":
        return messages.reason(effect.row.reason) if effect.row.reason else messages.t("reason.absent")
    return messages.t(f"theory.kind_long.{effect.kind}", n=threshold)
