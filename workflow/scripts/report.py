"""Put the report together in one language, from the released store, figures and the run, and write each format."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.checklists import load_checklists
from pilot_analysis.config import load_protocol
from pilot_analysis.messages import load
from pilot_analysis.present.tables import build_all
from pilot_analysis.report.compose import compose, places
from pilot_analysis.report.formats import write
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        language, run = snakemake.params.language, io.read_yaml(snakemake.input.run)
        released = io.read_table(snakemake.input.estimates)
        threshold = run["protocol"]["thresholds"]["release_min_people"]
        drawn = Path(snakemake.input.figures)
        figures = {file.stem: file.read_text(encoding="utf-8") for file in drawn.glob("*.svg")}
        pictures = {file.stem: file.read_bytes() for file in drawn.glob("*.png")}
        plan = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        words = load(language).with_words(plan.words(language)).under(plan)
        tables = build_all(released, words, threshold=threshold, plan=plan)
        lists = load_checklists(Path(snakemake.input.checklists), places(tables))
        document = compose(released, figures, tables, run, language, pictures, lists, plan.words(language))
        for kind, path in snakemake.output.items():
            io.write_bytes(write(document, kind), path)
