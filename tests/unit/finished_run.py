"""A whole run in memory: synthetic delivery, validated, derived, estimated with little resampling, and released."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
from estimate_tables import FEW, protocol

from pilot_analysis import io
from pilot_analysis.derive import derive
from pilot_analysis.estimate import estimate
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.release import release
from pilot_analysis.release.people import People
from pilot_analysis.synthetic.suppliers import make_default

TABLES = ("cases", "periods", "outcomes", "flow", "guidance", "process", "costs", "wage_values")


@dataclass(frozen=True)
class Run:
    """The tables of a run by name, its results store, and what was released of it and of its curves."""

    validated: dict[str, pd.DataFrame]
    derived: dict[str, pd.DataFrame]
    estimates: pd.DataFrame
    released: pd.DataFrame
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    exact_curves: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def people(self) -> People:
        return People(self.derived, protocol())

    def write(self, folder: Path) -> None:
        """Write it as the workflow does: tables below `p`, what is released below `r`."""
        for name, table in self.derived.items():
            io.write_table(table, folder / "p" / "derived" / f"{name}.parquet")
        for name, table in self.validated.items():
            io.write_table(table, folder / "p" / "validated" / f"{name}.parquet")
        io.write_table(self.estimates, folder / "p" / "estimates.parquet")
        io.write_table(self.released, folder / "r" / "released" / "estimates.parquet")


@cache
def finished_run(n_cases: int = 160, seed: int = 7) -> Run:
    """The run; the same for all tests of a session, which change nothing in it."""
    with tempfile.TemporaryDirectory() as folder:
        make_default(Path(folder) / "delivery", n_cases=n_cases, seed=seed)
        intake = read_delivery(Path(folder) / "delivery", protocol(), strict=False)
    validated = intake.tables | {"excluded_cases": intake.excluded_cases}
    made = derive(validated, protocol())
    derived = {name: getattr(made, name) for name in TABLES} | {
        "survey": made.surveys.scores, "survey_items": made.surveys.items, "survey_waves": made.surveys.waves
    }  # fmt: skip
    found = estimate(
        **derived,
        summary=intake.summary,
        issues=intake.issues,
        interview_themes=intake.tables["interview_themes"],
        protocol=protocol(),
        resampling=FEW,
    )
    shown = release(found.estimates, found.curves, protocol().thresholds.release_min_people)
    derived["outcomes_sensitivity"] = made.sensitivity
    return Run(validated, derived, found.estimates, shown.estimates, shown.curves, found.curves)
