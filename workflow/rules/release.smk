"""Disclosure control: results store -> what may be shown. Everything below the reports folder is made from its output.

INPUTS: estimates.parquet, curves.parquet, derived/*.parquet, the protocol.
OUTPUTS: released/{estimates,curves}.parquet, released/estimates.csv, what was decided
(release/decisions.parquet), and what the ledger of earlier releases said.
"""


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
        estimates=f"{REPORTS}/released/estimates.parquet",
        estimates_csv=f"{REPORTS}/released/estimates.csv",
        curves=f"{REPORTS}/released/curves.parquet",
        ledger=f"{PROCESSED}/release/ledger.txt",
        decisions=f"{PROCESSED}/release/decisions.parquet",
    log:
        f"{PROCESSED}/logs/release.log",
        exposed=f"{PROCESSED}/release/exposed.csv",
    benchmark:
        f"{PROCESSED}/logs/release.time.tsv"
    conda:
        ENVIRONMENT
    params:
        ledger=SETTINGS.get("ledger"),
        processed_dir=PROCESSED,
    script:
        "../scripts/release.py"
