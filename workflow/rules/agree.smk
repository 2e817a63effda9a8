"""Agreement: core numbers again by lifelines and statsmodels; the results store appears only when the two engines agree.

INPUTS: estimated/estimates.parquet, derived/{cases,outcomes}.parquet, the protocol.
OUTPUTS: estimates.parquet and .csv (the results store), agreement.parquet and .csv (internal, never suppressed).
`update` keeps the earlier ones when engines disagree.
"""


rule agree:
    input:
        estimates=f"{PROCESSED}/estimated/estimates.parquet",
        cases=f"{PROCESSED}/derived/cases.parquet",
        outcomes=f"{PROCESSED}/derived/outcomes.parquet",
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        code=code("agree"),
    output:
        estimates=update(f"{PROCESSED}/estimates.parquet"),
        estimates_csv=update(f"{PROCESSED}/estimates.csv"),
        agreement=update(f"{PROCESSED}/agreement.parquet"),
        agreement_csv=update(f"{PROCESSED}/agreement.csv"),
    log:
        f"{PROCESSED}/logs/agree.log",
    benchmark:
        f"{PROCESSED}/logs/agree.time.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/agree.py"
