"""Make every table in one language, from the released store only."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.messages import load
from pilot_analysis.present.tables import build_all, to_csv
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        language = snakemake.wildcards.language
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        words = load(language).with_words(protocol.words(language)).under(protocol)
        threshold = protocol.thresholds.release_min_people
        released = io.read_table(snakemake.input.estimates)
        for name, table in build_all(released, words, threshold=threshold, plan=protocol).items():
            io.write_text(to_csv(table), Path(snakemake.output.folder, f"{name}.csv"))
