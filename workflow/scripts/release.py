"""Release what rests on enough people."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.release import release
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]) as running:
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        estimates, curves = io.read_table(snakemake.input.estimates), io.read_table(snakemake.input.curves)
        result = release(estimates, curves, protocol.thresholds.release_min_people)
        running.say(f"release: {result.n_suppressed} of {len(result.estimates)} results suppressed")
        io.write_table(result.estimates, snakemake.output.estimates, RELEASED)
        io.write_table(result.estimates, snakemake.output.estimates_csv)
        io.write_table(result.curves, snakemake.output.curves, RELEASED_CURVES)
