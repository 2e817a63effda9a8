"""Disclosure control: results store -> what may be shown. Everything below the reports folder is made from its output.

INPUTS: estimates.parquet, curves.parquet, derived/*.parquet, the protocol.
OUTPUTS: released/{estimates,curves}.parquet, released/estimates.csv, what was decided
(release/decisions.parquet), what the ledger of earlier releases said, and the release's own entry for it.

Two rules, because a release that is refused must leave the earlier one as it was, and be refused the next time too:
Snakemake removes the outputs of a job before it runs. So `release` writes to a place of its own and `publish` copies;
`all` asks for both.
"""

from pilot_analysis.workflow import ledger_key_given

CHECKED = f"{PROCESSED}/release/checked"


rule release:
    input:
        estimates=f"{PROCESSED}/estimates.parquet",
        curves=f"{PROCESSED}/curves.parquet",
        derived=DERIVED_FILES,
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        code=code("release"),
    output:
        estimates=f"{CHECKED}/estimates.parquet",
        estimates_csv=f"{CHECKED}/estimates.csv",
        curves=f"{CHECKED}/curves.parquet",
        decisions=f"{CHECKED}/decisions.parquet",
        ledger=f"{CHECKED}/ledger.txt",
        entry=f"{CHECKED}/entry.json",
    log:
        f"{PROCESSED}/logs/release.log",
        exposed=f"{PROCESSED}/release/exposed.csv",
    benchmark:
        f"{PROCESSED}/logs/release.time.tsv"
    conda:
        ENVIRONMENT
    params:
        ledger=SETTINGS.get("ledger", {}),
        key=ledger_key_given(SETTINGS),  # with a key now, and none before, the release is made again
        processed_dir=lambda wildcards: PROCESSED,  # the ledger lies there unless the configuration says where
    script:
        "../scripts/release.py"


rule publish:
    input:
        made=rules.release.output,
        code=code("publish"),
    output:
        estimates=f"{REPORTS}/released/estimates.parquet",
        estimates_csv=f"{REPORTS}/released/estimates.csv",
        curves=f"{REPORTS}/released/curves.parquet",
        decisions=f"{PROCESSED}/release/decisions.parquet",
        ledger=f"{PROCESSED}/release/ledger.txt",
        entry=f"{PROCESSED}/release/entry.json",
    log:
        f"{PROCESSED}/logs/publish.log",
    conda:
        ENVIRONMENT
    script:
        "../scripts/publish.py"
