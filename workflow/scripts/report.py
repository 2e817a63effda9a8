"""Put the report together in one language, from the released store, the figures and the record of the run."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.messages import load
from pilot_analysis.present.tables import build_all
from pilot_analysis.report.html import build
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        language, run = snakemake.params.language, io.read_yaml(snakemake.input.run)
        released = io.read_table(snakemake.input.estimates)
        threshold = run["protocol"]["thresholds"]["release_min_people"]
        figures = {file.stem: file.read_text(encoding="utf-8") for file in Path(snakemake.input.figures).glob("*.svg")}
        plan = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        words = plan.words(language)
        tables = build_all(released, load(language).with_words(words).under(plan), threshold=threshold)
        io.write_text(build(released, figures, tables, run, language, words), snakemake.output.report)
