"""Compute every planned result."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import Resampling, load_protocol
from pilot_analysis.estimate import estimate
from pilot_analysis.schemas.results import CURVES, ESTIMATES
from pilot_analysis.step import step

TABLES = ("cases", "periods", "outcomes", "flow", "costs", "wage_values", "summary", "issues")
PROCESS = ("guidance", "process", "interview_themes")
SURVEYS = ("survey", "survey_items", "survey_waves")

if __name__ == "__main__":
    with step(snakemake.log[0]) as running:
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        tables = {name: io.read_table(snakemake.input[name]) for name in TABLES + PROCESS + SURVEYS}
        resampling = Resampling(**snakemake.params.resampling)
        result = estimate(**tables, protocol=protocol, resampling=resampling, progress=running.progress)
        io.write_table(result.estimates, snakemake.output.estimates, ESTIMATES)
        io.write_table(result.curves, snakemake.output.curves, CURVES)
