"""What a figure is drawn from: the released store and curves, the words, the plan, and whether the data are real."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import ORIGIN, Result, Store


@dataclass(frozen=True)
class Material:
    """Input of every figure; `protocol` may be the Protocol object or the same plan as a mapping."""

    store: Store
    curves: pd.DataFrame
    messages: Messages
    protocol: object
    synthetic: bool = False
    threshold: int = 10

    def curve(self, analysis: str, endpoint: str, population: str, group_by: str, level: str) -> pd.DataFrame:
        """Rows of one released curve by time; empty when it was not released."""
        c = self.curves
        keep = (c["level"] == level) & (c["group_by"] == group_by) & (c["analysis"] == analysis)
        keep &= (c["endpoint"] == endpoint) & (c["population"] == population) & (c["origin"] == ORIGIN[population])
        return c[keep.fillna(False)].sort_values("time")

    def count(self, result: Result) -> str:
        """A number of people for a risk table: the count, `×` when withheld, a sign when there is none."""
        if result.status == "suppressed":
            return self.withheld
        return self.messages.number(result.estimate, 0) if result.ok else self.messages.t("sign.none")

    @property
    def withheld(self) -> str:
        """The sign for a number that rests on too few people."""
        return self.messages.t("sign.suppressed", n=self.threshold)

    def notes(self, *keys: str, **values: object) -> list[str]:
        """Footnotes of a figure as one paragraph; made-up data are named in a second one."""
        lines = [" ".join(self.messages.t(key, **values) for key in keys)]
        return [*lines, self.messages.t("figure.note.synthetic")] if self.synthetic else lines
