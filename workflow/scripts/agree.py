"""Hold the core numbers against a second engine; then write the results store."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.agreement import agree
from pilot_analysis.config import load_protocol
from pilot_analysis.schemas.agreement import AGREEMENT
from pilot_analysis.schemas.results import ESTIMATES
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]) as running:
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        tables = {name: io.read_table(snakemake.input[name]) for name in ("cases", "outcomes", "estimates")}
        result = agree(**tables, protocol=protocol)
        running.say(f"agreement: {result.said}")
        io.write_table(result.table, snakemake.output.agreement, AGREEMENT)
        io.write_table(result.table, snakemake.output.agreement_csv)
        io.write_table(result.estimates, snakemake.output.estimates, ESTIMATES)
        io.write_table(result.estimates, snakemake.output.estimates_csv)
