"""Release what rests on enough people."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.release import release
from pilot_analysis.schemas.decisions import DECISIONS
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES
from pilot_analysis.sign.ledger_file import check_release, open_ledger
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]) as running:
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        estimates, curves = io.read_table(snakemake.input.estimates), io.read_table(snakemake.input.curves)
        limits = protocol.thresholds
        result = release(estimates, curves, limits.release_min_people, limits.confidence_level)
        running.say(f"release: {result.n_suppressed} of {len(result.estimates)} results suppressed")
        tables = {Path(path).stem: io.read_table(path) for path in snakemake.input.derived}
        ledger = open_ledger(snakemake.params.ledger, Path(snakemake.params.processed_dir))
        note = check_release(ledger, result.estimates, tables, protocol, Path(snakemake.log.exposed))
        io.write_text(f"{note}\n", snakemake.output.ledger)
        io.write_table(result.estimates, snakemake.output.estimates, RELEASED)
        io.write_table(result.estimates, snakemake.output.estimates_csv)
        io.write_table(result.curves, snakemake.output.curves, RELEASED_CURVES)
        io.write_table(result.decisions, snakemake.output.decisions, DECISIONS)
