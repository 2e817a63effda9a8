"""Make the synthetic delivery."""

from pathlib import Path

from pilot_analysis.step import step
from pilot_analysis.synthetic.suppliers import make_default

if __name__ == "__main__":
    with step(snakemake.log[0]):
        make_default(Path(snakemake.params.folder))
