"""Release what rests on enough people, also beside earlier releases."""

from functools import partial
from pathlib import Path

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.release import of_costs, release
from pilot_analysis.schemas.decisions import DECISIONS
from pilot_analysis.schemas.results import RELEASED, RELEASED_CURVES
from pilot_analysis.sign.checked import check_release
from pilot_analysis.sign.ledger_file import entry_text, open_ledger, tables_of
from pilot_analysis.step import step

if __name__ == "__main__":
    with step(snakemake.log[0]) as running:
        protocol = load_protocol(Path(snakemake.input.protocol), Path(snakemake.input.codelist))
        limits, chosen, out = protocol.thresholds, snakemake.params.ledger, snakemake.output
        stores = io.read_table(snakemake.input.estimates), io.read_table(snakemake.input.curves)
        make = partial(release, *stores, limits.release_min_people, limits.confidence_level, limits=of_costs(limits))
        ledger = open_ledger(chosen, Path(snakemake.params.processed_dir))
        read, mode = partial(tables_of, snakemake.input.derived), chosen.get("on_exposure", "refuse")
        checked = check_release(ledger, make, read, protocol, Path(snakemake.log.exposed), mode)
        running.say(f"release: {checked.result.n_suppressed} results suppressed; {checked.note}")
        io.write_table(checked.result.estimates, out.estimates, RELEASED)
        io.write_table(checked.result.estimates, out.estimates_csv)
        io.write_table(checked.result.curves, out.curves, RELEASED_CURVES)
        io.write_table(checked.result.decisions, out.decisions, DECISIONS)
        io.write_text(f"{checked.note}\n", out.ledger)
        io.write_text(entry_text(ledger, checked.entry, out.estimates_csv), out.entry)
