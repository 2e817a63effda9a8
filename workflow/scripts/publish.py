"""Put a release that was made and checked in its place."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        for made, place in zip(snakemake.input.made, snakemake.output, strict=True):
            io.write_bytes(Path(made).read_bytes(), place)
