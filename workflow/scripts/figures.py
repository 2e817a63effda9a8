"""Draw every figure in one language, from the released store only."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.messages import load
from pilot_analysis.present.figures import draw_all, render
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        language = snakemake.wildcards.language
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        figures = draw_all(
            io.read_table(snakemake.input.estimates),
            io.read_table(snakemake.input.curves),
            load(language).with_words(protocol.words(language)).under(protocol),
            protocol,
            synthetic=io.read_yaml(snakemake.input.run)["synthetic"],
            threshold=protocol.thresholds.release_min_people,
        )
        for name, figure in figures.items():
            for kind, content in render(figure).items():
                io.write_bytes(content, Path(snakemake.output.folder, f"{name}.{kind}"))
