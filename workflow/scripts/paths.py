"""Draw the AO% paths of single people, for internal use only, in every language of the run."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.internal.paths import panels, paths_figure
from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        made = panels(io.read_table(snakemake.input.cases), io.read_table(snakemake.input.periods), protocol)
        for language, path in snakemake.output.items():
            with style.context():
                figure = paths_figure(made, load(language), protocol)
            io.write_bytes(style.render(figure, ("png",))["png"], path)
