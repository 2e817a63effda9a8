"""Read and check the delivery; write the tables, or list what has to be mended and stop."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.errors import UserError
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.intake.telling import told
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.issues import EXCLUDED_CASES, ISSUES, SUMMARY
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log.text) as running:
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        raw_dir, strict = Path(snakemake.params.raw_dir), snakemake.params.strict
        delivery = read_delivery(raw_dir, protocol, snakemake.input.queries, strict)
        io.write_table(delivery.issues, snakemake.log.issues, ISSUES)
        running.say(told(delivery.issues, snakemake.log.issues, strict))
        if delivery.stops:
            raise UserError("The delivery was not taken. Mend or decide what is listed above, then run again.")
        for name, table in delivery.tables.items():
            schema = None if TABLES[name].items else TABLES[name].schema
            io.write_table(table, f"{snakemake.params.validated_dir}/{name}.parquet", schema)
        io.write_table(delivery.excluded_cases, snakemake.output.excluded, EXCLUDED_CASES)
        io.write_table(delivery.issues, snakemake.output.issues, ISSUES)
        io.write_table(delivery.summary.assign(synthetic=delivery.synthetic), snakemake.output.summary, SUMMARY)
