"""Write the page of each organisation in every language, from the released store and the record of the run."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.report.employers import pages, withheld
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]) as running:
        released, run = io.read_table(snakemake.input.estimates), io.read_yaml(snakemake.input.run)
        folder = Path(snakemake.output.folder)
        folder.mkdir(parents=True, exist_ok=True)  # there may be no page at all
        for language in snakemake.params.languages:
            for name, page in pages(released, run, language).items():
                io.write_text(page, folder / name)
        without = ", ".join(withheld(released)) or "none"
        running.say(f"employers: organisations without a page: {without}")
