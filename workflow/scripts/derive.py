"""Derive paths, outcomes, groups and flow from the validated tables."""

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.schemas import derived as schemas
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]):
        tables = {Path(path).stem: io.read_table(path) for path in snakemake.input.tables}
        result = derive(tables, load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist)))
        io.write_table(result.cases, snakemake.output.cases, schemas.CASES)
        io.write_table(result.periods, snakemake.output.periods, schemas.PERIODS)
        io.write_table(result.outcomes, snakemake.output.outcomes, schemas.OUTCOMES)
        io.write_table(result.outcomes, snakemake.output.outcomes_csv)
        io.write_table(result.sensitivity, snakemake.output.sensitivity, schemas.OUTCOMES)
        io.write_table(result.flow, snakemake.output.flow, schemas.FLOW)
        io.write_table(result.surveys.scores, snakemake.output.survey, schemas.SURVEY)
        io.write_table(result.surveys.items, snakemake.output.survey_items, schemas.SURVEY_ITEMS)
        io.write_table(result.surveys.waves, snakemake.output.survey_waves, schemas.SURVEY_WAVES)
        io.write_table(result.guidance, snakemake.output.guidance, schemas.GUIDANCE)
        io.write_table(result.process, snakemake.output.process, schemas.PROCESS)
        io.write_table(result.costs, snakemake.output.costs, schemas.COSTS)
        io.write_table(result.wage_values, snakemake.output.wage_values, schemas.WAGE_VALUES)
