"""Write down the checksum of every released file."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.sign.files import FILES, checksums
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]) as running:
        files = checksums(Path(snakemake.params.reports_dir), [Path(path) for path in snakemake.input.released])
        running.say(f"seal: {len(files)} released files")
        io.write_table(files, snakemake.output.files, FILES)
