"""Disclosure control: results store -> what may be shown. Everything below the reports folder is made from its output.

INPUTS: estimates.parquet, curves.parquet, the protocol. OUTPUTS: released/{estimates,curves}.parquet, released/estimates.csv.
"""


rule release:
    input:
        estimates=f"{PROCESSED}/estimates.parquet",
        curves=f"{PROCESSED}/curves.parquet",
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        code=code("release"),
    output:
        estimates=f"{REPORTS}/released/estimates.parquet",
        estimates_csv=f"{REPORTS}/released/estimates.csv",
        curves=f"{REPORTS}/released/curves.parquet",
    log:
        f"{PROCESSED}/logs/release.log",
    benchmark:
        f"{PROCESSED}/logs/release.time.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/release.py"
