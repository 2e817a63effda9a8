"""Write down what this run was made with."""

from pilot_analysis import io
from pilot_analysis.config import read_yaml
from pilot_analysis.record import run_record
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        synthetic = bool(io.read_table(snakemake.input.summary)["synthetic"].any())
        record = run_record(snakemake.params.config, read_yaml(snakemake.input.protocol), synthetic)
        io.write_yaml(record, snakemake.output.run)
