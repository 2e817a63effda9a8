"""Estimation: the plan applied to the derived tables; and the record of what this run was made with.

INPUTS: derived/*.parquet, validated/{issues,summary}.parquet, the protocol.
OUTPUTS: estimates.parquet and .csv, curves.parquet (internal, never suppressed); run.yaml.
"""


rule estimate:
    input:
        cases=f"{PROCESSED}/derived/cases.parquet",
        periods=f"{PROCESSED}/derived/periods.parquet",
        outcomes=f"{PROCESSED}/derived/outcomes.parquet",
        flow=f"{PROCESSED}/derived/flow.parquet",
        issues=f"{PROCESSED}/validated/issues.parquet",
        summary=f"{PROCESSED}/validated/summary.parquet",
        protocol=PROTOCOL,
        codelist=CODELIST,
        code=code("estimate"),
    output:
        estimates=f"{PROCESSED}/estimates.parquet",
        estimates_csv=f"{PROCESSED}/estimates.csv",
        curves=f"{PROCESSED}/curves.parquet",
    log:
        f"{PROCESSED}/logs/estimate.log",
    benchmark:
        f"{PROCESSED}/logs/estimate.time.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/estimate.py"


rule record:
    input:
        summary=f"{PROCESSED}/validated/summary.parquet",
        protocol=PROTOCOL,
        code=code("record"),
    output:
        run=f"{PROCESSED}/run.yaml",
    log:
        f"{PROCESSED}/logs/record.log",
    conda:
        ENVIRONMENT
    params:
        config=SETTINGS,
    script:
        "../scripts/record.py"
